"""Checks of every host, and of every unit."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from envivo.plan.drift import drift
from envivo.probes import load, ports
from envivo.probes.absence import absence
from envivo.probes.units import unit_state
from envivo.remote import RemoteShell, UnreachableError
from envivo.roles.base.settings import Base
from envivo.roles.role import Evidence, Target
from envivo.state import deployed, stopped
from envivo.state.desired import Listener
from envivo.state.stopped import Stopped
from envivo.state.systems import System, never_tried
from envivo.status.rows import span
from envivo.verify.engine import Check, Observation
from envivo.verify.findings import Finding

_OF_THE_SYSTEM = {("udp", 68), ("udp", 546)}
"""Ports of the DHCP client."""
_APART_S = 30
_MINUTE_S = 60
"""Of two clocks. TURN's credentials, which one host makes and another one believes, last a day."""
_EPHEMERAL = 32768
"""First of the ports that Linux chooses by itself (ip(7), ip_local_port_range)."""


def checks(target: Target[Base], evidence: Evidence) -> Iterator[Check]:
    commands = takes_commands(target, evidence)
    reachable = Check(target.name, "envivo is deployed", lambda: _deployed(target), (commands,))
    evidence.reachable[target.name] = reachable
    evidence.plan_needs[target.name] = [reachable]
    yield from (commands, reachable)
    if target.settings.untested_system:
        yield Check(target.name, "its system is allowed, although untested", lambda: _system(target), (reachable,))
    evidence.loads[target.name] = partial(load.load, target.shell)
    yield Check(target.name, "reports its load", lambda: _load(evidence.loads[target.name]), (reachable,))
    yield right_clock(target, reachable)
    yield Check(target.name, "no undeclared port is open", lambda: _undeclared(target), (reachable,))


def takes_commands(target: Target[Any], evidence: Evidence) -> Check:
    """The first check of a host, which all others need."""
    reachable = Check(target.name, "accepts commands as root", lambda: _reachable(target))
    evidence.reachable[target.name] = reachable
    evidence.plan_needs[target.name] = [reachable]
    return reachable


def right_clock(target: Target[Any], reachable: Check) -> Check:
    return Check(target.name, "its clock is right", lambda: _clock(target), (reachable,))


def starts_at_boot(target: Target[Any], unit: str, reachable: Check) -> Check:
    return Check(target.name, f"{unit} starts at boot", lambda: _enabled(target, unit), (reachable,))


def as_deployed(host: str, evidence: Evidence) -> Check:
    needs = tuple(evidence.plan_needs[host])
    return Check(host, "a deploy would change nothing", lambda: drift(host, evidence.plan(host)), needs)


def listening_ports(target: Target[Any], listeners: Sequence[Listener], logs: str) -> Iterator[Finding]:
    """Listeners that are not there. `logs`: the fix if deploying again does not help."""
    there = ports.listening(target.shell.run("ss -Hlntu").out)
    for listener in listeners:
        if listener.last:  # relays come and go
            continue
        for protocol in listener.protocols:
            if (protocol, listener.port) not in there:
                what = f"nothing listens on {listener.port}/{protocol} ({listener.setting})"
                yield Finding(target.name, "not-listening", what, f"deploy again; if the problem persists, {logs}")


def _reachable(target: Target[Any]) -> Iterator[Finding]:
    try:
        said = target.shell.run("id -u")
    except UnreachableError as error:
        yield Finding(target.name, "host-unreachable", error.what, error.fix)
        return
    if said.out.strip() != "0":
        what = f"commands do not run as root ({(said.err or said.out).strip()})"
        yield Finding(
            target.name,
            "not-root",
            what,
            "log in as root, or let the user sudo without a password and set _sudo = True in group_data",
        )


def _deployed(target: Target[Any]) -> Iterator[Finding]:
    if gone := absence(target.shell):
        yield Finding(target.name, deployed.CODE, gone.words, deployed.FIX)


def _system(target: Target[Base]) -> Iterator[Observation]:
    said = target.shell.run('. /etc/os-release; echo "$ID-$VERSION_ID"; echo "$ID $ID_LIKE"; echo "$PRETTY_NAME"')
    name, like, title, *_ = [*said.out.splitlines(), "", "", ""]
    if name not in target.context.systems:
        yield Observation(never_tried(System(name, like.split(), title), target.context.systems))


def _load(measure: Callable[[], load.Load]) -> Iterator[Observation]:
    """Never a finding by itself: what fails for it, says so (roles/base/causes.py)."""
    try:
        yield Observation(str(measure()))
    except ValueError:
        yield Observation("cannot be measured here")


def _clock(target: Target[Any]) -> Iterator[Finding | Observation]:
    """Against that of this computer. By a host's clock certificates are valid, and recordings are named and deleted."""
    before = time.time()
    said = target.shell.run("date +%s.%N").out
    after = time.time()
    try:
        there = float(said)
    except ValueError:
        yield Observation("it did not report its time")
        return
    ahead = there - after if there > after else min(0.0, there - before)
    if abs(ahead) > _APART_S:
        how = "ahead of" if ahead > 0 else "behind"
        apart = span(abs(ahead) if abs(ahead) < _MINUTE_S else _MINUTE_S * round(abs(ahead) / _MINUTE_S))
        what = f"its clock is {apart} {how} this computer's"
        yield Finding(target.name, "clock-wrong", what, "fix the clock that is wrong: timedatectl set-ntp true")


def _enabled(target: Target[Any], unit: str) -> Iterator[Finding]:
    state = unit_state(target.shell, unit)
    if not state.enabled:
        what = f"{unit} will not start after a reboot{f' ({state.hindrance})' if state.hindrance else ''}"
        fix = "deploy again" if state.hindrance else f"on {target.name}: systemctl enable {unit}"
        yield Finding(target.name, "unit-not-enabled", what, fix)


def stopped_on_purpose(target: Target[Any], key: str, down: str) -> Finding | None:
    """The one finding about a program that a person has stopped. `key`: its unit or service; `down`: what does not work
    without it."""
    by = stopper(target.shell, key)
    return Finding(target.name, "stopped", f"{by.program} is {by.words}, so {down}", by.to_start) if by else None


def stopper(shell: RemoteShell, key: str) -> Stopped | None:
    """Who has stopped a unit or service on purpose."""
    said = shell.run(stopped.question_about(key))
    return stopped.answered(key, said.code, said.out)


def _undeclared(target: Target[Base]) -> Iterator[Finding]:
    declared = {("tcp", target.ssh_port), *_OF_THE_SYSTEM}
    for entry in target.settings.other_ports:
        port, protocol = entry.split("/")
        declared.add((protocol, int(port)))
    listeners = target.context.listeners
    declared |= {
        (protocol, number)
        for listener in listeners
        if not listener.loopback
        for protocol in listener.protocols
        for number in listener.ports
    }
    inner = {
        (protocol, listener.port): listener.setting
        for listener in listeners
        if listener.loopback
        for protocol in listener.protocols
    }
    seen = {
        socket
        for socket in ports.sockets(target.shell.run("ss -Hlntup").out)
        if not socket.loopback and not ports.held_only_by(socket, target.settings.other_programs)
    }
    for socket in sorted(seen):
        key, port = (socket.protocol, socket.port), f"port {socket.port}/{socket.protocol}"
        if key in inner:
            what = f"{port} ({inner[key]}) is open to the network, but should listen on loopback only"
            yield Finding(target.name, "port-exposed", what, "deploy again")
        elif key not in declared:
            what = f"{port} is open to the network ({socket.program}), but is not in the settings"
            yield Finding(target.name, "port-undeclared", what, f"stop the program, or allow it: {_allowing(socket)}")


def _allowing(socket: ports.Socket) -> str:
    """The setting that allows it: the port, or the program where the kernel chose the port."""
    if socket.port < _EPHEMERAL or socket.program == ports.UNKNOWN:
        return f'base={{"other_ports": ["{socket.port}/{socket.protocol}"]}}'
    return f'base={{"other_programs": ["{socket.program}"]}}'
