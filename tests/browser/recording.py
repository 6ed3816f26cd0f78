"""Recordings of a deployed environment, and what may be wrong with one."""

import re
from datetime import timedelta
from typing import Any

import requests

from tests.patience import patient, until

from .viewer import PATH

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


def unclosed(body: bytes) -> bytes:
    """As a recording whose MediaMTX was killed: its header knows no length."""
    return with_length(body, timedelta())


def fragments(body: bytes) -> list[int]:
    """Where each of them begins."""
    return [match.start() - 4 for match in re.finditer(b"moof", body)]


def blanked(body: bytes, begin: int, end: int) -> bytes:
    return body[:begin] + bytes(end - begin) + body[end:]
