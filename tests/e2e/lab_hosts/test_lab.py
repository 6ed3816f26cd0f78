"""`envivo lab` on this machine, beside what else is up in its lab."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from envivo.lab import image
from tests.e2e.machine import SPARE, STATE, Machine


def test_a_new_host_is_a_bare_debian_13_that_runs(spare: Machine) -> None:
    assert spare.ssh(SPARE, "systemctl is-system-running; cat /proc/1/comm") == "running\nsystemd\n"
    assert "VERSION_CODENAME=trixie" in spare.ssh(SPARE, "cat /etc/os-release")
    assert spare.ssh(SPARE, "command -v docker gst-launch-1.0 || echo bare") == "bare\n"


def test_a_host_lets_root_in_by_key_only(spare: Machine) -> None:
    settings = spare.ssh(SPARE, "sshd -T").splitlines()
    assert {"permitrootlogin without-password", "passwordauthentication no", "kbdinteractiveauthentication no"} <= set(
        settings
    )


def test_topologies_come_and_go_side_by_side(spare: Machine, tmp_path: Path) -> None:
    """From one checkout, also where the commands do not share their cache (ENVIVO_CACHE)."""
    caches = {"spare": image.CACHE.parent, "bench": tmp_path}
    (tmp_path / "lab").mkdir()
    for archive in image.CACHE.glob("*.tar"):
        (tmp_path / "lab" / archive.name).symlink_to(archive)

    def both(command: str) -> None:
        def run(topology: str) -> None:
            done = spare.lab(command, "--topology", topology, ENVIVO_CACHE=str(caches[topology]))
            assert done.returncode == 0, done.stderr

        with ThreadPoolExecutor() as pool:
            list(pool.map(run, caches))

    addresses = (SPARE, "10.86.0.31", "10.86.0.32")
    try:
        for _ in range(2):
            both("down")
            both("up")
            assert [spare.ssh(address, "hostname") for address in addresses] == ["spare1\n", "bench1\n", "bench2\n"]
        assert len({spare.ssh(address, "cat /etc/machine-id") for address in addresses}) == 3
        keys = [line.split()[-1] for line in (STATE / "known_hosts").read_text().splitlines()]
        assert len(keys) >= 3 and len(set(keys)) == len(keys), "two hosts have one key"
    finally:
        spare.lab("down", "--topology", "bench")
    assert spare.ssh(SPARE, "hostname") == "spare1\n"


@pytest.mark.proof
def test_packages_can_be_installed_on_a_host(spare: Machine) -> None:
    assert (
        spare.ssh(SPARE, "apt-get -qq update && apt-get -qq install -y busybox-static >/dev/null && busybox echo ok")
        == "ok\n"
    )


def test_a_second_up_changes_nothing(spare: Machine) -> None:
    def seen() -> tuple[str, str]:
        known = (STATE / "known_hosts").read_text().splitlines()
        started = spare.output("docker", "inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "spare1")
        return started, next(line for line in known if line.startswith(f"{SPARE} "))

    before = seen()
    again = spare.lab("up", "--topology", "spare")
    assert (again.returncode, again.stderr) == (0, "")
    assert seen() == before


def test_status_tells_machines_where_a_host_is_and_whether_it_is_up(spare: Machine) -> None:
    done = spare.lab("status", "--topology", "spare", "--json")
    host = json.loads(done.stdout)["hosts"]["spare1"]
    assert (done.returncode, host["state"], host["address"]) == (0, "up", SPARE)
    assert host["groups"] == ["media", "cameras"]
    assert Path(host["ssh_key"]).stat().st_mode & 0o777 == 0o600

    try:
        spare.output("docker", "stop", "spare1")
        done = spare.lab("status", "--topology", "spare", "--json")
        assert (done.returncode, json.loads(done.stdout)["hosts"]["spare1"]["state"]) == (1, "stopped")
    finally:
        up = spare.lab("up", "--topology", "spare")
    assert up.returncode == 0, up.stderr
    assert spare.lab("status", "--topology", "spare").returncode == 0


def test_a_host_that_is_enrolled_no_more_is_enrolled_again(spare: Machine) -> None:
    known_hosts = STATE / "known_hosts"
    with FileLock(image.CACHE / "lock"):  # another topology may be coming up
        lines = known_hosts.read_text().splitlines(keepends=True)
        known_hosts.write_text("".join(line for line in lines if not line.startswith(f"{SPARE} ")))
    assert spare.lab("up", "--topology", "spare").returncode == 0
    assert spare.ssh(SPARE, "hostname") == "spare1\n"


def test_a_foreign_container_of_a_hosts_name_is_left_alone(spare: Machine) -> None:
    base = spare.output("docker", "inspect", "--format", "{{.Image}}", "spare1").strip()
    made = spare.output("docker", "create", "--name", "bench1", base, "true")
    try:
        done = spare.lab("up", "--topology", "bench")
        assert done.returncode == 1
        assert "bench1: the container of this name is not a lab host: docker rm -f -v bench1" in done.stderr
        assert spare.lab("down", "--topology", "bench").returncode == 0
        assert spare.output("docker", "ps", "-aq", "--no-trunc", "--filter", "name=bench1") == made
    finally:
        spare.output("docker", "rm", "bench1")


def test_a_machine_without_docker_is_told_what_to_install() -> None:
    done = Machine().lab("up", PATH="/nowhere")
    assert done.returncode == 1
    assert (
        "docker, ip, ssh, ssh-keygen: not installed: apt-get install -y docker.io iproute2 openssh-client"
        in done.stderr
    )
