import json
from pathlib import Path
from typing import Any

import pytest
from envivo_agent.config import ConfigError, Source, load, parse

Document = dict[str, Any]


def _problems(document: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(json.dumps(document))
    return caught.value.problems


def _set(document: Document, key: str, value: object) -> Document:
    *sections, last = key.split(".")
    place = document
    for section in sections:
        place = place[section]
    place[last] = value
    return document


def test_config_good_is_taken_as_it_is(document: Document) -> None:
    config = parse(json.dumps(document))
    assert (config.name, config.source, config.video.width) == ("webcam", Source("test"), 1280)
    assert config.publish.url == "rtsp://media1:8554/webcam"


def test_config_without_credentials_is_taken(document: Document) -> None:
    del document["publish"]["user"], document["publish"]["password"]
    assert parse(json.dumps(document)).publish.user == ""


@pytest.mark.parametrize("path", ["webcam", "live/webcam", "a.b/c-d/e_f"])
def test_config_path_may_have_levels(document: Document, path: str) -> None:
    assert parse(json.dumps(_set(document, "publish.path", path))).publish.path == path


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("video.width", 0, "video.width: must be an even number from 160 to 3840, is 0"),
        ("video.width", 641, "video.width: must be an even number from 160 to 3840, is 641"),
        ("video.fps", True, "video.fps: must be a whole number from 1 to 60, is true"),
        ("video.fps", 29.97, "video.fps: must be a whole number from 1 to 60, is 29.97"),
        ("video.fps", None, "video.fps: must be a whole number from 1 to 60, is null"),
        ("video.encoder", "x265", 'video.encoder: must be one of auto, vaapi, nvenc, v4l2, x264, openh264, is "x265"'),
        ("video.preset", [], "video.preset: must be one of low-cpu, balanced, quality, is []"),
        ("video.fallback", "yes", 'video.fallback: must be true or false, is "yes"'),
        ("video.fallback", 1, "video.fallback: must be true or false, is 1"),
        ("metrics_port", -1, "metrics_port: must be a whole number from 0 to 65535, is -1"),
        ("metrics_port", 65536, "metrics_port: must be a whole number from 0 to 65535, is 65536"),
        ("metrics_port", None, "metrics_port: must be a whole number from 0 to 65535, is null"),
        ("publish.port", "8554", 'publish.port: must be a whole number from 1 to 65535, is "8554"'),
        ("publish.path", "/webcam", "publish.path: must be names of A-Z a-z 0-9 _ . ~ - parted by single slashes"),
        ("publish.path", "web cam", "publish.path: must be names of A-Z a-z 0-9 _ . ~ - parted by single slashes"),
        ("publish.host", "a/b", "publish.host: must be a host name or an address"),
        ("publish.user", "a:b", "publish.user: must be visible ASCII characters without a colon"),
        ("publish.protocol", "rtsp+tls", "publish.protocol: must be one of rtsp, rtmp, rtsps, rtmps, is"),
        ("publish.ca", "/ca.pem", "publish.ca: must be empty with rtsp, where the server shows no certificate, is"),
        (
            "publish.tls",
            True,
            "publish.tls: is not a known key: known are protocol, host, port, path, ca, user, password",
        ),
        ("bitrate", 1, "bitrate: is not a known key: known are name, source, audio, video, publish, metrics_port"),
        (
            "video.gop",
            30,
            "video.gop: is not a known key: known are width, height, fps, bitrate_kbps, keyframe_interval_ms, encoder, "
            "fallback, preset",
        ),
        ("name", "Web Cam", "name: must be up to 63 of A-Z a-z 0-9 . _ -"),
        ("video", None, "video: must be an object"),
    ],
)
def test_config_bad_value_is_one_finding(document: Document, key: str, value: object, problem: str) -> None:
    problems = _problems(_set(document, key, value))
    assert problems[0].startswith(problem)
    assert len([p for p in problems if p.startswith(f"{key}:")]) == 1


@pytest.mark.parametrize("protocol", ["rtsps", "rtmps"])
@pytest.mark.parametrize("ca", ["", "/etc/envivo/agent/ca.pem"])
def test_config_of_an_encrypted_protocol_is_taken(document: Document, protocol: str, ca: str) -> None:
    document["publish"].update(protocol=protocol, ca=ca)
    publish = parse(json.dumps(document)).publish
    assert (publish.encrypted, publish.ca, publish.url) == (True, ca, f"{protocol}://media1:8554/webcam")


@pytest.mark.parametrize("ca", ["ca.pem", "/etc/my ca.pem", True, None])
def test_config_authority_must_be_a_full_path(document: Document, ca: object) -> None:
    document["publish"].update(protocol="rtsps", ca=ca)
    assert _problems(document) == [f"publish.ca: must be the full path of a PEM file, or empty, is {json.dumps(ca)}"]


def test_config_without_an_authority_does_not_choose_one(document: Document) -> None:
    del document["publish"]["ca"]
    document["publish"]["protocol"] = "rtsps"
    assert _problems(document) == ["publish.ca: is missing: must be the full path of a PEM file, or empty"]


def test_config_findings_come_all_at_once(document: Document) -> None:
    del document["publish"]["port"], document["metrics_port"]
    document["source"] = {"kind": "file", "file": "clip.mp4", "loop": True}
    document["audio"] = {"kind": "alsa", "device": "hw 1", "bitrate_kbps": 8, "codec": "aac"}
    document["video"].update(width=1, fps=0, colour="red")
    document["viewers"] = []
    assert [problem.split(":")[0] for problem in _problems(document)] == [
        "source.file",
        "source.loop",
        "audio.device",
        "audio.bitrate_kbps",
        "audio.codec",
        "video.width",
        "video.fps",
        "video.colour",
        "publish.port",
        "metrics_port",
        "viewers",
    ]


@pytest.mark.parametrize("section", ["source", "audio", "video", "publish"])
def test_config_missing_section_is_one_finding(document: Document, section: str) -> None:
    del document[section]
    assert _problems(document) == [f"{section}: is missing: must be an object"]


@pytest.mark.parametrize("port", [0, 9101, 65535])
def test_config_metrics_port_is_taken(document: Document, port: int) -> None:
    assert parse(json.dumps(_set(document, "metrics_port", port))).metrics_port == port


def test_config_user_without_password_is_refused(document: Document) -> None:
    del document["publish"]["password"]
    assert _problems(document) == ["publish.password: is missing: must be visible ASCII characters"]


def test_config_bad_password_is_not_quoted(document: Document) -> None:
    document["publish"]["password"] = "two words"
    assert _problems(document) == ["publish.password: must be visible ASCII characters, is something else"]


def test_config_does_not_show_the_password_when_printed(document: Document) -> None:
    assert "s3cret" not in repr(parse(json.dumps(document)))


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"'])
def test_config_that_is_no_object_is_one_finding(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert any(problem.startswith("the file: must be") for problem in caught.value.problems)


def test_config_file_that_is_absent_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.json")
    assert caught.value.problems == ["the file: cannot be read: No such file or directory"]
