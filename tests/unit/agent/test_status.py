"""The status file, which others read while it is written."""

import json
import os
import stat
from dataclasses import asdict
from pathlib import Path

import pytest
from envivo_agent.files import write_atomically
from envivo_agent.status import moment, write

from tests.unit.agent.statuses import status


def test_status_file_is_readable_by_all_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write(tmp_path / "webcam.json", status())
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "webcam.json").stat().st_mode) == 0o644


def test_status_file_holds_all_that_is_told(tmp_path: Path) -> None:
    told = status(last_frame_age_s=None, restarts={"camera": 3})
    write(tmp_path / "webcam.json", told)
    assert json.loads((tmp_path / "webcam.json").read_text()) == asdict(told)


def test_status_file_is_replaced_never_written_in_place(tmp_path: Path) -> None:
    file = tmp_path / "webcam.json"
    write(file, status())
    with file.open() as reader:
        before = file.stat().st_ino
        write(file, status(state="stalled"))
        assert json.loads(reader.read())["state"] == "live"
    assert json.loads(file.read_text())["state"] == "stalled"
    assert file.stat().st_ino != before
    assert [entry.name for entry in tmp_path.iterdir()] == ["webcam.json"]


@pytest.mark.parametrize(
    ("unix_s", "text"),
    [(0.0, "1970-01-01T00:00:00.000Z"), (1.5, "1970-01-01T00:00:01.500Z"), (1e9, "2001-09-09T01:46:40.000Z")],
)
def test_moment_is_utc_with_milliseconds(unix_s: float, text: str) -> None:
    assert moment(unix_s) == text


def test_file_takes_the_place_of_what_a_crash_left_half_written(tmp_path: Path) -> None:
    (tmp_path / ".notes.new").write_text("half of")
    write_atomically(tmp_path / "notes", "whole")
    assert [(entry.name, entry.read_text()) for entry in tmp_path.iterdir()] == [("notes", "whole")]


def test_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "notes"
    write_atomically(file, "old")
    (tmp_path / ".notes.new").mkdir()
    with pytest.raises(OSError):
        write_atomically(file, "new")
    assert file.read_text() == "old"
