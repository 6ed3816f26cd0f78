"""Options of every run of tests, and the topology `pair`: deployed to by tests/e2e/pair, looked at by tests/browser."""

import gc
import signal
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.lab import Lab, SettingsOf, fresh
from tests.suites.verdict import Verdict

WITH_SOUND = {"cameras": {"webcam": {"audio": "test"}}}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--proofs", default="all", help="tests marked `proof` that are run: all, none, or those below PATH[,PATH...]"
    )


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # until all tests are collected, which are there to stay: a third of the time of collecting them
    # ignored by what a shell starts in the background or nohup starts, and by all that such a run starts in turn
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if not hasattr(config, "workerinput"):  # pytest-xdist's workers report to their controller
        config.pluginmanager.register(Verdict(config))


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.getoption("--proofs")
    if wanted == "all":
        return
    paths = tuple(str(config.rootpath / path) for path in wanted.split(","))
    left_out = [i for i in items if i.get_closest_marker("proof") and not str(i.path).startswith(paths)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Prints a figure also where the test passes."""

    def now(figure: str) -> None:
        with capsys.disabled():
            print(f"\n    {figure}", flush=True)

    return now


@pytest.fixture(scope="session")
def bare_pair() -> Iterator[Lab]:
    """media1 and cam1 as they come from the distribution."""
    yield from fresh("pair", ready=False)


@pytest.fixture(scope="session")
def pair(bare_pair: Lab, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """media1 and cam1, deployed to: what group_data/lab.py says, and a tone as the camera's sound."""
    lab = bare_pair.with_settings(SettingsOf(tmp_path_factory.mktemp("pair"), WITH_SOUND)())
    lab.deploy()
    return lab
