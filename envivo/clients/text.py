"""Rows as text to read and copy."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from envivo.clients import ProgramRow

COLUMNS = 120


def text(rows: Sequence[ProgramRow]) -> Iterator[str]:
    """Lines, by path and action. A program's note stands where it is met first."""
    said: set[tuple[str, str]] = set()
    for path, of_path in groupby(rows, attrgetter("path")):
        yield path
        for action, of_action in groupby(of_path, attrgetter("action")):
            yield f"  {action}"
            for row in of_action:
                yield f"    {row.program}"
                for line in row.line.splitlines():
                    yield from (f"      {part}" for part in wrapped(line, COLUMNS - 6))
                notes = [(row.program, note) for note in row.notes]
                yield from (f"        - {note}" for _, note in notes if (row.program, note) not in said)
                said.update(notes)


def wrapped(command: str, columns: int) -> Iterator[str]:
    """Lines of at most `columns`, where words allow it, that a shell reads as the one command.

    An option stays with its value, an element of GStreamer with the `!` before it.
    """
    line = ""
    for words in re.findall(r"(?:-[^\s=]+ (?!-)|! )?\S+", command):
        longer = f"{line} {words}" if line else words
        if line.strip() and len(f"{longer} \\") > columns:
            yield f"{line} \\"
            longer = f"  {words}"
        line = longer
    yield line
