"""`envivo camera discover`: the whole, on this machine as the camera host, in a network namespace with stand-ins."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from envivo.cli import camera_discover
from envivo.core.paths import PROJECT as ROOT
from tests.patience import patient
from tests.unit.agent import onvif_camera
from tests.unit.ports import free_ports

ENVIVO = Path(sys.executable).parent / "envivo"
PASSWORD = "p@ss:w/rd%41\u00e9'\""
SETTINGS = """
from envivo import environment

settings = environment(
    media_address="192.0.2.1",
    mediamtx={
        "monitor": {"user": "monitor", "password": "a-password-of-the-monitor"},
        "paths": {
            "gate": {"publisher": {"user": "gate", "password": "a-password-of-the-gate"}},
            "cam21": {"anonymous_publishing": True},
        },
    },
    cameras={"gate": {"host": "@local", "source": "rtsp", "url": "rtsp://127.0.1.23:554/x"}},
)
"""


def project(tmp_path: Path, inventory: str) -> Path:
    for folder, text in (("inventories", inventory), ("group_data", SETTINGS)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "home.py").write_text(text)
    return tmp_path


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """This machine is the only host."""
    return project(tmp_path, 'media = ["@local"]\ncameras = ["@local"]\n')


@pytest.fixture
def with_dead(tmp_path: Path) -> Path:
    (port,) = free_ports(1)
    shed = f'("shed", {{"ssh_hostname": "127.0.0.1", "ssh_port": {port}}})'
    return project(tmp_path, f'media = ["@local"]\ncameras = ["@local", {shed}]\n')


def discover(
    directory: Path, cameras: list[dict[str, Any]], *options: str, typed: str = ""
) -> "subprocess.CompletedProcess[str]":
    own = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    command = [sys.executable, onvif_camera.__file__, json.dumps(cameras), str(ENVIVO), "camera", "discover", "home"]
    done = subprocess.run(
        [*own, *command, *options], cwd=directory, input=typed, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(directory)}, timeout=patient(60),
    )  # fmt: skip
    assert PASSWORD not in done.stdout + done.stderr
    return done


def test_cameras_are_listed_with_entries_for_the_settings(alone: Path) -> None:
    locked = {"address": "127.0.1.21", "user": "viewer", "password": PASSWORD, "ahead_s": -1e6, "port": 8021}
    shown = [
        {"address": "127.0.1.20", "port": 8020},
        locked,
        {"address": "127.0.1.23", "port": 8023, "stream": "rtsp://{host}:554/x"},
    ]
    done = discover(alone, shown)
    assert (done.returncode, done.stderr) == (0, "")
    first, *listed, last = done.stdout.splitlines()
    assert first == "@local: 3 cameras on lo 127.0.0.1"
    assert last.startswith("next: add a camera and its path to group_data/home.py")
    blocks = sorted("\n".join(listed).replace("\n  127", "\n\n  127").split("\n\n"))
    assert blocks[0].splitlines() == [
        "  127.0.1.20  Yard East, IPC-B120  http://127.0.1.20:8020/onvif/device_service",
        "    main: H264, 2560x1440, 25 fps, 4096 kbit/s: rtsp://127.0.1.20:554/live/main",
        "    sub: H264, 640x360, 15 fps, 512 kbit/s: rtsp://127.0.1.20:554/live/sub",
        "    mid: H264, 1280x720, 25 fps, 2048 kbit/s: rtsp://127.0.1.20:554/live/mid",
        "    still: JPEG, 640x480, 1 fps, 900 kbit/s: rtsp://127.0.1.20:554/live/still",
        '    "cam20": {"source": "rtsp", "url": "rtsp://127.0.1.20:554/live/mid"},',
    ]
    assert blocks[1].splitlines() == [
        "  127.0.1.21  Yard East, IPC-B120  http://127.0.1.21:8021/onvif/device_service",
        "    wants a user and a password: envivo camera discover home --user NAME",
    ]
    assert blocks[2].splitlines()[-1] == "    already in the settings: gate"

    done = discover(alone, shown, "--user", "viewer", "--address", "127.0.1.21", "--json", typed=f"{PASSWORD}\nmore\n")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert (said["ok"], said["findings"], said["more"]) == (True, [], {})
    (found,) = (camera for camera in said["cameras"] if camera["address"] == "127.0.1.21")
    assert (found["host"], found["problem"], found["configured"]) == ("@local", "", [])
    # cam21 is a path of the settings
    assert found["entry_name"] == "cam-127-0-1-21"
    assert found["entry"] == {"source": "rtsp", "url": "rtsp://127.0.1.21:554/live/mid", "user": "viewer"}
    assert len(found["streams"]) == 4

    # a login is for the cameras that --address names, and belongs into their entries alone
    (found,) = (camera for camera in said["cameras"] if camera["address"] == "127.0.1.20")
    assert "user" not in found["entry"] and found["entry_name"] == "cam20"

    options = ("--user", "viewer", *("--address", "127.0.1.21"), *("--address", "127.0.1.99"))
    done = discover(alone, [locked], *options, typed=f"{PASSWORD}\n")
    *_, line, finding, _ = done.stdout.splitlines()
    assert done.returncode == 1
    assert finding.startswith("@local: 127.0.1.99 did not answer the search: ")
    assert line == (
        '    "cam-127-0-1-21": {"source": "rtsp", "url": "rtsp://127.0.1.21:554/live/mid", "user": "viewer", '
        '"password": secret("camera-cam-127-0-1-21")},'
    )


def test_every_network_of_the_host_is_searched(alone: Path) -> None:
    shown = [
        {"address": "10.9.0.20", "network": "10.9.0.1"},
        {"address": "10.9.1.20", "network": "10.9.1.1"},
        {"address": "127.0.1.20"},
    ]
    said = json.loads(discover(alone, shown, "--json").stdout)
    assert said["findings"] == []
    found = {camera["address"]: camera["entry"]["url"] for camera in said["cameras"]}
    assert found == {each["address"]: f"rtsp://{each['address']}:554/live/mid" for each in shown}
    assert {camera["entry_name"] for camera in said["cameras"]} > {"cam20"}
    assert said["searched"] == {"@local": ["lo 127.0.0.1", "net0 10.9.0.1", "net1 10.9.1.1"]}


def test_wrong_password_and_silent_and_hostile_cameras_are_findings(alone: Path) -> None:
    shown: list[dict[str, Any]] = [
        {"address": "127.0.1.20", "user": "viewer", "password": PASSWORD},
        {"address": "127.0.1.21", "silent": True},
        {"address": "127.0.1.22", "says": {"GetProfiles": "<!DOCTYPE x><x/>"}},
        {"address": "127.0.1.24", "services": "http://192.0.2.7/onvif\u202e http://192.0.2.8/onvif"},
    ]
    done = discover(alone, shown, "--user", "viewer", "--json", typed="wrong\n")
    assert (done.returncode, done.stderr) == (1, "")
    said = json.loads(done.stdout)
    assert {finding["code"] for finding in said["findings"]} == {"camera-not-listed"}
    assert all(finding["fix"] for finding in said["findings"])
    assert sorted(finding["message"] for finding in said["findings"]) == [
        "127.0.1.20: refuses the user or the password",
        "127.0.1.21: does not answer as ONVIF has it: no answer in time",
        "127.0.1.22: does not answer as ONVIF has it: its answer has a document type, which is refused",
        "127.0.1.24: its ONVIF address is another host, which is not asked (http://192.0.2.8/onvif)",
    ]


def test_host_that_does_not_answer_and_network_without_cameras_are_findings(with_dead: Path) -> None:
    done = discover(with_dead, [], "--json")
    assert (done.returncode, done.stderr) == (1, "")
    said = json.loads(done.stdout)
    assert [(finding["host"], finding["code"]) for finding in said["findings"]] == [
        ("shed", "host-unreachable"),
        ("@local", "no-cameras-found"),
    ]
    done = discover(with_dead, [{"address": "127.0.1.20"}], "--host", "@local")
    assert done.returncode == 0
    # which of the two hosts it is, the entry says
    assert '    "cam20": {"host": "@local", "source": "rtsp", "url": ' in done.stdout


@pytest.mark.parametrize(
    ("options", "typed", "said"),
    [
        (("--host", "@locla"), "", "@locla: is not a camera host of home: did you mean @local?"),
        (("--user", "viewer"), "", "--user: there is no password on standard input: "),
        (("--user", "viewer"), "\x1b[2J\n", "--user: there is no password on standard input: "),
        (("--user", "a:b"), "x\n", "--user: cannot be the user of a camera"),
        (("--address", "127.0.1.20"), "", "--address is for --user"),
    ],
)
def test_wrong_usage_ends_with_2(alone: Path, options: tuple[str, ...], typed: str, said: str) -> None:
    done = discover(alone, [], *options, typed=typed)
    assert done.returncode == 2
    assert said in done.stderr


def test_password_is_asked_on_a_terminal_without_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return PASSWORD

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("getpass.getpass", typed)
    assert camera_discover.password_of("viewer") == PASSWORD
    assert asked == ["Password of viewer: "]
