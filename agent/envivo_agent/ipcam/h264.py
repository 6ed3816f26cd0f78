"""What the headers of H.264 say (ITU-T H.264, 7.3.2.1.1, 7.3.3 and E.1.1), and how frames follow each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from envivo_agent.faults import B_FRAMES, INTERLACED, ODD_PROFILE
from envivo_agent.ipcam.bits import Bits

BASELINE = 66
_PROFILES = {BASELINE: "Baseline", 77: "Main", 88: "Extended", 100: "High", 110: "High 10", 122: "High 4:2:2"}
_WITH_CHROMA = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138)
_SLICE, _KEY_SLICE, _SPS = 1, 5, 7
_B = 1
"""slice_type mod 5 (table 7-6)."""
_LONGEST_CYCLE = 255
"""num_ref_frames_in_pic_order_cnt_cycle (7.4.2.1.1)."""
HEAD = 4096
"""Bytes at the beginning of a frame in which its headers stand."""


@dataclass(frozen=True)
class Sps:
    """The sequence parameter set. `fps` is None where it does not tell, or `reorder`: frames that a decoder holds back
    to put them in order.
    """

    profile_idc: int
    constrained: bool
    width: int
    height: int
    progressive: bool
    plain: bool
    """4:2:0 of 8 bits, which browsers decode."""
    order_type: int
    fps: float | None = None
    reorder: int | None = None

    @property
    def profile(self) -> str:
        name = _PROFILES.get(self.profile_idc, f"profile {self.profile_idc}")
        return f"Constrained {name}" if self.constrained and self.profile_idc == BASELINE else name

    @property
    def has_b_frames(self) -> bool | None:
        """None: frames have to be looked at."""
        if self.profile_idc == BASELINE or self.order_type == 2 or self.reorder == 0:
            return False
        return None if self.reorder is None else True


def _scaling_lists(bits: Bits, count: int) -> None:
    for number in range(count):
        if bits.flag():
            last = following = 8
            for _ in range(16 if number < 6 else 64):
                if following:
                    following = (last + bits.se() + 256) % 256
                last = following or last


def _timing(bits: Bits) -> tuple[float | None, int | None]:
    """Frames a second and frames reordered, of the VUI."""
    if bits.flag() and bits.number(8) == 255:
        bits.skip(32)
    if bits.flag():
        bits.skip(1)
    if bits.flag():
        bits.skip(4)
        if bits.flag():
            bits.skip(24)
    if bits.flag():
        bits.ue()
        bits.ue()
    fps = None
    if bits.flag():
        units, scale = bits.number(32), bits.number(32)
        bits.skip(1)
        fps = scale / 2 / units if units and scale else None
    hrd = False
    for _ in range(2):
        if bits.flag():
            hrd = True
            count = bits.ue() + 1
            bits.skip(8)
            for _ in range(count):
                bits.ue()
                bits.ue()
                bits.skip(1)
            bits.skip(20)
    if hrd:
        bits.skip(1)
    bits.skip(1)
    if not bits.flag():
        return fps, None
    bits.skip(1)
    for _ in range(4):
        bits.ue()
    return fps, bits.ue()


def sps(unit: bytes) -> Sps:
    """Raises ValueError."""
    bits = Bits(unit[1:])
    profile_idc, constraints = bits.number(8), bits.number(8)
    bits.skip(8)
    bits.ue()
    chroma, plain = 1, True
    if profile_idc in _WITH_CHROMA:
        chroma = bits.ue()
        if chroma == 3:
            bits.skip(1)
        plain = (chroma, bits.ue(), bits.ue()) == (1, 0, 0)
        bits.skip(1)
        if bits.flag():
            _scaling_lists(bits, 8 if chroma != 3 else 12)
    bits.ue()
    order_type = bits.ue()
    if order_type == 0:
        bits.ue()
    elif order_type == 1:
        bits.skip(1)
        bits.se()
        bits.se()
        count = bits.ue()
        if count > _LONGEST_CYCLE:
            raise ValueError("not a count of frames")
        for _ in range(count):
            bits.se()
    bits.ue()
    bits.skip(1)
    width, units = (bits.ue() + 1) * 16, bits.ue() + 1
    progressive = bits.flag()
    high = 1 if progressive else 2
    height = units * 16 * high
    if not progressive:
        bits.skip(1)
    bits.skip(1)
    if bits.flag():
        left, right, top, bottom = (bits.ue() for _ in range(4))
        across, down = (1 if chroma in (0, 3) else 2), (2 if chroma == 1 else 1)
        width -= across * (left + right)
        height -= down * high * (top + bottom)
    fps, reorder = _timing(bits) if bits.flag() else (None, None)
    return Sps(profile_idc, bool(constraints & 0x40), width, height, progressive, plain, order_type, fps, reorder)


def units(frame: bytes) -> Iterator[bytes]:
    """NAL units of a frame in the byte-stream format (annex B)."""
    at = frame.find(b"\0\0\1")
    while at >= 0:
        after = frame.find(b"\0\0\1", at + 3)
        yield frame[at + 3 : after if after >= 0 else len(frame)]
        at = after


def is_b(unit: bytes) -> bool:
    """Whether the unit is a slice of a B-frame."""
    if not unit or unit[0] & 31 != _SLICE:
        return False
    bits = Bits(unit[1:17])
    try:
        bits.ue()
        return bits.ue() % 5 == _B
    except ValueError:
        return False


class Sequence:
    """Looks at the heads of frames as they come, HEAD bytes of each."""

    def __init__(self) -> None:
        self.sps: Sps | None = None
        """The last one that was sent."""
        self.has_b_frames = False
        self.key_interval: int | None = None
        """Frames from one key frame to the next; None before the second one."""
        self._since_key: int | None = None

    @property
    def unfit(self) -> str:
        """What browsers do not play, as far as it was seen; empty: nothing."""
        if self.has_b_frames or (self.sps and self.sps.has_b_frames):
            return B_FRAMES
        if self.sps and not self.sps.plain:
            return ODD_PROFILE
        return INTERLACED if self.sps and not self.sps.progressive else ""

    def look(self, head: bytes) -> None:
        is_key = False
        for unit in units(head):
            kind = unit[0] & 31 if unit else 0
            is_key = is_key or kind == _KEY_SLICE
            self.has_b_frames = self.has_b_frames or is_b(unit)
            if kind == _SPS:
                try:
                    self.sps = sps(unit)
                except ValueError:
                    continue  # the decoder may know better
        if is_key:
            self.key_interval = self.key_interval if self._since_key is None else self._since_key
            self._since_key = 0
        if self._since_key is not None:
            self._since_key += 1
