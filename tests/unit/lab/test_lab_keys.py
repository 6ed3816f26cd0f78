import io
import subprocess
import tarfile
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from envivo.core import paths
from envivo.lab import keys


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "STATE", tmp_path / "state")
    state = tmp_path / "state" / "lab"
    files = {"STATE": "", "KEY": "id_ed25519", "KNOWN_HOSTS": "known_hosts", "_NETWORKS": "networks.json"}
    for name, file in files.items():
        monkeypatch.setattr(keys, name, state / file)
    return state


def test_the_labs_key_is_made_once_and_is_nobody_elses_to_read(state: Path) -> None:
    keys.ensure_lab_key()
    first = keys.KEY.read_bytes()
    keys.ensure_lab_key()
    assert keys.KEY.read_bytes() == first
    assert keys.KEY.stat().st_mode & 0o777 == 0o600
    assert [directory.stat().st_mode & 0o777 for directory in (state, state.parent)] == [0o700, 0o700]


def test_hosts_are_remembered_by_address_until_the_labs_key_is_lost(state: Path) -> None:
    keys.ensure_lab_key()
    assert keys.known() == {}
    keys.remember({"10.0.0.2": "ssh-ed25519 BBBB", "10.0.0.1": "ssh-ed25519 AAAA"})
    assert keys.KNOWN_HOSTS.read_text() == "10.0.0.1 ssh-ed25519 AAAA\n10.0.0.2 ssh-ed25519 BBBB\n"
    assert keys.known() == {"10.0.0.2": "ssh-ed25519 BBBB", "10.0.0.1": "ssh-ed25519 AAAA"}
    keys.KEY.unlink()
    keys.KEY.with_suffix(".pub").unlink()
    keys.ensure_lab_key()
    assert keys.known() == {}


@pytest.mark.parametrize("lost", ["id_ed25519", "id_ed25519.pub"])
def test_key_that_is_half_there_is_made_anew(state: Path, lost: str) -> None:
    keys.ensure_lab_key()
    (state / lost).unlink()
    keys.ensure_lab_key()
    derived = subprocess.run(["ssh-keygen", "-y", "-f", keys.KEY], capture_output=True, text=True, check=True).stdout
    assert keys.KEY.with_suffix(".pub").read_text().split()[:2] == derived.split()[:2]


def test_ranges_are_remembered_by_the_networks_name(state: Path) -> None:
    keys.ensure_lab_key()
    assert keys.ranges() == {}
    keys.remember_ranges({"envivo-lab": IPv4Network("10.9.8.0/24")})
    assert keys.ranges() == {"envivo-lab": IPv4Network("10.9.8.0/24")}


def test_each_host_gets_a_key_of_its_own_and_lets_the_labs_in(state: Path) -> None:
    keys.ensure_lab_key()
    one, other = keys.new_host_keys("one"), keys.new_host_keys("other")
    assert one.public != other.public
    with tarfile.open(fileobj=io.BytesIO(one.files)) as tar:
        modes = {entry.name: entry.mode for entry in tar}
        authorized = tar.extractfile("root/.ssh/authorized_keys")
        public = tar.extractfile("etc/ssh/ssh_host_ed25519_key.pub")
        assert authorized is not None and authorized.read() == keys.KEY.with_suffix(".pub").read_bytes()
        assert public is not None and public.read().decode().startswith(one.public)
    assert modes["etc/ssh/ssh_host_ed25519_key"] == modes["root/.ssh/authorized_keys"] == 0o600
