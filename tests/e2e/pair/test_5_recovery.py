"""A viewer's picture comes back by itself after faults of the real thing, each with its time.

The hosts of the lab and this machine share one clock.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from envivo.waiting import until
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.viewer import PATH, Viewer
from tests.e2e.lab import API, Lab

AFTER_ONLINE_S = 1.5
AFTER_BLOCKED_S = 8.0
BUSY = 2.0
"""So many times longer it may take here: two cores run the lab, the browser and whatever else."""

AGENT = f"envivo-agent@{PATH}"
TABLE = "envivo_test_recovery"
ASK_ONLINE = f"""while :; do
date +"%s.%N $({API}/paths/get/{PATH} -s -m 1 | grep -o '"online":[a-z]*')"; sleep 0.03
done"""


@pytest.fixture
def viewer(lab: Lab) -> Iterator[Viewer]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        watching = Viewer(browser.new_context(locale="en-US").new_page(), f"http://{lab.hosts[lab.media]}:8080")
        watching.open("player.html")
        watching.wait_for_state("live")
        watching.page.wait_for_timeout(2000)
        yield watching
        browser.close()


def live_since(viewer: Viewer, fault: float, protocol: str | None = None) -> float:
    """Waits for pictures that came after the fault, and returns when the first of them was there, in Unix time."""
    deadline = time.monotonic() + 60
    while True:
        origin: float = viewer.page.evaluate("() => performance.timeOrigin")
        states = [((origin + float(entry["at"])) / 1000, entry) for entry in viewer.history]
        later = [(at, entry) for at, entry in states if at > fault and entry["state"] == "live"]
        if later and protocol in (None, later[-1][1]["protocol"]) and viewer.page.evaluate("envivo.state") == "live":
            assert viewer.different_frames(5) >= 5
            return later[-1][0] if protocol else later[0][0]
        assert time.monotonic() < deadline, [f"{at - fault:.2f} {entry}" for at, entry in states]
        viewer.page.wait_for_timeout(100)


@contextmanager
def online(lab: Lab, log: Path) -> Iterator[Callable[[float], tuple[float, float]]]:
    """Yields a function: when the path was gone and when it was online again after a fault, in Unix time."""
    known_hosts = Path(lab.ssh_key).parent / "known_hosts"
    with log.open("w") as said:
        asking = subprocess.Popen(
            ["sh", "-c", 'while :; do "$@"; sleep 0.05; done', "again",  # a host that is rebooted hangs up
             "ssh", "-F", "none", "-i", lab.ssh_key, "-o", f"UserKnownHostsFile={known_hosts}", "-o", "BatchMode=yes",
             "-o", "ConnectTimeout=1", "-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=2",
             f"root@{lab.hosts[lab.media]}", ASK_ONLINE],
            stdout=said, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

        def seen(fault: float) -> tuple[float | None, float | None]:
            answers = [line.split(" ", 1) for line in log.read_text().splitlines()[:-1]]
            after = [(float(at), '"online":true' in more) for at, more in answers if float(at) > fault]
            gone = next((at for at, there in after if not there), None)
            return gone, next((at for at, there in after if there and gone and at > gone), None)

        def again(fault: float) -> tuple[float, float]:
            gone, there = until(all, lambda: seen(fault), 30)
            assert gone is not None, "the path was never gone"
            assert there is not None, "the path has not come back"
            return gone, there

        try:
            time.sleep(0.5)
            yield again
        finally:
            os.killpg(asking.pid, signal.SIGKILL)
            asking.wait()


@contextmanager
def blocked(lab: Lab, *protocols: str) -> Iterator[None]:
    """Media over these protocols is dropped, both ways, until the context ends."""
    chains = "".join(
        f"chain {hook} {{ type filter hook {hook} priority -5;"
        + "".join(f" {protocol} {end} 8189 drop;" for protocol in protocols)
        + " }\n"
        for hook, end in (("input", "dport"), ("output", "sport"))
    )
    lab.run(lab.media, "nft -f -", stdin=f"table inet {TABLE} {{\n{chains}}}\n")
    try:
        yield
    finally:
        lab.run(lab.media, f"nft delete table inet {TABLE}")


def kill_agent(lab: Lab) -> None:
    lab.run(lab.camera, f"systemctl kill -s KILL --kill-whom=all {AGENT}")


def kill_mediamtx(lab: Lab) -> None:
    lab.run(lab.media, "kill -KILL $(pidof mediamtx)")


def reboot(lab: Lab) -> None:
    subprocess.run(["docker", "restart", lab.media], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("what", "break_it"),
    [
        ("the agent was killed", kill_agent),
        ("MediaMTX was killed", kill_mediamtx),
        ("the host was rebooted", reboot),
    ],
)
def test_picture_is_back_soon_after_the_path_is_online(
    lab: Lab, viewer: Viewer, tmp_path: Path, say: Callable[[str], None], what: str, break_it: Callable[[Lab], None]
) -> None:
    with online(lab, tmp_path / "online") as online_again:
        broken = time.time()
        break_it(lab)
        live_since(viewer, broken)
        gone, there = online_again(broken)
        back = live_since(viewer, gone)  # not the last pictures of those before
    after = back - there
    say(f"{what}: pictures {after:.2f} s after the path was online again, {back - broken:.2f} s after the fault")
    assert after < AFTER_ONLINE_S * BUSY
    assert len(viewer.session_urls()) >= 2


def test_picture_comes_over_tcp_where_udp_is_blocked_in_mid_play(
    lab: Lab, viewer: Viewer, say: Callable[[str], None]
) -> None:
    with blocked(lab, "udp"):
        broken = time.time()
        viewer.page.wait_for_function("() => envivo.state !== 'live'")
        took = live_since(viewer, broken) - broken
        assert viewer.stats["transport"] == "tcp"
        assert "WebRTC/TCP" in viewer.status.inner_text()
    say(f"UDP was blocked: pictures over TCP after {took:.2f} s")
    assert took < AFTER_BLOCKED_S


def test_picture_comes_by_hls_where_nothing_else_passes_and_returns_to_webrtc(
    lab: Lab, viewer: Viewer, say: Callable[[str], None]
) -> None:
    with blocked(lab, "udp", "tcp"):
        broken = time.time()
        viewer.page.wait_for_function("() => envivo.state !== 'live'")
        took = live_since(viewer, broken, "hls") - broken
        assert "LL-HLS" in viewer.status.inner_text()
    opened = time.time()
    returned = live_since(viewer, opened, "webrtc") - opened
    say(f"UDP and TCP were blocked: pictures by LL-HLS after {took:.2f} s")
    say(f"all was open again: by WebRTC after {returned:.1f} s, without a gap")
    assert took < AFTER_BLOCKED_S
    assert returned < 45
    assert all(entry["state"] == "live" for entry in viewer.history if entry["protocol"] == "hls")


def test_camera_that_stands_still_is_called_frozen(lab: Lab, viewer: Viewer, say: Callable[[str], None]) -> None:
    lab.run(lab.camera, f"systemctl kill -s STOP --kill-whom=all {AGENT}")
    stopped = time.time()
    try:
        viewer.wait_for_state("frozen")
        say(f"the agent was stopped: called frozen after {time.time() - stopped:.1f} s")
    finally:
        continued = time.time()
        lab.run(lab.camera, f"systemctl kill -s CONT --kill-whom=all {AGENT}")
    took = live_since(viewer, continued) - continued
    say(f"the agent went on: pictures after {took:.2f} s")
