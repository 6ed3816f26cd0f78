"""The end of a deploy on a host: what it has now is kept as a release, if that is another one than before."""

from datetime import datetime, timezone
from importlib.metadata import version

from pyinfra.api import Host

from envivo.config import as_json
from envivo.operations.connection import Connection
from envivo.operations.keeping import brought
from envivo.operations.releases import KNOWN, keep
from envivo.orchestration.environment import Environment
from envivo.state.release import Release

_WITHIN_S = 60
NOT_KEPT: dict[str, str] = {}
"""Host -> why its release could not be kept."""


def keep_release(host: Host, connection: Connection, settings: Environment) -> None:
    """A host that failed keeps the release that it had."""
    there, kept = KNOWN.get(host.name), brought(host.name)
    if there is None or not connection.lease or host in host.state.failed_hosts:
        return
    # a camera's host must not know the passwords of others
    text = as_json.text(settings) if "media" in host.groups else as_json.text(settings, only={"base"})
    digest = kept.digest(as_json.text(settings))
    if digest == there.digest:
        return
    made = Release(
        number=1 + max(number for other in KNOWN.values() for number in (0, *other.numbers)),
        at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        by=connection.lease.owner,
        version=version("envivo"),
        digest=digest,
        after=there.current,
        files=list(kept.files.values()),
        images=kept.images,
        units=list(kept.units),
    )
    script, archive = keep(made, kept, text, there)
    if connection.plain(script, _WITHIN_S, connection.how, archive) is None:
        NOT_KEPT[host.name] = f"release {made.number} could not be kept on the host, so you cannot roll back to it"
