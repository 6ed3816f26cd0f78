"""MediaMTX's log, of the last minutes."""

import shlex

from envivo.core.moments import moment
from envivo.core.paths import COMPOSE_PROJECT
from envivo.roles.media.settings import Media
from envivo.roles.role import Target
from envivo.state.containers import own

LAST_S = 300


def logs(name: str) -> str:
    """Command that a person sees the log with. `name`: a program, or the media host for all of its programs."""
    return f"envivo logs ENV {name}"


def lines(media: Target[Media], about: str, words: str, since: str = "") -> list[str]:
    """Lines of the last LAST_S about a thing, such as `[path webcam]`, with these words; `since`: only later ones (RFC
    3339)."""
    container = f"$(docker ps -q {own(COMPOSE_PROJECT, 'mediamtx')} | head -n 1)"
    read = f"docker logs --timestamps --since {LAST_S}s {container} 2>&1"
    said = media.shell.run(f"{read} | grep -F {shlex.quote(about)} | grep -F {shlex.quote(words)}")
    return after(said.out.splitlines(), since)


def after(stamped: list[str], since: str) -> list[str]:
    """Lines of `docker logs --timestamps` that are later than `since`; all where it is empty."""
    begin = moment(since) if since else 0.0
    return [line for line in stamped if moment(line.partition(" ")[0]) >= begin]
