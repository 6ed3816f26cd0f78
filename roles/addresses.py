"""Names whose address may change, as that of a home connection does: a unit on the host looks them up again and again,
and tells the service that advertises them.

MediaMTX resolves names itself for each session, and takes their addresses from a hosts file that the unit keeps, so
that no session waits for the DNS or is without an address when it fails. coturn takes addresses only when it starts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from envivo.config.values import is_ipv4
from envivo.core.paths import OPT, VAR
from envivo.core.polling import until
from envivo.probes.units import unit_state
from envivo.render import render
from envivo.roles.role import Target
from envivo.state.desired import Directory, File, Removable, Unit
from envivo.verify.engine import Statement
from envivo.verify.findings import Finding

EVERY_S = 15
"""Between two looks; a changed name is followed within three of them, if the DNS tells the host."""
_FOLLOWED_WITHIN_S = 60
_UNITS = "/etc/systemd/system"
S = TypeVar("S")


def names(hosts: Sequence[str]) -> list[str]:
    """Those that are names, each once."""
    return list(dict.fromkeys(host for host in hosts if host and not is_ipv4(host)))


@dataclass(frozen=True)
class Followed:
    """Names of one service on a host."""

    service: str
    """mediamtx, coturn"""
    names: Sequence[str]

    ipv6: bool = True
    """Whether it uses addresses of IPv6."""

    def usable(self, address: str) -> bool:
        return self.ipv6 or is_ipv4(address)

    @property
    def state(self) -> str:
        """Directory that has a file for each name, with its addresses, and what the service reads."""
        return f"{VAR}/address/{self.service}"

    @property
    def script(self) -> str:
        return f"{OPT}/address/{self.service}"

    @property
    def unit_name(self) -> str:
        return f"envivo-address-{self.service}.service"

    @property
    def unit_file(self) -> str:
        return f"{_UNITS}/{self.unit_name}"

    def files(self, **service: Any) -> list[Directory | File]:
        """`service`: values of the template that only this service has."""
        if not self.names:
            return []
        known: dict[str, Any] = {"service": self.service, "names": self.names, "state": self.state}
        script = render("address/envivo-address.sh.j2", **known, every_s=EVERY_S, **service)
        unit = render("address/envivo-address.service.j2", **known, script=self.script)
        return [
            Directory(f"{OPT}/address"),
            File(self.script, script.encode(), mode="755"),
            File(self.unit_file, unit.encode()),
        ]

    def units(self) -> list[Unit]:
        return [Unit(self.unit_name, reads=(self.script, self.unit_file))] if self.names else []


def removable(service: str) -> Removable:
    gone = Followed(service, ())
    return Removable(
        f"the addresses of {service}",
        paths=(gone.script, gone.unit_file),
        units=(gone.unit_name,),
        teardown=f"rm -rf {gone.state}",
    )


def follows(
    target: Target[S], followed: Followed, tells: Callable[[Target[S]], set[str]]
) -> Iterator[Finding | Statement]:
    """What the host's resolver says is what the service tells viewers. `tells`: the addresses of names that the running
    service has."""
    state = unit_state(target.shell, followed.unit_name)
    start = f"on {target.name}: systemctl restart {followed.unit_name} (why: journalctl -u {followed.unit_name})"
    if not state.runs:
        listed = ", ".join(followed.names)
        what = f"a change of the address of {listed} is not noticed: {followed.unit_name} is {state.words}"
        yield Finding(target.name, "address-unfollowed", what, start)
        return

    def look() -> tuple[dict[str, set[str]], set[str]]:
        return {name: _resolved(target, followed, name) for name in followed.names}, tells(target)

    found, told = until(lambda seen: _current(*seen), look, _FOLLOWED_WITHIN_S, EVERY_S / 5)
    still = f"viewers still get {', '.join(sorted(told)) or 'nothing'}"
    for name, addresses in found.items():
        if not addresses:
            fix = f"give it an address in the DNS, or see on {target.name}: getent ahosts {name}"
            what = f"{name} does not resolve on {target.name}, {still}"
            yield Finding(target.name, "address-unresolved", what, fix)
        elif _current(found, told):
            yield Statement(f"{name} is {', '.join(sorted(addresses))}")
    if not _current(found, told):
        are = "; ".join(f"{name} is {', '.join(sorted(addresses))}" for name, addresses in found.items())
        yield Finding(target.name, "address-stale", f"{are}, but {still}", start)


def _current(found: Mapping[str, set[str]], told: set[str]) -> bool:
    """Whether an address of each name is advertised, and none that no name has. Of several coturn takes one."""
    if not all(found.values()):
        return True  # what it was is kept
    return all(addresses & told for addresses in found.values()) and told <= set().union(*found.values())


def _resolved(target: Target[S], followed: Followed, name: str) -> set[str]:
    return set(filter(followed.usable, target.shell.run(_RESOLVED.format(name), within_s=25).out.split()))


_RESOLVED = (
    "{{ getent ahostsv4 {0}; getent ahostsv6 {0}; }} 2>/dev/null | "
    "awk '!seen[$1]++ && $1 !~ /^(127\\.|0\\.|::1$|::ffff:|[fF][eE]80:)/ {{ print $1 }}'"
)
"""As templates/address/envivo-address.sh.j2 asks."""
