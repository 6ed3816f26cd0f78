"""The release that a rollback goes back to, and the hosts that it changes. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from envivo.core.errors import EnvivoError
from envivo.state.release import Kept, before


class Destination(NamedTuple):
    number: int
    back: Mapping[str, int]
    """Host -> the release that it gets, of hosts that have another."""


def destination(env: str, had: Mapping[str, Kept], to: int | None) -> Destination:
    """Raises EnvivoError; with exit code 2 where the number is wrong."""
    number = _chosen(env, had, to)
    back = {name: at for name, kept in had.items() if (at := kept.at(number)) and at != kept.current}
    return Destination(number, back)


def _chosen(env: str, had: Mapping[str, Kept], to: int | None) -> int:
    known = sorted({number for kept in had.values() for number in kept.releases}, reverse=True)
    number = to if to is not None else before(had.values())
    if number is None:
        if not known:
            raise EnvivoError(env, "has no release yet", f"envivo deploy {env}")
        if not any(kept.current for kept in had.values()):
            fix = f"envivo deploy {env}, or name a release of envivo history {env} with --to"
            raise EnvivoError(env, "is not deployed", fix)
        raise EnvivoError(env, "has only one release, and so none to go back to", f"see envivo history {env}")
    if number not in known:
        fix = f"choose one of {', '.join(map(str, known))}: envivo history {env}" if known else f"envivo deploy {env}"
        raise EnvivoError(f"--to {number}", f"{env} has no such release", fix, exit_code=2)
    lacking = [name for name, kept in had.items() if kept.releases and kept.at(number) is None]
    if lacking:
        what = f"release {number} is no longer kept on {' and '.join(lacking)}"
        raise EnvivoError(f"--to {number}", what, f"choose a later one: envivo history {env}", exit_code=2)
    return number
