"""Whatever a login shell is and prints, a command's answer is its own: a real sshd, and the shells that people have."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from envivo.inventory import Host
from envivo.remote import CommandResult, RemoteShell, UnreachableError
from tests.unit.ssh.server import Server

NOISE = "echo Welcome\necho There is news 1>&2\n"
START_UP = {
    "sh": (".unread", ""),
    "bash": (
        ".bashrc",
        f"{NOISE}PROMPT_COMMAND='echo prompt'\ntrap 'echo Bye; echo Bye >&2' EXIT\nprintf unfinished\n",
    ),
    "zsh": (".zshenv", f"{NOISE}export LANG=de_DE.UTF-8\nalias ls=false\nsetopt sh_word_split\n"),
    "fish": (".config/fish/config.fish", "echo Welcome; echo There is news >&2; set -gx LC_ALL de_DE.UTF-8\n"),
    "tcsh": (".cshrc", "echo Welcome\nsetenv LC_ALL de_DE.UTF-8\nset echo\n"),
    "dash": (".profile", NOISE),
}
TRICKY = r"""printf '%s\n' "it's" 'a\nb' 'c\\d' "$((1 + 1))" '!x' "`echo q`" ü '{a,b}' '*' \#
# a comment, and the words of a document
cat <<'END'
$HOME "quoted" \
END
LC_MESSAGES=de_DE.UTF-8 cat /nonexistent
exit 3"""
SAID = "it's\n" + "a\\nb\nc\\\\d\n2\n!x\nq\nü\n{a,b}\n*\n#\n" + '$HOME "quoted" \\\n'


def shell(server: Server, **more: object) -> RemoteShell:
    return RemoteShell(Host("attic", ("media",), server.data(**more)))


@pytest.mark.parametrize("program", START_UP)
def test_answer_is_that_of_the_command_alone(server: Server, tmp_path: Path, program: str) -> None:
    name, text = START_UP[program]
    home = tmp_path / "home"
    (home / name).parent.mkdir(parents=True)
    (home / name).write_text(text)
    server.shell(program, home, LANG="de_DE.UTF-8", LANGUAGE="de")
    remote = shell(server)
    try:
        if name not in (".unread", ".profile"):
            assert "Welcome" in remote.link.run("true", 10).out, "the start-up file is not read"
        code, out, err = remote.run(TRICKY)
        assert (code, out) == (3, SAID)
        assert err == "cat: /nonexistent: No such file or directory\n"
        assert remote.run("printf 'no newline'; printf warning >&2") == CommandResult(0, "no newline", "warning")
        assert remote.run("true") == CommandResult(0, "", "")
        assert remote.run("sleep 60", within_s=1).code == 124
    finally:
        remote.close()


@pytest.mark.parametrize(
    ("login", "why"),
    [
        ("echo This account is currently not available.; exit 1", "(This account is currently not available.)"),
        ("exit 0", "the login shell did not run the command: "),
        ("echo 'Choose: 1 status 2 reboot'; cat >/dev/null", "(Choose: 1 status 2 reboot)"),
        ("exec sh", "the login shell did not run the command: "),  # `exec fish` in .bashrc
    ],
)
def test_shell_that_does_not_run_commands_is_not_taken_for_an_answer(server: Server, login: str, why: str) -> None:
    server.logs_in_with(login)
    remote = shell(server)
    try:
        with pytest.raises(UnreachableError, match=r"^attic: the login shell did not run the command") as refused:
            remote.run("true")
    finally:
        remote.close()
    assert why in str(refused.value) and "check what its start-up files" in str(refused.value)


def test_image_that_has_another_user_than_root_says_which(server: Server) -> None:
    server.logs_in_with("""echo 'Please login as the user "debian" rather than the user "root".'; echo; exit 142""")
    remote = shell(server)
    try:
        with pytest.raises(UnreachableError, match=r': log in as that user: "ssh_user": "debian", "_sudo": True$'):
            remote.run("true")
    finally:
        remote.close()


def test_sessions_are_waited_for_where_sshd_allows_few(server: Server) -> None:
    """The server of these tests: three."""
    remote = shell(server)
    try:
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda number: remote.run(f"sleep 0.1; echo {number}").out, range(20)))
    finally:
        remote.close()
    assert answers == [f"{number}\n" for number in range(20)]
