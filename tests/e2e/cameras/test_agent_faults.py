"""What happens to agents themselves, on Debian 12 and 13 at once."""

import json
import re
import time
from calendar import timegm
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from envivo.roles.camera.desired import ACCOUNT, configuration
from tests.e2e.camera_agent import Agent, seconds
from tests.e2e.camera_bed import CONTAINER, HOSTS, MEDIA, PASSWORDS, Bed, installing, now
from tests.e2e.failing_camera import FPS, HOME
from tests.e2e.far_stream import stamps
from tests.patience import until

Say = Callable[[str], None]

EXPOSURE_AT_MOST = 1.5
BAD = "bad"


@pytest.fixture(autouse=True)
def restarted(bed: Bed) -> None:
    bed.restart()


@pytest.mark.parametrize(
    ("signal", "reasons"),
    [
        ("KILL", ["Failed with result 'signal'"]),
        pytest.param(
            "STOP", ["Watchdog timeout (limit 20s)!", "Failed with result 'watchdog'"], marks=pytest.mark.proof
        ),
    ],
)
def test_agent_that_is_killed_or_hangs_is_started_again(bed: Bed, say: Say, signal: str, reasons: list[str]) -> None:
    before, began = bed.processes(), now()
    since = bed.both(lambda agent, process: float(agent.run(f"kill -{signal} {process.pid}; date +%s.%N")), before)

    live = bed.live_again(since)

    assert [process.restarts for process in bed.processes()] == [process.restarts + 1 for process in before]
    for written in bed.both(lambda agent, moment: agent.journal(moment), began):
        assert all(reason in written for reason in reasons), written
    say(f"{signal}: live again after {seconds(live, since)}")


@pytest.fixture
def clocks(bed: Bed) -> Iterator[Callable[[str], None]]:
    """Sets the real-time clock that the agents see off by seconds, such as +3600, and nothing else.

    They publish a test picture: GStreamer's own waiting for a time, which a camera does without, hangs in libfaketime.
    """
    install = "DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends faketime"
    variables = {
        "LD_PRELOAD": "$(dpkg -L libfaketime | grep /libfaketimeMT.so.1)",
        "FAKETIME_TIMESTAMP_FILE": f"{HOME}/clock",
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    lines = "\n".join(["[Service]", *(f"Environment={key}={value}" for key, value in variables.items())])

    def set_to(offset: str) -> None:
        bed.both(lambda agent: agent.act(f"echo '{offset}' > {HOME}/.clock && mv {HOME}/.clock {HOME}/clock"))

    def drop_in(agent: Agent) -> str:
        return f"/run/systemd/system/{agent.unit}.d"

    def prepare(agent: Agent) -> None:
        agent.run(f"mkdir -p {drop_in(agent)} && cat > {drop_in(agent)}/clock.conf <<END\n{lines}\nEND")
        agent.run(f"systemctl daemon-reload && systemctl restart {agent.unit}")

    bed.deploy(**{name: {"source": "test"} for name in HOSTS})
    set_to("+0")
    with installing():
        for agent in bed.agents:
            agent.run(f"apt-get -q update && {install}")
    try:
        began = now()
        bed.both(prepare)
        bed.reach("live", began)
        yield set_to
    finally:
        bed.both(lambda agent: agent.run(f"rm -r {drop_in(agent)} {HOME}/clock && systemctl daemon-reload"))
        bed.both(lambda agent: agent.run("apt-get purge -y -q faketime libfaketime"))
        bed.deploy()


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_clock_that_jumps_changes_nothing_but_the_times_that_are_told(
    bed: Bed, clocks: Callable[[str], None], say: Say
) -> None:
    before, sessions = bed.processes(), bed.sessions()
    for offset in ("+3600", "-3600"):
        clocks(offset)
        seen = bed.both(lambda agent: agent.further(2)[-1])
        streams = bed.both(lambda agent: stamps(bed.lab.hosts[MEDIA], agent.name, 5 * FPS))
        for one, stream in zip(seen, streams, strict=True):
            told = timegm(time.strptime(one.status["updated"][:19], "%Y-%m-%dT%H:%M:%S"))
            assert told - one.at == pytest.approx(int(offset), abs=600)
            assert sum(one.status["restarts"].values()) == one.status["stalls"] == 0
            assert {round((after - before) * FPS, 2) for before, after in pairwise(stream)} == {1.0}, stream
        assert (bed.processes(), bed.sessions()) == (before, sessions)
        say(f"clock {offset} s: {[one.status['fps'] for one in seen]} frames a second")


@pytest.fixture
def wrong(bed: Bed) -> Iterator[None]:
    """A configuration named BAD with three mistakes."""

    def write(agent: Agent) -> None:
        good = json.loads(agent.run(f"cat {configuration(agent.name)}"))
        video = {**good["video"], "fps": 500, "encoder": "x265"}
        bad = {**good, "name": BAD, "video": video, "publish": {**good["publish"], "port": 0, "path": BAD}}
        file = configuration(BAD)
        agent.lab.run(agent.host, f"install -m 640 -g {ACCOUNT.name} /dev/stdin {file}", stdin=json.dumps(bad))

    bed.both(write)
    try:
        yield
    finally:
        unit = f"envivo-agent@{BAD}"
        bed.both(
            lambda agent: agent.run(f"systemctl stop {unit}; systemctl reset-failed {unit}; rm {configuration(BAD)}")
        )


@pytest.mark.proof
@pytest.mark.usefixtures("wrong")
def test_wrong_configuration_ends_the_start_with_a_line_for_each_finding(bed: Bed) -> None:
    unit, count = f"envivo-agent@{BAD}", f"docker logs {CONTAINER} 2>&1 | grep -c opened"
    opened = bed.lab.run(MEDIA, count).stdout

    began = bed.both(lambda agent: agent.act(f"systemctl start {unit} || true"))

    for agent, since in zip(bed.agents, began, strict=True):
        shown = agent.run(f"systemctl show -p ActiveState,ExecMainStatus,NRestarts {unit}").splitlines()
        assert set(shown) == {"ActiveState=failed", "ExecMainStatus=2", "NRestarts=0"}
        lines = agent.run(f"journalctl -q -o cat --since @{since:.3f} -u {unit} _COMM=python3").splitlines()
        assert lines == [
            f"{configuration(BAD)}: video.fps: must be a whole number from 1 to 60, is 500",
            f'{configuration(BAD)}: video.encoder: must be one of auto, vaapi, nvenc, v4l2, x264, openh264, is "x265"',
            f"{configuration(BAD)}: publish.port: must be a whole number from 1 to 65535, is 0",
        ]
        assert agent.run(f"ls /run/envivo-agent/{BAD}.json", check=False) == ""
    assert bed.lab.run(MEDIA, count).stdout == opened


@pytest.mark.proof
def test_password_is_shown_nowhere(bed: Bed) -> None:
    for agent in (*bed.agents, bed.second):
        shown = agent.run(
            f"systemctl show {agent.unit}; systemctl status {agent.unit}; journalctl -u {agent.unit};"
            f"cat /run/envivo-agent/{agent.name}.json; tr '\\0' ' ' < /proc/{agent.process().pid}/cmdline;"
            "curl -s http://127.0.0.1:9180/metrics"
        )
        assert agent.name in shown
        assert not [name for name, password in PASSWORDS.items() if password in shown]


@pytest.mark.proof
def test_unit_is_hardly_exposed(bed: Bed, say: Say) -> None:
    said = bed.both(lambda agent: agent.run(f"systemd-analyze security --no-pager {agent.unit} | tail -n 1"))
    exposures = [float(level) for line in said for level in re.findall(r"level for .*: ([\d.]+) ", line)]
    assert len(exposures) == 2, said
    assert max(exposures) <= EXPOSURE_AT_MOST
    say(f"exposure: {exposures}")


@pytest.mark.proof
def test_two_cameras_of_one_host_are_independent(bed: Bed) -> None:
    first, second = bed.agents[1], bed.second
    began, session = second.process(), bed.sessions()[second.name]
    assert {name for name, path in bed.paths().items() if path["online"]} == set(PASSWORDS)

    first.run(f"systemctl stop {first.unit}")
    try:
        gone = until(lambda paths: not paths[first.name]["online"], bed.paths, 10)
        assert not gone[first.name]["online"]
        assert second.process() == began
        assert bed.sessions()[second.name] == session
    finally:
        first.reaches("live", first.act(f"systemctl start {first.unit}"))

    for port, name in ((9180, first.name), (9181, second.name)):
        told = first.run(f"curl -s http://127.0.0.1:{port}/metrics")
        assert f'envivo_agent_info{{name="{name}"' in told
        assert 'envivo_agent_state{state="live"} 1' in told
