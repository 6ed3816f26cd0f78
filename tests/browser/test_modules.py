"""The page's pure functions, as tables."""

from typing import Any

import pytest
from playwright.sync_api import Page

CANDIDATE = "a=candidate:1 1 udp 2130706431 10.0.0.1 8189 typ host\r\n"


def call(page: Page, module: str, function: str, *arguments: object) -> Any:
    return page.evaluate(
        """async ([module, name, given]) =>
          JSON.parse(JSON.stringify((await import(`/web/${module}`))[name](...given) ?? null))""",
        [module, function, list(arguments)],
    )


@pytest.mark.parametrize(
    ("link", "servers"),
    [
        (None, []),
        ('<https://x/y>; rel="next"', []),
        ('<stun:h:3478>; rel="ice-server"', [{"urls": "stun:h:3478"}]),
        (
            '<turn:h:3478?transport=udp>; rel="ice-server"; username="1:a"; credential="p,q\\"r"; '
            'credential-type="password", <stun:h:3478>; rel="ice-server"',
            [
                {"urls": "turn:h:3478?transport=udp", "username": "1:a", "credential": 'p,q"r'},
                {"urls": "stun:h:3478"},
            ],
        ),
    ],
)
def test_ice_servers_come_from_the_link_header(modules: Page, link: str | None, servers: list[dict[str, str]]) -> None:
    assert call(modules, "signalling.js", "iceServers", link) == servers


@pytest.mark.parametrize(
    ("sdp", "ports"),
    [
        ("v=0\r\n", []),
        (CANDIDATE * 2, ["8189"]),
        (CANDIDATE + CANDIDATE.replace("8189", "8190"), ["8189", "8190"]),
        (CANDIDATE.replace("typ host", "typ srflx"), []),
    ],
)
def test_media_ports_are_those_of_the_host_candidates(modules: Page, sdp: str, ports: list[str]) -> None:
    assert call(modules, "signalling.js", "mediaPorts", sdp) == ports


@pytest.mark.parametrize(
    ("local", "shown"),
    [
        ({"candidateType": "host", "protocol": "udp"}, {"transport": "udp", "pair": "host udp *:9 -> ?"}),
        ({"candidateType": "prflx", "protocol": "tcp"}, {"transport": "tcp", "pair": "prflx tcp *:9 -> ?"}),
        *(
            (
                {"candidateType": "relay", "protocol": "udp", "relayProtocol": leg},
                {"transport": "relay", "relayProtocol": leg, "pair": f"relay udp {leg} *:9 -> ?"},
            )
            for leg in ("udp", "tcp", "tls")
        ),
    ],
)
def test_relayed_viewer_is_told_apart(modules: Page, local: dict[str, str], shown: dict[str, str]) -> None:
    report = [
        {"id": "t", "type": "transport", "selectedCandidatePairId": "p"},
        {"id": "p", "type": "candidate-pair", "localCandidateId": "l", "remoteCandidateId": "r"},
        {"id": "l", "type": "local-candidate", "port": 9, **local},
    ]
    # an array has values() as an RTCStatsReport has
    stats = call(modules, "whep_stats.js", "summarise", report, "connected")
    assert {name: stats.get(name) for name in ("transport", "relayProtocol", "pair")} == {
        "relayProtocol": None,
        **shown,
    }


@pytest.mark.parametrize(
    ("reason", "failures", "hurry", "bounds"),
    [
        ("not-live", 0, False, (187, 313)),
        ("not-live", 1, False, (750, 1250)),
        ("not-live", 1, True, (225, 375)),
        ("not-live", 79, False, (750, 1250)),
        ("not-live", 80, False, (2250, 3750)),
        ("blocked", 0, True, (375, 625)),
        ("blocked", 50, False, (2250, 3750)),
        ("password", 0, False, None),
        ("wrong-password", 0, True, None),
    ],
)
def test_retry_delay_is_spread_around_its_base(
    modules: Page, reason: str, failures: int, hurry: bool, bounds: tuple[int, int] | None
) -> None:
    shortest = call(modules, "outcomes.js", "retryDelay", reason, failures, hurry, 0)
    longest = call(modules, "outcomes.js", "retryDelay", reason, failures, hurry, 1)
    assert (shortest, longest) == ((None, None) if bounds is None else pytest.approx(bounds, abs=1))


@pytest.mark.parametrize(
    ("still", "silent", "said", "meaning"),
    [
        (100, 100, None, "live"),
        (600, 600, None, "ask"),
        (600, 600, "lives", "ask"),  # a hiccup needs no words
        (600, 600, "gone", "ended"),
        (600, 600, "restarting", "restarting"),
        (1600, 1600, None, "ask"),
        (1600, 1600, "lives", "frozen"),
        (1600, 1600, "unanswered", "silent"),
        (9000, 2000, "lives", "frozen"),  # the camera's fault: another session would show no more
        (2900, 2900, "lives", "lost"),
        (60_000, 60_000, "unanswered", "silent"),
        (12_100, 500, "lives", "no-picture"),
    ],
)
def test_standing_picture_has_a_meaning(modules: Page, still: int, silent: int, said: str | None, meaning: str) -> None:
    seen = {"still": still, "silent": silent, "patience": 500}
    assert call(modules, "pulse.js", "verdict", seen, said) == meaning


@pytest.mark.parametrize(
    ("per_second", "patience"),
    [(30, (500, 500)), (5, (700, 810)), (1, (3000, 4010))],
)
def test_patience_suits_the_frame_rate(modules: Page, per_second: int, patience: tuple[int, int]) -> None:
    seen = modules.evaluate(
        """async pause => {
          const {Pulse} = await import('/web/pulse.js');
          const pulse = new Pulse(0);
          let seen;
          for (let n = 1; n <= 40; n++) seen = pulse.look(n * pause, {frames: n, heard: n});
          return seen;
        }""",
        1000 / per_second,
    )
    assert (seen["still"], seen["silent"]) == (0, 0)
    assert patience[0] <= seen["patience"] <= patience[1]


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (401, "authentication error", "password"),
        (403, "", "refused"),
        (404, "no stream is available on path 'webcam'", "not-live"),
        (409, "", "not-live"),
        (400, "path 'x' is not configured", "unknown-path"),
        (500, "path 'x' is not configured", "unknown-path"),
        (400, "maximum reader count reached", "full"),
        (400, "codecs not supported by client", "codec"),
        (502, "", "restarting"),
        (400, "failed to unmarshal SDP: EOF", "refused"),
    ],
)
def test_answers_of_the_server_have_a_meaning(modules: Page, status: int, error: str, reason: str) -> None:
    assert call(modules, "outcomes.js", "outcomeOfHttp", status, error)["reason"] == reason


@pytest.mark.parametrize(
    ("search", "path"),
    [
        ("", "webcam"),
        ("?path=", "webcam"),
        ("?path=live/webcam", "live/webcam"),
        ("?path=live%2Fweb.cam_2-x", "live/web.cam_2-x"),
        ("?path=../x", None),
        ("?path=a//b", None),
        ("?path=x~", None),
    ],
)
def test_path_comes_from_the_address_of_the_page(modules: Page, search: str, path: str | None) -> None:
    assert call(modules, "address.js", "pathOf", search) == path


SETTINGS = {"mode": "auto", "embed": False, "controls": True, "numbers": False, "muted": True, "volume": 1}


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ("", {}),
        ("?mode=hls&embed=1&controls=0", {"mode": "hls", "embed": True, "controls": False}),
        (
            "?mode=webrtc&numbers=1&muted=0&volume=0.25",
            {"mode": "webrtc", "numbers": True, "muted": False, "volume": 0.25},
        ),
        ("?mode=carrier-pigeon&volume=11&embed=yes", {}),
        ("?volume=loud", {}),
    ],
)
def test_address_says_how_a_stream_is_shown(modules: Page, search: str, said: dict[str, object]) -> None:
    assert call(modules, "address.js", "settingsOf", search) == {**SETTINGS, **said}


@pytest.mark.parametrize(
    ("search", "changes", "becomes"),
    [
        ("", {"mode": None}, ""),
        ("", {"mode": "hls"}, "?mode=hls"),
        ("?path=live/webcam&mode=hls", {"mode": None, "lang": "es"}, "?path=live/webcam&lang=es"),
    ],
)
def test_address_keeps_what_is_not_changed(
    modules: Page, search: str, changes: dict[str, str | None], becomes: str
) -> None:
    assert call(modules, "address.js", "searchWith", search, changes) == becomes


PLAYLIST = """#EXTM3U
#EXT-X-VERSION:9
#EXT-X-MEDIA:TYPE="AUDIO",GROUP-ID="audio",NAME="audio2",URI="audio2_stream.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="{codecs}",RESOLUTION=1280x720{group}
video1_stream.m3u8
"""


@pytest.mark.parametrize(
    ("codecs", "left"), [("avc1.42c01e,opus", "avc1.42c01e"), ("opus,avc1.42c01e", "avc1.42c01e"), ("Opus", "")]
)
def test_playlist_loses_sound_that_a_browser_cannot_play(modules: Page, codecs: str, left: str) -> None:
    without = call(modules, "hls_deaf.js", "withoutOpus", PLAYLIST.format(codecs=codecs, group=',AUDIO="audio"'))
    expected = PLAYLIST.format(codecs=left, group="").splitlines()
    assert without.splitlines() == [line for line in expected if "EXT-X-MEDIA" not in line]


def test_playlist_of_other_sound_stays_as_it_is(modules: Page) -> None:
    other = PLAYLIST.format(codecs="avc1.42c01e,mp4a.40.2", group=',AUDIO="audio"')
    assert call(modules, "hls_deaf.js", "withoutOpus", other) == other


ASK = """async ([scope, native]) => {
  const {capabilitiesOf, hlsBy} = await import('/web/capabilities.js');
  const source = name => scope[name] && {isTypeSupported: type => scope[name].some(known => type.includes(known))};
  const asked = {
    RTCPeerConnection: scope.rtc,
    RTCRtpReceiver: scope.codecs && {getCapabilities: () => ({codecs: scope.codecs.map(mimeType => ({mimeType}))})},
    MediaSource: source('mse'),
    ManagedMediaSource: source('managed'),
  };
  const can = capabilitiesOf(asked, {canPlayType: () => native});
  return {...can, by: hlsBy(can)};
}"""


@pytest.mark.parametrize(
    ("scope", "native", "can"),
    [
        pytest.param(
            {"rtc": True, "codecs": ["video/H264"], "mse": ["avc1", "opus"]}, "maybe",
            {"webrtc": True, "mediaSource": True, "opus": True, "nativeHls": True, "by": "hls.js"}, id="Chromium",
        ),
        pytest.param(
            {"rtc": True, "codecs": ["video/VP8"], "mse": ["vp8", "opus"]}, "",
            {"webrtc": False, "mediaSource": False, "opus": True, "nativeHls": False, "by": None}, id="no H.264",
        ),
        pytest.param(
            {"rtc": True, "codecs": ["video/H264"], "managed": ["avc1"]}, "maybe",
            {"webrtc": True, "mediaSource": True, "opus": False, "nativeHls": True, "by": "hls.js"}, id="iOS 17.1",
        ),
        pytest.param(
            {"rtc": True}, "maybe",
            {"webrtc": True, "mediaSource": False, "opus": False, "nativeHls": True, "by": "browser"}, id="old iPhone",
        ),
        pytest.param(
            {}, "", {"webrtc": False, "mediaSource": False, "opus": False, "nativeHls": False, "by": None}, id="nothing"
        ),
    ],
)  # fmt: skip
def test_browser_is_asked_what_it_can(
    modules: Page, scope: dict[str, object], native: str, can: dict[str, object]
) -> None:
    assert modules.evaluate(ASK, [scope, native]) == can
