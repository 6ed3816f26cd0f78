"""Rows of the overview, and the questions whose answers they come from. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from envivo.verify.findings import Finding, naming

PATHS, AGENTS, CONTAINERS, SERVICES, CERTIFICATES, HOSTS = (
    "paths", "agents", "containers", "services", "certificates", "hosts",
)  # fmt: skip
COLUMNS: Mapping[str, Sequence[str]] = {
    PATHS: ("state", "for", "publisher", "video", "size", "fps", "kbit/s", "key frames", "sound", "viewers"),
    AGENTS: ("host", "state", "for", "encoder", "fps", "kbit/s", "restarts", "says"),
    CONTAINERS: ("host", "state", "for", "image", "restarts"),
    SERVICES: ("host", "state"),
    CERTIFICATES: ("host", "left", "issuer"),
    HOSTS: ("load", "free memory", "free disk", "recordings", "last change", "system"),
}
"""Sections in their order, and the order of their columns. A role may add sections and columns of its own."""

Mood = Literal["idle", "good", "held", "bad"]
"""From what says least to what says most. `held`: a person has stopped it, or what it needs."""
_MOODS: Sequence[Mood] = get_args(Mood)


@dataclass(frozen=True)
class Row:
    section: str
    name: str
    cells: Mapping[str, str] = field(default_factory=dict)
    """Column -> text."""
    data: Mapping[str, object] = field(default_factory=dict)
    """For --json."""
    mood: Mood = "good"
    quiet: bool = False
    """Not shown to people unless something is the matter: only counted."""
    code: str = ""
    """Of the finding that says why it is bad."""

    @property
    def shown(self) -> bool:
        return not self.quiet or self.mood in ("held", "bad")


@dataclass(frozen=True)
class Notice:
    """What a person has done on purpose: shown, and not a finding."""

    host: str
    message: str
    fix: str
    """What ends it."""
    program: str = ""
    """The program that was stopped."""
    silences: Sequence[str] = ()
    """Codes of findings that only follow from it."""

    def __str__(self) -> str:
        return f"{self.host}: {self.message}: {self.fix}"

    def of(self, env: str) -> "Notice":
        """The notice, whose fix can be pasted."""
        return replace(self, fix=naming(env, self.fix))


@dataclass(frozen=True)
class Question:
    """A shell command that changes nothing, and the meaning of what it prints."""

    command: str
    read: Callable[[str], Iterable[Row | Finding | Notice]]
    """Raises ValueError, TypeError, KeyError or IndexError for what is not an answer."""


def merged(rows: Iterable[Row]) -> list[Row]:
    """Rows of one section and name as one: a media host and a camera host each know a part of a path."""
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = row.section, row.name
        known = found.get(key, Row(row.section, row.name, mood="idle", quiet=row.quiet))
        mood = max(known.mood, row.mood, key=_MOODS.index)
        quiet = known.quiet and row.quiet
        code = known.code or row.code
        found[key] = Row(*key, {**known.cells, **row.cells}, {**known.data, **row.data}, mood, quiet, code)
    return list(found.values())


def by_section(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Sections in their order; in each, what is wrong first, then what is held."""
    listed = merged(rows)
    names = dict.fromkeys([*COLUMNS, *(row.section for row in listed)])
    found = {name: [row for row in listed if row.section == name] for name in names}
    return {name: sorted(rows, key=_urgency) for name, rows in found.items() if rows}


def _urgency(row: Row) -> tuple[bool, bool]:
    return row.mood != "bad", row.mood != "held"


def columns(section: str, rows: Iterable[Row]) -> list[str]:
    """Columns of a section that any of its rows fills."""
    filled = dict.fromkeys(column for row in rows for column, text in row.cells.items() if text)
    known = [column for column in COLUMNS.get(section, ()) if column in filled]
    return [*known, *(column for column in filled if column not in known)]


def figure(value: float | None, of: int | None = None) -> str:
    """`30`, `30 of 30`; None: it has not been measured for long enough to say."""
    if value is None:
        return "measuring"
    return f"{value:.0f}" if of is None else f"{value:.0f} of {of}"


def span(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 5 min`, `4 d 2 h`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"
