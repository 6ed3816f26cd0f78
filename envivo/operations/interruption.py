"""How a deploy ends on Ctrl-C or a signal: soon, in words, never with exit code 0.

pyinfra itself exits with 0 on Ctrl-C, and first waits for hosts that do not answer.
"""

import atexit
import contextlib
import os
import signal
import sys
from types import FrameType

import click
import gevent
from pyinfra import state

END_WITHIN_S = 10
"""Time to free the hosts. After it the process exits; the next deploy sees that it has ended."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_stopping: list[int] = []


def heed() -> None:
    """Handle signals from now on: exit code 130 after Ctrl-C, 143 after SIGTERM, 129 after a closed terminal. A second
    signal ends the process at once."""
    for number in SIGNALS:
        if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, _stop)
    atexit.register(_end)  # the first to be registered is the last to run


def stopping() -> bool:
    """Whether a signal has ended the deploy."""
    return bool(_stopping)


def words(changing: bool) -> str:
    if not changing:
        return "interrupted: nothing was changed"
    return (
        "interrupted: completed changes stay, and no file is half written: deploy again to do the rest "
        "(the next deploy waits for commands that still run on a host)"
    )


def _end() -> None:
    """Exit an interrupted process at once. While the interpreter ends, Python restores SIGALRM's default, by which a
    process that takes longer than the bound would end with another exit code."""
    if _stopping:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(_stopping[0])


def _stop(number: int, _frame: FrameType | None) -> None:
    code = 128 + number
    if _stopping:
        os._exit(code)
    _stopping.append(code)
    signal.signal(signal.SIGALRM, lambda *_: os._exit(code))
    signal.alarm(END_WITHIN_S)
    known = state.initialised
    with contextlib.suppress(OSError):  # the terminal may be gone
        click.echo(f"\n--> {words(known and state.is_executing)}", err=True)
    if known:
        # pyinfra disconnects through the same pool, which is full of what waits for hosts
        state.pool.kill(block=False)
    end = SystemExit(code)
    hub = gevent.get_hub()
    if gevent.getcurrent() is hub.parent:
        raise end
    hub.loop.run_callback_threadsafe(hub.parent.throw, end)
