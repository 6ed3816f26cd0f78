"""Whether an encoder works: what is made of a child's last words, and of children that have none."""

import json
import sys

import pytest
from envivo_agent import encoder_trial
from envivo_agent.encoder_trial import FRAMES, LIMIT_S, LOADING_S, STUCK_S, Proof, description, judge, run

CAPS = "video/x-h264, profile=(string)constrained-baseline, width=(int)1280, height=(int)720"


def _said(**changes: object) -> str:
    said = {"frames": FRAMES, "caps": CAPS, "seconds": 0.5, "error": "", "idle": 0.1, "ended": True}
    return json.dumps({**said, **changes}) + "\n"


@pytest.mark.parametrize(
    ("code", "out", "err", "why", "fps"),
    [
        (0, _said(), "", "", 60.0),
        (0, "libva info: hello\n" + _said(), "(python3:1): a warning\n", "", 60.0),
        (0, _said(seconds=1.0), "", "", 30.0),
        (0, _said(seconds=0.0), "", "", 30_000.0),
        (0, _said(seconds=1.5), "", "too slow: 20 of 30 frames a second", 20.0),
        (0, _said(frames=29), "", f"gave 29 of {FRAMES} frames", 0.0),
        (0, _said(frames=0, caps=""), "", f"gave 0 of {FRAMES} frames", 0.0),
        (0, _said(frames=0, error="Could not initialize encoder"), "", "Could not initialize encoder", 0.0),
        (0, _said(error="no element"), "", "no element", 0.0),
        (0, _said(caps="video/x-h264, profile=(string)high-4:4:4"), "",
         "does not encode constrained-baseline, but video/x-h264, profile=(string)high-4:4:4", 0.0),
        (None, "", "", f"hangs: no output after {LOADING_S + LIMIT_S:.0f} s", 0.0),
        (0, _said(ended=False, frames=20, seconds=5.0), "", "too slow: 4 of 30 frames a second", 4.0),
        (0, _said(ended=False, frames=20, seconds=5.0, idle=STUCK_S), "", "too slow: 4 of 30 frames a second", 4.0),
        (0, _said(ended=False, frames=20, seconds=5.0, idle=STUCK_S + 0.1), "", f"hangs: 20 of {FRAMES} frames in 5 s",
         0.0),
        (0, _said(ended=False, seconds=5.0), "", f"hangs: {FRAMES} of {FRAMES} frames in 5 s", 0.0),
        (0, _said(ended=False, frames=0, caps="", seconds=5.0, idle=5.0), "", f"hangs: 0 of {FRAMES} frames in 5 s",
         0.0),
        (-11, "", "", "crashes (signal 11)", 0.0),
        (-6, _said(), "", "crashes (signal 6)", 0.0),
        (1, "", "Traceback\nImportError: no gi\n", "ImportError: no gi", 0.0),
        (0, "", "", "no output", 0.0),
        (0, "no JSON\n", "", "no output", 0.0),
        (1, _said() + "but then:\n", "it broke\n", "it broke", 0.0),
    ],
)  # fmt: skip
def test_proof_is_in_what_the_child_said(code: int | None, out: str, err: str, why: str, fps: float) -> None:
    proof = judge(code, out, err, 30)
    assert (proof.why, proof.fps) == (why, fps)
    assert proof.works == (why == "")
    assert proof.slow == why.startswith("too slow")


@pytest.mark.parametrize("out", ["42\n", "null\n", "[]\n", '"ok"\n', "{}\n", '{"frames": 30}\n'])
def test_proof_is_in_no_other_words(out: str) -> None:
    proof = judge(0, out, "", 30)
    assert not proof.works
    assert not proof.slow


def test_trial_gives_the_encoder_what_it_eats_in_the_wanted_size() -> None:
    assert description("x264enc name=encoder ! video/x-h264", "NV12", 320, 180, 15) == (
        f"videotestsrc num-buffers={FRAMES} ! video/x-raw,format=NV12,width=320,height=180,framerate=15/1"
        " ! x264enc name=encoder ! video/x-h264 ! h264parse ! fakesink name=end"
    )


def _child(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_trial_hands_the_child_its_pipeline_and_takes_its_word() -> None:
    asked = f"import sys; text = sys.stdin.read(); sys.stdout.write({_said()!r} if text == 'a pipeline' else text)"
    assert run("a pipeline", 30, _child(asked)) == Proof("", 60.0)


@pytest.mark.parametrize("child", [("sleep", "600"), ("sh", "-c", "trap '' TERM; while :; do :; done")])
def test_trial_ends_a_child_that_hangs(monkeypatch: pytest.MonkeyPatch, child: tuple[str, ...]) -> None:
    monkeypatch.setattr(encoder_trial, "LIMIT_S", 0.2)
    monkeypatch.setattr(encoder_trial, "LOADING_S", 0.1)
    assert run("a pipeline", 30, child).why.startswith("hangs: no output after ")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashes (signal 11)"),
        ("import os; os.abort()", "crashes (signal 6)"),
        ("import sys; sys.stdout.write('\\x00garbage\\n' * 100_000)", "no output"),
        ("raise SystemExit('no driver')", "no driver"),
        ("import os; os.close(0)", "no output"),
    ],
)
def test_trial_survives_a_child_that_does_not(code: str, why: str) -> None:
    assert run("a pipeline " * 100_000, 30, _child(code)) == Proof(why)


def test_trial_survives_words_that_are_no_text() -> None:
    assert not run("", 30, _child(r"import sys; sys.stdout.buffer.write(b'\xff\xfe\x80\n')")).works
