"""What Caddy answers, as hosts get it, while maintenance is announced; and what hosts are told to write."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envivo.roles.media import maintenance
from envivo.roles.media.maintenance import Maintenance
from tests.unit.doors.doors import PUBLISHED, ask, door, person, right
from tests.unit.operations.programs import Programs
from tests.unit.operations.shell import sh

if TYPE_CHECKING:
    from loopback_caddy import Caddy

SAY = 'back at "noon" {env.HOME} \\ mañana'


@pytest.fixture(scope="module")
def caddy(tmp_path_factory: pytest.TempPathFactory, caddy_program: Path) -> Iterator["Caddy"]:
    paths = {"garden": {**PUBLISHED, "viewers": [person("anna")]}, "live/yard": PUBLISHED}
    with door(paths, tmp_path_factory.mktemp("maintenance"), caddy_program) as caddy:
        yield caddy


@pytest.fixture
def announced(caddy: "Caddy") -> Iterator[None]:
    file = caddy.root.parent / Path(maintenance.SERVED).name
    file.write_text(json.dumps({"status": "maintenance", "say": SAY}) + "\n")
    yield
    file.unlink()


PICTURES = [
    ("POST", "/webrtc/whep/garden"),
    ("POST", "/webrtc/whep/live/yard"),
    ("GET", "/hls/garden/index.m3u8"),
    ("GET", "/hls/live/yard/x_part1.mp4"),
    ("GET", "/api/paths/garden"),
    ("GET", "/api/paths/live/yard"),
]


@pytest.mark.usefixtures("announced")
@pytest.mark.parametrize(("method", "target"), PICTURES)
@pytest.mark.parametrize("authorization", [(), (right("anna"),)], ids=["nobody", "anna"])
def test_who_asks_for_pictures_gets_the_text(
    caddy: "Caddy", method: str, target: str, authorization: tuple[str, ...]
) -> None:
    status, body = ask(caddy.origin, target, *authorization, method=method)

    assert status == 503
    assert json.loads(body) == {"status": "maintenance", "say": SAY}


@pytest.mark.usefixtures("announced")
@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("POST", "/webrtc/whip/garden", 401),
        ("DELETE", "/webrtc/whep/garden/0a1b2c3d-0000-0000-0000-000000000000", 401),
        ("GET", "/api/paths", 200),
        ("GET", "/time", 200),
        ("GET", "/recordings/garden/", 401),
    ],
)
def test_publishing_ending_a_session_and_recordings_go_on(
    caddy: "Caddy", method: str, target: str, status: int
) -> None:
    answer, body = ask(caddy.origin, target, method=method)

    assert "maintenance" not in body
    assert answer == status or (target.startswith("/recordings") and answer in (200, 404))


@pytest.mark.parametrize(("method", "target"), PICTURES)
def test_nothing_is_said_of_it_where_it_is_off(caddy: "Caddy", method: str, target: str) -> None:
    status, body = ask(caddy.origin, target, method=method)

    assert status != 503 or "maintenance" not in body


@pytest.fixture
def host(tmp_path: Path) -> "Host":
    return Host(tmp_path)


class Host:
    """A directory in place of a host's, in which Caddy's configuration may know of maintenance."""

    def __init__(self, directory: Path) -> None:
        self._directory, self._programs = directory, Programs(directory)
        self._programs.add("chgrp")
        for folder in ("etc/envivo/caddy", "var/lib/envivo"):
            (directory / folder).mkdir(parents=True)
        self.caddyfile = directory / "etc/envivo/caddy/Caddyfile"
        self.caddyfile.write_text(f"file {maintenance.SERVED}\n")

    def run(self, command: str) -> str:
        there = command.replace("/etc/envivo", f"{self._directory}/etc/envivo")
        return sh(there.replace("/var/lib", f"{self._directory}/var/lib"), PATH=self._programs.path).stdout

    def asked(self) -> Maintenance | None:
        return maintenance.parse(self.run(maintenance.QUESTION))


def test_it_is_announced_changed_and_taken_back(host: Host) -> None:
    assert host.asked() is None
    assert host.run(maintenance.begin(SAY, "alice@laptop")).split() == ["on"]
    on = host.asked()
    assert on and (on.say, on.by) == (SAY, "alice@laptop") and on.since.endswith(" UTC")
    assert host.run(maintenance.begin("", "bob@desk")).split() == ["on"]
    assert host.asked() == Maintenance("", "alice@laptop", on.since)
    assert host.run(maintenance.end()).split() == ["off"]
    assert host.asked() is None


def test_viewers_do_not_learn_who_it_was(host: Host) -> None:
    host.run(maintenance.begin("soon", "alice@laptop"))
    assert "alice" not in host.run(f"cat {maintenance.FILE}")


def test_a_caddy_that_does_not_know_of_it_is_told_apart(host: Host) -> None:
    host.caddyfile.write_text("an older one\n")
    assert host.run(maintenance.begin("", "alice@laptop")).split() == [maintenance.NOT_DEPLOYED]
    assert host.asked() is None
