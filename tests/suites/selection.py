"""Which proofs a change calls for, within the time that is left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.suites.catalogue import PROOFS, SUITES, Proof, Suite


@dataclass(frozen=True)
class Selection:
    added: tuple[Proof, ...]
    left_out: tuple[Proof, ...]
    """Called for by the change, but there was no time for them."""


def select(changed: Iterable[str] | None, minutes: float, proofs: Sequence[Proof] = PROOFS) -> Selection:
    """The proofs whose folders have one of the changed files, the shortest first, as far as `minutes` reach.

    `changed` is None where it is not known what has changed: then all are called for.
    """
    files = None if changed is None else list(changed)
    called = [p for p in proofs if files is None or any(file.startswith(p.folders) for file in files)]
    added: list[Proof] = []
    for proof in sorted(called, key=lambda proof: proof.minutes):
        if sum(p.minutes for p in added) + proof.minutes <= minutes:
            added.append(proof)
    return Selection(tuple(added), tuple(p for p in called if p not in added))


def suites_of(proofs: Iterable[Proof], suites: Sequence[Suite] = SUITES) -> list[Suite]:
    """Those of the gate, and those that have one of the proofs."""
    paths = [proof.path for proof in proofs]
    return [s for s in suites if s.in_gate or any(holds(s, path) for path in paths)]


def holds(suite: Suite, path: str) -> bool:
    return any(path == own or path.startswith(f"{own}/") for own in suite.paths)
