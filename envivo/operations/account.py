"""System accounts that services run as."""

from collections.abc import Generator, Sequence

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.core.problems import Problem
from envivo.operations.fail_host import fail_host
from envivo.operations.output import host_failed
from envivo.operations.reasons import Difference, account, because
from envivo.state.desired import Account


class AccountState(FactBase[tuple[str, frozenset[str]] | None]):
    """Number and groups of a user, or None; a number that another user has is reported as `taken NAME`."""

    def command(self, user_name: str, uid: int | None) -> str:
        taken = f"getent passwd {uid} | sed 's/:.*//; s/^/taken /'" if uid else "true"
        return f"if id -u {user_name} 2>/dev/null; then id -nG {user_name}; else {taken}; fi"

    def process(self, output: list[str]) -> tuple[str, frozenset[str]] | None:
        if len(output) == 2:
            return output[0], frozenset(output[1].split())
        return (output[0], frozenset()) if output and output[0] else None


def commands(wanted: Account, state: tuple[str, frozenset[str]] | None) -> list[str]:
    """Commands that create the account, or add it to the groups that it lacks, and create groups that are missing."""
    lacking = _lacking(wanted, state)
    lines = [f"groupadd -f -r {group}" for group in lacking]
    if state is None:
        lines.append(_group(wanted))
        uid = f" -u {wanted.uid}" if wanted.uid else ""
        lines.append(f"useradd -r{uid} -g {wanted.name} -d /nonexistent -s /usr/sbin/nologin {wanted.name}")
    if lacking:
        lines.append(f"usermod -aG {','.join(lacking)} {wanted.name}")
    return lines


def deviations(wanted: Account, state: tuple[str, frozenset[str]] | None) -> list[Difference]:
    """Differences that `commands` removes."""
    if state is None:
        return [Difference(account(wanted.name), "is missing")]
    return [Difference(account(wanted.name), f"is not in the group {group}") for group in _lacking(wanted, state)]


def _lacking(wanted: Account, state: tuple[str, frozenset[str]] | None) -> list[str]:
    return [group for group in wanted.groups if state is None or group not in state[1]]


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
        if user.uid and state is not None and state[0] != str(user.uid):
            what = f"user {user.name} must have UID {user.uid}: the host has {state[0]}"
            yield fail_host(Problem("", what))
            return
        lines += commands(user, state)
        differences += deviations(user, state)
    if lines:
        because(host, differences)
        yield StringCommand(" && ".join(lines))
    else:
        host.noop("all accounts are there")
