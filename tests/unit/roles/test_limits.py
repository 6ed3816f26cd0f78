"""What one address may hold of a media host's ports."""

import re

import pytest

from envivo.orchestration.environment import Environment
from envivo.roles.media import limits
from envivo.roles.media.ports import listeners
from tests.unit.settings.environments import lab, production

WITHOUT_TLS = lab(mediamtx={"rtsp_port": 8555})
WITH_TLS = production(mediamtx={"rtsps_port": 8323})


def rules(settings: Environment) -> str:
    (file,) = (one for one in limits.files(settings.media) if one.path == limits.RULES)
    return file.content.decode()


@pytest.mark.parametrize(
    ("settings", "publishing", "watching"),
    [
        (WITHOUT_TLS, {8555, 1935}, {8080, 8189, 8888, 8889}),
        (WITH_TLS, {8323, 1936}, {80, 443, 8189}),
    ],
)
def test_every_tcp_port_that_is_open_to_the_network_is_limited(
    settings: Environment, publishing: set[int], watching: set[int]
) -> None:
    its = limits.limits(settings.media)

    assert {name: set(limit.ports) for name, limit in its.items()} == {"publishing": publishing, "watching": watching}
    open_to_the_network = {one.port for one in listeners(settings.media) if not one.loopback}
    assert {port for limit in its.values() for port in limit.ports} == open_to_the_network


@pytest.mark.parametrize(
    ("proxies", "lines"),
    [
        (["10.0.0.5", "172.18.0.0/16", "fd00::7"],
         ["ip saddr { 10.0.0.5, 172.18.0.0/16 } tcp dport 8080 accept", "ip6 saddr { fd00::7 } tcp dport 8080 accept"]),
        (["127.0.0.1"], []),
        ([], []),
    ],
)  # fmt: skip
def test_proxy_that_all_viewers_come_from_is_not_limited(proxies: list[str], lines: list[str]) -> None:
    web = {"domain": "video.company.net", "trusted_proxies": proxies} if proxies else {}
    text = rules(lab(web=web)).splitlines()

    assert [line.strip() for line in text if line.endswith(" accept") and "saddr {" in line] == lines


@pytest.mark.parametrize("settings", [WITHOUT_TLS, WITH_TLS])
def test_table_holds_every_limit_for_both_families(settings: Environment) -> None:
    text = rules(settings)

    for name, (ports, connections) in limits.limits(settings.media).items():
        numbers = ", ".join(map(str, ports))
        assert f"tcp dport {{ {numbers} }} tcp flags & (syn | ack) == syn jump {name}_begins" in text
        for family in ("ip saddr", "ip6 saddr & ffff:ffff:ffff:ffff::"):
            assert f"{{ {family} ct count over {connections} }} counter reject with tcp reset" in text
    silent = ", ".join(map(str, limits.limits(settings.media)["publishing"].ports))
    assert f"tcp dport {{ {silent} }} jump arrives" in text and f"tcp sport {{ {silent} }} jump leaves" in text


def test_table_is_replaced_in_one_transaction_and_touches_no_other() -> None:
    lines = [line for line in rules(WITH_TLS).splitlines() if re.match("(add|delete|table|flush)", line)]

    assert lines == ["add table inet envivo_media", "delete table inet envivo_media", "table inet envivo_media {"]


def test_table_outlives_a_restart_of_debians_nftables_and_a_reboot() -> None:
    (unit,) = (
        one.content.decode().splitlines() for one in limits.files(WITH_TLS.media) if one.path == limits.UNIT_FILE
    )

    # the package's unit flushes all tables at its start and at its reload
    assert {"PartOf=nftables.service", "ReloadPropagatedFrom=nftables.service", "After=nftables.service"} <= set(unit)
    assert {"RemainAfterExit=yes", "WantedBy=multi-user.target"} <= set(unit)
    assert limits.unit().reads == (limits.RULES, limits.UNIT_FILE)
    assert "nft -st list table inet envivo_media" in limits.unit().holds
