"""Facts whose output cannot be read, and operations after such a fact."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from pyinfra import host, state
from pyinfra.api.exceptions import FactProcessError

P = ParamSpec("P")
T = TypeVar("T")


def parsed_fact(process: Callable[P, T]) -> Callable[P, T]:
    """A fact's `process` that fails its own host alone: without it an exception ends the run for all hosts."""

    @wraps(process)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return process(*args, **kwargs)
        except (ValueError, LookupError, TypeError) as error:
            raise FactProcessError(f"unexpected answer from the host: {error!r}") from error

    return checked


def host_failed() -> bool:
    """Whether the fact that was just read has failed this host.

    pyinfra then returns the fact's default and lets the operation go on, as if the host were bare.
    """
    return host.name in {failed.name for failed in state.failed_hosts}
