"""Recordings of a deployed environment, and what may be wrong with one."""

import re
import subprocess
import sys
from datetime import timedelta
from functools import cache
from typing import Any

import requests

from envivo.core.paths import PROJECT
from tests.patience import patient, until

from .viewer import PATH

sys.path[:0] = [str(PROJECT / "agent")]  # no part of the controller's package
ENOUGH = 700_000
"""Bytes of a recording: several seconds."""
LENGTH = timedelta(minutes=10)
RECORDED_WITHIN_S = 60


def listing(origin: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{origin}/recordings/{PATH}/", headers={"Accept": "application/json"}, timeout=patient(5))
    files: list[dict[str, Any]] = answer.json()
    return files


def beginning(origin: str) -> bytes:
    """The beginning of a real recording, cut somewhere in a fragment, as MediaMTX leaves one that it has closed.

    Where the environment is new, the only recording with so many bytes is the one that is being written.
    """
    big = until(bool, lambda: [file for file in listing(origin) if file["size"] > ENOUGH], RECORDED_WITHIN_S, 1)
    assert big, f"no recording has {ENOUGH} bytes"
    ranged = {"Range": f"bytes=0-{ENOUGH - 1}"}
    body = requests.get(f"{origin}/recordings/{PATH}/{big[0]['name']}", headers=ranged, timeout=patient(5)).content
    return with_length(body, LENGTH)


def with_length(body: bytes, length: timedelta) -> bytes:
    """A recording whose header says how long it plays (ISO/IEC 14496-12, 8.2.2: mvhd, version 0)."""
    at = body.index(b"mvhd") + 16
    timescale = int.from_bytes(body[at : at + 4])
    return body[: at + 4] + int(length.total_seconds() * timescale).to_bytes(4) + body[at + 8 :]


RATE = 5
"""Pictures a second of a made recording."""


@cache
def made(seconds: int, key_every_s: int = 1) -> bytes:
    """A recording whose pictures carry the moment at which they are shown, in ms, as the strip of the test picture."""
    from envivo_agent.pattern import STRIP_WIDTH, strip_row

    picture = f"rawvideoparse format=gray8 width={STRIP_WIDTH} height=48 framerate={RATE}/1"
    encoder = f"x264enc bframes=0 key-int-max={RATE * key_every_s} speed-preset=ultrafast"
    muxer = "mp4mux fragment-duration=1000 fragment-mode=dash-or-mss"
    chain = f"fdsrc ! {picture} ! videoconvert ! {encoder} ! h264parse ! {muxer} ! fdsink"
    frames = b"".join(strip_row(1000 * frame // RATE) * 48 for frame in range(seconds * RATE))
    command = ("gst-launch-1.0", "-q", *chain.split())
    done = subprocess.run(command, input=frames, capture_output=True, timeout=patient(60), check=True)
    return with_length(done.stdout, timedelta(seconds=seconds))


def unclosed(body: bytes) -> bytes:
    """As a recording whose MediaMTX was killed: its header knows no length."""
    return with_length(body, timedelta())


def fragments(body: bytes) -> list[int]:
    """Where each of them begins."""
    return [match.start() - 4 for match in re.finditer(b"moof", body)]


def blanked(body: bytes, begin: int, end: int) -> bytes:
    return body[:begin] + bytes(end - begin) + body[end:]
