"""Leaving the process, to be started again, where an action of the main loop fails for a reason that nobody foresaw.

PyGObject prints the exception and drops the timer: the agent would stand still, with a watchdog that is content.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

EX_TEMPFAIL = 75
"""Exit code; systemd starts the agent again."""


class Leaver(Protocol):
    def leave(self, why: str) -> None:
        """Does not return."""


_Owner = TypeVar("_Owner", bound=Leaver)
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def in_words(error: BaseException | None) -> str:
    """`OSError: Too many open files (memory.py:19)`."""
    frames = traceback.extract_tb(error.__traceback__) if error else []
    where = f" ({frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"


def or_leaves(
    action: Callable[Concatenate[_Owner, _Arguments], _Result],
) -> Callable[Concatenate[_Owner, _Arguments], _Result]:
    """The method, after whose failure its owner leaves."""

    @wraps(action)
    def done(owner: _Owner, /, *arguments: _Arguments.args, **named: _Arguments.kwargs) -> _Result:
        try:
            return action(owner, *arguments, **named)
        except Exception as error:
            owner.leave(in_words(error))
            raise

    return done
