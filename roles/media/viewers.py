"""Who watches, as MediaMTX lists it, and ending that. Envivo's own viewers are none, and leave nothing behind."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from envivo.core.errors import EnvivoError
from envivo.probes import own
from envivo.probes.absence import absence
from envivo.probes.sessions import Server, Session
from envivo.roles.base.checks import stopped_on_purpose
from envivo.roles.media.desired import ask_api
from envivo.roles.media.overview import answered, answers_in, sessions
from envivo.roles.media.programs import DOWN
from envivo.roles.media.settings import Media
from envivo.roles.role import Target
from envivo.state import deployed

_AT_ONCE = 100
"""Sessions that one command ends: a command line is limited."""
_OK, _GONE = "200", "404"


def viewers(media: Target[Media], path: str = "") -> tuple[float, list[Session]]:
    """The host's time, and viewers of a path, or of all. Raises EnvivoError."""
    now, server = _asked(media)
    return now, server.viewers(path)


def _asked(media: Target[Media]) -> tuple[float, Server]:
    """Raises EnvivoError."""
    said = media.shell.run(sessions(media.settings)).out
    if not answers_in(said):
        if by_a_person := stopped_on_purpose(media, "mediamtx", DOWN["mediamtx"]):
            raise EnvivoError(media.name, by_a_person.message, by_a_person.fix)
        if gone := absence(media.shell):
            raise EnvivoError(media.name, gone.words, deployed.FIX)
        port = media.settings.mediamtx.api_port
        what = f"MediaMTX's API at 127.0.0.1:{port} does not answer"
        raise EnvivoError(media.name, what, "envivo verify ENV says why")
    try:
        return answered(media.settings, said)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        what = f"MediaMTX's API gave an unexpected answer ({error!r})"
        raise EnvivoError(media.name, what, "envivo verify ENV says why") from None


def own_name(media: Target[Media]) -> str:
    """A name for a viewer of envivo's own, by which nobody counts it."""
    return own.name(media.settings.mediamtx.monitor.password.get_secret_value())


@contextmanager
def own_viewer(media: Target[Media]) -> Iterator[str]:
    """Its name. What it leaves is ended: MediaMTX keeps a session of HLS for half a minute after the last request
    (docs/notes/mediamtx.md#hls-sessions), and those of WHEP until a DELETE arrives."""
    name = own_name(media)
    try:
        yield name
    finally:
        leave(media, name)


def leave(media: Target[Media], name: str) -> None:
    """Ends the sessions of a viewer of envivo's own. Where MediaMTX ends none, other checks say why."""
    with suppress(EnvivoError):
        end(media, [session for session in _asked(media)[1].sessions if session.program == name])


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
