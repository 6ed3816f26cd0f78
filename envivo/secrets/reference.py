"""Secret references in group data."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from envivo.core.quoting import shown

NAME = r"[a-z0-9-]+"


@dataclass(frozen=True)
class SecretReference:
    """A reference to a secret by name. `optional`: where it is not set, it is neither generated nor missing."""

    name: str
    optional: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise ValueError(f"the name of a secret must be a string, is {shown(self.name)}")
        if not re.fullmatch(NAME, self.name):
            meant = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")
            fix = f": did you mean {meant!r}?" if meant else ""
            raise ValueError(f"{self.name!r}: the name of a secret has only lowercase letters, digits and -{fix}")


def secret(name: str) -> Any:
    """For group data: a reference to the secret of this name (`publish-webcam`). Reads nothing. Raises ValueError."""
    return SecretReference(name)


def optional_secret(name: str) -> Any:
    """As `secret`; the setting is left out where the secret is not set."""
    return SecretReference(name, optional=True)


PEOPLE = ("viewers", "recordings")
"""Keys of group data below which passwords are those of people, who may have chosen them."""
DEVICES = "cameras"
"""Key of group data below which passwords are those that devices have: none is generated."""
DEEPEST = 20
"""Levels of dictionaries and lists; settings have six, and Python's recursion is limited."""


def within(data: object, depth: int = 0, without: Collection[str] = ()) -> Iterator[SecretReference]:
    """Every secret reference in dictionaries and lists of an environment's data, except below the keys `without`."""
    if depth > DEEPEST:
        return
    match data:
        case SecretReference():
            yield data
        case dict():
            for key, value in data.items():
                if key not in without or isinstance(value, dict):
                    yield from within(value, depth + 1, without)
        case list() | tuple():
            for value in data:
                yield from within(value, depth + 1, without)
