"""Packages: which are missing, asked of a real dpkg with a database of our own, and who holds apt's locks."""

import time
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import gevent
import pytest
from pyinfra.api import StringCommand

from envivo.operations import apt
from envivo.operations.apt import MissingPackages
from envivo.state.apt_locks import holder
from tests.unit.operations.shell import lines


@pytest.mark.parametrize(
    ("output", "missing"),
    [
        (["docker.io wanted", "docker.io un "], ["docker.io"]),
        (["docker.io wanted", "docker.io iiR"], ["docker.io"]),
        (["docker.io wanted", "docker.io un ", "docker.io ii"], []),
        (["b wanted", "a wanted", "c wanted", "a ii "], ["b", "c"]),
        (["nano ii "], []),
    ],
)
def test_missing_packages_are_those_wanted_and_not_installed(output: list[str], missing: list[str]) -> None:
    assert MissingPackages().process(output) == missing


@pytest.mark.parametrize(
    ("status", "command", "missing"),
    [
        ("", "false", ["docker.io"]),
        ("", "true", []),
        ("install ok installed", "false", []),
        ("hold ok installed", "false", []),
        # removed, its configuration left: another Docker may have taken its place
        ("deinstall ok config-files", "true", []),
        ("deinstall ok config-files", "false", ["docker.io"]),
        # a killed installation has to be completed, although its program runs already
        ("install ok unpacked", "true", ["docker.io"]),
        ("install ok half-configured", "true", ["docker.io"]),
        ("install reinstreq half-installed", "true", ["docker.io"]),
        ("", "echo /usr/bin/dockerd && true", []),
        ("", "true && false", ["docker.io"]),
    ],
)
def test_package_is_missing_unless_installed_or_provided(
    tmp_path: Path, status: str, command: str, missing: list[str]
) -> None:
    known = f"Package: docker.io\nStatus: {status}\nVersion: 26.1.5-1\nArchitecture: amd64\n" if status else ""
    other = "Package: busybox\nStatus: install ok installed\nVersion: 1.37.0-1\nArchitecture: amd64\n"
    (tmp_path / "status").write_text(f"{known}\n{other}")
    for name in ("info", "updates"):
        (tmp_path / name).mkdir()

    answer = lines(
        MissingPackages().command(["docker.io", "busybox"], {"docker.io": command}), DPKG_ADMINDIR=str(tmp_path)
    )

    assert MissingPackages().process(answer) == missing


def test_host_that_needs_no_package_misses_none() -> None:
    assert MissingPackages().process(lines(MissingPackages().command([], {})) or [""]) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("812 unattended-upgr /var/lib/dpkg/lock\n", "unattended-upgr (pid 812) holds /var/lib/dpkg/lock"),
        ("1 apt-get /var/lib/apt/lists/lock", "apt-get (pid 1) holds /var/lib/apt/lists/lock"),
        ("something else entirely, at length", "something else entirely, at length"),
    ],
)
def test_holder_of_a_lock_is_named(line: str, said: str) -> None:
    assert holder(line) == said


@pytest.mark.parametrize(
    ("missing", "masked"), [(["coturn", "busybox"], ["systemctl mask -q coturn.service"]), (["busybox"], [])]
)
def test_service_that_a_package_would_start_is_masked_before_it_is_installed(
    missing: list[str], masked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    host: Any = MagicMock()
    monkeypatch.setattr(apt, "host", host)
    monkeypatch.setattr(apt, "known_fact", lambda *_, **__: missing)
    monkeypatch.setattr(apt, "host_failed", lambda: False)

    yielded = apt.packages._inner(missing, {}, {"coturn": "coturn.service"}, 600)
    commands = [one.get_raw_value() for one in yielded if isinstance(one, StringCommand)]

    assert commands[: len(masked)] == masked
    assert [number for number, one in enumerate(commands) if " install " in one] == [len(commands) - 1]
    noted = f"printf '%s\\n' {' '.join(missing)} >>/var/lib/envivo/added/packages"
    assert [number for number, one in enumerate(commands) if noted in one] == [len(masked)]
    assert len(commands) == len(masked) + 3


def test_slow_host_is_asked_who_holds_apts_locks_before_it_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One answer takes longer than the whole wait."""
    clock = [0.0]

    def ask(_command: StringCommand, **_arguments: Any) -> tuple[bool, MagicMock]:
        clock[0] += 5
        return True, MagicMock(stdout="812 unattended-upgr /var/lib/dpkg/lock")

    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(gevent, "sleep", lambda _seconds: None)
    host = MagicMock(print_prefix="", run_shell_command=ask, current_op_global_arguments={})
    with caplog.at_level("INFO", "pyinfra"):
        assert apt._wait_for_locks(MagicMock(), host, 3) is False
    first, last = caplog.messages
    assert first == "waiting for apt, at most 3 s: unattended-upgr (pid 812) holds /var/lib/dpkg/lock"
    assert last.startswith("apt is locked: unattended-upgr (pid 812) holds /var/lib/dpkg/lock, for more than 3 s: ")
