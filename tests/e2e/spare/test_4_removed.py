"""`envivo remove`: nothing is left on the host, a deploy brings it back; also interrupted, and after it left the
inventory; and `envivo backup`, `envivo restore` around it. What is left, these tests find by themselves."""

import json
import subprocess
from pathlib import Path

import pyrage
import pytest

from tests.e2e.home import HOST, NAME, Home, make_home
from tests.e2e.lab import Lab
from tests.patience import patient, until

pytestmark = pytest.mark.timeout(patient(300))

LEFT = r"""
ss -Hlntup | grep -v '"sshd"\|"systemd\|"containerd"\|127.0.0.11:' | sed 's/^/port /'
docker ps -aq 2>/dev/null | sed 's/^/container /'
systemctl list-units --all --plain --no-legend 'envivo*' 'var-lib-envivo*' | sed 's/^/unit /'
systemctl is-active coturn fail2ban | grep -x active
find / -xdev \( -path /proc -o -path /sys -o -path /var/lib/docker -o -path /var/lib/envivo -o -path /var/log \
	-o -path /tmp \) -prune -o -iname '*envivo*' -print 2>/dev/null | sort
find /etc/envivo /opt/envivo 2>/dev/null
nft list tables | grep envivo
sysctl -n net.ipv4.ip_unprivileged_port_start | grep -vx 1024
true
"""
"""Whatever there is of envivo on a host, but for its data; containerd is Docker's, and 127.0.0.11 the lab's
own DNS."""
DATA = {"/var/lib/envivo-agent", "/var/cache/envivo-agent"}
NOTES, MINE = "/etc/envivo/notes.txt", "/opt/envivo/stack/mine.sh"
AGENT = "systemctl show -P StatusText envivo-agent@webcam"
OF_PURGE = (
    "ls -d /var/lib/envivo /var/lib/envivo-agent /var/cache/envivo-agent 2>/dev/null; "
    "getent passwd envivo envivo-agent; getent group envivo envivo-agent; docker image ls -q; "
    "systemctl is-enabled coturn fail2ban 2>/dev/null | grep masked; grep -s live-restore /etc/docker/daemon.json; true"
)
SERIALS = "; ".join(
    f"openssl s_client -connect {HOST}:{port} -servername {HOST} </dev/null 2>/dev/null | openssl x509 -noout -serial"
    for port in (443, 8322, 5349)
)
RECORDINGS = "cd /var/lib/envivo/recordings/webcam && stat -c '%n %U %s' *.mp4 && sha256sum *.mp4"


@pytest.fixture(scope="module")
def home(spare: Lab, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return make_home(tmp_path_factory.mktemp("home"), spare)


def left(home: Home) -> list[str]:
    return sorted({*home.on_host(LEFT).splitlines()} - DATA)


def settled(home: Home) -> str:
    """Recordings, once none grows any more."""
    before, after = home.on_host(RECORDINGS), home.on_host(RECORDINGS)
    return after if before == after else ""


def removed(home: Home, *options: str) -> dict[str, list[str]]:
    done = home.envivo("remove", "home", "--yes", "--json", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    row: dict[str, list[str]] = json.loads(done.stdout)["removed"][NAME]
    return row


def test_removal_leaves_nothing_but_data_and_names_it(home: Home) -> None:
    home.deploy()
    assert left(home), "the list sees a deployed host"
    home.on_host(f"echo mine >{NOTES}; echo mine >{MINE}")

    row = removed(home)

    again, theirs = removed(home), sorted(["/etc/envivo", NOTES, "/opt/envivo", "/opt/envivo/stack", MINE])
    there = until(lambda there: there == theirs, lambda: left(home), 20)
    home.on_host("rm -r /etc/envivo /opt/envivo")
    assert there == theirs
    assert again["removed"] == [] and again["foreign"] == row["foreign"] == [NOTES, MINE]
    kept = "\n".join(row["kept"])
    for word in (
        "/var/lib/envivo/recordings (",
        "/var/lib/envivo/caddy (",
        "user envivo\n",
        "the mask of coturn.service",
    ):
        assert word in kept, kept
    assert json.loads(home.record.read_text())[NAME]["removed"], "a purge still knows how to reach it"


@pytest.mark.proof
def test_deploy_after_a_removal_brings_all_back(home: Home) -> None:
    home.deploy()

    assert home.deploy() == []
    assert "kbit/s" in until(lambda said: "kbit/s" in said, lambda: home.on_host(AGENT), 30)
    done = until(lambda done: done.returncode == 0, lambda: home.envivo("verify", "home"), 60, 0)
    assert done.returncode == 0, done.stdout


@pytest.mark.proof
@pytest.mark.parametrize(
    "gone",
    ["systemctl is-active coturn", "docker ps -aq | grep .", "test -e /opt/envivo/bin", "test -e /opt/envivo/agent"],
    ids=["coturn", "containers", "certificates", "agents"],
)
def test_removal_that_was_killed_is_completed_by_the_next(home: Home, gone: str) -> None:
    home.deploy()
    with subprocess.Popen(
        home.command("remove", "home", "--yes", "--purge"),
        cwd=home.directory, env=home.environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        try:
            absent = f"while {gone} >/dev/null; do sleep 0.05; done"
            home.on_host(f"timeout {patient(60):.0f} sh -c {json.dumps(absent)}")
        finally:
            process.kill()
    assert process.returncode == -9, "it was over before"

    removed(home, "--purge")

    assert left(home) == [] and home.on_host(OF_PURGE) == ""


@pytest.mark.proof
def test_host_that_left_the_inventory_is_named_and_purged(home: Home) -> None:
    home.deploy()
    home.on_host(f"echo mine >{NOTES}; echo mine >/var/lib/envivo/notes.txt")
    inventory = home.directory / "inventories/home.py"
    before = inventory.read_text()
    other = before.replace(NAME, "cellar").replace("ssh_hostname': '", "ssh_hostname': '198.51.100.9', 'x': '")
    inventory.write_text(other.replace("'x': ", "'note': "))
    try:
        said = home.envivo("plan", "home").stdout
        assert f"{NAME}: is no longer in the inventory, but still has envivo: envivo remove home {NAME}" in said
        inventory.write_text("media = []\n")

        row = removed(home, NAME, "--purge")

        assert row["foreign"] == [NOTES, "/var/lib/envivo/notes.txt"]
        assert home.on_host("ls -A /etc/envivo /var/lib/envivo").split() == [
            "/etc/envivo:", "notes.txt", "/var/lib/envivo:", "notes.txt",
        ]  # fmt: skip
        home.on_host("rm -r /etc/envivo /var/lib/envivo")
        assert left(home) == [] and home.on_host(OF_PURGE) == ""
        unknown = home.envivo("remove", "home", NAME, "--yes")
        assert unknown.returncode == 2 and f"{NAME}: home was never deployed to this host" in unknown.stderr
    finally:
        inventory.write_text(before)


@pytest.mark.proof
def test_new_host_is_as_the_old_one_after_restore_and_deploy(home: Home, tmp_path: Path) -> None:
    """A purged host is a new one, as the tests above have shown."""
    home.deploy()
    until(bool, lambda: home.on_host("ls /var/lib/envivo/recordings/webcam/*.mp4 2>/dev/null; true"), 60)
    serials = until(lambda said: len(said.split()) == 3, lambda: home.on_host(SERIALS), 60)
    assert len(set(serials.split())) == 1, serials
    home.on_host("systemctl stop envivo-agent@webcam")
    recordings = until(bool, lambda: settled(home), 30)
    secrets = json.loads((home.directory / ".envivo/secrets/home.json").read_text())
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(f"{identity}\n")
    file = tmp_path / "home.tar.age"

    done = home.envivo("backup", "home", "--to", file, "--key", str(identity.to_public()), "--recordings")

    assert done.returncode == 0, done.stderr
    removed(home, "--purge")
    into = tmp_path / "restored"
    for options in (("--into", into), ("--hosts",)):
        place = home if options == ("--into", into) else Home(into, home.lab)
        done = place.envivo("restore", file, "--identity", tmp_path / "key", *options)
        assert done.returncode == 0, done.stdout + done.stderr
    again = Home(into, home.lab)
    assert "Media | Load images" in again.deploy()
    assert again.deploy() == []
    assert until(lambda said: said == serials, lambda: again.on_host(SERIALS), 30) == serials
    assert "certificate obtained" not in again.on_host("docker logs $(docker ps -q --filter name=web) 2>&1")
    assert json.loads((into / ".envivo/secrets/home.json").read_text()) == secrets
    shown = again.on_host(RECORDINGS)
    assert set(recordings.splitlines()) <= set(shown.splitlines()) and " envivo " in recordings
    verified = until(lambda done: done.returncode == 0, lambda: again.envivo("verify", "home"), 60, 0)
    assert verified.returncode == 0, verified.stdout

    running = again.envivo("restore", file, "--identity", tmp_path / "key", "--hosts")

    assert running.returncode == 0, running.stderr
    assert until(lambda said: said == serials, lambda: again.on_host(SERIALS), 30) == serials
    assert again.deploy() == []
    removed(again, "--purge")
