"""Which encoder is taken, on a host whose GStreamer knows what a test says it knows."""

import importlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from envivo_agent.config import Video
from envivo_agent.encoder_trial import Proof
from envivo_agent.encoders import ENCODERS, Encoder

VA, LOW_POWER, NV, PI, X264, OPENH264 = ENCODERS
VIDEO = Video(1280, 720, 30, 2500, 500, "auto", True, "balanced")
WORKS = Proof("", 210.4)
SLOW_9 = Proof("too slow: 9 of 30 frames a second", 9.0)
SLOW_21 = Proof("too slow: 21 of 30 frames a second", 21.0)


@pytest.fixture
def selection(gst: Any) -> Any:
    assert gst.encoders == {X264.element, OPENH264.element}
    return importlib.import_module("envivo_agent.gst.selection")


@pytest.fixture
def trials(selection: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Those that were made; all of them end well."""
    made: list[str] = []

    def run(text: str, fps: int) -> Proof:
        made.append(text)
        return Proof("", 100.0 + fps)

    monkeypatch.setattr(selection.encoder_trial, "run", run)
    return made


@pytest.mark.parametrize(
    ("refused", "proofs", "taken", "reason"),
    [
        ((), [WORKS, WORKS], VA, "vah264enc 210 fps in a trial"),
        ((), [Proof(""), WORKS], VA, "vah264enc worked in a trial before"),
        (("vah264enc",), [WORKS, WORKS], X264, "vah264enc failed while it ran; x264enc 210 fps in a trial"),
        (("vah264enc", "x264enc"), [WORKS, WORKS], None, "vah264enc failed while it ran; x264enc failed while it ran"),
        ((), [Proof("crashes (signal 11)"), Proof("hangs")], None, "vah264enc crashes (signal 11); x264enc hangs"),
        ((), [SLOW_9, SLOW_21], X264, f"vah264enc {SLOW_9.why}; x264enc {SLOW_21.why}"),
        ((), [SLOW_21, SLOW_9], VA, f"vah264enc {SLOW_21.why}; x264enc {SLOW_9.why}"),
        ((), [SLOW_9, Proof("hangs")], VA, f"vah264enc {SLOW_9.why}; x264enc hangs"),
        ((), [SLOW_9, WORKS], X264, f"vah264enc {SLOW_9.why}; x264enc 210 fps in a trial"),
        (("vah264enc",), [SLOW_21, SLOW_9], X264, f"vah264enc failed while it ran; x264enc {SLOW_9.why}"),
    ],
)
def test_selection_is_the_first_that_works_else_the_quickest(
    selection: Any, refused: tuple[str, ...], proofs: list[Proof], taken: Encoder | None, reason: str
) -> None:
    tried = [VA, X264]
    chosen = selection.select(tried, frozenset(refused), lambda encoder: proofs[tried.index(encoder)])
    assert (chosen.encoder, chosen.reason) == (taken, reason)


def test_selection_tries_none_after_the_one_that_works(selection: Any) -> None:
    asked: list[str] = []

    def prove(encoder: Encoder) -> Proof:
        asked.append(encoder.element)
        return Proof("" if encoder == NV else "no")

    assert selection.select(list(ENCODERS), frozenset(), prove).encoder == NV
    assert asked == ["vah264enc", "vah264lpenc", "nvh264enc"]


def test_selection_tries_nothing_that_is_not_installed(selection: Any, trials: list[str]) -> None:
    chosen = selection.selection(VIDEO, frozenset(), None)
    absent = ", ".join(one.element for one in (VA, LOW_POWER, NV, PI))
    told = f"x264enc 130 fps in a trial; not installed, or without hardware: {absent}"
    assert (chosen.encoder, chosen.reason) == (X264, told)
    (text,) = trials
    assert " ! x264enc name=encoder bitrate=2500 ! video/x-h264,profile=constrained-baseline ! " in text
    assert "format=I420,width=1280,height=720,framerate=30/1" in text


def test_proof_holds_for_what_was_tried_alone(selection: Any, trials: list[str], gst: Any, tmp_path: Path) -> None:
    cache = tmp_path / "encoders.json"
    others = replace(VIDEO, width=640, height=360), replace(VIDEO, fps=25), replace(VIDEO, preset="quality")
    for number in ("1.26.2", "1.28.0"):
        gst.number = number
        for video in 2 * (VIDEO, *others):
            assert selection.proved_before(X264, video, cache).works
    assert len(trials) == 2 * len((VIDEO, *others))
    gst.encoders.clear()
    assert selection.proved_before(X264, VIDEO, cache) == Proof("not installed, or without hardware")


@pytest.mark.parametrize("failure", [Proof("hangs"), SLOW_9])
def test_failure_is_not_noted(selection: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, failure: Proof) -> None:
    cache = tmp_path / "encoders.json"
    monkeypatch.setattr(selection.encoder_trial, "run", lambda _text, _fps: failure)
    assert selection.proved_before(X264, VIDEO, cache) == failure
    assert not cache.exists()


@pytest.mark.parametrize("text", [None, "", "{", "{}", "[1, null]", '"x264enc"', "null", "5", "\udcff"])
def test_proof_is_noted_over_any_garbage_and_believed_the_next_time(
    selection: Any, trials: list[str], tmp_path: Path, text: str | None
) -> None:
    cache = tmp_path / "encoders.json"
    if text is not None:
        cache.write_text(text, errors="surrogateescape")
    assert selection.proved_before(X264, VIDEO, cache).fps == 130
    assert selection.proved_before(X264, VIDEO, cache) == Proof("")
    assert len(trials) == 1
    assert json.loads(cache.read_text())[-1].startswith("x264enc 1280x720@30 balanced 1.26.2 ")


def test_notes_that_cannot_be_written_cost_a_trial_more(selection: Any, trials: list[str], tmp_path: Path) -> None:
    for _ in range(2):
        assert selection.proved_before(X264, VIDEO, tmp_path / "absent" / "encoders.json").fps == 130
    assert selection.proved_before(X264, VIDEO, None).fps == 130
    assert len(trials) == 3


def test_notes_do_not_grow_for_ever(selection: Any, trials: list[str], tmp_path: Path) -> None:
    cache = tmp_path / "encoders.json"
    for fps in range(1, 61):
        assert selection.proved_before(X264, replace(VIDEO, fps=fps), cache).works
    assert len(trials) == 60
    assert 20 <= len(json.loads(cache.read_text())) <= 21
