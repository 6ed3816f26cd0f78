"""Headers of H.264 and H.265 bit by bit: Exp-Golomb numbers (H.264, 9.1), emulation prevention (7.4.1)."""

from __future__ import annotations

LONGEST = 1024
"""Bytes of a unit. Parameter sets have a tenth of that; each number of a longer one costs the more."""


class Bits:
    """Raises ValueError at the end, and of what is too long."""

    def __init__(self, unit: bytes) -> None:
        if len(unit) > LONGEST:
            raise ValueError("the unit is too long")
        plain = unit.replace(b"\0\0\3", b"\0\0")
        self._value = int.from_bytes(plain, "big")
        self._left = len(plain) * 8

    def number(self, count: int) -> int:
        if count > self._left:
            raise ValueError("the unit is cut off")
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def flag(self) -> bool:
        return bool(self.number(1))

    def skip(self, count: int) -> None:
        self.number(count)

    def ue(self) -> int:
        """Unsigned Exp-Golomb."""
        zeros = 0
        while not self.number(1):
            zeros += 1
            if zeros > 32:
                raise ValueError("not an Exp-Golomb number")
        return (1 << zeros) - 1 + self.number(zeros)

    def se(self) -> int:
        """Signed Exp-Golomb."""
        coded = self.ue()
        return (coded + 1) // 2 if coded & 1 else -(coded // 2)
