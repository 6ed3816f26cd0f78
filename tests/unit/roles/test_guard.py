"""The script of envivo-stack.service, with a Docker of files in place of the Engine."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from envivo.core.paths import RUN
from envivo.roles.media import guard
from envivo.state import stopped
from tests.patience import until
from tests.unit.operations.programs import Programs
from tests.unit.operations.shell import sh

SERVICES = ("mediamtx", "web")
Begin = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def engine(tmp_path: Path) -> Programs:
    """`there`: a file a service with its state; `events`: what `docker events` tells until it says end."""
    programs = Programs(tmp_path)
    there, events = tmp_path / "there", tmp_path / "events"
    there.mkdir()
    os.mkfifo(events)
    for service in SERVICES:
        (there / service).write_text("running")
    programs.add(
        "docker",
        f"""cd {there}
case "$*" in
ps*) [ ! -e ../down ] || exit 1; for one in *; do [ "$one" = "*" ] || echo "1 $one $(cat "$one") id-$one"; done;;
"unpause "* | "start "*) [ ! -e ../broken ] || {{ echo "Error: no such device" >&2; exit 1; }}
	printf running >"${{2#id-}}";;
compose*) for service; do :; done; printf running >"$service";;
events*) while read -r line; do [ "$line" != end ] || exit 0; echo "$line"; done <../events;;
esac""",
    )
    programs.add("systemctl", f'[ "$1" != start ] || rm -f {tmp_path}/down')
    programs.add("sleep", "exec /bin/sleep 0.01")
    return programs


@pytest.fixture
def begin(engine: Programs, tmp_path: Path) -> Iterator[Begin]:
    script, _ = guard.files("/opt/envivo/stack/compose.yml", SERVICES)
    file = tmp_path / "guard"
    content = script.content.replace(RUN.encode(), str(tmp_path).encode())
    file.write_bytes(content.replace(stopped.DIRECTORY.encode(), f"{tmp_path}/stopped".encode()))
    begun: list[subprocess.Popen[str]] = []

    def run() -> subprocess.Popen[str]:
        begun.append(
            subprocess.Popen(
                ["/bin/sh", file], env={**os.environ, "PATH": engine.path}, text=True, start_new_session=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )
        )  # fmt: skip
        return begun[-1]

    yield run
    for process in begun:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def tell(tmp_path: Path, event: str) -> None:
    (tmp_path / "events").write_text(f"{event}\n")


def runs(tmp_path: Path) -> bool:
    def states() -> list[str]:
        return [
            (tmp_path / "there" / one).read_text() if (tmp_path / "there" / one).exists() else "" for one in SERVICES
        ]

    return until(lambda said: said == ["running"] * 2, states, 10, 0.02) == ["running"] * 2


@pytest.mark.parametrize(
    ("state", "done"),
    [
        ("exited", "docker start id-web"),
        ("created", "docker start id-web"),
        ("dead", "docker start id-web"),
        ("paused", "docker unpause id-web"),
        ("", "docker compose -f /opt/envivo/stack/compose.yml up -d --no-recreate --no-deps web"),
    ],
)
@pytest.mark.parametrize("when", ["before", "later"])
def test_container_that_does_not_run_is_started_whatever_its_state(
    engine: Programs, begin: Begin, tmp_path: Path, state: str, done: str, when: str
) -> None:
    web = tmp_path / "there" / "web"
    if when == "later":
        process = begin()
        assert until(lambda calls: "events" in " ".join(calls), lambda: engine.calls, 10, 0.02)
        assert not any("start" in call for call in engine.calls), "all ran"
    web.write_text(state) if state else web.unlink()
    if when == "before":
        process = begin()
    else:
        tell(tmp_path, "die")

    assert runs(tmp_path)
    assert engine.calls.count(done) == 1
    assert process.stdout and f"web was {state or 'missing'}: it runs again" in process.stdout.readline()


def test_what_docker_restarts_by_itself_is_left_to_it(engine: Programs, begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "there" / "web").write_text("restarting")
    begin()

    until(lambda calls: calls.count("sleep 8") > 2, lambda: engine.calls, 10, 0.02)

    assert [call for call in engine.calls if call.startswith("sleep")][:5] == [
        f"sleep {one}" for one in (1, 2, 4, 8, 8)
    ]
    assert not any(call.startswith(("docker start", "docker compose")) for call in engine.calls)
    (tmp_path / "there" / "web").write_text("exited")
    assert runs(tmp_path), "as soon as Docker gives it up, without an event"


def test_container_that_does_not_start_is_tried_at_growing_pauses_and_named(
    engine: Programs, begin: Begin, tmp_path: Path
) -> None:
    (tmp_path / "broken").touch()
    (tmp_path / "there" / "web").write_text("exited")
    process = begin()

    until(lambda calls: calls.count("sleep 8") > 2, lambda: engine.calls, 10, 0.02)

    tries = [call for call in engine.calls if call.startswith(("docker start", "sleep"))]
    assert tries[:6] == [
        "sleep 1",
        "docker start id-web",
        "sleep 2",
        "docker start id-web",
        "sleep 4",
        "docker start id-web",
    ]
    assert process.stdout and process.stdout.readline() == "web is exited and does not start: Error: no such device\n"
    (tmp_path / "broken").unlink()
    assert runs(tmp_path), "it goes on trying"
    assert process.poll() is None


def test_what_a_person_has_stopped_is_left_alone_until_it_is_started(
    engine: Programs, begin: Begin, tmp_path: Path
) -> None:
    (tmp_path / "stopped").mkdir()
    (tmp_path / "stopped" / "web").touch()
    for service in SERVICES:
        (tmp_path / "there" / service).write_text("exited")
    begin()

    until(lambda calls: "events" in " ".join(calls), lambda: engine.calls, 10, 0.02)
    assert "docker start id-mediamtx" in engine.calls
    assert "docker start id-web" not in engine.calls

    (tmp_path / "stopped" / "web").unlink()
    tell(tmp_path, "die")
    assert runs(tmp_path)


def test_engine_that_does_not_answer_is_started(engine: Programs, begin: Begin, tmp_path: Path) -> None:
    begin()
    until(lambda calls: "events" in " ".join(calls), lambda: engine.calls, 10, 0.02)
    (tmp_path / "down").touch()
    (tmp_path / "there" / "mediamtx").write_text("exited")
    tell(tmp_path, "end")  # as when dockerd is killed

    assert runs(tmp_path)
    assert "systemctl start docker.service" in engine.calls
    assert sum("events" in call for call in engine.calls) >= 1


def test_nothing_is_started_while_a_deploy_holds_the_lock(engine: Programs, begin: Begin, tmp_path: Path) -> None:
    web = tmp_path / "there" / "web"
    web.write_text("exited")
    with subprocess.Popen(
        ["flock", tmp_path / "stack.lock", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as deploy:
        assert deploy.stdin and deploy.stdout
        deploy.stdin.write("held\n")
        deploy.stdin.flush()
        assert deploy.stdout.readline() == "held\n"
        begin()
        assert until(lambda calls: "sleep 1" in calls, lambda: engine.calls, 10, 0.02)
        assert web.read_text() == "exited"
        web.write_text("running")  # by the deploy
        deploy.stdin.close()
    assert until(lambda calls: "events" in " ".join(calls), lambda: engine.calls, 10, 0.02)
    assert not any(call.startswith("docker start") for call in engine.calls), "it looks again once it has the lock"


def test_lock_that_nobody_gives_back_is_named_with_its_holder(engine: Programs, begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "there" / "web").write_text("exited")
    engine.add("flock", f"[ -e {tmp_path}/free ] || exit 1")
    engine.add("lslocks", f"echo docker-compose 42 {tmp_path}/stack.lock")
    process = begin()

    line = f"waiting for {tmp_path}/stack.lock, which docker-compose (pid 42) has held for 30 s\n"
    assert process.stdout and [process.stdout.readline() for _ in range(2)] == [line] * 2
    assert "flock -w 30 9" in engine.calls
    (tmp_path / "free").touch()
    assert runs(tmp_path)


def test_container_whose_event_is_lost_is_seen_within_a_minute(engine: Programs, begin: Begin, tmp_path: Path) -> None:
    engine.add("timeout", 'limit=$1; shift; [ "$2" != events ] || limit=0.2; exec /usr/bin/timeout $limit "$@"')
    process = begin()
    assert until(lambda calls: "events" in " ".join(calls), lambda: engine.calls, 10, 0.02)
    (tmp_path / "there" / "web").write_text("paused")

    assert runs(tmp_path)
    assert any(call.startswith("timeout 60 docker events ") for call in engine.calls)
    assert process.stdout and process.stdout.readline() == "web was paused: it runs again\n"


def test_guard_is_a_script_that_the_shell_can_read_and_its_unit_reads_it() -> None:
    script, unit = guard.files("/opt/envivo/stack/compose.yml", SERVICES)

    assert sh("set -n\n" + script.content.decode()).stderr == ""
    assert script.mode == "755"
    assert f"ExecStart={script.path}\n" in unit.content.decode()
    assert set(guard.unit().reads) == {script.path, unit.path}
