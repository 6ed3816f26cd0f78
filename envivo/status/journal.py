"""Messages of programs in the journals of hosts: which are asked for, and how they read. Pure."""

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from envivo.state.program import Program

MOST = 1000
"""Messages of a host that are looked through where no time is given."""
_FIELDS = "MESSAGE,_SYSTEMD_UNIT,UNIT,CONTAINER_TAG"
_END = "envivo-end"
_OWN_TIME = re.compile(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ")
"""MediaMTX's, before each line."""
_OF_CADDY = ("level", "ts", "logger", "msg")


class Line(NamedTuple):
    at: float
    """Seconds since 1970, by the host's clock."""
    host: str
    program: str
    text: str

    @property
    def time(self) -> str:
        return f"{datetime.fromtimestamp(self.at, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3] + "Z"


def question(programs: Sequence[Program], since: str = "", cursor: str = "") -> str:
    """Command whose output `parse` reads: messages since a time as journalctl(1) takes it, or after a cursor.

    The last line has the cursor from which to go on, also where no message came: that of the journal's newest entry,
    looked at before.
    """
    about = "journalctl -q --no-pager --all -o json"
    if cursor:
        begin = f"--after-cursor={shlex.quote(cursor)}"
    else:
        begin = f"--since={shlex.quote(since)}" if since else f"-n {MOST}"
    newest = f"end=$({about} --output-fields=UNIT -n 1)"
    asked = f"{about} --output-fields={_FIELDS} {begin} {_matches(programs)}"
    return f"{newest}; {asked} && printf '{_END} %s\\n' \"$end\""


def _matches(programs: Sequence[Program]) -> str:
    """What the programs say, and what systemd says of their units."""
    found = [f"{key}={unit}" for program in programs for unit in program.units for key in ("_SYSTEMD_UNIT", "UNIT")]
    found += [f"CONTAINER_TAG={program.tag}" for program in programs if program.tag]
    return " + ".join(map(shlex.quote, found))


def parse(host: str, programs: Sequence[Program], output: str) -> tuple[list[Line], str]:
    """Lines in the journal's order, and the cursor from which to go on. Raises ValueError, KeyError."""
    *listed, last = output.splitlines() or [""]
    if not last.startswith(_END):
        raise ValueError(f"not the end of a journal: {last[:80]!r}")
    entries = [json.loads(text) for text in listed]
    newest = last.removeprefix(_END).strip()
    cursor = entries[-1]["__CURSOR"] if entries else json.loads(newest)["__CURSOR"] if newest else ""
    return [line for entry in entries for line in _lines(host, programs, entry)], cursor


def _lines(host: str, programs: Sequence[Program], entry: dict[str, Any]) -> Iterator[Line]:
    program = _program(programs, entry)
    if program:
        for text in _text(entry.get("MESSAGE")).splitlines():
            yield Line(int(entry["__REALTIME_TIMESTAMP"]) / 1e6, host, program.name, _plain(text))


def _program(programs: Sequence[Program], entry: dict[str, Any]) -> Program | None:
    """Messages of a container have the Docker Engine's unit, too."""
    if tag := entry.get("CONTAINER_TAG"):
        return next((program for program in programs if program.tag == tag), None)
    units = {entry.get("_SYSTEMD_UNIT"), entry.get("UNIT")}
    return next((program for program in programs if units.intersection(program.units)), None)


def _text(message: object) -> str:
    """journalctl gives what is not UTF-8 as a list of bytes."""
    return bytes(message).decode(errors="replace") if isinstance(message, list) else str(message or "")


def _plain(text: str) -> str:
    """Without a time of its own, and without what would move a terminal's cursor: clients choose parts of it."""
    said = _of_caddy(text) if text.startswith("{") else _OWN_TIME.sub("", text)
    return "".join(letter if letter.isprintable() else " " for letter in said)


def _of_caddy(text: str) -> str:
    try:
        entry = json.loads(text)
        head = f"{entry['level']} {entry['msg']}"
    except (ValueError, KeyError, TypeError):
        return text
    rest = {key: value for key, value in entry.items() if key not in _OF_CADDY}
    return f"{head} {json.dumps(rest, ensure_ascii=False)}" if rest else head
