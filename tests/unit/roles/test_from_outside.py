"""What verify makes of what a media host answers and shows: the path's status, and pictures."""

import hashlib
from typing import Any

import pytest

from envivo.inventory import Host, Inventory
from envivo.orchestration.target import places
from envivo.probes import ProbeError, rtsp, web, whep
from envivo.probes.pictures import Watched
from envivo.remote import RemoteShell
from envivo.roles.media import for_webrtc, from_outside
from envivo.roles.media.settings import Media
from envivo.roles.role import Feed, Report, Target
from envivo.verify.engine import Check
from envivo.verify.findings import Finding
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
    monkeypatch.setattr(for_webrtc, "lines", lambda *_: [])
    target = media()
    assert [finding.code for finding in from_outside.pictures(target, "webcam", FEED)] == code
    assert [finding.code for finding in from_outside.rtsp_pictures(target, "webcam", FEED)] == code


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("codecs not supported by client", "not-for-webrtc"),
        ("the stream doesn't contain any supported codec, which are currently AV1, VP9", "not-for-webrtc"),
        ("failed to unmarshal SDP: EOF", "whep-refused"),
        ("maximum reader count reached", "whep-refused"),
    ],
)
def test_codec_that_webrtc_cannot_carry_is_the_publishers(said: str, code: str) -> None:
    finding = for_webrtc.refused(media(), "hall", f"POST http://h/webrtc/whep/hall: 400 {said}")
    assert finding.code == code
    assert said in finding.message
    assert ("-c:v libx264" in finding.fix) == (code == "not-for-webrtc")


@pytest.mark.parametrize(
    ("seen", "log", "found"),
    [
        (whep.Viewed(0, 0, True, "connected"), ["B-frames"], ["not-for-webrtc"]),
        (whep.Viewed(2, 2, True, "connected"), ["B-frames"], ["not-for-webrtc"]),
        (whep.Viewed(3, 3, True, "connected"), [], []),  # its publisher has left, as it may
        (whep.Viewed(5, 5, False, "connected"), ["B-frames"], []),
        (whep.Viewed(0, 0, False, "connecting"), [], []),
        (ProbeError("POST http://h: 404 no stream is available on path 'hall'"), [], ["nobody publishes now"]),
        (ProbeError("POST http://h: 400 codecs not supported by client"), [], ["not-for-webrtc"]),
    ],
)
def test_what_anybody_publishes_has_to_suit_browsers(
    monkeypatch: pytest.MonkeyPatch, seen: whep.Viewed | ProbeError, log: list[str], found: list[str]
) -> None:
    def watch(*_: object) -> whep.Viewed:
        if isinstance(seen, ProbeError):
            raise seen
        return seen

    monkeypatch.setattr(whep, "watch", watch)
    monkeypatch.setattr(for_webrtc, "lines", lambda *_: log)
    said = list(from_outside.suits(media(), "webcam"))
    assert [one.code if isinstance(one, Finding) else str(one) for one in said] == found


def test_session_that_mediamtx_ends_for_b_frames_is_said_to_end_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = whep.Viewed(decoded=0, different=0, ended=True, connection="connected")
    monkeypatch.setattr(whep, "watch", lambda *_: seen)
    monkeypatch.setattr(for_webrtc, "lines", lambda *_: ["closed: WebRTC doesn't support H264 streams with B-frames"])
    (finding,) = from_outside.pictures(media(), "webcam", None)
    assert finding.code == "not-for-webrtc"
    assert "MediaMTX ended the session: WHEP has no B-frames" in finding.message
    assert "Max B-frames 0" in finding.fix and "-bf 0" in finding.fix
