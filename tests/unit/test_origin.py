"""Where a difference comes from, by what the last deploy brought."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from envivo.core.paths import COMPOSE_FILE
from envivo.operations.reasons import NOT_IN_USE, RECREATED, Difference
from envivo.plan.origin import BOTH, HOST, SETTINGS, UNKNOWN, Past, origin
from envivo.state import kept
from envivo.state.file_states import FileState
from envivo.state.kept import answer, drifted, question
from envivo.state.release import KeptFile, Release
from tests.unit.operations.shell import lines

PAGE, YML, OLD = "/opt/envivo/page", "/etc/envivo/m.yml", "/etc/envivo/old.json"
AS_BROUGHT = FileState("644", "root", "root", "a" * 64, "f")
AGENT = "envivo-agent@webcam.service"
FILES = {path: KeptFile(path, "a" * 64, "644", "root", "root") for path in (PAGE, YML, OLD, COMPOSE_FILE)}
LAST = Release(3, "2026-11-30T19:00:00+00:00", "alice@laptop", "0.1.0", "d", tuple(FILES.values()),
               {"envivo/caddy:1": "sha256:1"}, (AGENT,))  # fmt: skip
SAME = Past(LAST, dict.fromkeys(FILES, AS_BROUGHT), FILES)
EDITED = SAME._replace(states={**SAME.states, PAGE: AS_BROUGHT._replace(mode="666")})
"""The page was changed by hand."""
NEW = {path: file for path, file in FILES.items() if path != OLD}
NEW[PAGE] = FILES[PAGE]._replace(sha256="b" * 64)
"""Other settings: another page, and one file less."""


@pytest.mark.parametrize(
    ("difference", "past", "where"),
    [
        (Difference(PAGE, "has mode 666 instead of 644"), EDITED, HOST),
        (Difference(PAGE, "has other content"), SAME._replace(wanted=NEW), SETTINGS),
        (Difference(PAGE, "has other content"), EDITED._replace(wanted=NEW), BOTH),
        (Difference(PAGE, "is missing"), SAME._replace(states={}), HOST),
        (Difference("/etc/new", "is missing"), SAME._replace(wanted={**FILES, "/etc/new": FILES[PAGE]}), SETTINGS),
        (Difference(OLD, "does not belong there", removes=True), SAME._replace(wanted=NEW), SETTINGS),
        (Difference("/opt/envivo/more", "does not belong there", removes=True), SAME._replace(wanted=NEW), HOST),
        (Difference(YML, NOT_IN_USE), SAME._replace(wanted=NEW), HOST),
        (Difference(AGENT, "does not run"), SAME._replace(wanted=NEW), HOST),
        (Difference(AGENT, "is no longer configured", removes=True), SAME._replace(wanted=NEW), SETTINGS),
        (Difference("envivo-new.service", "does not run"), SAME._replace(wanted=NEW), UNKNOWN),
        (Difference("the container caddy", "is not there"), SAME._replace(wanted=NEW), HOST),
        (Difference("the container caddy", RECREATED), SAME._replace(wanted=NEW), HOST),
        (
            Difference("the container caddy", RECREATED),
            SAME._replace(wanted={**NEW, COMPOSE_FILE: NEW[PAGE]}),
            SETTINGS,
        ),
        (Difference("the image envivo/caddy:1", "is not loaded"), SAME._replace(wanted=NEW), HOST),
        (Difference("the image envivo/caddy:2", "is not loaded"), SAME._replace(wanted=NEW), SETTINGS),
        (Difference("MediaMTX and Caddy", f"is no longer configured ({OLD})", removes=True),
         SAME._replace(wanted=NEW), SETTINGS),
        (Difference("coturn", "is no longer configured (/etc/envivo/turn)", removes=True),
         SAME._replace(wanted=NEW), HOST),
        # of a package nobody knows whether the last deploy needed it, unless nothing else is wanted now
        (Difference("curl", "is not installed"), SAME._replace(wanted=NEW), UNKNOWN),
        (Difference("curl", "is not installed"), SAME, HOST),
        (Difference("net.ipv4.x", "is 1024 instead of 80"), SAME, HOST),
        (Difference(PAGE, "is missing"), None, UNKNOWN),
    ],
)  # fmt: skip
def test_origin_is_what_differs_from_the_last_deploy(difference: Difference, past: Past | None, where: str) -> None:
    assert origin(difference, past) == where


def test_drift_is_what_is_not_as_it_was_brought() -> None:
    assert drifted(LAST, SAME.states) == []
    assert drifted(LAST, EDITED.states) == [PAGE]
    assert drifted(LAST, {**SAME.states, PAGE: AS_BROUGHT._replace(link=True)}) == [PAGE]
    assert drifted(LAST, {}) == list(FILES)


def test_release_and_states_are_read_in_one_command() -> None:
    found, states = answer([LAST.text, f"644|root|root|f|{PAGE}", f"{'a' * 64}  {PAGE}", ""])

    assert found == replace(LAST, files=list(LAST.files), units=list(LAST.units))
    assert set(drifted(found, states)) == {*FILES} - {PAGE}


def test_drift_is_found_by_a_real_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "CURRENT", tmp_path / "current")
    (tmp_path / "current").mkdir()
    as_it_was, edited, gone = (tmp_path / name for name in ("as it was", "it's edited", "gone"))
    made = []
    for path in (as_it_was, edited, gone):
        path.write_bytes(b"brought")
        mode = f"{path.stat().st_mode & 0o777:o}"
        made.append(KeptFile(str(path), hashlib.sha256(b"brought").hexdigest(), mode, path.owner(), path.group()))
    (tmp_path / "current" / "release.json").write_text(replace(LAST, files=made).text)
    (tmp_path / "current" / "paths").write_text("".join(f"{file.path}\n" for file in made))
    edited.write_bytes(b"by hand")
    gone.unlink()

    found, states = answer(lines(question()))

    assert found is not None and drifted(found, states) == [str(edited), str(gone)]


def test_host_without_a_record_has_none() -> None:
    assert answer(lines(question())) == (None, {})
