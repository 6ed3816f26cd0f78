"""What a Docker Engine must be is looked at before anything on its host is changed."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from envivo.operations.preflight import HostReport, parse, unfit_engine
from envivo.state.docker import violations
from envivo.state.live_restore import CONFIG
from tests.unit.operations.programs import Programs
from tests.unit.operations.shell import lines

SECURITY = '["name=apparmor","name=seccomp,profile=builtin","name=cgroupns"]'
DRIVER = '[["Backing Filesystem","extfs"],["Supports d_type","true"]]'
EXEC = "{ path=/usr/sbin/dockerd ; argv[]=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock ; }"
DEBIAN = {
    "client": "/usr/bin/docker", "program": "Docker version 26.1.5+dfsg1, build a72d7cd", "daemon": "/usr/sbin/dockerd",
    "package": "docker.io", "installed": "Docker version 26.1.5+dfsg1, build 411e817", "compose": "2.26.1-4",
    "endpoint": "unix:///var/run/docker.sock", "answer": f"26.1.5+dfsg1|{SECURITY}|{DRIVER}|runc|linux",
    "unit": "active", "exec": EXEC,
}  # fmt: skip
DOCKERS_OWN = {
    **DEBIAN,
    "package": "docker-ce",
    "compose": "v5.0.1",
    "answer": f"29.1.0|{SECURITY}|{DRIVER}|runc|linux",
}
STOPPED = {**DEBIAN, "answer": "", "unit": "inactive", "invalid": "configuration OK"}
REMAP = (
    "Docker: uses userns-remap, which keeps containers off the host's network: remove userns-remap from {} and "
    "restart docker.service, which stops its containers"
)
IN_CONTAINERD = (
    "Docker: keeps images in containerd, where their IDs are not those that envivo checks: add "
    '"features": {"containerd-snapshotter": false} to /etc/docker/daemon.json and restart docker.service, which stops '
    "its containers"
)


def answering(base: dict[str, str], old: str, new: str) -> dict[str, str]:
    return {**base, "answer": base["answer"].replace(old, new)}


@pytest.mark.parametrize(
    ("seen", "config", "found"),
    [
        ({}, None, []),
        (DEBIAN, {"live-restore": True}, []),
        (DOCKERS_OWN, {}, []),
        (STOPPED, {"debug": True}, []),
        ({**STOPPED, "unit": "failed"}, {}, []),  # the deploy starts it
        ({**DEBIAN, "compose": ""}, None, []),  # Debian's is installed
        ({**DEBIAN, "client": "", "program": "", "compose": "", "endpoint": ""}, None, []),
        (answering(DEBIAN, '"name=cgroupns"', '"name=userns"'), None, [REMAP.format("/etc/docker/daemon.json")]),
        (STOPPED, {"userns-remap": "default"}, [REMAP.format("/etc/docker/daemon.json")]),
        ({}, {"userns-remap": "default"}, [REMAP.format("/etc/docker/daemon.json")]),
        ({}, {"userns-remap": ""}, []),
        ({**STOPPED, "exec": EXEC.replace("-H", "--userns-remap=default -H")}, {},
         [REMAP.format("docker.service")]),
        (answering(DEBIAN, '"name=cgroupns"', '"name=rootless"'), None,
         ["Docker: is rootless: install Docker as a service of root: the containers need the host's network and "
          "ports"]),
        ({**DEBIAN, "endpoint": "unix:///run/user/1000/docker.sock"}, None,
         ["Docker: of root uses another Engine, 'unix:///run/user/1000/docker.sock': unset DOCKER_HOST in root's "
          "start-up files, or `docker context use default` as root"]),
        ({**DEBIAN, "endpoint": "ssh://build.company.net"}, None,
         ["Docker: of root uses another Engine, 'ssh://build.company.net': unset DOCKER_HOST in root's start-up "
          "files, or `docker context use default` as root"]),
        (answering(DOCKERS_OWN, DRIVER, '[["driver-type","io.containerd.snapshotter.v1"]]'), None, [IN_CONTAINERD]),
        ({}, {"features": {"containerd-snapshotter": True}}, [IN_CONTAINERD]),
        ({}, {"features": ["containerd-snapshotter"]}, []),
        ({**DEBIAN, "client": "/usr/bin/snap", "daemon": "", "package": ""}, None,
         ["Docker: is the snap package, which may not read /etc/envivo and /opt/envivo: "
          "snap remove docker, and deploy again"]),
        ({**DEBIAN, "client": "/snap/docker/3265/bin/docker"}, None,
         ["Docker: is the snap package, which may not read /etc/envivo and /opt/envivo: "
          "snap remove docker, and deploy again"]),
        ({"client": "/usr/bin/docker", "program": "podman version 5.4.2"}, None,
         ["Docker: is Podman: remove the package podman-docker, and deploy again"]),
        ({**STOPPED, "unit": "active"}, {},
         ["Docker: does not answer, although docker.service is active: see journalctl -u docker.service"]),
        ({**STOPPED, "invalid": "unable to configure the Docker daemon: no 'lve'"}, {},
         ["Docker: cannot start (unable to configure the Docker daemon: no 'lve'): fix /etc/docker/daemon.json"]),
        (STOPPED, {"hosts": ["tcp://127.0.0.1:2375"]},
         ["Docker: cannot start, since both /etc/docker/daemon.json and docker.service set 'hosts': "
          "remove one of the two"]),
        (STOPPED, {"containerd": "/x"},
         ["Docker: cannot start, since both /etc/docker/daemon.json and docker.service set 'containerd': "
          "remove one of the two"]),
        ({**DOCKERS_OWN, "compose": ""}, None,
         ["Docker: has no `docker compose`; the Engine comes from the package docker-ce, and Debian's Compose would "
          "replace it: apt-get install docker-compose-plugin"]),
        ({**DOCKERS_OWN, "compose": "", "package": ""}, None,
         ["Docker: has no `docker compose`; the Engine comes from no package, and Debian's Compose would replace it: "
          "install Compose's plugin"]),
        ({**DOCKERS_OWN, "compose": "v2.20.1"}, None,
         ["Docker: Compose is v2.20.1: must be 2.20.2 or newer: upgrade it, and deploy again"]),
        (answering(DEBIAN, "26.1.5+dfsg1", "24.0.9"), None,
         ["Docker: is 24.0.9: must be 25.0 or newer: upgrade it, and deploy again"]),
        ({**STOPPED, "installed": "Docker version 20.10.24+dfsg1, build 5d6db84"}, None,
         ["Docker: is 20.10.24: must be 25.0 or newer: upgrade it, and deploy again"]),
        (answering(DEBIAN, "|runc|", "|runsc|"), None,
         ['Docker: runs containers with runsc: must be "default-runtime": "runc"']),
        (answering(DEBIAN, "|runc|", "|nvidia|"), None, []),
        (answering(DEBIAN, "|linux", "|windows"), None, ["Docker: is for windows: must be one of Linux"]),
    ],
)  # fmt: skip
def test_engine_that_cannot_run_containers_is_refused(
    seen: dict[str, str], config: dict[str, Any] | None, found: list[str]
) -> None:
    content = None if config is None else json.dumps(config).encode()
    assert list(map(str, violations(seen, content))) == found


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b"", b"\xef\xbb\xbf{}"])
def test_configuration_that_cannot_be_read_is_said_by_another_rule(content: bytes) -> None:
    assert violations(DEBIAN, content) == violations({}, content) == []


def test_host_is_asked_for_what_the_rules_need(tmp_path: Path) -> None:
    programs = Programs(tmp_path)
    programs.add("docker", f"""case "$*" in
        --version) echo {DEBIAN["program"]} ;;
        "context inspect"*) echo unix:///var/run/docker.sock ;;
        "info -f answer"*) echo 'answer {DEBIAN["answer"].replace("cgroupns", "userns")}'
            echo said true inactive; echo compose 2.26.1-4 ;;
    esac""")  # fmt: skip
    programs.add("dockerd", f"""case $1 in --version) echo {DEBIAN["installed"]} ;; esac""")
    programs.add("dpkg-query", "echo docker.io: /usr/sbin/dockerd")
    programs.add("systemctl", f"""case "$*" in *ExecStart*) echo '{EXEC}' ;; *ActiveState*) echo active ;; esac""")

    seen = parse(lines(HostReport().command("envivo", {}, [], [CONFIG], engine=True), PATH=programs.path))

    said = dict(line.partition(" ")[::2] for line in seen.engine)
    assert not said.keys() & {"installed", "package", "invalid"}, "an Engine that answers says its version itself"
    asked = {key: value for key, value in DEBIAN.items() if key not in ("installed", "package")}
    expected = {**asked, "client": str(programs.directory / "docker"), "daemon": str(programs.directory / "dockerd")}
    expected["answer"] = DEBIAN["answer"].replace("cgroupns", "userns")
    assert {key: said[key] for key in expected} == expected
    assert list(map(str, unfit_engine(seen))) == [REMAP.format("/etc/docker/daemon.json")]


def test_engine_that_does_not_answer_is_asked_for_its_version_and_package(tmp_path: Path) -> None:
    programs = Programs(tmp_path)
    programs.add("docker", f"""case "$*" in --version) echo {DEBIAN["program"]} ;; *) exit 1 ;; esac""")
    programs.add("dockerd", f"""case $1 in --version) echo {DEBIAN["installed"]} ;; *) echo broken >&2 ;; esac""")
    programs.add("dpkg-query", "echo docker.io: /usr/sbin/dockerd")
    programs.add("systemctl", "echo failed")

    seen = parse(lines(HostReport().command("envivo", {}, [], [CONFIG], engine=True), PATH=programs.path))

    said = dict(line.partition(" ")[::2] for line in seen.engine)
    found = {key: said.get(key) for key in ("answer", "installed", "package", "invalid", "unit")}
    assert found == {"answer": None, "installed": DEBIAN["installed"], "package": "docker.io",
                     "invalid": "broken", "unit": "failed"}  # fmt: skip


def test_engine_that_takes_connections_and_never_answers_is_not_waited_for(tmp_path: Path) -> None:
    programs = Programs(tmp_path)
    late = f"sleep 5; echo {DEBIAN['answer'].split('|')[0]}"
    programs.add("docker", f"""case $1 in --version) echo {DEBIAN["program"]} ;; ps | info) {late} ;; esac""")
    programs.add("dockerd", "echo configuration OK >&2")
    programs.add("systemctl", "echo active")
    programs.add("timeout", f'shift; exec {shutil.which("timeout")} 0.1 "$@"')

    seen = parse(lines(HostReport().command("envivo", {}, [], [CONFIG], engine=True), PATH=programs.path))

    assert not seen.own_pids
    said = "Docker: does not answer, although docker.service is active: see journalctl -u docker.service"
    assert said in map(str, unfit_engine(seen))


def test_space_is_looked_for_where_docker_keeps_its_images(tmp_path: Path) -> None:
    programs, config = Programs(tmp_path), tmp_path / "daemon.json"
    programs.add("df", "shift; echo Filesystem; for place; do echo x 1 1 77 99% $place; done")

    for content, places in (('{\n  "debug": true,\n  "data-root": "/mnt/ssd"\n}', {"/mnt/ssd"}), ("{}", set())):
        config.write_text(content)
        command = HostReport().command("envivo", {}, [], []).replace(CONFIG, str(config))
        seen = parse(lines(command, PATH=programs.path))
        assert seen.free.keys() - {"/usr", "/etc", "/var/lib", "/var/lib/docker", "/var/lib/envivo"} == places


def test_host_without_docker_is_fit(tmp_path: Path) -> None:
    programs = Programs(tmp_path)
    seen = parse(lines(HostReport().command("envivo", {}, [], [], engine=True), PATH=f"{tmp_path}:/nonexistent"))
    assert unfit_engine(seen) == [] and programs.calls == []
