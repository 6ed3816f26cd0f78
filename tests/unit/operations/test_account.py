"""Accounts that services run as."""

import os
import pwd

import pytest

from envivo.operations.account import AccountState, SeenAccount, commands, others
from envivo.state.desired import Account
from tests.unit.operations.shell import lines, sh

NUMBERED = Account("envivo", uid=10001)
AGENT = Account("envivo-agent", groups=("video", "audio"))
MAKE_GROUP = '{ [ "$(getent group envivo | cut -d: -f3)" = 10001 ] || groupadd -r -g 10001 envivo; }'
SHELL = "-d /nonexistent -s /usr/sbin/nologin"


@pytest.mark.parametrize(
    ("wanted", "state", "done"),
    [
        (NUMBERED, None, [MAKE_GROUP, f"useradd -r -u 10001 -g envivo {SHELL} envivo"]),
        (NUMBERED, SeenAccount("10001", frozenset({"envivo"})), []),
        (AGENT, None, ["groupadd -f -r video", "groupadd -f -r audio", "groupadd -f -r envivo-agent",
                       f"useradd -r -g envivo-agent {SHELL} envivo-agent", "usermod -aG video,audio envivo-agent"]),
        (AGENT, SeenAccount("998", frozenset({"envivo-agent", "video", "audio", "wheel"})), []),
        (NUMBERED, SeenAccount("10001", frozenset({"envivo"}), "/bin/sh"), ["usermod -s /usr/sbin/nologin envivo"]),
        # a run died between useradd and usermod
        (AGENT, SeenAccount("998", frozenset({"envivo-agent"})),
         ["groupadd -f -r video", "groupadd -f -r audio", "usermod -aG video,audio envivo-agent"]),
        (AGENT, SeenAccount("998", frozenset({"envivo-agent", "video"})),
         ["groupadd -f -r audio", "usermod -aG audio envivo-agent"]),
    ],
)  # fmt: skip
def test_commands_make_what_the_account_lacks(wanted: Account, state: SeenAccount | None, done: list[str]) -> None:
    assert commands(wanted, state) == done


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (["10001", "envivo", "/usr/sbin/nologin"], SeenAccount("10001", frozenset({"envivo"}))),
        (
            ["998", "envivo-agent video audio", "/bin/sh"],
            SeenAccount("998", frozenset({"envivo-agent", "video", "audio"}), "/bin/sh"),
        ),
        (["taken backup"], SeenAccount("taken backup", frozenset())),
        ([""], None),
    ],
)
def test_account_state_is_read_from_the_shells_answer(answer: list[str], state: SeenAccount | None) -> None:
    assert AccountState().process(answer) == state


def test_account_state_of_a_user_who_exists_has_number_and_groups() -> None:
    me = pwd.getpwuid(os.getuid())

    state = AccountState().process(lines(AccountState().command(me.pw_name, me.pw_uid)))

    assert state is not None and state.uid == str(me.pw_uid) and state.groups and state.shell == me.pw_shell


def test_groups_that_somebody_else_gave_are_told() -> None:
    state = SeenAccount("998", frozenset({"envivo-agent", "video", "docker"}))

    assert others(AGENT, state) == ["the account envivo-agent in the group docker"]
    assert others(NUMBERED, None) == []


def test_account_state_names_the_user_who_has_the_number() -> None:
    # 1 is daemon everywhere
    assert lines(AccountState().command("envivo-nobody-has-this-name", 1)) == ["taken daemon"]
    assert lines(AccountState().command("envivo-nobody-has-this-name", None)) == []


def test_group_with_another_number_is_not_taken_for_the_accounts_own() -> None:
    # groupadd is never reached where the number is right; a false one stands for it here
    shadowed = "groupadd() { echo asked >&2; return 9; }; "

    assert sh(shadowed + commands(Account("daemon", uid=1), None)[0]).returncode == 0
    assert sh(shadowed + commands(Account("daemon", uid=10001), None)[0]).returncode == 9
