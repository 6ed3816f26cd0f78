"""The program that envivo_agent.encoder_trial starts: runs one pipeline.

Reads the pipeline's text from stdin; prints one JSON object that says what came out of it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any

from envivo_agent import encoder_trial
from envivo_agent.gst.bindings import GLib, Gst


def main() -> None:
    text = sys.stdin.read()
    began = time.monotonic()
    stamps: list[float] = []
    caps: list[str] = []

    def count(pad: Any, _info: object) -> object:
        stamps.append(time.monotonic())
        if not caps:
            caps.append(pad.get_current_caps().to_string())
        return Gst.PadProbeReturn.OK

    def report(error: str, ended: bool) -> None:
        now = time.monotonic()
        last = stamps[-1] if stamps else began
        said = {"error": error, "caps": "".join(caps), "frames": len(stamps), "ended": ended, "idle": now - last}
        sys.stdout.write(json.dumps({**said, "seconds": (last if ended else now) - began}) + "\n")
        sys.stdout.flush()

    def give_up() -> None:
        report("", ended=False)
        os._exit(0)  # whatever it is that hangs: a change of state, too

    limit = threading.Timer(encoder_trial.LIMIT_S, give_up)
    limit.daemon = True
    limit.start()
    error = ""
    try:
        pipeline = Gst.parse_launch(text)
        pipeline.get_by_name("end").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, count)
        pipeline.set_state(Gst.State.PLAYING)
        kinds = Gst.MessageType.ERROR | Gst.MessageType.EOS
        message = pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, kinds)
        if message.type == Gst.MessageType.ERROR:
            error = message.parse_error()[0].message
        pipeline.set_state(Gst.State.NULL)
    except GLib.Error as failed:
        error = failed.message
    limit.cancel()
    report(error, ended=True)


if __name__ == "__main__":
    main()
