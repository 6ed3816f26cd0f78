"""Which lines count as an attempt, of which address, and what a ban refuses."""

import configparser
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envivo.roles.media import bans
from envivo.state.desired import File
from tests.patience import until
from tests.unit.doors.doors import PUBLISHED, ask, basic, door, person
from tests.unit.settings.environments import production

if TYPE_CHECKING:
    from loopback_caddy import Caddy

WEB, MEDIAMTX = bans.jails(production().media)
PREFIX = "media1 envivo-web[712]: "
"""What fail2ban's backend `systemd` puts before a line of the journal."""


def banned(jail: bans.Jail, line: str) -> str | None:
    """The address that fail2ban takes from the line; <ADDR> is an IPv4 or IPv6 address to it."""
    match = re.search(jail.pattern.replace("<ADDR>", r"(?P<address>[0-9a-fA-F.:]+)"), line)
    return match["address"] if match else None


def raw_refusals(caddy: "Caddy") -> list[str]:
    return [line for line in caddy.log.read_text().splitlines() if "http.log.access.refused" in line]


def test_jail_finds_the_address_in_lines_of_the_real_caddy(tmp_path: Path, caddy_program: Path) -> None:
    forged = '/recordings/webcam/"request":{"remote_ip":"192.0.2.1",%22remote_ip%22:%22192.0.2.1%22'
    with door({"webcam": {**PUBLISHED, "viewers": [person("anna")]}}, tmp_path, caddy_program) as caddy:
        for target in ("/recordings/webcam/", "/webrtc/whep/webcam", forged):
            ask(caddy.origin, target, basic("anna", "wrong"), method="POST" if "webrtc" in target else "GET")
        lines = until(lambda lines: len(lines) >= 3, lambda: raw_refusals(caddy), 10, 0.05)
        everything = caddy.log.read_text().splitlines()

    assert [banned(WEB, PREFIX + line) for line in lines] == ["127.0.0.1"] * 3
    assert [line for line in everything if line not in lines and banned(WEB, PREFIX + line)] == []


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("INF [RTSPS] [conn 192.0.2.70:52372] closed: failed to authenticate: authentication failed", "192.0.2.70"),
        ("INF [RTMPS] [conn 192.0.2.70:60544] closed: failed to authenticate: authentication failed", "192.0.2.70"),
        ("INF [RTSPS] [conn [2001:db8::7]:52372] closed: failed to authenticate: authentication failed", "2001:db8::7"),
        # the same attempt once more, or without an address
        ("WAR [RTMPS] [conn 198.51.100.70:60544] failed to authenticate: authentication failed", None),
        ("WAR [RTSPS] [session 24df8efa] failed to authenticate: authentication failed", None),
        # questions without a password, and other ends
        ("INF [RTSPS] [conn 198.51.100.70:52390] closed: EOF", None),
        ("INF [RTSPS] [conn 198.51.100.70:52390] opened", None),
        # on loopback alone: Caddy tells these
        ("INF [WebRTC] [session a9ddfb72] closed: failed to authenticate: authentication failed", None),
        ("INF [RTSP] [conn 127.0.0.1:52372] closed: failed to authenticate: authentication failed", None),
        ("WAR [API] [conn 127.0.0.1:5] failed to authenticate: authentication failed", None),
    ],
)  # fmt: skip
def test_jail_of_mediamtx_counts_each_attempt_once(line: str, address: str | None) -> None:
    assert banned(MEDIAMTX, f"media1 envivo-mediamtx[712]: 2026/11/30 06:15:05 {line}") == address


def texts() -> dict[str, str]:
    return {one.path: one.content.decode() for one in bans.files(production().media) if isinstance(one, File)}


def ini(path: str) -> configparser.RawConfigParser:
    parsed = configparser.RawConfigParser()
    parsed.read_string(texts()[f"{bans.DIRECTORY}/{path}"])
    return parsed


def test_instance_has_envivos_jails_alone_and_files_of_its_own() -> None:
    jails = ini("jail.conf")

    assert set(jails.sections()) == {"DEFAULT", "envivo-web", "envivo-mediamtx"} - {"DEFAULT"}
    for path in ("socket", "pidfile", "dbfile"):
        assert "envivo-bans" in ini("fail2ban.conf")["Definition"][path]
    assert all(path.startswith(("/etc/envivo/bans/", "/etc/systemd/system/envivo-bans.")) for path in texts())


def test_who_mistypes_with_a_class_behind_one_address_is_not_kept_out() -> None:
    default = ini("jail.conf").defaults()

    assert int(default["maxretry"]) >= 30 and int(default["findtime"]) <= 60
    assert int(default["bantime"]) <= 60 and int(default["bantime.maxtime"]) <= 3600
    # the host asks itself
    assert default["ignoreip"].split() == ["127.0.0.0/8", "::1"]


def test_lines_are_taken_from_the_engine_alone() -> None:
    """Every user of a host may write to the journal, but not in the name of another unit."""
    for jail in (WEB, MEDIAMTX):
        matched = ini(f"filter.d/{jail.name}.conf")["Definition"]["journalmatch"]
        assert matched == f"_SYSTEMD_UNIT=docker.service CONTAINER_TAG={jail.tag}"


def test_ban_refuses_the_ports_of_its_passwords_alone() -> None:
    """Not 8189: who plays goes on. A camera that publishes over RTSPS keeps its connection."""
    rules = [line.strip() for line in texts()[f"{bans.DIRECTORY}/table.nft"].splitlines() if "reject" in line]

    assert {re.sub(r" ip6? saddr.*", "", rule).strip() for rule in rules} == {
        "tcp dport { 443 }", "udp dport { 443 }", "tcp dport { 1936, 8322 } ct state new",
    }  # fmt: skip
    assert all(re.search(r"ip6? saddr @envivo-(web|mediamtx)-inet[46] reject$", rule) for rule in rules)
