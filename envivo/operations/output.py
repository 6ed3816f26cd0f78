"""What a fact does with output that it cannot read."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from pyinfra import host, state
from pyinfra.api.exceptions import FactProcessError

P = ParamSpec("P")
T = TypeVar("T")


def understood(process: Callable[P, T]) -> Callable[P, T]:
    """Makes a fact's `process` fail its own host alone: any other exception ends the run for all hosts."""

    @wraps(process)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return process(*args, **kwargs)
        except (ValueError, LookupError, TypeError) as error:
            raise FactProcessError(f"the host's answer is not understood: {error!r}") from error

    return checked


def given_up() -> bool:
    """Whether the fact that was just read has failed this host.

    pyinfra then hands out the fact's default and lets the operation go on, to which the host would look bare.
    """
    return host.name in {failed.name for failed in state.failed_hosts}
