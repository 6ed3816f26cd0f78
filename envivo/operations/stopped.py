"""Programs that were stopped on purpose: a deploy says so, brings their files, and does not start them."""

from collections.abc import Sequence
from typing import Any

from pyinfra.api import FactBase

from envivo.operations.output import parsed_fact
from envivo.state.stopped import Stopped, parse, question

STAYING: dict[str, list[Stopped]] = {}
"""By host: those that operations leave stopped."""


class StoppedPrograms(FactBase[dict[str, Stopped]]):
    """By unit or service."""

    @staticmethod
    def default() -> dict[str, Stopped]:
        return {}

    def command(self) -> str:
        return question()

    @parsed_fact
    def process(self, output: list[str]) -> dict[str, Stopped]:
        return parse(output)


def staying() -> list[Stopped]:
    """Of all hosts, each once: pyinfra may call an operation twice."""
    return list(dict.fromkeys(program for programs in STAYING.values() for program in programs))


def leave_stopped(host: Any, programs: Sequence[Stopped]) -> None:
    for program in programs:
        host.log(program.stays)
    STAYING.setdefault(host.name, []).extend(programs)
