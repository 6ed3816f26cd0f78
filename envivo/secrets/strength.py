"""Strength of secrets."""

import math
import re

BITS = 128
"""Too many values to try."""

_PLACEHOLDERS = {"changeme", "password", "secret", "example", "todo"}
_ALPHABETS = (r"[0-9]+", 10), (r"[0-9a-f]+|[0-9A-F]+", 16), (r"[0-9a-z]+|[0-9A-Z]+", 36), (r"[0-9A-Za-z]+", 62)


def secret_weakness(value: str) -> str | None:
    """What is wrong with the value, in words that do not quote it; None for one that may be kept.

    Weak is below 128 bits. A value is taken as if drawn from the smallest of these alphabets that holds it: digits,
    hexadecimal, letters of one case and digits, all letters and digits, [A-Za-z0-9_-]. So 22 characters of the last
    pass, and 32 hexadecimal digits. What is repeated counts once, and fewer than 6 different characters for nothing.
    That finds what was typed without thought; words put together with care pass, and random values always do.
    """
    if not value.strip():
        return "must be random, is blank"
    if _placeholder(value):
        return "must be random, is a placeholder"
    if strength(value) < BITS:
        return f"must be random and have {BITS} bits (`openssl rand -hex 32` prints one); this one is weaker"
    return None


def strength(value: str) -> float:
    """Bits, as `secret_weakness` counts them."""
    if len(set(value)) < 6:
        return 0.0
    size = next((size for pattern, size in _ALPHABETS if re.fullmatch(pattern, value)), 64)
    return period(value) * math.log2(size)


def _placeholder(value: str) -> bool:
    words = value.strip().lower()
    return re.sub(r"[-_ ]", "", words) in _PLACEHOLDERS or bool(re.fullmatch(r"x{3,}|<.*>", words))


def period(value: str) -> int:
    """Length of the part that the value repeats; its whole length where it repeats nothing."""
    return next((n for n in range(1, len(value) // 2 + 1) if value.startswith(value[n:])), len(value))
