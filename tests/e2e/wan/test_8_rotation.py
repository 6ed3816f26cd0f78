"""Secrets are exchanged while somebody watches: who is interrupted, and from when on the old one is refused."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest

from envivo.secrets import resolve, secret
from envivo.secrets.kept import fresh
from lab import acme, wan
from lab.routes import Mode
from tests.browser.viewer import Viewer
from tests.e2e.far_viewer import decodes_more, play
from tests.e2e.lab import API, Lab
from tests.patience import patient, until

pytestmark = [pytest.mark.proof, pytest.mark.timeout(patient(400))]
Say = Callable[[str], None]
Rotate = Callable[..., Mapping[str, list[str]]]
ORIGIN = "https://media.envivo.test"


def old(name: str) -> str:
    return resolve("staging", secret(name), generate=True)


@pytest.fixture
def rotate(staging: Lab) -> Iterator[Rotate]:
    """Deploys with other secrets, by name, `publish-webcam` say; afterwards the old ones are back."""

    def deploy(**others: str) -> Mapping[str, list[str]]:
        lab = replace(staging, variables={f"ENVIVO_STAGING_{name}": value for name, value in others.items()})
        changes = lab.deploy()
        assert lab.deploy() == {}, "a second deploy finds something to change"
        return changes

    yield deploy
    staging.deploy()


def answer(staging: Lab, method: str, address: str, user: str, password: str) -> int:
    """HTTP's, of a stranger with these credentials."""
    ask = f"curl -sS -o /dev/null -w '%{{http_code}}' --cacert /root.pem -X {method} -K - {ORIGIN}{address}"
    staging.run("wan-media", "cat > /root.pem", stdin=acme.ROOT.read_text())
    return int(staging.run("wan-media", ask, stdin=f'user = "{user}:{password}"').stdout)


def publisher(staging: Lab) -> str:
    """The session of the camera."""
    path = json.loads(staging.run(staging.media, f"{API}/paths/get/webcam").stdout)
    return str((path["source"] or {}).get("id", ""))


def test_publishers_password_interrupts_nobody_and_the_old_one_is_refused_at_once(
    viewer: Viewer, staging: Lab, rotate: Rotate, say: Say
) -> None:
    wan.viewers_may("open")
    play(viewer, "player.html?path=webcam")
    session, before = publisher(staging), viewer.stats

    changes = rotate(PUBLISH_WEBCAM=fresh())

    assert {"Media | Switch to mediamtx.yml", "Cameras | Run an agent for each camera"} <= set(changes)
    assert publisher(staging) == session, "the camera connected anew"
    decodes_more(viewer)
    say(f"publisher: freezes {before['freezes']} -> {viewer.stats['freezes']}")
    assert len(viewer.session_urls()) == 1
    assert "reconnecting" not in {entry["state"] for entry in viewer.history}
    assert answer(staging, "OPTIONS", "/webrtc/whip/webcam", "webcam", old("publish-webcam")) == 401
    # the new one is what it connects with from now on
    staging.run("wan-media", f"{API}/rtspssessions/kick/{session} -X POST")
    after = until(lambda now: now not in ("", session), lambda: publisher(staging), 40, 0.5)
    assert after not in ("", session)


def test_passwords_of_viewers_and_monitor_interrupt_nobody(
    viewer: Viewer, staging: Lab, rotate: Rotate, say: Say
) -> None:
    wan.viewers_may("open")
    play(viewer, "player.html?path=webcam")
    before = viewer.stats

    rotate(VIEW_WEBCAM=fresh(), MONITOR=fresh())

    decodes_more(viewer)
    say(f"viewer and monitor: freezes {before['freezes']} -> {viewer.stats['freezes']}")
    assert len(viewer.session_urls()) == 1
    assert "reconnecting" not in {entry["state"] for entry in viewer.history}
    for address in ("/webrtc/whep/webcam", "/hls/webcam/index.m3u8?cookieCheck=1", "/recordings/webcam/"):
        method = "OPTIONS" if "whep" in address else "GET"
        assert answer(staging, method, address, "viewer", old("view-webcam")) == 401, address


def relayed(staging: Lab, key: str) -> bool:
    """Whether coturn gives a relay to somebody whose credentials were made with this secret."""
    user = f"{int(time.time()) + 86400}:test"
    password = base64.b64encode(hmac.new(key.encode(), user.encode(), hashlib.sha1).digest()).decode()
    address = staging.hosts["wan-turn"]
    ask = f"turnutils_uclient -y -n 1 -c -u '{user}' -w '{password}' -p 3478 -e {address} {address}"
    said = staging.run("wan-turn", f"timeout 20 {ask} 2>&1", check=False).stdout
    # the peer is none that may be reached: of that it speaks only where it has a relay
    return "403 (Forbidden IP)" in said


@pytest.mark.parametrize("mode", ["open", "turns-only"])
def test_secret_of_turn_costs_viewers_one_new_session(
    viewer: Viewer, staging: Lab, rotate: Rotate, say: Say, mode: Mode
) -> None:
    wan.viewers_may(mode)
    play(viewer, "player.html?path=webcam")
    last, new = old("turn"), fresh()

    rotate(TURN=new, TURN_PREVIOUS=last)

    viewer.wait_for_state("live")
    decodes_more(viewer)
    entries = viewer.history
    gaps = [
        round((back["at"] - lost["at"]) / 1000, 1)
        for number, lost in enumerate(entries)
        if lost["state"] == "reconnecting" and entries[number - 1]["state"] == "live"
        for back in [next(one for one in entries[number:] if one["state"] == "live")]
    ]
    say(f"turn, {mode}: without a picture for {gaps} s, {len(viewer.session_urls())} sessions")
    assert gaps, "MediaMTX reopens WebRTC for it (docs/production.md)"
    assert relayed(staging, new) and relayed(staging, last) and not relayed(staging, fresh())

    rotate(TURN=new)
    assert relayed(staging, new) and not relayed(staging, last)
    viewer.wait_for_state("live")
    decodes_more(viewer)
