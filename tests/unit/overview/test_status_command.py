"""`envivo status` of hosts that do not answer, and of an environment that is not there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from envivo.core.paths import PROJECT as ROOT
from tests.patience import patient
from tests.unit.ports import free_ports

ENVIVO = Path(sys.executable).parent / "envivo"


def status(directory: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [str(ENVIVO), "status", *options]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=patient(60), check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two hosts, at ports where nobody listens."""
    for folder in ("inventories", "group_data"):
        (tmp_path / folder).mkdir()
    media, camera = free_ports(2)
    hosts = [f"{group} = [('{name}', {{'ssh_hostname': '127.0.0.1', 'ssh_port': {port}}})]"
             for group, name, port in (("media", "media1", media), ("cameras", "cam1", camera))]  # fmt: skip
    (tmp_path / "inventories" / "home.py").write_text("\n".join(hosts) + "\n")
    text = (ROOT / "group_data" / "lab.py").read_text()
    text = text.replace("    cameras=", '    media_address="192.0.2.1",\n    public_address="192.0.2.1",\n    cameras=')
    (tmp_path / "group_data" / "home.py").write_text(text)
    return tmp_path


def test_hosts_that_do_not_answer_are_what_is_wrong(project: Path) -> None:
    done = status(project, "home", "--json")
    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert [(finding["host"], finding["code"]) for finding in said["findings"]] == [
        ("media1", "host-unreachable"),
        ("cam1", "host-unreachable"),
    ]
    assert [said["hosts"][name]["answers"] for name in ("media1", "cam1")] == [False, False]
    assert said["ok"] is False

    shown = status(project, "home")
    assert shown.returncode == 1
    assert shown.stdout.splitlines()[0] == "home: 2 problems"
    assert shown.stdout.splitlines()[1].startswith("  media1: cannot be reached over SSH (")


def test_environment_that_is_not_there_is_refused() -> None:
    done = status(ROOT, "labb")
    assert (done.returncode, "there is no such environment" in done.stderr) == (2, True)
