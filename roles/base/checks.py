"""What holds of every host, and of every unit."""

from collections.abc import Iterator

from envivo.findings import Finding
from envivo.inside import UnreachableError
from envivo.probes.units import unit_state
from envivo.verification import Check
from roles.target import Target


def reachable(target: Target) -> Check:
    return Check(target.name, "takes our commands, as root", lambda: _reachable(target))


def starts_at_boot(target: Target, unit: str, reachable: Check) -> Check:
    return Check(target.name, f"{unit} starts at boot", lambda: _enabled(target, unit), (reachable,))


def _reachable(target: Target) -> Iterator[Finding]:
    try:
        said = target.inside.run("id -u")
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


def _enabled(target: Target, unit: str) -> Iterator[Finding]:
    if not unit_state(target.inside, unit).enabled:
        what = f"{unit} will not come back after a reboot"
        yield Finding(target.name, "unit-not-enabled", what, f"on {target.name}: systemctl enable {unit}")
