"""What headers of H.264 and H.265 say: units that encoders wrote, of cameras and of GStreamer's."""

import base64
from contextlib import suppress

import pytest
from envivo_agent.faults import B_FRAMES, INTERLACED, ODD_PROFILE
from envivo_agent.ipcam import h264, h265
from envivo_agent.ipcam.h264 import Sequence, Sps
from hypothesis import given
from hypothesis import strategies as some

HIKVISION = "Z00AKp2oHgCJ+WbgICAgQA=="
DAHUA = "Z2QAKqwsaoHgCJ+WbgICAgQA"
X264 = "Z2QAMqzZQCgAtbAWoCAgKAAAAwAIAAADAPR4wYyw"
H265 = "QgEBAWAAAAMAkAAAAwAAAwB4oAPAgBDlllZpJMr/8AAQABagICAggAAAAwCAAAAMhA=="
HIGH_422 = "Z3oAHry0CgvI"
KEY, P, B = b"\x65\x88\x80", b"\x41\x9a\x00", b"\x01\x9e\x00"
"""Slices: first_mb 0, slice_type 7, 5 and 6."""
START = b"\0\0\0\1"


@pytest.mark.parametrize(
    ("text", "profile", "size", "fps", "b_frames", "told"),
    [
        (HIKVISION, "Main", (1920, 1080), None, False, "order_type=2"),
        (DAHUA, "High", (1920, 1080), None, None, "reorder=None"),
        ("Z0LAH9oBQBbsBagICAoAAAMAAgAAAwBlHjBlQA==", "Constrained Baseline", (1280, 720), 25, False, "plain=True"),
        ("Z01AKNkAeAIn5cBagICAoAAAAwAgAAAHkeMGSQ==", "Main", (1920, 1080), 30, False, "reorder=0"),
        (X264, "High", (2560, 1440), 15, True, "reorder=2"),
        ("Z2QAHqzkAtCTYClBgYGpQAAAAwBAAAAMp8UKkg==", "High", (720, 576), 25, False, "progressive=False"),
        ("Z/QAHpGbKBQF/xOAtQYGBkAAAAMAQAAADKPFi2WA", "profile 244", (640, 360), 25, True, "plain=False"),
        ("Z0LAHoyNQFAX/LAPCIRq", "Constrained Baseline", (640, 360), None, False, "order_type=0"),
    ],
    ids=["hikvision", "dahua", "baseline", "main", "high with b", "interlaced", "4:4:4", "openh264"],
)
def test_parameters_say_profile_size_rate_and_whether_frames_are_reordered(
    text: str, profile: str, size: tuple[int, int], fps: float | None, b_frames: bool | None, told: str
) -> None:
    found = h264.sps(base64.b64decode(text))
    assert (found.profile, (found.width, found.height), found.fps) == (profile, size, fps)
    assert found.has_b_frames is b_frames
    assert told in repr(found)


@pytest.mark.parametrize("at", range(1, 12))
def test_parameters_that_are_cut_off_are_refused(at: int) -> None:
    with pytest.raises(ValueError, match="cut off"):
        h264.sps(base64.b64decode(X264)[:at])


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (H265, (1920, 1080)),
        ("QgEBAWAAAAMAkAAAAwAAAwBdoAKAgC0WWVmkkyv/wABAAFqAgICCAAADAAIAAAMAMhA=", (1280, 720)),
        ("QgEBAWAAAAMAkAAAAwAAAwA/oAoIC595ZWaSTK//AAEAAWoMDAwIAAADAAgAAAMAyEA=", (320, 180)),
        (H265[:24], None),
        ("", None),
    ],
)
def test_size_of_h265(text: str, size: tuple[int, int] | None) -> None:
    assert h265.size(base64.b64decode(text)) == size


@pytest.mark.parametrize(
    "unit",
    [
        base64.b64decode(X264) + b"\x80" * 1024,
        b"\x67\x64\x00\x1e" + b"\xff" * 46000,
        b"\x67" + b"\0\0\3" * 15000,
    ],
    ids=["right before the end", "ones", "zeros"],
)
def test_parameters_that_are_too_long_are_refused(unit: bytes) -> None:
    with pytest.raises(ValueError, match="too long"):
        h264.sps(unit)
    assert h265.size(unit) is None
    sequence = Sequence()
    sequence.look(START + unit)
    assert sequence.sps is None


@pytest.mark.parametrize(("count", "words"), [(255, "cut off"), (256, "not a count"), (5000, "not a count")])
def test_counts_that_the_standard_does_not_have_are_refused(count: int, words: str) -> None:
    def coded(number: int) -> str:
        return "0" * ((number + 1).bit_length() - 1) + f"{number + 1:b}"

    bits = "".join((f"{66:08b}", "0" * 8, f"{30:08b}", *map(coded, (0, 0, 1)), "0", *map(coded, (0, 0, count))))
    unit = b"\x67" + int(bits + "1" * (-len(bits) % 8), 2).to_bytes((len(bits) + 7) // 8, "big") + b"\xaa" * 4
    with pytest.raises(ValueError, match=words):
        h264.sps(unit)


@given(some.binary(max_size=80))
def test_nonsense_is_refused_and_nothing_worse(unit: bytes) -> None:
    h265.size(unit)
    Sequence().look(unit)
    with suppress(ValueError):
        assert isinstance(h264.sps(unit), Sps)


def _frame(*units: bytes) -> bytes:
    return b"".join(START + unit for unit in units)


@pytest.mark.parametrize(
    ("frames", "b_frames", "interval"),
    [
        ([KEY, P, P, P, KEY], False, 4),
        ([P, P, KEY, P, KEY, KEY], False, 1),
        ([KEY, P, B, B, P], True, None),
        ([P, P], False, None),
        ([KEY], False, None),
    ],
)
def test_frames_tell_their_kind_and_how_far_key_frames_are_apart(
    frames: list[bytes], b_frames: bool, interval: int | None
) -> None:
    sequence = Sequence()
    for frame in frames:
        sequence.look(_frame(b"\x09\x10", frame))
    assert (sequence.has_b_frames, sequence.key_interval) == (b_frames, interval)


def test_parameters_among_the_frames_are_read() -> None:
    sequence = Sequence()
    sequence.look(_frame(base64.b64decode(HIKVISION), b"\x68\xee", KEY))
    assert sequence.sps == h264.sps(base64.b64decode(HIKVISION))


@pytest.mark.parametrize(
    ("units", "unfit"),
    [
        ([HIKVISION, KEY, P], ""),
        ([DAHUA, KEY, P, B], B_FRAMES),
        ([X264, KEY], B_FRAMES),
        (["Z2QAHqzkAtCTYClBgYGpQAAAAwBAAAAMp8UKkg==", KEY], INTERLACED),
        (["Z/QAHpGbKBQF/xOAtQYGBkAAAAMAQAAADKPFi2WA", KEY], B_FRAMES),
        ([HIGH_422, KEY], ODD_PROFILE),
    ],
)
def test_frames_tell_what_browsers_do_not_play_where_the_camera_does_not(units: list[str | bytes], unfit: str) -> None:
    looked = Sequence()
    for unit in units:
        looked.look(START + (base64.b64decode(unit) if isinstance(unit, str) else unit))
    assert looked.unfit == unfit
