"""Whom a change of a camera host interrupts (docs/reference/interruptions.md)."""

from collections.abc import Iterator

from envivo.config.interrupts import Interrupts
from envivo.operations.reasons import OLDER, UNREAD, Difference
from envivo.plan.costs import Cost, differences
from envivo.plan.planning import Plan, Replaced
from envivo.roles.camera import desired

_RUNNING_CHANGES = {("video", "bitrate_kbps"), ("publish", "user"), ("publish", "password")}
"""Keys that an agent applies while it publishes; a bit rate not with every V4L2 encoder."""
_REREADS = UNREAD.partition("{")[0]
_PREFIX = "envivo-agent@"


def costs(plan: Plan) -> Iterator[Cost]:
    found = list(differences(plan))
    installed = not any(difference.subject == desired.PROGRAM and _is_new(difference) for difference in found)
    files = {file.path: file for file in plan.files}
    for difference in found if installed else ():
        yield from _of(difference, files.get(difference.subject))


def _of(difference: Difference, file: Replaced | None) -> Iterator[Cost]:
    subject, what = difference.subject, difference.what
    if subject == desired.REMOVABLE.name:
        yield Cost(Interrupts.REMOVED, subject)
    elif subject.startswith(f"{desired.CONFIGURATION}/") and subject.endswith(".json"):
        if file:
            yield Cost(_of_configuration(file), subject, _camera(subject.rpartition("/")[2].removesuffix(".json")))
    elif difference.of_access:
        return
    elif subject in (desired.UNIT_FILE, desired.AUTHORITY) or subject.startswith(f"{desired.PROGRAM}/"):
        yield Cost(Interrupts.CAMERA, subject)
    elif subject.startswith(_PREFIX):
        name = _camera(subject.removeprefix(_PREFIX).removesuffix(".service"))
        if difference.removes:
            yield Cost(Interrupts.REMOVED, subject, name)
        elif what == OLDER or what.startswith(_REREADS):
            yield Cost(Interrupts.CAMERA, subject, name)


def _of_configuration(file: Replaced) -> Interrupts:
    keys = {edit.keys for edit in file.edits} if file.edits is not None else {()}
    if not keys <= _RUNNING_CHANGES:
        return Interrupts.CAMERA
    return Interrupts.V4L2_ENCODER if ("video", "bitrate_kbps") in keys else Interrupts.NOBODY


def _camera(name: str) -> str:
    return f"camera {name}"


def _is_new(difference: Difference) -> bool:
    return difference.what == "is missing"
