"""systemd units that run what is on the disk: enabled, active, started after the files that they read were written."""

import shlex
from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.keeping import keep
from envivo.operations.output import host_failed, parsed_fact
from envivo.operations.reasons import LOST, OLDER, UNREAD, Difference, because
from envivo.operations.stopped import leave_stopped
from envivo.state import stopped
from envivo.state.desired import Unit
from envivo.state.stopped import Stopped
from envivo.state.systemd import blocks

_TIMES = ("Written", "Rewritten", "Read")
_OWN = (*_TIMES, "Undone", "Listed", "Stopped")
"""Lines that are not systemd's."""
_PROPERTIES = "Id,ActiveState,FreezerState,UnitFileState,NeedDaemonReload,ExecMainStartTimestamp,ActiveEnterTimestamp"


class UnitState(NamedTuple):
    active: bool
    enabled: bool
    stale_definition: bool
    """systemd has not read the unit's files since they changed."""
    started: float
    """Seconds since 1970, 0 if never."""
    written: float
    """Modification time of the newest file that it reads; seconds since 1970."""
    masked: bool = False
    until_boot: bool = False
    """Whether it is masked until the next boot only: `systemctl mask --runtime`."""
    frozen: bool = False
    """By `systemctl freeze`: it is active, and nothing of it runs."""
    rewritten: float = 0
    """Modification time of the file that it rereads; seconds since 1970."""
    read: float = 0
    """Modification time of that file as the unit last read it, by its status; 0 if it reports none."""
    holds: bool = True
    stopped: Stopped | None = None
    """By whom it was stopped on purpose: it is not started then."""


class UnitStates(FactBase[dict[str, UnitState]]):
    """State of each unit, and of all loaded units that match the patterns."""

    @staticmethod
    def default() -> dict[str, UnitState]:
        return {}

    def command(self, units: list[Unit], patterns: list[str]) -> str:
        lines = [f"systemctl show --timestamp=us+utc -p {_PROPERTIES} {shlex.join(unit.name for unit in units)}"]
        for unit in units:
            if unit.reads:  # find without a path looks at the working directory
                newest = f"find {shlex.join(unit.reads)} -printf '%T@\\n' 2>/dev/null | sort -n | tail -n 1"
                lines.append(f"echo 'Written={unit.name} '$({newest})")
            if unit.holds:
                lines.append(f"{{ {unit.holds}; }} >/dev/null 2>&1 || echo 'Undone={unit.name}'")
            if unit.rereads:
                reported = f'sed -n \'s/.*"configuration_written": "\\([0-9.]*\\)".*/\\1/p\' {shlex.quote(unit.tells)}'
                lines.append(
                    f"echo 'Rewritten={unit.name} '$(find {shlex.quote(unit.rereads)} -printf '%T@' 2>/dev/null)"
                )
                lines.append(f"echo 'Read={unit.name} '$({reported} 2>/dev/null)")
        if patterns:
            lines.append(
                f"systemctl list-units --all --plain --no-legend --full {shlex.join(patterns)} | sed 's/^/Listed=/'"
            )
        return "; ".join([*lines, stopped.question("Stopped="), "true"])

    @parsed_fact
    def process(self, output: list[str]) -> dict[str, UnitState]:
        return parse(output)


def parse(output: Sequence[str]) -> dict[str, UnitState]:
    """Reads what `UnitStates` prints: a block of Key=value for each unit, then lines of times and Listed= lines."""
    lines = [line.partition("=") for line in output]
    shown = blocks("".join(line) for line in lines if line[0] not in _OWN)
    states = {block["Id"]: _state(block) for block in shown if "Id" in block}
    for key, _, value in lines:
        if key in _TIMES:
            name, _, moment = value.partition(" ")
            if name in states:
                states[name] = _at(states[name], key, float(moment or 0))
        elif key == "Undone" and value in states:
            states[value] = states[value]._replace(holds=False)
        elif key == "Listed":
            name, _, active = value.split()[:3]
            states.setdefault(name, UnitState(active in ("active", "activating"), True, False, 0, 0))
        elif key == "Stopped":
            for name, said in stopped.parse([value]).items():
                if name in states:
                    states[name] = states[name]._replace(stopped=said)
    return states


def _state(block: Mapping[str, str]) -> UnitState:
    return UnitState(
        active=block["ActiveState"] in ("active", "reloading"),
        enabled=block["UnitFileState"] == "enabled",
        masked=block["UnitFileState"].startswith("masked"),
        until_boot=block["UnitFileState"] == "masked-runtime",
        frozen=block.get("FreezerState") == "frozen",
        stale_definition=block["NeedDaemonReload"] == "yes",
        # a timer or path has no process
        started=_seconds(block.get("ExecMainStartTimestamp", block["ActiveEnterTimestamp"])),
        written=0,
    )


def _at(state: UnitState, key: str, moment: float) -> UnitState:
    if key == "Read":
        return state._replace(read=moment)
    return state._replace(rewritten=moment) if key == "Rewritten" else state._replace(written=moment)


def _seconds(stamp: str) -> float:
    """`Mon 2026-11-23 23:40:52.123456 UTC` -> seconds since 1970; empty or n/a -> 0."""
    if not stamp or stamp == "n/a":
        return 0
    return datetime.strptime(stamp.replace("UTC", "+0000"), "%a %Y-%m-%d %H:%M:%S.%f %z").timestamp()


class UnitStep(NamedTuple):
    """A command that brings a unit to its wanted state, and why."""

    command: str
    difference: Difference


def steps(wanted: Sequence[Unit], states: dict[str, UnitState]) -> list[UnitStep]:
    """Steps that make the wanted units run what is on the disk, and stop units that are not wanted."""
    found: list[UnitStep] = []

    def step(name: str, what: str, verb: str, *follows: str) -> None:
        found.append(UnitStep(f"systemctl {verb} {shlex.quote(name)}", Difference(name, what, follows)))

    for unit in wanted:
        state = states.get(unit.name) or UnitState(False, False, False, 0, 0)
        if state.masked:
            step(unit.name, "is masked", "unmask -q --runtime" if state.until_boot else "unmask -q")
        if not state.enabled:
            step(unit.name, "does not start at boot", "enable -q")
        if state.stopped:
            continue
        if state.frozen:
            step(unit.name, "is frozen", "thaw")
        if not (state.active and state.holds):
            step(unit.name, LOST if state.active else "does not run", "restart", *(unit.reads if state.active else ()))
        elif state.stale_definition or state.written > state.started:
            step(unit.name, OLDER, "restart", *unit.reads)
        elif state.rewritten > state.read:
            step(unit.name, UNREAD.format(unit.rereads), "reload", unit.rereads)
    for name in sorted(states.keys() - {unit.name for unit in wanted}):
        # a unit that has failed would stay listed
        gone, file = shlex.quote(name), shlex.quote(stopped.file(name))
        end = f"systemctl disable -q --now {gone} && {{ systemctl reset-failed {gone} 2>/dev/null; rm -f {file}; }}"
        found.append(UnitStep(end, Difference(name, "is no longer configured", removes=True)))
    return found


def commands(wanted: Sequence[Unit], states: dict[str, UnitState]) -> list[str]:
    """Commands of the steps, after a daemon-reload where unit files have changed."""
    # systemd does not report the service that a timer starts
    known = [states[unit.name] for unit in wanted if unit.name in states and not states[unit.name].stopped]
    stale = any(state.stale_definition or 0 < state.started < state.written for state in known)
    return [*(["systemctl daemon-reload"] if stale else []), *(step.command for step in steps(wanted, states))]


def put_back(wanted: Sequence[Unit], family: Sequence[str] = ()) -> str:
    """Lines of templates/operations/restore.sh.j2."""
    lines = [shlex.join(["unit", unit.name, unit.holds or "true", unit.rereads, *unit.reads]) for unit in wanted]
    others = [shlex.join(["only", *family, "--", *(unit.name for unit in wanted)])] if family else []
    return "\n".join([*lines, *others])


@operation()
def units(wanted: Sequence[Unit], family: Sequence[str] = ()) -> Generator[StringCommand, None, None]:
    """The units are enabled and run what is on the disk; others of the family (patterns) are stopped.

    Compares times instead of reacting to a change: where a run died before the restart, the next one restarts
    (docs/notes/pyinfra.md#lost-handlers).
    """
    keep(host, [], put_back(wanted, family), [unit.name for unit in wanted])
    states = host.get_fact(UnitStates, units=list(wanted), patterns=list(family))
    if host_failed():
        return
    leave_stopped(host, [state.stopped for unit in wanted if (state := states.get(unit.name)) and state.stopped])
    lines = commands(wanted, states)
    if lines:
        because(host, [step.difference for step in steps(wanted, states)])
    else:
        host.noop("all units are up to date")
    for line in lines:
        yield StringCommand(line)
