"""Distribution packages: read in one command, installed in one transaction, after a wait for apt's locks."""

import re
import shlex
import time
from collections.abc import Generator, Mapping, Sequence
from types import MappingProxyType

import gevent
from pyinfra import host, logger
from pyinfra.api import FactBase, FunctionCommand, Host, State, StringCommand, operation

from envivo.core.paths import ADDED, ADDED_PACKAGES
from envivo.operations.connection import as_asked
from envivo.operations.known import known_fact
from envivo.operations.output import host_failed
from envivo.operations.reasons import Difference, because
from envivo.state.apt_locks import HOLDER, holder
from envivo.state.systems import Least, Offers, choose

INSTALL_WITHIN_S = 3600
"""Enough for a slow line and a slow disk."""
LISTS = "/var/lib/apt/lists"


class MissingPackages(FactBase[list[str]]):
    """Packages of `names` that are not installed. One that dpkg does not know counts as installed if its command in
    `provided` succeeds."""

    @staticmethod
    def default() -> list[str]:
        return []

    def command(self, names: list[str], provided: Mapping[str, str]) -> str:
        # in one look: each start of dpkg-query reads dpkg's whole list
        form = "${Package} ${db:Status-Abbrev}\\n"
        lines = [f"said=$(dpkg-query -W -f '{form}' {shlex.join(dict.fromkeys([*names, *provided]))} 2>/dev/null)"]
        lines.append("printf '%s\\n' \"$said\"")
        for name, command in provided.items():
            # removed (rc) is not known; half installed is, and has to be completed
            status = f"$(printf '%s\\n' \"$said\" | sed -n 's/^{re.escape(name)} //p')"
            provides = f"{{ {command}; }} >/dev/null 2>&1 && echo '{name} ii'"
            lines.append(f'case "{status}" in ""|?[cn]*) {provides} ;; esac')
        return "; ".join([*(f"echo '{name} wanted'" for name in names), *lines, "true"])

    def process(self, output: list[str]) -> list[str]:
        words = [line.split() for line in output]
        installed = {line[0] for line in words if line[1:] in (["ii"], ["hi"])}  # hi: held
        return [line[0] for line in words if line[1:] == ["wanted"] and line[0] not in installed]


class Offered(FactBase[Offers]):
    """Versions of these packages that apt would install. `ask`: package -> command that prints the version of what is
    there.

    A host whose apt has no lists yet, as images of systems leave it, gets them into a directory that is removed again:
    a host that is refused is unchanged.
    """

    @staticmethod
    def default() -> Offers:
        return Offers()

    def command(self, names: list[str], ask: Mapping[str, str]) -> str:
        asked = [f"echo 'there {name} '$({command})" for name, command in ask.items()]
        policy = f"policy {shlex.join(names)} 2>/dev/null"
        apart = '-o Dir::State::Lists="$lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache='
        lookup = (
            f"if find {LISTS} -name '*_Packages*' 2>/dev/null | grep -q .; then LC_ALL=C apt-cache {policy}; "
            f'else lists=$(mktemp -d); chmod 755 "$lists"; apt-get {apart} update -qq >/dev/null 2>&1; '
            f'LC_ALL=C apt-cache {apart} {policy}; rm -rf "$lists"; fi'
        )
        return "; ".join([*asked, lookup, "true"])

    def process(self, output: list[str]) -> Offers:
        there: dict[str, str] = {}
        apt: dict[str, str] = {}
        package = ""
        for line in output:
            match line.split():
                case ["there", name, version]:
                    there[name] = version
                case [name] if name.endswith(":") and not line.startswith(" "):
                    package = name.removesuffix(":")
                case ["Candidate:", version] if version != "(none)":
                    apt[package] = version
        return Offers(there, apt)


def _wait_for_locks(state: State, host: Host, longest: int) -> bool:
    """Waits at most `longest` seconds until no process holds apt's locks, and logs which one does. Looks at least once,
    however slow the host is.

    pyinfra passes the first two parameters by their names, and fails the host where False is returned.
    """
    said = ""
    deadline = time.monotonic() + longest
    while True:
        _, output = host.run_shell_command(StringCommand(HOLDER), **as_asked(host))
        if not output.stdout.strip():
            return True
        if (who := holder(output.stdout)) != said:
            logger.info(f"{host.print_prefix}waiting for apt, at most {longest} s: {who}")
            said = who
        if time.monotonic() >= deadline:
            break
        gevent.sleep(min(1, max(0, deadline - time.monotonic())))
    logger.error(
        f"{host.print_prefix}apt is locked: {said}, for more than {longest} s: "
        "let it finish, stop it, or increase base.apt_lock_wait"
    )
    return False


@operation()
def packages(
    names: Sequence[str],
    provided: Mapping[str, str],
    masked: Mapping[str, str],
    lock_wait: int,
    elsewhere: Mapping[str, str] = MappingProxyType({}),
    least: Mapping[str, Least] = MappingProxyType({}),
) -> Generator[StringCommand | FunctionCommand, None, None]:
    """The packages are installed, without recommended ones.

    `provided`: package -> command whose success counts as installed. `masked`: package -> unit that it would start
    with its default configuration; the unit stays masked until its role has written another one. `lock_wait`: seconds
    to wait for another apt. `elsewhere` and `least`: of a system that may have other names than Debian, as in
    envivo/state/systems.py.
    """
    missing = known_fact(MissingPackages, names=list(names), provided=provided)
    if host_failed():
        return
    if not missing:
        host.noop("all packages are installed")
        return
    because(host, [Difference(name, "is not installed") for name in missing])
    for package, unit in masked.items():
        if package in missing:
            yield StringCommand(f"systemctl mask -q {shlex.quote(unit)}")
    yield FunctionCommand(_wait_for_locks, (lock_wait,), {})
    options = f"-o DPkg::Lock::Timeout={lock_wait} -o Acquire::Retries=3"
    environment = "export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a"
    yield StringCommand(f"mkdir -p {ADDED} && printf '%s\\n' {shlex.join(missing)} >>{ADDED_PACKAGES}")
    # a run that was killed leaves half-configured packages behind
    yield StringCommand(
        f"{environment}; dpkg --configure -a && apt-get {options} update -qq", _timeout=INSTALL_WITHIN_S
    )
    if elsewhere:  # by now apt knows what it offers
        offers = host.get_fact(Offered, names=[*missing, *elsewhere.values()], ask={})
        if host_failed():
            return
        known = choose(missing, elsewhere, least, offers).install
        missing = list(dict.fromkeys(known.get(name, name) for name in missing))
    yield StringCommand(
        f"{environment}; apt-get {options} install -y -qq --no-install-recommends "
        f"-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold {shlex.join(missing)}",
        _timeout=INSTALL_WITHIN_S,
    )
