"""System accounts that services run as."""

from collections.abc import Generator, Sequence
from typing import NamedTuple

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.core.problems import Problem
from envivo.operations.fail_host import fail_host
from envivo.operations.output import host_failed
from envivo.operations.reasons import Difference, account, because
from envivo.operations.strays import leave_alone
from envivo.state.desired import Account

NO_LOGIN = "/usr/sbin/nologin"


class SeenAccount(NamedTuple):
    uid: str
    """`taken NAME`: another user has the number."""
    groups: frozenset[str] = frozenset()
    shell: str = NO_LOGIN


class AccountState(FactBase[SeenAccount | None]):
    """A user as it is, or None."""

    def command(self, user_name: str, uid: int | None) -> str:
        taken = f"getent passwd {uid} | sed 's/:.*//; s/^/taken /'" if uid else "true"
        more = f"id -nG {user_name}; getent passwd {user_name} | cut -d: -f7"
        return f"if id -u {user_name} 2>/dev/null; then {more}; else {taken}; fi"

    def process(self, output: list[str]) -> SeenAccount | None:
        if len(output) == 3:
            return SeenAccount(output[0], frozenset(output[1].split()), output[2])
        return SeenAccount(output[0]) if output and output[0] else None


def commands(wanted: Account, state: SeenAccount | None) -> list[str]:
    """Commands that create the account, or add it to the groups that it lacks and take its login shell, and create
    groups that are missing."""
    lacking = _lacking(wanted, state)
    lines = [f"groupadd -f -r {group}" for group in lacking]
    if state is None:
        lines.append(_group(wanted))
        uid = f" -u {wanted.uid}" if wanted.uid else ""
        lines.append(f"useradd -r{uid} -g {wanted.name} -d /nonexistent -s {NO_LOGIN} {wanted.name}")
    elif state.shell != NO_LOGIN:
        lines.append(f"usermod -s {NO_LOGIN} {wanted.name}")
    if lacking:
        lines.append(f"usermod -aG {','.join(lacking)} {wanted.name}")
    return lines


def deviations(wanted: Account, state: SeenAccount | None) -> list[Difference]:
    """Differences that `commands` removes."""
    if state is None:
        return [Difference(account(wanted.name), "is missing")]
    found = [Difference(account(wanted.name), f"is not in the group {group}") for group in _lacking(wanted, state)]
    if state.shell != NO_LOGIN:
        found.append(Difference(account(wanted.name), f"has the shell {state.shell} instead of {NO_LOGIN}"))
    return found


def others(wanted: Account, state: SeenAccount | None) -> list[str]:
    """What an administrator has given it: groups."""
    more = sorted(state.groups - {wanted.name, *wanted.groups}) if state else []
    return [f"{account(wanted.name)} in the group {group}" for group in more]


def _lacking(wanted: Account, state: SeenAccount | None) -> list[str]:
    return [group for group in wanted.groups if state is None or group not in state.groups]


def _group(wanted: Account) -> str:
    if not wanted.uid:
        return f"groupadd -f -r {wanted.name}"
    # -f would quietly choose another number where this one, or the name, is taken
    number = f'"$(getent group {wanted.name} | cut -d: -f3)"'
    return f"{{ [ {number} = {wanted.uid} ] || groupadd -r -g {wanted.uid} {wanted.name}; }}"


@operation()
def accounts(wanted: Sequence[Account]) -> Generator[StringCommand, None, None]:
    """The accounts exist, in their groups. Fails a host on which a user has another number than is wanted."""
    lines: list[str] = []
    differences: list[Difference] = []
    for user in wanted:
        state = host.get_fact(AccountState, user_name=user.name, uid=user.uid)
        if host_failed():
            return
        if user.uid and state is not None and state.uid != str(user.uid):
            what = f"user {user.name} must have UID {user.uid}: the host has {state.uid}"
            yield fail_host(Problem("", what))
            return
        lines += commands(user, state)
        differences += deviations(user, state)
        leave_alone(host, others(user, state))
    if lines:
        because(host, differences)
        yield StringCommand(" && ".join(lines))
    else:
        host.noop("all accounts are there")
