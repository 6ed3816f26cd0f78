"""What a viewer, a publisher or an operator would see: each probe asks one thing and returns what it saw.

Probes know nothing of inventories and roles; roles/NAME/checks.py judges what they return.
"""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class ProbeError(Exception):
    """The thing that was asked gave no usable answer; the message says what it did instead."""


def until(good: Callable[[T], bool], ask: Callable[[], T], within_s: float, every_s: float = 0.25) -> T:
    """The first answer that is good, or the last one when the time is over. For what has no event to wait for."""
    deadline = time.monotonic() + within_s
    while not good(answer := ask()) and time.monotonic() + every_s < deadline:
        time.sleep(every_s)
    return answer
