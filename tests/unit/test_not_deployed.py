"""Of a host from which envivo was removed, or to which nothing was deployed yet, commands say so, and what to do."""

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from envivo.cli.history import kept_by
from envivo.core.errors import EnvivoError
from envivo.core.paths import OPT
from envivo.operations import lease
from envivo.orchestration.control import held, maintenance
from envivo.orchestration.control.order import Verb, stages
from envivo.orchestration.deploying import journal
from envivo.orchestration.overview import Overview, arranged, of_host
from envivo.orchestration.removing.hosts import Removed
from envivo.orchestration.target import Place
from envivo.orchestration.verification import checks
from envivo.plan.planning import Plan
from envivo.remote import CommandResult
from envivo.roles.media.viewers import viewers
from envivo.state import deployed
from envivo.state.deployed import Absent, absent
from envivo.state.release import DIRECTORY, listing
from envivo.status.rendering import verdict
from envivo.status.rows import HOSTS
from envivo.verify.engine import findings, run_checks
from envivo.verify.findings import Finding
from tests.unit.overview.hosts import placed
from tests.unit.settings.environments import drafted

CAMERAS = {"webcam": {"host": "cam1", "source": "test"}}
HERE = list(placed(drafted(cameras=CAMERAS), {"media1": ["media"], "cam1": ["cameras"]}).values())
REMOVED = json.dumps({"at": "2026-11-30T10:02:11+00:00", "by": "alice@laptop", "did": "remove media1", "ok": True})
LOGGED = json.dumps({**json.loads(REMOVED), "release": 0, "cause": ""})
DEPLOYED = json.dumps({"at": "2026-11-30T10:02:11+00:00", "by": "alice@laptop", "did": "deploy", "ok": True})
WORDS = "envivo is not deployed (alice@laptop removed it, 2026-11-30 10:02:11 UTC)"


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("known\n", Absent()),
        ("release\nprograms\nknown\n", None),
        # a deploy that was broken off, or one that kept no release
        ("programs\nknown\n", None),
        (f"programs\n{DEPLOYED}\nknown\n", None),
        (f"{REMOVED}\nknown\n", Absent("alice@laptop", "2026-11-30T10:02:11+00:00")),
        # files of others keep the directory
        (f"programs\n{REMOVED}\nknown\n", Absent("alice@laptop", "2026-11-30T10:02:11+00:00")),
        # deployed again
        (f"release\nprograms\n{REMOVED}\nknown\n", None),
        (f"programs\n{REMOVED.replace('true', 'false')}\nknown\n", None),
        ("{\nknown\n", Absent()),
    ],
)
def test_host_without_release_and_programs_or_with_a_removal_is_not_deployed(output: str, found: Absent | None) -> None:
    assert absent(output) == found


@pytest.mark.parametrize("output", ["", "release\n", "programs"])
def test_answer_that_is_cut_off_says_nothing(output: str) -> None:
    with pytest.raises(ValueError, match="not whether"):
        absent(output)


def test_it_is_said_who_removed_it_and_when() -> None:
    assert absent(f"{REMOVED}\nknown\n") == Absent("alice@laptop", "2026-11-30T10:02:11+00:00")
    assert Absent("alice@laptop", "2026-11-30T10:02:11+00:00").words == WORDS
    assert Absent().words == "envivo is not deployed"


def test_the_question_is_answered_by_a_shell(tmp_path: Path) -> None:
    question = deployed.QUESTION.replace(DIRECTORY, str(tmp_path / "releases")).replace(OPT, str(tmp_path / "opt"))

    def ask() -> Absent | None:
        return absent(subprocess.run(["sh", "-c", question], capture_output=True, text=True, check=True).stdout)

    assert ask() == Absent()
    (tmp_path / "opt").mkdir()
    assert ask() is None
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "log").write_text(f"{DEPLOYED}\n{REMOVED}\n")
    assert ask() == Absent("alice@laptop", "2026-11-30T10:02:11+00:00")
    (tmp_path / "releases" / "1").mkdir()
    (tmp_path / "releases" / "current").symlink_to("1")
    assert ask() is None


class Bare:
    """A host that says that nothing is deployed, and of nothing else how it is."""

    def __init__(self, answer: str = f"{REMOVED}\nknown\n") -> None:
        self._answer = answer

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        if command == deployed.QUESTION:
            return CommandResult(0, self._answer, "")
        if command == listing():
            return CommandResult(0, "0\n", "")
        if command.startswith(f"cat {deployed.LOG}"):
            return CommandResult(0, f"{LOGGED}\n", "")
        if mark := re.search(r'printf "\\n(envivo-[0-9a-f]+) 0\\n"', command):
            return CommandResult(0, f"\n{mark[1]} 0\n{self._answer}\n{mark[1]} 1\nsomething\n", "")
        return CommandResult(0 if command == "id -u" else 1, "0\n", "")


def bare(*names: str) -> list[Place]:
    there: Any = Bare("release\nknown\n")
    away: Any = Bare()
    return [replace(place, shell=away if place.name in names else there) for place in HERE]


def seen(*names: str) -> Overview:
    hosts = [place for place in bare(*names) if place.name in names]
    return arranged([item for place in hosts for item in of_host(place)])


def test_status_says_it_of_a_host_and_nothing_else() -> None:
    now = seen("media1", "cam1")
    assert [(finding.host, finding.code, finding.fix) for finding in now.findings] == [
        ("media1", "not-deployed", "envivo deploy ENV"),
        ("cam1", "not-deployed", "envivo deploy ENV"),
    ]
    assert all(finding.message.startswith(f"{WORDS}, so ") for finding in now.findings)
    assert {row.section for row in now.rows} == {HOSTS}
    assert [row.cells["last change"] for row in now.rows] == ["not deployed", "not deployed"]
    assert verdict("lab", now.findings).plain == "lab: envivo is not deployed on media1, cam1"


@pytest.mark.parametrize(
    ("gone", "follows"),
    [
        ("media1", Finding("cam1", "agent-not-live", "webcam: its agent does not publish (no answer)", "diagnose")),
        ("cam1", Finding("cam1", "not-publishing", "nobody publishes to webcam", "diagnose", subjects=("webcam",))),
    ],
)
def test_status_does_not_say_of_others_what_only_follows_from_it(gone: str, follows: Finding) -> None:
    other = Finding("cam1", "disk-full", "its disk is full", "remove something")
    items = [item for place in bare(gone) if place.name == gone for item in of_host(place)]
    assert [finding.code for finding in arranged([*items, follows, other]).findings] == ["not-deployed", "disk-full"]


def test_verify_says_it_of_each_host_once() -> None:
    found = findings(run_checks(checks(bare("media1", "cam1"), lambda host: Plan(()))).values())
    assert [(finding.host, finding.code, finding.message, finding.fix) for finding in found] == [
        (host, "not-deployed", WORDS, "envivo deploy ENV") for host in ("media1", "cam1")
    ]


@pytest.mark.parametrize("verb", Verb)
def test_nothing_is_started_or_stopped_there_and_others_are(verb: Verb) -> None:
    hosts = bare("media1")
    found, left = held.without_absent(hosts, stages(hosts, verb))
    assert [str(finding) for finding in found] == [f"media1: {WORDS}: envivo deploy ENV"]
    assert [list(stage) for stage in left] == [["cam1"]]
    found, left = held.without_absent(hosts, stages(hosts, verb, "mediamtx"))
    assert (len(found), left) == (1, [])


@pytest.mark.parametrize(
    "act",
    [
        lambda media: viewers(media.target(media.settings.media)),
        lambda media: maintenance.switch(media, True),
        lambda media: maintenance.switch(media, False),
    ],
    ids=["viewers", "maintenance on", "maintenance off"],
)
def test_commands_about_viewers_say_it(act: Callable[[Place], object]) -> None:
    with pytest.raises(EnvivoError) as error:
        act(bare("media1")[0])
    assert (error.value.what, error.value.fix) == (WORDS, "envivo deploy ENV")


def test_removal_is_in_the_history_of_host_and_project_as_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(journal, "STATE", tmp_path)
    assert journal.read_here("lab") == []
    done = Removed("media1", ("MediaMTX and Caddy",))
    entry = done.entry("alice@laptop", purge=False)
    journal.note_here("lab", entry)
    assert {*journal.read_here("lab"), done.entry("alice@laptop", purge=False)} == {entry}
    assert (entry.did, entry.ok, entry.at) == ("remove media1", True, done.at)
    assert not Removed("media1", findings=(Finding("media1", "still-there", "x", "y"),)).entry("a", True).ok


def test_history_lists_removals_once_and_hosts_without_envivo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(journal, "STATE", tmp_path)
    (removal,) = journal.parse(LOGGED)
    purge = journal.entry("alice@laptop", "purge cam1", 0)
    for entry in (removal, purge):
        journal.note_here("lab", entry)
    shells: Any = {"media1": Bare(), "cam1": Bare("release\nknown\n")}
    history = kept_by("lab", shells)
    assert history.runs == [removal, purge]
    assert [(finding.host, finding.fix) for finding in history.absent] == [("media1", "envivo deploy ENV")]


@pytest.mark.parametrize("begins", [True, False])
@pytest.mark.parametrize("there", [True, False])
def test_a_removal_begins_no_history_on_a_host_that_keeps_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, begins: bool, there: bool
) -> None:
    def run_here(_shell: object, _mine: object, script: str, within_s: int) -> str:
        subprocess.run(["sh", "-ec", script.replace(DIRECTORY, str(folder))], check=True, timeout=within_s)
        return ""

    folder = tmp_path / "releases"
    if there:
        folder.mkdir()
        (folder / "log").write_text(f"{LOGGED}\n")
    monkeypatch.setattr(journal, "run_held", run_here)
    shell: Any = Bare()
    made = journal.entry("alice@laptop", "remove media1", 0)
    journal.note_on(shell, lease.ours(), made, begins)
    kept = journal.parse((folder / "log").read_text()) if folder.exists() else []
    assert kept == [*(journal.parse(LOGGED) if there else ()), *([made] if begins or there else ())]
