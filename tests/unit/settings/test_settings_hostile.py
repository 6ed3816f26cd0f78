"""What looks like a value and is none: for each field the texts that a program would take for something else."""

from typing import Any

import pytest

from envivo.config.lazy import merged
from envivo.core.quoting import LONGEST
from envivo.orchestration.validation import invalid_destinations
from tests.unit.settings.environments import LAB, ONE_MACHINE, PASSWORD, at, filled_in, findings
from tests.unit.settings.pairs import authority, signed

EVERYWHERE = (
    *("\n", "\x1b[31m", "\u202e", "\x00", " ", '"', "`", "'\"", "#", "\\", "%", ";", "*", "٣", "é", "x" * 5000),
    *("$(id)", "{$HOME}", "{env.HOME}", "{file./etc/x}", "{{ 7*7 }}"),
)
"""Added to a good value they make it none, in every field."""


FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "public_address": ("198.51.100.10", ("0.0.0.0", "224.0.0.1", "255.255.255.255", "٣.1.1.1", "1.2.3.04", "::1", "home", "Home.company.net", "1.2.3", "a_b.net")),  # noqa: S104, E501
    "media_address": ("media1", ("-", "media1:8554", "1.2.3", "999.1.1.1", "fe80::1%eth0", "[::1]", "a..b", "a.0x1f")),
    "web.domain": ("video.company.net", ("-", "company.٣")),
    "web.tls.email": (
        "video@company.net",
        ('"a@b.c', "`a@b.c", "a@b.{$HOME}", "a@b", "@b.c", "a@@b.c", "{env.X}@b.c", "-a@b.c", "a@b.1", "a@-.c"),
    ),
    "web.tls.directory": (
        "https://acme.company.net/dir",
        ("https://a:٣/d", "https://a:99999/d", "https://a:0/d", "https://-/d", "https://999.1.1.1/d", "https://a/../d"),
    ),
    "mediamtx.read_timeout": ("10s", ("999999999d", "999999999h", "106752d", "٣s", "999ms")),
    "mediamtx.hls.segment_max_size": ("50M", ("٣K", "0M", "1000000G", "-1M", "1.5M", "50MB", "05M")),
    "mediamtx.hls.part_duration": ("200ms", ("99ms", "106752d", "٣s")),
    "mediamtx.recording.delete_after": ("168h", ("999999999d", "106752d", "٣d")),
    "mediamtx.recording.part_duration": ("1s", ("999999999d", "٣s")),
    "mediamtx.monitor.user": ("monitor", ("import", "any", "x" * 256)),
    "mediamtx.monitor.password": (PASSWORD, (f"{PASSWORD}{'a1b2c3d4' * 9}",)),
    "base.other_ports": ("9100/tcp", ("99999/tcp", "0/tcp", "٣/tcp", "0080/tcp", "9100/sctp")),
    "base.other_programs": ("avahi-daemon", ("-\n", "", "a,b", "caddy", "mediamtx", "turnserver", "x" * 65)),
    "web.trusted_proxies": (
        "192.168.1.5",
        ("0.0.0.0/0", "::/0", "10.0.0.1/8", "192.168.1.5:80", "proxy", "fe80::1%eth0", "", "192.168.1.5/33", "1.2.3"),
    ),
    "web.origins": (
        "https://www.company.net",
        ("https://a:٣", "https://a:99999", "https://a:0", "https://a:443", "http://a:80", "https://-", "https://9.9"),
    ),
    "mediamtx.webrtc.additional_hosts": ("cam.company.net", ("-", "999.1.1.1", "1.2.3", "a-.b", "1.2.3.4.5", ".")),
    "mediamtx.webrtc.ice_servers": (
        "stun:stun.company.net:3478",
        ("stun:a\n:1", "stun:x y:99999", "stun:a:99999", "stun:a:0", "stun:-:1", "stun:a:1?transport=udp"),
    ),
    "cameras.webcam.device": ("/dev/video0", ("/dev/", "video0", "/dev/a,b")),
    "cameras.webcam.audio_device": ("default", ("a b", "hw:٣")),
}  # fmt: skip


def with_text(place: str, text: str) -> tuple[dict[str, Any], str]:
    """Settings with the text in that field, and the path under which a finding names it."""
    if place == "mediamtx.webrtc.ice_servers":
        return at(place, [{"url": text}]), f"{place}.0.url"
    if place in (
        "base.other_ports",
        "base.other_programs",
        "web.origins",
        "web.trusted_proxies",
        "mediamtx.webrtc.additional_hosts",
    ):
        return at(place, [text]), f"{place}.0"
    return at(place, text), place


@pytest.mark.parametrize("place", FIELDS)
def test_text_that_a_program_would_take_for_something_else_is_refused(place: str) -> None:
    good, bad = FIELDS[place]
    base = filled_in(ONE_MACHINE) if place.startswith(("web.domain", "web.tls")) else LAB
    if place == "web.trusted_proxies":
        base = merged(LAB, at("web.domain", "video.company.net"))

    assert findings(base, with_text(place, good)[0]) == []
    for text in (*bad, *(text for added in EVERYWHERE for text in (good + added, added + good))):
        more, named = with_text(place, text)
        found = findings(base, more)
        assert len(found) == 1 and found[0].startswith(f"{named}: "), (text, found)
        assert found[0].isprintable() and len(found[0]) < 4 * LONGEST, found[0]


@pytest.mark.parametrize(
    ("file", "good"),
    [
        ("/srv/clip one, two.mp4", True),
        ("/srv/é.mp4", True),
        ("/" + "x" * 255, True),
        ("/" + "x" * 256, False),
        ("/" + "é" * 128, False),
        ("/x" * 2047, True),
        ("/x" * 2048, False),
        ("clip.mp4", False),
        ("/srv/a\nb", False),
        ("/srv/\x7f", False),
        ("/srv/\u2028", False),
    ],
)
def test_clip_is_a_path_that_can_be_opened(file: str, good: bool) -> None:
    assert (findings(LAB, at("cameras.webcam", {"source": "file", "file": file})) == []) == good


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("x" * 255, True),
        ("x" * 256, False),
        (".hidden", False),
        ("live/.hidden", False),
        ("...", False),
        ("whep", True),
        ("whep/live", True),
        ("live/whep", False),
        ("live/whip/2", False),
        ("01234567-89ab-cdef-0123-456789abcdef", True),
        ("live/01234567-89ab-cdef-0123-456789abcdef", False),
        ("live/01234567-cam", True),
        ("live\n", False),
        ("live٣", False),
    ],
)
def test_path_name_means_one_path_wherever_it_is_written(name: str, good: bool) -> None:
    path = {"anonymous_publishing": True}
    assert (findings(LAB, at("mediamtx.paths", {name: path})) == []) == good


@pytest.mark.parametrize(
    ("first", "second", "wrong"),
    [
        ("live", "Live", "Live: differs from live only in upper and lower case"),
        ("live/door", "live/Door", "live/Door: differs from live/door only in upper and lower case"),
        # the list of recordings below them
        ("live/door", "Live/pond", "Live/pond: its part Live differs from live only in upper and lower case"),
        ("live", "LIVE/pond", "LIVE/pond: its part LIVE differs from live only in upper and lower case"),
        ("Live/pond", "live", "live: differs from Live only in upper and lower case"),
        ("live/a/b", "live/A/c", "live/A/c: its part live/A differs from live/a only in upper and lower case"),
        ("a/live", "b/Live", ""),
        ("live", "live/Live", ""),
        ("live/door", "live/pond", ""),
    ],
)
def test_names_that_caddy_takes_for_one_are_refused(first: str, second: str, wrong: str) -> None:
    path = {"anonymous_publishing": True}
    found = findings(LAB, at("mediamtx.paths", {first: path, second: path}))
    assert found == ([f"mediamtx.paths.{wrong}: choose another name"] if wrong else [])


def test_name_of_a_person_has_one_password() -> None:
    first, second = ({"user": "ann", "password": f"{PASSWORD}{n}"} for n in (1, 2))
    path = {"anonymous_publishing": True}
    words = "ann has a different password in mediamtx.paths.webcam.viewers.0: use one per user"
    base = merged(LAB, at("mediamtx.paths.webcam", {"viewers": [first]}))

    for more, place in (
        ({"webcam": {"viewers": [first, second]}}, "webcam.viewers.1"),
        ({"second": {**path, "viewers": [second]}}, "second.viewers.0"),
        ({"webcam": {"recordings": [second]}}, "webcam.recordings.0"),
    ):
        assert findings(base, at("mediamtx.paths", more)) == [f"mediamtx.paths.{place}.user: {words}"]
    assert findings(base, at("mediamtx.paths", {"second": {**path, "viewers": [first]}})) == []


def test_authority_that_cannot_be_read_is_refused() -> None:
    ours, other, leaf = authority(), authority("another"), signed("a.company.net")
    broken = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"
    internal = {"issuer": "internal", "root": ours.certificate, "root_key": ours.key}
    unreadable = "must be certificates in PEM, but cannot be read"
    of_another = "must be the key of web.tls.root, but belongs to another certificate"
    may_not_sign = "must be a valid CA certificate allowed to sign intermediates"
    no_key = "must be a private key in PEM without a password, but cannot be read"
    for more, found in (
        ({"root": broken}, [f"web.tls.root: {unreadable}"]),
        ({"directory_ca": broken}, [f"web.tls.directory_ca: {unreadable}"]),
        ({**internal, "root_key": other.key}, [f"web.tls.root_key: {of_another}"]),
        ({**internal, "root_key": broken}, [f"web.tls.root_key: {no_key}"]),
        (internal, []),
        ({**internal, "root": leaf.certificate, "root_key": leaf.key}, [f"web.tls.root: {may_not_sign}"]),
    ):  # fmt: skip
        assert findings(filled_in(ONE_MACHINE), at("web.tls", more)) == found


@pytest.mark.parametrize("name", ["~nobody-of-this-name/root.pem", "a\x00b", "x" * 5000, "/", "tests/unit"])
def test_file_that_cannot_be_read_is_a_finding(name: str) -> None:
    (found,) = findings(filled_in(ONE_MACHINE), at("web.tls.root", name))

    assert found.startswith("web.tls.root: must be a file with PEM, ") and len(found) < 4 * LONGEST


@pytest.mark.parametrize(
    ("hosts", "places"),
    [
        ({"media": {"ssh_hostname": "198.51.100.10", "ssh_port": 2222}, "@local": {}, "cam1": {}}, []),
        ({"media": {"ssh_hostname": "fe80::1%eth0"}, "2001:db8::1": {}}, []),
        ({"media": {"ssh_hostname": "$(id)"}}, ["media: ssh_hostname: "]),
        ({"media": {"ssh_hostname": "a b"}, "x\ny": {}}, ["media: ssh_hostname: ", "'x\\ny': "]),
        ({"media": {"ssh_hostname": "999.1.1.1"}}, ["media: ssh_hostname: "]),
        ({"media": {"ssh_port": 99999}}, ["media: ssh_port: "]),
        ({"media": {"ssh_port": "٣"}}, ["media: ssh_port: "]),
        ({"media": {"ssh_port": 0}}, ["media: ssh_port: "]),
    ],
)
def test_destination_of_ssh_that_is_none_is_found(hosts: dict[str, dict[str, Any]], places: list[str]) -> None:
    found = list(map(str, invalid_destinations("prod", hosts)))

    assert len(found) == len(places)
    for line, place in zip(found, places, strict=True):
        assert line.startswith(f"inventories/prod.py: {place}") and line.isprintable(), line
