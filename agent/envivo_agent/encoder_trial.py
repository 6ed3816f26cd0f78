"""Trial of an encoder on this host, in a process of its own: drivers hang and crash.

That process is envivo_agent.gst.trial_process.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LIMIT_S = 5.0
"""Seconds for the encoder."""
LOADING_S = 12.0
"""Seconds for loading Python and GStreamer, which a slow host needs and which do not depend on the encoder. Together
with LIMIT_S less than the watchdog's 20 s.
"""
STUCK_S = 2.0
"""Seconds without a frame after which an encoder whose time is up counts as hung; any other one is only slow."""
FRAMES = 30
PROFILE = "constrained-baseline"


@dataclass(frozen=True)
class Proof:
    """`why`: reason for failing, empty where it works. `fps`: frames per second it managed, with frames coming as fast
    as they can; an encoder that is only too slow (`slow`) is used where no other works.
    """

    why: str
    fps: float = 0.0

    @property
    def works(self) -> bool:
        return not self.why

    @property
    def slow(self) -> bool:
        return bool(self.why) and self.fps > 0


def description(launch: str, raw: str, width: int, height: int, fps: int) -> str:
    """`launch` is the encoder with its caps, `raw` the format it eats."""
    size = f"width={width},height={height},framerate={fps}/1"
    source = f"videotestsrc num-buffers={FRAMES} ! video/x-raw,format={raw},{size}"
    return f"{source} ! {launch} ! h264parse ! fakesink name=end"


def _report(out: str) -> dict[str, Any] | None:
    """The process's report; None where it printed anything else."""
    try:
        said = json.loads(out.splitlines()[-1])
        return {
            "error": str(said["error"]),
            "caps": str(said["caps"]),
            "frames": int(said["frames"]),
            "seconds": float(said["seconds"]),
            "idle": float(said["idle"]),
            "ended": bool(said["ended"]),
        }
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def judge(code: int | None, out: str, err: str, fps: int) -> Proof:
    """Outcome by the child's exit code (None: its time was up) and output; `fps` is the wanted rate."""
    if code is None:
        return Proof(f"hangs: no output after {LOADING_S + LIMIT_S:.0f} s")
    if code < 0:
        return Proof(f"crashes (signal {-code})")
    said = _report(out)
    if said is None:
        lines = err.strip().splitlines() or ["no output"]
        return Proof(lines[-1])
    if said["error"]:
        return Proof(said["error"])
    if not said["ended"] and (said["frames"] in (0, FRAMES) or said["idle"] > STUCK_S):
        return Proof(f"hangs: {said['frames']} of {FRAMES} frames in {LIMIT_S:.0f} s")
    if said["ended"] and said["frames"] < FRAMES:
        return Proof(f"gave {said['frames']} of {FRAMES} frames")
    if f"profile=(string){PROFILE}" not in said["caps"]:
        return Proof(f"does not encode {PROFILE}, but {said['caps']}")
    managed = said["frames"] / max(said["seconds"], 0.001)
    return Proof("" if managed >= fps else f"too slow: {managed:.0f} of {fps} frames a second", round(managed, 1))


def run(text: str, fps: int, command: Sequence[str] = ()) -> Proof:
    """Run the child, for LOADING_S and LIMIT_S at most; tests replace it by `command`."""
    import subprocess  # here, for the memory of an agent that does not need it

    argv = command or (sys.executable, "-s", "-m", "envivo_agent.gst.trial_process")
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as child:
        try:
            out, err = child.communicate(text, timeout=LOADING_S + LIMIT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            return judge(None, "", "", fps)
    return judge(child.returncode, out, err, fps)
