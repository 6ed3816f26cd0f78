"""Which host does what."""

from typing import Any

import pytest

from envivo.orchestration import placement
from envivo.orchestration.roles import roles
from envivo.roles.docker import settings as docker
from envivo.roles.media import settings as media
from envivo.roles.media.ports import listeners
from envivo.roles.role import Groups, Role
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import PASSWORD, lab, production
from tests.unit.settings.hosts import needs as needs_of

PUBLISHER = {"user": "door", "password": PASSWORD}
TWO_CAMERAS = {
    "mediamtx": {"paths": {"door": {"publisher": PUBLISHER}}},
    "cameras": {"webcam": {"host": "cam1"}, "door": {"host": "cam2"}},
}
ONE_HOST = {"media": ["lab1"], "cameras": ["lab1"]}
APART = {"media": ["media1"], "cameras": ["cam1"]}


@pytest.mark.parametrize(
    ("more", "groups"),
    [
        ({}, ONE_HOST),
        ({}, APART),
        ({"cameras": {"webcam": {"host": "cam1"}}}, APART),
        (TWO_CAMERAS, {"media": ["media1"], "cameras": ["cam1", "cam2"]}),
        (TWO_CAMERAS, {"media": ["cam1"], "cameras": ["cam1", "cam2", "spare"]}),
    ],
)
def test_placement_that_fits_is_accepted(more: dict[str, Any], groups: Groups) -> None:
    assert not list(placement.problems("lab", lab(**more), groups))


@pytest.mark.parametrize(
    ("more", "groups", "findings"),
    [
        ({}, {"media": ["a", "b"], "cameras": ["cam1"]},
         ["inventories/lab.py: media: needs exactly one host (has 2)"]),
        ({}, {"media": ["media1"]},
         ["group_data/lab.py: cameras.webcam.host: is required, since the group cameras has 0 hosts"]),
        ({}, {"media": ["media1"], "cameras": ["cam1", "cam2"]},
         ["group_data/lab.py: cameras.webcam.host: is required, since the group cameras has 2 hosts"]),
        ({}, {"media": ["@local"], "cameras": ["cam1"]},
         ["group_data/lab.py: media_address: is required, since cameras on other hosts cannot reach @local"]),
        ({"cameras": {"webcam": {"host": "media1"}}}, APART,
         ["group_data/lab.py: cameras.webcam.host: must be a host of the inventory group cameras, is 'media1'"]),
        (TWO_CAMERAS, {},
         ["inventories/lab.py: media: needs exactly one host (has 0)",
          "group_data/lab.py: cameras.webcam.host: must be a host of the inventory group cameras, is 'cam1'",
          "group_data/lab.py: cameras.door.host: must be a host of the inventory group cameras, is 'cam2'"]),
    ],
)  # fmt: skip
def test_placement_that_does_not_fit_is_refused_with_all_findings(
    more: dict[str, Any], groups: Groups, findings: list[str]
) -> None:
    assert [str(problem) for problem in placement.problems("lab", lab(**more), groups)] == findings


@pytest.mark.parametrize("number", [0, 1, 2, 3])
@pytest.mark.parametrize("role", roles(), ids=lambda role: role.name)
def test_group_of_a_role_has_as_many_hosts_as_work_today(role: Role[Any], number: int) -> None:
    hosts = [f"host{n}" for n in range(number)]
    groups = {"media": ["media"], "turn": ["turn"], "cameras": ["cam1"], **({role.group: hosts} if role.group else {})}
    settings = production(cameras={"webcam": {"host": next(iter(groups["cameras"]), "")}})

    found = [problem for problem in placement.problems("prod", settings, groups) if "exactly one host" in str(problem)]

    assert bool(found) == (role.name in ("media", "turn", "docker") and number != 1)
    assert set(placement.servers(groups)) == {
        host for group in ("media", "turn") for host in groups[group] if len(groups[group]) == 1
    }


@pytest.mark.parametrize(
    ("more", "host", "groups", "cameras"),
    [
        ({}, "lab1", ONE_HOST, {"webcam"}),
        ({}, "cam1", APART, {"webcam"}),
        (TWO_CAMERAS, "cam1", {"cameras": ["cam1", "cam2"]}, {"webcam"}),
        (TWO_CAMERAS, "cam2", {"cameras": ["cam1", "cam2"]}, {"door"}),
        (TWO_CAMERAS, "spare", {"cameras": ["cam1", "cam2", "spare"]}, set()),
        ({"cameras": {"webcam": {"host": "cam1"}}}, "cam1", APART, {"webcam"}),
    ],
)
def test_camera_is_on_the_host_that_it_is_plugged_into(
    more: dict[str, Any], host: str, groups: Groups, cameras: set[str]
) -> None:
    assert set(lab(**more).agents.on(host, groups["cameras"])) == cameras


def test_media_host_needs_ports_images_and_a_docker_of_whatever_origin() -> None:
    needs = needs_of(lab(), ["media", "lab"], ARTIFACTS)

    assert set(needs.packages) == {*docker.PACKAGES, *media.PACKAGES}
    assert needs.ports == listeners(lab().media)
    assert needs.images == [ARTIFACTS.mediamtx, ARTIFACTS.caddy]
    assert needs.systems == ["debian-13"]
    assert set(needs.provided) == set(docker.PACKAGES)
    # the client alone is no Docker
    assert "dockerd" in docker.PROVIDED_BY and "docker compose version" in docker.PROVIDED_BY


def test_host_of_no_role_needs_no_package() -> None:
    assert needs_of(lab(), ["lab"]).packages == []
