"""A viewer's picture comes back by itself after faults of the real thing, each with its time.

What happened, and in which order, is read from the page's history. The lab's hosts and this machine share one clock.
"""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from tests.e2e.lab import Lab
from tests.patience import patient

from .viewer import PATH, Viewer

AGENT = f"envivo-agent@{PATH}"
TABLE = "envivo_test_recovery"
WITHIN_MS = patient(60) * 1000

# Entries of the history after a fault, from the first on that is not live, in Unix time. Null until it is live again.
_COME_BACK = """
([fault, protocol]) => {
  const unix = (entry) => ({...entry, at: (performance.timeOrigin + entry.at) / 1000});
  const after = window.envivo.history.map(unix).filter(({at}) => at > fault);
  const lost = after.findIndex(({state}) => state !== 'live');
  const last = after.at(-1);
  const back = lost >= 0 && last.state === 'live' && (protocol === null || last.protocol === protocol);
  return back ? after.slice(lost) : null;
}
"""


def come_back(viewer: Viewer, fault: float, protocol: str | None = None) -> list[dict[str, Any]]:
    """Wait until the picture was lost and is back. Return the states from its loss on, `at` in Unix time."""
    reported = viewer.page.wait_for_function(_COME_BACK, arg=[fault, protocol], timeout=WITHIN_MS)
    assert viewer.different_frames(5) >= 5
    history: list[dict[str, Any]] = reported.json_value()
    return history


def online_since(origin: str) -> float:
    """Unix time at which the path went online, as the server reports it."""
    said = requests.get(f"{origin}/api/paths/{PATH}", timeout=patient(5)).json()["since"]
    return datetime.fromisoformat(said).timestamp()


@contextmanager
def blocked(lab: Lab, *protocols: str) -> Iterator[None]:
    """Drop media over these protocols, both ways, until the context ends."""
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
    subprocess.run(["docker", "restart", lab.media], check=True, capture_output=True, timeout=patient(60))


@pytest.mark.parametrize("break_it", [kill_agent, kill_mediamtx, pytest.param(reboot, marks=pytest.mark.proof)])
def test_picture_is_back_after_the_path_is_online(
    lab: Lab, watching: Viewer, say: Callable[[str], None], break_it: Callable[[Lab], None]
) -> None:
    broken = time.time()
    break_it(lab)
    back = come_back(watching, broken)[-1]["at"]
    online = online_since(watching.origin)
    after = f"{back - online:.2f} s after the path was online, {back - broken:.2f} s after the fault"
    say(f"{break_it.__name__}: pictures {after}")
    assert broken < online < back
    assert len(watching.session_urls()) >= 2


@pytest.mark.proof
def test_picture_comes_over_tcp_where_udp_is_blocked_in_mid_play(
    lab: Lab, watching: Viewer, say: Callable[[str], None]
) -> None:
    with blocked(lab, "udp"):
        broken = time.time()
        states = come_back(watching, broken)
        assert watching.stats["transport"] == "tcp"
        assert "WebRTC/TCP" in watching.status.inner_text()
    say(f"UDP was blocked: pictures over TCP after {states[-1]['at'] - broken:.2f} s")
    assert "hls" not in [entry["protocol"] for entry in states]


def test_picture_comes_by_hls_where_nothing_else_passes_and_returns_to_webrtc(
    lab: Lab, watching: Viewer, say: Callable[[str], None]
) -> None:
    with blocked(lab, "udp", "tcp"):
        broken = time.time()
        by_hls = come_back(watching, broken, "hls")[-1]["at"]
        expect(watching.status).to_contain_text("LL-HLS")
        opened = time.time()  # about to be
    watching.page.wait_for_function("() => window.envivo.protocol === 'webrtc'", timeout=WITHIN_MS)
    expect(watching.status).to_contain_text("Live · WebRTC")
    assert watching.different_frames(5) >= 5
    returned = come_back(watching, broken, "webrtc")[-1]["at"]
    say(f"UDP and TCP were blocked: pictures by LL-HLS after {by_hls - broken:.2f} s")
    say(f"all was open again: by WebRTC after {returned - opened:.1f} s, without a gap")
    # from one to the other, and nothing in between
    assert watching.went_over("hls", "webrtc"), watching.history


def test_camera_that_stands_still_is_called_frozen(lab: Lab, watching: Viewer, say: Callable[[str], None]) -> None:
    stopped = time.time()
    try:
        lab.run(lab.camera, f"systemctl kill -s STOP --kill-whom=all {AGENT}")
        watching.wait_for_state("frozen")
        say(f"the agent was stopped: called frozen after {time.time() - stopped:.1f} s")
        expect(watching.status).to_contain_text("is frozen")
    finally:
        continued = time.time()
        lab.run(lab.camera, f"systemctl kill -s CONT --kill-whom=all {AGENT}")
    watching.wait_for_state("live")
    assert watching.different_frames(5) >= 5
    say(f"the agent went on: pictures after {time.time() - continued:.2f} s")
    assert watching.reasons_since(stopped)[0] == "still"
