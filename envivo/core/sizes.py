"""Numbers of bytes, for people."""

_UNITS = ("B", "kB", "MB", "GB", "TB")
KIB, MIB = 1 << 10, 1 << 20


def size(number: float) -> str:
    """`0 B`, `812 B`, `4.1 kB`, `27 GB`: the unit in which it has one to three digits before the point."""
    value = max(0.0, number)
    for unit in _UNITS:
        digits = 1 if unit != "B" and value < 9.95 else 0
        if round(value, digits) < 1000 or unit == _UNITS[-1]:
            return f"{value:.{digits}f} {unit}"
        value /= 1000
    raise AssertionError(value)
