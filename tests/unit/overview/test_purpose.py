"""What a person has done on purpose: shown as such, and nothing that only follows from it is wrong."""

from collections.abc import Sequence

from rich.console import Console

from envivo.orchestration.overview import Overview, arranged, questions
from envivo.status.rendering import rendered
from envivo.status.rows import AGENTS, CONTAINERS, PATHS, SERVICES, Notice, Row
from envivo.verify.findings import Finding
from tests.unit.operations.test_stack import WEB, line
from tests.unit.overview.hosts import placed
from tests.unit.settings.environments import drafted

PLACES = placed(
    drafted(cameras={"webcam": {"host": "cam1", "source": "test"}}), {"media1": ["media"], "cam1": ["cameras"]}
)
BY = '{"program": "%s", "by": "alice@laptop", "since": "2026-11-30 10:02 UTC"}'
WORDS = "stopped by alice@laptop since 2026-11-30 10:02 UTC"
UNIT = "LoadState=loaded\nActiveState={}\nUnitFileState=enabled\nResult=success\nStatusText="


def of_units(host: str, *states: str, stopped: str = "") -> list[Row | Finding | Notice]:
    """What a host says of its units. `stopped`: a line of its own."""
    name, question = next(iter(questions(PLACES[host])))
    assert name == "its programs"
    return list(question.read("\n".join([*([f"stopped: {stopped}"] if stopped else []), *_apart(states)])))


def _apart(states: Sequence[str]) -> list[str]:
    return "\n\n".join(UNIT.format(state) for state in states).splitlines()


def of_containers(states: dict[str, str], stopped: str = "") -> list[Row | Finding | Notice]:
    _, question = list(questions(PLACES["media1"]))[1]
    there = [WEB._replace(service=name, state=state, name=f"{name}-1") for name, state in states.items()]
    head = [f"stopped: {stopped}"] if stopped else []
    return list(question.read("\n".join([*head, "1796040000", "", *map(line, there)])))


def screen(seen: Overview) -> list[str]:
    console = Console(width=160, no_color=True)
    with console.capture() as capture:
        for part in rendered("home", seen.rows, seen.findings, seen.notices):
            console.print(part, soft_wrap=True)
    return [text.rstrip() for text in capture.get().splitlines()]


def test_an_agent_that_was_stopped_is_no_finding_and_neither_is_its_path() -> None:
    unit = "envivo-agent@webcam.service"
    echo = Finding("cam1", "not-publishing", "nobody publishes to webcam", "diagnose", subjects=("webcam",))
    rows = [Row(AGENTS, "webcam", {"state": "inactive"}, mood="bad"), Row(PATHS, "webcam", mood="bad")]

    seen = arranged([*of_units("cam1", "inactive", stopped=f"{unit} {BY % 'webcam'}"), *rows, echo])

    assert seen.findings == []
    (notice,) = seen.notices
    assert str(notice) == f"cam1: webcam is {WORDS}, so nobody publishes to webcam: envivo start ENV webcam"
    assert {(row.section, row.mood) for row in seen.rows} == {(SERVICES, "held"), (AGENTS, "held"), (PATHS, "held")}
    words = str(notice).replace("ENV", "home")
    assert screen(seen)[:2] == ["home: no problems, except for what was stopped or announced on purpose", f"  {words}"]
    assert f"  cam1 webcam  {WORDS}" in screen(seen)


def test_a_unit_that_nobody_has_stopped_is_still_a_finding() -> None:
    seen = arranged(of_units("cam1", "inactive", stopped=f"coturn.service {BY % 'coturn'}"))
    assert [finding.code for finding in seen.findings] == ["unit-down"]
    assert not seen.notices


def test_without_mediamtx_nothing_of_agents_and_paths_is_wrong_but_other_things_are() -> None:
    follows = [
        Finding("media1", "api-silent", "MediaMTX's API says nothing", "verify", subjects=("mediamtx",)),
        Finding("cam1", "agent-not-live", "webcam: its agent does not publish", "diagnose"),
        Finding("media1", "not-publishing", "nobody publishes to phone", "start it"),
    ]
    full = Finding("media1", "disk-full", "its disk is full", "remove something")
    agent = Row(AGENTS, "webcam", mood="bad", code="agent-not-live")
    other = Row(AGENTS, "yard", mood="bad")

    seen = arranged([*of_containers({"mediamtx": "exited", "web": "running"}, f"mediamtx {BY % 'mediamtx'}"),
                     *follows, full, agent, other])  # fmt: skip

    assert seen.findings == [full]
    moods = {(row.section, row.name): row.mood for row in seen.rows}
    assert moods[CONTAINERS, "mediamtx"] == "held" and moods[CONTAINERS, "caddy"] == "good"
    assert (moods[AGENTS, "webcam"], moods[AGENTS, "yard"]) == ("held", "bad")
    assert [notice.message for notice in seen.notices] == [f"mediamtx is {WORDS}, so nobody can publish or watch"]


def test_a_container_that_runs_although_it_was_stopped_silences_nothing() -> None:
    late = Finding("cam1", "agent-not-live", "webcam: its agent does not publish", "diagnose")
    said = of_containers({"mediamtx": "running", "web": "running"}, f"mediamtx {BY % 'mediamtx'}")
    seen = arranged([*said, late])
    assert seen.findings == [late]
    assert seen.notices[0].message == f"mediamtx runs, although it was {WORDS}"


def test_a_file_that_was_made_by_hand_counts_too() -> None:
    seen = arranged(of_containers({"mediamtx": "exited", "web": "running"}, "mediamtx "))
    assert seen.findings == []
    assert seen.notices[0].message == "mediamtx is stopped on purpose, so nobody can publish or watch"
