"""The same state by ansible-core, set up as well as it can be: pipelining, a connection that persists, no facts."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from desired_state import DesiredState

from envivo.core.paths import CACHE, COMPOSE_FILE
from envivo.lab.progress import step
from envivo.state.desired import File

VERSION = "2.19.14"
VENV = CACHE / "bench" / f"ansible-core-{VERSION}"
PLAYBOOK = Path(__file__).with_name("playbook.yml")


def installed() -> Path:
    """The program, in a virtual environment of its own."""
    done = VENV / "installed"
    if not done.exists():
        with step(f"ansible-core {VERSION}: install"):
            subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
            pip = [str(VENV / "bin/pip"), "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "install", f"ansible-core=={VERSION}"], check=True)
        done.touch()
    return VENV / "bin/ansible-playbook"


@contextmanager
def playbook(state: DesiredState, host: str, ssh_config: Path) -> Iterator[tuple[list[str], Mapping[str, str]]]:
    """Command and environment of a run; its connection is ended afterwards."""
    with TemporaryDirectory(prefix="envivo-bench-") as directory:
        there = Path(directory)
        variables = there / "variables.json"
        variables.write_text(json.dumps(_variables(state, there)))
        control_path = there / "ssh"
        environ = {
            **os.environ,
            "ANSIBLE_PIPELINING": "true",
            "ANSIBLE_SSH_ARGS": f"-F {ssh_config} -o ControlMaster=auto -o ControlPersist=1h",
            "ANSIBLE_SSH_CONTROL_PATH": str(control_path),
            "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_HOME": str(there / "home"),
        }
        try:
            yield [str(installed()), "-i", f"{host},", str(PLAYBOOK), "--extra-vars", f"@{variables}"], environ
        finally:
            end = ["ssh", "-F", str(ssh_config), "-o", f"ControlPath={control_path}", "-O", "exit", host]
            subprocess.run(end, capture_output=True, check=False)


def _variables(state: DesiredState, there: Path) -> dict[str, object]:
    """What the playbook loops over. Contents become files beside the variables."""
    files, directories = [], []
    for number, one in enumerate(state.files):
        common = {"path": one.path, "owner": one.owner, "group": one.group, "mode": f"0{one.mode}"}
        if isinstance(one, File):
            content = there / str(number)
            content.write_bytes(one.content)
            files.append({**common, "content": str(content)})
        else:
            directories.append(common)
    return {
        "packages": state.packages,
        "accounts": [asdict(one) for one in state.accounts],
        "directories": directories,
        "files": files,
        "units": [unit.name for unit in state.units],
        "images": [
            {"reference": one.reference, "image_id": one.image_id}
            for one in (state.artifacts.mediamtx, state.artifacts.caddy)
        ],
        "compose_file": COMPOSE_FILE,
        "services": [asdict(one) for one in state.services.values()],
    }
