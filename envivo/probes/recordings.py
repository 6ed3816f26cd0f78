"""Recordings in fMP4: the newest end of a file that is still being written, as a viewer would fetch it."""

import struct
from urllib.parse import quote

from envivo.probes import ProbeError, web
from envivo.probes.hls import decoded

_HEAD = 64 * 1024
"""Bytes in which ftyp and moov have ended; they take 1 to 2 KiB."""


def pictures_at_the_end(url: str, size: int, tail: int) -> int:
    """How many pictures the last `tail` bytes of a recording of `size` bytes hold. Raises ProbeError."""
    if size <= tail + _HEAD:
        return decoded(_part(url, 0, size))
    return decoded(initialization(_part(url, 0, _HEAD)) + fragments(_part(url, size - tail, size)))


def address(origin: str, path: str, file: str) -> str:
    return f"{origin}/recordings/{quote(path)}/{quote(file)}"


def initialization(head: bytes) -> bytes:
    """What comes before the first fragment (ISO 14496-12: boxes of a length and a type). Raises ProbeError."""
    at = 0
    while at + 8 <= len(head):
        length, kind = struct.unpack_from("!I4s", head, at)
        if kind == b"moof":
            return head[:at]
        if length < 8:
            break
        at += length
    raise ProbeError("does not begin like an fMP4 file")


def fragments(tail: bytes) -> bytes:
    """From the first fragment that begins in `tail`, which starts anywhere, to the end. Raises ProbeError."""
    at = tail.find(b"moof")
    while at >= 0:
        begin = at - 4
        if begin >= 0:
            (length,) = struct.unpack_from("!I", tail, begin)
            if 8 <= length and tail[begin + length + 4 : begin + length + 8] == b"mdat":
                return tail[begin:]
        at = tail.find(b"moof", at + 1)
    raise ProbeError("holds no whole fragment in its newest seconds")


def _part(url: str, begin: int, end: int) -> bytes:
    return web.content(url, headers={"Range": f"bytes={begin}-{end - 1}"})
