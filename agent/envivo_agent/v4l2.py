"""Controls of a V4L2 device, asked of the kernel (linux/videodev2.h): no library, no program."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from envivo_agent.controls import Control, name_of

_QUERY = struct.Struct("=II32siiiiI8x")
"""v4l2_queryctrl: number, type, name, least, most, step, default, flags."""
_VALUE = struct.Struct("=Ii")
"""v4l2_control: number, value."""


def _request(number: int, size: int) -> int:
    """_IOWR('V', number, size) of asm-generic/ioctl.h."""
    return 3 << 30 | size << 16 | ord("V") << 8 | number


QUERY_CONTROL = _request(36, _QUERY.size)
GET_CONTROL = _request(27, _VALUE.size)
SET_CONTROL = _request(28, _VALUE.size)
_NEXT = 0x8000_0000

Ioctl = Callable[[int, int, bytes], bytes]


class Controls:
    """Of an open device; envivo_agent.controls.Device."""

    def __init__(self, opened: int, ioctl: Ioctl = fcntl.ioctl) -> None:
        self._opened = opened
        self._ioctl = ioctl

    def controls(self) -> list[Control]:
        """Empty where the device has none. Raises OSError where it is not a V4L2 device."""
        found: list[Control] = []
        while True:
            before = found[-1].number if found else 0
            asked = _QUERY.pack(before | _NEXT, 0, b"", 0, 0, 0, 0, 0)
            try:
                told = _QUERY.unpack(self._ioctl(self._opened, QUERY_CONTROL, asked))
            except OSError as error:
                if error.errno == errno.EINVAL:  # there is no further one
                    return found
                raise
            number, kind, name, least, most, _step, default, flags = told
            if number <= before:  # a driver that does not know how to go on
                return found
            described = name.partition(b"\0")[0].decode("utf-8", "replace")
            found.append(Control(number, kind, name_of(described), least, most, default, flags))

    def value(self, number: int) -> int:
        told: tuple[int, int] = _VALUE.unpack(self._ioctl(self._opened, GET_CONTROL, _VALUE.pack(number, 0)))
        return told[1]

    def set_value(self, number: int, value: int) -> None:
        self._ioctl(self._opened, SET_CONTROL, _VALUE.pack(number, value))


@contextmanager
def opened(path: str) -> Iterator[Controls]:
    """An agent may capture meanwhile: a device may be opened several times. Raises OSError."""
    device = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield Controls(device)
    finally:
        os.close(device)
