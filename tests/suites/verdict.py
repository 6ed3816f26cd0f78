"""What a pytest process reports: each test with its outcome and time, logs of hosts after a failure.

A skip that is not on the list fails the run: what is skipped is proved nowhere.
"""

import json
import os
import re
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
import tomllib

from envivo.core.paths import PROJECT as ROOT
from envivo.lab import topology
from tests.e2e.lab import RESULTS, SUITE, UP
from tests.suites.failure import failing_line, first_error
from tests.suites.summary import NOT_RUN

ALLOWED_SKIPS = ROOT / "tests" / "allowed_skips.toml"
FAILURES_WITH_LOGS = 5


def results() -> Path | None:
    return Path(os.environ[RESULTS]) if RESULTS in os.environ else None


def allowed_skips() -> dict[str, str]:
    """Beginning of a node id -> why its tests may be skipped."""
    reasons: dict[str, str] = tomllib.loads(ALLOWED_SKIPS.read_text())
    return reasons


class Verdict:
    """The plugin; of a process of pytest-xdist's workers it does nothing."""

    def __init__(self, config: pytest.Config) -> None:
        self.suite = os.environ.get(SUITE, "pytest")
        self.allowed = tuple(allowed_skips())
        self.skipped: list[str] = []
        self.collected: dict[str, None] = {}
        self.begun: set[str] = set()
        self.failed = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        outcome = str(report.outcome)
        self.begun.add(report.nodeid)
        if outcome == "skipped" and not hasattr(report, "wasxfail") and not report.nodeid.startswith(self.allowed):
            self.skipped.append(report.nodeid)
        folder = results()
        if folder and (report.when == "call" or outcome != "passed" or report.duration > 1):
            self.write(folder, report, str(report.when), round(report.duration, 2))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and (folder := results()):
            self.write(folder, report, "collection", 0)

    def write(self, folder: Path, report: pytest.TestReport | pytest.CollectReport, when: str, seconds: float) -> None:
        row = {"test": report.nodeid, "when": when, "outcome": str(report.outcome), "seconds": seconds}
        if row["outcome"] in ("rerun", "failed"):
            text = report.longreprtext
            row["at"], row["error"] = failing_line(text, report.nodeid), first_error(text)
            row["why"] = text[-2000:]
        with (folder / f"{self.suite}.jsonl").open("a") as file:
            file.write(json.dumps(row) + "\n")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        folder = results()
        if report.failed and folder and self.failed < FAILURES_WITH_LOGS:
            self.failed += 1
            keep_logs(folder / "hosts" / re.sub(r"[^\w.-]+", "-", item.nodeid.rpartition("/")[2]))
        return report

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.collected |= dict.fromkeys(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self.collected |= dict.fromkeys(ids)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        left = [test for test in self.collected if test not in self.begun]
        if left and (folder := results()) and not session.config.option.collectonly:
            (folder / f"{self.suite}{NOT_RUN}").write_text("".join(f"{test}\n" for test in left))
        if self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for test in self.skipped:
            terminalreporter.write_line(f"{test}: is skipped: make it run, or give a reason in {ALLOWED_SKIPS.name}")


LOGS = """journalctl --no-pager -o short-precise -n 4000
echo; systemctl --no-pager --failed; docker ps -a 2>/dev/null
for c in $(docker ps -aq 2>/dev/null); do echo "== $c"; docker logs -t --tail 1000 "$c" 2>&1; done
cat /run/envivo-agent/*.json 2>/dev/null; ss -Hlntup; true"""


def keep_logs(folder: Path) -> None:
    """Journal, containers and ports of each lab host that is up now."""
    for lab in UP:
        for host in (host.name for host in topology.named(lab.topology).hosts if host.over_ssh):
            folder.mkdir(parents=True, exist_ok=True)
            try:
                said = lab.run(host, LOGS, check=False)
            except subprocess.TimeoutExpired as error:
                (folder / f"{host}.log").write_text(f"{error}\n")
            else:
                (folder / f"{host}.log").write_text(said.stdout + said.stderr)
