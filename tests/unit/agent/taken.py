"""A frame as the agent's capture hands it on, from a source that stands in for the camera."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from envivo_agent.plan import SOURCE, Plan

from tests.patience import patient
from tests.unit.agent.live import PYTHON

_PROGRAM = """
import json
import sys
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
pipeline = Gst.parse_launch(sys.argv[1])
for element, name, value in json.loads(sys.argv[3]):
    pipeline.get_by_name(element).set_property(name, value)
pipeline.set_state(Gst.State.PLAYING)
sample = pipeline.get_by_name("frames").emit("try-pull-sample", int(sys.argv[2]) * Gst.SECOND)
if sample is None:
    error = pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
    sys.exit(str(error.parse_error() if error else "no frame"))
sys.stderr.write(sample.get_caps().to_string())
frame = sample.get_buffer()
sys.stdout.buffer.write(frame.extract_dup(0, frame.get_size()))
pipeline.set_state(Gst.State.NULL)
"""


@dataclass(frozen=True)
class Frame:
    """In I420; the width is a multiple of 8, so that no row is padded."""

    caps: str
    width: int
    height: int
    data: bytes

    def luma(self, x: int, y: int) -> int:
        return self.data[y * self.width + x]

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        """Y, U, V."""
        luma, quarter = self.width * self.height, self.width * self.height // 4
        at = luma + y // 2 * (self.width // 2) + x // 2
        return self.luma(x, y), self.data[at], self.data[at + quarter]


def taken(plan: Plan, source: str, width: int, height: int) -> Frame:
    """The first frame of the plan's capture, of that size, where `source` gives what the device would."""
    assert plan.capture is not None
    own = plan.capture.description.partition(" ! ")[0]
    text = plan.capture.description.replace(own, source, 1)
    own_properties = [(one.element, one.name, one.value) for one in plan.capture.properties if one.element != SOURCE]
    argv = (PYTHON, "-s", "-c", _PROGRAM, text, str(int(patient(20))), json.dumps(own_properties))
    done = subprocess.run(argv, check=False, capture_output=True, timeout=patient(40))
    assert done.returncode == 0, done.stderr.decode()
    caps = done.stderr.decode()
    assert f"width=(int){width}, height=(int){height}," in caps, caps
    assert len(done.stdout) == width * height * 3 // 2
    return Frame(caps, width, height, done.stdout)


def raw_source(file: Path, luma: list[list[int]]) -> str:
    """A source of one picture without colour, written to `file`; its rows are of the same length, a multiple of 8."""
    rows, columns = len(luma), len(luma[0])
    file.write_bytes(b"".join(map(bytes, luma)) + b"\\x80" * (rows * columns // 2))
    parse = f"rawvideoparse format=i420 width={columns} height={rows} framerate=30/1"
    return f"filesrc location={file} ! {parse}"
