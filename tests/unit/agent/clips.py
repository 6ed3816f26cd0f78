"""Clips for the agent to play, made with what is installed."""

import subprocess
from pathlib import Path

from tests.unit.agent.live import FPS, PYTHON

_MAKE = """
import sys
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
pipeline = Gst.parse_launch(sys.argv[1])
pipeline.set_state(Gst.State.PLAYING)
message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.ERROR | Gst.MessageType.EOS)
pipeline.set_state(Gst.State.NULL)
raise SystemExit(0 if message and message.type == Gst.MessageType.EOS else "no clip")
"""
SECONDS = 2


def clip(directory: Path, name: str = "clip.mp4", sound: bool = False, fps: int = FPS) -> Path:
    """Of SECONDS, so restless that it takes nearly all the bitrate that an encoder is allowed."""
    file = directory / name
    size = f"video/x-raw,format=I420,width=320,height=180,framerate={fps}/1"
    encoder = f"x264enc speed-preset=ultrafast bitrate=4000 ! mp4mux name=mux ! filesink location={file}"
    text = f"videotestsrc pattern=zone-plate kx2=30 ky2=30 kt=3 num-buffers={SECONDS * fps} ! {size} ! {encoder}"
    if sound:
        text += f" audiotestsrc num-buffers={SECONDS * 43} ! audioconvert ! audioresample ! opusenc ! mux."
    subprocess.run([PYTHON, "-s", "-c", _MAKE, text], check=True, capture_output=True)
    return file
