"""`envivo settings`, as people and pipes call it."""

import json

import pytest
from click.testing import CliRunner

from envivo.cli.settings import command
from envivo.config.reference import settings
from envivo.core.errors import EnvivoError
from envivo.orchestration.environment import Environment


def said(*arguments: str) -> str:
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_setting_is_told_in_full() -> None:
    assert said("web.port") == (
        "web.port\n"
        "    port, 1024 to 65535, default 8080\n"
        "    TCP port of the page in plain HTTP; only without `domain`, or behind `trusted_proxies`.\n"
        "    A change interrupts the page and HLS viewers.\n"
    )


def test_part_is_told_with_all_in_it() -> None:
    lines = said("mediamtx.webrtc").splitlines()

    assert [line for line in lines if not line.startswith(" ")] == [
        "mediamtx.webrtc",
        "mediamtx.webrtc.port",
        "mediamtx.webrtc.media_port",
        "mediamtx.webrtc.additional_hosts",
        "mediamtx.webrtc.ice_servers",
        "mediamtx.webrtc.ice_servers.N.url",
    ]


@pytest.mark.parametrize(
    "path", ["mediamtx.paths.NAME.record", "mediamtx.paths.webcam.record", "mediamtx.paths.live/cam.1.record"]
)
def test_name_that_somebody_chose_stands_for_any(path: str) -> None:
    assert said(path).startswith("mediamtx.paths.NAME.record\n")


def test_everything_is_listed_in_short() -> None:
    lines = [line.split() for line in said().splitlines()]

    assert ["mediamtx.hls.port", "port,", "1024", "to", "65535", "8888"] in lines
    assert "mediamtx.hls" not in [line[0] for line in lines if line], "a part has no value of its own"


def test_machines_get_the_same() -> None:
    (found,) = json.loads(said("turn.relays", "--json"))["settings"]
    assert (found["path"], found["default"], found["interrupts"]) == ("turn.relays", "200", "relayed")
    assert [setting["path"] for setting in json.loads(said("--json"))["settings"]] == [
        setting.path for setting in settings(Environment)
    ]


@pytest.mark.parametrize(
    ("path", "fix"),
    [
        ("mediamtx.hls.segments", "did you mean mediamtx.hls.segment_count?"),
        ("cameras.width", "did you mean cameras.NAME.width?"),
        ("mediamtx.paths.record", "did you mean mediamtx.paths.NAME.record?"),
        ("medamtx", "did you mean mediamtx?"),
        ("cameras.garden.bitrate", "did you mean cameras.garden.bitrate_kbps?"),
        ("segment_count", "did you mean mediamtx.hls.segment_count?"),
        ("hls.part_duration", "did you mean mediamtx.hls.part_duration?"),
        ("colour", "`envivo settings` lists all"),
        ("web.port.x", "`envivo settings` lists all"),
        ("..", "`envivo settings` lists all"),
    ],
)
def test_path_of_no_setting_is_refused_with_the_one_that_was_meant(path: str, fix: str) -> None:
    with pytest.raises(EnvivoError) as refused:
        CliRunner().invoke(command, [path], catch_exceptions=False)

    assert (str(refused.value), refused.value.exit_code) == (f"{path}: is not a setting: {fix}", 2)


@pytest.mark.parametrize("arguments", [("web", "--format", "markdown"), ("--json", "--format", "markdown")])
def test_file_of_the_reference_is_the_whole(arguments: tuple[str, ...]) -> None:
    assert CliRunner().invoke(command, arguments).exit_code == 2
