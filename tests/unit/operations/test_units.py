"""systemd units: what systemctl of Debian 13 prints, and what is to be done about it."""

import os
from pathlib import Path

import pytest

from envivo.operations.units import UnitState, UnitStates, commands, parse, steps
from envivo.state.desired import Unit
from envivo.state.stopped import Stopped
from tests.unit.operations.shell import lines

ANSWER = """\
ExecMainStartTimestamp=Tue 2026-11-24 00:08:11.184501 UTC
ActiveEnterTimestamp=Tue 2026-11-24 00:08:12.500000 UTC
Id=docker.service
ActiveState=active
UnitFileState=enabled
NeedDaemonReload=no

ExecMainStartTimestamp=Tue 2026-11-24 00:21:19.459512 UTC
ActiveEnterTimestamp=Tue 2026-11-24 00:21:19.600000 UTC
Id=envivo-agent@webcam.service
ActiveState=active
UnitFileState=enabled
NeedDaemonReload=yes

ExecMainStartTimestamp=
ActiveEnterTimestamp=
Id=envivo-agent@live-web\\x2dcam.service
ActiveState=inactive
UnitFileState=
NeedDaemonReload=no

ActiveEnterTimestamp=Tue 2026-11-24 00:30:00.250000 UTC
Id=envivo-certificates.timer
ActiveState=active
UnitFileState=enabled
NeedDaemonReload=no

ExecMainStartTimestamp=
ActiveEnterTimestamp=
Id=coturn.service
ActiveState=inactive
UnitFileState=masked
NeedDaemonReload=no
Written=envivo-agent@webcam.service 1795479679.1637064040
Written=envivo-agent@live-web\\x2dcam.service 
Rewritten=envivo-agent@webcam.service 1795562800.6700255180
Read=envivo-agent@webcam.service 1795562800.670025518
Rewritten=envivo-agent@live-web\\x2dcam.service 
Read=envivo-agent@live-web\\x2dcam.service 
Stopped=coturn.service {"program": "coturn", "by": "alice@laptop", "since": "2026-11-30 10:02 UTC"}
Stopped=mediamtx {}
Listed=envivo-agent@webcam.service loaded active running Camera webcam publishes to MediaMTX
Listed=envivo-agent@garden.service loaded activating auto-restart envivo camera agent (garden)
Listed=envivo-agent@shed.service loaded failed failed envivo camera agent (shed)
"""  # noqa: W291 - as systemctl and find leave it

BY_ALICE = Stopped("coturn", "alice@laptop", "2026-11-30 10:02 UTC")
REWRITTEN = 1795562800.670025518
AGENT = Unit("envivo-agent@webcam.service", ("/opt/envivo/agent",))
RUNNING = UnitState(active=True, enabled=True, stale_definition=False, started=200.5, written=200.4)


def test_units_are_read_from_what_systemctl_prints() -> None:
    assert parse(ANSWER.splitlines()) == {
        "docker.service": UnitState(True, True, False, 1795478891.184501, 0),
        "envivo-agent@webcam.service": UnitState(
            True, True, True, 1795479679.459512, 1795479679.163706404, rewritten=REWRITTEN, read=REWRITTEN
        ),
        "envivo-agent@live-web\\x2dcam.service": UnitState(False, False, False, 0, 0),
        # a timer has no process: it starts when it becomes active
        "envivo-certificates.timer": UnitState(True, True, False, 1795480200.25, 0),
        "coturn.service": UnitState(False, False, False, 0, 0, masked=True, stopped=BY_ALICE),
        "envivo-agent@garden.service": UnitState(True, True, False, 0, 0),
        "envivo-agent@shed.service": UnitState(False, True, False, 0, 0),
    }


@pytest.mark.parametrize(
    ("printed", "active", "enabled"),
    [
        (("active", "enabled"), True, True),
        (("reloading", "enabled"), True, True),
        (("activating", "enabled"), False, True),
        (("failed", "enabled"), False, True),
        (("active", "disabled"), True, False),
        # until the next boot only
        (("active", "enabled-runtime"), True, False),
    ],
)
def test_unit_is_active_and_enabled_only_where_it_lasts(printed: tuple[str, str], active: bool, enabled: bool) -> None:
    state, file_state = printed
    block = ["ExecMainStartTimestamp=n/a", "ActiveEnterTimestamp=n/a", "Id=a.service", f"ActiveState={state}",
             f"UnitFileState={file_state}", "NeedDaemonReload=no"]  # fmt: skip

    assert parse(block)["a.service"] == UnitState(active, enabled, False, 0, 0)


@pytest.mark.parametrize(
    ("state", "done"),
    [
        (RUNNING, []),
        (RUNNING._replace(written=200.5), []),
        # the run that wrote the files died before it restarted the unit
        (RUNNING._replace(written=200.6),
         ["systemctl daemon-reload", "systemctl restart envivo-agent@webcam.service"]),
        (RUNNING._replace(rewritten=300.1, read=300.1), []),
        # it has read an older one, or does not tell yet
        (RUNNING._replace(rewritten=300.2, read=300.1), ["systemctl reload envivo-agent@webcam.service"]),
        (RUNNING._replace(rewritten=300.2), ["systemctl reload envivo-agent@webcam.service"]),
        # a restart reads it, too
        (RUNNING._replace(active=False, rewritten=300.2), ["systemctl restart envivo-agent@webcam.service"]),
        (RUNNING._replace(active=False), ["systemctl restart envivo-agent@webcam.service"]),
        # somebody flushed the table that it loaded
        (RUNNING._replace(holds=False), ["systemctl restart envivo-agent@webcam.service"]),
        (RUNNING._replace(frozen=True), ["systemctl thaw envivo-agent@webcam.service"]),
        (RUNNING._replace(masked=True, until_boot=True),
         ["systemctl unmask -q --runtime envivo-agent@webcam.service"]),
        (RUNNING._replace(enabled=False), ["systemctl enable -q envivo-agent@webcam.service"]),
        # the package has been installed, its role has not yet run
        (UnitState(False, False, False, 0, 200.4, masked=True),
         ["systemctl unmask -q envivo-agent@webcam.service", "systemctl enable -q envivo-agent@webcam.service",
          "systemctl restart envivo-agent@webcam.service"]),
        (RUNNING._replace(stale_definition=True),
         ["systemctl daemon-reload", "systemctl restart envivo-agent@webcam.service"]),
        (None, ["systemctl enable -q envivo-agent@webcam.service", "systemctl restart envivo-agent@webcam.service"]),
    ],
)  # fmt: skip
def test_commands_bring_a_unit_to_what_is_on_the_disk(state: UnitState | None, done: list[str]) -> None:
    assert commands([AGENT], {AGENT.name: state} if state else {}) == done


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (RUNNING, []),
        (RUNNING._replace(active=False), ["does not run"]),
        (RUNNING._replace(enabled=False), ["does not start at boot"]),
        (RUNNING._replace(masked=True, enabled=False), ["is masked", "does not start at boot"]),
        (None, ["does not start at boot", "does not run"]),
        (RUNNING._replace(stale_definition=True), ["runs an older version than the installed one"]),
        (RUNNING._replace(written=200.6), ["runs an older version than the installed one"]),
        (RUNNING._replace(rewritten=300.2, read=300.1), ["has not read /etc/a.json again"]),
    ],
)
def test_each_step_has_its_reason(state: UnitState | None, why: list[str]) -> None:
    unit = AGENT._replace(rereads="/etc/a.json")
    found = steps([unit], {AGENT.name: state} if state else {})

    assert [str(one.difference) for one in found] == [f"{AGENT.name} {what}" for what in why]


def test_unit_that_is_older_than_its_files_follows_from_what_changes_them() -> None:
    unit = AGENT._replace(rereads="/etc/a.json")
    (older,) = steps([unit], {AGENT.name: RUNNING._replace(written=200.6)})
    (unread,) = steps([unit], {AGENT.name: RUNNING._replace(rewritten=300.2)})

    assert older.difference.follows == AGENT.reads
    assert unread.difference.follows == ("/etc/a.json",)


def test_unit_that_is_not_wanted_is_named() -> None:
    (ended,) = steps([], {AGENT.name: RUNNING})

    assert str(ended.difference) == f"{AGENT.name} is no longer configured"


def test_commands_read_definitions_again_once_for_all_units() -> None:
    stale = RUNNING._replace(stale_definition=True)

    assert commands([Unit("a.service"), Unit("b.service")], {"a.service": stale, "b.service": stale}) == [
        "systemctl daemon-reload",
        "systemctl restart a.service",
        "systemctl restart b.service",
    ]


def test_commands_end_units_that_are_not_wanted_and_forget_their_failures() -> None:
    there = {AGENT.name: RUNNING, "envivo-agent@old.service": RUNNING}
    old = "envivo-agent@old.service"

    assert commands([AGENT], there) == [
        f"systemctl disable -q --now {old} && {{ systemctl reset-failed {old} 2>/dev/null; "
        f"rm -f /var/lib/envivo/stopped/{old}; }}"
    ]


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        (RUNNING._replace(active=False), []),
        (RUNNING._replace(active=False, stale_definition=True, written=300), []),
        (RUNNING._replace(rewritten=300, read=200), []),
        (RUNNING._replace(active=False, enabled=False), [f"systemctl enable -q {AGENT.name}"]),
    ],
    ids=["not active", "older definition", "older configuration", "not enabled"],
)
def test_unit_that_a_person_has_stopped_is_not_started(seen: UnitState, found: list[str]) -> None:
    assert commands([AGENT], {AGENT.name: seen}) != found
    assert commands([AGENT], {AGENT.name: seen._replace(stopped=BY_ALICE)}) == found


def test_commands_keep_the_backslashes_of_a_name() -> None:
    name = "envivo-agent@live-web\\x2dcam.service"

    assert commands([Unit(name)], {}) == [f"systemctl enable -q '{name}'", f"systemctl restart '{name}'"]


def test_states_ask_when_the_newest_file_was_written(tmp_path: Path) -> None:
    (tmp_path / "older").touch()
    (tmp_path / "newer").touch()
    for path, when in ((tmp_path / "older", 1000.25), (tmp_path / "newer", 1000.5), (tmp_path, 999)):
        os.utime(path, (when, when))
    unit = Unit("live-web\\x2dcam.service", (str(tmp_path), str(tmp_path / "missing")))

    _, _, written = UnitStates().command([unit], []).partition("; ")

    assert lines(written) == [f"Written={unit.name} 1000.5000000000"]


def test_states_ask_what_a_unit_tells_to_have_read(tmp_path: Path) -> None:
    file, status = tmp_path / "cam.json", tmp_path / "status of cam.json"
    file.touch()
    os.utime(file, ns=(0, 1795562800670025518))
    status.write_text('{\n "state": "live",\n "configuration_written": "1795562800.670025518",\n "pid": 7\n}\n')
    unit = Unit("a.service", rereads=str(file), tells=str(status))

    _, _, asked = UnitStates().command([unit], []).partition("; ")

    assert lines(asked) == ["Rewritten=a.service 1795562800.6700255180", "Read=a.service 1795562800.670025518"]
    status.unlink()
    assert lines(asked) == ["Rewritten=a.service 1795562800.6700255180", "Read=a.service "]


@pytest.mark.parametrize(("holds", "printed"), [("true", []), ("echo loud; false", ["Undone=a.service"])])
def test_states_ask_whether_what_a_unit_did_still_holds(holds: str, printed: list[str]) -> None:
    _, _, asked = UnitStates().command([Unit("a.service", holds=holds)], []).partition("; ")

    assert lines(asked) == printed
    block = ["Id=a.service", "ActiveState=active", "UnitFileState=enabled", "NeedDaemonReload=no",
             "ActiveEnterTimestamp="]  # fmt: skip
    assert parse([*block, *printed])["a.service"].holds is (not printed)


def test_states_of_a_unit_that_reads_nothing_ask_for_no_file(tmp_path: Path) -> None:
    # find without a path would look at the working directory, which on a host is root's home
    (tmp_path / "file").touch()

    _, _, rest = UnitStates().command([Unit("docker.service")], []).partition("; ")

    assert lines(rest, cwd=tmp_path) == []


def test_mask_until_the_next_boot_and_a_frozen_unit_are_seen() -> None:
    block = ["ExecMainStartTimestamp=n/a", "ActiveEnterTimestamp=n/a", "Id=a.service", "ActiveState=active",
             "FreezerState=frozen", "UnitFileState=masked-runtime", "NeedDaemonReload=no"]  # fmt: skip

    state = parse(block)["a.service"]

    assert state.masked and state.until_boot and state.frozen
