"""The trial as the agent makes it, of GStreamer's own encoder and of some that fail in their ways."""

import os
import sys

import pytest
from envivo_agent import trial
from envivo_agent.trial import FRAMES, Proof

from tests.unit.agent.live import AGENT, PYTHON, missing

FPS = 5
ENCODER = "x264enc tune=zerolatency speed-preset=ultrafast ! video/x-h264,profile=constrained-baseline"


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    if reason := missing("x264enc", "h264parse"):
        pytest.skip(reason)
    monkeypatch.setattr(sys, "executable", PYTHON)
    monkeypatch.setitem(os.environ, "PYTHONPATH", str(AGENT))


def tried(launch: str) -> Proof:
    return trial.run(trial.description(launch, "I420", 320, 180, FPS), FPS)


def test_encoder_works() -> None:
    proof = tried(ENCODER)
    assert proof.works and proof.fps >= FPS, proof


def test_encoder_that_cannot_follow_is_slow() -> None:
    """Ended in the middle of its thirty frames: it gives about one a second."""
    proof = tried(f"identity sleep-time=900000 ! {ENCODER}")
    assert proof.slow and 0.5 < proof.fps < 1.5, proof


def test_encoder_that_manages_the_rate_works_though_its_time_is_too_short_for_all_frames() -> None:
    proof = tried(f"identity sleep-time=185000 ! {ENCODER}")
    assert proof.works and FPS <= proof.fps < FRAMES / 5, proof


@pytest.mark.parametrize(
    ("launch", "why"),
    [
        (f"identity sleep-time=100000000 ! {ENCODER}", f"hangs: 0 of {FRAMES} frames in 5 s"),
        (f"{ENCODER} ! identity sleep-time=100000000", f"hangs: 0 of {FRAMES} frames in 5 s"),
        ("x264enc no-such-property=1", 'no property "no-such-property" in element "x264enc"'),
        (f"{ENCODER} ! identity error-after=3", "Failed after iterations as requested."),
        (f"{ENCODER} ! identity eos-after=3", f"gave 2 of {FRAMES} frames"),
    ],
)
def test_encoder_that_fails_is_named_with_its_reason(launch: str, why: str) -> None:
    assert tried(launch) == Proof(why)


def test_loading_is_not_counted_as_the_encoders_time(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = f"sleep 1; exec {PYTHON} -s -m envivo_agent.trial"
    monkeypatch.setattr(trial, "LIMIT_S", 0.5)
    assert trial.run(trial.description(ENCODER, "I420", 320, 180, FPS), FPS, ("sh", "-c", slow)).works
