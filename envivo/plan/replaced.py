"""Files of which a deploy would write another version: compared where their secrets are known, shown without them."""

from collections.abc import Collection
from typing import Any

from pyinfra.api import Host

from envivo.operations.contents import BROUGHT, SETTINGS, Contents, Version
from envivo.plan.masking import choices_of, masked_diff, secrets_of
from envivo.state.edits import edits

Row = tuple[str, tuple[str, ...], Any]
"""As envivo.plan.planning.Replaced."""


def replaced(host: Host) -> list[Row]:
    """Of the operations that were prepared for the host; reads the files in one command, if there are any."""
    wanted = BROUGHT.get(host.name, {})
    if not wanted:
        return []
    seen: dict[str, Version] = host.get_fact(Contents, paths=sorted(wanted))
    # a deploy.py of a single role has settings of its own: a diff that cannot be masked is not shown
    settings = SETTINGS.get(host.name)
    secrets = None if settings is None else list(secrets_of(settings))
    public = set(choices_of(type(settings)))
    return [
        compared(path, seen[path], version, secrets, public)
        for path, version in wanted.items()
        if path in seen and seen[path].content != version.content
    ]


def compared(
    path: str, seen: Version, wanted: Version, secrets: Collection[str] | None, public: Collection[str] = ()
) -> Row:
    """`secrets`: of the settings; None: not known. `public`: words that may be shown."""
    try:
        old, new = seen.content.decode(), wanted.content.decode()
    except UnicodeDecodeError:
        return path, ("not shown: not text",), None
    if secrets is None:
        return path, ("not shown: its secrets are not known",), edits(path, old, new)
    return path, masked_diff(old, new, secrets, seen.private or wanted.private, public), edits(path, old, new)
