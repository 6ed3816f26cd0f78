"""Rows of the overview: which are one, their order, and how they read."""

import pytest
from rich.console import Console

from envivo.status.rendering import as_data, rendered
from envivo.status.rows import AGENTS, HOSTS, PATHS, SERVICES, Mood, Row, by_section, columns, span
from envivo.verify.findings import Finding

OF_MEDIA = Row(PATHS, "webcam", {"state": "live", "video": "H264"}, {"live": True})
OF_CAMERA = Row(PATHS, "webcam", {"fps": "30"}, {"fps": 30.0})
IDLE = Row(PATHS, "phone", {"state": "nobody publishes"}, {"live": False}, "idle")
BAD = Row(PATHS, "yard", {"state": "not live"}, {"live": False}, "bad")


@pytest.mark.parametrize("order", [(OF_MEDIA, OF_CAMERA), (OF_CAMERA, OF_MEDIA)], ids=["media first", "camera first"])
def test_what_two_hosts_know_of_a_path_is_one_row(order: tuple[Row, Row]) -> None:
    (row,) = by_section(order)[PATHS]
    assert (row.cells, row.data) == ({"state": "live", "video": "H264", "fps": "30"}, {"live": True, "fps": 30.0})
    assert columns(PATHS, [row]) == ["state", "video", "fps"]


@pytest.mark.parametrize(
    ("moods", "mood"),
    [(("good", "bad"), "bad"), (("bad", "good"), "bad"), (("idle", "good"), "good"), (("idle", "idle"), "idle")],
)
def test_a_row_is_as_bad_as_its_worst_part(moods: tuple[Mood, Mood], mood: Mood) -> None:
    (row,) = by_section(Row(PATHS, "webcam", mood=part) for part in moods)[PATHS]
    assert row.mood == mood


def test_what_is_wrong_is_first_in_its_section_and_sections_have_an_order() -> None:
    found = by_section([Row(HOSTS, "media1"), Row("clocks", "big"), OF_MEDIA, IDLE, BAD, Row(AGENTS, "webcam")])
    assert list(found) == [PATHS, AGENTS, HOSTS, "clocks"]
    assert [row.name for row in found[PATHS]] == ["yard", "webcam", "phone"]


def test_a_column_of_a_new_role_is_shown_after_those_that_are_known() -> None:
    assert columns(HOSTS, [Row(HOSTS, "a", {"tide": "low", "load": "1 %", "disk": ""})]) == ["load", "tide"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (11100, "3 h 5 min"), (180000, "2 d 2 h")],
)
def test_span_is_as_exact_as_it_has_to_be(seconds: float, text: str) -> None:
    assert span(seconds) == text


def shown(rows: list[Row], *findings: Finding) -> list[str]:
    console = Console(width=120, no_color=True)
    with console.capture() as capture:
        for part in rendered("home", rows, findings):
            console.print(part, soft_wrap=True)
    return [line.rstrip() for line in capture.get().splitlines()]


def test_screen_begins_with_what_is_wrong() -> None:
    finding = Finding("media1", "not-publishing", "nobody publishes to yard", "start its publisher")
    lines = shown([OF_MEDIA, BAD, Row(SERVICES, "media1 docker", quiet=True)], finding)
    assert lines[:2] == ["home: 1 problem", "  media1: nobody publishes to yard: start its publisher"]
    assert lines[3:7] == ["paths", "          state     video", "  yard    not live", "  webcam  live      H264"]
    assert lines[-1] == "services: 1 run"


def test_a_service_that_does_not_run_is_named() -> None:
    services = [Row(SERVICES, "media1 docker", {"state": "failed"}, mood="bad", quiet=True)]
    lines = shown([*services, Row(SERVICES, "cam1 webcam", {"state": "active"}, quiet=True)])
    assert lines[0] == "home: no problems"
    assert lines[2:] == ["services: 1 run", "                 state", "  media1 docker  failed"]


def test_a_name_that_looks_like_markup_is_shown_as_it_is() -> None:
    assert "  [red]x  [b]y" in "\n".join(shown([Row(PATHS, "[red]x", {"state": "[b]y"})]))


def test_data_are_by_section_and_name() -> None:
    assert as_data([OF_MEDIA, OF_CAMERA, IDLE]) == {
        PATHS: {"webcam": {"live": True, "fps": 30.0}, "phone": {"live": False}}
    }
