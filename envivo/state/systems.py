"""Systems of hosts that envivo was never run on: whether one may be tried, with which packages, and the warning."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from envivo.core.problems import Problem
from envivo.core.quoting import shown

FAMILY = {"debian", "ubuntu"}
"""ID or ID_LIKE of os-release(5) of systems whose packages have Debian's names."""


@dataclass(frozen=True)
class System:
    name: str = ""
    """ID and VERSION_ID of os-release: `ubuntu-24.04`."""
    like: Sequence[str] = ()
    """ID, and the words of ID_LIKE."""
    title: str = ""
    """PRETTY_NAME."""

    @property
    def of_the_family(self) -> bool:
        return not FAMILY.isdisjoint(self.like)


@dataclass(frozen=True)
class Least:
    """The oldest version of a package that envivo was run with."""

    version: str
    ask: str
    """Command that prints the version that a host has already, from wherever it came."""
    fix: str
    """Where a newer one comes from."""


@dataclass(frozen=True)
class Offers:
    """What a host has, and what its apt offers: package -> version."""

    there: Mapping[str, str] = field(default_factory=dict)
    apt: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    install: Mapping[str, str]
    """Debian's name of a missing package -> its name on this system."""
    versions: Mapping[str, str]
    """Package -> version, of those that have a least one."""
    problems: Sequence[Problem]


def system_problem(system: System, tested: Sequence[str], untested: bool) -> Problem | None:
    """Why a system is refused. `untested`: whether the settings let one be tried that is not among `tested`."""
    if system.name in tested or (untested and system.of_the_family):
        return None
    must = f"must be {' or '.join(tested)}"
    if system.of_the_family:
        must += ', or try it, untested: base={"untested_system": True}'
    elif untested:
        must += ": base.untested_system is for systems that are like Debian, with its packages"
    return Problem("", f"the system is {system.name or 'unknown'}", must)


def choose(
    missing: Collection[str], elsewhere: Mapping[str, str], least: Mapping[str, Least], offers: Offers
) -> Choice:
    """Package names and versions, looked up. `missing`: packages that are not installed; `elsewhere`: package -> its
    name on systems that have another one."""
    install: dict[str, str] = {}
    versions: dict[str, str] = {}
    problems: list[Problem] = []
    lacking: list[str] = []
    for name in missing:
        names = [each for each in (name, elsewhere.get(name, "")) if offers.apt.get(each)]
        good = [each for each in names if name not in least or reaches(offers.apt[each], least[name].version)]
        if not names:
            lacking.append(name)
            continue
        install[name] = (good or names)[0]
        if name in least:
            versions[name] = offers.apt[install[name]]
    if lacking:
        what = f"apt offers no package {', '.join(lacking)}"
        problems.append(Problem("", what, "apt-get update on the host, and deploy again"))
    versions |= {name: offers.there.get(name, "") for name in least if name not in missing}
    for name, version in versions.items():
        if not reaches(version, least[name].version):
            what = f"{name} is {version or 'of an unknown version'}"
            problems.append(Problem("", what, f"at least {least[name].version} is needed: {least[name].fix}"))
    return Choice(install, versions, problems)


def reaches(version: str, least: str) -> bool:
    """Whether a version of a package or a program is at least this one; of both only the upstream numbers count."""
    return _numbers(version) >= _numbers(least)


def _numbers(version: str) -> tuple[int, ...]:
    upstream = re.match(r"(?:[0-9]+:)?v?([0-9]+(?:\.[0-9]+)*)", version)
    return tuple(map(int, upstream[1].split("."))) if upstream else ()


def never_tried(system: System, tested: Sequence[str], versions: Mapping[str, str] | None = None) -> str:
    """The warning of each deploy, and what `envivo verify` states."""
    title = f" ({shown(system.title)})" if system.title else ""
    found = ", ".join(f"{name} {version}" for name, version in (versions or {}).items())
    looked_up = f": names and versions of packages were looked up ({found}), nothing else" if found else ""
    return f"envivo was never run on {system.name}{title}, only on {' and '.join(tested)}{looked_up}"
