"""A deploy that is interrupted, and whose process is slow to end."""

import signal
import subprocess
import sys

import pytest

from tests.patience import patient

_SLOW = """
import os, signal, time
from envivo.operations import interruption
interruption.END_WITHIN_S = 1
interruption.heed()
import atexit
atexit.register(lambda: print("cleaned up", flush=True))
class Slow:
    def __del__(self, sleep=time.sleep):
        sleep(3)
slow = Slow()
print("ready", flush=True)
os.kill(os.getpid(), signal.{name})
time.sleep(30)
"""


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_interrupted_process_has_its_exit_code_however_slowly_the_interpreter_ends(name: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SLOW.format(name=name)],
        capture_output=True, text=True, timeout=patient(30), check=False,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (code, "ready\ncleaned up\n"), done.stderr
