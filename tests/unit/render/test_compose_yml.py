"""compose.yml as the deploy renders it."""

from typing import Any

import pytest
import yaml

from envivo.artifacts import Artifacts
from envivo.core.paths import STACK_UID
from envivo.roles.media import desired
from envivo.state.containers import REVISION_LABEL
from tests.unit.render.media_host import ARTIFACTS, NEWER_CADDY, NEWER_MEDIAMTX
from tests.unit.settings.environments import PASSWORD, lab, production

SERVICES = ("mediamtx", "web")


def parsed(artifacts: Artifacts = ARTIFACTS, **more: Any) -> dict[str, Any]:
    content, _ = desired.compose(lab(**more).media, artifacts)
    project: dict[str, Any] = yaml.safe_load(content)
    return project


def with_tls() -> dict[str, Any]:
    project: dict[str, Any] = yaml.safe_load(desired.compose(production().media, ARTIFACTS)[0])
    return project


@pytest.mark.parametrize("name", SERVICES)
def test_service_can_do_no_more_than_it_must(name: str) -> None:
    service = parsed()["services"][name]

    assert service["user"] == f"{STACK_UID}:{STACK_UID}"
    assert service["read_only"] is True
    assert service["restart"] == "unless-stopped"  # docs/notes/mediamtx.md#a-refused-reload
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    # Caddy's binary does not start without the one that is written in its file
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "web" else [])
    assert not {"privileged", "devices", "pid", "ipc", "env_file"} & set(service)
    assert not any("docker.sock" in volume for volume in service["volumes"])


@pytest.mark.parametrize("name", SERVICES)
def test_service_takes_no_more_of_the_host_than_its_limits(name: str) -> None:
    service = parsed()["services"][name]

    assert service["mem_limit"] == {"mediamtx": "2g", "web": "1g"}[name]
    assert service["pids_limit"] == 1024
    assert service["ulimits"] == {"nofile": 16384}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        # the refusal of an API that nobody gave a password: everybody would see it here
        ("mediamtx", ["sh", "-c", "/busybox wget -S -O /dev/null http://127.0.0.1:9887/v3/info 2>&1 "
                                  "| /busybox grep -q ' 401 '"]),
        ("web", ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8181/healthz"]),
    ],
)  # fmt: skip
def test_service_is_probed_where_it_listens(name: str, words: list[str]) -> None:
    health = parsed(mediamtx={"api_port": 9887}, web={"health_port": 8181})["services"][name]["healthcheck"]

    assert health["test"] == ["CMD", "/busybox", *words]
    assert set(health) == {"test", "interval", "timeout", "retries", "start_period", "start_interval"}


def test_services_can_write_recordings_and_certificates_alone() -> None:
    volumes = {name: service["volumes"] for name, service in with_tls()["services"].items()}

    writable = {(name, one) for name, mounts in volumes.items() for one in mounts if not one.endswith(":ro")}
    # certificates, and the account that they were asked for with, outlive the container
    assert writable == {
        ("mediamtx", "/var/lib/envivo/recordings:/recordings"),
        ("web", "/var/lib/envivo/caddy:/data"),
        # a mount that is read-only by itself: mounted once more as such it would follow links (tests/e2e/pair)
        ("web", "/var/lib/envivo/shown:/srv/recordings"),
    }


def test_mediamtx_reads_the_certificate_that_is_brought_to_it() -> None:
    services = with_tls()["services"]

    assert "/etc/envivo/tls:/tls:ro" in services["mediamtx"]["volumes"]
    assert not any(one.startswith("/etc/envivo/tls") for one in services["web"]["volumes"])


@pytest.mark.parametrize("name", SERVICES)
def test_service_with_tls_can_do_no_more_than_without(name: str) -> None:
    plain, encrypted = parsed()["services"][name], with_tls()["services"][name]

    different = {key for key in plain if plain[key] != encrypted[key]}
    assert plain.keys() == encrypted.keys() and different <= {"volumes", "tmpfs", "labels"}


def test_compose_yml_holds_no_secret() -> None:
    # everybody who may ask Docker sees it
    assert PASSWORD not in desired.compose(production().media, ARTIFACTS)[0]


def test_configuration_is_mounted_as_a_directory() -> None:
    # of a single file a container keeps seeing the one that a rename replaced
    services = parsed()["services"]

    assert "/etc/envivo/mediamtx:/conf:ro" in services["mediamtx"]["volumes"]
    assert "/etc/envivo/caddy:/etc/caddy:ro" in services["web"]["volumes"]


def test_label_of_a_service_is_the_revision_that_the_deploy_waits_for() -> None:
    content, revisions = desired.compose(lab().media, ARTIFACTS)
    labels = {name: service["labels"] for name, service in yaml.safe_load(content)["services"].items()}

    assert labels == {name: {REVISION_LABEL: revisions[name]} for name in SERVICES}
    assert len(set(revisions.values())) == 2 and all(one.startswith("envivo-") for one in revisions.values())


@pytest.mark.parametrize(
    ("artifacts", "more", "made_anew"),
    [
        (ARTIFACTS, {}, set()),
        (ARTIFACTS, {"mediamtx": {"api_port": 9887}}, {"mediamtx"}),
        (ARTIFACTS, {"web": {"health_port": 8181}}, {"web"}),
        (NEWER_MEDIAMTX, {}, {"mediamtx"}),
        (NEWER_CADDY, {}, {"web"}),
        # these are in files that a running service reads again
        (ARTIFACTS, {"mediamtx": {"hls": {"segment_duration": "2s"}}}, set()),
        (ARTIFACTS, {"mediamtx": {"paths": {"webcam": {"record": False}}}}, set()),
        (ARTIFACTS, {"mediamtx": {"rtmp_port": 1936}}, set()),
        (ARTIFACTS, {"web": {"port": 8081}}, set()),
        (ARTIFACTS, {"cameras": {"webcam": {"fps": 15}}}, set()),
    ],
)
def test_revision_of_a_service_changes_if_and_only_if_its_definition_does(
    artifacts: Artifacts, more: dict[str, Any], made_anew: set[str]
) -> None:
    _, before = desired.compose(lab().media, ARTIFACTS)
    _, after = desired.compose(lab(**more).media, artifacts)

    assert {name for name in SERVICES if before[name] != after[name]} == made_anew
    definitions, others = parsed()["services"], parsed(artifacts, **more)["services"]
    assert {name for name in SERVICES if definitions[name] != others[name]} == made_anew


def test_services_expect_the_image_and_the_configuration_that_were_deployed() -> None:
    settings = lab()
    _, revisions = desired.compose(settings.media, ARTIFACTS)
    mediamtx, caddy = (
        desired.mediamtx_config(settings.media, ARTIFACTS),
        desired.caddy_config(settings.media, ARTIFACTS),
    )

    services = desired.services(ARTIFACTS, revisions, mediamtx, caddy)

    assert services["mediamtx"].image_id == ARTIFACTS.mediamtx.image_id
    assert services["web"].image_id == ARTIFACTS.caddy.image_id
    assert services["mediamtx"].config_revision == mediamtx.revision
    assert services["web"].config_revision == caddy.revision
