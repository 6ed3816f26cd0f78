"""Deploys that meet on a host, are stopped on request, or wait for what does not answer."""

import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from envivo.core.paths import LOCK
from envivo.core.paths import PROJECT as ROOT
from tests.e2e.lab import LONGEST_S, Lab, SettingsOf, deploying
from tests.patience import patient, until

pytestmark = pytest.mark.timeout(patient(200))

CHANGED = {"mediamtx": {"read_timeout": "11s"}, "web": {"port": 8091, "health_port": 8071}}
OTHERWISE = {"mediamtx": {"read_timeout": "12s"}, "web": {"port": 8092, "health_port": 8072}}
"""Files that have to fit each other: MediaMTX's, Caddy's and the compose file."""


def group_data(directory: Path, name: str, settings: dict[str, object]) -> Path:
    (directory / name).mkdir()
    return SettingsOf(directory / name)(**settings)


@pytest.fixture(scope="module", autouse=True)
def deployed(spare: Lab) -> None:
    spare.deploy()


def freed(lab: Lab) -> bool:
    """A deploy does not wait for long at its end: a slow host may free itself when it is over."""
    return until(bool, lambda: lab.run(lab.media, f"cat {LOCK}").stdout == "", 20)


@pytest.mark.parametrize("operations", [0, *(pytest.param(number, marks=pytest.mark.proof) for number in (1, 2, 3, 8))])
def test_of_two_deploys_at_once_one_is_refused_and_the_host_is_the_others(
    spare: Lab, tmp_path: Path, operations: int
) -> None:
    """The second executes with the first, or once that has so many operations behind it, from a plan made before."""
    one, other = group_data(tmp_path, "one", CHANGED), group_data(tmp_path, "other", OTHERWISE)
    spare.deploy()
    with deploying(spare, "--group-data", str(other), asks=True) as second:
        second.asked()
        with deploying(spare, "--group-data", str(one), asks=True) as first:
            first.asked()
            first.agree()
            assert operations == 0 or first.until(operations), first.said
            second.agree()
            codes = second.end(), first.end()
    assert sorted(codes) == [0, 1], second.said + first.said
    won, lost = (second, first) if codes[0] == 0 else (first, second)
    assert f"(pid {won.process.pid}) has held the lock of this host since " in lost.said, lost.said
    assert "] Success" not in lost.said
    assert freed(spare)
    assert spare.deploy(other if won is second else one) == {}


def test_host_of_a_killed_deploy_is_taken_over_at_once(spare: Lab, settings_of: SettingsOf) -> None:
    spare.deploy()
    settings = settings_of(**CHANGED)
    with deploying(spare, "--group-data", str(settings)) as killed:
        assert killed.until(10)
    done = spare.pyinfra("inventories/lab.py", "deploy.py", "-y", "--group-data", str(settings))
    assert done.returncode == 0, done.stderr
    assert f"(pid {killed.process.pid}) since " in done.stderr and "its process has ended" in done.stderr
    assert spare.deploy(settings) == {}


@pytest.mark.parametrize(
    "operations", [9, *(pytest.param(number, marks=pytest.mark.proof) for number in (1, 10, 11, 13))]
)
def test_deploy_stopped_on_request_is_not_taken_for_a_done_one(
    spare: Lab, settings_of: SettingsOf, operations: int
) -> None:
    settings = settings_of(
        mediamtx={"read_timeout": f"{20 + operations}s"}, cameras={"webcam": {"bitrate_kbps": 1400 + operations}}
    )
    with deploying(spare, "--group-data", str(settings)) as deploy:
        assert deploy.until(operations)
        deploy.process.send_signal(signal.SIGINT)
        assert deploy.end() == 130, deploy.said
    assert "interrupted: completed changes stay" in deploy.said
    assert "Traceback" not in deploy.said
    assert freed(spare)
    spare.deploy(settings)
    assert spare.deploy(settings) == {}


@pytest.mark.parametrize("operations", [10, pytest.param(5, marks=pytest.mark.proof)])
def test_deploy_whose_network_is_cut_ends_in_words(spare: Lab, settings_of: SettingsOf, operations: int) -> None:
    """The cut heals once the deploy has given up."""
    settings = settings_of(mediamtx={"read_timeout": f"{40 + operations}s"})
    with deploying(spare, "--group-data", str(settings)) as deploy, ExitStack() as stack:
        assert deploy.until(operations)
        with deploy.paused():
            stack.enter_context(spare.cut(spare.media, LONGEST_S))
        assert deploy.end() == 1, deploy.said
    assert "] the connection was lost during " in deploy.said, deploy.said
    assert "see whether the host is up, then deploy again" in deploy.said
    assert until(bool, lambda: spare.reachable(spare.media), 60)
    spare.deploy(settings)
    assert spare.deploy(settings) == {}


@pytest.mark.proof
def test_short_cut_is_waited_for(spare: Lab, settings_of: SettingsOf) -> None:
    settings = settings_of(mediamtx={"read_timeout": "51s"})
    with deploying(spare, "--group-data", str(settings)) as deploy, ExitStack() as stack:
        assert deploy.until(9)
        with deploy.paused():
            stack.enter_context(spare.cut(spare.media, 4))
        assert deploy.end() == 0, deploy.said
    assert spare.deploy(settings) == {}


def test_frozen_engine_is_named_and_not_waited_for_for_ever(spare: Lab, tmp_path: Path) -> None:
    config = tmp_path / "config.py"
    within_s = round(patient(5))
    bound = f"from envivo.operations import connection\nconnection.COMMAND_WITHIN_S = {within_s}\n"
    config.write_text((ROOT / "config.py").read_text() + bound)
    spare.deploy()
    spare.run(spare.media, "kill -STOP $(pidof dockerd)")
    try:
        with deploying(spare, "--config", str(config)) as deploy:
            assert deploy.end() == 1, deploy.said
    finally:
        spare.run(spare.media, "kill -CONT $(pidof dockerd)")
    assert "still: Base | Check the host before anything changes, " in deploy.said
    words = f'before anything changes" did not end within {within_s} s, docker (pid '
    assert words in deploy.said, deploy.said
    assert spare.deploy() == {}
