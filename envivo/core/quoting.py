"""Values and keys in messages: on one line, short, and harmless to a terminal, whatever they hold."""

from reprlib import Repr

LONGEST = 80
"""Characters of a key or a text that a finding shows."""

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = LONGEST
_SHORT.maxlevel = 3  # data may be nested deeper than repr can follow
_HUGE = 10**40


def shown(value: object) -> str:
    """The value as Python writes it: control characters escaped, the middle left out if it is long."""
    if isinstance(value, int) and abs(value) >= _HUGE:
        return "a number of more than 40 digits"  # repr refuses those of more than 4300
    return _SHORT.repr(value)


def shown_key(key: object) -> str:
    """A key of a dictionary, or a place in a list, as a step of a path: bare where that is harmless."""
    if isinstance(key, str) and key.isprintable() and len(key) <= LONGEST:
        return key
    return shown(key)
