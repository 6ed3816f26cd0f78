"""Which hosts and programs a name stands for, and options of `envivo logs`."""

import pytest
from click.testing import CliRunner

from envivo.cli.logs import command
from envivo.core.errors import EnvivoError
from envivo.orchestration.logs import sources
from tests.unit.overview.hosts import placed
from tests.unit.settings.environments import drafted

PLACES = list(
    placed(
        drafted(cameras={"webcam": {"host": "cam1", "source": "test"}}), {"media1": ["media"], "cam1": ["cameras"]}
    ).values()
)
MEDIA = ["docker", "mediamtx", "caddy", "stack", "mount", "retention", "limits"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("", {"media1": MEDIA, "cam1": ["webcam"]}),
        ("media1", {"media1": MEDIA}),
        ("cam1", {"cam1": ["webcam"]}),
        ("webcam", {"cam1": ["webcam"]}),
        ("caddy", {"media1": ["caddy"]}),
        ("web", {"media1": ["caddy"]}),
    ],
)
def test_a_name_is_a_host_or_a_program(name: str, found: dict[str, list[str]]) -> None:
    assert {
        source.place.name: sorted(program.name for program in source.programs) for source in sources(PLACES, name)
    } == {host: sorted(programs) for host, programs in found.items()}


def test_another_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(
        EnvivoError,
        match=r"webcat: is not a host or program here: did you mean webcam\? Or choose one of media1, cam1",
    ):
        sources(PLACES, "webcat")


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--since", "yesterday"], "write a time as 10m, 2h, 3d or 2026-11-30T12:00"),
        (["--since=-5m"], "write a time as 10m"),
        (["--grep", "("], "is not a regular expression"),
    ],
)
def test_options_that_mean_nothing_are_refused(option: list[str], said: str) -> None:
    done = CliRunner().invoke(command, ["lab", *option])
    assert (done.exit_code, said in done.output) == (2, True)
