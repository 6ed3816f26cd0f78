"""Why an operation changes something: shown by a deploy, collected by envivo/plan/planner.py."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from envivo.core.problems import Problem

LOST, OLDER, UNREAD = (
    "is no longer in effect",
    "runs an older version than the installed one",
    "has not read {} again",
)
"""Of a unit. The first two end in a restart, the third in a reload."""
RECREATED = "was made from another definition or image"
"""Of a container."""
OTHER_CONTENT = "other content"
LINK = "is a symbolic link"
NOT_IN_USE = "is not what the running service uses"
"""Of a configuration."""


class Difference(NamedTuple):
    """Between a host and what it should be: `curl` + `is not installed`."""

    subject: str
    """A path, unit, package ..."""
    what: str
    """Begins with a verb."""
    follows: tuple[str, ...] = ()
    """Subjects: if one of them differs too, this difference is a consequence."""
    removes: bool = False
    """Whether the subject is going to be removed."""

    @property
    def of_access(self) -> bool:
        """Whether nothing but access differs: that is restored in place, and no service notices."""
        return self.what.startswith(tuple(f"has {name}" for name in (*Access._fields, LISTED)))

    def __str__(self) -> str:
        return f"{self.subject} {self.what}"


class Stated(NamedTuple):
    """What an operation reported for a host."""

    differences: list[Difference]
    refusals: list[Problem]


STATED: dict[tuple[str, str], Stated] = {}
"""By host and operation (pyinfra's hash)."""


def because(host: Any, differences: Sequence[Difference]) -> None:
    """Reports why the operation that runs on the host now is going to change something."""
    host.log(words(differences))
    _stated(host).differences[:] = differences


def refused(host: Any, problems: Iterable[Problem]) -> None:
    """Notes why the operation is going to fail the host."""
    _stated(host).refusals[:] = problems


def _stated(host: Any) -> Stated:
    return STATED.setdefault((host.name, host.current_op_hash), Stated([], []))


def words(differences: Iterable[Difference]) -> str:
    """The first three subjects, and the number of the others."""
    found = [
        f"{subject} {', '.join(difference.what for difference in group)}"
        for subject, group in groupby(differences, attrgetter("subject"))
    ]
    rest = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return "; ".join(found[:3]) + rest


class Access(NamedTuple):
    """To a file or directory."""

    mode: str
    owner: str
    group: str


def account(name: str) -> str:
    """The subject of a difference."""
    return f"the account {name}"


def container_of(program: str) -> str:
    """The subject of a difference. `program`: what people call it."""
    return f"the container {program}"


LISTED = "an access control list"
"""That of setfacl, by which others than the mode says have access."""


def unlike(
    path: str, wanted: Access, seen: Access, content_differs: bool = False, listed: bool = False
) -> Difference | None:
    """The difference of a file or directory that exists. `listed`: whether it has an access control list."""
    pairs = list(zip(Access._fields, wanted, seen, strict=True))
    found = [f"{name} {is_} instead of {should}" for name, should, is_ in pairs if is_ != should]
    if listed:
        found.append(LISTED)
    if content_differs:
        found.insert(0, OTHER_CONTENT)
    elif wanted.mode == seen.mode:
        # a host shows the number of an account that was removed
        follows = tuple(account(should) for name, should, is_ in pairs if is_ != should and not listed)
        return Difference(path, f"has {', '.join(found)}", follows) if found else None
    return Difference(path, f"has {', '.join(found)}") if found else None
