"""What production is refused for, beside what every environment is, with the exact words of each refusal."""

from typing import Any

import pytest

from envivo.orchestration import placement
from envivo.orchestration.roles import names
from envivo.roles.media import bans
from envivo.roles.media.ports import listeners
from tests.unit.settings.environments import (
    DOMAIN,
    PASSWORD,
    TURN_DOMAIN,
    assert_error,
    lab,
    production,
)
from tests.unit.settings.pairs import signed

TURN = {"domain": TURN_DOMAIN, "address": "198.51.100.11", "secret": PASSWORD}
VIEWER = {"user": "viewer", "password": PASSWORD}
NAME = "must be a lowercase host name such as video.company.net"
OWN_NAME = "must be a name of your own, {!r} is a placeholder"
IPV4 = "must be an IPv4 address such as 198.51.100.10"
FOLLOWED = f"{IPV4}, or the name of one, such as home.company.net"
ORIGIN = "must be an origin such as https://www.company.net, never a pattern"


def web(**settings: Any) -> dict[str, Any]:
    return {"web": settings}


def turn(**settings: Any) -> dict[str, Any]:
    return {"turn": settings}


def tls(**settings: Any) -> dict[str, Any]:
    return {"web": {"tls": settings}}


def webcam(**settings: Any) -> dict[str, Any]:
    return {"mediamtx": {"paths": {"webcam": settings}}}


def test_production_has_no_path_that_anybody_may_watch_or_publish_to() -> None:
    for path in production().mediamtx.paths.values():
        assert path.publisher and path.viewers and path.recordings_for


@pytest.mark.parametrize(
    ("bad", "finding"),
    [
        (turn(domain="turn.example.com"), f"turn.domain: {OWN_NAME.format('turn.example.com')}"),
        (turn(domain=""), f"turn.domain: {NAME}, is ''"),
        ({"mediamtx": {"webrtc": {"additional_hosts": ["192.0.2.7", "cam.company.net"]}}},
         "mediamtx.webrtc.additional_hosts.1: must be an IPv4 address when turn is set: relay rules cannot use names"),
        (turn(address=""), f"turn.address: {FOLLOWED}, is ''"),
        (turn(address="198.51.100.11:3478"), f"turn.address: {FOLLOWED}, is '198.51.100.11:3478'"),
        (turn(listen_address="eth0"), f"turn.listen_address: {IPV4}, is 'eth0'"),
        (web(origins="*"), "web.origins: must be of type tuple, is '*'"),
    ],
)  # fmt: skip
def test_name_address_or_origin_that_is_none_is_refused(bad: dict[str, Any], finding: str) -> None:
    assert_error(finding, of=production, **bad)


def test_what_only_looks_like_a_name_an_address_or_an_origin_is_refused() -> None:
    for name in ("https://video.company.net", "Video.company.net", "video", "video.company.net:443", "-a.net",
                 "198.51.100.10", "*.company.net", "video.company.net.", "a b.net", "x" * 64 + ".net"):  # fmt: skip
        assert_error(f"web.domain: {NAME}, is {name!r}", of=production, **web(domain=name))
    for name in ("example.com", "video.example.org", "cam.example", "www.example.net"):
        assert_error(f"web.domain: {OWN_NAME.format(name)}", of=production, **web(domain=name))
    for address in ("198.51.100", "198.51.100.256", "2001:db8::1", "home", "198.51.100.10/24", "h.net:80"):
        assert_error(f"public_address: {FOLLOWED}, is {address!r}", of=production, public_address=address)
    for origin in ("*", "https://*.company.net", "www.company.net", "https://www.company.net/", "null", ""):
        assert_error(f"web.origins.0: {ORIGIN}, is {origin!r}", of=production, **web(origins=[origin]))


def test_public_address_may_be_the_name_of_one_that_changes() -> None:
    home = "home.dyndns.org"
    settings = production(public_address=home, turn={"address": home, "listen_address": "192.168.1.10"})

    assert (settings.public_address, settings.media.advertised) == (home, (home,))
    assert settings.turn and settings.turn.listens_on == "192.168.1.10"
    # one name for all of it
    assert production(public_address=DOMAIN)


def test_origins_of_other_sites_are_accepted() -> None:
    origins = ("https://www.company.net", "http://intranet:8080", "https://a-b.company.net:8443")
    assert production(web={"origins": list(origins)}).web.origins == origins


@pytest.mark.parametrize(
    ("of", "bad", "finding"),
    [
        (production, {"public_address": ""},
         "public_address: is required with web.domain, which must resolve to it"),
        (lab, web(domain=DOMAIN), "public_address: is required with web.domain, which must resolve to it"),
        (lab, {"turn": TURN}, "turn: needs web.domain: TURN over TLS needs a certificate"),
        (production, web(domain=""),
         "turn: needs web.domain: TURN over TLS needs a certificate"),
        (production, {"turn": {**TURN, "secret": None}}, "turn.secret: must be text"),
        (production, {"media_address": "198.51.100.10"},
         "media_address: must be left out with web.domain: "
         "cameras verify a certificate for web.domain, so they must connect to that name"),
        (production, {"turn": {"domain": DOMAIN}},
         "turn.address: must be public_address if turn.domain is web.domain: one name resolves to one address"),
        (production, {"turn": {"address": "home.dyndns.org"}},
         "turn.listen_address: is required if turn.address is a name: "
         "coturn has to know which address of its host it uses"),
        (lab, {"turn": {"domain": TURN_DOMAIN}}, ("turn.address: is required", "turn.secret: is required")),
    ],
)  # fmt: skip
def test_setting_without_the_one_that_it_rests_on_is_refused(of: Any, bad: dict[str, Any], finding: Any) -> None:
    assert_error(*([finding] if isinstance(finding, str) else finding), of=of, **bad)


@pytest.mark.parametrize(
    ("bad", "findings"),
    [
        (turn(port=8189), ["turn.port: port 8189 is already used by mediamtx.webrtc.media_port"]),
        (turn(tls_port=3478), ["turn.tls_port: port 3478 is already used by turn.port"]),
        (turn(tls_port=1936), ["turn.tls_port: port 1936 is already used by mediamtx.rtmps_port"]),
        ({"mediamtx": {"rtsps_port": 8554}}, ["mediamtx.rtsps_port: port 8554 is already used by mediamtx.rtsp_port"]),
        (turn(port=443), ["turn.port: must be a port number from 1024 to 65535, is 443"]),
        (turn(first_relay_port=65400),
         ["turn.relays: the last relay port would be 65599, above 65535: "
          "lower turn.relays or turn.first_relay_port"]),
        (turn(first_relay_port=8000),
         ["mediamtx.webrtc.media_port: port 8189 is inside the range of turn.relays (8000 to 8199)"]),
        (turn(first_relay_port=3400, relays=100),
         ["turn.port: port 3478 is inside the range of turn.relays (3400 to 3499)"]),
        # relays are UDP alone
        (turn(first_relay_port=9900), []),
        (turn(first_relay_port=65336), []),
    ],
)  # fmt: skip
def test_ports_that_meet_are_refused(bad: dict[str, Any], findings: list[str]) -> None:
    if findings:
        assert_error(*findings, of=production, **bad)
    else:
        assert production(**bad)


def test_port_of_the_page_collides_only_where_the_page_is_there() -> None:
    assert_error(
        "web.port: has no effect with web.domain, whose page is on port 443: leave it out",
        of=production,
        web={"port": 8189},
    )
    assert_error("web.port: port 8189 is already used by mediamtx.webrtc.media_port", web={"port": 8189})


@pytest.mark.parametrize(
    ("bad", "finding"),
    [
        (webcam(viewers=[VIEWER], recordings=[]),
         "mediamtx.paths.webcam: recordings: must name at least one user, since the viewers are named"),
        (webcam(viewers=[{"user": "any", "password": PASSWORD}]),
         "mediamtx.paths.webcam.viewers.0.user: 'any' is MediaMTX's name for all users: choose another name"),
        (webcam(viewers=[VIEWER, {"user": "guest"}]), "mediamtx.paths.webcam.viewers.1.password: is required"),
        (webcam(viewers=VIEWER), "mediamtx.paths.webcam.viewers: must be of type tuple"),
    ],
)  # fmt: skip
def test_viewers_that_would_be_nobody_or_everybody_are_refused(bad: dict[str, Any], finding: str) -> None:
    assert_error(finding, **bad)


def test_password_that_can_be_guessed_is_refused_and_not_quoted() -> None:
    with pytest.raises(Exception, match=r"mediamtx\.monitor\.password: ") as refused:
        lab(mediamtx={"monitor": {"password": "letmein-letmein"}})

    assert "letmein" not in str(refused.value)


PROXIED = {"domain": DOMAIN, "trusted_proxies": ["192.168.1.5"]}


@pytest.mark.parametrize(
    ("of", "given", "finding"),
    [
        (lab, {"web": {"trusted_proxies": ["192.168.1.5"]}},
         "web.trusted_proxies: needs web.domain, the name under which your proxy serves the page"),
        (lab, {"web": {**PROXIED, "tls": {"email": "video@company.net"}}},
         "web.tls: if web.trusted_proxies is set, set issuer to files, or set only root: "
         "your proxy uses the ports that envivo needs to obtain certificates"),
        (lab, {"web": {**PROXIED, "tls": {"issuer": "acme"}}},
         "web.tls: if web.trusted_proxies is set, set issuer to files, or set only root: "
         "your proxy uses the ports that envivo needs to obtain certificates"),
        (lab, {"web": PROXIED, "turn": {**TURN, "address": "198.51.100.11"}},
         "turn: needs web.tls with \"issuer\": \"files\": TURN over TLS needs a certificate"),
        (lab, {"web": {"domain": DOMAIN, "trusted_proxies": ["0.0.0.0/0"]}},
         "web.trusted_proxies.0: must be an address or a network such as 192.168.1.5 or 172.18.0.0/16, "
         "is '0.0.0.0/0'"),
    ],
)  # fmt: skip
def test_proxy_of_ones_own_has_what_it_needs(of: Any, given: dict[str, Any], finding: str) -> None:
    assert_error(finding, of=of, **given)


def test_page_behind_a_proxy_is_https_and_the_rest_follows_the_certificate() -> None:
    pair = signed(DOMAIN, TURN_DOMAIN)
    files = {"issuer": "files", "certificate": pair.certificate, "key": pair.key}
    plain = lab(web={**PROXIED, "port": 8090}, media_address="192.168.1.10")
    certified = lab(web={**PROXIED, "tls": files}, public_address="198.51.100.10", turn={**TURN, "domain": TURN_DOMAIN})

    for settings, rtsp in ((plain, "rtsp://192.0.2.1:8554"), (certified, f"rtsps://{DOMAIN}:8322")):
        book = placement.endpoints(settings, "media", "192.0.2.1")
        assert str(book.page) == f"https://{DOMAIN}"
        assert str(book.media("rtsp")) == rtsp
        assert names(settings) == ({TURN_DOMAIN: "198.51.100.11"} if settings.turn else {})
    cameras = placement.endpoints(plain, "media", "192.0.2.1").publishing("rtsp", "elsewhere")
    assert str(cameras) == "rtsp://192.168.1.10:8554"


@pytest.mark.parametrize(
    ("proxies", "files", "open_ports"),
    [
        (["192.168.1.5"], False, {"web.port", "mediamtx.rtsp_port", "mediamtx.rtmp_port"}),
        (["127.0.0.1", "::1"], False, {"mediamtx.rtsp_port", "mediamtx.rtmp_port"}),
        (["192.168.1.5"], True, {"web.port", "mediamtx.rtsps_port", "mediamtx.rtmps_port"}),
    ],
)
def test_behind_a_proxy_only_what_does_not_pass_it_is_open(
    proxies: list[str], files: bool, open_ports: set[str]
) -> None:
    pair = signed(DOMAIN)
    tls = {"issuer": "files", "certificate": pair.certificate, "key": pair.key} if files else {}
    settings = lab(web={"domain": DOMAIN, "trusted_proxies": proxies, "tls": tls})
    found = {one.setting for one in listeners(settings.media) if not one.loopback}

    assert found == {*open_ports, "mediamtx.webrtc.media_port"}
    assert [jail.name for jail in bans.jails(settings.media)] == ["envivo-mediamtx"]


@pytest.mark.parametrize("port", [8080, 8090])
def test_port_that_no_page_is_at_is_refused_whatever_its_number(port: int) -> None:
    finding = "web.port: has no effect with web.domain, whose page is on port 443: leave it out"
    assert_error(finding, of=production, web={"port": port})


@pytest.mark.parametrize(
    ("bad", "finding"),
    [
        (tls(issuer="files"), "web.tls: issuer files needs certificate and key"),
        (tls(issuer="files", certificate=signed(DOMAIN).certificate), "web.tls: issuer files needs key"),
        (tls(issuer="internal"), "web.tls: issuer internal needs root and root_key"),
        (tls(issuer="internal", root=signed(DOMAIN).certificate), "web.tls: issuer internal needs root_key"),
        (tls(root="/nowhere/root.pem"),
         "web.tls.root: must be a file with PEM, '/nowhere/root.pem' cannot be read (No such file or directory)"),
        (tls(root="README.md"), "web.tls.root: must be a file with PEM, 'README.md' contains none"),
        (tls(directory="http://acme.company.net/directory"),
         "web.tls.directory: must be an address such as https://acme.company.net:14000/dir, "
         "is 'http://acme.company.net/directory'"),
        (tls(email="me"), "web.tls.email: must be an e-mail address such as video@company.net, is 'me'"),
    ],
)  # fmt: skip
def test_issuer_without_what_it_needs_is_refused(bad: dict[str, Any], finding: str) -> None:
    assert_error(finding, of=production, **bad)


def test_findings_of_production_come_at_once() -> None:
    assert_error(
        f"public_address: {FOLLOWED}, is 'here'",
        "mediamtx.paths.webcam.viewers.0.user: must be 1 to 255 letters, digits, _ and -, is 'a b'",
        f"web.domain: {OWN_NAME.format('video.example.com')}",
        "web.tls: issuer files needs certificate and key",
        f"web.origins.0: {ORIGIN}, is '*'",
        f"turn.address: {FOLLOWED}, is ''",
        of=production,
        public_address="here",
        web={"domain": "video.example.com", "tls": {"issuer": "files"}, "origins": ["*"]},
        turn={"address": ""},
        **webcam(viewers=[{"user": "a b", "password": PASSWORD}]),
    )
