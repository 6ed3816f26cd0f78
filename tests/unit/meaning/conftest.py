"""Programs to ask, once for all tests of a process."""

import sys
from collections.abc import Iterator

import pytest

from envivo.core.paths import PROJECT as ROOT
from tests.unit.meaning.programs import Programs, programs

sys.path[:0] = [str(ROOT / "agent"), str(ROOT / "tests/bench")]


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    from image_program import image_program

    directory = tmp_path_factory.mktemp("programs")
    with programs(image_program("mediamtx", directory), image_program("caddy", directory), directory) as both:
        yield both
