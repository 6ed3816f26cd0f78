"""Who watches, as MediaMTX lists it, and ending that."""

from collections.abc import Sequence

from envivo.core.errors import EnvivoError
from envivo.probes.sessions import Session
from envivo.roles.media.desired import ask_api
from envivo.roles.media.overview import answered, answers_in, sessions
from envivo.roles.media.settings import Media
from envivo.roles.role import Target

_AT_ONCE = 100
"""Sessions that one command ends: a command line is limited."""
_OK, _GONE = "200", "404"


def viewers(media: Target[Media], path: str = "") -> tuple[float, list[Session]]:
    """The host's time, and viewers of a path, or of all. Raises EnvivoError."""
    said = media.shell.run(sessions(media.settings)).out
    if not answers_in(said):
        port = media.settings.mediamtx.api_port
        what = f"MediaMTX's API at 127.0.0.1:{port} says nothing"
        raise EnvivoError(media.name, what, "envivo verify ENV says why")
    try:
        now, server = answered(said)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        what = f"MediaMTX's API gives an unexpected answer ({error!r})"
        raise EnvivoError(media.name, what, "envivo verify ENV says why") from None
    return now, server.viewers(path)


def end(media: Target[Media], ended: Sequence[Session]) -> list[Session]:
    """Ends these sessions; returns those that had left already. Raises EnvivoError where MediaMTX does not end one."""
    left: list[Session] = []
    for start in range(0, len(ended), _AT_ONCE):
        some = ended[start : start + _AT_ONCE]
        codes = media.shell.run("; ".join(_kick(media.settings, session) for session in some)).out.split()
        wrong = [code for code in codes if code not in (_OK, _GONE)]
        if wrong or len(codes) < len(some):
            what = f"MediaMTX's API does not end sessions (HTTP {wrong[0] if wrong else 'without an answer'})"
            raise EnvivoError(media.name, what, "envivo verify ENV says why")
        left += [session for session, code in zip(some, codes, strict=True) if code == _GONE]
    return left


def _kick(media: Media, session: Session) -> str:
    """Command that prints the code of the answer."""
    return f"{ask_api(media, f'{session.kind}/kick/{session.id}')} -X POST -o /dev/null -w '%{{http_code}}\\n'"
