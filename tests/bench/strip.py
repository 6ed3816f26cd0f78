"""Reads the strip of the agent's test picture (envivo_agent.pattern) with nothing but the standard library."""

BITS, BLOCK = 40, 16
ROW, WIDTH = BLOCK // 2, BITS * BLOCK
"""The row in the middle of the strip, and how many of its pixels count."""


def stamp(row: bytes | memoryview) -> int | None:
    """The lower 32 bits of the Unix milliseconds drawn there; None where the check does not fit."""
    word = 0
    for bit in range(BITS):
        word = word << 1 | (row[bit * BLOCK + BLOCK // 2] > 125)
    check = 0xA5
    for octet in (word >> 8).to_bytes(4, "big"):
        check ^= octet
    return word >> 8 if check == word & 0xFF else None


def age_ms(row: bytes | memoryview, now_ms: float) -> float | None:
    drawn = stamp(row)
    return None if drawn is None else (now_ms - drawn) % (1 << 32)
