"""mediamtx.yml as the deploy renders it. That MediaMTX itself takes it is proved in the lab (tests/e2e)."""

from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from envivo.orchestration.environment import Environment
from envivo.render import hashed
from envivo.roles.media import desired
from tests.unit.render.hosts import leaves
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import PASSWORD, lab

OTHER = "another-password-Zm9v_0123456789"
PUBLISHER = {"user": "door", "password": OTHER}


def rendered(settings: Environment) -> str:
    return desired.mediamtx_config(settings.media, ARTIFACTS).content


def parsed(**more: Any) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(rendered(lab(**more)))
    return config


ENVIRONMENTS: list[dict[str, Any]] = [
    {},
    {"mediamtx": {"paths": {"live/door": {"publisher": PUBLISHER, "record": False}}}},
    {"mediamtx": {"paths": {"open": {"anonymous_publishing": True}}}},
    {"mediamtx": {"webrtc": {"additional_hosts": ["cam.example"], "ice_servers": [{"url": "stun:s.example:3478"}]}}},
]


@pytest.mark.parametrize("more", ENVIRONMENTS)
def test_mediamtx_yml_has_no_null(more: dict[str, Any]) -> None:
    # docs/notes/mediamtx.md#empty-values
    assert [place for place, value in leaves(parsed(**more)) if value is None] == []


def test_agent_keeps_its_path_and_anybody_else_who_comes_back_takes_it_over() -> None:
    of_obs = {"live/door": {"publisher": PUBLISHER}, "open": {"anonymous_publishing": True}}
    assert parsed(mediamtx={"paths": of_obs})["paths"] == {
        "webcam": {"source": "publisher", "overridePublisher": False, "record": True},
        "live/door": {"source": "publisher", "overridePublisher": True, "record": True},
        "open": {"source": "publisher", "overridePublisher": True, "record": True},
    }


def test_mediamtx_yml_keeps_types_that_mediamtx_is_strict_about() -> None:
    config = parsed()

    assert (config["rtspEncryption"], config["rtmpEncryption"]) == ("no", "no"), "a word, and not false"
    assert [type(config[key]) for key in ("writeQueueSize", "hlsSegmentCount")] == [int, int]
    assert config["writeQueueSize"] & (config["writeQueueSize"] - 1) == 0, "must be a power of two"
    texts = ("readTimeout", "writeTimeout", "hlsSegmentDuration", "hlsPartDuration", "hlsSegmentMaxSize", "rtspAddress")
    assert [type(config[key]) for key in texts] == [str] * len(texts)


def test_inner_servers_listen_on_loopback_alone() -> None:
    config = parsed()

    for key in ("apiAddress", "metricsAddress", "playbackAddress"):
        assert config[key].startswith("127.0.0.1:"), key
    assert not config["srt"] and not config["moq"] and not config["pprof"]


def test_only_its_publisher_may_publish_to_a_path_unless_the_settings_say_that_anybody_may() -> None:
    paths = {"live/door": {"publisher": PUBLISHER}, "open": {"anonymous_publishing": True}}
    publishers = {
        (user["user"], permission.get("path", "EVERY PATH"))
        for user in parsed(mediamtx={"paths": paths})["authInternalUsers"]
        for permission in user["permissions"]
        if permission["action"] == "publish"
    }

    assert publishers == {("webcam", "webcam"), ("door", "live/door"), ("any", "open")}


def test_anybody_may_read_and_play_back_listed_paths_and_no_others() -> None:
    config = parsed(mediamtx={"paths": {"live/door": {"publisher": PUBLISHER}}})
    anybody = [user for user in config["authInternalUsers"] if user["user"] == "any"]

    assert [user["permissions"] for user in anybody] == [
        [{"action": action, "path": path}] for action in ("read", "playback") for path in ("webcam", "live/door")
    ]
    assert all(user["ips"] == [] for user in anybody)


def test_api_and_metrics_answer_this_host_alone() -> None:
    for user in parsed()["authInternalUsers"]:
        if {"api", "metrics", "pprof"} & {permission["action"] for permission in user["permissions"]}:
            assert user["ips"] == ["127.0.0.1", "::1"], user


def test_password_is_in_the_file_as_a_hash_alone() -> None:
    assert PASSWORD not in rendered(lab())
    hashes = {user["user"]: user["pass"] for user in parsed()["authInternalUsers"] if "pass" in user}
    assert hashes == dict.fromkeys(("webcam", "monitor"), hashed(SecretStr(PASSWORD)))


def test_revision_is_a_user_who_may_do_nothing() -> None:
    config = desired.mediamtx_config(lab().media, ARTIFACTS)
    users = {user["user"]: user for user in yaml.safe_load(config.content)["authInternalUsers"]}

    assert config.revision.startswith("envivo-")
    assert users[config.revision] == {"user": config.revision, "ips": ["127.0.0.1"], "permissions": []}


@pytest.mark.parametrize("more", [{"web": {"port": 8081}}, {"cameras": {"webcam": {"fps": 15}}}])
def test_revision_is_untouched_by_what_is_not_mediamtx(more: dict[str, Any]) -> None:
    assert desired.mediamtx_config(lab(**more).media, ARTIFACTS) == desired.mediamtx_config(lab().media, ARTIFACTS)
