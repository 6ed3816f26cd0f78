"""Settings that once were accepted, and then refused or misunderstood by a program; and what is next to them."""

from collections.abc import Iterable
from typing import Any

from tests.unit.meaning.generated import Place
from tests.unit.settings.environments import PASSWORD
from tests.unit.settings.pairs import signed

_OTHER, _LONG = f"{PASSWORD}-2", PASSWORD + "aB3-" * 12
_PAIR = signed("video.company.net")
_PROXIES = (["192.168.1.5", "fd00::/8"], ["127.0.0.1"], ["0.0.0.0/0"], ["10.0.0.1/8"], ["192.168.1.5\n"])
_UUID = "01234567-89ab-cdef-0123-456789abcdef"
_WEBCAM = "mediamtx.paths.webcam"

Entries = dict[Place, Any]


def _each(place: str, values: Iterable[Any]) -> list[Entries]:
    return [{tuple(place.split(".")): value} for value in values]


def _path(*viewers: tuple[str, str]) -> dict[str, Any]:
    people = [{"user": user, "password": password} for user, password in viewers]
    return {"publisher": {"user": "webcam", "password": PASSWORD}, "viewers": people}


def _proxied(proxies: list[str]) -> Entries:
    """With the certificate in files that a proxy in front of a domain needs."""
    files = {"issuer": "files", "certificate": _PAIR.certificate, "key": _PAIR.key}
    return {("web", "trusted_proxies"): proxies, ("web", "tls"): files}


def _named(path: str) -> Entries:
    return {("mediamtx", "paths", path): _path()}


_USERS = ("import", "any", "x\n", "null", "yes", "123", "-")
_NAMES = ("null", "1.0", ".x", "a/whep/b", f"a/{_UUID}", "n" * 256, "a\n", "٣", "yes", "-", "import")

_CHOSEN = ("blue-kettle-7", "-kettle77", "_kettle-", "12e45678", "0x1f2e3d", "2026-11-30", "kettle7", "12345678")

_TWO: Entries = {
    ("mediamtx", "paths", "webcam"): _path(("a", PASSWORD)),
    ("mediamtx", "paths", "two"): _path(("a", _OTHER)),
}

PLAIN: list[Entries] = [
    _TWO,
    *map(_named, _NAMES),
    *_each("mediamtx.read_timeout", ("999999999d", "999999999h", "106752d", "106751d", "007s")),
    *_each("mediamtx.recording.delete_after", ("999999999d", "106751d", "2562024h", "0s")),
    *_each("mediamtx.hls.segment_max_size", ("٣K", "0M", "999999G", "1K", "007M", "1000000G")),
    *_each("mediamtx.hls.segment_count", (True, 7, -(10**100))),
    *_each("mediamtx.log_level", ("error", "warn")),
    *_each("web.origins", (["https://a:٣"], ["https://a:99999"], ["https://a:443"], ["null"], ["*"])),
    *_each("mediamtx.webrtc.additional_hosts", (["$(id)"], ["-"], ["999.1.1.1"], ["a\n"], ["::1"])),
    *_each("mediamtx.webrtc.ice_servers", ([{"url": url}] for url in ("stun:a\n:1", "stun:x y:99999", "turn:a:1"))),
    *_each("mediamtx.monitor", ({"user": user, "password": PASSWORD} for user in _USERS)),
    *_each("mediamtx.monitor", ({"user": "monitor", "password": password} for password in (_LONG, f"{PASSWORD}\n"))),
    *_each("public_address", ("home.dyndns.org", "home", "home.example.org", "::1", "home.dyndns.org\n")),
    *_each("media_address", ("media1:8554", "$(id)", "fe80::1%eth0", "::1")),
    *_each("base.other_ports", (["99999/tcp"], ["٣/udp"])),
    *_each("base.other_programs", (["avahi-daemon"], ['"a'], ["caddy"])),
    *_each(_WEBCAM, (_path((user, PASSWORD)) for user in _USERS)),
    *_each(_WEBCAM, (_path(("u", _LONG)), _path(("a", PASSWORD), ("a", _OTHER)))),
    *_each(_WEBCAM, (_path(("u", word)) for word in _CHOSEN)),
    *_each(_WEBCAM, (_path(("u", word), ("v", PASSWORD)) for word in _CHOSEN)),
    *_each("cameras.webcam", ({"source": "test", "fps": fps} for fps in (True, "30", 10**100))),
]

ENCRYPTED: list[Entries] = [
    *_each("web.port", (8080, 8090)),
    *map(_proxied, _PROXIES),
    *_each("web.tls.email", ('"a@b.c', "`a@b.c", "a@b.{$HOME}", "a@b.c\n", "{env.HOME}@b.c", "#a@b.c", "o'b+c%d@b.co")),
    *_each(
        "web.tls.directory", ("https://a:٣/d", "https://a:99999/d", "https://a/{$HOME}", "https://a:14000/B~c/-d-/")
    ),
    *_each("web.tls.root", ("-----BEGIN CERTIFICATE-----\nx",)),
    *_each("turn.listen_address", ("٣.1.1.1", "0.0.0.0", "10.0.0.1\n")),  # noqa: S104
    {
        ("public_address",): "home.dyndns.org",
        ("turn", "address"): "home.dyndns.org",
        ("turn", "listen_address"): "10.0.0.7",
    },
    *_each("turn.secret", (f"{PASSWORD}\n", f"{PASSWORD}#")),
]
