"""Files of which a deploy would write another version: compared where their secrets are known, told without them."""

from typing import Any

from pyinfra.api import Host

from envivo.operations.contents import BROUGHT, Contents, Version
from envivo.plan.masking import masked_diff, secrets_of
from envivo.state.edits import edits

Row = tuple[str, tuple[str, ...], Any]
"""As envivo.plan.planning.Replaced."""


def replaced(host: Host) -> list[Row]:
    """Of the operations that were prepared for the host; reads the files in one command, if there are any."""
    wanted = BROUGHT.get(host.name, {})
    if not wanted:
        return []
    seen: dict[str, Version] = host.get_fact(Contents, paths=sorted(wanted))
    draft = host.data.get("settings")
    secrets = list(secrets_of(draft.read())) if draft is not None else []
    return [
        compared(path, seen[path], version, secrets)
        for path, version in wanted.items()
        if path in seen and seen[path].content != version.content
    ]


def compared(path: str, seen: Version, wanted: Version, secrets: list[str]) -> Row:
    private = seen.private or wanted.private
    try:
        old, new = seen.content.decode(), wanted.content.decode()
    except UnicodeDecodeError:
        return path, ("not text",), None
    return path, masked_diff(old, new, secrets, private), edits(path, old, new)
