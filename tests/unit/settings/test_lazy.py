"""Settings that are judged when their environment is asked for, and what they lack until then."""

from typing import Any

import pytest

from envivo.config.lazy import LazySettings, fill_in, merged
from envivo.core.errors import SettingsError
from envivo.core.problems import Problem
from envivo.orchestration.environment import Environment, environment
from envivo.secrets import secret
from tests.unit.settings.environments import LAB, PASSWORD, THREE_MACHINES, filled_in, shipped

HERE = "tests/unit/settings/test_lazy.py"


def problems(draft: LazySettings[Environment], file: str = HERE) -> list[Problem]:
    with pytest.raises(SettingsError) as refused:
        draft.read()
    assert PASSWORD not in str(refused.value)
    assert {problem.file for problem in refused.value.problems} == {file}
    return [problem.of("") for problem in refused.value.problems]


def unfilled(name: str, example: str) -> Problem:
    return Problem(name, f"must be filled in, for example {example!r}")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"colour": "red"},
        {"mediamtx": {"rtmp_port": 0}},
        {"web": {"domain": fill_in("DOMAIN", "video.company.net")}},
        {"turn": {"secret": secret("nobody-has-it")}},
        {"web": {"tls": {"certificate": "/nowhere/at/all.pem"}}},
    ],
)
def test_nothing_is_judged_before_it_is_read(data: dict[str, Any]) -> None:
    draft = environment(secrets="given", **data)

    assert problems(draft)


def test_settings_are_read_once() -> None:
    draft = environment(**LAB)

    assert draft.read() is draft.read()


@pytest.mark.parametrize("name", THREE_MACHINES)
def test_value_that_is_not_filled_in_is_one_finding_however_often_it_is_used(name: str) -> None:
    values = {key: value for key, value in THREE_MACHINES.items() if key != name}

    assert problems(environment(**filled_in(values))) == [unfilled(name, THREE_MACHINES[name])]


def test_placeholders_of_the_same_name_are_one_finding() -> None:
    name = fill_in("NAME", "video.company.net")
    address = fill_in("ADDRESS", "198.51.100.10")
    turn = {"domain": name, "address": address, "secret": PASSWORD}
    draft = environment(**merged(LAB, {"public_address": address, "web": {"domain": name}, "turn": turn}))

    assert problems(draft) == [unfilled("ADDRESS", "198.51.100.10"), unfilled("NAME", "video.company.net")]


def test_all_that_is_wrong_comes_at_once() -> None:
    values = {key: value for key, value in THREE_MACHINES.items() if key != "TURN_ADDRESS"}
    more = {
        "mediamtx": {
            "rtmp_port": 80,
            "monitor": {"password": secret("nobody-has-it")},
            "paths": {"webcam": {"publisher": {"password": "short"}}},
        },
        "web": {"origins": ["*"]},
    }

    found = problems(environment(**merged(filled_in(values), {**more, "secrets": "given"})))

    assert [problem.place for problem in found] == [
        "TURN_ADDRESS",
        "mediamtx.monitor.password",
        "mediamtx.rtmp_port",
        "mediamtx.paths.webcam.publisher.password",
        "web.origins.0",
    ]


def test_shipped_production_lacks_exactly_what_its_head_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TURN", "MONITOR", "PUBLISH_WEBCAM", "VIEW_WEBCAM"):
        monkeypatch.delenv(f"ENVIVO_PROD_{name}", raising=False)

    found = problems(shipped("prod")["settings"], "group_data/prod.py")

    names = [problem.place for problem in found if "must be filled in" in problem.message]
    assert sorted(names) == sorted(THREE_MACHINES)
    assert [problem.place for problem in found if problem.message == "is missing"] == [
        "turn.secret",
        "mediamtx.monitor.password",
        "mediamtx.paths.webcam.publisher.password",
        "mediamtx.paths.webcam.viewers.0.password",
    ]
    assert len(found) == len(names) + 4
