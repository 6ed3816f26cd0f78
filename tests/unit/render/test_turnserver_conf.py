"""How coturn runs: its configuration, whom it may send to, and the drop-in of its unit."""

import re
from typing import Any

from envivo.orchestration.environment import Environment
from envivo.roles.turn import desired
from envivo.state.desired import Directory, File, ServiceConfig
from tests.unit.settings.environments import (
    ADDRESS,
    DOMAIN,
    TURN_ADDRESS,
    TURN_DOMAIN,
    one_machine,
    password,
    production,
)
from tests.unit.settings.hosts import endpoints


def config(settings: Environment) -> ServiceConfig:
    assert settings.turn is not None
    return desired.config(settings.turn, endpoints(settings))


def values(settings: Environment) -> dict[str, list[str]]:
    """Each key with its values, in order; of a key without a value, an empty list."""
    found: dict[str, list[str]] = {}
    for line in config(settings).content.splitlines():
        if not line.startswith("#"):
            key, has_value, value = line.partition("=")
            found.setdefault(key, []).extend([value] if has_value else [])
    return found


def files(**more: Any) -> dict[str, Directory | File]:
    settings = production(**more)
    assert settings.turn is not None
    return {one.path: one for one in desired.files(settings.turn, endpoints(settings))}


def text(path: str, **more: Any) -> str:
    one = files(**more)[path]
    assert isinstance(one, File)
    return one.content.decode()


def test_nothing_follows_a_value() -> None:
    # docs/notes/coturn.md#a-line-it-does-not-understand
    for line in config(production()).content.splitlines():
        assert line.startswith("#") or re.fullmatch(r"[a-z0-9_-]+(=[^#\s]+)?", line), line


def test_relays_are_for_those_who_have_credentials() -> None:
    found = values(production())

    assert "use-auth-secret" in found and "fingerprint" in found
    assert found["static-auth-secret"] == [password("turn")]
    assert found["realm"] == [TURN_DOMAIN]
    assert not {"no-auth", "user", "lt-cred-mech", "allow-loopback-peers", "cli-password"} & set(found)
    assert {"no-cli", "no-tcp-relay", "no-multicast-peers"} <= set(found)


def test_previous_secret_is_taken_beside_the_present_one() -> None:
    found = values(production(turn={"previous_secret": password("turn-previous")}))

    assert found["static-auth-secret"] == [password("turn"), password("turn-previous")]


def test_old_questions_of_strangers_are_not_answered() -> None:
    assert {"no-stun-backward-compatibility", "no-rfc5780", "no-software-attribute"} <= set(values(production()))


def test_one_address_holds_so_many_connections_and_no_more() -> None:
    rules = text(desired.EGRESS, turn={"port": 3479, "tls_port": 5350})

    assert "tcp dport { 3479, 5350 } tcp flags & (syn | ack) == syn jump begins" in rules
    for family in ("4 { ip saddr", "6 { ip6 saddr & ffff:ffff:ffff:ffff::"):
        assert f"add @clients{family} ct count over 256 }} counter reject with tcp reset" in rules


def test_relays_reach_the_media_host_and_nobody_else() -> None:
    found = values(production(mediamtx={"webrtc": {"additional_hosts": ["192.0.2.7", ADDRESS]}}))

    assert found["denied-peer-ip"] == [
        "0.0.0.0-255.255.255.255",
        "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ]
    assert found["allowed-peer-ip"] == [ADDRESS, "192.0.2.7"]


def test_addresses_are_those_that_viewers_are_told() -> None:
    found = values(production())

    assert found["listening-ip"] == found["relay-ip"] == [TURN_ADDRESS]
    assert "external-ip" not in found


def test_behind_nat_the_private_address_is_listened_on_and_the_public_one_told() -> None:
    found = values(production(turn={"listen_address": "10.0.0.5"}))

    assert found["listening-ip"] == found["relay-ip"] == ["10.0.0.5"]
    assert found["external-ip"] == [f"{TURN_ADDRESS}/10.0.0.5"]


def test_ports_and_quota_are_those_of_the_settings() -> None:
    found = values(production())
    assert (found["min-port"], found["max-port"], found["total-quota"]) == (["49160"], ["49359"], ["200"])

    other = values(production(turn={"port": 3479, "tls_port": 5350, "relays": 10, "first_relay_port": 50000}))

    assert (other["listening-port"], other["tls-listening-port"]) == (["3479"], ["5350"])
    assert (other["min-port"], other["max-port"], other["total-quota"]) == (["50000"], ["50009"], ["10"])


def test_tls_is_that_of_today() -> None:
    found = values(production())

    assert found["cert"] == ["/etc/envivo/turn/tls/server.crt"] and found["pkey"] == ["/etc/envivo/turn/tls/server.key"]
    assert {"no-tlsv1", "no-tlsv1_1", "no-dtls"} <= set(found)
    assert all(re.fullmatch(r"ECDHE-\w+-(AES\d+-GCM-SHA\d+|CHACHA20-POLY1305)", one)
               for one in found["cipher-list"][0].split(":"))  # fmt: skip


def test_one_machine_relays_to_itself() -> None:
    found = values(one_machine())

    assert found["listening-ip"] == found["allowed-peer-ip"] == [ADDRESS] and found["realm"] == [DOMAIN]


def test_secret_is_readable_by_coturn_alone() -> None:
    its = config(production())

    assert password("turn") not in its.ask
    assert (its.mode, its.group) == ("640", "turnserver")


def test_coturn_sends_of_its_own_accord_to_mediamtx_alone() -> None:
    more = {"mediamtx": {"webrtc": {"additional_hosts": ["192.0.2.7"], "media_port": 8190}}}
    rules = [line.strip() for line in text(desired.EGRESS, **more).splitlines()]

    chain = rules[rules.index("chain egress {") :]
    assert chain[:-2] == [
        "chain egress {",
        "type filter hook output priority mangle; policy accept;",
        'meta skuid != "turnserver" accept',
        "ct state established,related accept",
        f"ip daddr {ADDRESS} udp dport 8190 accept",
        "ip daddr 192.0.2.7 udp dport 8190 accept",
        "counter drop",
    ]
    # loaded again, it replaces itself
    assert [rule for rule in rules if rule.endswith("table inet envivo_turn")] == [
        "add table inet envivo_turn",
        "delete table inet envivo_turn",
    ]


def test_unit_runs_what_envivo_wrote_and_not_what_the_package_brings() -> None:
    lines = text(f"{desired.DROP_IN}/envivo.conf").splitlines()

    starts = [line for line in lines if line.startswith("ExecStart=")]
    assert starts[0] == "ExecStart=" and len(starts) == 2
    assert starts[1].startswith(f"ExecStart=/usr/bin/turnserver -c {desired.CONFIGURATION} --pidfile=")
    assert f"ExecStartPre=+/usr/sbin/nft -f {desired.EGRESS}" in lines
    # Debian's nftables.service flushes the table of its egress
    assert {"PartOf=nftables.service", "ReloadPropagatedFrom=nftables.service"} <= set(lines)
    assert f"ExecReload=+/usr/sbin/nft -f {desired.EGRESS}" in lines and desired.TABLE in desired.unit().holds
    assert {"NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "Restart=always"} <= set(lines)


def test_coturn_starts_anew_when_what_it_reads_was_written() -> None:
    written = {path for path, one in files().items() if isinstance(one, File)}

    assert {*written, desired.CONFIGURATION} == set(desired.unit().reads)
    folder = files()[desired.DIRECTORY]
    assert isinstance(folder, Directory) and (folder.mode, folder.group) == ("750", "turnserver")
