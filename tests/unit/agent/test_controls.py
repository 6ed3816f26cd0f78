"""Controls of a camera: which are set, in what order, and what is said of those that are not in force."""

import errno
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from envivo_agent.config import ConfigError, parse
from envivo_agent.controls import Control, applied, name_of
from envivo_agent.v4l2 import GET_CONTROL, QUERY_CONTROL, SET_CONTROL, Controls, opened

from tests.patience import patient
from tests.unit.agent.live import AGENT, PYTHON
from tests.unit.agent.plans import Document

INTEGER, BOOLEAN, MENU, BUTTON, INTEGER64, BITMASK = 1, 2, 3, 4, 5, 8
READ_ONLY, INACTIVE, WRITE_ONLY, VOLATILE = 0x4, 0x10, 0x40, 0x80
FREQUENCY = Control(0x980918, MENU, "power_line_frequency", 0, 2, 1, 0)
FOCUS = Control(0x9A090A, INTEGER, "focus_absolute", 0, 250, 0, 0)
AUTOFOCUS = Control(0x9A090C, BOOLEAN, "focus_automatic_continuous", 0, 1, 1, 0)
GAIN = Control(0x980913, INTEGER, "gain", 0, 255, 0, VOLATILE)


class Camera:
    """With autofocus, as UVC cameras have it: while it is on, the focus cannot be set."""

    def __init__(self, *others: Control) -> None:
        self.known = [FREQUENCY, GAIN, *others, FOCUS, AUTOFOCUS]
        self.values = {control.number: control.default for control in self.known}
        self.kept: dict[int, int] = {}
        """Values that stay whatever is set."""

    def controls(self) -> list[Control]:
        held = INACTIVE if self.values[AUTOFOCUS.number] else 0
        return [replace(control, flags=control.flags | held) if control == FOCUS else control for control in self.known]

    def value(self, number: int) -> int:
        if any(control.flags & WRITE_ONLY for control in self.known if control.number == number):
            raise PermissionError(errno.EACCES, "Permission denied")
        return self.values[number]

    def set_value(self, number: int, value: int) -> None:
        if number == FOCUS.number and self.values[AUTOFOCUS.number]:
            raise PermissionError(errno.EACCES, "Permission denied")
        self.values[number] = self.kept.get(number, value)


@pytest.mark.parametrize(
    ("described", "name"),
    [
        ("Focus, Absolute", "focus_absolute"),
        ("White Balance Temperature, Auto", "white_balance_temperature_auto"),
        ("Exposure Time, Absolute", "exposure_time_absolute"),
        ("LED1 Mode", "led1_mode"),
        ("  (odd) ", "odd"),
        ("Größe", "gr_e"),
    ],
)
def test_controls_are_named_as_v4l2_ctl_names_them(described: str, name: str) -> None:
    assert name_of(described) == name


@pytest.mark.parametrize("order", [(FOCUS, AUTOFOCUS), (AUTOFOCUS, FOCUS)], ids=["wrong order", "right order"])
def test_controls_are_in_force_in_whatever_order_they_are_wanted(order: tuple[Control, ...]) -> None:
    camera, values = Camera(), {FOCUS: 30, AUTOFOCUS: 0}
    assert applied({control.name: values[control] for control in order}, camera) == ()
    assert {control: camera.values[control.number] for control in values} == values


KNOWN = "power_line_frequency, gain, focus_absolute, focus_automatic_continuous"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({}, ()),
        ({"power_line_frequency": 2, "gain": 7}, ()),
        ({"zoom_absolute": 1}, (f"zoom_absolute: the camera has no such control, but {KNOWN}",)),
        ({"power_line_frequency": 3}, ("power_line_frequency: takes 0 to 2, is 3",)),
        ({"focus_absolute": 30},
         ("focus_absolute: the camera refuses 30 (Permission denied), while its automatic control is on",)),
        ({"focus_absolute": -1, "iris": 1, "gain": 1},
         ("focus_absolute: takes 0 to 250, is -1", f"iris: the camera has no such control, but {KNOWN}")),
    ],
)  # fmt: skip
def test_controls_that_are_not_in_force_are_named_and_the_others_are_set(
    wanted: dict[str, int], said: tuple[str, ...]
) -> None:
    camera = Camera()
    assert applied(wanted, camera) == said
    for control in (FREQUENCY, GAIN):
        taken = control.name in wanted and not any(sentence.startswith(control.name) for sentence in said)
        assert camera.values[control.number] == (wanted[control.name] if taken else control.default)


@pytest.mark.parametrize(
    ("control", "said"),
    [
        (Control(1, INTEGER, "odd", 0, 100, 0, 0), ("odd: the camera has 48 instead of 50",)),
        (Control(1, INTEGER, "odd", 0, 100, 0, VOLATILE), ()),
        (Control(1, INTEGER, "odd", 0, 100, 0, WRITE_ONLY), ()),
        (Control(1, BITMASK, "odd", 0, -1, 0, VOLATILE), ()),
    ],
)
def test_value_is_read_again_where_that_tells_something(control: Control, said: tuple[str, ...]) -> None:
    camera = Camera(control)
    camera.kept[1] = 48
    assert applied({"odd": 50}, camera) == said


@pytest.mark.parametrize("kind", [BUTTON, INTEGER64, 6, 7, 0x100])
def test_controls_that_take_no_number_are_none(kind: int) -> None:
    camera = Camera(Control(1, kind, "odd", 0, 100, 0, 0), Control(2, INTEGER, "fixed", 0, 100, 0, READ_ONLY))
    assert applied({"odd": 1, "fixed": 1}, camera) == tuple(
        f"{name}: the camera has no such control, but {KNOWN}" for name in ("odd", "fixed")
    )


def _text(part: bytes) -> str:
    return part.rstrip(b"\0").decode()


def _kernel(camera: Camera) -> Callable[[int, int, bytes], bytes]:
    """Answers as linux/videodev2.h lays them out: 68 bytes of v4l2_queryctrl, 8 of v4l2_control."""

    def ioctl(_opened: int, request: int, asked: bytes) -> bytes:
        number = int.from_bytes(asked[:4], "little")
        if request == QUERY_CONTROL:
            assert (len(asked), number & 0x80000000) == (68, 0x80000000)
            following = sorted(
                (one for one in camera.controls() if one.number > number & 0x7FFFFFFF), key=lambda one: one.number
            )
            if not following:
                raise OSError(errno.EINVAL, "Invalid argument")
            found = following[0]
            words = [found.least, found.most, 1, found.default]
            told = found.number.to_bytes(4, "little") + found.type.to_bytes(4, "little")
            told += found.name.replace("_", ", ").title().encode().ljust(32, b"\0")
            told += b"".join(word.to_bytes(4, "little", signed=True) for word in words)
            return told + found.flags.to_bytes(4, "little") + bytes(8)
        assert len(asked) == 8
        if request == SET_CONTROL:
            camera.set_value(number, int.from_bytes(asked[4:], "little", signed=True))
            return asked
        assert request == GET_CONTROL
        return asked[:4] + camera.value(number).to_bytes(4, "little", signed=True)

    return ioctl


def test_kernel_is_asked_as_its_header_says() -> None:
    """On amd64 and arm64; the numbers are those that strace shows."""
    assert (QUERY_CONTROL, GET_CONTROL, SET_CONTROL) == (0xC0445624, 0xC008561B, 0xC008561C)
    balance = Control(0x98090E, INTEGER, "red_balance", -10, 10, -1, 0)
    camera = Camera(balance)
    device = Controls(7, _kernel(camera))
    assert {one.name: one for one in device.controls()} == {one.name: one for one in camera.controls()}
    wanted = {"focus_absolute": 30, "red_balance": -7, "focus_automatic_continuous": 0, "zoom": 1}
    (said,) = applied(wanted, device)
    assert said.startswith("zoom: the camera has no such control, but ")
    assert (camera.values[FOCUS.number], camera.values[balance.number]) == (30, -7)


def test_driver_that_does_not_go_on_is_not_asked_for_ever() -> None:
    kernel = _kernel(Camera())

    def ioctl(opened: int, request: int, asked: bytes) -> bytes:
        return kernel(opened, request, b"\0\0\0\x80" + asked[4:])

    assert len(Controls(7, ioctl).controls()) == 1


def test_what_is_not_a_camera_has_no_controls() -> None:
    with opened(os.devnull) as device, pytest.raises(OSError, match="ioctl"):
        applied({"gain": 1}, device)
    with pytest.raises(FileNotFoundError), opened("/dev/no-such-camera"):
        pass


@pytest.mark.parametrize(
    ("controls", "problem"),
    [
        ({"Focus": 1}, 'source.controls."Focus": must be a name of a-z 0-9 _'),
        ({"focus": True}, "source.controls.focus: must be a whole number from -2147483648 to 2147483647, is true"),
        ({"focus": 2**31},
         "source.controls.focus: must be a whole number from -2147483648 to 2147483647, is 2147483648"),
        ([], "source.controls: must be an object"),
    ],
)  # fmt: skip
def test_controls_that_cannot_be_are_refused(document: Document, controls: Any, problem: str) -> None:
    document["source"] = {"kind": "v4l2", "device": "/dev/video0", "format": "auto", "controls": controls}
    with pytest.raises(ConfigError) as caught:
        parse(json.dumps(document))
    assert caught.value.problems == [problem]


_STAND_IN = """
import sys
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from envivo_agent import plan
from envivo_agent.config import load
from envivo_agent.controls import Control
from envivo_agent.gst import camera, diagnose
from envivo_agent.modes import Offer
from envivo_agent.plan import Chain, SOURCE

class Device:
    def controls(self):
        return [Control(1, 1, "gain", 0, 255, 0, 0)]
    def value(self, number):
        return 7
    def set_value(self, number, value):
        pass

@contextmanager
def opened(path):
    yield Device()

camera.is_there = lambda place: True
camera.offered = lambda config: [Offer("nv12", 320, 180, (Fraction(30),))]
camera.opened = opened
plan.camera_element = lambda source: Chain(f"videotestsrc is-live=true name={SOURCE}")
sys.exit(diagnose.attempt(load(Path(sys.argv[1])), None))
"""


@pytest.mark.parametrize(
    ("controls", "ok", "what"),
    [
        ({"gain": 7}, True, "gain 7: in force"),
        ({"gain": 8, "focus_absolute": 1}, False,
         "gain: the camera has 7 instead of 8; focus_absolute: the camera has no such control, but gain"),
        (None, None, ""),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("installed")
def test_diagnosis_names_what_is_not_in_force_and_goes_on(
    small: Document, tmp_path: Path, controls: dict[str, int] | None, ok: bool | None, what: str
) -> None:
    small["source"] = {"kind": "v4l2", "device": "/dev/video99", "format": "auto"}
    small["source"] |= {"controls": controls} if controls else {}
    small["publish"].update(host="127.0.0.1", port=9)
    file = tmp_path / "camera.json"
    file.write_text(json.dumps(small))
    env = {**os.environ, "PYTHONPATH": str(AGENT)}
    argv = (PYTHON, "-s", "-B", "-c", _STAND_IN, str(file))
    done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=patient(60), env=env)
    steps = {step["step"]: step for line in done.stdout.splitlines() if (step := json.loads(line))}
    assert steps.get("capture", {}).get("ok"), done.stdout + done.stderr
    assert ("controls" in steps) is (ok is not None)
    if ok is not None:
        assert (steps["controls"]["ok"], steps["controls"]["what"]) == (ok, what)
        assert bool(steps["controls"]["fix"]) is not ok
