"""The Compose project: what `docker inspect` prints, why a project is not as wanted, and how it becomes so."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from envivo.operations.stack import Containers, as_wanted, converge_script, deviations
from envivo.state import stopped
from envivo.state.containers import Container, Sorted, sort
from envivo.state.desired import Service
from tests.unit.operations.programs import Programs
from tests.unit.operations.shell import sh

IMAGE = "sha256:e35c6236717bb33b11b5c132ef325a8d91915f769aa01379d89266ff76eabec6"
WEB = Container("web", "False", "running", "healthy", "envivo-c990b480eb71ccee", IMAGE, "5d41", "1", "id-w", "web-1")
OLD = WEB._replace(service="old", id="id-old", name="old-1")
ELDER = OLD._replace(service="elder", id="id-elder", name="elder-1")
ONE_OFF = WEB._replace(oneoff="True", state="exited", number="0", id="id-run", name="web-run-7c1")
FOREIGN = WEB._replace(service="", oneoff="", config_hash="", number="", revision="", id="id-f", name="foreign")
WANTED = {
    "web": Service(
        WEB.revision, IMAGE, "busybox wget -O - http://127.0.0.1:8080/healthz", "envivo-1e4cdac151b38c3a", "caddy"
    )
}


def line(container: Container) -> str:
    """As Docker prints it, which writes a slash before the name."""
    return json.dumps([*container[:-1], f"/{container.name}"], separators=(",", ":"))


def test_containers_are_read_from_what_docker_prints() -> None:
    assert Containers().process([line(WEB), line(ONE_OFF), line(FOREIGN)]) == [WEB, ONE_OFF, FOREIGN]


@pytest.mark.parametrize(
    ("there", "reasons"),
    [
        ([WEB], []),
        ([], ["caddy is not there"]),
        ([WEB._replace(state="exited")], ["caddy is exited"]),
        ([WEB._replace(state="paused")], ["caddy is paused"]),
        ([WEB._replace(state="restarting", health="unhealthy")], ["caddy is restarting"]),
        ([WEB._replace(health="unhealthy")], ["caddy is unhealthy"]),
        ([WEB._replace(health="starting")], ["caddy is starting"]),
        ([WEB._replace(health="none")], ["caddy is none"]),
        ([WEB._replace(revision="envivo-0")], ["caddy was made from another definition or image"]),
        ([WEB._replace(revision="")], ["caddy was made from another definition or image"]),
        ([WEB._replace(image_id="sha256:0")], ["caddy was made from another definition or image"]),
        ([WEB, OLD, ELDER], ["elder-1 is not wanted", "old-1 is not wanted"]),
        ([OLD], ["caddy is not there", "old-1 is not wanted"]),
        # what envivo did not make is no reason, in whatever order Docker lists it
        ([WEB, ONE_OFF], []),
        ([ONE_OFF, WEB], []),
        ([WEB, FOREIGN], []),
        ([ONE_OFF, FOREIGN], ["caddy is not there"]),
    ],
)
def test_deviations_name_each_service_that_is_not_as_wanted(there: list[Container], reasons: list[str]) -> None:
    assert list(map(str, deviations(WANTED, sort(there, WANTED)))) == [f"the container {reason}" for reason in reasons]
    assert line(WEB).startswith(as_wanted("web", WANTED["web"]))
    seen = sort(there, WANTED).own.get("web")
    of_web = deviations(WANTED, Sorted({"web": seen} if seen else {}, [], []))
    assert of_web == [] or seen is None or not line(seen).startswith(as_wanted("web", WANTED["web"]))


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """A Docker whose `compose up` makes of `containers` what is in `made`; a service that answers."""
    programs = Programs(tmp_path)
    there, made = (tmp_path / name for name in ("containers", "made"))
    there.touch()
    made.write_text(line(WEB))
    programs.add(
        "docker",
        f'case "$*" in *"up -d"*) cp {made} {there};; ps*Status*) echo "Exited (1) 2 seconds ago";; '
        f"ps*paused*) echo id-p;; ps*unhealthy*) ;; ps*) echo id;; inspect*) cat {there};; esac",
    )
    programs.add("busybox", f"echo ok {WANTED['web'].config_revision}")
    programs.add("sleep")
    return programs


def converged(programs: Programs, tmp_path: Path, *former: Container) -> tuple[int, str]:
    lock = f"{tmp_path}/run/envivo/stack.lock"
    done = sh(converge_script("/opt/x/compose.yml", "envivo", lock, WANTED, former), PATH=programs.path)
    return done.returncode, done.stderr


def test_converge_waits_bounded_and_looks_again(programs: Programs, tmp_path: Path) -> None:
    assert converged(programs, tmp_path) == (0, "")

    (up,) = [number for number, call in enumerate(programs.calls) if "up -d --wait --wait-timeout 60" in call]
    after = programs.calls[up + 1 :]
    assert any("/healthz" in call for call in after) and any(call.startswith("docker inspect") for call in after)
    assert not any("remove-orphans" in call for call in programs.calls), "it would take what is not envivo's"


@pytest.mark.parametrize(
    "made",
    [
        WEB._replace(state="exited"),
        WEB._replace(health="unhealthy"),
        WEB._replace(revision="envivo-0"),
        WEB._replace(image_id="sha256:0"),
        ONE_OFF._replace(state="running"),
    ],
)
def test_success_is_not_claimed_of_what_is_not_there_afterwards(
    programs: Programs, tmp_path: Path, made: Container
) -> None:
    (tmp_path / "made").write_text(line(made))

    code, words = converged(programs, tmp_path)

    assert code == 1
    assert words.startswith(
        "caddy was started, but is not as configured (Exited (1) 2 seconds ago): see docker compose -f "
    )


def test_former_services_are_removed_by_number_and_what_is_paused_goes_on(programs: Programs, tmp_path: Path) -> None:
    assert converged(programs, tmp_path, OLD) == (0, "")

    calls = programs.calls
    removed, unpaused = calls.index("docker rm -f id-old"), calls.index("docker unpause id-p")
    up = next(number for number, call in enumerate(calls) if "up -d" in call)
    assert removed < unpaused < up


@pytest.mark.parametrize(
    ("before", "recovers", "code", "ups"),
    [
        (True, True, 0, 2),  # it was frozen: Compose gives up on it until it has been probed again
        (True, False, 1, 2),
        (False, True, 1, 1),  # what was healthy before and is not now is not waited for
    ],
)
def test_container_that_failed_its_probes_before_is_probed_again(
    programs: Programs, tmp_path: Path, before: bool, recovers: bool, code: int, ups: int
) -> None:
    """`recovers`: once it has been asked three times."""
    asked, there = tmp_path / "asked", tmp_path / "containers"
    asked.touch()
    well = f'[ "$(grep -c x {asked})" -gt 2 ] && {str(recovers).lower()}'
    programs.add(
        "docker",
        f"""case "$*" in
*"up -d"*) {{ {well}; }} || exit 1; cp {tmp_path}/made {there} ;;
ps*paused*) ;;
ps*unhealthy*) {str(before).lower()} || exit 0; echo x >>{asked}; {{ {well}; }} || echo id-w ;;
ps*) echo id ;;
inspect*) cat {there} ;;
esac""",
    )

    assert converged(programs, tmp_path)[0] == code
    assert sum("up -d" in call for call in programs.calls) == ups


def test_nothing_is_touched_while_another_holds_the_lock(programs: Programs, tmp_path: Path) -> None:
    programs.add("flock", "exit 1")

    code, words = converged(programs, tmp_path, OLD)

    assert code == 1 and "another process has held" in words and "lslocks" in words
    assert not any(call.startswith("docker") for call in programs.calls)


def test_converge_script_is_one_that_the_shell_can_read() -> None:
    assert sh(f"set -n\n{converge_script('/opt/with space/compose.yml', 'a b', '/run/x y', WANTED)}").stderr == ""


def test_container_that_the_engine_goes_on_restarting_is_started_at_once(tmp_path: Path) -> None:
    """Compose gives up on it, though what it lacked is there by now."""
    programs = Programs(tmp_path)
    programs.add(
        "docker",
        f"""case "$*" in
*"--filter status=restarting"*) echo abc123 ;;
"ps -aq "*) echo id-w ;;
inspect*) echo '{line(WEB)}' ;;
esac""",
    )
    wanted = {"web": replace(WANTED["web"], ask="echo envivo-1", config_revision="envivo-1")}

    converge = converge_script("/opt/envivo/stack/compose.yml", "envivo", str(tmp_path / "lock"), wanted)
    done = sh(converge, PATH=programs.path)

    assert done.returncode == 0, done.stderr
    calls = " / ".join(programs.calls)
    assert 0 < calls.find("docker restart abc123") < calls.find(" up -d --wait ")
    assert " --quiet-pull web / " in calls, "a service that is not wanted now would be started, too"


def test_what_a_person_has_stopped_is_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = Programs(tmp_path)
    programs.add("docker")
    monkeypatch.setattr(stopped, "DIRECTORY", str(tmp_path / "stopped"))
    (tmp_path / "stopped").mkdir()
    (tmp_path / "stopped" / "web").touch()

    done = sh(converge_script("/c.yml", "envivo", str(tmp_path / "lock"), WANTED), PATH=programs.path)

    assert done.returncode == 0, done.stderr
    assert programs.calls and not any(" up " in call for call in programs.calls)
