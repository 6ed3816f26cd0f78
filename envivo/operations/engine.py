"""Containers that outlive the Docker Engine: live-restore in its configuration, applied by a reload."""

import base64
import shlex
from collections.abc import Generator, Sequence

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.fail_host import fail_host
from envivo.operations.known import known_fact
from envivo.operations.output import host_failed, parsed_fact
from envivo.operations.reasons import Difference, because
from envivo.render import render
from envivo.state.docker import LIVE, PATIENCE
from envivo.state.live_restore import ADDED, CONFIG, KEY, UNIT, EngineState, decide

STATE = f"{PATIENCE} docker info -f '{LIVE}'"
"""Prints LIVE of the running Engine; fails where none answers."""
_CONFIG_OPTION = 'sub(/^--config-file=/, "") { print; exit } its { print; exit } $0 == "--config-file" { its = 1 }'
"""awk program: prints the file that dockerd's --config-file names. Input: one option a line."""


class Engine(FactBase[EngineState]):
    """`asks`: whether it asks the Engine, which takes most of the time."""

    @staticmethod
    def default() -> EngineState:
        return EngineState()

    def command(self, asks: bool = True) -> str:
        return "; ".join(
            [
                *([f"said=$({STATE} 2>/dev/null) && echo said $said"] if asks else []),
                f"pid=$(systemctl show -P MainPID {UNIT} 2>/dev/null)",
                "options=$(cat /proc/${pid:-0}/cmdline 2>/dev/null | tr '\\0' '\\n')",
                'echo options $(printf %s "$options" | base64 -w 0)',
                f"file=$(printf '%s\\n' \"$options\" | awk {shlex.quote(_CONFIG_OPTION)}); file=${{file:-{CONFIG}}}",
                'echo file "$file"',
                '[ ! -e "$file" ] || echo content $(base64 -w 0 "$file")',
                "true",
            ]
        )

    @parsed_fact
    def process(self, output: list[str]) -> EngineState:
        return parse(output)


def parse(output: Sequence[str]) -> EngineState:
    """What `Engine` prints: lines of a word and its value. Raises ValueError."""
    said = {word: value for word, _, value in (line.partition(" ") for line in output)}
    live_restore, _, swarm = said.get("said", "").partition(" ")
    content = base64.b64decode(said["content"], validate=True) if "content" in said else None
    options = base64.b64decode(said.get("options", ""), validate=True).decode(errors="replace").split("\n")
    return EngineState(
        live_restore == "true", swarm or "inactive", tuple(options[1:]), said.get("file") or CONFIG, content
    )


def script(file: str, write: bool, added: str = ADDED) -> str:
    """A script that has the running Engine reload its configuration; with `write`, new content from standard input.

    Content that dockerd refuses is not put in place; content that the Engine does not take is rolled back.
    """
    return render(
        "operations/live-restore.sh.j2", file=shlex.quote(file), write=write, unit=UNIT, key=KEY, state=STATE,
        added=added, added_directory=added.rpartition("/")[0],
    ).rstrip("\n")  # fmt: skip


@operation()
def engine() -> Generator[StringCommand, None, None]:
    """Containers go on when the running Engine stops, is killed or upgraded."""
    seen = known_fact(Engine)
    if host_failed():
        return
    decision = decide(seen)
    if decision.remark:
        host.log(decision.remark)
    if decision.refusal:
        yield fail_host(decision.refusal)
    elif decision.write is not None:
        because(host, [Difference(seen.file, f"does not say {KEY}")])
        yield StringCommand(script(seen.file, write=True), _stdin=base64.encodebytes(decision.write).decode())
    elif decision.reload:
        because(host, [Difference(UNIT, f"has not applied {KEY} from {seen.file}")])
        yield StringCommand(script(seen.file, write=False))
    else:
        host.noop(decision.remark or "containers outlive the Engine")
