"""Where a difference comes from: the settings, or a change of the host by hand. Pure.

What the host has is compared with what the last deploy brought, and that with the settings of now.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from envivo.core.paths import COMPOSE_FILE
from envivo.operations.reasons import RECREATED, Difference
from envivo.state.file_states import FileState
from envivo.state.kept import is_kept
from envivo.state.release import KeptFile, Release

HOST, SETTINGS, BOTH, UNKNOWN = "host", "settings", "both", ""
WORDS = {
    HOST: "changed on the host",
    SETTINGS: "changed in the settings or in envivo",
    BOTH: "changed on the host, and in the settings or in envivo",
    UNKNOWN: "",
}


class Past(NamedTuple):
    """The last deploy, and what of it the host still has."""

    release: Release
    """The last that brought anything new."""
    states: Mapping[str, FileState]
    """Of its files, now."""
    wanted: Mapping[str, KeptFile]
    """What a deploy would bring now."""

    @property
    def files(self) -> Mapping[str, KeptFile]:
        return {file.path: file for file in self.release.files}

    @property
    def settled(self) -> bool:
        """Whether a deploy would bring nothing but what the last one brought."""
        return self.wanted == self.files


def origin(difference: Difference, past: Past | None) -> str:
    if past is None:
        return UNKNOWN
    subject = difference.subject
    if subject in past.wanted or subject in past.files:
        return _of_file(subject, past)
    if past.settled:
        return HOST
    if subject in past.release.units:
        return SETTINGS if difference.removes else HOST
    if subject.startswith("the container "):
        return _of_container(difference, past)
    if subject.startswith("the image "):
        return HOST if subject.removeprefix("the image ") in past.release.images else SETTINGS
    if difference.removes:
        return _of_removal(difference, past)
    return UNKNOWN


def _of_file(path: str, past: Past) -> str:
    was, wanted = past.files.get(path), past.wanted.get(path)
    if was is None:
        return SETTINGS
    on_host = not is_kept(was, past.states.get(path))
    if was == wanted:  # where the file is as it was brought, the running service is not
        return HOST
    return BOTH if on_host else SETTINGS


def _of_container(difference: Difference, past: Past) -> str:
    if difference.what != RECREATED and not difference.removes:
        return HOST
    return HOST if past.files.get(COMPOSE_FILE) == past.wanted.get(COMPOSE_FILE) else SETTINGS


def _of_removal(difference: Difference, past: Past) -> str:
    """Of paths that it names: what the last deploy did not bring was made by hand."""
    named = re.findall(r"/[^\s,()]+", str(difference))
    was = any(file == path or file.startswith(f"{path}/") for path in named for file in past.files)
    return SETTINGS if was else HOST
