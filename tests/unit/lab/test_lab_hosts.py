import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from envivo.lab import hosts, keys, runs
from envivo.lab.hosts import LabContainer


def test_containers_are_read_with_state_and_owner() -> None:
    assert hosts.parse_containers("lab1\trunning\t/home/a\t\nlab2\texited\t/home/a\t/home/r\nother\trunning\t\t\n") == {
        "lab1": LabContainer(True, "/home/a"),
        "lab2": LabContainer(False, "/home/a", "/home/r"),
        "other": LabContainer(True, ""),
    }


def test_only_hosts_of_this_checkout_or_of_one_that_is_gone_are_touched(tmp_path: Path) -> None:
    assert hosts.foreign("lab1", LabContainer(True, str(keys.STATE))) is None
    assert hosts.foreign("lab1", LabContainer(True, str(tmp_path / "gone"))) is None
    assert "is not a lab host" in str(hosts.foreign("lab1", LabContainer(True, "")))
    assert f"belongs to the lab of {tmp_path}" in str(hosts.foreign("lab1", LabContainer(True, str(tmp_path))))


HOLDS = """
import sys
from pathlib import Path
from envivo.lab import runs
with runs.going_on(Path(sys.argv[1])):
    print(flush=True)
    sys.stdin.read()
"""


def test_hosts_of_a_run_of_tests_are_anybodys_once_it_has_ended(tmp_path: Path) -> None:
    run = tmp_path / "tests.lock"
    host = LabContainer(True, str(tmp_path), str(run))
    with runs.going_on(run), runs.going_on(run):
        assert f"belongs to the lab of {tmp_path}" in str(hosts.foreign("lab1", host))
    assert run.exists() and hosts.foreign("lab1", host) is None
    program = [sys.executable, "-c", HOLDS, str(run)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout and other.stdout.readline() and hosts.foreign("lab1", host)
        assert runs.goes_on(run), "asking takes nothing"
        other.kill()
    assert hosts.foreign("lab1", host) is None


def _values(options: list[str], name: str) -> list[str]:
    return [value for option, value in pairwise(options) if option == name]


@pytest.mark.parametrize(("version", "namespace"), [("1", "host"), ("2", "private")])
def test_a_host_gets_little_of_the_machine_and_sees_its_cgroups_only_of_version_1(version: str, namespace: str) -> None:
    options = hosts.isolation(version)
    assert _values(options, "--cgroupns") == [namespace]
    mounts = any("/sys/fs/cgroup" in volume for volume in _values(options, "--volume"))
    legacy = any("unified_cgroup_hierarchy=0" in variable for variable in _values(options, "--env"))
    assert mounts is legacy is (version == "1")
    assert "--privileged" not in options
    assert _values(options, "--cap-drop") == ["SYS_RESOURCE"]
    assert "/var/lib/docker" in _values(options, "--volume")


@pytest.mark.parametrize(
    ("bounding", "engine", "dropped"),
    [
        (0x1FFFFFFFFFF, "20.10.24+dfsg1", ("SYS_RESOURCE",)),
        (0x1FFFEFFFFFF, "20.10.24+dfsg1", ("SYS_RESOURCE",)),
        (0x1FFFFFFFFFF, "26.1.5+dfsg1", ("SYS_RESOURCE",)),
        (0x1FFFEFFFFFF, "26.1.5+dfsg1", ()),
    ],
)
def test_engine_is_not_asked_to_drop_what_it_refuses_to(bounding: int, engine: str, dropped: tuple[str, ...]) -> None:
    assert hosts.to_drop(bounding, engine) == dropped
