"""Lines for the programs that people publish and watch with: pure functions from settings to rows.

Each line was tried with the real program: docs/evidence/programs.md.
"""

from dataclasses import dataclass, field
from typing import Literal

MASK = "***"
"""Stands for a password."""
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
"""Debian's file of trusted authorities, including your own after update-ca-certificates."""
GENERIC_ERROR = "`Generic error` is an untrusted certificate, or glib-networking is missing"
UNVERIFIED = "accepts any certificate, whatever its options: a machine on the route can pose as the server"


@dataclass(frozen=True)
class Row:
    path: str
    action: Literal["publish", "watch"]
    program: str
    line: str = field(repr=False)
    """A command, or `Field: value` in a line each; it may hold a password."""
    notes: tuple[str, ...] = ()


def fields(**named: str) -> str:
    """Fields to fill in in a program, a line each; underscores in names become spaces, empty values are left out."""
    return "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in named.items() if value)
