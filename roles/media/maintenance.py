"""The announcement that Caddy gives viewers in place of pictures: a file beside its configuration. Pure.

Caddy looks for the file at each request for pictures, so that it needs no reload, and MediaMTX need not run. It
survives deploys: nothing else writes it, and a hidden file is not a stray (envivo/operations/strays.py).
"""

import json
import shlex
from typing import NamedTuple

from envivo.core.paths import ETC, STACK_USER, VAR

_NAME = ".maintenance.json"
FILE = f"{ETC}/caddy/{_NAME}"
SERVED = f"/etc/caddy/{_NAME}"
"""In Caddy's container."""
BY = f"{VAR}/maintenance.json"
"""Who has announced it: not for viewers."""
LONGEST = 200
"""Of a text, in characters."""
QUESTION = f"! [ -e {FILE} ] || {{ head -n 1 {FILE}; head -n 1 {BY} 2>/dev/null; }}"
"""Command whose output `parse` reads."""
NOT_DEPLOYED = "not-deployed"


class Maintenance(NamedTuple):
    say: str = ""
    by: str = ""
    since: str = ""

    @property
    def words(self) -> str:
        by, since = f" by {self.by}" if self.by else "", f" since {self.since}" if self.since else ""
        said = f' and read "{self.say}"' if self.say else ""
        return f"maintenance is on{by}{since}: viewers get no pictures{said}"


def parse(said: str) -> Maintenance | None:
    """None where it is off."""
    lines = said.splitlines()
    if not lines:
        return None
    text, by = (_read(line) for line in [*lines, "", ""][:2])
    return Maintenance(text.get("say", ""), by.get("by", ""), by.get("since", ""))


def _read(line: str) -> dict[str, str]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return {key: str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def begin(say: str, by: str) -> str:
    """Commands that write both files. Where Caddy's configuration is older, they print NOT_DEPLOYED only."""
    text, before = json.dumps({"status": "maintenance", "say": say}), json.dumps({"by": by, "since": ""})[:-2]
    new = f"{FILE}.new"
    return f"""grep -qF {SERVED} {ETC}/caddy/Caddyfile || {{ echo {NOT_DEPLOYED}; exit; }}
[ -e {FILE} ] || printf '%s%s"}}\\n' {shlex.quote(before)} "$(date -u '+%Y-%m-%d %H:%M UTC')" >{BY}
printf '%s\\n' {shlex.quote(text)} >{new} && chgrp {STACK_USER} {new} && chmod 640 {new} || exit
mv {new} {FILE} && echo on"""


def end() -> str:
    return f"rm -f {FILE} {BY} && echo off"
