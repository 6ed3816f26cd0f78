"""The test picture: colour bars, a moving block, a clock that people read and a strip that programs read.

A frame is a stack of bands of whole rows, so drawing it is joining a few byte strings. No font, no library.
"""

from __future__ import annotations

import time

STRIP_BITS = 40
STRIP_BLOCK = 16
STRIP_WIDTH = STRIP_BITS * STRIP_BLOCK
"""Pixels; a narrower picture carries no strip."""

_BLACK, _GREY, _WHITE = 16, 60, 235
_BARS = ((180, 128, 128), (168, 44, 136), (145, 147, 44), (133, 63, 52), (63, 193, 204), (51, 109, 212), (28, 212, 120))
"""Y, U, V of 75 % bars: grey, yellow, cyan, green, magenta, red, blue (BT.709)."""

_FONT = {
    "0": (14, 17, 19, 21, 25, 17, 14),
    "1": (4, 12, 4, 4, 4, 4, 14),
    "2": (14, 17, 1, 2, 4, 8, 31),
    "3": (31, 2, 4, 2, 1, 17, 14),
    "4": (2, 6, 10, 18, 31, 2, 2),
    "5": (31, 16, 30, 1, 1, 17, 14),
    "6": (6, 8, 16, 30, 17, 17, 14),
    "7": (31, 1, 2, 4, 8, 8, 8),
    "8": (14, 17, 17, 14, 17, 17, 14),
    "9": (14, 17, 17, 15, 1, 2, 12),
    ":": (0, 12, 12, 0, 12, 12, 0),
    ".": (0, 0, 0, 0, 0, 12, 12),
}
"""Seven rows of five dots, most significant bit left."""
_CELL = 6
_CLOCK = "00:00:00.000"


def strip_row(unix_ms: int) -> bytes:
    """One row of STRIP_WIDTH luma pixels: 32 bits of Unix milliseconds, 8 of XOR check, most significant first."""
    stamp = unix_ms & 0xFFFFFFFF
    check = 0xA5
    for octet in stamp.to_bytes(4, "big"):
        check ^= octet
    word = stamp << 8 | check
    blocks = {0: bytes([_BLACK]) * STRIP_BLOCK, 1: bytes([_WHITE]) * STRIP_BLOCK}
    return b"".join(blocks[word >> (STRIP_BITS - 1 - bit) & 1] for bit in range(STRIP_BITS))


def clock_text(unix_ms: int) -> str:
    """HH:MM:SS.mmm, UTC."""
    seconds, ms = divmod(unix_ms, 1000)
    return time.strftime("%H:%M:%S", time.gmtime(seconds)) + f".{ms:03d}"


def _bar_row(width: int, plane: int) -> bytes:
    edges = [width * i // len(_BARS) for i in range(len(_BARS) + 1)]
    return b"".join(bytes([bar[plane]]) * (b - a) for bar, a, b in zip(_BARS, edges, edges[1:], strict=False))


def _even(number: int) -> int:
    return number - number % 2


class ClockPattern:
    """Frames of one size (both sides even, at least 160x90), as I420 without padding (GStreamer pads rows to 4)."""

    def __init__(self, width: int, height: int) -> None:
        self._width = width
        self._dot = max(1, min(width * 2 // (3 * _CELL * len(_CLOCK)), height // 27))
        self._glyphs = {char: [self._dots(row) for row in rows] for char, rows in _FONT.items()}
        self._stride = (width + 3) // 4 * 4
        strip, clock = STRIP_BLOCK, _even(9 * self._dot + 1)
        self._mover = _even(min(height, width) // 8)
        above = _even((height - strip - clock - self._mover) // 3)
        below = height - strip - clock - self._mover - 2 * above
        luma = self._padded(_bar_row(width, 0))
        self._above, self._below = luma * above, luma * below
        self._margin = self._padded(bytes([_BLACK]) * width) * self._dot
        self._clock_rest = self._padded(bytes([_BLACK]) * width) * (clock - 9 * self._dot)
        self._chroma = b"".join(
            self._plane(plane, (strip, above, clock, above, self._mover, below)) for plane in (1, 2)
        )

    def _padded(self, row: bytes) -> bytes:
        return row.ljust(self._stride, bytes([_BLACK]))

    def _dots(self, row: int) -> bytes:
        return b"".join(bytes([_WHITE if row >> (4 - i) & 1 else _BLACK]) * self._dot for i in range(_CELL - 1)) + (
            bytes([_BLACK]) * self._dot
        )

    def _plane(self, plane: int, bands: tuple[int, ...]) -> bytes:
        stride = (self._width // 2 + 3) // 4 * 4
        colour = _bar_row(self._width // 2, plane).ljust(stride, b"\x80")
        neutral = b"\x80" * stride
        return b"".join((colour if i % 2 else neutral) * (rows // 2) for i, rows in enumerate(bands))

    def _strip_band(self, unix_ms: int) -> bytes:
        row = strip_row(unix_ms) if self._width >= STRIP_WIDTH else b""
        return self._padded(row.ljust(self._width, bytes([_BLACK]))) * STRIP_BLOCK

    def _clock_band(self, unix_ms: int) -> bytes:
        text = clock_text(unix_ms)
        rows = (b"".join(self._glyphs[char][i] for char in text) for i in range(7))
        lines = (self._padded(row.center(self._width, bytes([_BLACK]))) * self._dot for row in rows)
        return b"".join((self._margin, *lines, self._margin, self._clock_rest))

    def _mover_band(self, unix_ms: int) -> bytes:
        """The block crosses the picture in four seconds."""
        size = self._mover
        left = (self._width - size) * (unix_ms % 4000) // 4000
        row = bytes([_GREY]) * left + bytes([_WHITE]) * size + bytes([_GREY]) * (self._width - size - left)
        return self._padded(row) * size

    def draw(self, unix_ms: int) -> bytes:
        """Frame for that moment."""
        return b"".join(
            (
                self._strip_band(unix_ms),
                self._above,
                self._clock_band(unix_ms),
                self._above,
                self._mover_band(unix_ms),
                self._below,
                self._chroma,
            )
        )
