"""The environment `local`: a machine that deploys to itself, tried inside a lab host."""

import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from envivo.core.paths import CACHE
from envivo.core.paths import PROJECT as ROOT
from tests.e2e.lab import BIN, Lab
from tests.patience import patient, until

pytestmark = [pytest.mark.proof, pytest.mark.timeout(patient(300))]

CHECKOUT = "/root/envivo"
IN_CHECKOUT = f"cd {CHECKOUT} && "


@pytest.fixture(scope="module")
def laptop(bare_spare: Lab) -> Lab:
    """A host with a checkout, a virtual environment from the lock file, and a full cache of artifacts."""
    lab = bare_spare
    (host,) = lab.hosts
    python = lab.run(host, "python3 -c 'import sys; print(\"%d.%d\" % sys.version_info[:2])'").stdout.strip()
    wheels = wheels_for(python)
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    lab.run(host, "apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv")
    files = {name: ROOT / name for name in tracked if name}
    send(lab, host, CHECKOUT, {name: file for name, file in files.items() if file.is_symlink() or file.is_file()})
    send(lab, host, "/root/wheels", {wheel.name: wheel for wheel in wheels.iterdir()})
    send(lab, host, "/root/.cache/envivo", {str(file.relative_to(CACHE)): file for file in cached_artifacts()})
    lab.run(
        host,
        f"{IN_CHECKOUT} python3 -m venv .venv && .venv/bin/pip install -q --no-index --find-links /root/wheels "
        "--require-hashes -r requirements.lock && "
        ".venv/bin/pip install -q --no-deps --no-build-isolation --no-index -e .",
    )
    return lab


def cached_artifacts() -> list[Path]:
    return [one for one in (CACHE / "artifacts").rglob("*") if one.is_file()]


def wheels_for(python: str) -> Path:
    """What requirements.lock asks for, as wheels for that Python; kept in the cache."""
    lock = ROOT / "requirements.lock"
    wheels = CACHE / "wheels" / f"{python}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    if not wheels.exists():
        platforms = [f"--platform=manylinux_2_{minor}_x86_64" for minor in (17, 24, 26, 27, 28, 31, 34, 35, 39, 40)]
        part = wheels.with_suffix(".part")
        subprocess.run(
            [BIN / "pip", "download", "-q", "--require-hashes", "-r", lock, "-d", part, "--python-version", python,
             "--only-binary=:all:", "--implementation=cp", "--platform=manylinux2014_x86_64", *platforms],
            check=True,
        )  # fmt: skip
        part.rename(wheels)
    return wheels


def send(lab: Lab, host: str, directory: str, files: dict[str, Path]) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, file in files.items():
            tar.add(file, name)
    unpack = f"mkdir -p {directory} && tar -xf - -C {directory}"
    subprocess.run(lab.ssh(host, unpack), input=packed.getvalue(), check=True, timeout=patient(60))


def deploy_locally(lab: Lab) -> list[str]:
    """Deploys on the host itself and returns the operations that changed something."""
    (host,) = lab.hosts
    command = ".venv/bin/pyinfra inventories/local.py deploy.py -y --json"
    done = subprocess.run(
        lab.ssh(host, f"{IN_CHECKOUT} {command}"), capture_output=True, text=True, timeout=patient(120), check=False
    )
    assert done.returncode == 0, done.stderr
    operations = json.loads(done.stdout)["results"]["operations"]
    return [one["name"] for one in operations if one["success"]]


def test_machine_without_a_camera_waits_for_it(laptop: Lab) -> None:
    (host,) = laptop.hosts

    changed = deploy_locally(laptop)

    assert "Media | Start the containers and wait until they are healthy" in changed
    assert laptop.run(host, "systemctl is-active envivo-agent@webcam").stdout.strip() == "active"
    assert "/dev/video0" in laptop.run(host, "journalctl -u envivo-agent@webcam -o cat").stdout
    assert deploy_locally(laptop) == []


def test_machine_with_a_test_picture_delivers_moving_pictures(laptop: Lab) -> None:
    (host,) = laptop.hosts
    camera = '{"source": "v4l2", "device": "/dev/video0"}'
    laptop.run(host, f"{IN_CHECKOUT} grep -qF '{camera}' group_data/local.py")
    laptop.run(host, f"""{IN_CHECKOUT} sed -i 's|{camera}|{{"source": "test"}}|' group_data/local.py""")

    assert deploy_locally(laptop) == [
        "Cameras | Install the agent and the configuration of each camera",
        "Cameras | Start an agent for each camera",
    ]
    verify = f"{IN_CHECKOUT} .venv/bin/envivo verify local"
    verified = until(lambda done: done.returncode == 0, lambda: laptop.run(host, verify, check=False), 60, 0)
    assert verified.returncode == 0, verified.stdout + verified.stderr
