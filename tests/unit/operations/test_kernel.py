"""Settings of the kernel: what a host says of one, and what makes it hold after a reboot."""

from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from envivo.operations import kernel
from envivo.operations.kernel import KernelValue
from envivo.roles.media.desired import LOW_PORTS
from envivo.state.desired import KernelSetting
from tests.unit.operations.programs import Programs
from tests.unit.operations.shell import lines, sh


def setting(tmp_path: Path) -> KernelSetting:
    return KernelSetting("net.ipv4.ip_unprivileged_port_start", "80", "1024", str(tmp_path / "60-envivo.conf"))


def yielded(wanted: KernelSetting, seen: list[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    host: Any = MagicMock()
    host.get_fact.return_value = seen
    monkeypatch.setattr(kernel, "host", host)
    monkeypatch.setattr(kernel, "host_failed", lambda: False)
    return [command.get_raw_value() for command in kernel.kernel._inner(wanted)]


@pytest.mark.parametrize(
    ("seen", "changes"),
    [
        (["80", "net.ipv4.ip_unprivileged_port_start = 80"], False),
        (["1024"], True),
        # until the next reboot only, or only from then on
        (["80"], True),
        (["1024", "net.ipv4.ip_unprivileged_port_start = 80"], True),
        (["80", "net.ipv4.ip_unprivileged_port_start = 443"], True),
        (["80", "net.ipv4.ip_unprivileged_port_start = 80", "kernel.panic = 1"], True),
        ([], True),
    ],
)
def test_setting_is_made_where_it_does_not_hold_now_and_later(
    seen: list[str], changes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bool(yielded(setting(tmp_path), seen, monkeypatch)) is changes


def test_what_was_made_is_seen_as_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs, wanted = Programs(tmp_path), setting(tmp_path)
    # the kernel: its value is what it was last given
    programs.add(
        "sysctl", f'case $* in "-q -p "*) sed "s/.* = //" "$3" >{tmp_path}/value;; -n*) cat {tmp_path}/value;; esac'
    )
    (tmp_path / "value").write_text("1024\n")
    ask = KernelValue().command(wanted.key, wanted.file)

    before = KernelValue().process(lines(ask, PATH=programs.path))
    (command,) = yielded(wanted, before, monkeypatch)
    assert sh(command, PATH=programs.path).returncode == 0
    after = KernelValue().process(lines(ask, PATH=programs.path))

    assert before == ["1024"]
    assert yielded(wanted, after, monkeypatch) == []


def test_undoing_gives_the_kernel_its_own_value() -> None:
    assert LOW_PORTS.undo == "sysctl -q -w net.ipv4.ip_unprivileged_port_start=1024"
    assert int(LOW_PORTS.value) <= 80
