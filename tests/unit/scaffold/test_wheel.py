"""What is installed from the wheel is all of envivo: it makes a project, reads it, and renders what a checkout does."""

import json
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from envivo.core.paths import PROJECT as ROOT
from tests.plan.conftest import ANSWERS
from tests.unit.scaffold.test_init import PAGE, SECRETS, TURN
from tests.unit.scaffold.wheel import Installed, build, install, tracked

LINKED = ("agent", "artifacts.lock.toml", "player", "roles", "templates")
"""What envivo/ has as links to the top of the checkout."""
RENDER = """
import json, runpy, sys
import envivo
from envivo.roles.media.desired import page
from tests.unit.render.hosts import files_of, three_machines
from tests.unit.render.media_host import ARTIFACTS

settings = runpy.run_path("group_data/site.py")["settings"].read()
texts = {f"{host}: {path}": text for (host, path), text in three_machines(settings).items()}
json.dump({"package": envivo.__file__, "texts": texts, "page": files_of(page(ARTIFACTS.hls_js))}, sys.stdout)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(wheel, tmp_path_factory.mktemp("installed") / "venv")


def test_wheel_holds_the_whole_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}

    links = {f"envivo/{name}" for name in LINKED}
    expected = {f"envivo/{name}" for name in tracked(*LINKED)} | set(tracked("envivo")) - links
    assert held - expected == set()
    assert expected - held == set()


def test_project_is_made_and_read_far_from_any_checkout(installed: Installed, tmp_path: Path) -> None:
    where = installed.run(tmp_path, installed.python, "-c", "import envivo; print(envivo.__file__)").stdout.strip()
    assert Path(where).is_relative_to(installed.venv)
    assert "init" in installed.envivo(tmp_path, "--help").stdout
    assert installed.envivo(tmp_path, "settings", "web.domain").returncode == 0
    nowhere = installed.envivo(tmp_path, "verify", "home")
    assert (nowhere.returncode, nowhere.stderr.count("\n")) == (2, 1)
    assert nowhere.stderr.startswith(f"{tmp_path}: is not a project (no inventories/): "), nowhere.stderr

    made = installed.envivo(tmp_path, "init", "video", "--kind", "lan", "--camera-host", "192.168.1.11")

    assert made.returncode == 0, made.stderr
    refused = installed.pyinfra(tmp_path / "video", "inventories/home.py", "debug-inventory")
    assert "inventories/home.py: HOST: must be filled in" in refused.stderr
    assert refused.returncode != 0
    inventory = tmp_path / "video" / "inventories" / "home.py"
    inventory.write_text(inventory.read_text().replace('fill_in("HOST", "192.168.1.10")', '"192.168.1.10"'))
    read = installed.pyinfra(tmp_path / "video", "inventories/home.py", "debug-inventory", "--json")
    assert read.returncode == 0, read.stderr
    assert {host["data"]["ssh_hostname"] for host in json.loads(read.stdout)} == {"192.168.1.10", "192.168.1.11"}
    secrets = installed.envivo(tmp_path, "--project", "video", "secrets", "home")
    assert "publish-webcam: generated: .envivo/secrets/home.json" in secrets.stdout, secrets.stderr
    assert (tmp_path / "video" / ".envivo" / "secrets" / "home.json").exists()
    assert not (tmp_path / ".envivo").exists()


def test_project_is_deployed_by_all_roles_with_a_page_of_its_own(installed: Installed, tmp_path: Path) -> None:
    """On a host that pyinfra makes up."""
    assert installed.envivo(tmp_path, "init", "--kind", "lan").returncode == 0
    data = {"fake_responses": ANSWERS, "fake_delay": 0, "fake_delay_jitter": 0, "ssh_hostname": "192.0.2.1"}
    (tmp_path / "inventories" / "home.py").write_text(f"media = cameras = [('@fake/attic', {data!r})]\n")
    (tmp_path / "player" / "css").mkdir(parents=True)
    (tmp_path / "player" / "css" / "style.css").write_text("body { color: teal }\n")

    done = installed.pyinfra(tmp_path, "inventories/home.py", "deploy.py", "-y", "--json")

    assert done.returncode == 0, done.stderr
    names = [one["name"] for one in json.loads(done.stdout)["results"]["operations"] if one["success"]]
    assert "Media | Start the containers and wait until they are healthy" in names
    assert "Cameras | Start an agent for each camera" in names
    said = "--> The project's own files in place of the toolkit's: player/css/style.css"
    assert done.stderr.count("own files") == 1
    assert said in done.stderr.splitlines()


def test_wheel_renders_what_the_checkout_renders(installed: Installed, tmp_path: Path) -> None:
    internet = ["--kind", "internet3", "--name", "site", *PAGE, *TURN, "--camera-host", "192.168.1.11"]
    assert installed.envivo(tmp_path, "init", "video", *internet).returncode == 0
    for name in ("render/hosts.py", "render/media_host.py", "settings/hosts.py"):
        copy = tmp_path / "helpers" / "tests" / "unit" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "tests" / "unit" / name, copy)
    variables = {**SECRETS, "PYTHONPATH": str(tmp_path / "helpers")}

    rendered = [
        installed.run(tmp_path / "video", python, "-c", RENDER, **variables)
        for python in (installed.python, sys.executable)
    ]

    assert [done.stderr for done in rendered] == ["", ""]
    of_wheel, of_checkout = (json.loads(done.stdout) for done in rendered)
    assert Path(of_wheel.pop("package")).is_relative_to(installed.venv)
    assert Path(of_checkout.pop("package")).is_relative_to(ROOT)
    assert len(of_wheel["texts"]) > 50 and len(of_wheel["page"]) > 50
    assert of_wheel == of_checkout
