"""What a first deploy brings to a host, counted by kind. Pure."""

import re
from collections.abc import Sequence

from envivo.operations.reasons import Difference
from envivo.plan.planning import Change
from envivo.plan.proposal import BRINGS, action

_PLURALS = {
    "package": "packages",
    "account": "accounts",
    "file or directory": "files and directories",
    "image": "images",
    "container": "containers",
    "unit": "units",
}
"""In the order in which a deploy brings them."""
_UNIT = re.compile(r"[^/ ]+\.(service|timer|mount|socket|path)")


def kind(difference: Difference) -> str:
    """Empty: it is not something new, or of no kind that is counted."""
    subject = difference.subject
    if difference.removes:
        return ""
    if _UNIT.fullmatch(subject):  # those that are new do not run, and do not start at boot
        return "unit"
    if action(difference) != BRINGS:
        return ""
    if subject.startswith("/"):
        return "file or directory"
    if difference.what == "is not installed":
        return "package"
    named = subject.removeprefix("the ").partition(" ")[0]
    return named if named in _PLURALS else ""


def summed(changes: Sequence[Change]) -> tuple[str, list[Change]]:
    """`2 accounts, 96 files and directories, 1 image`, and the changes without what that counts."""
    subjects: dict[str, set[str]] = {}
    rest = []
    for change in changes:
        counted = [kind(difference) for difference, _ in change.listed]
        for (difference, _), name in zip(change.listed, counted, strict=True):
            if name:
                subjects.setdefault(name, set()).add(difference.subject)
        others = [pair for pair, name in zip(change.listed, counted, strict=True) if not name]
        if others or not change.differences:
            differences, origins = tuple(pair[0] for pair in others), tuple(pair[1] for pair in others)
            rest.append(change._replace(differences=differences, origins=origins))
    words = [_number(len(subjects[name]), name) for name in _PLURALS if name in subjects]
    return ", ".join(words), rest


def _number(count: int, name: str) -> str:
    return f"{count} {name if count == 1 else _PLURALS[name]}"
