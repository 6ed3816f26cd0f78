"""The overview for people: what is wrong first, then a table for each section."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from envivo.state import deployed
from envivo.status.rows import Notice, Row, by_section, columns
from envivo.verify.findings import Finding

_COLOURS = {"good": "green", "bad": "red", "idle": "dim", "held": "yellow"}
_COLOURED = "state"
"""Column whose text has the colour of the row."""


def rendered(
    env: str, rows: Iterable[Row], findings: Sequence[Finding], notices: Sequence[Notice] = ()
) -> Iterator[RenderableType]:
    yield verdict(env, findings, notices)
    for finding in findings:
        yield Text(f"  {finding.of(env)}", style="red")
    for notice in notices:
        yield Text(f"  {notice.of(env)}", style="yellow")
    for section, listed in by_section(rows).items():
        shown = [row for row in listed if row.shown]
        counted = len(listed) - len(shown)
        yield Text("")
        yield Text(f"{section}: {counted} run" if counted else section, style="bold")
        if shown:
            yield Padding(_table(section, shown), (0, 0, 0, 2), expand=False)


def verdict(env: str, findings: Sequence[Finding], notices: Sequence[Notice] = ()) -> Text:
    if not findings and notices:
        return Text(f"{env}: no problems, except for what was stopped or announced on purpose", style="yellow")
    if not findings:
        return Text(f"{env}: no problems", style="green")
    if all(finding.code == deployed.CODE for finding in findings):
        hosts = ", ".join(finding.host for finding in findings)
        return Text(f"{env}: envivo is not deployed on {hosts}", style="bold red")
    number = len(findings)
    return Text(f"{env}: {number} {'problem' if number == 1 else 'problems'}", style="bold red")


def _table(section: str, rows: Sequence[Row]) -> Table:
    headings = columns(section, rows)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("", *headings):
        table.add_column(heading, overflow="fold")
    for row in rows:
        name = Text(row.name, style="red" if row.mood == "bad" else "")
        table.add_row(name, *(_cell(row, heading) for heading in headings))
    return table


def _cell(row: Row, heading: str) -> Text:
    return Text(row.cells.get(heading, ""), style=_COLOURS[row.mood] if heading == _COLOURED else "")


def as_data(rows: Iterable[Row]) -> dict[str, dict[str, object]]:
    """Section -> name -> values, for --json."""
    return {section: {row.name: dict(row.data) for row in listed} for section, listed in by_section(rows).items()}
