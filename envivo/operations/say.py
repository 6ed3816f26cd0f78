"""What a host's answer means, said in the course of a deploy."""

from collections.abc import Callable, Generator

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.output import host_failed, parsed_fact


class CommandOutput(FactBase[str]):
    @staticmethod
    def default() -> str:
        return ""

    def command(self, ask: str) -> str:
        return ask

    @parsed_fact
    def process(self, output: list[str]) -> str:
        return "\n".join(output)


@operation()
def say(ask: str, words: Callable[[str], str]) -> Generator[StringCommand, None, None]:
    """Changes nothing. `words`: what to say of the answer; empty: nothing."""
    answer = host.get_fact(CommandOutput, ask=ask)
    if host_failed():
        return
    if said := words(answer):
        host.log(said)
    host.noop("nothing to change")
    yield from ()
