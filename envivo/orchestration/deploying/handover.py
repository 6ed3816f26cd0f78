"""What `envivo deploy` and the pyinfra that it runs tell each other, over pipes: no secret in argv or the environment.

The command's own process cannot be pyinfra's, which replaces the standard library's sockets by gevent's.
"""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import NamedTuple

from pyinfra import state

from envivo.core.paths import PROJECT
from envivo.core.stopping import number_of
from envivo.inventory import Inventory
from envivo.operations import interruption, lease
from envivo.operations.connection import connection_of
from envivo.operations.lease import Lease
from envivo.orchestration.keep_release import NOT_KEPT
from envivo.ssh import privileges
from envivo.ssh.link import passphrases, remember_passphrases

_VARIABLE = "ENVIVO_HANDOVER"
"""Two descriptors: one to read from, one to write to."""


class Outcome(NamedTuple):
    """Of a run of pyinfra."""

    code: int
    failed: Mapping[str, str]
    """Host -> why, in the words of the host; a host that was not reached is among them."""
    not_kept: Mapping[str, str]
    """Host -> why its release could not be kept."""


def converge(read: Inventory, mine: Lease) -> Outcome:
    """Run `pyinfra INVENTORY deploy.py -y` on hosts that this command holds; its output goes to standard error."""
    given_r, given_w = os.pipe()
    said_r, said_w = os.pipe()
    typed = {host.name: privileges.typed(host.name) for host in read.hosts}
    text = json.dumps({"lease": asdict(mine), "typed": typed, "passphrases": passphrases()})
    more = [word for folder in read.group_data for word in ("--group-data", str(folder))]
    command = [sys.executable, "-m", "pyinfra", read.place, "deploy.py", "-y", *more]
    environment = {**os.environ, _VARIABLE: f"{given_r} {said_w}"}
    # a process group of its own: a signal reaches it once, from here
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, pass_fds=(given_r, said_w), stdin=subprocess.DEVNULL, stdout=sys.stderr,
        process_group=0,
    ) as process:  # fmt: skip
        os.close(given_r)
        os.close(said_w)
        with os.fdopen(given_w, "w") as out:
            out.write(text)
        try:
            with os.fdopen(said_r) as back:
                said = back.read()
            code = process.wait()
        except KeyboardInterrupt as stop:
            process.send_signal(number_of(stop))
            process.wait(interruption.END_WITHIN_S + 5)
            raise
    answer: dict[str, dict[str, str]] = json.loads(said) if said else {"failed": {}, "not_kept": {}}
    if code and not answer["failed"]:
        answer["failed"] = {host.name: f"pyinfra ended with code {code}" for host in read.hosts}
    return Outcome(code, **answer)


def receive() -> bool:
    """In pyinfra's process: take what the command gives, and tell it at the end which hosts failed.

    False where no command of envivo's has started this process.
    """
    descriptors = os.environ.pop(_VARIABLE, "").split()
    if not descriptors:
        return False
    given, back = map(int, descriptors)
    with os.fdopen(given) as file:
        received = json.load(file)
    lease.act_for(Lease(**received["lease"]))
    for host, password in received["typed"].items():
        privileges.remember(host, password)
    remember_passphrases(received["passphrases"])
    os.set_inheritable(back, False)
    atexit.register(_tell, back)
    return True


def _tell(back: int) -> None:
    if not state.initialised:
        return
    missing = set(state.inventory) - set(state.activated_hosts)
    failed = {host.name: connection_of(host).failure for host in {*state.failed_hosts, *missing}}
    said = {name: why or "could not be reached" for name, why in failed.items()}
    with os.fdopen(back, "w") as file:
        json.dump({"failed": said, "not_kept": NOT_KEPT}, file)
