"""Who watches, as MediaMTX lists it, and ending that."""

from collections.abc import Sequence

from envivo.core.errors import EnvivoError
from envivo.probes.sessions import Session
from envivo.roles.media.desired import ask_api
from envivo.roles.media.overview import answered, answers_in, sessions
from envivo.roles.media.settings import Media
from envivo.roles.role import Target


def viewers(media: Target[Media], path: str = "") -> tuple[float, list[Session]]:
    """The host's time, and viewers of a path, or of all. Raises EnvivoError."""
    said = media.shell.run(sessions(media.settings)).out
    if not answers_in(said):
        port = media.settings.mediamtx.api_port
        what = f"MediaMTX's API at 127.0.0.1:{port} says nothing"
        raise EnvivoError(media.name, what, "envivo verify ENV says why")
    now, server = answered(said)
    return now, server.viewers(path)


def end(media: Target[Media], ended: Sequence[Session]) -> list[Session]:
    """Ends these sessions, in one command; returns those that MediaMTX did not end, as they had left already."""
    asks = [
        f"{ask_api(media.settings, f'{session.kind}/kick/{session.id}')} -X POST -o /dev/null -w '%{{http_code}}\\n'"
        for session in ended
    ]
    codes = media.shell.run("; ".join(asks)).out.split()
    return [session for session, code in zip(ended, codes, strict=True) if code != "200"]
