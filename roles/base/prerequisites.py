"""What every host must have before a deploy, beside what the deploy's own preflight asks for."""

from collections.abc import Iterator

from envivo.core.sizes import KIB, size
from envivo.roles.base.checks import right_clock, takes_commands
from envivo.roles.base.settings import Base
from envivo.roles.role import Evidence, Target
from envivo.state.apt_locks import HOLDER, holder
from envivo.verify.engine import Check, Observation, Warned

LEAST_KIB = 256 * KIB
"""Available: Docker, MediaMTX, Caddy and an agent take about as much together before the first viewer comes."""


def checks(target: Target[Base], evidence: Evidence) -> Iterator[Check]:
    reachable = takes_commands(target, evidence)
    yield reachable
    yield right_clock(target, reachable)
    yield Check(target.name, "it has enough free memory", lambda: _memory(target), (reachable,))
    yield Check(target.name, "apt is not locked", lambda: _apt_locks(target), (reachable,))


def _memory(target: Target[Base]) -> Iterator[Observation]:
    said = target.shell.run("awk '/^MemTotal|^MemAvailable/ { print $2 }' /proc/meminfo").out.split()
    if len(said) != 2:
        yield Observation("it did not report its memory")
        return
    total, available = map(int, said)
    words = f"{size(available * KIB)} of {size(total * KIB)}"
    if available < LEAST_KIB:
        yield Warned(f"{words} of memory are available: stop other programs, or add memory")
    else:
        yield Observation(f"{words} are available")


def _apt_locks(target: Target[Base]) -> Iterator[Observation]:
    said = target.shell.run(HOLDER).out
    if said.strip():
        wait = f"a deploy that installs packages waits for it, at most {target.settings.apt_lock_wait} s"
        yield Warned(f"{holder(said)}: {wait}")
