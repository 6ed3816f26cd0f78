"""What must hold between the settings of several roles, with the exact words of each refusal."""

from typing import Any

import pytest

from tests.unit.settings.environments import PASSWORD, assert_error

PUBLISHED = {"publisher": {"user": "webcam", "password": PASSWORD}}


@pytest.mark.parametrize(
    ("bad", "finding"),
    [
        ({"web": {"port": 8889}}, "web.port: port 8889 is already used by mediamtx.webrtc.port"),
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


NAME = "must begin with a letter or digit and have at most 63 characters"
LONG = "hall/" + 60 * "x"


@pytest.mark.parametrize(
    ("paths", "finding"),
    [
        ({"open": {"anonymous_publishing": True}},
         "cameras.open: needs mediamtx.paths.open.publisher to publish with"),
        ({"live/door": PUBLISHED, "live-door": PUBLISHED},
         "cameras.live-door: gets the same unit name as live/door: choose another name"),
        ({"_garden": PUBLISHED}, f"cameras._garden: {NAME}"),
        ({LONG: PUBLISHED}, f"cameras.{LONG}: {NAME}"),
    ],
)  # fmt: skip
def test_camera_of_a_path_that_no_agent_could_publish_to_is_refused(paths: dict[str, Any], finding: str) -> None:
    assert_error(finding, mediamtx={"paths": paths}, cameras={name: {"source": "test"} for name in paths})


def test_findings_between_roles_come_at_once() -> None:
    assert_error(
        "mediamtx.rtsp_port: port 1935 is already used by mediamtx.rtmp_port",
        "web.port: port 9997 is already used by mediamtx.api_port",
        "cameras.garden: publishes to a path that mediamtx.paths does not list, known: webcam, door",
        mediamtx={"rtsp_port": 1935, "paths": {"door": PUBLISHED}},
        web={"port": 9997},
        cameras={"garden": {}},
    )
