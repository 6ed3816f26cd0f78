"""A command's claim to a host: the file `paths.LOCK` on the host, how it is taken, renewed, released and read.

Its first line is the owner's `Lease`, each later one the host's uptime at a renewal; empty or absent means free.
The kernel's lock (flock) on the same file makes changes atomic, and every process that the owner runs there holds a
shared lock: a host is never taken over while a process of an earlier command still runs there.
"""

import getpass
import json
import os
import secrets
import shlex
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

from envivo.core.paths import LOCK
from envivo.operations.lock_messages import LOST

RENEW_EVERY_S = 10
SILENT_AFTER_S = 20
"""Without a renewal for this long, a command may have ended: others then wait until `STALE_AFTER_S` instead of
being refused."""
STALE_AFTER_S = 60


@dataclass(frozen=True)
class Lease:
    """One command's claim to a host."""

    owner: str
    """`user@controller`."""
    machine: str
    """Boot and process namespace that `pid` belongs to."""
    pid: int
    started: str
    """Start time of the process: another one may have its number later."""
    since: str
    """UTC."""
    token: str

    @property
    def text(self) -> str:
        return json.dumps(asdict(self))

    def __str__(self) -> str:
        return f"{self.owner} (pid {self.pid})"


@dataclass(frozen=True)
class SeenLock:
    """What the host reports of a lock that another command holds."""

    line: str = ""
    """The owner's line of the file."""
    silent_s: float = 0
    """Seconds since the last renewal, by the host's uptime."""
    at_work: str = ""
    """A process of a command that still runs: `docker-compose (pid 812)`."""

    @property
    def lease(self) -> Lease | None:
        """None where the line is empty or cannot be read."""
        try:
            return Lease(**json.loads(self.line))
        except (ValueError, TypeError):
            return None

    @property
    def ended(self) -> bool:
        """Whether the owner is known to have ended."""
        lease = self.lease
        return lease is not None and ended(lease)


Verdict = Literal["running", "silent", "gone", "at work", "free"]
"""Refuse; wait; take over; wait for the process; try again."""


_given: list[Lease] = []


def act_for(lease: Lease) -> None:
    """Make the claim of another process of this command, which holds the hosts, this process's own."""
    _given[:] = [lease]


def given() -> Lease | None:
    return _given[0] if _given else None


def ours() -> Lease:
    """The claim of this process, with a new token, unless it acts for another one."""
    if _given:
        return _given[0]
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = f"uid {os.getuid()}"
    pid = os.getpid()
    return Lease(
        owner=f"{user}@{socket.gethostname()}",
        machine=_machine(),
        pid=pid,
        started=_started(pid),
        since=datetime.now(timezone.utc).strftime("%H:%M:%S UTC"),
        token=secrets.token_hex(8),
    )


def ended(lease: Lease) -> bool:
    """Whether the owner is a process of this machine that has ended."""
    if not lease.machine or lease.machine != _machine():
        return False
    try:
        os.kill(lease.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # of another user, and alive
    return _started(lease.pid) not in (lease.started, "")


def judge(seen: SeenLock) -> Verdict:
    """What a command that wants the host does about the lock."""
    if not seen.line:
        return "at work" if seen.at_work else "free"
    if seen.ended or seen.silent_s >= STALE_AFTER_S:
        return "gone"
    return "silent" if seen.silent_s > SILENT_AFTER_S else "running"


def parse(output: Sequence[str]) -> SeenLock | Literal["taken", "unfit"]:
    """Reads what `take` prints. Raises ValueError for anything else."""
    line, now, alive, holders = "", 0.0, 0.0, []
    for number, text in enumerate(output):
        match text.split():
            case ["taken" | "unfit" as word] if number == 0:
                return "taken" if word == "taken" else "unfit"
            case ["held"] if number == 0:
                continue
            case ["kept", *_]:
                line = text.partition(" ")[2]
            case ["now", uptime]:
                now = float(uptime)
            case ["alive", uptime]:
                alive = float(uptime)
            case ["holder", pid, *name]:
                holders.append((int(pid), " ".join(name)))
            case _:
                raise ValueError(text)
    if not output:
        raise ValueError("nothing")
    # of the others the youngest: a shell is older than the command that it waits for
    work = max(holders, key=lambda holder: (holder[1] not in _WAITING, holder[0]), default=None)
    return SeenLock(line, now - alive, f"{work[1]} (pid {work[0]})" if work else "")


_WAITING = {"sh", "flock", "sudo", "xargs", "grep", "awk", "sed", "sort", "head", "tail", "tr", "cut"}
"""Programs that only wait for another one."""
_UPTIME = "up=$(cut -d ' ' -f 1 /proc/uptime)"


def take(lease: Lease, instead_of: str = "") -> str:
    """A script that takes the host if it is free, or still held by the line `instead_of`. Prints `taken`, else the
    holder.

    Prints `unfit` where it cannot work: preflight then reports why.
    """
    return f"""[ "$(id -u)" = 0 ] && command -v flock >/dev/null || {{ echo unfit; exit 0; }}
umask 077
exec 9<>{LOCK}
{_UPTIME}
if flock --exclusive --nonblock 9; then
	case "$(head -n 1 {LOCK})" in {_free(instead_of)})
		printf '%s\\nalive %s\\n' {shlex.quote(lease.text)} "$up" >{LOCK}
		echo taken
		exit 0
	esac
fi
{_held()}"""


def beside(instead_of: str = "") -> str:
    """Beginning of a script that changes the host without taking it. It goes on, after the line `taken`, where no
    command holds the host, or one whose line is `instead_of`; others wait for it then. Else as `take`.

    The file's time stays: it is that of the last command that held the host.
    """
    return f"""[ -e {LOCK} ] || (umask 077; touch -d @0 {LOCK})
exec 9<{LOCK}
{_UPTIME}
free=
if flock --shared --nonblock 9; then
	case "$(head -n 1 {LOCK})" in {_free(instead_of)}) free=yes ;; esac
fi
if [ -z "$free" ]; then
{_held()}
exit 0
fi
echo taken"""


def _free(instead_of: str) -> str:
    """Patterns of the shell's `case` for the owner's line."""
    return f"''|{shlex.quote(instead_of)}" if instead_of else "''"


def _held() -> str:
    """Prints the holder."""
    return f"""exec 9<&-
echo held
echo "now $up"
head -n 1 {LOCK} | sed 's/^/kept /'
tail -n +2 {LOCK} | tail -n 1
{at_work()}"""


def at_work() -> str:
    """A script that prints which processes of commands run on the host."""
    return f"""for process in /proc/[0-9]*; do
	[ "$process/fd/9" -ef {LOCK} ] || continue
	read -r name <"$process/comm" && echo "holder ${{process#/proc/}} $name"
done 2>/dev/null
true"""


def _with_ours(lease: Lease, do: str, otherwise: str) -> str:
    return (
        f"[ -e {LOCK} ] && exec 9<{LOCK} && flock --shared 9 && grep -qF {lease.token} {LOCK} "
        f"&& {{ {do}; }} || {{ {otherwise}; }}"
    )


def renew(lease: Lease) -> str:
    """A script that renews the lock; prints `lost` where the host has another owner."""
    return _with_ours(lease, f'{_UPTIME}; echo "alive $up" >>{LOCK}', "echo lost")


def release(lease: Lease) -> str:
    """A script that frees the host if this command still holds it."""
    return _with_ours(lease, f": >{LOCK}", "true")


def guarded(lease: Lease) -> str:
    """Prefix of all that the owner runs on the host: it runs only while the owner holds the host, and others wait for
    it."""
    return _with_ours(lease, "true", f"echo {shlex.quote(LOST)} >&2; exit 75") + ";"


def _machine() -> str:
    """Boot of this kernel and our process namespace: containers share the kernel and not the namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # not Linux
        return ""


def _started(pid: int) -> str:
    """Start time of a process in ticks since the boot; `ended` for a zombie, empty where it cannot be read."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "ended" if fields[0] in "ZX" else fields[19]
