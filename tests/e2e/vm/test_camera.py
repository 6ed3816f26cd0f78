"""The agent on a real V4L2 device and a kernel of its own: Debian's module vivid in the lab's virtual machine.

It runs under emulation, at about a tenth of the speed of the machine.
"""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.e2e.far_stream import stamps
from tests.e2e.lab import API, Lab, SettingsOf
from tests.patience import until

pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]

DEVICE = "/dev/v4l/by-path/platform-vivid.0-video-index0"
FPS = 5
PICTURE = {"device": DEVICE, "source": "v4l2", "width": 320, "height": 180, "fps": FPS, "bitrate_kbps": 200}
SOUND = {"audio": "alsa", "audio_device": "hw:CARD=Loopback,DEV=1"}
UNIT = "envivo-agent@webcam"
DRIVER = "/sys/bus/platform/drivers/vivid"
REACHED_S = 60
"""Any change of the agent's state, which takes it 10 s at most where nothing is emulated."""

Status = dict[str, Any]


@pytest.fixture(scope="module")
def settings_of(tmp_path_factory: pytest.TempPathFactory) -> SettingsOf:
    return SettingsOf(tmp_path_factory.mktemp("settings"))


@pytest.fixture(scope="module")
def deployed(virtual: Lab, settings_of: SettingsOf) -> Lab:
    cameras = {"webcam": {**PICTURE, **SOUND, "preset": "low-cpu", "encoder": "x264"}}
    lab = virtual.with_settings(settings_of(cameras=cameras))
    lab.deploy()
    return lab


@pytest.fixture
def vm(deployed: Lab) -> Lab:
    """Its camera is live."""
    live(deployed)
    return deployed


def status(vm: Lab) -> Status:
    said = vm.run(vm.camera, "cat /run/envivo-agent/webcam.json", check=False).stdout
    return dict(json.loads(said)) if said else {"state": ""}


def wait(vm: Lab, good: Callable[[Status], bool]) -> Status:
    seen = until(good, lambda: status(vm), REACHED_S)
    assert good(seen), seen
    return seen


def reach(vm: Lab, state: str, words: str = "") -> Status:
    return wait(vm, lambda told: told["state"] == state and words in told["reason"])


def path(vm: Lab) -> Status:
    return dict(json.loads(vm.run(vm.media, f"{API}/paths/get/webcam").stdout))


def live(vm: Lab) -> Status:
    """The agent says so, and MediaMTX that it gets something."""
    seen = reach(vm, "live")
    before = path(vm)
    now = until(lambda now: now["inboundBytes"] > before["inboundBytes"], lambda: path(vm), 20)
    assert now["online"] and now["inboundBytes"] > before["inboundBytes"], now
    return seen


def control(vm: Lab, *settings: str) -> None:
    vm.run(vm.camera, f"v4l2-ctl -d {DEVICE} -c {','.join(settings)}")


def test_probe_names_the_camera_and_the_microphone(vm: Lab) -> None:
    command = "cd /opt/envivo/agent && runuser -u envivo-agent -- /usr/bin/python3 -s -B -m envivo_agent --probe"
    told = json.loads(vm.run(vm.camera, command).stdout)

    (camera,) = (one for one in told["cameras"] if one["device"] == "/dev/video0")
    assert DEVICE in camera["names"]
    assert "vivid" in camera["card"]
    (offer,) = (one for one in camera["formats"] if (one["format"], one["width"]) == ("yuyv", 320))
    assert offer["height"] == 180 and 5.0 in offer["fps"]
    assert {one["device"] for one in told["audio"]} >= {"hw:0,1"}
    # at 1280x720, which is too much for an emulated machine: that they are not found is another answer
    assert not {"x264enc", "openh264enc"} & {
        one["element"] for one in told["encoders"] if "not installed" in one["why"]
    }


def test_camera_and_microphone_are_published(vm: Lab) -> None:
    told = status(vm)
    assert (told["mode"], told["source"]) == ("yuyv 320x180 at 5 fps", DEVICE)
    assert [track["codec"] for track in path(vm)["tracks2"]] == ["H264", "Opus"]
    seen = stamps(vm.hosts[vm.media], "webcam", 20)
    gaps = {round((after - before) * FPS, 2) for before, after in pairwise(seen)}
    # a frame that the emulated encoder has no time for leaves its place on the grid empty
    assert 1.0 in gaps and all(gap.is_integer() for gap in gaps), seen


def test_unit_may_use_a_device_whose_driver_came_after_it(vm: Lab) -> None:
    vm.run(vm.camera, f"systemctl stop {UNIT}; rmmod vivid; systemctl start {UNIT}")
    pid = reach(vm, "waiting-camera", f"{DEVICE} does not exist: plug the camera in")["pid"]

    vm.run(vm.camera, "modprobe vivid")

    assert live(vm)["pid"] == pid


def test_pulled_cable_is_waited_for(vm: Lab) -> None:
    pid = status(vm)["pid"]
    vm.run(vm.camera, f"echo vivid.0 >{DRIVER}/unbind")
    reach(vm, "waiting-camera", "does not exist")

    vm.run(vm.camera, f"echo vivid.0 >{DRIVER}/bind")

    assert live(vm)["pid"] == pid


def test_camera_that_fails_while_it_streams_is_opened_again(vm: Lab) -> None:
    before = status(vm)
    control(vm, "inject_fatal_streaming_error=1")

    seen = wait(vm, lambda now: now["restarts"]["camera"] > before["restarts"]["camera"])
    assert seen["stalls"] == before["stalls"], "it failed, it did not stand still"

    assert live(vm)["pid"] == before["pid"]


def test_camera_that_gives_no_more_frames_is_a_stall(vm: Lab) -> None:
    before = status(vm)
    control(vm, "percentage_of_dropped_buffers=100")
    try:
        seen = wait(vm, lambda now: now["stalls"] > before["stalls"])
        assert seen["restarts"]["camera"] > before["restarts"]["camera"]
    finally:
        control(vm, "percentage_of_dropped_buffers=0")

    live(vm)


def test_camera_in_use_is_named_and_waited_for(vm: Lab) -> None:
    vm.run(vm.camera, f"systemctl stop {UNIT}")
    vm.run(vm.camera, f"systemd-run -q --unit other v4l2-ctl -d {DEVICE} --stream-mmap --stream-count=0")
    try:
        tried = vm.envivo("camera", "diagnose", "lab", "--json", *vm.group_data())
        told = json.loads(tried.stdout)
        assert tried.returncode == 1, tried.stdout + tried.stderr
        assert [finding["code"] for finding in told["findings"]] == ["camera-service", "camera-capture"]
        assert f"{DEVICE} is in use by another program" in told["findings"][1]["message"]

        vm.run(vm.camera, f"systemctl start --no-block {UNIT}")
        reach(vm, "waiting-camera", f"{DEVICE} is in use by another program: end that program")
    finally:
        vm.run(vm.camera, f"systemctl stop other; systemctl start --no-block {UNIT}")

    live(vm)


def test_size_that_the_camera_has_not_is_answered_with_those_that_it_has(vm: Lab, settings_of: SettingsOf) -> None:
    vm.deploy(settings_of(cameras={"webcam": {**PICTURE, "width": 322, "preset": "low-cpu"}}))

    reach(vm, "waiting-camera", f"{DEVICE} gives no picture of 322x180: choose one of 320x180, 640x360")
