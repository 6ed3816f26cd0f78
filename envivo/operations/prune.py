"""Removal of what an earlier deploy installed and the present settings no longer need. State in VAR stays."""

import re
import shlex
from collections.abc import Generator, Sequence

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.keeping import keep
from envivo.operations.output import host_failed
from envivo.operations.reasons import Difference, because
from envivo.state.desired import Removable


class PresentPaths(FactBase[list[str]]):
    """Paths of `paths` that exist."""

    @staticmethod
    def default() -> list[str]:
        return []

    def command(self, paths: list[str]) -> str:
        return f"for path in {shlex.join(paths)}; do [ ! -e $path ] || echo $path; done"

    def process(self, output: list[str]) -> list[str]:
        return output


def removal(removable: Removable, spared: Sequence[str] = ()) -> str:
    """A script that stops the units, runs the teardown, then removes the paths: interrupted, it can be repeated.

    `spared`: files that stay, with the directories that they are in.
    """
    lines = []
    if removable.units:
        names = shlex.join(removable.units)
        lines.append(f"systemctl list-units --all --plain --no-legend --full {names} | while read -r unit _; do "
                     'systemctl disable -q --now "$unit" 2>/dev/null || systemctl stop "$unit"; '
                     'systemctl reset-failed "$unit" 2>/dev/null || true; done')  # fmt: skip
    if removable.teardown:
        lines.append(removable.teardown)
    below = {path: [file for file in spared if file.startswith(f"{path}/")] for path in removable.paths}
    if whole := [path for path, files in below.items() if not files]:
        lines.append(f"rm -rf {shlex.join(whole)}")
    for path, files in below.items():
        if files:
            others = " ".join(f"! -path {shlex.quote(literal(file))}" for file in files)
            lines.append(f"find {path} ! -type d {others} -delete; find {path} -depth -type d -empty -delete")
    lines.append("systemctl daemon-reload")
    return " && ".join(f"{{ {line}; }}" for line in lines)


def literal(path: str) -> str:
    """The path as a pattern of find that matches it alone."""
    return re.sub(r"([*?\[\]\\])", r"\\\1", path)


def deviation(removable: Removable, present: Sequence[str]) -> Difference:
    there = ", ".join(path for path in removable.paths if path in present)
    return Difference(removable.name, f"is no longer configured ({there})", removes=True)


def put_back(removables: Sequence[Removable]) -> str:
    """Lines of templates/operations/restore.sh.j2."""
    return "\n".join(
        f"if any {shlex.join(removable.paths)}; then ({removal(removable)}); fi" for removable in removables
    )


@operation()
def prune(removables: Sequence[Removable]) -> Generator[StringCommand, None, None]:
    """None of these is on the host."""
    keep(host, [], put_back(removables))
    paths = [path for removable in removables for path in removable.paths]
    present = host.get_fact(PresentPaths, paths=paths) if removables else []
    if host_failed():
        return
    there = [removable for removable in removables if set(removable.paths) & set(present)]
    if there:
        because(host, [deviation(removable, present) for removable in there])
    else:
        host.noop("nothing is left to remove")
    for removable in there:
        yield StringCommand(removal(removable))
