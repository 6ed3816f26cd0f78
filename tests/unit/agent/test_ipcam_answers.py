"""What IP cameras answer: status, challenges, and the description of their tracks."""

import importlib
import re
from unittest.mock import patch

import pytest
from envivo_agent.ipcam import rtsp, sdp
from envivo_agent.ipcam.rtsp import Answer, Challenge
from envivo_agent.ipcam.sdp import Track
from hypothesis import given
from hypothesis import strategies as some

URL = "rtsp://192.168.1.64:554/Streaming/Channels/101"
OK = "RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"
DIGEST = 'Digest realm="IP Camera(12345)", nonce="abc", stale="FALSE"'


@pytest.mark.parametrize(
    ("data", "code", "reason", "body"),
    [
        (OK, 200, "OK", "v=0\r\n"),
        ("RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n", 401, "Unauthorized", ""),
        ("RTSP/1.0 404 Stream Not Found\r\n\r\n", 404, "Stream Not Found", ""),
        ("RTSP/1.0 503\r\n\r\n", 503, "", ""),
        ("RTSP/2.0 200 OK\r\n\r\n", None, "", ""),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", None, "", ""),
        ("", None, "", ""),
    ],
)  # fmt: skip
def test_answer_is_status_headers_and_body(data: str, code: int | None, reason: str, body: str) -> None:
    answer = rtsp.answer(data.encode())
    assert (answer.code, answer.reason, answer.body) == (code, reason, body) if answer else code is None


@given(some.binary(max_size=300))
def test_answer_of_any_bytes_is_one_or_none(data: bytes) -> None:
    for bytes_ in (data, b"RTSP/1.0 401 No\r\nWWW-Authenticate: Digest " + data):
        answer = rtsp.answer(bytes_)
        assert answer is None or rtsp.challenge(answer) is None or answer.code
        rtsp.body_length(bytes_)


@pytest.mark.parametrize(
    ("offered", "scheme", "foreign"),
    [
        (["Basic realm=x"], "basic", ""),
        (["Basic realm=x", DIGEST], "digest", ""),
        ([f'{DIGEST}, Basic realm="b"'], "digest", ""),
        ([f'Basic realm="b", {DIGEST}'], "digest", ""),
        ([f'Basic realm="b", {DIGEST}, algorithm="md5"'], "digest", ""),
        ([DIGEST.replace("Digest ", "DIGEST\t")], "digest", ""),
        ([f"{DIGEST}, qop=auth,auth-int, algorithm=MD5"], "digest", ""),
        ([f"{DIGEST}, algorithm=MD5", f"{DIGEST}, algorithm=SHA-256"], "digest", "SHA-256"),
        ([f"{DIGEST}, algorithm=SHA-256", f"{DIGEST}, algorithm=MD5"], "digest", ""),
        ([f"{DIGEST}, algorithm=SHA-256, {DIGEST}"], "digest", ""),
        ([f"{DIGEST}, algorithm=MD5-sess", "basic realm=x"], "digest", "MD5-sess"),
        (["Bearer x", 'Digestive realm="x"'], "", ""),
        ([], "", ""),
    ],
)
def test_challenge_is_taken_that_gstreamer_answers(offered: list[str], scheme: str, foreign: str) -> None:
    asked = rtsp.challenge(Answer(401, "", tuple(("www-authenticate", value) for value in offered)))
    assert (asked.scheme if asked else "") == scheme
    assert (asked.foreign if asked else "") == foreign
    if asked and scheme == "digest":
        assert asked.parameters["realm"] == "IP Camera(12345)"


@pytest.mark.parametrize(
    ("value", "realm"),
    [
        (r'Digest realm="a \"b\" \\ c", nonce="n"', 'a "b" \\ c'),
        ("Digest realm=plain, nonce=n", "plain"),
        ('Digest realm = "a, b=c" , nonce="n"', "a, b=c"),
        ('Digest nonce="n", realm=""', ""),
        ('Digest nonce="n", realm="cut', "cut"),
    ],
)
def test_parameters_of_a_challenge_are_as_the_standard_writes_them(value: str, realm: str) -> None:
    asked = rtsp.challenge(Answer(401, "", (("www-authenticate", value),)))
    assert asked and asked.parameters == {"realm": realm, "nonce": "n"}


def test_headers_have_a_limit() -> None:
    fits, long = (b"RTSP/1.0 401 No\r\nX: " + b"x" * count + b"\r\n\r\n" for count in (8000, 8192))
    assert rtsp.answer(fits) and rtsp.answer(long) is None


def test_digest_is_that_of_the_standard() -> None:
    """The example of RFC 2617, 3.5, whose method and URI are HTTP's."""
    given = {
        "realm": "testrealm@host.com",
        "qop": "auth,auth-int",
        "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        "opaque": "5ccc069c403ebaf9f0171e9517f40e41",
    }
    asked = Challenge("digest", given)
    said = rtsp.authorization(asked, "GET", "/dir/index.html", "Mufasa", "Circle Of Life", "0a4f113b")
    assert 'response="6629fae49393a05397450978507c4ef1"' in said
    assert "qop=auth, nc=00000001" in said
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in said


def test_digest_without_qop_is_the_old_one_and_basic_holds_both() -> None:
    """RFC 2069, 2.4, with the response as its erratum 749 has it."""
    given = {
        "realm": "testrealm@host.com",
        "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        "opaque": "5ccc069c403ebaf9f0171e9517f40e41",
    }
    said = rtsp.authorization(Challenge("digest", given), "GET", "/dir/index.html", "Mufasa", "CircleOfLife", "c")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in said
    assert "qop" not in said and "cnonce" not in said
    quoted = rtsp.authorization(Challenge("digest", {"realm": 'a"b', "nonce": "n"}), "DESCRIBE", URL, "u", "p", "c")
    assert r'realm="a\"b"' in quoted
    assert rtsp.authorization(Challenge("basic"), "DESCRIBE", URL, "admin", "p:w", "c").endswith(" YWRtaW46cDp3")


HIKVISION = f"""v=0
o=- 1109162014219182 1109162014219192 IN IP4 192.168.1.64
s=Media Presentation
b=AS:5050
t=0 0
a=control:{URL}/
m=video 0 RTP/AVP 96
c=IN IP4 0.0.0.0
a=recvonly
a=x-dimensions:1920,1080
a=control:{URL}/trackID=1
a=rtpmap:96 H264/90000
a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets=Z00AKp2oHgCJ+WbgICAgQA==,aO48gA==
m=audio 0 RTP/AVP 8
a=rtpmap:8 PCMA/8000
m=application 0 RTP/AVP 107
a=rtpmap:107 vnd.onvif.metadata/90000
"""
DAHUA = """v=0
m=video 0 RTP/AVP 97 96
a=framerate:20.000000
a=rtpmap:96 JPEG/90000
a=rtpmap:97 H265/90000
a=fmtp:97 sprop-sps=QgEBAWAAAAMAkAAAAwAAAwB4oAPAgBDlllZpJMr/8AAQABagICAggAAAAwCAAAAMhA==; sprop-pps=RAHBc9GJ
m=audio 0 RTP/AVP 0
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (HIKVISION, [(0, "video", "H264", None, (1920, 1080)), (1, "audio", "PCMA", None, None),
                     (2, "application", "VND.ONVIF.METADATA", None, None)]),
        (HIKVISION.replace("\n", "\r\n").replace("sprop-parameter-sets=Z0", "sprop-parameter-sets=Z"),
         [(0, "video", "H264", None, None), (1, "audio", "PCMA", None, None),
          (2, "application", "VND.ONVIF.METADATA", None, None)]),
        (DAHUA, [(0, "video", "H265", 20.0, (1920, 1080)), (1, "audio", "PCMU", None, None)]),
        ("m=video\nm=video 0 RTP/AVP 26\na=framerate:0\n", [(1, "video", "JPEG", None, None)]),
        ("m=video 0 RTP/AVP 9\na=rtpmap:9 \x1b[2Jé\x07/90000\n", [(0, "video", "?[2J??", None, None)]),
        (f"m=\x1b[2J 0 RTP/AVP {'x' * 99}\n", [(0, "?[2J", "X" * 80, None, None)]),
        ("m=video 0 RTP/AVP 99\na=framerate:25/1\n", [(0, "video", "99", None, None)]),
        ("v=0\n", []),
        ("", []),
    ],
)  # fmt: skip
def test_tracks_of_a_description(text: str, found: list[tuple[int, str, str, float | None, object]]) -> None:
    tracks = sdp.tracks(text)
    assert [(one.number, one.kind, one.codec, one.fps, one.size) for one in tracks] == found


def test_parameters_of_a_track_are_read() -> None:
    video = sdp.tracks(HIKVISION)[0]
    assert video.sps and video.sps.profile == "Main"
    assert Track(0, "video", "H264", None, {"sprop-parameter-sets": "aO48gA=="}).sps is None


@pytest.mark.parametrize(
    ("track", "parse"),
    [
        (sdp.tracks(HIKVISION)[0], "envivo_agent.ipcam.h264.sps"),
        (sdp.tracks(HIKVISION.replace("sets=Z00A", "sets=Z0"))[0], "envivo_agent.ipcam.h264.sps"),
        (sdp.tracks(DAHUA)[0], "envivo_agent.ipcam.h265.size"),
    ],
    ids=["H.264", "cut off", "H.265"],
)
def test_parameters_of_a_track_are_parsed_once(track: Track, parse: str) -> None:
    module, _, name = parse.rpartition(".")
    whole = getattr(importlib.import_module(module), name)
    with patch(parse, side_effect=whole) as parsed:
        assert [(track.sps, track.size) for _ in range(3)] == [(track.sps, track.size)] * 3
    assert parsed.call_count == 1


@given(
    some.text(alphabet=some.sampled_from("m=video0 RTP/AVP96\na:rtpmafH264;sprop-parameter-sets,Z0=+/"), max_size=200)
)
def test_any_text_is_read(text: str) -> None:
    for track in sdp.tracks(text + "\nm=video 0 RTP/AVP 96\na=fmtp:96 sprop-parameter-sets=" + text):
        assert track.size is None or len(track.size) == 2
    assert re.search("", text)
