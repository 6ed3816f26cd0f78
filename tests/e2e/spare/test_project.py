"""A project of one's own, made and deployed by what is installed from the wheel: no checkout takes part."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.e2e.lab import Lab, fresh
from tests.patience import patient, until
from tests.unit.scaffold.wheel import Installed, build, install

pytestmark = [pytest.mark.proof, pytest.mark.timeout(patient(300))]

STYLE = "body { color: teal }\n"


@pytest.fixture(scope="module")
def ready_spare() -> Iterator[Lab]:
    """spare1 with the packages of all roles; the other one of this name is gone then."""
    yield from fresh("spare")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    directory = tmp_path_factory.mktemp("installed")
    return install(build(directory), directory / "venv")


@pytest.fixture(scope="module")
def project(installed: Installed, ready_spare: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For the lab host, with a test picture in place of a camera, and a page's style of its own."""
    directory = tmp_path_factory.mktemp("project")
    (address,) = ready_spare.hosts.values()
    made = installed.envivo(directory, "init", "--kind", "lan", "--host", address)
    assert made.returncode == 0, made.stderr
    keys = Path(ready_spare.ssh_key)
    more = {
        "ssh_key": str(keys),
        "ssh_known_hosts_file": str(keys.parent / "known_hosts"),
        "ssh_config_file": "/dev/null",
    }
    replace(directory / "inventories" / "home.py", '"ssh_user": "root"', f'"ssh_user": "root", **{more!r}')
    replace(directory / "group_data" / "home.py", '"device": "/dev/video0"', '"source": "test"')
    (directory / "player" / "css").mkdir(parents=True)
    (directory / "player" / "css" / "style.css").write_text(STYLE)
    return directory


def replace(file: Path, text: str, by: str) -> None:
    assert file.read_text().count(text) == 1
    file.write_text(file.read_text().replace(text, by))


def changed(installed: Installed, project: Path) -> list[str]:
    """Deploys and returns the operations that changed something."""
    done = installed.pyinfra(project, "inventories/home.py", "deploy.py", "-y", "--json")
    assert done.returncode == 0, done.stderr
    return [one["name"] for one in json.loads(done.stdout)["results"]["operations"] if one["success"]]


def test_project_is_deployed_once_and_verified(installed: Installed, project: Path, ready_spare: Lab) -> None:
    assert "Cameras | Start an agent for each camera" in changed(installed, project)
    assert changed(installed, project) == []

    done = until(lambda done: done.returncode == 0, lambda: installed.envivo(project, "verify", "home"), 60, 0)
    assert done.returncode == 0, done.stdout + done.stderr

    (address,) = ready_spare.hosts.values()
    with urlopen(f"http://{address}:8080/web/css/style.css", timeout=patient(10)) as answer:
        assert answer.read().decode() == STYLE
