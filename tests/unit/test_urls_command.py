"""`envivo urls` as people call it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from envivo.core.paths import PROJECT as ROOT


def urls(*arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [Path(sys.executable).parent / "envivo", "urls", "local", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_command_prints_passwords_only_with_show_secrets(form: tuple[str, ...]) -> None:
    (password,) = set(re.findall(r"user=webcam&pass=([\w-]{20,})", urls("--show-secrets", *form)))
    masked = urls(*form)
    assert "user=webcam&pass=***" in masked
    assert password not in masked


def test_report_for_machines_has_a_row_per_line() -> None:
    told = json.loads(urls("--json"))
    assert (told["env"], told["ok"], told["authority"]) == ("local", True, "")
    assert {tuple(row) for row in told["urls"]} == {("path", "action", "program", "line", "notes")}
    (obs,) = [row for row in told["urls"] if (row["action"], row["program"]) == ("publish", "OBS")]
    assert obs["line"] == "Server: rtmp://127.0.0.1:1935\nStream Key: webcam?user=webcam&pass=***"


def test_path_that_is_named_is_the_only_one() -> None:
    assert urls("webcam") == urls()
    assert "webcma: local has no such path: did you mean webcam?" in urls("webcma", code=2)


def test_authority_of_an_environment_without_one_is_refused() -> None:
    assert (
        urls("--authority", code=2) == "--authority: local has no private certificate authority: leave the option out\n"
    )
