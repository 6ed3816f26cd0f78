"""Recordings in fMP4: the end of a file that is still being written, as a viewer would fetch it."""

import shlex
import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote

from envivo.probes import ProbeError, web
from envivo.probes.hls import decoded
from envivo.remote import RemoteShell

_HEAD = 64 * 1024
"""Bytes in which ftyp and moov have ended; they take 1 to 2 KiB."""


class RecordedFile(NamedTuple):
    name: str
    size: int


def newest(shell: RemoteShell, directory: str) -> RecordedFile | None:
    """The recording that was last written to, on the disk of its host. Raises envivo.remote.UnreachableError."""
    listed = f"find {shlex.quote(directory)} -maxdepth 1 -name '*.mp4' -printf '%T@ %s %f\\n' 2>/dev/null"
    match shell.run(f"{listed} | sort -n | tail -n 1").out.split(maxsplit=2):
        case [_, size, name]:
            return RecordedFile(name.strip(), int(size))
    return None


def pictures_at_the_end(url: str, size: int, tail: int, headers: Mapping[str, str] | None = None) -> int:
    """How many pictures the last `tail` bytes of a recording of `size` bytes hold. Raises ProbeError."""

    def part(begin: int, end: int) -> bytes:
        return web.content(url, headers={**(headers or {}), "Range": f"bytes={begin}-{end - 1}"})

    if size <= tail + _HEAD:
        return decoded(whole_boxes(part(0, size)))
    return decoded(initialization(part(0, _HEAD)) + fragments(part(size - tail, size)))


def address(origin: str, path: str, file: str) -> str:
    return f"{origin}/recordings/{quote(path)}/{quote(file)}"


def initialization(head: bytes) -> bytes:
    """What comes before the first fragment. Raises ProbeError."""
    for at, _length, kind in _boxes(head, 0):
        if kind == b"moof":
            return head[:at]
    raise ProbeError("does not begin like an fMP4 file")


def fragments(tail: bytes) -> bytes:
    """The whole fragments in `tail`, which starts and ends anywhere. Raises ProbeError where there is none."""
    at = tail.find(b"moof", 4)  # its length stands before it
    while at >= 0:
        kinds = [kind for _at, _length, kind in _boxes(tail, at - 4)]
        if kinds[:2] == [b"moof", b"mdat"]:
            return whole_boxes(tail[at - 4 :])
        at = tail.find(b"moof", at + 1)
    raise ProbeError("contains no complete fragment in its last seconds")


def whole_boxes(data: bytes) -> bytes:
    """Without a box at the end that is still being written."""
    end = 0
    for at, length, _kind in _boxes(data, 0):
        end = at + length
    return data[:end]


def _boxes(data: bytes, at: int) -> Iterator[tuple[int, int, bytes]]:
    """Place, length and type of each whole box (ISO 14496-12, section 4.2; 32-bit lengths, as MediaMTX writes)."""
    while at + 8 <= len(data):
        length, kind = struct.unpack_from("!I4s", data, at)
        if length < 8 or at + length > len(data):
            return
        yield at, length, kind
        at += length
