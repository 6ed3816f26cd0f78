"""What is not of a setting's shape: keys, depth and numbers of any kind end in findings that can be read."""

import pytest

from envivo.core.quoting import LONGEST, shown, shown_key
from envivo.secrets.reference import DEEPEST
from tests.unit.settings.environments import LAB, PASSWORD, at, findings


def nested(levels: int) -> object:
    inner: object = ""
    for level in range(levels):
        inner = {"a": inner} if level % 2 else [inner]
    return inner


@pytest.mark.parametrize("place", ["", "mediamtx.paths", "mediamtx.hls", "cameras"])
def test_key_is_shown_on_one_line_and_shortened(place: str) -> None:
    for key in ("a\nb", "\x1b[2J", "\u202edlrow", "k" * 5000, "\ud800"):
        for value in ({}, key, {key: key}, [[key]]):
            found = findings(LAB, at(place, {key: value}) if place else {key: value})

            assert found
            for line in found:
                assert line.isprintable() and len(line) < 6 * LONGEST, line


@pytest.mark.parametrize("levels", [DEEPEST - 2, 900, 100_000])
@pytest.mark.parametrize("place", ["colour", "mediamtx", "mediamtx.rtmp_port", "mediamtx.monitor.password"])
def test_depth_has_no_end_in_a_traceback(place: str, levels: int) -> None:
    found = findings(LAB, at(place, nested(levels)))

    assert found and all(line.startswith(place) and len(line) < 6 * LONGEST for line in found), found


@pytest.mark.parametrize("place", ["mediamtx.rtmp_port", "mediamtx.hls.segment_count", "cameras.webcam.fps"])
def test_number_that_is_none_is_refused(place: str) -> None:
    for value in (10**5000, -(10**5000), float("nan"), float("inf"), True, b"x", object(), 2**63):
        (found,) = findings(LAB, at(place, value))

        assert found.startswith(f"{place}: must be ") and len(found) < 3 * LONGEST


@pytest.mark.parametrize(
    "place", ["mediamtx.read_timeout", "mediamtx.monitor.user", "cameras.webcam.host", "media_address"]
)
def test_bytes_are_not_a_text(place: str) -> None:
    assert findings(LAB, at(place, b"1s")) == [f"{place}: must be of type string"]


@pytest.mark.parametrize("value", [1, 0, "yes", "false", None])
def test_flag_is_a_flag(value: object) -> None:
    path = {"publisher": {"user": "u", "password": PASSWORD}, "record": value}
    (found,) = findings(LAB, at("mediamtx.paths", {"second": path}))

    assert found == f"mediamtx.paths.second.record: must be of type bool, is {value!r}"


def test_what_is_shown_is_short_and_printable() -> None:
    for value in ("x" * 5000, "a\nb\x1b", 10**5000, nested(5000), {"k" * 5000: "v" * 5000}, ["y"] * 5000, 1e999):
        assert shown(value).isprintable() and len(shown(value)) < 6 * LONGEST
    assert (shown("plain"), shown(7), shown(None)) == ("'plain'", "7", "None")
    assert (shown_key("plain é"), shown_key("a\nb")) == ("plain é", "'a\\nb'")
