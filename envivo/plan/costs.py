"""Whom a deploy interrupts, as each role finds it from what would change. Pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from envivo.config.interrupts import Interrupts
from envivo.operations.reasons import Difference
from envivo.plan.planning import Plan


class Cost(NamedTuple):
    who: Interrupts
    why: str
    """Subject of the difference: a file, unit, container."""
    of: str = ""
    """Path or camera, if it is about a single one."""

    @property
    def words(self) -> str:
        if self.who is Interrupts.REMOVED:
            return f"publisher and viewers of {self.of}" if self.of else "publishers and viewers of removed paths"
        if self.who is Interrupts.V4L2_ENCODER and self.of:
            return f"with a V4L2 encoder viewers of {self.of}, for a second or two"
        if self.who is Interrupts.CAMERA:
            whose = f"viewers of {self.of}" if self.of else "viewers of the host's cameras"
            return f"{whose}, for a second or two"
        return self.who.words


def differences(plan: Plan) -> Iterator[Difference]:
    for change in plan.changes:
        yield from change.differences


def together(costs: Iterable[Cost]) -> list[Cost]:
    """Each once, without NOBODY; only EVERYBODY where it is among them."""
    found: dict[tuple[Interrupts, str], Cost] = {}
    for cost in costs:
        if cost.who is not Interrupts.NOBODY:
            found.setdefault((cost.who, cost.of), cost)
    whole = [cost for cost in found.values() if cost.who is Interrupts.EVERYBODY]
    return whole or list(found.values())
