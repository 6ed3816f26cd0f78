"""An environment's encrypted file: `secrets/ENV.sops.yaml` or `secrets/ENV.yaml.age`, names and texts.

Errors name the file and what is wrong in it, and never quote what it holds.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT
from envivo.secrets import age, sops
from envivo.secrets.reference import NAME
from envivo.secrets.unreadable import Unreadable

FILES = PROJECT / "secrets"


def candidates(env: str) -> list[Path]:
    return [FILES / f"{env}{suffix}" for suffix in (sops.SUFFIX, age.SUFFIX)]


def file_of(env: str) -> Path | None:
    """The environment's encrypted file, where it has one. Raises EnvivoError (exit code 2) where it has two."""
    present = [file for file in candidates(env) if _is_there(file)]
    if len(present) > 1:
        first, second = map(place, present)
        raise EnvivoError(FILES.name, f"both {first} and {second} exist", "keep one", exit_code=2)
    return present[0] if present else None


def _is_there(file: Path) -> bool:
    """Also what cannot be read: where that were taken for nothing, secrets would be generated beside it."""
    try:
        file.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        fix = "make the directory readable for you"
        raise EnvivoError(place(file), f"cannot be checked ({error.strerror})", fix, exit_code=2) from None
    return True


def place(file: Path) -> str:
    """Path of the file in messages: `secrets/prod.yaml.age`."""
    return f"{FILES.name}/{file.name}"


def unfinished(file: Path) -> bool:
    """Whether the program that writes it has not written any content yet."""
    return age.unfinished(file.read_bytes()) if file.name.endswith(age.SUFFIX) else not file.stat().st_size


@cache
def read(file: Path) -> Mapping[str, str]:
    """What the file holds, decrypted once per process. Raises EnvivoError (exit code 2)."""
    try:
        with file.open("rb"):
            return names(sops.entries(file) if file.name.endswith(sops.SUFFIX) else age.entries(file))
    except Unreadable as wrong:
        what, fix = wrong.args
    except OSError as error:
        what, fix = f"cannot be read ({error.strerror})", "make it readable for you, or remove it"
    raise EnvivoError(place(file), what, fix, exit_code=2)  # outside: without the context of what was read


def names(entries: Iterable[tuple[object, object]]) -> dict[str, str]:
    """The entries of a file, each of which must be a name and a text. Raises Unreadable."""
    held: dict[str, str] = {}
    for number, (name, value) in enumerate(entries, start=1):
        if not isinstance(name, str) or not re.fullmatch(NAME, name):
            raise Unreadable(f"entry {number}: invalid secret name", "use lowercase letters, digits and -, in quotes")
        if not isinstance(value, str):
            raise Unreadable(f"entry {number}: its value is not text", "write one text for each name, in quotes")
        if name in held:
            raise Unreadable(f"entry {number}: its name is already used", "use each name once")
        held[name] = value
    return held
