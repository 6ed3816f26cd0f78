"""Removal of envivo from hosts: looks, removes under the deploy lock, and looks again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from envivo import inventory
from envivo.config.lazy import Placeholder
from envivo.core.errors import EnvivoError, SettingsError
from envivo.core.names import ensure_known
from envivo.core.paths import PROJECT
from envivo.inventory import Host, Inventory
from envivo.operations import lease
from envivo.operations.prune import removal
from envivo.orchestration import deployed_hosts, validation
from envivo.orchestration.deploying import journal
from envivo.orchestration.holding import held, run_held
from envivo.orchestration.removing.kept import Kept, kept
from envivo.orchestration.removing.seen import Seen, answered, apt_command, last_script, question
from envivo.orchestration.target import Place, places
from envivo.probes.ports import sockets
from envivo.remote import RemoteShell
from envivo.ssh import keys
from envivo.verify.findings import Finding

_LOOK_WITHIN_S, _PART_WITHIN_S = 120, 300
Say = Callable[[str], None]


@dataclass(frozen=True)
class Targets:
    env: str
    hosts: tuple[Host, ...]
    read: Inventory | None = None
    """The whole inventory, where its settings are valid."""


@dataclass(frozen=True)
class Removed:
    """What came of a host."""

    host: str
    removed: tuple[str, ...] = ()
    stays: Kept = Kept()  # noqa: RUF009 - a tuple
    findings: tuple[Finding, ...] = ()
    at: str = field(default_factory=journal.now, compare=False)
    """UTC, RFC 3339."""

    def entry(self, owner: str, purge: bool) -> journal.Entry:
        """For the history, the same whenever it is asked for."""
        cause = str(self.findings[0]) if self.findings else ""
        made = journal.entry(owner, f"{'purge' if purge else 'remove'} {self.host}", 0, cause)
        return replace(made, at=self.at)

    @property
    def row(self) -> dict[str, Any]:
        rows = {"removed": self.removed, "kept": self.stays.lines, "foreign": self.stays.foreign}
        return {**{name: list(lines) for name, lines in rows.items()}, "packages": self.stays.packages}


def targets(env: str, name: str | None, group_data: Sequence[Path] = ()) -> Targets:
    """The hosts to remove envivo from: one, or all that the inventory lists and deploys have changed.

    Settings may be wrong: a host that they need may be gone already. Raises EnvivoError
    (exit code 2).
    """
    known = {name: entry.host for name, entry in deployed_hosts.read(env).items()}
    inventory.ensure_project()
    file = PROJECT / "inventories" / f"{env}.py"
    if not file.is_file() and not known:
        inventory.named(env)
    listed: dict[str, Host] = {}
    read = None
    if file.is_file():
        found = inventory.read(file, group_data)
        listed = {host.name: host for host in found.hosts}
        left = {entry.host.name: entry.host for entry in deployed_hosts.left_inventory(found)}
        try:
            validation.validate(found)
            read = found if listed else None
        except SettingsError:
            pass
    else:
        left = known
    everything = {**left, **listed}
    if name:
        there = {**everything, **known}
        ensure_known(name, f"{env} was never deployed to this host", there, "there is nothing to remove")
    hosts = [{**known, **everything}[name]] if name else list(everything.values())
    if not hosts:
        raise EnvivoError(env, "has no hosts", "there is nothing to remove", exit_code=2)
    reached = [host.data[key] for host in hosts for key in keys.KEYS if key in host.data]
    if lacking := [value.problem for value in reached if isinstance(value, Placeholder)]:
        raise SettingsError(list(dict.fromkeys(lacking)))
    return Targets(env, tuple(hosts), read)


def look(name: str, run: Callable[[str, int], str]) -> Seen:
    """What the host has of envivo. Raises EnvivoError."""
    try:
        return answered(run(question(), _LOOK_WITHIN_S))
    except ValueError as error:
        raise EnvivoError(name, f"gave an unexpected answer ({error})", "run the command again") from None


def looked_at(name: str, shell: RemoteShell) -> Seen:
    return look(name, lambda script, within_s: shell.run(script, within_s).out)


@dataclass(frozen=True)
class Losses:
    """What stops when hosts are removed, in words, and the ports that they serve."""

    words: tuple[str, ...] = ()
    ports: Mapping[str, frozenset[tuple[str, int]]] = field(default_factory=dict)


def losses(wanted: Targets, shells: Mapping[str, RemoteShell]) -> Losses:
    """Empty where the settings are not valid."""
    if wanted.read is None:
        return Losses()
    gone = {host.name for host in wanted.hosts}
    there = places(wanted.read, shells)
    ports = {
        place.name: frozenset((protocol, listener.port) for listener in place.context.listeners
                              for protocol in listener.protocols if not listener.last)
        for place in there if place.name in gone
    }  # fmt: skip
    return Losses(tuple(_words(there, gone)), ports)


def _words(there: Sequence[Place], gone: set[str]) -> Iterator[str]:
    for place in there:
        for role, part in place.roles if place.name in gone else ():
            for words in role.losses(place.target(part)):
                yield f"{place.name}: {words}"
    stay = [place for place in there if place.name not in gone]
    for place in there:
        for role, _ in place.roles if place.name in gone else ():
            if any(role.name == other.name for staying in stay for other, _ in staying.roles):
                continue
            for staying in stay:
                for other, _ in staying.roles:
                    if without := role.relied_on.get(other.name):
                        yield f"{staying.name} stays, but without {place.name}: {without}"


def remove(host: Host, shell: RemoteShell, purge: bool, ports: frozenset[tuple[str, int]], say: Say) -> Removed:
    """Removes envivo from a host; what could not be removed is a finding. Repeats what an interrupted one left."""
    done: list[str] = []
    mine = lease.ours()

    def on_host(script: str, within_s: int = _PART_WITHIN_S) -> str:
        return run_held(shell, mine, script, within_s)

    try:
        with held({host.name: shell}, mine, say) as refused:
            if refused:
                return Removed(host.name, findings=tuple(refused))
            before = look(host.name, on_host)
            for part in before.installed:
                say(f"{host.name}: removing {part.name}")
                on_host(removal(part, before.foreign))
                done.append(part.name)
            # a removal masks what it stops
            for left, lines in look(host.name, on_host).purged() if purge else ():
                say(f"{host.name}: removing {left.name}")
                on_host(left.purge)
                done += lines
            on_host(last_script(purge))
            say(f"{host.name}: looking again")
            after = look(host.name, on_host)
            result = _result(host.name, done, before, after, purge, ports)
            if not result.findings:
                with suppress(EnvivoError):  # it is removed even so
                    journal.note_on(shell, mine, result.entry(mine.owner, purge), begins=False)
            return result
    except EnvivoError as error:
        return unreachable(host.name, error, done)


def _result(
    name: str, done: Sequence[str], before: Seen, after: Seen, purge: bool, ports: frozenset[tuple[str, int]]
) -> Removed:
    fix = "find out why on the host, then run the command again"
    left = [*after.of_envivo, *([line for _, lines in after.purged() for line in lines] if purge else [])]
    left += [f"port {port}/{protocol}" for protocol, port in sorted(_served(before, ports) & _served(after, ports))]
    findings = [Finding(name, "still-there", f"is still there: {line}", fix) for line in left]
    stays = kept(after, purge)._replace(packages=apt_command(before.packages))
    return Removed(name, tuple(done), stays, tuple(findings))


def _served(seen: Seen, ports: frozenset[tuple[str, int]]) -> set[tuple[str, int]]:
    return {(socket.protocol, socket.port) for socket in sockets(seen.sockets)} & ports


def has_nothing(seen: Seen, purge: bool) -> bool:
    return not seen.of_envivo and not (purge and seen.purged())


def note(env: str, results: Sequence[Removed], purge: bool) -> None:
    """Notes from which hosts envivo was removed, and in the history what was done."""
    owner = lease.ours().owner
    for result in results:
        if result.removed or result.findings:
            journal.note_here(env, result.entry(owner, purge))
    deployed_hosts.removed(env, {result.host: bool(result.stays.lines) for result in results if not result.findings})


def unreachable(host: str, error: EnvivoError, done: Sequence[str] = ()) -> Removed:
    return Removed(host, tuple(done), findings=(Finding(host, "not-removed", error.what, error.fix),))
