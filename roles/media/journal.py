"""MediaMTX's log, of the last minutes."""

import re
import shlex
from datetime import datetime

from envivo.core.paths import COMPOSE_FILE, COMPOSE_PROJECT
from envivo.roles.media.settings import Media
from envivo.roles.role import Target
from envivo.state.containers import own

LAST_S = 300


def logs(media: Target[Media], service: str) -> str:
    """Command that a person sees the log with."""
    return f"on {media.name}: docker compose -f {COMPOSE_FILE} logs {service}"


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


def moment(text: str) -> float:
    """Seconds since 1970 of an RFC 3339 time, with up to nanoseconds; 0 where it is not one."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(Z|[+-]\d\d:\d\d)", text)
    if not match:
        return 0.0
    whole = datetime.fromisoformat(match[1] + match[3].replace("Z", "+00:00")).timestamp()
    return whole + float(f"0.{match[2] or 0}")
