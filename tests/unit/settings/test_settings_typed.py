"""Group data as typed objects. That mypy knows their names and types is tested by mypy, which reads this file."""

from collections.abc import Mapping
from typing import Any

import pytest

import envivo.settings
from envivo import environment, fill_in, secret
from envivo.cli.reference_files import markdown
from envivo.config.lazy import LazySettings
from envivo.config.reference import parts
from envivo.core.errors import SettingsError
from envivo.orchestration.environment import Environment, GroupData
from envivo.settings import Camera, Credentials, Hls, Mediamtx, Path, Person, Web
from tests.unit.settings.environments import PASSWORD

HERE = "tests/unit/settings/test_settings_typed.py"


def problems(draft: LazySettings[Environment]) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        draft.read()
    return [str(problem) for problem in refused.value.problems]


@pytest.fixture(autouse=True)
def _passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MONITOR", "PUBLISH", "VIEW", "GARDEN"):
        monkeypatch.setenv(f"ENVIVO_TEST_SETTINGS_TYPED_{name}", f"{PASSWORD}-{name}")


def test_typed_objects_and_dictionaries_are_the_same_settings() -> None:
    typed = environment(
        mediamtx=Mediamtx(
            monitor=Credentials(user="monitor", password=secret("monitor")),
            hls=Hls(segment_count=8),
            paths={
                "garden": Path(
                    publisher=Credentials(user="garden", password=secret("publish")),
                    viewers=(Person(user="ana", password=secret("view")),),
                    record=False,
                )
            },
        ),
        cameras={"garden": Camera(source="test", fps=15)},
    )
    plain = environment(
        mediamtx={
            "monitor": {"user": "monitor", "password": secret("monitor")},
            "hls": {"segment_count": 8},
            "paths": {
                "garden": {
                    "publisher": {"user": "garden", "password": secret("publish")},
                    "viewers": [{"user": "ana", "password": secret("view")}],
                    "record": False,
                }
            },
        },
        cameras={"garden": {"source": "test", "fps": 15}},
    )

    assert typed.read() == plain.read()


def test_typed_objects_may_stand_in_dictionaries() -> None:
    settings = environment(
        mediamtx={
            "monitor": Credentials(user="monitor", password=secret("monitor")),
            "paths": {"garden": Path(publisher=Credentials(user="garden", password=secret("publish")))},
        }
    ).read()

    assert settings.mediamtx.paths["garden"].publisher is not None


def test_what_is_wrong_in_typed_objects_is_said_when_they_are_read_and_all_at_once() -> None:
    draft = environment(
        secrets="given",
        mediamtx=Mediamtx(
            monitor=Credentials(user="monitor", password=secret("nobody-has-it")),
            hls=Hls(segments=7),  # type: ignore[call-arg]
            paths={"garden": Path(anonymous_publishing=True)},
        ),
        web=Web(domain=fill_in("DOMAIN", "video.company.net"), port=80),
    )

    assert [line.removeprefix(f"{HERE}: ").partition(":")[0] for line in problems(draft)] == [
        "mediamtx.monitor.password",
        "DOMAIN",
        "mediamtx.hls.segments",
        "web.port",
    ]


def test_type_checker_knows_names_and_types_of_the_settings() -> None:
    environment(mediamtx="x")  # type: ignore[arg-type]
    environment(colour="red")  # type: ignore[call-arg]
    Camera(source="webcam")  # type: ignore[arg-type]


def test_example_of_the_reference_is_read() -> None:
    example = markdown(Environment).partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    exec(compile(example, HERE, "exec"), names)  # noqa: S102 - as pyinfra does

    assert names["settings"].read().mediamtx.hls.segment_count == 10


def test_every_model_is_a_type_for_group_data() -> None:
    assert set(envivo.settings.__all__) == {part.model.__name__ for part in parts(Environment)} - {"Environment"}
    names: Mapping[str, Any] = vars(envivo.settings)
    assert all(names[name] is dict for name in envivo.settings.__all__)
    assert set(GroupData.__annotations__) == set(Environment.model_fields)
