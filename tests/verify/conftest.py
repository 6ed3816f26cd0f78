"""`pytest tests/verify --inventory inventories/ENV.py`: the checks of `envivo verify ENV`, one test each."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT as ROOT
from envivo.orchestration import validation
from envivo.orchestration.verification import planned
from envivo.verify.engine import Check, Result, run_checks

_PLANNED = pytest.StashKey[list[Check]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--inventory", type=Path, help="of the environment to verify: inventories/ENV.py")
    parser.addoption("--group-data", type=Path, action="append", default=[], help="as pyinfra was given it")


def pytest_configure(config: pytest.Config) -> None:
    file = config.getoption("--inventory")
    if not file:
        pytest.exit("--inventory: is not given: name one, such as inventories/lab.py", returncode=2)
    try:
        read = validation.read(ROOT / file, config.getoption("--group-data"))
        ways = ExitStack()
        config.add_cleanup(ways.close)
        config.stash[_PLANNED] = ways.enter_context(planned(read))
    except EnvivoError as error:
        pytest.exit(str(error), returncode=error.exit_code)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "check" in metafunc.fixturenames:
        checks = metafunc.config.stash[_PLANNED]
        metafunc.parametrize("check", checks, ids=str)


@pytest.fixture(scope="session")
def env(request: pytest.FixtureRequest) -> str:
    return Path(request.config.getoption("--inventory")).stem


@pytest.fixture(scope="session")
def results(request: pytest.FixtureRequest) -> dict[Check, Result]:
    """Of the checks that were selected, all run at the same time."""
    callspecs = [getattr(item, "callspec", None) for item in request.session.items]
    return run_checks([callspec.params["check"] for callspec in callspecs if callspec and "check" in callspec.params])
