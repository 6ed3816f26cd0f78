"""Settings as nobody would write them: values at the edge of each rule, and what other languages take for their own."""

import string
from base64 import urlsafe_b64encode
from hashlib import sha512
from typing import Any

from hypothesis import strategies as st

from tests.unit.settings.environments import PASSWORD
from tests.unit.settings.pairs import authority, signed

Place = tuple[str, ...]
"""Of an entry of the settings, by its keys."""

_PIECES = (
    *("\n", "\r\n", "\t", "\x00", "\x1b[2J", "\x7f", "\x85", "\u2028", "\u202e", "\ufeff"),
    *("'", '"', "`", "\\", "#", " # ", ": ", "- ", "? ", "| ", "> ", "&a", "*a", "!!int ", "%", "%i", "%%", "@", "~"),
    *("{", "}", "{}", "[", "]", ",", "{{ cfg }}", "{% raw %}", "{# #}", "${HOME}", "$HOME", "$(id)", "`id`", ";", "|"),
    *("{$HOME}", "{env.HOME}", "{file./etc/passwd}", "{http.request.host}"),
    *("import", "yes", "no", "null", "0x10", "1e3"),
    # digits and letters of other scripts that look like ours, or that are counted as such
    *("٣", "\uff13", "é", "ß", "İ", "ﬁ", "\U0001d7d9", "\u0430", "aa", "\ud800"),
    *("..", "/", "../", "//", ".", "-", "--", "_"),
)  # fmt: skip
HOSTILE: st.SearchStrategy[Any] = st.one_of(
    st.lists(st.sampled_from(_PIECES), min_size=1, max_size=4).map("".join),
    st.text(max_size=8),
    st.sampled_from(_PIECES).flatmap(lambda piece: st.sampled_from((piece * 2000, f"a{piece}", f"{piece}a"))),
    st.sampled_from((None, True, 0, -1, 10**100, 1e999, b"x", [], {}, {"a": {}}, [["a"]])),
)


def mostly(good: st.SearchStrategy[Any], of_ten: int = 9) -> st.SearchStrategy[Any]:
    """So many of ten are good; the rest are hostile altogether, or good with a hostile piece at an end."""
    spoilt = st.tuples(good.map(str), st.sampled_from(_PIECES), st.booleans()).map(
        lambda parts: parts[0] + parts[1] if parts[2] else parts[1] + parts[0]
    )
    # not by one_of, which takes each of its branches, and theirs, equally often
    return st.sampled_from(range(10)).flatmap(lambda n: good if n < of_ten else st.one_of(HOSTILE, spoilt))


def around(least: int, most: int) -> st.SearchStrategy[int]:
    """What is between; sometimes the bounds, and what is next to them."""
    edges = st.sampled_from((least, most, least + 1, most - 1, least - 1, most + 1))
    return st.sampled_from(range(6)).flatmap(lambda n: st.integers(least, most) if n < 5 else edges)


_NAME = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=12)
_ADDRESS = st.sampled_from(("198.51.100.10", "10.0.0.1", "203.0.113.255", "1.1.1.1", "999.1.1.1", "0.0.0.0", "::1"))  # noqa: S104
_PUBLIC = st.one_of(
    _ADDRESS, st.sampled_from(("home.dyndns.org", "a-b.company.net", "home", "x.1", "Home.company.net"))
)
_PROXY = st.sampled_from(
    ("127.0.0.1", "::1", "192.168.1.5", "172.18.0.0/16", "fd00::/8", "0.0.0.0/0", "10.0.0.1/8", "x")
)
_LABEL = st.sampled_from(("a", "cam", "www", "x-y", "a_b", "n" * 63, "import", "null", "yes", "1a"))
_HOST = st.one_of(
    st.lists(_LABEL, min_size=1, max_size=3).map(".".join),
    _ADDRESS,
    st.sampled_from(
        ("1.2.3", "1.2.3.4.", "company.net", "A.example", "n" * 64, "a.-", "a.1", "a.0x1f", "a..b", "import")
    ),
)
_PORT_TEXT = around(1, 65535).map(str)
_DURATION = st.one_of(
    st.tuples(st.integers(0, 10**9), st.sampled_from(("ms", "s", "m", "h", "d"))).map(lambda two: f"{two[0]}{two[1]}"),
    st.tuples(st.integers(1, 90), st.sampled_from(("s", "m", "h"))).map(lambda two: f"{two[0]:03}{two[1]}"),
    st.sampled_from(("0s", "99ms", "100ms", "999ms", "1000ms", "1s", "24h", "86400s", "86401s", "106751d", "106752d",
                     "2562024h", "2562047h", "999999999d", "1d", "007s", "0100ms")),
)  # fmt: skip
_USER = st.one_of(
    st.sampled_from(("a", "any", "import", "null", "yes", "123", "1e3", "0x1f", "-", "_", "--", "bcrypt", "u" * 255)),
    _NAME,
)
_RANDOM = st.tuples(st.integers(0, 2**32), st.integers(26, 72)).map(
    lambda two: urlsafe_b64encode(sha512(str(two[0]).encode()).digest()).decode()[: two[1]]
)
_PASSWORD = st.one_of(
    _RANDOM,
    _RANDOM,
    st.sampled_from(
        (PASSWORD, f"-{PASSWORD}", f"{PASSWORD}{'aB3-' * 11}ab", f"{PASSWORD}{'aB3-' * 12}", "1" * 40, "x")
    ),
)
_CHOSEN = st.one_of(
    st.text(string.ascii_letters + string.digits + "_-", min_size=6, max_size=40),
    st.sampled_from(("blue-kettle-7", "-kettle77", "kettle77-", "_kettle_77", "12e45678", "0x1f2e3d", "null-null7")),
    st.sampled_from(("kettle7", "12345678", "password1", "webcam-7", "0o7654321", "1_000_0007", "2026-11-30")),
)
_PERSON = st.fixed_dictionaries({"user": mostly(_USER), "password": mostly(st.one_of(_CHOSEN, _PASSWORD))})
_CREDENTIALS = st.fixed_dictionaries({"user": mostly(_USER), "password": mostly(_PASSWORD)})
_LEVEL = st.sampled_from(
    (
        *("webcam", "live", "a", "import", "null", "1.0", "-", "_", "index.m3u8", "handle", "200", "x.", "api", "yes"),
        *("A", "whep", "01234567-89ab-cdef-0123-456789abcdef", ".x", "all", "n" * 200),
    )
)
PATH_NAME = mostly(st.lists(_LEVEL, min_size=1, max_size=3).map("/".join))
_PATH = st.one_of(
    st.fixed_dictionaries(
        {"publisher": _CREDENTIALS},
        optional={
            "viewers": st.lists(_PERSON, max_size=2),
            "recordings": st.lists(_PERSON, max_size=2),
            "record": mostly(st.booleans()),
            "delete_after": mostly(_DURATION),
            "listed": mostly(st.booleans()),
            "expected": mostly(st.sampled_from((True, False, None))),
        },
    ),
    st.just({"anonymous_publishing": True}),
)
_CAMERA = st.fixed_dictionaries(
    {},
    optional={
        "source": mostly(st.sampled_from(("v4l2", "test"))),
        "device": mostly(st.sampled_from(("/dev/video0", "/dev/v4l/by-id/usb-A_b:c=1+2@3", "/dev/" + "x" * 251))),
        "audio": mostly(st.sampled_from(("none", "test", "alsa"))),
        "audio_device": mostly(st.sampled_from(("default", "hw:CARD=C920,DEV=0", "x" * 255, "x" * 256))),
        "audio_bitrate_kbps": mostly(around(16, 256)),
        "width": mostly(around(160, 3840)),
        "fps": mostly(around(1, 60)),
        "bitrate_kbps": mostly(around(100, 20000)),
        "keyframe_interval_ms": mostly(around(200, 2000)),
        "encoder": mostly(st.sampled_from(("auto", "x264"))),
        "encoder_fallback": mostly(st.booleans()),
        "protocol": mostly(st.sampled_from(("rtsp", "rtmp"))),
    },
)
_PORT = mostly(around(1024, 65535))
_EMAIL = st.tuples(st.sampled_from(("a", "o'b", "a.b+c", "1%2", "-a", "x" * 64, "x" * 65)), _HOST).map("@".join)
_ORIGIN = st.tuples(
    st.sampled_from(("http://", "https://", "ftp://")),
    _HOST,
    st.one_of(st.just(""), _PORT_TEXT.map(":".__add__), st.sampled_from((":443", ":80", ":٣", ":00001"))),
).map("".join)
_ICE = st.tuples(
    st.sampled_from(("stun:", "turn:", "turns:")),
    _HOST,
    _PORT_TEXT.map(":".__add__),
    st.sampled_from(("", "?transport=udp")),
).map(lambda parts: {"url": "".join(parts)})
_DIRECTORY = st.tuples(
    _HOST.map("https://".__add__),
    st.sampled_from(("/", ":14000/", ":0/", ":99999/")),
    st.lists(st.sampled_from(("dir", "B~c", "-a-", "..", "a.b")), max_size=3).map("/".join),
).map("".join)

PLAIN: dict[Place, st.SearchStrategy[Any]] = {
    ("public_address",): mostly(_PUBLIC),
    ("media_address",): mostly(_HOST),
    ("base", "other_ports"): st.lists(mostly(_PORT_TEXT.map(lambda port: f"{port}/tcp")), max_size=2),
    ("base", "untested_system"): mostly(st.booleans()),
    ("base", "other_programs"): st.lists(mostly(_NAME), max_size=2),
    ("web", "port"): _PORT,
    ("web", "health_port"): _PORT,
    ("web", "origins"): st.lists(mostly(_ORIGIN), max_size=3),
    **{("mediamtx", f"{name}_port"): _PORT for name in ("rtmp", "rtsp", "api", "metrics", "playback")},
    ("mediamtx", "log_level"): mostly(st.sampled_from(("error", "warn", "info", "debug"))),
    ("mediamtx", "read_timeout"): mostly(_DURATION),
    ("mediamtx", "monitor"): _CREDENTIALS,
    ("mediamtx", "hls", "port"): _PORT,
    ("mediamtx", "hls", "variant"): mostly(st.sampled_from(("lowLatency", "fmp4", "mpegts"))),
    ("mediamtx", "hls", "segment_count"): mostly(around(7, 100)),
    ("mediamtx", "hls", "segment_duration"): mostly(_DURATION),
    ("mediamtx", "hls", "part_duration"): mostly(_DURATION),
    ("mediamtx", "hls", "segment_max_size"): mostly(
        st.tuples(around(1, 999999), st.sampled_from("KMG")).map(lambda two: f"{two[0]}{two[1]}")
    ),
    ("mediamtx", "webrtc", "port"): _PORT,
    ("mediamtx", "webrtc", "media_port"): _PORT,
    ("mediamtx", "webrtc", "additional_hosts"): st.lists(mostly(_HOST), max_size=3),
    ("mediamtx", "webrtc", "ice_servers"): st.lists(mostly(_ICE), max_size=2),
    ("mediamtx", "recording", "segment_duration"): mostly(_DURATION),
    ("mediamtx", "recording", "part_duration"): mostly(_DURATION),
    ("mediamtx", "recording", "delete_after"): mostly(_DURATION),
    ("mediamtx", "recording", "min_free"): mostly(
        st.tuples(around(1, 999999), st.sampled_from("MGT")).map(lambda two: f"{two[0]}{two[1]}")
    ),
    ("mediamtx", "recording", "min_free_percent"): mostly(around(0, 90)),
}
_PAIR, _AUTHORITY, _OTHER = signed("video.company.net"), authority(), authority("another")
_ONLY_PLAIN = {("public_address",), ("media_address",), ("web", "port")}
ENCRYPTED: dict[Place, st.SearchStrategy[Any]] = {
    **{place: values for place, values in PLAIN.items() if place not in _ONLY_PLAIN},
    ("mediamtx", "rtsps_port"): _PORT,
    ("mediamtx", "rtmps_port"): _PORT,
    ("mediamtx", "webrtc", "additional_hosts"): st.lists(mostly(_ADDRESS), max_size=2),
    ("public_address",): mostly(_PUBLIC),
    ("web", "trusted_proxies"): st.lists(mostly(_PROXY), max_size=2),
    ("turn", "port"): _PORT,
    ("turn", "tls_port"): _PORT,
    ("turn", "secret"): mostly(_PASSWORD),
    ("turn", "relays"): mostly(around(1, 10000)),
    ("turn", "first_relay_port"): _PORT,
    ("turn", "listen_address"): mostly(_ADDRESS),
    ("turn", "address"): mostly(_PUBLIC),
    ("web", "tls", "email"): mostly(_EMAIL, 6),
    ("web", "tls", "directory"): mostly(_DIRECTORY, 6),
    ("web", "tls"): st.one_of(
        st.just({}),
        st.sampled_from((
            {"issuer": "internal", "root": _AUTHORITY.certificate, "root_key": _AUTHORITY.key},
            {"issuer": "internal", "root": _AUTHORITY.certificate, "root_key": _OTHER.key},
            {"issuer": "internal", "root": _PAIR.certificate, "root_key": _PAIR.key},
            {"issuer": "files", "certificate": _PAIR.certificate, "key": _PAIR.key},
            {"directory_ca": _AUTHORITY.certificate}, {"directory_ca": "-----BEGIN CERTIFICATE-----"},
        )),
    ),
}  # fmt: skip


@st.composite
def entries(draw: st.DrawFn, fields: dict[Place, st.SearchStrategy[Any]]) -> dict[Place, Any]:
    """Some values, by their places; each path and camera is one."""
    found: dict[Place, Any] = draw(st.fixed_dictionaries({}, optional=fields))
    names = PATH_NAME.filter(lambda key: isinstance(key, str))
    for name, path in draw(st.dictionaries(names, _PATH, max_size=3)).items():
        found["mediamtx", "paths", name] = path
        if draw(st.booleans()):
            found["cameras", name] = draw(_CAMERA)
    found["cameras", "webcam"] = draw(_CAMERA)
    return found
