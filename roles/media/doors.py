"""Password checks in Caddy that cost the same for known and unknown names.

Caddy compares the password of an unknown name with a hash of cost 14, a thousand times as expensive as ours. So such an
attempt is sent to an account that nobody has, with everything that was given (name:password) as its password.
"""

import base64
import re
import string
from collections.abc import Iterable

from envivo.render import bcrypt_prefix

NOBODY = "(nobody)"
"""A name that no user of the settings may have; with a colon it has nine characters, so base64 needs no padding."""
NOBODYS_PREFIX = base64.b64encode(f"{NOBODY}:".encode()).decode()

_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"


def nobodys_hash(slow: bool) -> str:
    """A bcrypt hash of the same cost as all others, to which no password is known."""
    return bcrypt_prefix(slow) + "." * 53


def known(users: Iterable[str]) -> str:
    """A regular expression (RE2) that matches Authorization headers, Basic, with one of these names, and no others.

    Of several such headers, joined by commas, it matches the first, which is the one that Caddy reads.
    """
    prefixes = "|".join(map(prefix, sorted(users)))
    return f"^(?i:basic) (?:{prefixes})"


def prefix(user: str) -> str:
    """A regular expression for the start of the base64 of `user:...`.

    Each letter stands for 6 bits: `user:` may fill only 2 or 4 bits of the last one, which then has several values.
    """
    given = f"{user}:".encode()
    bits = "".join(f"{byte:08b}" for byte in given)
    whole = len(bits) // 6 * 6
    text = "".join(_ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, whole, 6))
    rest = bits[whole:]
    choice = "".join(letter for index, letter in enumerate(_ALPHABET) if f"{index:06b}".startswith(rest))
    return re.escape(text) + (f"[{choice}]" if rest else "")
