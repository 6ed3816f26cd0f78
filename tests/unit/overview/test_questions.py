"""Several questions in one command, run by a shell."""

import subprocess
from pathlib import Path

import pytest

from envivo.status.questions import answers, together

MARK = "envivo-0123456789abcdef"


def asked(*commands: str) -> list[str]:
    done = subprocess.run(
        ["sh", "-c", together(commands, MARK)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    return answers(done.stdout, MARK, len(commands))


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("echo a; echo b", "a\nb\n"),
        ("printf x", "x"),
        ("true", ""),
        ("echo half; exit 3", "half\n"),
        ("set -- x; shift; echo $#", "0\n"),
        ("no-such-program; echo on", "on\n"),
        ("""echo "it's"; echo 'a "b"'""", 'it\'s\na "b"\n'),
        ("cat", ""),
    ],
)
def test_each_has_its_own_answer(command: str, answer: str) -> None:
    assert asked("echo before", command, "echo after") == ["before\n", answer, "after\n"]


def test_they_run_at_once(tmp_path: Path) -> None:
    """Each waits for the other."""
    one, two = f"{tmp_path}/one", f"{tmp_path}/two"
    subprocess.run(["mkfifo", one, two], check=True)
    assert asked(f"echo from one >{one}; cat {two}", f"cat {one}; echo from two >{two}") == ["from two\n", "from one\n"]


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("", ["", ""]),
        (f"\n{MARK} 1\nlate\n", ["", "late\n"]),
        (f"motd\n{MARK} 0\nx\n{MARK} 1\ny", ["x", "y"]),
        (f"\n{MARK} 7\nx\n{MARK} a\nb", ["", ""]),
    ],
    ids=["nothing", "one missing", "greeting", "others"],
)
def test_what_is_missing_is_empty(output: str, found: list[str]) -> None:
    assert answers(output, MARK, 2) == found
