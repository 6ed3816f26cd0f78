"""Progress of a fetch on stderr: a live line for each artifact, or plain lines where stderr is not a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from envivo.artifacts.lock import Item


@dataclass(frozen=True)
class ProgressLine:
    """The watcher of one artifact."""

    display: Progress
    task: TaskID
    label: str

    def step(self, text: str) -> None:
        self.detail(text)
        if not self.display.console.is_terminal:
            _print(self.display.console, f"{self.label}: {text}")

    def detail(self, text: str) -> None:
        self.display.update(self.task, doing=text, total=None, completed=0)

    def size(self, done: int, total: int | None) -> None:
        self.display.update(self.task, completed=done, total=total)

    def done(self, text: str) -> None:
        self.step(text)
        self.size(1, 1)


@dataclass(frozen=True)
class Display:
    display: Progress

    def line(self, item: Item) -> ProgressLine:
        return ProgressLine(self.display, self.display.add_task(item.label, doing="", total=None), item.label)

    def say(self, text: str) -> None:
        _print(self.display.console, text)


@contextmanager
def display() -> Iterator[Display]:
    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        TextColumn(
            "{task.fields[doing]}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")
        ),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, expand=True, disable=not console.is_terminal) as progress:
        yield Display(progress)


def _print(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
