"""A bare host that is reached as an ordinary user with sudo, as README.md shows for one's own hosts."""

import json
from pathlib import Path
from secrets import token_hex

import pytest
from pyinfra.api.util import sha1_hash

from envivo.artifacts import ensure
from envivo.operations.images import INCOMING
from tests.e2e.lab import Lab

pytestmark = pytest.mark.proof

USER = "pi"
MAKE_USER = (
    f"useradd -m -s /bin/bash {USER} && echo 'echo Welcome; echo news >&2' > /home/{USER}/.bashrc && "
    f"cp -r /root/.ssh /home/{USER}/ && chown -R {USER}: /home/{USER}/.ssh && "
    f"echo '{USER} ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/{USER}"
)


def take_names() -> str:
    """Somebody of the host makes first what an image could travel as, in directories where everybody may write."""
    images = ensure("amd64")
    taken = []
    for archive in (images.mediamtx.archive.name, images.caddy.archive.name):
        shared = f"/var/tmp/{archive}"  # noqa: S108
        # pyinfra's own choice for what it uploads with sudo
        taken += [shared, *(f"/tmp/pyinfra-{sha1_hash(there)}" for there in (shared, f"{INCOMING}/{archive}"))]  # noqa: S108
    return f"useradd -m stranger && su stranger -c 'touch {' '.join(taken)}'"


def changed(lab: Lab, inventory: Path) -> list[str]:
    done = lab.pyinfra(str(inventory), "deploy.py", "-y", "--json")
    assert done.returncode == 0, done.stderr
    return [one["name"] for one in json.loads(done.stdout)["results"]["operations"] if one["success"]]


def test_user_with_sudo_deploys_like_root(bare_spare: Lab, tmp_path: Path) -> None:
    spare = bare_spare
    ((host, address),) = spare.hosts.items()
    spare.run(host, MAKE_USER)
    spare.run(host, take_names())
    reached = {"ssh_hostname": address, "ssh_user": USER, "_sudo": True, "ssh_key": spare.ssh_key,
               "ssh_known_hosts_file": str(Path(spare.ssh_key).parent / "known_hosts")}  # fmt: skip
    inventory = tmp_path / "lab.py"
    inventory.write_text(f"media = cameras = [({host!r}, {reached!r})]\n")

    assert "Cameras | Start an agent for each camera" in changed(spare, inventory)
    assert changed(spare, inventory) == []
    assert "/etc/envivo/" in spare.run(host, "cat /var/lib/envivo/releases/1/paths").stdout

    password = token_hex(16)
    protect = f"echo '{USER}:{password}' | chpasswd && echo '{USER} ALL=(ALL) ALL' > /etc/sudoers.d/{USER}"
    spare.run(host, protect)
    reached["_sudo_password"] = password
    inventory.write_text(f"media = cameras = [({host!r}, {reached!r})]\n")
    assert changed(spare, inventory) == []

    spare.verified()
    owners = spare.run(host, f"find /etc/envivo /opt/envivo /var/tmp /tmp -user {USER}").stdout
    assert owners == "", "files of the login user were left"
