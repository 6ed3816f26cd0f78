"""What an earlier deploy brought: found by its paths, stopped before it is removed."""

from pathlib import Path

import pytest

from envivo.operations.prune import PresentPaths, removal
from envivo.roles.camera import desired as camera
from envivo.roles.certificates import desired as certificates
from envivo.roles.media import bans, limits, recordings_mount
from envivo.roles.media import desired as media
from envivo.roles.turn import desired as turn
from envivo.state.desired import Removable
from tests.unit.operations.programs import Programs
from tests.unit.operations.shell import lines, sh


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    programs = Programs(tmp_path)
    programs.add(
        "systemctl", '[ "$1" != list-units ] || printf "%s\\n" "a@1.service loaded active" "a@2.service loaded failed"'
    )
    programs.add("teardown")
    programs.add("rm", 'exec /bin/rm "$@"')
    return programs


def test_paths_that_are_there_are_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    paths = [str(tmp_path / name) for name in ("file", "gone", "folder", "link")]

    found = PresentPaths().process(lines(PresentPaths().command(paths)))

    assert found == [paths[0], paths[2], paths[3]]


def test_units_are_stopped_then_the_undoing_is_run_and_the_paths_go_last(tmp_path: Path, programs: Programs) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    kept = tmp_path / "kept"
    kept.touch()
    removable = Removable("a", (str(tmp_path / "folder"), str(tmp_path / "gone")), ("a@*.service",), "teardown it")

    done = sh(removal(removable), PATH=programs.path)

    assert done.returncode == 0, done.stderr
    assert programs.calls == [
        "systemctl list-units --all --plain --no-legend --full a@*.service",
        "systemctl disable -q --now a@1.service",
        "systemctl reset-failed a@1.service",
        "systemctl disable -q --now a@2.service",
        "systemctl reset-failed a@2.service",
        "teardown it",
        f"rm -rf {tmp_path}/folder {tmp_path}/gone",
        "systemctl daemon-reload",
    ]
    assert kept.exists() and not (tmp_path / "folder").exists()


def test_what_could_not_be_undone_is_tried_again_by_the_next_run(tmp_path: Path, programs: Programs) -> None:
    programs.add("teardown", "exit 1")
    (tmp_path / "file").touch()

    done = sh(removal(Removable("a", (str(tmp_path / "file"),), teardown="teardown")), PATH=programs.path)

    assert done.returncode != 0
    assert (tmp_path / "file").exists(), "which tells that it is still there"


def test_unit_that_cannot_be_disabled_is_stopped(tmp_path: Path, programs: Programs) -> None:
    # one from a template without an [Install] section
    programs.add(
        "systemctl",
        'case $1 in list-units) echo "a.service loaded active";; disable) exit 1;; reset-failed) exit 1;; esac',
    )

    assert sh(removal(Removable("a", (str(tmp_path / "gone"),), ("a.service",))), PATH=programs.path).returncode == 0
    assert "systemctl stop a.service" in programs.calls


ALL = (
    turn.REMOVABLE,
    certificates.REMOVABLE,
    media.LOW_PORTS_REMOVABLE,
    media.REMOVABLE,
    bans.REMOVABLE,
    limits.REMOVABLE,
    recordings_mount.REMOVABLE,
    camera.REMOVABLE,
)


@pytest.mark.parametrize("removable", ALL, ids=lambda removable: removable.name)
def test_removal_of_each_role_is_a_command_that_the_shell_can_read(removable: Removable) -> None:
    assert sh(f"set -n\n{removal(removable)}").stderr == ""


@pytest.mark.parametrize("removable", ALL, ids=lambda removable: removable.name)
def test_removal_needs_no_program_that_only_the_role_brought(removable: Removable, programs: Programs) -> None:
    """Another host may have the files, and never had the packages."""
    programs.add("rm")
    for name in ("sysctl", "sh"):  # of Debian's own
        programs.add(name)

    done = sh(removal(removable), PATH=str(programs.directory))

    assert done.returncode == 0, done.stderr


def test_coturn_stays_masked_once_it_is_not_wanted(programs: Programs) -> None:
    # the package stays, and its own configuration is a relay for anybody
    programs.add("nft", "exit 1")
    programs.add("rm")

    assert sh(removal(turn.REMOVABLE), PATH=programs.path).returncode == 0
    assert [call for call in programs.calls if "coturn" in call] == [
        "systemctl stop coturn.service",
        "systemctl disable -q coturn.service",
        "systemctl mask -q coturn.service",
        "rm -f /var/lib/envivo/stopped/coturn.service",
        "rm -rf /etc/envivo/turn /etc/systemd/system/coturn.service.d",
    ]
    assert "nft delete table inet envivo_turn" in programs.calls


@pytest.mark.parametrize("answers", [True, False])
def test_stack_is_stopped_once_nobody_starts_it_again(programs: Programs, answers: bool) -> None:
    programs.add("docker", 'case "$1" in ps) echo id-1; echo id-2;; esac' if answers else "exit 1")
    programs.add("systemctl", '[ "$1" != list-units ] || echo "envivo-stack.service loaded active"')
    programs.add("rm")

    code = sh(removal(media.REMOVABLE), PATH=programs.path).returncode

    assert (code == 0) is answers, "what may still run is not forgotten"
    stopped, listed = (
        next(number for number, call in enumerate(programs.calls) if call.startswith(words))
        for words in ("systemctl disable -q --now envivo-stack.service", "docker ps")
    )
    assert stopped < listed
    assert all(label in programs.calls[listed] for label in ("oneoff=False", "config-hash", "envivo.revision"))
    done = [call.split()[0:2] for call in programs.calls[listed + 1 :]]
    assert done == (
        [["docker", "stop"], ["docker", "rm"], ["rm", "-rf"], ["systemctl", "daemon-reload"]] if answers else []
    )


def test_ports_below_1024_are_roots_again(programs: Programs) -> None:
    programs.add("sysctl")
    programs.add("rm")

    assert sh(removal(media.LOW_PORTS_REMOVABLE), PATH=programs.path).returncode == 0
    assert programs.calls[:2] == [
        "sysctl -q -w net.ipv4.ip_unprivileged_port_start=1024",
        "rm -rf /etc/sysctl.d/60-envivo.conf",
    ]


def test_files_of_others_stay_where_they_are(tmp_path: Path, programs: Programs) -> None:
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    (folder / "empty").mkdir()
    for name in ("file", "below/other's [1]*", "below/file"):
        (folder / name).touch()
    (folder / "link").symlink_to("file")
    spared = str(folder / "below/other's [1]*")

    done = sh(removal(Removable("a", (str(folder),)), [spared]), PATH=programs.path)

    assert done.returncode == 0, done.stderr
    assert [str(path) for path in sorted(tmp_path.rglob("*")) if path.is_relative_to(folder)] == [
        str(folder), str(folder / "below"), spared,
    ]  # fmt: skip
