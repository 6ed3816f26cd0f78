"""Commands on hosts: what is no answer."""

import pytest

from envivo.inventory import LOCAL, Host
from envivo.remote import CommandResult, MissingProgramError, RemoteShell, missing_program


@pytest.mark.parametrize(
    ("code", "err", "name"),
    [
        (127, "sh: 1: curl: not found\n", "curl"),
        (127, "sh: line 1: curl: command not found\n", "curl"),
        (127, "a line before\nsh: 1: /usr/bin/ss: not found", "/usr/bin/ss"),
        (127, "", ""),
        (22, "curl: (22) The requested URL was not found\n", ""),
        (1, "path: not found", ""),
        (0, "", ""),
    ],
)
def test_missing_program_is_named(code: int, err: str, name: str) -> None:
    assert missing_program(code, err) == name


def test_command_whose_program_is_missing_raises() -> None:
    here = RemoteShell(Host(LOCAL, ("media",), {}))

    with pytest.raises(MissingProgramError, match=r"@local: no-such-program is not installed: deploy again"):
        here.run("no-such-program --option")
    assert here.run("echo out; exit 3") == CommandResult(3, "out\n", "")
