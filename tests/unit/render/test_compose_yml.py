"""compose.yml as the deploy renders it."""

from typing import Any

import pytest
import yaml

from envivo.artifacts import Artifacts
from envivo.operations.stack import REVISION_LABEL
from roles.media import desired
from roles.media.settings import UID
from tests.unit.render.media_host import ARTIFACTS, NEWER_CADDY, NEWER_MEDIAMTX
from tests.unit.settings.environments import lab

SERVICES = ("mediamtx", "web")


def parsed(artifacts: Artifacts = ARTIFACTS, **more: Any) -> dict[str, Any]:
    content, _ = desired.compose(lab(**more), artifacts)
    project: dict[str, Any] = yaml.safe_load(content)
    return project


def test_compose_yml_has_the_project_and_its_two_services() -> None:
    project = parsed()

    assert set(project) == {"name", "services"}
    assert (project["name"], set(project["services"])) == ("envivo", set(SERVICES))
    assert {name: service["image"] for name, service in project["services"].items()} == {
        "mediamtx": "envivo/mediamtx:1.20.1",
        "web": "envivo/caddy:2.11.4",
    }


@pytest.mark.parametrize("name", SERVICES)
def test_service_can_do_no_more_than_it_must(name: str) -> None:
    service = parsed()["services"][name]

    assert service["user"] == f"{UID}:{UID}"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    # Caddy's binary does not start without the one that is written in its file
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "web" else [])
    assert not {"privileged", "devices", "pid", "ipc", "env_file"} & set(service)
    assert not any("docker.sock" in volume for volume in service["volumes"])


@pytest.mark.parametrize("name", SERVICES)
def test_service_uses_the_network_of_its_host(name: str) -> None:
    service = parsed()["services"][name]

    assert service["network_mode"] == "host"
    assert "ports" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_service_comes_back_however_it_ended(name: str) -> None:
    # a MediaMTX that refused a reload exits with 0 (mediamtx.md 8)
    assert parsed()["services"][name]["restart"] == "unless-stopped"


@pytest.mark.parametrize(
    ("name", "url"), [("mediamtx", "http://127.0.0.1:9887/v3/info"), ("web", "http://127.0.0.1:8181/healthz")]
)
def test_service_is_probed_where_it_listens(name: str, url: str) -> None:
    health = parsed(mediamtx={"api_port": 9887}, web={"port": 8181})["services"][name]["healthcheck"]

    assert health["test"] == ["CMD", "/busybox", "wget", "-q", "-O", "/dev/null", url]
    assert set(health) == {"test", "interval", "timeout", "retries", "start_period", "start_interval"}


def test_only_mediamtx_can_write_and_only_recordings() -> None:
    volumes = {name: service["volumes"] for name, service in parsed()["services"].items()}

    writable = {(name, one) for name, mounts in volumes.items() for one in mounts if not one.endswith(":ro")}
    assert writable == {("mediamtx", "/var/lib/envivo/recordings:/recordings")}


def test_configuration_is_mounted_as_a_directory() -> None:
    # of a single file a container keeps seeing the one that a rename replaced (mediamtx.md 8)
    services = parsed()["services"]

    assert "/etc/envivo/mediamtx:/conf:ro" in services["mediamtx"]["volumes"]
    assert "/etc/envivo/caddy:/etc/caddy:ro" in services["web"]["volumes"]


def test_label_of_a_service_is_the_revision_that_the_deploy_waits_for() -> None:
    content, revisions = desired.compose(lab(), ARTIFACTS)
    labels = {name: service["labels"] for name, service in yaml.safe_load(content)["services"].items()}

    assert labels == {name: {REVISION_LABEL: revisions[name]} for name in SERVICES}
    assert len(set(revisions.values())) == 2 and all(one.startswith("envivo-") for one in revisions.values())


@pytest.mark.parametrize(
    ("artifacts", "more", "made_anew"),
    [
        (ARTIFACTS, {}, set()),
        (ARTIFACTS, {"mediamtx": {"api_port": 9887}}, {"mediamtx"}),
        (ARTIFACTS, {"web": {"port": 8081}}, {"web"}),
        (NEWER_MEDIAMTX, {}, {"mediamtx"}),
        (NEWER_CADDY, {}, {"web"}),
        # these are in files that a running service reads again
        (ARTIFACTS, {"mediamtx": {"hls": {"segment_duration": "2s"}}}, set()),
        (ARTIFACTS, {"mediamtx": {"paths": {"webcam": {"record": False}}}}, set()),
        (ARTIFACTS, {"mediamtx": {"rtmp_port": 1936}}, set()),
        (ARTIFACTS, {"cameras": {"webcam": {"fps": 15}}}, set()),
    ],
)
def test_revision_of_a_service_changes_if_and_only_if_its_definition_does(
    artifacts: Artifacts, more: dict[str, Any], made_anew: set[str]
) -> None:
    _, before = desired.compose(lab(), ARTIFACTS)
    _, after = desired.compose(lab(**more), artifacts)

    assert {name for name in SERVICES if before[name] != after[name]} == made_anew
    definitions, others = parsed()["services"], parsed(artifacts, **more)["services"]
    assert {name for name in SERVICES if definitions[name] != others[name]} == made_anew


def test_services_expect_the_image_and_the_configuration_that_were_deployed() -> None:
    settings = lab()
    _, revisions = desired.compose(settings, ARTIFACTS)
    mediamtx, caddy = desired.mediamtx_config(settings, ARTIFACTS), desired.caddy_config(settings, ARTIFACTS)

    services = desired.services(ARTIFACTS, revisions, mediamtx, caddy)

    assert services["mediamtx"].image_id == ARTIFACTS.mediamtx.image_id
    assert services["web"].image_id == ARTIFACTS.caddy.image_id
    assert services["mediamtx"].config_revision == mediamtx.revision
    assert services["web"].config_revision == caddy.revision
