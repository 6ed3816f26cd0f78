"""What a host is refused for: one clear message, an exit code that is not 0, and nothing on it has changed."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.disguise import FEDORA, UBUNTU, disguised
from tests.e2e.lab import Lab, SettingsOf

MARK = "/run/envivo-test-mark"
UNTOUCHED = (
    f"find / -xdev -newer {MARK} -type f "
    "-not -path '/proc/*' -not -path '/sys/*' -not -path '/run/*' -not -path '/tmp/*' -not -path '/var/log/*' "
    "-not -path '/var/lib/systemd/*' -not -path '/root/.ssh/*' 2>/dev/null"
)


@pytest.fixture
def unchanged(bare: Lab) -> Iterator[Lab]:
    """The bare hosts; fails afterwards if a file of the media host was written meanwhile."""
    bare.run(bare.media, f"touch {MARK}")
    yield bare
    assert bare.run(bare.media, UNTOUCHED, check=False).stdout == ""


def refused(lab: Lab, *arguments: str, **variables: str) -> str:
    done = lab.pyinfra(*arguments, "deploy.py", "-y", **variables)
    assert done.returncode != 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "- Success" not in done.stderr and "] Success" not in done.stderr
    return done.stderr


def inventory_with(tmp_path: Path, lab: Lab, **connection: str) -> str:
    """An inventory of the lab's media host alone, reached in another way."""
    data = {"ssh_hostname": lab.hosts[lab.media], "ssh_user": "root", "ssh_key": lab.ssh_key,
            "ssh_known_hosts_file": str(Path(lab.ssh_key).parent / "known_hosts"),
            "ssh_strict_host_key_checking": "yes", **connection}  # fmt: skip
    file = tmp_path / "lab.py"
    file.write_text(f"media = cameras = [('{lab.media}', {data!r})]\n")
    return str(file)


def test_unreachable_host_is_refused(unchanged: Lab, tmp_path: Path) -> None:
    nobody = unchanged.hosts[unchanged.media].rpartition(".")[0] + ".250"
    said = refused(unchanged, inventory_with(tmp_path, unchanged, ssh_hostname=nobody))
    assert unchanged.media in said and ("Could not connect" in said or "No route to host" in said)


def test_wrong_host_key_is_refused(unchanged: Lab, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    kind, key, *_ = (tmp_path / "other.pub").read_text().split()
    (tmp_path / "known_hosts").write_text(f"{unchanged.hosts[unchanged.media]} {kind} {key}\n")
    said = refused(unchanged, inventory_with(tmp_path, unchanged, ssh_known_hosts_file=str(tmp_path / "known_hosts")))
    assert "host key" in said.lower()


@contextmanager
def background(lab: Lab, host: str, unit: str, program: str) -> Iterator[None]:
    """A Python program runs on the host meanwhile, from when it says so through systemd."""
    ready = (
        "import socket, os\n"
        "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'READY=1', os.environ['NOTIFY_SOCKET'])\n"
    )
    wait = "import signal\nsignal.pause()\n"
    start = f"cat > /run/{unit}.py && systemd-run -q --collect --unit {unit} -p Type=notify python3 /run/{unit}.py"
    try:
        lab.run(host, start, stdin=program + ready + wait)
        yield
    finally:
        lab.run(host, f"systemctl stop {unit}; rm -f /run/{unit}.py")


def test_port_of_a_foreign_process_is_refused(unchanged: Lab) -> None:
    with background(unchanged, unchanged.media, "squatter", "import socket as k\nl=k.create_server(('', 1935))\n"):
        said = refused(unchanged, "inventories/lab.py")
    assert "port 1935/tcp is taken by python3 (pid " in said
    assert "stop it, or choose another mediamtx.rtmp_port" in said


def test_untested_system_is_refused_until_the_settings_let_it_be_tried(unchanged: Lab, settings_of: SettingsOf) -> None:
    host = unchanged.media
    tried = ("--limit", host, "--group-data", str(settings_of(base={"untested_system": True})))
    with disguised(unchanged, host, UBUNTU):
        said = refused(unchanged, "inventories/lab.py", "--limit", host)
        planned = unchanged.pyinfra("inventories/lab.py", *tried, "deploy.py", "--dry")
    with disguised(unchanged, host, FEDORA):
        other = refused(unchanged, "inventories/lab.py", *tried)
    assert 'the system is ubuntu-24.04: must be debian-13, or try it, untested: base={"untested_system": True}' in said
    assert "the system is" not in planned.stderr and planned.returncode == 0
    assert planned.stderr.count("envivo was never run on ubuntu-24.04 ('Ubuntu 24.04.3 LTS'), only on debian-13") == 1
    assert "(docker.io 26.1." in planned.stderr and "systemd 257" in planned.stderr
    assert "the system is fedora-42: must be debian-13: base.untested_system is for systems that are like" in other


def test_full_disk_is_refused(unchanged: Lab) -> None:
    host = unchanged.media
    try:
        unchanged.run(host, "mkdir -p /var/lib/docker && mount -t tmpfs -o size=100m none /var/lib/docker")
        said = refused(unchanged, "inventories/lab.py")
    finally:
        unchanged.run(host, "umount /var/lib/docker")
    assert "105 MB are free on /var/lib/docker: at least 2.1 GB are needed there" in said


def test_locked_apt_is_waited_for_and_named(unchanged: Lab, settings_of: SettingsOf) -> None:
    host = unchanged.media
    lock = "import fcntl\nf=open('/var/lib/dpkg/lock-frontend','w')\nfcntl.lockf(f, fcntl.LOCK_EX)\n"
    settings = settings_of(base={"apt_lock_wait": 3})
    with background(unchanged, host, "upgrader", lock):
        # opening the lock for writing counts as a change of it
        unchanged.run(host, f"touch {MARK}")
        said = refused(unchanged, "inventories/lab.py", "--limit", host, "--group-data", str(settings))
    assert "waiting for apt, at most 3 s: python3 (pid " in said
    assert "apt is locked: python3 (pid " in said and "increase base.apt_lock_wait" in said
