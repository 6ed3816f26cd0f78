"""Messages of journals: whose they are, and how they read."""

import json
import subprocess
from typing import Any

import pytest

from envivo.state.program import Program
from envivo.status.journal import Line, parse, question

MEDIAMTX = Program("mediamtx", "", service="mediamtx", tag="envivo-mediamtx")
CADDY = Program("caddy", "", service="web", tag="envivo-web")
DOCKER = Program("docker", "", "docker.service")
TIMER = Program("certificates", "", "envivo-certificates.timer", logs=["envivo-certificates.service"])
ALL = (MEDIAMTX, CADDY, DOCKER, TIMER)
AT = 1796054400.123456


def entry(message: object, **fields: str) -> str:
    return json.dumps({"__CURSOR": "c1", "__REALTIME_TIMESTAMP": f"{AT * 1e6:.0f}", "MESSAGE": message, **fields})


def read(*entries: str, programs: tuple[Program, ...] = ALL) -> list[Line]:
    return parse("media1", programs, "\n".join([*entries, 'envivo-end {"__CURSOR": "c0"}']))[0]


@pytest.mark.parametrize(
    ("fields", "program"),
    [
        ({"CONTAINER_TAG": "envivo-mediamtx", "_SYSTEMD_UNIT": "docker.service"}, "mediamtx"),
        ({"CONTAINER_TAG": "envivo-web", "_SYSTEMD_UNIT": "docker.service"}, "caddy"),
        ({"CONTAINER_TAG": "another", "_SYSTEMD_UNIT": "docker.service"}, ""),
        ({"_SYSTEMD_UNIT": "docker.service"}, "docker"),
        ({"UNIT": "docker.service", "_SYSTEMD_UNIT": "init.scope"}, "docker"),
        ({"_SYSTEMD_UNIT": "envivo-certificates.service"}, "certificates"),
        ({"_SYSTEMD_UNIT": "ssh.service"}, ""),
    ],
)
def test_a_message_belongs_to_the_program_that_said_it(fields: dict[str, str], program: str) -> None:
    assert [line.program for line in read(entry("x", **fields))] == ([program] if program else [])


def test_messages_of_containers_are_not_those_of_docker_alone() -> None:
    said = entry("x", CONTAINER_TAG="envivo-web", _SYSTEMD_UNIT="docker.service")
    assert read(said, programs=(DOCKER,)) == []


@pytest.mark.parametrize(
    ("message", "texts"),
    [
        ("2026/11/30 12:00:00 INF [RTSP] listener opened", ["INF [RTSP] listener opened"]),
        ('{"level":"info","ts":1.5,"logger":"http","msg":"served","size":7}', ['info served {"size": 7}']),
        ('{"level":"warn","ts":1.5,"msg":"late"}', ["warn late"]),
        ('{"other": 1}', ['{"other": 1}']),
        ("{no JSON", ["{no JSON"]),
        ("two\nlines", ["two", "lines"]),
        ("\x1b[2Jgone\x07", [" [2Jgone "]),
        ([104, 105, 255], ["hi\ufffd"]),
        (None, []),
    ],
)
def test_a_message_reads_as_plain_lines(message: Any, texts: list[str]) -> None:
    lines = read(entry(message, CONTAINER_TAG="envivo-mediamtx"))
    assert [line.text for line in lines] == texts
    assert {line.time for line in lines} <= {"2026-11-30 16:00:00.123Z"}


@pytest.mark.parametrize(
    ("output", "cursor"),
    [
        ('envivo-end {"__CURSOR": "c0"}', "c0"),
        (entry("x", UNIT="other.service") + '\nenvivo-end {"__CURSOR": "c0"}', "c1"),
        ("envivo-end ", ""),
    ],
    ids=["no message", "the last message", "an empty journal"],
)
def test_the_next_look_begins_where_this_one_ended(output: str, cursor: str) -> None:
    assert parse("media1", ALL, output)[1] == cursor


@pytest.mark.parametrize("output", ["", entry("x"), "No journal files were found."])
def test_what_is_not_the_whole_answer_is_refused(output: str) -> None:
    with pytest.raises(ValueError, match="not the end of a journal"):
        parse("media1", ALL, output)


@pytest.mark.parametrize(
    ("since", "cursor", "begin"),
    [("", "", "-n 1000"), ("-10m", "", "--since=-10m"), ("-10m", "s=a;i=1", "'--after-cursor=s=a;i=1'")],
)
def test_journalctl_is_asked_for_the_programs_alone(since: str, cursor: str, begin: str) -> None:
    asked = question((MEDIAMTX, TIMER), since, cursor)
    assert subprocess.run(["sh", "-n", "-c", asked], check=False).returncode == 0
    assert begin.strip("'") in asked.replace("'", "")
    units = ("envivo-certificates.timer", "envivo-certificates.service")
    matches = [f"{key}={unit}" for unit in units for key in ("_SYSTEMD_UNIT", "UNIT")]
    assert " + ".join([*matches, "CONTAINER_TAG=envivo-mediamtx"]) in asked
