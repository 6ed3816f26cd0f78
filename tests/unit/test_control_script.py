"""The script that starts, stops and restarts programs, in a host's shell, with units and containers of files."""

from pathlib import Path

import pytest

from envivo.operations import lease
from envivo.orchestration.control import states
from envivo.orchestration.control.order import Verb
from envivo.orchestration.control.script import Outcome, parse, script
from envivo.state import stopped
from envivo.state.program import Program
from tests.unit.operations.programs import Programs
from tests.unit.operations.shell import lines

ALICE = "alice@laptop"
MEDIAMTX = Program("mediamtx", "", service="mediamtx")
WEB = Program("caddy", "", service="web")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Host":
    monkeypatch.setattr(stopped, "DIRECTORY", str(tmp_path / "stopped"))
    monkeypatch.setattr(lease, "LOCK", str(tmp_path / "deploy.lock"))
    monkeypatch.setattr("envivo.orchestration.control.script.STACK_LOCK", str(tmp_path / "run" / "stack.lock"))
    return Host(tmp_path)


class Host:
    """`running/NAME`: a unit or container that runs; `broken`: nothing starts any more; `lags`: what was stopped is
    listed once more."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.programs = directory, Programs(directory)
        self.running, self.stopped = directory / "running", directory / "stopped"
        self.running.mkdir()
        for name in ("agent.service", "mediamtx", "web"):
            (self.running / name).touch()
        self.agent = Program("yard", "", "agent.service", lives=f"[ ! -e {directory}/dark ]", why_not="echo no camera")
        start = f'[ -e {directory}/broken ] || touch "$1"'
        self.programs.add("logger")
        self.programs.add("sleep", "exec /bin/sleep 0.01")
        self.programs.add(
            "systemctl",
            f"""cd {self.running}; verb=$1; [ "$verb" != is-active ] || shift; shift
case $verb in
is-active) [ -e "$1" ] ;;
stop) rm -f "$@" ;;
start | restart) for name; do rm -f "$name"; [ -e "{self.stopped}/$name" ] || (set -- "$name"; {start}); done
	[ ! -e {directory}/broken ] || {{ echo "Job failed"; exit 1; }} ;;
esac""",
        )
        self.programs.add(
            "docker",
            f"""cd {self.running}; all=$*; name=${{all##*compose.service=}}; name=${{name%% *}}
case $all in
"ps -aq"*) echo "id-$name" ;;
*health=healthy*) [ ! -e "$name" ] || echo "id-$name" ;;
ps*) [ ! -e "$name" ] || echo "id-$name"; [ ! -e ../late ] || {{ rm ../late; echo id-late; }} ;;
stop*) for id; do :; done; rm -f "${{id#id-}}"; [ ! -e ../lags ] || touch ../late ;;
restart*) for id; do :; done; set -- "${{id#id-}}"; rm -f "$1"; {start} ;;
*" up "*) for id; do :; done; set -- "$id"; {start}; [ -e "$1" ] || echo "no such image" ;;
esac""",
        )

    def act(self, verb: Verb, *programs: Program, by: str = ALICE) -> list[Outcome]:
        said = lines(script(verb, programs, by, lease.beside()), PATH=self.programs.path)
        assert said[0] == "taken", said
        return parse(programs, said[1:])

    def left_alone(self, verb: Verb, *programs: Program) -> list[Program]:
        return states.left_alone(verb, programs, "\n".join(lines(states.question(programs), PATH=self.programs.path)))

    @property
    def runs(self) -> set[str]:
        return {file.name for file in self.running.iterdir()}

    def who(self, name: str) -> stopped.Stopped:
        return stopped.parse([f"{name} {(self.stopped / name).read_text()}"])[name]


def test_what_is_stopped_says_who_has_stopped_it_first(host: Host) -> None:
    assert host.act(Verb.STOP, host.agent, WEB) == [Outcome(host.agent, "done"), Outcome(WEB, "done")]
    assert host.runs == {"mediamtx"}
    assert (host.who("web").program, host.who("web").by) == ("caddy", ALICE)
    assert host.who("agent.service").since.endswith(" UTC")
    assert f"logger -t envivo -- {ALICE}: stop yard, caddy" in host.programs.calls

    assert host.act(Verb.STOP, WEB, by="bob@desk") == [Outcome(WEB, "already")]
    assert host.who("web").by == ALICE


@pytest.mark.parametrize(
    ("verb", "marked", "runs", "dark", "alone"),
    [
        (Verb.STOP, False, True, False, False),
        (Verb.STOP, True, True, False, False),
        (Verb.STOP, False, False, False, False),  # it would start at the next boot
        (Verb.STOP, True, False, False, True),
        (Verb.STOP, True, False, True, True),
        (Verb.START, False, True, False, True),
        (Verb.START, False, True, True, False),  # it is waited for
        (Verb.START, True, True, False, False),
        (Verb.START, False, False, False, False),
        (Verb.START, True, False, False, False),
        (Verb.RESTART, False, True, False, False),
        (Verb.RESTART, False, False, False, False),
        (Verb.RESTART, True, False, False, True),
    ],
)
def test_what_a_command_leaves_as_it_is_is_known_before(
    host: Host, verb: Verb, marked: bool, runs: bool, dark: bool, alone: bool
) -> None:
    if dark:
        (host.directory / "dark").touch()
    if marked:
        host.stopped.mkdir()
        (host.stopped / host.agent.key).touch()
    if not runs:
        (host.running / host.agent.key).unlink()
    assert host.left_alone(verb, host.agent) == ([host.agent] if alone else [])
    assert host.left_alone(verb, MEDIAMTX) == ([MEDIAMTX] if verb is Verb.START else [])


def test_the_act_says_what_was_known_before(host: Host) -> None:
    for verb in (Verb.START, Verb.STOP, Verb.STOP, Verb.START, Verb.START):
        known = host.left_alone(verb, host.agent, WEB)
        said = host.act(verb, host.agent, WEB)
        assert [outcome.program for outcome in said if outcome.word == "already"] == known


def test_a_list_of_containers_that_is_late_by_a_moment_is_no_failure(host: Host) -> None:
    (host.directory / "lags").touch()
    assert host.act(Verb.STOP, MEDIAMTX) == [Outcome(MEDIAMTX, "done")]


def test_start_ends_what_stop_began(host: Host) -> None:
    host.act(Verb.STOP, host.agent, MEDIAMTX)
    assert host.act(Verb.START, MEDIAMTX, host.agent) == [
        Outcome(MEDIAMTX, "done"),
        Outcome(host.agent, "done"),
    ]
    assert host.act(Verb.START, MEDIAMTX, host.agent) == [
        Outcome(MEDIAMTX, "already"),
        Outcome(host.agent, "already"),
    ]
    assert host.runs == {"agent.service", "mediamtx", "web"}
    assert list(host.stopped.iterdir()) == []


def test_a_definition_that_came_meanwhile_takes_effect_at_the_start(host: Host) -> None:
    host.act(Verb.STOP, MEDIAMTX)
    host.act(Verb.START, MEDIAMTX)
    assert any(call.endswith(" up -d --no-deps --quiet-pull mediamtx") for call in host.programs.calls)


def test_restart_leaves_what_was_stopped(host: Host) -> None:
    host.act(Verb.STOP, WEB, host.agent)
    web, agent, mediamtx = host.act(Verb.RESTART, WEB, host.agent, MEDIAMTX)
    assert (web.word, agent.word, mediamtx) == ("left", "left", Outcome(MEDIAMTX, "done"))
    assert f'"by": "{ALICE}"' in web.text
    assert host.runs == {"mediamtx"}
    assert "docker restart -t 10 id-mediamtx" in host.programs.calls


def test_what_does_not_start_has_failed_with_its_words(host: Host) -> None:
    (host.directory / "broken").touch()
    agent, mediamtx = host.act(Verb.RESTART, host.agent, MEDIAMTX)
    assert agent == Outcome(host.agent, "failed", "Job failed")
    assert mediamtx.word == "failed"
    host.act(Verb.STOP, MEDIAMTX)
    assert host.act(Verb.START, MEDIAMTX) == [Outcome(MEDIAMTX, "failed", "no such image")]


def test_what_runs_without_doing_its_work_says_why(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("envivo.orchestration.control.script.WITHIN_S", 1)
    (host.directory / "dark").touch()
    assert host.act(Verb.RESTART, host.agent) == [Outcome(host.agent, "silent", "no camera")]


def test_another_deploys_host_is_not_touched(host: Host) -> None:
    other = lease.Lease("bob@desk", "another machine", 12, "100", "10:02:31 UTC", "b" * 16)
    (host.directory / "deploy.lock").write_text(f"{other.text}\nalive 1\n")
    said = lines(script(Verb.STOP, [MEDIAMTX], ALICE, lease.beside()), PATH=host.programs.path)
    assert said[0] == "held"
    assert "mediamtx" in host.runs and not host.stopped.exists()
