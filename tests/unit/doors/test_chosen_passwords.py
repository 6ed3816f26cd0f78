"""Whom a real MediaMTX lets in where a person chose a password."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from envivo.orchestration.environment import Environment
from tests.unit.doors.doors import PUBLISHED, basic, person, right
from tests.unit.doors.real_mediamtx import DOORS, loopback_mediamtx, settings, whep

ANNA, MIA = person("anna"), {"user": "mia", "password": "-blue_Kettle-7"}
PATHS = {"webcam": {**PUBLISHED, "viewers": [ANNA, MIA]}, "live/hall": {**PUBLISHED, "viewers": [MIA]}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, mediamtx_program: Path) -> Iterator[Environment]:
    of = settings(PATHS)
    with loopback_mediamtx(of, tmp_path_factory.mktemp("mediamtx"), mediamtx_program):
        yield of


@pytest.mark.parametrize("door", DOORS)
def test_mediamtx_lets_in_who_has_the_right_password_alone(server: Environment, door: str) -> None:
    given = {
        ("webcam", right("anna")): True,
        ("webcam", basic("mia", "-blue_Kettle-7")): True,
        ("live/hall", basic("mia", "-blue_Kettle-7")): True,
        ("live/hall", right("anna")): False,
        ("webcam", basic("mia", "-blue_kettle-7")): False,
        ("webcam", basic("anna", "-blue_Kettle-7")): False,
        ("webcam", basic("nosuch", "-blue_Kettle-7")): False,
    }
    with ThreadPoolExecutor(len(given)) as pool:  # MediaMTX takes up to four seconds for each refusal
        answers = dict(zip(given, pool.map(lambda one: DOORS[door](server, *one), given), strict=True))

    assert {one: answer != 401 for one, answer in answers.items()} == given, answers


def test_bearer_carries_a_chosen_password(server: Environment) -> None:
    assert whep(server, "webcam", "Bearer mia:-blue_Kettle-7") == 204
    assert whep(server, "webcam", "Bearer mia:-blue_Kettle-8") == 401
