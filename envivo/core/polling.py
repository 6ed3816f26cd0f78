"""Polling, with a bound."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(good: Callable[[T], bool], ask: Callable[[], T], within_s: float, every_s: float = 0.25) -> T:
    """The first answer that is good, or the last one when the time is over."""
    deadline = time.monotonic() + within_s
    while not good(answer := ask()) and time.monotonic() + every_s < deadline:
        time.sleep(every_s)
    return answer
