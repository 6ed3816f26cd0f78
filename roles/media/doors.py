"""Who is let in at Caddy: one comparison of a password for each attempt, whoever's name it gives.

Caddy compares the password of a name that it does not know with a hash of cost 14, a thousand times as dear as ours. So
such an attempt goes to an account that nobody has, with the whole of what was given (name:password) as its password.
"""

import base64
import re
import string
from collections.abc import Iterable

from envivo.render import bcrypt_prefix

NOBODY = "(nobody)"
"""Eight characters that no user of the settings may have: with a colon behind them, base64 needs no padding."""
NOBODYS_PREFIX = base64.b64encode(f"{NOBODY}:".encode()).decode()

_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"


def nobodys_hash(slow: bool) -> str:
    """bcrypt at the cost of all others: what it would have to be the hash of nobody knows."""
    return bcrypt_prefix(slow) + "." * 53


def known(users: Iterable[str]) -> str:
    """A regular expression (RE2) of the Authorization headers, Basic, that give one of these names; of no others.

    For more than one header of that name, joined by commas: of the first, which is the one that Caddy reads.
    """
    prefixes = "|".join(map(prefix, sorted(users)))
    return f"^(?i:basic) (?:{prefixes})"


def prefix(user: str) -> str:
    """A regular expression of how the base64 of `user:...` begins.

    Each letter stands for 6 bits: behind those that `user:` fills come one of which it gives 2 or 4 bits, or none.
    """
    given = f"{user}:".encode()
    bits = "".join(f"{byte:08b}" for byte in given)
    whole = len(bits) // 6 * 6
    text = "".join(_ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, whole, 6))
    rest = bits[whole:]
    choice = "".join(letter for index, letter in enumerate(_ALPHABET) if f"{index:06b}".startswith(rest))
    return re.escape(text) + (f"[{choice}]" if rest else "")
