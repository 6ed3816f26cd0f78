"""`python -m envivo.plan.planner INVENTORY [DIRECTORY ...]`: what `pyinfra INVENTORY deploy.py` would change; a process
of envivo's own commands, since pyinfra's command line replaces the standard library's sockets by gevent's.

Each line of standard input is a host that is to be looked at, with what a person has typed: its password for sudo,
passphrases of keys; and the socket of a connection to it, if there is one. Each line of standard output is what came of
one: planning.py. DIRECTORY: of group data, as pyinfra's --group-data.
Nothing on hosts is changed: pyinfra prepares deploy.py as it does with --dry, which runs each operation until it has
its first command.
"""

import ast
import json
import logging
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import asdict
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import gevent
import pyinfra
from pyinfra.api import Config, Host, State
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.state import StateStage
from pyinfra.context import ctx_config, ctx_host, ctx_inventory, ctx_state
from pyinfra_cli.exceptions import UnexpectedExternalError
from pyinfra_cli.inventory import make_inventory
from pyinfra_cli.util import exec_file

from envivo.core.errors import EnvivoError
from envivo.core.paths import ETC, OPT, PROJECT
from envivo.operations import openssh, reading
from envivo.operations.keeping import brought
from envivo.operations.reasons import STATED, Stated
from envivo.operations.stopped import STAYING
from envivo.operations.strays import CLAIMED, OTHERS, drop_ins, strays
from envivo.plan.origin import Past, origin
from envivo.plan.past import Beside, Found
from envivo.plan.replaced import replaced
from envivo.ssh.link import remember_passphrases
from envivo.ssh.privileges import remember

DEPLOY = "deploy.py"


class _Errors(logging.Handler):
    """The last error that pyinfra logged of each host; its own words end a host without an exception."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.of: dict[str, str] = {}

    def emit(self, record: logging.LogRecord) -> None:
        host = ctx_host.get()
        if host is not None:
            plain = re.sub(r"\033\[[\d;]*m", "", record.getMessage())
            self.of[host.name] = plain.replace(f"[{host.name}]", "").strip()


def main(inventory: str, group_data: Sequence[str], answers: TextIO) -> None:
    state, errors = _state(inventory, group_data), _Errors()
    pyinfra.logger.propagate = False
    pyinfra.logger.addHandler(errors)
    hosts = {host.name: host for host in state.inventory}
    looks = []
    _load()
    in_a_thread = gevent.get_hub().threadpool  # a plain read would stop all greenlets
    while line := in_a_thread.apply(sys.stdin.readline):
        name, password, passphrases, socket = json.loads(line)
        remember(name, password)
        remember_passphrases(passphrases)
        openssh.LENT[name] = socket
        host = hosts[name]
        look = gevent.spawn(_look, state, host, errors)
        look.link(partial(_tell, host, answers))
        looks.append(look)
    gevent.joinall(looks)


def _load() -> None:
    """Loads what deploy.py imports of the toolkit, before the first question comes. What is wrong there, it says itself
    when it is run."""
    with suppress(OSError, SyntaxError, ImportError):
        for statement in ast.parse(Path(DEPLOY).read_bytes()).body:
            if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("envivo."):
                import_module(str(statement.module))


def _state(inventory: str, group_data: Sequence[str]) -> State:
    """As pyinfra's own command makes it."""
    openssh.install()
    reading.install()
    pyinfra.is_cli = True  # operations are distinguished by the lines of deploy.py that call them
    state = State(check_for_changes=True)
    state.cwd = str(PROJECT)
    state.current_deploy_filename = DEPLOY
    ctx_state.set(state)
    config = Config()
    ctx_config.set(config)
    made = make_inventory(inventory, cwd=state.cwd, group_data_directories=group_data)
    ctx_inventory.set(made)
    state.init(made, config)
    state.set_stage(StateStage.Prepare)
    return state


def _look(state: State, host: Host, errors: _Errors) -> dict[str, Any]:
    with ctx_config.use(state.config.copy()), ctx_host.use(host):
        error = _prepare(state, host)
        if host in state.failed_hosts:  # by a fact that could not be read, after which pyinfra goes on
            error = errors.of.get(host.name) or error or "a fact could not be read"
        if error:
            return {"error": error, "changes": [], "strays": []}
        changes = _changes(state, host)
        claimed = CLAIMED.get(host.name, set())
        beside: Found = host.get_fact(Beside, directories=[ETC, OPT, *drop_ins(claimed)])
        past = Past(beside.release, beside.states, brought(host.name).files) if beside.release else None
        for change in changes:
            change["origins"] = [origin(difference, past) for difference in change["differences"]]
        return {
            "error": "",
            "changes": changes,
            "files": replaced(host),
            "strays": strays(beside.files, claimed, _subjects(changes)),
            "release": beside.release.words if beside.release else "",
            "others": OTHERS.get(host.name, []),
            "stopped": list(dict.fromkeys(program.stays for program in STAYING.get(host.name, []))),
        }


def _tell(host: Host, answers: TextIO, look: gevent.Greenlet) -> None:
    lost = {"error": f"{type(look.exception).__name__}: {look.exception}", "changes": [], "strays": []}
    print(json.dumps({"host": host.name, **(look.value if look.successful() else lost)}), file=answers, flush=True)


def _prepare(state: State, host: Host) -> str:
    """Why deploy.py could not be prepared for the host."""
    try:
        host.connect(raise_exceptions=True)
        state.activate_host(host)
        exec_file(DEPLOY)
    except UnexpectedExternalError as error:
        return str(error.exception) or type(error.exception).__name__
    except (PyinfraError, EnvivoError) as error:
        return str(error)
    return ""


def _changes(state: State, host: Host) -> list[dict[str, Any]]:
    found = []
    for operation in host.op_hash_order:
        if state.get_op_data_for_host(host, operation).operation_meta._maybe_is_change:
            stated = STATED.get((host.name, operation), Stated([], []))
            names = state.get_op_meta(operation).names
            refusals = [asdict(problem) for problem in stated.refusals]
            found.append({"operation": min(names), "differences": stated.differences, "refusals": refusals})
    return found


def _subjects(changes: Sequence[Mapping[str, Any]]) -> list[str]:
    return [difference.subject for change in changes for difference in change["differences"]]


if __name__ == "__main__":
    try:
        with redirect_stdout(sys.stderr):  # what files of the project print is not an answer
            main(sys.argv[1], sys.argv[2:], sys.__stdout__ or sys.stdout)
    except UnexpectedExternalError as error:
        sys.exit(f"{type(error.exception).__name__}: {error.exception}")
