import json
from dataclasses import replace
from typing import Any

import pytest
from envivo_agent.config import Config, parse
from envivo_agent.renewal import BITRATE, KEEP, RENEW, renewal


@pytest.fixture
def before(document: dict[str, Any]) -> Config:
    return parse(json.dumps(document))


PASSWORD = {"password": "an0ther-s3cret"}
PERSON = {"user": "somebody", **PASSWORD}


@pytest.mark.parametrize(
    ("publish", "video", "whole", "live", "waiting"),
    [
        ({}, {}, {}, KEEP, KEEP),
        ({}, {}, {"metrics_port": 9181, "written": "2.0"}, KEEP, KEEP),
        (PASSWORD, {}, {"written": "2.0"}, KEEP, RENEW),
        (PERSON, {}, {}, KEEP, RENEW),
        ({"user": "", "password": ""}, {}, {}, KEEP, RENEW),
        ({}, {"bitrate_kbps": 900}, {}, BITRATE, BITRATE),
        (PASSWORD, {"bitrate_kbps": 900}, {}, BITRATE, RENEW),
        (PASSWORD, {"width": 640}, {}, RENEW, RENEW),
        ({"host": "media2", **PASSWORD}, {}, {}, RENEW, RENEW),
        ({"port": 8555}, {}, {}, RENEW, RENEW),
        ({"path": "hall"}, {}, {}, RENEW, RENEW),
        ({"protocol": "rtmp"}, {}, {}, RENEW, RENEW),
        ({"protocol": "rtsps", "ca": "/etc/envivo/agent/authority.pem"}, {}, {}, RENEW, RENEW),
        ({}, {"bitrate_kbps": 900, "fps": 15}, {}, RENEW, RENEW),
        ({}, {}, {"name": "hall"}, RENEW, RENEW),
    ],
)  # fmt: skip
def test_live_connection_outlasts_what_is_asked_for_only_when_one_begins(
    before: Config, publish: dict[str, Any], video: dict[str, Any], whole: dict[str, Any], live: str, waiting: str
) -> None:
    after = replace(before, publish=replace(before.publish, **publish), video=replace(before.video, **video), **whole)
    assert (renewal(before, after, True), renewal(before, after, False)) == (live, waiting)
