"""What an earlier deploy brought and the present settings do not want: stopped and removed. State in VAR stays."""

import shlex
from collections.abc import Generator, Sequence

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.output import given_up
from envivo.operations.reasons import Difference, because
from envivo.state.desired import Removable


class PresentPaths(FactBase[list[str]]):
    @staticmethod
    def default() -> list[str]:
        return []

    def command(self, paths: list[str]) -> str:
        return f"for path in {shlex.join(paths)}; do [ ! -e $path ] || echo $path; done"

    def process(self, output: list[str]) -> list[str]:
        return output


def removal(leftover: Removable) -> str:
    """Stops before it removes, and can be repeated when it was interrupted: the paths go last."""
    lines = []
    if leftover.units:
        names = shlex.join(leftover.units)
        lines.append(f"systemctl list-units --all --plain --no-legend --full {names} | while read -r unit _; do "
                     'systemctl disable -q --now "$unit" 2>/dev/null || systemctl stop "$unit"; '
                     'systemctl reset-failed "$unit" 2>/dev/null || true; done')  # fmt: skip
    if leftover.undo:
        lines.append(leftover.undo)
    lines.append(f"rm -rf {shlex.join(leftover.paths)}")
    lines.append("systemctl daemon-reload")
    return " && ".join(f"{{ {line}; }}" for line in lines)


def deviation(leftover: Removable, present: Sequence[str]) -> Difference:
    there = ", ".join(path for path in leftover.paths if path in present)
    return Difference(leftover.name, f"should not be here any more ({there})")


@operation()
def leftovers(unwanted: Sequence[Removable]) -> Generator[StringCommand, None, None]:
    present = host.get_fact(PresentPaths, paths=[path for one in unwanted for path in one.paths]) if unwanted else []
    if given_up():
        return
    there = [one for one in unwanted if set(one.paths) & set(present)]
    if there:
        because(host, [deviation(one, present) for one in there])
    else:
        host.noop("nothing is left of what is not wanted")
    for one in there:
        yield StringCommand(removal(one))
