"""What a deploy brings to a host, noted operation by operation, so that this state can be restored later."""

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from envivo.core.paths import VAR
from envivo.state.desired import File, ServiceConfig
from envivo.state.release import DIRECTORY, PENDING, Brought, KeptFile

_BROUGHT: dict[str, Brought] = {}


def brought(name: str) -> Brought:
    """Of a host."""
    return _BROUGHT.setdefault(name, Brought())


def keep(host: Any, files: Iterable[File | ServiceConfig], step: str, units: Iterable[str] = ()) -> None:
    """Note what the operation that is called for the host stands for.

    `step`: lines of the program that puts it back, in the words of templates/operations/restore.sh.j2. They ask what
    the host has, and need nothing of the controller.
    """
    kept = brought(host.name)
    for file in files:
        kept.files[file.path] = KeptFile(file.path, file.sha256, file.mode, file.owner, file.group)
    kept.units.update(dict.fromkeys(units))
    # pyinfra calls an operation when it prepares, unless nobody is asked (-y), and when it executes
    kept.steps[str(host.executing_op_hash or host.current_op_hash)] = step


def keep_images(host: Any, images: Mapping[str, str]) -> None:
    """`images`: reference -> identity."""
    brought(host.name).images.update(images)


def noting(paths: Iterable[str]) -> str:
    """A script that notes on the host what a deploy is going to write, so that a failed one can be undone."""
    names = shlex.join(paths)
    return f"mkdir -p {VAR} && (umask 077; mkdir -p {DIRECTORY} && printf '%s\\n' {names} >>{PENDING})"
