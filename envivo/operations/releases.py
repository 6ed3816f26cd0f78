"""Releases that a deploy keeps on a host: scripts that keep one, and the program that puts it back."""

import shlex
from collections.abc import Mapping
from typing import Any

from envivo.core.paths import VAR
from envivo.operations.connection import Connection
from envivo.operations.files import archive
from envivo.render import render
from envivo.state import release, stopped
from envivo.state.desired import File
from envivo.state.release import Brought, Release, ReleaseNumbers

KNOWN: dict[str, ReleaseNumbers] = {}
"""By host, as it was when this deploy took it."""
_LOOK_WITHIN_S = 20


def look(host: Any, connection: Connection) -> None:
    """Find out which releases the host has."""
    said = connection.plain(release.brief(), _LOOK_WITHIN_S, connection.how)
    if said:
        KNOWN[host.name] = release.known(said)


def program(number: int, brought: Brought) -> str:
    """The program `restore` of a release."""
    return render(
        "operations/restore.sh.j2", number=number, stopped=stopped.DIRECTORY, directory=release.DIRECTORY,
        current=release.CURRENT, images=_quoted(brought.images),
        steps=[step for step in brought.steps.values() if step],
    )  # fmt: skip


def keep(made: Release, brought: Brought, settings: str, known: ReleaseNumbers) -> tuple[str, str]:
    """A script that keeps the release, and its standard input. `settings`: JSON."""
    paths = "".join(f"{path}\n" for path in sorted(brought.files, key=str.encode))
    contents = {"release.json": made.text, "settings.json": settings, "paths": paths}
    contents["restore"] = program(made.number, brought)
    script = render(
        "operations/keep-release.sh.j2",
        parent=VAR,
        directory=release.DIRECTORY,
        current=release.CURRENT,
        pending=release.PENDING,
        names=list(enumerate(contents)),
        images=_quoted(made.images),
        repository=release.IMAGES,
        number=made.number,
        superseded=release.superseded({*known.numbers, made.number}, made.number),
    )
    return script, archive([File(name, text.encode()) for name, text in contents.items()])


def _quoted(images: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(shlex.quote(reference), shlex.quote(identity)) for reference, identity in images.items()]
