"""Passwords that people choose, and which are too easy to guess: by length and a list (NIST SP 800-63B, 5.1.1.2).

They are tried over the network, where each try costs the host and is limited, and are kept as slow hashes.
"""

import re
from collections.abc import Iterable

from envivo.secrets.strength import BITS, period, strength

SHORTEST = 8
"""Characters."""
LONG, MOSTLY = 43, 0.65
"""Characters from which words are beyond guessing; the part of one case from which others are taken for words."""
_SHORTEST_NAME = 3
"""Shorter ones are in many words."""
BETTER = "use three or four unrelated words, joined by -"

_WORDS = """
    1q2w3e 1q2w3e4r 1q2w3e4r5t 1qaz2wsx zaq12wsx q1w2e3r4 q1w2e3r4t5 1qazxsw2 qazwsx qazwsxedc a1b2c3d4 pa55w0rd
    passw0rd pa55word password passwort passwd pass passpass motdepasse contrasena wachtwoord letmein letmeinnow welcome
    welcomeback willkommen bienvenue hello hellohello hallo hallohallo iloveyou ichliebedich loveyou lovely trustno
    changeme changethis changeit default secret secrets geheim example todo test testtest testing tester guest visitor
    admin administrator root rootroot superuser user username login logmein access master supervisor support
    monkey dragon tiger eagle falcon phoenix football fussball soccer baseball basketball hockey superman batman
    spiderman starwars pokemon minecraft naruto matrix ninja killer shadow sunshine sunflower princess prinzessin
    butterfly chocolate cookie computer internet windows google facebook samsung charlie michael jennifer jordan
    daniel thomas andrea alexander michelle nicole robert ashley freedom whatever nothing forever summer sommer winter
    spring autumn january february march april june july august september october november december monday sunday
    london berlin liverpool chelsea arsenal barcelona flower mustang ferrari mercedes porsche corvette yamaha
    camera cameras webcam webcams stream streaming streams video videos viewer viewers watch recording recordings
    envivo mediamtx caddy
    """
_COMMON = frozenset(_WORDS.split())
"""Words of the passwords that head every list of leaked ones, and of this field; digits around them are ignored."""

_ROWS = (
    *("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "azertyuiop"),
    *("asdfghjkl", "qsdfghjklm", "zxcvbnm", "yxcvbnm", "wxcvbn"),
)
_SEQUENCES = (*_ROWS, *(row[::-1] for row in _ROWS))


def chosen(value: str) -> bool:
    """Whether a person may have chosen it: below 128 bits, or mostly letters of one case, as words are.

    A random text of [A-Za-z0-9_-] has 41 % of either case.
    """
    if strength(value) < BITS:
        return True
    if len(value) >= LONG or re.fullmatch(r"[0-9a-f]+|[0-9A-F]+", value):
        return False
    return max(sum(map(str.islower, value)), sum(map(str.isupper, value))) > MOSTLY * len(value)


def password_weakness(value: str) -> str | None:
    """What is wrong with a password of letters, digits, _ and -, in words that do not quote it; None for a good one."""
    if not chosen(value):
        return None
    if len(value) < SHORTEST:
        return f"must have at least {SHORTEST} characters, has {len(value)}: {BETTER}"
    plain = _plain(value)
    if period(value) <= len(value) // 2 or period(plain) <= len(plain) // 2 or len(set(plain)) < 4:
        return f"must not repeat the same few characters: {BETTER}"
    if _in_sequence(plain):
        return f"must not follow the alphabet, the digits or the keyboard: {BETTER}"
    if not {plain, plain.strip("0123456789")}.isdisjoint(_COMMON):
        return f"must not be a commonly guessed password: {BETTER}"
    return None


def named_after(value: str, names: Iterable[str]) -> str | None:
    """The name, such as the user's or the path's, that the password is made from; None for none."""
    plain = _plain(value)
    if not chosen(value):
        return None
    bare = {name: _plain(name) for name in names if len(_plain(name)) >= _SHORTEST_NAME}
    return next(
        (name for name, part in bare.items() if part in plain and password_weakness(plain.replace(part, ""))), None
    )


def _plain(value: str) -> str:
    return re.sub("[-_]", "", value.lower())


def _in_sequence(plain: str) -> bool:
    """Whether it consists of pieces of three and more characters that are sequences, up or down, or repetitions."""
    while plain:
        rows = (*_SEQUENCES, plain[0] * len(plain))
        length = max(n for n in range(len(plain) + 1) if any(plain[:n] in row for row in rows))
        if length < 3:
            return False
        plain = plain[length:]
    return True
