"""Faults of the server, on Debian 12 and 13 at once: what the agent says of each, and in which order."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.camera_agent import Agent, seconds
from tests.e2e.camera_bed import CONTAINER, KILL_SERVER, MEDIA, PASSWORDS, SMALL, Bed
from tests.e2e.failing_camera import NOISE, OK
from tests.e2e.lab import start_container, stop_container
from tests.patience import until

Say = Callable[[str], None]

STOP, START = stop_container(CONTAINER), start_container(CONTAINER)
PID = f"$(docker inspect -f {{{{.State.Pid}}}} {CONTAINER})"
SILENT = "envivo-test-silent"
LISTEN = (
    f"systemd-run -q --collect --unit={SILENT} python3 -c 'import socket;"
    ' s = socket.create_server(("0.0.0.0", 8554)); held = [s.accept() for _ in iter(int, 1)]\''
)
STALLS = ("the server answered nothing for 9 s", "the server acknowledged nothing for 6 s", "no frame left for 3 s")
BACKED_OFF, NOMINAL_S = 6, 17
"""Attempts of an outage, and the pauses between them: 1, 2, 4, 5 and 5 s, each up to 20 % shorter or longer."""
SETTLED, HURRIED = 8, 24
"""Attempts without pauses: until the heap that the last pipeline left has its size, and those that are measured."""
LEAK_KB = 64
"""A pipeline that is not freed costs more."""


@pytest.fixture(autouse=True)
def restarted(bed: Bed) -> None:
    bed.restart()


@contextmanager
def broken(bed: Bed, how: str, fix: str) -> Iterator[list[float]]:
    """When it was broken, for each host."""
    try:
        yield [bed.media(how)] * len(bed.agents)
    finally:
        bed.lab.run(MEDIA, fix)


def fixed(bed: Bed, how: str) -> str:
    """When all was as before."""
    back = [bed.media(how)] * len(bed.agents)
    return f"live again after {seconds(bed.live_again(back), back)}"


@pytest.mark.parametrize(
    ("how", "fix", "words"),
    [
        pytest.param(STOP, START, "no connection to {server}: start the server", id="stopped"),
        pytest.param(KILL_SERVER, "true", "", id="killed"),
        pytest.param(
            f"{STOP} && {LISTEN}",
            f"systemctl stop {SILENT}; {START}",
            "{server} does not answer: check the firewall",
            id="silent",
            marks=pytest.mark.proof,
        ),
    ],
)
def test_server_that_goes_is_tried_until_it_is_back(bed: Bed, say: Say, how: str, fix: str, words: str) -> None:
    processes, words = bed.processes(), words.format(server=f"{bed.lab.hosts[MEDIA]}:8554")
    with broken(bed, how, fix) as since:
        first = bed.reach("waiting-server", since)
        assert {one.status["restarts"]["server"] for one in first} == {1}
        seen = bed.reach("waiting-server", since, words)
        assert bed.processes() == processes
        live = fixed(bed, fix)
    # told by the connection, not by a limit; where a pipeline that has never connected does not end, the agent leaves
    for agent, story in zip(bed.agents, bed.stories(since), strict=True):
        assert not any(line.startswith("stalled") for line in story), story
        assert SILENT in how or agent.process() in processes
    said = first[0].status["last_error"]
    say(f"{said}: seen after {seconds(first, since)}; {words!r}: after {seconds(seen, since)}; {live}")


@pytest.mark.proof
@pytest.mark.parametrize(("picture", "kbps", "stalls"), [(NOISE, 2500, STALLS), (OK, 100, STALLS[:1])])
def test_server_that_freezes_is_a_stall(bed: Bed, say: Say, picture: str, kbps: int, stalls: tuple[str, ...]) -> None:
    """Whatever the rate: at a low one the server's machine goes on acknowledging for minutes."""
    bed.tell(picture)
    began = bed.both(lambda agent: agent.configure(video={"bitrate_kbps": kbps}))
    bed.reach("live", began, f"{kbps} kbit/s")
    rates = [further[-1].status["bitrate_kbps"] for further in bed.both(lambda agent: agent.further(3))]
    try:
        with broken(bed, f"kill -STOP {PID}", f"kill -CONT {PID}") as since:
            seen = bed.reach("stalled", since)
            bed.reach("waiting-server", [one.at for one in seen])
            live = fixed(bed, f"kill -CONT {PID}")
    finally:
        bed.both(lambda agent: agent.configure(video={"bitrate_kbps": SMALL["bitrate_kbps"]}))
    assert all(one.status["stalls"] == 1 for one in seen)
    for story in bed.stories(since):
        assert story[0].startswith(tuple(f"stalled: {words}: check " for words in stalls)), story
    say(f"frozen at {rates} kbit/s: seen after {seconds(seen, since)}, {live}")


def test_wrong_password_is_named_and_nobody_sees_one(bed: Bed, say: Say) -> None:
    processes, wrong = bed.processes(), "wrong-password-Zm9v_0123456789"
    since = bed.both(lambda agent: agent.configure(publish={"password": wrong}))
    bed.media(KILL_SERVER)

    seen = bed.reach(
        "waiting-server", since, "refuses the credentials: use the user and password that the server expects"
    )

    back = bed.both(lambda agent: agent.configure(publish={"password": PASSWORDS[agent.name]}))
    live = bed.live_again(back)
    assert bed.processes() == processes
    for agent, began in zip(bed.agents, since, strict=True):
        said = [agent.journal(began), agent.run(f"systemctl status {agent.unit}"), agent.seen]
        assert wrong not in str(said) and PASSWORDS[agent.name] not in str(said)
    say(f"wrong password: seen after {seconds(seen, since)}, live again after {seconds(live, back)}")


def memory(agent: Agent) -> int:
    """Resident, in kB."""
    return int(agent.run(f"awk '/VmRSS/ {{print $2}}' /proc/{agent.process().pid}/status"))


def attempts(agent: Agent) -> int:
    return int(agent.last["restarts"]["server"])


def hurry(agent: Agent, count: int) -> None:
    """Has the agent try at once, so many times: it does when it has read its configuration again."""
    for _ in range(count):
        agent.reaches("waiting-server", agent.act(f"systemctl reload {agent.unit}"))


def growth(agent: Agent) -> float:
    """kB of memory for each attempt."""
    hurry(agent, SETTLED)
    tried, resident = attempts(agent), memory(agent)
    hurry(agent, HURRIED)
    return (memory(agent) - resident) / (attempts(agent) - tried)


@pytest.mark.proof
def test_server_that_stays_away_costs_few_attempts_and_no_memory_for_each(bed: Bed, say: Say) -> None:
    """How much memory an outage of minutes takes: tests/bench/agent_outage.py."""
    processes = bed.processes()
    with broken(bed, STOP, START) as since:
        bed.reach("waiting-server", since)
        first = time.monotonic()
        tried = until(lambda counts: min(counts) >= BACKED_OFF, lambda: [*map(attempts, bed.agents)], 60)
        took = time.monotonic() - first
        assert min(tried) >= BACKED_OFF
        grown = bed.both(growth)
        live = fixed(bed, START)
    assert took > NOMINAL_S / 2
    for agent, one, then in zip(bed.agents, bed.processes(), processes, strict=True):
        # rtspclientsink's end may hang when the server goes: the agent leaves with it, and says so
        said = agent.journal(since[0])
        assert one == then or "the old pipeline does not end" in said, said
    assert max(grown) < LEAK_KB, grown
    say(f"{BACKED_OFF} attempts in {took:.0f} s, {grown} kB for each of {HURRIED} more; {live}")
