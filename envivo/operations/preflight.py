"""What must hold before anything on a host is changed."""

import base64
import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pyinfra import host, logger
from pyinfra.api import FactBase, StringCommand, operation

from envivo.artifacts import Image
from envivo.config.values import is_ipv4
from envivo.core.problems import Problem
from envivo.operations import space
from envivo.operations.apt import MissingPackages, Offered
from envivo.operations.engine import Engine
from envivo.operations.engine import parse as parse_engine
from envivo.operations.fail_host import fail_host
from envivo.operations.images import unusable
from envivo.operations.known import known_fact, remember
from envivo.operations.output import host_failed, parsed_fact
from envivo.operations.reasons import Difference, because
from envivo.state import docker
from envivo.state.containers import REVISION_LABEL, own
from envivo.state.desired import Listener
from envivo.state.live_restore import CONFIG, decide, problem
from envivo.state.systems import Least, System, choose, never_tried, system_problem

Listening = tuple[str, int, str, int]
"""Protocol, port, program, process."""


@dataclass
class HostFacts:
    """Facts that preflight needs. Sizes in MiB, by mount point; `os`, `like` and `title` as in `System`."""

    systemd: bool = False
    root: bool = False
    os: str = ""
    like: tuple[str, ...] = ()
    title: str = ""
    free: dict[str, int] = field(default_factory=dict)
    """Of the file systems that a deploy writes to."""
    yielding: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Directory whose oldest files may be deleted -> its mount point and size."""
    own_pids: set[int] = field(default_factory=set)
    resolved: dict[str, list[str]] = field(default_factory=dict)
    """Name -> IPv4 addresses, by the host's resolver."""
    addresses: set[str] = field(default_factory=set)
    """IPv4, of the host's interfaces."""
    documents: dict[str, bytes] = field(default_factory=dict)
    """Path -> content, of those that exist."""
    engine: list[str] = field(default_factory=list)
    """Of Docker: what docker.script and engine.Engine print."""
    listening: list[Listening] = field(default_factory=list)

    @property
    def system(self) -> System:
        return System(self.os, self.like, self.title)


class HostReport(FactBase[HostFacts]):
    """`HostFacts`, read in one command. `project`: Compose project whose processes are envivo's; `own_units`: units
    whose processes are envivo's if the given file exists; `names`: to resolve; `documents`: files to read;
    `yielding`: directories whose oldest files may be deleted.
    """

    @staticmethod
    def default() -> HostFacts:
        return HostFacts()

    def command(
        self,
        project: str,
        own_units: Mapping[str, str],
        names: list[str],
        documents: list[str],
        yielding: Sequence[str] = (),
        engine: bool = False,
    ) -> str:
        ours = f"{own(project)} --filter label={REVISION_LABEL}"
        places = "/usr /etc /var/lib /var/lib/docker /var/lib/envivo"
        return "; ".join(
            [
                "echo root $(id -u)",
                "[ ! -d /run/systemd/system ] || echo systemd",
                "(. /etc/os-release; echo os $ID-$VERSION_ID; echo like $ID $ID_LIKE; echo title $PRETTY_NAME)",
                f"df -Pm {places} {docker.DATA} 2>/dev/null | awk 'NR > 1 {{ print \"free\", $4, $6 }}' | sort -u",
                *(
                    f"[ ! -d {path} ] || echo yielding {path} $(du -sm {path} | cut -f 1) $(df -P {path} | tail -n 1)"
                    for path in yielding
                ),
                # twice: a container that starts or ends in between is none of those that take a port
                "ss -Hlntup | sed 's/^/listened /'",
                f"{docker.PATIENCE} docker ps -q {ours} 2>/dev/null | "
                "xargs -r docker inspect -f 'own {{.State.Pid}}'",
                *(
                    f"[ ! -e {file} ] || echo own $(systemctl show -P MainPID {unit})"
                    for unit, file in own_units.items()
                ),
                *(f"echo resolved {name} $(getent ahostsv4 {name} | awk '{{print $1}}' | sort -u)" for name in names),
                *(f"[ ! -e {path} ] || echo document {path} $(base64 -w 0 {path})" for path in documents),
                "echo addresses $(ip -4 -o address show | awk '{sub(/\\/.*/, \"\", $4); print $4}')",
                *(
                    [f"( {{ {Engine().command(asks=False)}; }} & {docker.script()}; wait ) | sed 's/^/engine /'"]
                    if engine
                    else []
                ),
                "ss -Hlntup | sed 's/^/listen /'",
                "true",
            ]
        )

    @parsed_fact
    def process(self, output: list[str]) -> HostFacts:
        return parse(output)


def parse(output: Iterable[str]) -> HostFacts:
    seen = HostFacts()
    before: set[Listening] = set()
    for line in output:
        match line.split():
            case ["root", uid]:
                seen.root = uid == "0"
            case ["systemd"]:
                seen.systemd = True
            case ["os", name]:
                seen.os = name
            case ["like", *names]:
                seen.like = tuple(names)
            case ["title", *_]:
                seen.title = line.partition(" ")[2]
            case ["free", size, *mount]:
                seen.free[" ".join(mount)] = int(size)
            case ["yielding", path, size, *_, mount]:
                seen.yielding[path] = (mount, int(size))
            case ["own", pid] if pid != "0":  # of a unit that does not run
                seen.own_pids.add(int(pid))
            case ["resolved", name, *found]:
                seen.resolved[name] = found
            case ["document", path, *content]:
                seen.documents[path] = base64.b64decode("".join(content), validate=True)
            case ["addresses", *found]:
                seen.addresses.update(found)
            case ["engine", *_]:
                seen.engine.append(line.partition(" ")[2])
            case ["listened", *words]:
                before.add(_listening(words))
            case ["listen", *words] if not before or _listening(words) in before:
                seen.listening.append(_listening(words))
    return seen


def _listening(words: Sequence[str]) -> Listening:
    """A line of `ss -Hlntup`."""
    protocol, _, _, _, local, _, *users = words
    owner = re.search(r'\("([^"]+)",pid=(\d+)', " ".join(users))
    return protocol, int(local.rpartition(":")[2]), *((owner[1], int(owner[2])) if owner else ("another program", 0))


_WARNED: set[str] = set()
"""Hosts whose system was never tried, for which that was said."""


def violations(
    seen: HostFacts,
    listeners: Sequence[Listener],
    systems: Sequence[str],
    installs: bool,
    names: Mapping[str, str],
    addresses: Mapping[str, str],
    untested: bool = False,
) -> list[Problem]:
    """Every reason not to deploy, with a fix. `names`: name -> address that it must resolve to; `addresses`: address
    that an interface must have -> setting; `untested`: whether a system may be one that is not among `systems`."""
    found: list[Problem] = []

    def say(what: str, fix: str) -> None:
        found.append(Problem("", what, fix))

    if not seen.root:
        say("commands do not run as root", "log in as root, or set _sudo = True in group_data")
    if not seen.systemd:
        say("systemd is not running", "envivo needs a host whose services are managed by systemd")
    if wrong := system_problem(seen.system, systems, untested):
        found.append(wrong)
    found += space.shortages(seen.free, seen.yielding, space.needed(installs))
    holders = {(protocol, port): (program, pid) for protocol, port, program, pid in seen.listening}
    for listener in listeners:
        for protocol in listener.protocols:
            program, pid = holders.get((protocol, listener.port), ("", 0))
            if program and pid not in seen.own_pids:
                where = f"port {listener.port}/{protocol}"
                say(f"{where} is taken by {program} (pid {pid})", _remedy(listener.setting, listener.port))
    for name, address in names.items():
        resolved = seen.resolved.get(name, [])
        right = [address] if is_ipv4(address) else seen.resolved.get(address, [])
        if any(ip.startswith("127.") for ip in resolved):
            continue  # the host's own name in its /etc/hosts, as Debian writes it, which does not tell what the DNS has
        if not resolved:
            say(f"{name} does not resolve", f"give it an A record for {address} in the DNS")
        elif not {*right} & {*resolved}:
            must = address if is_ipv4(address) else f"that of {address} ({', '.join(right) or 'does not resolve'})"
            say(f"{name} resolves to {', '.join(resolved)}", f"its A record in the DNS must be {must}")
    for address, setting in addresses.items():
        if address not in seen.addresses:
            there = ", ".join(sorted(seen.addresses - {"127.0.0.1"}))
            found.append(Problem(setting, f"{address} is not on any interface of the host", f"must be one of {there}"))
    return found


def unfit_engine(seen: HostFacts) -> list[Problem]:
    """Why containers could not run on the host's Engine, or not outlive it."""
    said = dict(line.partition(" ")[::2] for line in seen.engine)
    found = docker.violations(said, seen.documents.get(CONFIG))
    wrong = decide(parse_engine(seen.engine)).refusal if said.get("daemon") else None
    return [*found, wrong] if wrong else found


def _remedy(setting: str, port: int) -> str:
    if port < 1024:  # browsers and ACME servers use no other port
        return f"stop it: {setting} needs this port"
    return f"stop it, or choose another {setting}"


@operation()
def preflight(
    listeners: Sequence[Listener],
    systems: Sequence[str],
    untested: bool,
    project: str,
    packages: Sequence[str],
    provided: Mapping[str, str],
    elsewhere: Mapping[str, str],
    least: Mapping[str, Least],
    images: Sequence[Image],
    own_units: Mapping[str, str],
    names: Mapping[str, str],
    addresses: Mapping[str, str],
    documents: Sequence[str],
    yielding: Mapping[str, str],
    engine: bool,
) -> Generator[StringCommand, None, None]:
    """Fails the host before anything is changed, with all `violations` at once.

    `yielding`: directory -> script that deletes its oldest files until so many KiB are free, its argument. It runs
    where a deploy would have too little space otherwise: a shorter retention must reach a full disk too.
    """
    missing = known_fact(MissingPackages, names=list(packages), provided=provided)
    asked = [*names, *(address for address in names.values() if not is_ipv4(address))]
    seen = host.get_fact(HostReport, project=project, own_units=own_units, names=asked, documents=list(documents),
                         yielding=list(yielding), engine=engine)  # fmt: skip
    if host_failed():
        return
    found = violations(seen, listeners, systems, bool(missing), names, addresses, untested)
    if untested and seen.os not in systems and seen.system.of_the_family:
        offers = host.get_fact(
            Offered,
            names=[*missing, *elsewhere.values()],
            ask={name: oldest.ask for name, oldest in least.items() if name not in missing},
        )
        choice = choose(missing, elsewhere, least, offers)
        found += choice.problems
        if host.name not in _WARNED:  # a deploy that asks before it executes comes here twice
            _WARNED.add(host.name)
            logger.warning(f"{host.print_prefix}{never_tried(seen.system, systems, choice.versions)}")
    found += [wrong for path, content in seen.documents.items() if (wrong := problem(path, content))]
    if engine:
        found += unfit_engine(seen)
        remember(Engine, parse_engine(seen.engine))
    if missing:
        found += unusable(images)
    if found:
        yield fail_host(*dict.fromkeys(found))
        return
    needed = space.needed(bool(missing))
    mounts = {path: seen.yielding[path][0] for path in yielding if path in seen.yielding}
    crowded = [path for path, mount in mounts.items() if seen.free.get(mount, needed) < needed]
    if crowded:
        because(
            host, [Difference(path, f"has to give way: less than {space.shown(needed)} is free") for path in crowded]
        )
        for path in crowded:
            yield StringCommand("sh", "-s", "--", str(needed * 1024), _stdin=yielding[path])
    else:
        host.noop("the host meets all requirements")
