"""Proof that a service advertises the addresses that its names have now: roles/addresses.py"""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from envivo.core.polling import until
from envivo.probes.units import unit_state
from envivo.roles.addresses import EVERY_S, Followed
from envivo.roles.role import Target
from envivo.verify.engine import Observation
from envivo.verify.findings import Finding

_FOLLOWED_WITHIN_S = 60
S = TypeVar("S")


def follows(
    target: Target[S], followed: Followed, tells: Callable[[Target[S]], set[str]]
) -> Iterator[Finding | Observation]:
    """What the host's resolver says is what the service tells viewers. `tells`: the addresses of names that the running
    service has."""
    state = unit_state(target.shell, followed.unit_name)
    start = f"on {target.name}: systemctl restart {followed.unit_name} (why: journalctl -u {followed.unit_name})"
    if not state.runs:
        listed = ", ".join(followed.names)
        what = f"envivo does not notice when the address of {listed} changes: {followed.unit_name} is {state.words}"
        yield Finding(target.name, "address-unfollowed", what, start)
        return

    def look() -> tuple[dict[str, set[str]], set[str]]:
        return {name: _resolved(target, followed, name) for name in followed.names}, tells(target)

    found, told = until(lambda seen: _current(*seen), look, _FOLLOWED_WITHIN_S, EVERY_S / 5)
    still = f"viewers still get {', '.join(sorted(told))}" if told else "viewers get no address"
    for name, addresses in found.items():
        if not addresses:
            fix = f"give it an address in the DNS, or find out why on {target.name}: getent ahosts {name}"
            what = f"{name} does not resolve on {target.name}, so {still}"
            yield Finding(target.name, "address-unresolved", what, fix)
        elif _current(found, told):
            yield Observation(f"{name} is {', '.join(sorted(addresses))}")
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
