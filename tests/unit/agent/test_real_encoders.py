"""The trial as the agent makes it, of GStreamer's own encoder and of some that fail in their ways."""

import os
import sys

import pytest
from envivo_agent import encoder_trial
from envivo_agent.encoder_trial import FRAMES, LIMIT_S, Proof

from tests.patience import patient
from tests.unit.agent.live import AGENT, PYTHON

pytestmark = pytest.mark.usefixtures("installed")

ENCODER = "x264enc tune=zerolatency speed-preset=ultrafast ! video/x-h264,profile=constrained-baseline"
_QUICKLY = "encoder_trial.LIMIT_S = 1; trial_process.main()"
QUICKLY = (
    *(PYTHON, "-s", "-c"),
    f"from envivo_agent import encoder_trial; from envivo_agent.gst import trial_process; {_QUICKLY}",
)
"""The trial's own program with less time for the encoder."""


@pytest.fixture(autouse=True)
def debian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_trial, "LOADING_S", patient(encoder_trial.LOADING_S))
    monkeypatch.setattr(sys, "executable", PYTHON)
    monkeypatch.setitem(os.environ, "PYTHONPATH", str(AGENT))


def tried(launch: str, fps: int = 5, command: tuple[str, ...] = ()) -> Proof:
    return encoder_trial.run(encoder_trial.description(launch, "I420", 320, 180, fps), fps, command)


def test_encoder_works() -> None:
    assert tried(ENCODER).works


def test_encoder_that_cannot_follow_is_slow() -> None:
    """Ended in the middle of its thirty frames: it gives two a second at most, whatever this machine is like."""
    proof = tried(f"identity sleep-time=500000 ! {ENCODER}")
    assert proof.slow and proof.fps <= 2, proof


def test_encoder_that_manages_the_rate_works_though_its_time_is_too_short_for_all_frames() -> None:
    """At most 25 of the thirty in its five seconds, of which one a second is wanted."""
    proof = tried(f"identity sleep-time=200000 ! {ENCODER}", fps=1)
    assert proof.works and proof.fps < FRAMES / LIMIT_S, proof


@pytest.mark.parametrize("launch", [f"identity sleep-time=100000000 ! {ENCODER}",
                                    f"{ENCODER} ! identity sleep-time=100000000"])  # fmt: skip
def test_encoder_that_gives_nothing_until_its_time_is_up_hangs(monkeypatch: pytest.MonkeyPatch, launch: str) -> None:
    monkeypatch.setattr(encoder_trial, "LIMIT_S", 1)
    assert tried(launch, command=QUICKLY) == Proof(f"hangs: 0 of {FRAMES} frames in 1 s")


@pytest.mark.parametrize(
    ("launch", "why"),
    [
        ("x264enc no-such-property=1", 'no property "no-such-property" in element "x264enc"'),
        (f"{ENCODER} ! identity error-after=3", "Failed after iterations as requested."),
        (f"{ENCODER} ! identity eos-after=3", f"gave 2 of {FRAMES} frames"),
    ],
)
def test_encoder_that_fails_is_named_with_its_reason(launch: str, why: str) -> None:
    assert tried(launch) == Proof(why)


def test_loading_is_not_counted_as_the_encoders_time(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = f"sleep 1; exec {PYTHON} -s -m envivo_agent.gst.trial_process"
    monkeypatch.setattr(encoder_trial, "LIMIT_S", 0.5)
    assert tried(ENCODER, command=("sh", "-c", slow)).works
