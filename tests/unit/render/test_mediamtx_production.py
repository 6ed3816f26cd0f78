"""mediamtx.yml where the page has a name: TLS, viewers, TURN."""

from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from envivo import render
from envivo.orchestration.environment import Environment
from envivo.roles.media import desired
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import (
    ADDRESS,
    PASSWORD,
    TURN_DOMAIN,
    lab,
    one_machine,
    password,
    production,
)

GUEST = {"user": "guest", "password": f"{PASSWORD}-guest"}
CHIEF = {"user": "chief", "password": f"{PASSWORD}-chief"}
PUBLISHER = {"user": "door", "password": f"{PASSWORD}-door"}


def content(settings: Environment) -> str:
    return desired.mediamtx_config(settings.media, ARTIFACTS).content


def parsed(settings: Environment) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(content(settings))
    return config


def hashed(text: str) -> str:
    return render.hashed(SecretStr(text))


def allowed(config: dict[str, Any], action: str) -> set[tuple[str, str, str]]:
    """Who may do it where: (user, password as it is kept, path)."""
    return {
        (user["user"], user.get("pass", ""), permission.get("path", ""))
        for user in config["authInternalUsers"]
        for permission in user["permissions"]
        if permission["action"] == action
    }


def test_plain_ports_listen_on_loopback_and_those_with_tls_on_all_addresses() -> None:
    config = parsed(production())

    assert {name: value for name, value in config.items() if name.endswith("Address") and "Local" not in name} == {
        "apiAddress": "127.0.0.1:9997",
        "metricsAddress": "127.0.0.1:9998",
        "playbackAddress": "127.0.0.1:9996",
        "rtspAddress": "127.0.0.1:8554",
        "rtmpAddress": "127.0.0.1:1935",
        "hlsAddress": "127.0.0.1:8888",
        "webrtcAddress": "127.0.0.1:8889",
        "rtspsAddress": ":8322",
        "rtmpsAddress": ":1936",
    }


def test_publishers_on_this_host_and_elsewhere_find_what_they_speak() -> None:
    config = parsed(production(mediamtx={"rtsps_port": 8323, "rtmps_port": 1937}))

    assert (config["rtspEncryption"], config["rtmpEncryption"]) == ("optional", "optional")
    assert (config["rtspsAddress"], config["rtmpsAddress"]) == (":8323", ":1937")
    for protocol in ("rtsp", "rtmp"):
        assert config[f"{protocol}ServerCert"] == "/tls/server.crt"
        assert config[f"{protocol}ServerKey"] == "/tls/server.key"


def test_lab_has_no_trace_of_tls_or_turn() -> None:
    text = content(lab())

    for word in ("rtsps", "rtmps", "ServerCert", "ServerKey", "turn:", "AUTH_SECRET"):
        assert word not in text


def test_viewers_alone_may_watch_and_look_at_recordings() -> None:
    config = parsed(production())
    viewer = {("viewer", hashed(password("view-webcam")), "webcam")}

    assert allowed(config, "read") == allowed(config, "playback") == viewer
    assert allowed(config, "publish") == {("webcam", hashed(password("publish-webcam")), "webcam")}
    assert "any" not in {user["user"] for user in config["authInternalUsers"]}


@pytest.mark.parametrize(
    ("path", "read", "playback"),
    [
        ({}, {("any", "", "door")}, {("any", "", "door")}),
        ({"recordings": []}, {("any", "", "door")}, {("any", "", "door")}),
        ({"viewers": [GUEST, CHIEF]},
         {("guest", hashed(GUEST["password"]), "door"), ("chief", hashed(CHIEF["password"]), "door")},
         {("guest", hashed(GUEST["password"]), "door"), ("chief", hashed(CHIEF["password"]), "door")}),
        ({"viewers": [GUEST], "recordings": [CHIEF]},
         {("guest", hashed(GUEST["password"]), "door")}, {("chief", hashed(CHIEF["password"]), "door")}),
        ({"recordings": [CHIEF]}, {("any", "", "door")}, {("chief", hashed(CHIEF["password"]), "door")}),
    ],
)  # fmt: skip
def test_each_path_has_people_of_its_own(
    path: dict[str, Any], read: set[tuple[str, str, str]], playback: set[tuple[str, str, str]]
) -> None:
    config = parsed(production(mediamtx={"paths": {"door": {"publisher": PUBLISHER, **path}}}))

    assert {one for one in allowed(config, "read") if one[2] == "door"} == read
    assert {one for one in allowed(config, "playback") if one[2] == "door"} == playback
    assert {one[0] for one in allowed(config, "read") if one[2] == "webcam"} == {"viewer"}


def test_monitor_may_ask_from_this_host_and_do_nothing_else() -> None:
    (monitor,) = (user for user in parsed(production())["authInternalUsers"] if user["user"] == "monitor")

    assert monitor == {
        "user": "monitor",
        "pass": hashed(password("monitor")),
        "ips": ["127.0.0.1", "::1"],
        "permissions": [{"action": "api"}, {"action": "metrics"}],
    }


def test_viewers_are_told_the_public_address_and_those_of_the_settings_once() -> None:
    config = parsed(production(mediamtx={"webrtc": {"additional_hosts": ["192.0.2.7", ADDRESS]}}))

    assert config["webrtcIPsFromInterfaces"] is False
    assert config["webrtcAdditionalHosts"] == [ADDRESS, "192.0.2.7"]
    assert parsed(production())["webrtcAdditionalHosts"] == [ADDRESS]


def test_viewers_are_told_of_turn_over_all_transports_with_credentials_of_their_own() -> None:
    servers = parsed(production(turn={"port": 3479, "tls_port": 5350}))["webrtcICEServers2"]

    assert [server["url"] for server in servers] == [
        f"turn:{TURN_DOMAIN}:3479?transport=udp",
        f"turn:{TURN_DOMAIN}:3479?transport=tcp",
        f"turns:{TURN_DOMAIN}:5350?transport=tcp",
    ]
    for server in servers:
        assert (server["username"], server["password"]) == ("AUTH_SECRET", password("turn"))
        # MediaMTX itself needs no relay: its address is known
        assert server["clientOnly"] is True


def test_servers_of_others_are_told_before_turn_and_without_credentials() -> None:
    stun = {"url": "stun:stun.company.net:3478"}

    servers = parsed(production(mediamtx={"webrtc": {"ice_servers": [stun]}}))["webrtcICEServers2"]

    assert servers[0] == {**stun, "clientOnly": True}
    assert [server["url"].partition(":")[0] for server in servers] == ["stun", "turn", "turn", "turns"]


def test_production_without_turn_tells_viewers_of_none() -> None:
    assert parsed(production(turn=None))["webrtcICEServers2"] == []


def test_other_sites_are_allowed_by_name() -> None:
    origins = ["https://www.company.net"]
    config = parsed(production(web={"origins": origins}))

    assert config["hlsAllowOrigins"] == config["webrtcAllowOrigins"] == origins
    assert parsed(production())["webrtcAllowOrigins"] == []
    for name in ("apiAllowOrigins", "metricsAllowOrigins", "playbackAllowOrigins"):
        assert config[name] == []


@pytest.mark.parametrize("settings", [production, one_machine], ids=["three machines", "one machine"])
def test_only_the_secret_of_turn_is_in_the_file_as_it_is(settings: Any) -> None:
    text = content(settings())

    assert text.count(password("turn")) == 3 == text.count(PASSWORD)
