"""Who watches an environment now, for whatever would interrupt them."""

from collections.abc import Sequence

from envivo.core.errors import EnvivoError
from envivo.orchestration.target import Place, media_place
from envivo.probes.sessions import Session
from envivo.remote import UnreachableError
from envivo.roles.media.viewers import viewers


def sessions(hosts: Sequence[Place]) -> list[Session] | None:
    """Viewers; None where the media host is not reached. A MediaMTX that does not answer has none."""
    media = media_place(hosts)
    try:
        return viewers(media.target(media.settings.media))[1]
    except UnreachableError:
        return None
    except EnvivoError:
        return []
