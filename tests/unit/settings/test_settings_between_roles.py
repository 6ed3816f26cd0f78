"""What must hold between the settings of several roles, with the exact words of each refusal."""

from typing import Any

import pytest

from tests.unit.settings.environments import PASSWORD, assert_error

PUBLISHED = {"publisher": {"user": "webcam", "password": PASSWORD}}


@pytest.mark.parametrize(
    ("bad", "finding"),
    [
        ({"web": {"port": 8889}}, "web.port: port 8889 is already used by mediamtx.webrtc.port"),
        ({"mediamtx": {"rtsp_port": 1935}}, "mediamtx.rtsp_port: port 1935 is already used by mediamtx.rtmp_port"),
        # the media port is UDP and TCP
        ({"mediamtx": {"hls": {"port": 8189}}},
         "mediamtx.hls.port: port 8189 is already used by mediamtx.webrtc.media_port"),
        ({"mediamtx": {"webrtc": {"media_port": 1935}}},
         "mediamtx.webrtc.media_port: port 1935 is already used by mediamtx.rtmp_port"),
        ({"mediamtx": {"playback_port": 9997}},
         "mediamtx.playback_port: port 9997 is already used by mediamtx.api_port"),
    ],
)  # fmt: skip
def test_port_used_twice_is_refused(bad: dict[str, Any], finding: str) -> None:
    assert_error(finding, **bad)


def test_camera_without_a_path_of_its_name_is_refused() -> None:
    assert_error(
        "cameras.garden: publishes to a path that mediamtx.paths does not list, known: webcam, door",
        mediamtx={"paths": {"door": PUBLISHED}},
        cameras={"garden": {"source": "test"}},
    )


def test_cameras_that_would_share_a_unit_are_refused() -> None:
    assert_error(
        "cameras.live-door: is called like live/door on the host, choose another name",
        mediamtx={"paths": {"live/door": PUBLISHED, "live-door": PUBLISHED}},
        cameras={"live/door": {"source": "test"}, "live-door": {"source": "test"}},
    )


def test_camera_whose_path_has_no_publisher_is_refused() -> None:
    assert_error(
        "cameras.open: needs mediamtx.paths.open.publisher to publish with",
        mediamtx={"paths": {"open": {"anonymous_publishing": True}}},
        cameras={"open": {"source": "test"}},
    )


def test_findings_between_roles_come_at_once() -> None:
    assert_error(
        "mediamtx.rtsp_port: port 1935 is already used by mediamtx.rtmp_port",
        "web.port: port 9997 is already used by mediamtx.api_port",
        "cameras.garden: publishes to a path that mediamtx.paths does not list, known: webcam",
        mediamtx={"rtsp_port": 1935},
        web={"port": 9997},
        cameras={"garden": {}},
    )


@pytest.mark.parametrize("name", ["_garden", "hall/" + 60 * "x"])
def test_camera_with_a_name_that_no_agent_takes_is_refused(name: str) -> None:
    assert_error(
        f"cameras.{name}: a camera's name begins with a letter or digit and has at most 63 characters",
        mediamtx={"paths": {name: {"publisher": {"user": "u", "password": PASSWORD}}}},
        cameras={name: {}},
    )
