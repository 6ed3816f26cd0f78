"""How long a test waits for an event before it gives up.

A bound only ends a wait for what does not come: no test passes or fails by how fast this machine is. Benches measure.
"""

import os
from collections.abc import Callable
from typing import TypeVar

from envivo.core import polling as waiting

T = TypeVar("T")

PATIENCE = float(os.environ.get("ENVIVO_PATIENCE") or 3)
"""Factor on every bound: 1 on an idle machine that is measured, more on one that does other work as well."""


def patient(seconds: float) -> float:
    """Seconds to wait at most for what takes `seconds` at most on an idle machine."""
    return seconds * PATIENCE


def until(good: Callable[[T], bool], ask: Callable[[], T], within_s: float, every_s: float = 0.25) -> T:
    """The first answer that is good, or the last one after `patient(within_s)`."""
    return waiting.until(good, ask, patient(within_s), every_s)
