"""HTTP headers of a viewer."""

from base64 import b64encode
from collections.abc import Sequence

from envivo.config.credentials import Credentials
from envivo.roles.media.settings import Media
from envivo.roles.media.viewers import own_name
from envivo.roles.role import Target


def viewer(media: Target[Media], path: str) -> dict[str, str]:
    """Viewers of the path; empty if anyone may watch."""
    return authorization(media.settings.mediamtx.paths[path].viewers)


def own_viewer(media: Target[Media], path: str, name: str = "") -> dict[str, str]:
    """Of a viewer of the path that is envivo's own."""
    return {**viewer(media, path), "User-Agent": name or own_name(media)}


def authorization(named: Sequence[Credentials]) -> dict[str, str]:
    """Basic: MediaMTX takes a bearer token too (docs/notes/mediamtx.md#user-and-password-over-http), Caddy does not."""
    if not named:
        return {}
    words = f"{named[0].user}:{named[0].password.get_secret_value()}"
    return {"Authorization": "Basic " + b64encode(words.encode()).decode()}
