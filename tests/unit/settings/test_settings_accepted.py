"""What the settings accept, what they default to, and that they keep their secrets."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from envivo.config.values import duration
from envivo.roles.media.ports import listeners as media_listeners
from envivo.roles.turn.settings import listeners as turn_listeners
from tests.unit.settings.environments import PASSWORD, lab, production, shipped


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("0s", timedelta(0)),
        ("200ms", timedelta(milliseconds=200)),
        ("1s", timedelta(seconds=1)),
        ("10m", timedelta(minutes=10)),
        ("168h", timedelta(days=7)),
        ("7d", timedelta(days=7)),
        ("106751d", timedelta(days=106751)),
    ],
)
def test_duration_is_a_number_and_a_unit(text: str, meaning: timedelta) -> None:
    assert duration(text) == meaning


@pytest.mark.parametrize("name", ["door", "live/webcam", "a/b/c", "cam-1.front_door", "whep/a", "all/cams"])
def test_path_name_may_have_levels_and_dots(name: str) -> None:
    assert name in lab(mediamtx={"paths": {name: {"anonymous_publishing": True}}}).mediamtx.paths


@pytest.mark.parametrize(
    "good",
    [
        {"mediamtx": {"hls": {"variant": "fmp4", "segment_count": 3}}},
        {"mediamtx": {"hls": {"segment_count": 7, "segment_max_size": "1G"}}},
        {"mediamtx": {"recording": {"delete_after": "0s", "segment_duration": "24h"}}},
        {"mediamtx": {"recording": {"delete_after": "10m", "segment_duration": "10m"}}},
        {"mediamtx": {"webrtc": {"additional_hosts": ["cam.example", "192.0.2.7"]}}},
        {"mediamtx": {"webrtc": {"ice_servers": [{"url": "stun:stun.example:3478"}]}}},
        {"mediamtx": {"webrtc": {"ice_servers": [{"url": "turns:t.example:5349?transport=tcp"}]}}},
        {"mediamtx": {"rtmp_port": 1024, "rtsp_port": 65535}},
        {"mediamtx": {"read_timeout": "106751d", "recording": {"delete_after": "106751d"}}},
        {"cameras": {"webcam": {"source": "v4l2", "device": "/dev/v4l/by-id/usb-cam", "width": 160, "height": 120}}},
        *(
            {"cameras": {"webcam": {"source": "rtsp", **given}}}
            for given in (
                {"url": "rtsp://cam"},
                {"url": "rtsp://[fd00::5]:8554/cam/realmonitor?channel=1&subtype=1", "user": "admin"},
                {"url": "rtsp://192.168.1.64/Streaming/Channels/101", "user": "admin", "password": "p@ss:w/rd%41"},
                {"url": "rtsp://cam:554/", "mode": "transcode", "audio": "camera"},
            )
        ),
        {"base": {"apt_lock_wait": 1}},
    ],
)
def test_settings_at_the_edge_of_a_rule_are_accepted(good: dict[str, Any]) -> None:
    assert lab(**good)


def test_every_port_setting_is_a_listener() -> None:
    settings = production()
    assert settings.turn is not None
    parts = {
        "web": settings.web,
        "mediamtx": settings.mediamtx,
        "mediamtx.hls": settings.mediamtx.hls,
        "mediamtx.webrtc": settings.mediamtx.webrtc,
        "turn": settings.turn,
    }
    named = {
        f"{place}.{name}"
        for place, part in parts.items()
        for name in type(part).model_fields
        if "port" in name.split("_") and name != "first_relay_port"  # of a range that nothing listens on
    }

    found = [*media_listeners(lab().media), *media_listeners(settings.media), *turn_listeners(settings.turn)]
    assert {listener.setting for listener in found} == {*named, "turn.relays", "web.domain"}


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    with pytest.raises(ValidationError):
        lab().mediamtx.rtmp_port = 1936


def test_settings_show_no_secret() -> None:
    settings = lab()
    password = settings.mediamtx.paths["webcam"].publisher

    assert password is not None and password.password.get_secret_value() == PASSWORD
    assert json.loads(json.dumps(settings.to_json()))["mediamtx"]["paths"]["webcam"]["publisher"] == {
        "user": "webcam",
        "password": "**********",
    }
    for shown in (repr(settings), str(settings), json.dumps(settings.to_json())):
        assert PASSWORD not in shown


@pytest.mark.parametrize(
    ("env", "source", "device", "sudo"), [("lab", "test", "/dev/video0", None), ("local", "v4l2", "/dev/video0", True)]
)
def test_shipped_environment_has_a_picture_and_a_generated_password(
    env: str, source: str, device: str, sudo: bool | None, state: Path
) -> None:
    data = shipped(env)
    settings = data["settings"].read()
    camera, publisher = settings.cameras["webcam"], settings.mediamtx.paths["webcam"].publisher

    kept = json.loads((state / "secrets" / f"{env}.json").read_text())
    assert publisher.password.get_secret_value() == kept["publish-webcam"]
    assert (camera.source, camera.device, data.get("_sudo")) == (source, device, sudo)
    assert shipped(env)["settings"].read() == settings
