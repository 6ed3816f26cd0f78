"""Messages of an environment's programs, of all hosts at once, in the order of time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from envivo.core.errors import EnvivoError
from envivo.orchestration.named import named, spelt
from envivo.orchestration.target import Place
from envivo.state.program import Program
from envivo.status.journal import Line, parse, question

_WITHIN_S = 60
FOLLOWED_WITHIN_S = 5
"""Seconds that a hanging host delays the lines of the others."""


@dataclass
class Source:
    """A host, and how far its journal was read."""

    place: Place
    programs: Sequence[Program]
    cursor: str = field(default="", repr=False)

    def read(self, since: str, within_s: int) -> list[Line]:
        """`since`: counts the first time. Raises EnvivoError."""
        done = self.place.shell.run(question(self.programs, since, self.cursor), within_s)
        try:
            lines, self.cursor = parse(self.place.name, self.programs, done.out)
        except (ValueError, KeyError) as error:
            why = done.err.strip() or str(error)
            raise EnvivoError(self.place.name, f"its journal cannot be read ({why})", "envivo verify ENV") from None
        return lines


def sources(places: Sequence[Place], name: str = "") -> list[Source]:
    """Hosts with those of their programs that the name stands for. Raises EnvivoError (exit code 2)."""
    chosen = named(places, spelt(places, name))
    return [Source(place, chosen[place.name]) for place in places if place.name in chosen]


def read(asked: Sequence[Source], since: str, within_s: int = _WITHIN_S) -> tuple[list[Line], list[EnvivoError]]:
    """What has come since the last time, else since a time, and why hosts did not answer."""

    def lines_of(source: Source) -> list[Line] | EnvivoError:
        try:
            return source.read(since, within_s)
        except EnvivoError as error:
            return error

    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(lines_of, asked))
    lines = [line for answer in answers if not isinstance(answer, EnvivoError) for line in answer]
    return sorted(lines, key=lambda line: line.at), [answer for answer in answers if isinstance(answer, EnvivoError)]
