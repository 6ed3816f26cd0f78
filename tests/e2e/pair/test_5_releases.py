"""Deploys that fail under a viewer's eyes: what worked works on, the former release stands, and the cause is named."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from envivo.operations import lease
from envivo.orchestration.holding import held
from envivo.remote import CommandResult, RemoteShell
from tests.e2e.lab import Lab, SettingsOf
from tests.e2e.lasting_viewer import LastingViewer, lasting_viewer
from tests.e2e.states import state

STARTED = "docker inspect -f '{{.Name}} {{.Id}} {{.State.StartedAt}}' $(docker ps -q) | sort"
UNKNOWING = "from envivo.config import values\n\nvalues.LONGEST_DURATION = '999999999d'\n"
"""Group data that lets a duration through which MediaMTX refuses."""
OTHER_IMAGE = """
from dataclasses import replace
from pathlib import Path

import envivo.artifacts

_ensure = envivo.artifacts.ensure


def _with_another(*given):
    found = _ensure(*given)
    archive = Path({archive!r})
    image = replace(found.mediamtx, image_id={identity!r}, archive=archive, sha256={sha256!r}, accepted=())
    return replace(found, mediamtx=image)


envivo.artifacts.ensure = _with_another
"""


def envivo(lab: Lab, command: str, *options: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, report, and what a person sees."""
    done = lab.envivo(command, lab.env, "--json", *options)
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


@pytest.fixture(scope="module")
def stands(pair: Lab) -> Lab:
    """Deployed, with a release on each host."""
    code, report, said = envivo(pair, "deploy", "--yes", *pair.group_data())
    assert code == 0, said + json.dumps(report)
    return pair


@pytest.fixture
def viewer(stands: Lab) -> Iterator[LastingViewer]:
    with lasting_viewer(f"http://{stands.hosts[stands.media]}:8889/webcam/whep") as watching:
        assert watching.sees(30)
        yield watching


def changed(settings: Path, before: str = "") -> str:
    """The directory for --group-data."""
    file = settings / "lab.py"
    file.write_text(before + file.read_text())
    return str(settings)


def test_configuration_that_mediamtx_refuses_reaches_no_viewer(
    stands: Lab, settings_of: SettingsOf, viewer: LastingViewer
) -> None:
    before, session = state(stands), viewer.session
    # the compose file changes too, and goes back
    settings = settings_of(mediamtx={"read_timeout": "3000000h"}, web={"port": 8084})

    code, report, said = envivo(stands, "deploy", "--yes", "--group-data", changed(settings, UNKNOWING))

    assert code == 1
    assert "MediaMTX refuses the new configuration" in report["findings"][0]["message"], said
    assert state(stands) ^ before == set()
    assert viewer.sees(30)
    assert viewer.session == session, "the viewer had to come again"
    assert stands.deploy() == {}


@pytest.mark.proof
def test_image_that_does_not_start_reaches_no_viewer(
    stands: Lab, settings_of: SettingsOf, viewer: LastingViewer, tmp_path: Path
) -> None:
    before, session, media = state(stands), viewer.session, stands.media
    # an image with the reference of MediaMTX's, in which there is no MediaMTX
    reference = stands.run(media, "docker images --format '{{.Repository}}:{{.Tag}}' | grep /mediamtx:").stdout.strip()
    kept = stands.run(media, f"docker image inspect -f '{{{{.Id}}}}' {reference}").stdout.strip()
    made = f"tar -c -C /etc hostname | docker import --change 'ENTRYPOINT [\"/mediamtx\"]' - {reference} && "
    identity = stands.run(media, f"{made} docker save {reference} -o /root/other.tar").stdout.split()[0]
    archive = tmp_path / "other.tar"
    with archive.open("wb") as file:
        subprocess.run(stands.ssh(media, "cat /root/other.tar"), stdout=file, check=True)
    stands.run(media, f"docker tag {kept} {reference}; docker rmi {identity}; rm /root/other.tar")
    sha256 = subprocess.run(["sha256sum", archive], capture_output=True, text=True, check=True).stdout.split()[0]
    other = OTHER_IMAGE.format(archive=str(archive), identity=identity, sha256=sha256)

    code, report, said = envivo(stands, "deploy", "--yes", "--group-data", changed(settings_of(), other))

    assert code == 1
    assert report["findings"][0]["host"] == media and "/mediamtx" in report["findings"][0]["message"], said
    assert state(stands) ^ before == set()
    assert viewer.sees(30)
    assert viewer.session == session, "the viewer had to come again"
    assert stands.deploy() == {}


@pytest.mark.proof
def test_change_after_which_nobody_sees_a_picture_goes_back(
    stands: Lab, settings_of: SettingsOf, viewer: LastingViewer
) -> None:
    before, media = state(stands), stands.media
    # a firewall of the host's owner, of which the settings know nothing
    rules = "type filter hook input priority -5; meta l4proto {tcp, udp} th dport 8190 drop;"
    block = f"nft 'table inet owner {{ chain c {{ {rules} }}; }}'"
    stands.run(media, block)
    try:
        settings = settings_of(mediamtx={"webrtc": {"media_port": 8190}})
        code, report, said = envivo(stands, "deploy", "--yes", "--group-data", changed(settings))
    finally:
        stands.run(media, "nft delete table inet owner")
    assert code == 1
    assert set(report["put_back"]) == set(stands.hosts)
    assert "8190" in json.dumps(report["findings"]), said
    assert {finding["host"] for finding in report["findings"]} == {media}, "and nothing else is wrong afterwards"
    assert state(stands) ^ before == set()
    assert viewer.sees(30)
    print(f"longest gap of the viewer: {viewer.longest_gap(0):.1f} s")
    assert stands.deploy() == {}


@pytest.mark.proof
def test_camera_host_that_fails_goes_back_alone(stands: Lab, settings_of: SettingsOf, viewer: LastingViewer) -> None:
    before, session = state(stands), viewer.session
    folder = "/etc/envivo/agent"
    stands.run(stands.camera, f"mount --bind {folder} {folder} && mount -o remount,bind,ro {folder}")
    try:
        settings = changed(
            settings_of(mediamtx={"recording": {"delete_after": "36h"}}, cameras={"webcam": {"bitrate_kbps": 1700}})
        )
        code, report, said = envivo(stands, "deploy", "--yes", "--group-data", settings)
        again = stands.run(stands.media, "cat /etc/envivo/mediamtx/mediamtx.yml").stdout
    finally:
        stands.run(stands.camera, f"umount {folder}")
    assert code == 1
    assert [finding["host"] for finding in report["findings"]] == [stands.camera], said
    assert "Read-only file system" in report["findings"][0]["message"]
    assert list(report["put_back"]) == [stands.camera]
    assert "36h" in again, "the media host keeps what it has"
    assert {line for line in state(stands) ^ before if line[0] == stands.camera} == set()
    assert viewer.sees(30) and viewer.session == session
    code, report, said = envivo(stands, "deploy", "--yes", *stands.group_data())
    assert code == 0, said


@pytest.mark.proof
def test_rollback_needs_nothing_of_this_computer(stands: Lab, settings_of: SettingsOf, tmp_path: Path) -> None:
    before = state(stands)
    door = {"user": "door", "password": "door-password-Zm9v_0123456789"}
    settings = changed(
        settings_of(
            mediamtx={"paths": {"door": {"publisher": door}}}, cameras={"door": {"source": "test"}}, web={"port": 8085}
        )
    )
    code, report, said = envivo(stands, "deploy", "--yes", "--group-data", settings)
    assert code == 0, said
    assert state(stands) != before
    away = Lab(**{**stands.__dict__, "variables": {**stands.variables, "ENVIVO_CACHE": str(tmp_path)}})

    code, report, said = envivo(away, "rollback", "--yes", *stands.group_data())

    assert code == 0, said
    assert set(report["put_back"]) == set(stands.hosts)
    assert state(stands) ^ before == set()
    started = stands.run(stands.media, STARTED).stdout
    assert stands.deploy() == {}
    code, history, _ = envivo(stands, "history")
    now = [host for release in history["releases"][1:] for host in release["current"]]
    assert history["releases"][0]["current"] == [] and sorted(now) == sorted(stands.hosts)
    code, report, said = envivo(away, "rollback", "--yes", "--to", str(history["releases"][0]["number"]))
    assert code == 0, said
    assert "door" in stands.run(stands.camera, "ls /etc/envivo/agent").stdout
    assert stands.run(stands.media, STARTED).stdout == started, "a container was restarted for nothing"
    assert envivo(stands, "rollback", "--yes")[0] == 0
    assert state(stands) ^ before == set()


class Shell:
    """The part of RemoteShell that holding a host takes, over a connection of the test's own."""

    def __init__(self, lab: Lab, host: str) -> None:
        self._lab, self._host = lab, host

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        done = self._lab.run(self._host, command, check=False)
        return CommandResult(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("command", ["deploy", pytest.param("rollback", marks=pytest.mark.proof)])
def test_command_is_refused_while_another_one_holds_a_host(stands: Lab, settings_of: SettingsOf, command: str) -> None:
    before, mine = state(stands), lease.ours()
    with held({stands.camera: cast(RemoteShell, Shell(stands, stands.camera))}, mine, print) as refused:
        assert refused == []
        settings = changed(settings_of(web={"port": 8086}))
        code, report, said = envivo(stands, command, "--yes", "--group-data", settings)
    assert code == 1
    assert [(finding["host"], finding["code"]) for finding in report["findings"]] == [(stands.camera, "host-held")], (
        said
    )
    assert f"another envivo command by {mine} has held the lock of this host since" in report["findings"][0]["message"]
    assert state(stands) ^ before == set()
