"""Ctrl-C and other signals in a command: their exit code, a sentence, no traceback."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from envivo.core.paths import PROJECT as ROOT
from tests.patience import patient

ENVIVO = Path(sys.executable).parent / "envivo"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_command_that_waits_for_the_network_is_stopped(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(patient(20))
        mirror = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with subprocess.Popen(
            [ENVIVO, "artifacts", "fetch", "--from", mirror], cwd=ROOT, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "ENVIVO_CACHE": str(tmp_path)},
        ) as process:  # fmt: skip
            try:
                waiting, _ = silent.accept()
                process.send_signal(number)
                _, said = process.communicate(timeout=patient(20))
                waiting.close()
            finally:
                process.kill()
    assert process.returncode == code, said
    assert "interrupted: run the command again to finish" in said
    assert "Traceback" not in said


def test_wrong_usage_and_help_have_their_exit_codes_still() -> None:
    def code(*arguments: str) -> int:
        return subprocess.run([ENVIVO, *arguments], cwd=ROOT, capture_output=True, check=False).returncode

    assert [code("--help"), code("lab", "--nothing"), code("nothing"), code("verify", "nowhere")] == [0, 2, 2, 2]
