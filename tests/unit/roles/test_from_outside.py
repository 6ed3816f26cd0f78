"""What verify makes of what a media host answers and shows: the path's status, and pictures."""

import hashlib
from typing import Any

import pytest

from envivo.inventory import Host, Inventory
from envivo.orchestration.target import places
from envivo.probes import ProbeError, rtsp, web, whep
from envivo.probes.pictures import Watched
from envivo.remote import RemoteShell
from envivo.roles.media import from_outside
from envivo.roles.media.settings import Media
from envivo.roles.role import Feed, Report, Target
from envivo.verify.engine import Check
from tests.unit.settings.environments import PASSWORD, drafted

FEED = Feed(
    host="cam1",
    unit="envivo-agent@webcam.service",
    running=Check("cam1", "is active", lambda: ()),
    fps=30,
    bitrate_kbps=2500,
    drawn=True,
    status=Report,
)
VIEWER = {"user": "ana", "password": PASSWORD}


def media(**more: Any) -> Target[Media]:
    """A media host to which no connection is made."""
    settings = drafted(**more)
    host = Host("media1", ("media", "cameras", "lab"), {"settings": settings, "ssh_hostname": "10.0.0.21"})
    (place,) = places(Inventory("lab", (host,)), {"media1": RemoteShell(host)})
    return place.target(place.settings.media)


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        (b'{"live":true,"since":"2026-11-24T23:26:42Z","viewers":0}', []),
        (b'{"live":false,"since":null,"viewers":0}', ["status-wrong"]),
        (b"", ["no-status"]),
        (b"[]", ["no-status"]),
        (b"null", ["no-status"]),
        (b"{}", ["no-status"]),
    ],
)
def test_answer_has_to_say_that_the_path_is_live(
    monkeypatch: pytest.MonkeyPatch, body: bytes, codes: list[str]
) -> None:
    asked = []

    def content(url: str, **more: Any) -> bytes:
        asked.append((url, more["headers"]))
        return body

    monkeypatch.setattr(web, "content", content)

    assert [finding.code for finding in from_outside.status(media(), "webcam")] == codes
    assert asked == [("http://10.0.0.21:8080/api/paths/webcam", {})]


@pytest.mark.parametrize(
    ("served", "codes"),
    [
        ({"player.html": b"<html>", "vendor/hls.min.js": b"library"}, []),
        ({"player.html": b"<html>", "vendor/hls.min.js": b"librarY"}, ["page-changed"]),
        ({"player.html": b"<html>"}, ["no-page"]),
        ({"vendor/hls.min.js": b"library"}, ["no-page"]),
    ],
)
def test_page_has_the_library_that_is_pinned(
    monkeypatch: pytest.MonkeyPatch, served: dict[str, bytes], codes: list[str]
) -> None:
    def content(url: str) -> bytes:
        name = url.removeprefix("http://10.0.0.21:8080/web/")
        if name not in served:
            raise ProbeError(f"GET {url}: 404 Not Found")
        return served[name]

    monkeypatch.setattr(web, "content", content)
    pinned = hashlib.sha256(b"library").hexdigest()
    monkeypatch.setattr(from_outside, "page_library", lambda: ("hls.min.js", pinned))

    assert [finding.code for finding in from_outside.page(media())] == codes


def test_it_is_asked_as_somebody_who_may_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    def content(url: str, **more: Any) -> bytes:
        assert more["headers"]["Authorization"].startswith("Basic ")
        return b'{"live": true}'

    monkeypatch.setattr(web, "content", content)
    target = media(mediamtx={"paths": {"webcam": {"viewers": [VIEWER]}}})

    assert list(from_outside.status(target, "webcam")) == []


def test_refusal_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def content(url: str, **more: Any) -> bytes:
        raise ProbeError(f"GET {url}: 500 Internal Server Error")

    monkeypatch.setattr(web, "content", content)

    (finding,) = from_outside.status(media(), "webcam")
    assert (finding.code, "500" in finding.message) == ("no-status", True)


@pytest.mark.parametrize(
    ("decoded", "different", "ended", "code"),
    [
        (40, 30, False, []),
        (40, 29, False, ["picture-frozen"]),
        (30, 0, False, ["picture-frozen"]),
        (29, 29, False, ["pictures-missing"]),
        (0, 0, False, ["pictures-missing"]),
        (40, 10, True, ["publisher-left"]),
    ],
)
def test_a_picture_in_which_nothing_moves_is_not_a_picture(
    monkeypatch: pytest.MonkeyPatch, decoded: int, different: int, ended: bool, code: list[str]
) -> None:
    over_whep = whep.Viewed(decoded=decoded, different=different, ended=ended, connection="connected")
    monkeypatch.setattr(whep, "watch", lambda *_: over_whep)
    monkeypatch.setattr(rtsp, "play", lambda *_, **__: Watched(decoded, different, ended))
    monkeypatch.setattr(from_outside, "lines", lambda *_: [])
    target = media()
    assert [finding.code for finding in from_outside.pictures(target, "webcam", FEED)] == code
    assert [finding.code for finding in from_outside.rtsp_pictures(target, "webcam", FEED)] == code


def test_session_that_mediamtx_ends_for_b_frames_is_said_to_end_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = whep.Viewed(decoded=0, different=0, ended=True, connection="connected")
    monkeypatch.setattr(whep, "watch", lambda *_: seen)
    monkeypatch.setattr(from_outside, "lines", lambda *_: ["closed: WebRTC doesn't support H264 streams with B-frames"])
    (finding,) = from_outside.pictures(media(), "webcam", None)
    assert finding.code == "not-for-webrtc"
    assert "MediaMTX ended the session: WHEP has no B-frames" in finding.message
    assert "zerolatency" in finding.fix
