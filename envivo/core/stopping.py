"""A command that is stopped by a signal: it ends what it has begun, as on Ctrl-C."""

import signal
from types import FrameType


class Stopped(KeyboardInterrupt):
    """By SIGTERM or a closed terminal."""

    def __init__(self, number: int) -> None:
        self.number = number


def heed() -> None:
    """Raise Stopped in the main thread on SIGTERM and SIGHUP, but for a SIGHUP that is ignored (nohup)."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def number_of(stop: BaseException | None) -> int:
    """The signal. `stop`: what it has raised."""
    return stop.number if isinstance(stop, Stopped) else signal.SIGINT


def _stop(number: int, _frame: FrameType | None) -> None:
    raise Stopped(number)
