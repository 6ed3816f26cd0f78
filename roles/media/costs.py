"""Whom a change of the media host interrupts (docs/reference/interruptions.md)."""

from collections.abc import Iterator

from envivo.config.interrupts import Interrupts
from envivo.operations.reasons import NOT_IN_USE, RECREATED, Difference, container_of
from envivo.plan.costs import Cost, differences
from envivo.plan.planning import Plan, Replaced
from envivo.roles.media import desired
from envivo.state.edits import ADDED, REMOVED, Edit

MEDIAMTX_YML = f"{desired.MEDIAMTX_DIRECTORY}/mediamtx.yml"
_CONTAINERS = {
    container_of(desired.CALLED["mediamtx"]): Interrupts.EVERYBODY,
    container_of(desired.CALLED["web"]): Interrupts.PAGE_AND_HLS,
}
_KEYS = (
    ("authInternalUsers", Interrupts.NOBODY),
    ("api", Interrupts.NOBODY),
    ("playback", Interrupts.NOBODY),
    ("pprof", Interrupts.NOBODY),
    ("webrtc", Interrupts.WEBRTC),
    ("hls", Interrupts.HLS),
    ("rtmp", Interrupts.RTMP),
    ("rtspAddress", Interrupts.EVERYBODY),
    ("rtspEncryption", Interrupts.EVERYBODY),
    ("rtsp", Interrupts.RTSP),
)
"""Beginnings of MediaMTX's keys, the first that fits counts; every other key makes it reload completely."""


def costs(plan: Plan) -> Iterator[Cost]:
    files = {file.path: file for file in plan.files}
    for difference in differences(plan):
        yield from _of(difference, files.get(difference.subject))


def _of(difference: Difference, file: Replaced | None) -> Iterator[Cost]:
    subject = difference.subject
    if subject in _CONTAINERS and difference.what == RECREATED:
        yield Cost(_CONTAINERS[subject], subject)
    # which configuration a service uses instead is not known
    elif subject == desired.REMOVABLE.name or (subject == MEDIAMTX_YML and difference.what == NOT_IN_USE):
        yield Cost(Interrupts.EVERYBODY, subject)
    elif subject == MEDIAMTX_YML and file:
        # what cannot be read may have any effect
        edits = [cost(edit) for edit in file.edits] if file.edits is not None else [Cost(Interrupts.EVERYBODY, subject)]
        yield from edits


def cost(edit: Edit) -> Cost:
    """Of one key of mediamtx.yml."""
    first, *rest = edit.keys
    if first in ("paths", "pathDefaults"):
        return _of_path(first, rest, edit.how)
    who = next((who for beginning, who in _KEYS if first.startswith(beginning)), Interrupts.EVERYBODY)
    return Cost(who, MEDIAMTX_YML)


def _of_path(first: str, rest: list[str], how: str) -> Cost:
    if len(rest) > (first == "paths") and rest[-1].startswith("record"):
        return Cost(Interrupts.NOBODY, MEDIAMTX_YML)
    if first == "pathDefaults" or not rest:
        return Cost(Interrupts.EVERYBODY, MEDIAMTX_YML)
    if len(rest) == 1 and how in (ADDED, REMOVED):
        return Cost(Interrupts.REMOVED if how == REMOVED else Interrupts.NOBODY, MEDIAMTX_YML, f"path {rest[0]}")
    # any other key of a path recreates it
    return Cost(Interrupts.REMOVED, MEDIAMTX_YML, f"path {rest[0]}")
