"""Answers of a host that still hold: read in this deploy, with no operation since that changed the host."""

from typing import Any, TypeVar

from pyinfra import host, state
from pyinfra.api import FactBase

T = TypeVar("T")
_KNOWN: dict[tuple[str, str, str], tuple[object, object]] = {}
"""Host, fact and its arguments -> when it was read, and the answer."""


def known_fact(fact: type[FactBase[T]], **arguments: Any) -> T:
    """`host.get_fact`, which asks the host again each time, but for an answer that still holds."""
    key = (host.name, fact.__name__, repr(arguments))
    when, answer = _KNOWN.get(key, (None, None))
    if when != _now():
        answer = host.get_fact(fact, **arguments)
        _KNOWN[key] = (_now(), answer)
    return answer  # type: ignore[return-value]


def remember(fact: type[FactBase[T]], answer: T, **arguments: Any) -> None:
    """An answer that came with another one."""
    _KNOWN[(host.name, fact.__name__, repr(arguments))] = (_now(), answer)


def _now() -> object:
    """The stage of the deploy, and how many of its operations have changed the host.

    So an answer that was read while pyinfra prepared is not used while it executes.
    """
    done = [data.operation_meta for data in state.ops[host.connector.host].values()]
    return state.current_stage, sum(meta.is_complete() and meta.did_change() for meta in done)
