"""Lines for the programs that people publish and watch with: pure functions from settings to rows.

Each line and each trap was met with the real program: docs/evidence/programs.md.
"""

from dataclasses import dataclass, field
from typing import Literal

MASK = "***"
"""Stands for a password."""
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
"""Debian's file of whom the system trusts, one's own authority included once update-ca-certificates ran."""
GENERIC_ERROR = "`Generic error` is an untrusted certificate, or glib-networking is missing"
UNVERIFIED = "takes any certificate, whatever its options: whoever sits on the way can pose as the server"


@dataclass(frozen=True)
class Row:
    path: str
    action: Literal["publish", "watch"]
    program: str
    line: str = field(repr=False)
    """A command, or `Field: value` in a line each; it may hold a password."""
    notes: tuple[str, ...] = ()


def fields(**named: str) -> str:
    """What a person types into a program's fields; underscores of a name are spaces, empty ones are left out."""
    return "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in named.items() if value)
