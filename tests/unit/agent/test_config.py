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
    section, _, name = key.rpartition(".")
    (document[section] if section else document)[name] = value
    return document


def test_config_good_is_taken_as_it_is(document: Document) -> None:
    for port in (0, 9101, 65535):
        config = parse(json.dumps({**document, "metrics_port": port}))
        assert (config.name, config.source, config.metrics_port) == ("webcam", Source("test"), port)
        assert (config.video.width, config.publish.url) == (1280, "rtsp://media1:8554/webcam")
        assert "s3cret" not in repr(config)


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
            1,
            "publish.tls: is not a known key: known keys: protocol, host, port, path, ca, user, password",
        ),
        ("bitrate", 1, "bitrate: is not a known key: known keys: name, source, audio, video, publish, metrics_port"),
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


def test_config_findings_come_all_at_once(document: Document) -> None:
    del document["publish"]["port"], document["metrics_port"]
    document["source"] = {"kind": "file", "file": "clip.mp4", "loop": True}
    document["audio"] = {"kind": "alsa", "device": "hw 1", "bitrate_kbps": 8, "codec": "aac"}
    document["video"].update(width=1, fps=0, colour="red")
    document["viewers"] = []
    assert [problem.split(":")[0] for problem in _problems(document)] == [
        *("source.file", "source.loop", "audio.device", "audio.bitrate_kbps", "audio.codec"),
        *("video.width", "video.fps", "video.colour", "publish.port", "metrics_port", "viewers"),
    ]


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        *((section, "must be an object") for section in ("source", "audio", "video", "publish")),
        ("publish.ca", "must be the full path of a PEM file, or empty"),
        ("publish.password", "must be visible ASCII characters"),
    ],
)
def test_config_missing_key_is_one_finding(document: Document, key: str, problem: str) -> None:
    section, _, name = key.rpartition(".")
    document["publish"]["protocol"] = "rtsps"
    del (document[section] if section else document)[name]
    assert _problems(document) == [f"{key}: is missing: {problem}"]


def test_config_bad_password_is_not_quoted(document: Document) -> None:
    document["publish"]["password"] = "two words"
    assert _problems(document) == ["publish.password: must be visible ASCII characters, is something else"]


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"'])
def test_config_that_is_no_object_is_one_finding(text: str) -> None:
    with pytest.raises(ConfigError, match="the file: must be"):
        parse(text)


def test_config_file_that_is_absent_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.json")
    assert caught.value.problems == ["the file: cannot be read: No such file or directory"]


@pytest.mark.parametrize("key", ["a\nb", "\x1b[2J", "k" * 5000])
def test_config_keys_and_values_are_shown_on_one_short_line(document: Document, key: str) -> None:
    for found in _problems({**document, key: key, "name": key, "video": {**document["video"], "fps": [key] * 1000}}):
        assert found.isprintable() and len(found) < 250, found


@pytest.mark.parametrize("levels", [900, 100_000])
def test_config_that_is_nested_without_end_is_refused(document: Document, levels: int) -> None:
    deep = "[" * levels + "]" * levels
    text = json.dumps({**document, "name": "DEEP", "further": "DEEP"}).replace('"DEEP"', deep)
    with pytest.raises(ConfigError) as caught:
        parse(text)

    assert caught.value.problems and all(len(one) < 200 for one in caught.value.problems)
