"""Secrets are exchanged while somebody watches: who is interrupted, and from when on the old one is refused."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from envivo.lab import acme, wan
from envivo.lab.routes import ViewerMode
from envivo.secrets import resolve, secret
from envivo.secrets.store import fresh
from tests.browser.viewer import Viewer
from tests.e2e.far_viewer import FRAMES, decodes_more, play
from tests.e2e.lab import API, Lab
from tests.patience import patient, until

pytestmark = [pytest.mark.proof, pytest.mark.timeout(patient(400))]
Say = Callable[[str], None]
ORIGIN, RELAY = "https://media.envivo.test", "198.51.100.11"


class Rotation:
    """Deploys with other secrets than those that are kept; they stay until all tests of this file are done."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def now(self, name: str) -> str:
        variable = f"ENVIVO_STAGING_{name.upper().replace('-', '_')}"
        return self.lab.variables.get(variable) or resolve("staging", secret(name), generate=True)

    def deploy(self, **others: str) -> set[str]:
        """By name, `publish_webcam` say, empty for none. The operations that changed something."""
        more = {f"ENVIVO_STAGING_{name.upper()}": value for name, value in others.items()}
        kept = {name: value for name, value in {**self.lab.variables, **more}.items() if value}
        self.lab = replace(self.lab, variables=kept)
        return set(self.lab.deploy())


@pytest.fixture(scope="module")
def rotation(staging: Lab) -> Iterator[Rotation]:
    rotation = Rotation(staging)
    yield rotation
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
    viewer: Viewer, staging: Lab, rotation: Rotation, say: Say
) -> None:
    wan.viewers_may("open")
    play(viewer, "player.html?path=webcam")
    session, before, last = publisher(staging), viewer.stats, rotation.now("publish-webcam")

    changes = rotation.deploy(publish_webcam=fresh())

    assert {"Media | Switch to mediamtx.yml", "Cameras | Start an agent for each camera"} <= changes
    assert publisher(staging) == session, "the camera connected anew"
    decodes_more(viewer)
    say(f"publisher: freezes {before['freezes']} -> {viewer.stats['freezes']}")
    assert len(viewer.session_urls()) == 1
    assert "reconnecting" not in {entry["state"] for entry in viewer.history}
    assert answer(staging, "OPTIONS", "/webrtc/whip/webcam", "webcam", last) == 401
    # the new one is what it connects with from now on
    staging.run("wan-media", f"{API}/rtspssessions/kick/{session} -X POST")
    after = until(lambda now: now not in ("", session), lambda: publisher(staging), 40, 0.5)
    assert after not in ("", session)


def relayed(staging: Lab, key: str) -> bool:
    """Whether coturn gives a relay to somebody whose credentials were made with this secret."""
    user = f"{int(time.time()) + 86400}:test"
    password = base64.b64encode(hmac.new(key.encode(), user.encode(), hashlib.sha1).digest()).decode()
    ask = f"turnutils_uclient -y -n 1 -c -u '{user}' -w '{password}' -p 3478 -e {RELAY} {RELAY}"
    said = staging.run("wan-turn", f"timeout 20 {ask} 2>&1", check=False).stdout
    # the peer is none that may be reached: of that it speaks only where it has a relay
    return "403 (Forbidden IP)" in said


@pytest.mark.parametrize("mode", ["open", "turns-only"])
def test_secret_of_turn_costs_viewers_one_new_session(
    viewer: Viewer, staging: Lab, rotation: Rotation, say: Say, mode: ViewerMode
) -> None:
    wan.viewers_may(mode)
    play(viewer, "player.html?path=webcam")
    last, new = rotation.now("turn"), fresh()

    rotation.deploy(turn=new, turn_previous=last)

    assert viewer.different_frames(FRAMES) >= FRAMES
    entries = viewer.history
    gaps = [
        round((back["at"] - lost["at"]) / 1000, 1)
        for number, lost in enumerate(entries)
        if lost["state"] == "reconnecting" and entries[number - 1]["state"] == "live"
        for back in [next(one for one in entries[number:] if one["state"] == "live")]
    ]
    sessions = viewer.session_urls()
    say(f"turn, {mode}: without a picture for {gaps} s, {len(sessions)} sessions")
    assert len(sessions) == 2, "MediaMTX reopens WebRTC for it, once (docs/howto/rotate_secret.md)"
    assert relayed(staging, new) and relayed(staging, last) and not relayed(staging, fresh())

    changes = rotation.deploy(turn_previous="")
    assert changes == {"TURN | Switch to turnserver.conf"}
    assert relayed(staging, new) and not relayed(staging, last)
    assert viewer.different_frames(FRAMES) >= FRAMES


def test_passwords_of_viewers_and_monitor_interrupt_nobody(
    viewer: Viewer, staging: Lab, rotation: Rotation, say: Say
) -> None:
    wan.viewers_may("open")
    play(viewer, "player.html?path=webcam")
    before, last = viewer.stats, rotation.now("view-webcam")

    rotation.deploy(view_webcam=fresh(), monitor=fresh())

    decodes_more(viewer)
    say(f"viewer and monitor: freezes {before['freezes']} -> {viewer.stats['freezes']}")
    assert len(viewer.session_urls()) == 1
    assert "reconnecting" not in {entry["state"] for entry in viewer.history}
    for address in ("/webrtc/whep/webcam", "/hls/webcam/index.m3u8?cookieCheck=1", "/recordings/webcam/"):
        method = "OPTIONS" if "whep" in address else "GET"
        assert answer(staging, method, address, "viewer", last) == 401, address
    assert rotation.deploy() == set(), "a second deploy finds something to change"
