"""The size of the picture in a sequence parameter set of H.265 (ITU-T H.265, 7.3.2.2 and 7.3.3)."""

from __future__ import annotations

from envivo_agent.ipcam.bits import Bits


def size(unit: bytes) -> tuple[int, int] | None:
    """Pixels, width and height; None where it cannot be read."""
    try:
        bits = Bits(unit[2:])
        bits.skip(4)
        layers = bits.number(3)
        bits.skip(1 + 96)
        told = [(bits.flag(), bits.flag()) for _ in range(layers)]
        if layers:
            bits.skip(2 * (8 - layers))
        for profile, level in told:
            bits.skip(88 * profile + 8 * level)
        bits.ue()
        chroma = bits.ue()
        if chroma == 3:
            bits.skip(1)
        width, height = bits.ue(), bits.ue()
        if bits.flag():
            left, right, top, bottom = (bits.ue() for _ in range(4))
            width -= (2 if chroma in (1, 2) else 1) * (left + right)
            height -= (2 if chroma == 1 else 1) * (top + bottom)
    except ValueError:
        return None
    return width, height
