"""How long a disk holds the recordings, and what is said of it."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from envivo.orchestration.environment import Environment
from envivo.remote import CommandResult
from envivo.roles.media import budget, forecast, retention
from envivo.roles.media.forecast import Disk, Stored, Stream
from envivo.roles.media.recordings_mount import RECORDINGS
from envivo.verify.engine import Observation, Warned
from envivo.verify.findings import Finding
from tests.unit.operations.shell import sh
from tests.unit.roles.test_from_outside import media
from tests.unit.settings.environments import PASSWORD, lab

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
GB = 1e9 / 1024
"""KiB."""
HOUR, DAY = 3600, 86400
PUBLISHED = {"publisher": {"user": "u", "password": PASSWORD}}
DEFAULTS: dict[str, Any] = {"cameras": {"webcam": {"source": "v4l2"}}}


def disk(gigabytes: float, free: float, **paths: Stored) -> Disk:
    return Disk(NOW, int(gigabytes * GB), int(free * GB), paths)


def said(settings: Environment, there: Disk) -> str:
    return forecast.words(forecast.forecast(settings.media, there), there, settings.media)


def test_defaults_fill_40_gb_in_a_day_and_a_third_and_say_so() -> None:
    """One camera at 2500 kbit/s for 168 h is 189 GB; 2.1 GB stay free."""
    assert said(lab(**DEFAULTS), disk(40, 38.15)) == (
        "recordings: 1 path writes 27 GB a day, 36 GB are left: full on 2026-12-01 20:00 UTC; "
        "recordings are then deleted when 32h old instead of 168h"
    )


@pytest.mark.parametrize(
    ("more", "there", "words"),
    [
        (DEFAULTS, disk(500, 480), "455 GB are left, which is enough for delete_after"),
        ({**DEFAULTS, "mediamtx": {"recording": {"delete_after": "24h"}}}, disk(40, 38), "which is enough"),
        ({**DEFAULTS, "mediamtx": {"paths": {"webcam": {"delete_after": "24h"}}}}, disk(40, 38), "which is enough"),
        ({**DEFAULTS, "mediamtx": {"paths": {"webcam": {"record": False}}}}, disk(40, 38), ""),
        # age deletes nothing: nothing goes before its age
        ({**DEFAULTS, "mediamtx": {"recording": {"delete_after": "0s"}}}, disk(40, 38),
         "recordings are then deleted when 31h old"),
        ({"cameras": {"webcam": {"source": "test", "audio": "test", "bitrate_kbps": 936}}}, disk(900, 800),
         "1 path writes 11 GB a day"),
        ({"mediamtx": {"paths": {"obs": PUBLISHED}}}, disk(900, 800),
         "1 path writes 27 GB a day (obs not counted: bit rate not known yet)"),
        # a day of 50 GB that nobody of ours publishes
        ({"mediamtx": {"paths": {"obs": PUBLISHED}}}, disk(900, 800, obs=Stored(int(50 * GB), DAY, int(50 * GB))),
         "2 paths write 77 GB a day"),
        ({"mediamtx": {"paths": {"obs": PUBLISHED}}}, disk(900, 800, obs=Stored(int(2 * GB), HOUR, int(2 * GB))),
         "2 paths write 75 GB a day"),
        # full already
        (DEFAULTS, disk(40, 1, webcam=Stored(int(27 * GB), DAY, int(27 * GB))),
         "0 B are left: full on 2026-11-30 12:00 UTC; recordings are then deleted when 22h old"),
    ],
)  # fmt: skip
def test_sentence_says_rate_room_and_date(more: Mapping[str, Any], there: Disk, words: str) -> None:
    text = said(lab(**more), there)
    assert words in text and bool(words) is bool(text)


def test_path_that_is_as_old_as_it_may_get_takes_no_more() -> None:
    """167 of 168 h are there: one more hour, then as much goes as comes."""
    week = Stored(int(188 * GB), 167 * HOUR, int(27 * GB))
    assert "which is enough" in said(lab(**DEFAULTS), disk(250, 20, webcam=week))
    assert "full on" in said(lab(**DEFAULTS), disk(250, 13, webcam=week))


@pytest.mark.parametrize("seed", range(40))
def test_filling_is_what_comes_of_adding_up_second_by_second(seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - the same ones each time
    streams = [
        Stream(draw.choice((1, 2, 5)), draw.choice((50, 120, math.inf)), draw.choice((0, 40, 60)))
        for _ in range(draw.randrange(4))
    ]
    kib = draw.choice((0, 1, 77, 400, 2000))
    grown, at = 0.0, 0
    while grown <= kib and at < 5000:
        grown += sum(stream.kib_s for stream in streams if at < stream.kept_s - stream.oldest_s)
        at += 1

    found = forecast.fills_in(streams, kib)

    assert math.isinf(found) if at == 5000 else at - 1 <= found <= at


@pytest.mark.parametrize("hours", [1, 5, 13, 40, 100])
def test_age_that_is_recommended_fits(hours: int) -> None:
    """Whatever the disk: with it nothing goes before its age."""
    there = disk(300, 15 + 2.25 * hours, webcam=Stored(int(3 * GB), 2 * HOUR, int(3 * GB)))
    found = forecast.forecast(lab(cameras={"webcam": {"bitrate_kbps": 5000}}).media, there)
    assert found.cut == ["webcam"]
    age = forecast.age(found.lasts_s)
    assert f'"delete_after": "{age}"' in forecast.remedy(found)
    fits = lab(cameras={"webcam": {"bitrate_kbps": 5000}}, mediamtx={"recording": {"delete_after": age}})
    assert forecast.forecast(fits.media, there).cut == ()


class Host:
    """In place of a shell."""

    def __init__(self, timer: str, output: str) -> None:
        self._timer, self._output = timer, output

    def run(self, command: str) -> CommandResult:
        return CommandResult(0, self._timer if command.startswith("systemctl") else self._output, "")


def findings(monkeypatch: pytest.MonkeyPatch, output: str, timer: str = "active", **more: Any) -> list[Any]:
    target = media(**more)
    monkeypatch.setattr(type(target.shell), "run", Host(f"ActiveState={timer}\n", output).run)
    return list(budget.kept(target))


def printed(free_gb: float, *paths: str) -> str:
    now = int(NOW.timestamp())
    return "\n".join([f"now {now}", f"disk {int(40 * GB)} {int(free_gb * GB)}", *paths]) + "\n"


def test_week_that_a_disk_does_not_hold_is_said_in_time_and_found_when_it_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (early,) = findings(monkeypatch, printed(38), **DEFAULTS)
    assert isinstance(early, Warned) and "full on 2026-12-01" in early and '{"delete_after": "31h"}' in early
    (late,) = findings(monkeypatch, printed(3, f"path webcam {int(30 * GB)} {30 * HOUR} {int(27 * GB)}"), **DEFAULTS)
    assert isinstance(late, Finding) and late.code == "recordings-cut"
    assert "full on 2026-11-30 12:" in late.message and 'in mediamtx, set "recording": {"delete_after": "2' in late.fix


def test_recordings_that_are_kept_as_long_as_there_is_space_are_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    forever = {**DEFAULTS, "mediamtx": {"recording": {"delete_after": "0s"}}}
    (only,) = findings(monkeypatch, printed(2, f"path webcam {int(30 * GB)} 999999 {int(27 * GB)}"), **forever)
    assert isinstance(only, Observation) and not isinstance(only, Warned)


def test_recordings_of_former_paths_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    former = f"path live/pond {int(3.4 * GB)} 5000 0"
    *_, told = findings(monkeypatch, printed(38, former), **DEFAULTS)
    words = "recordings of former paths, kept until 168h old, and for a day after a deploy: live/pond (3.4 GB)"
    assert told == words
    assert forecast.said(lab(**DEFAULTS).media, printed(38, former)).endswith(f"168h; {words}")


def test_stopped_timer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *_ = findings(monkeypatch, printed(38), timer="inactive", **DEFAULTS)
    assert isinstance(first, Finding) and first.code == "retention-stopped"
    assert "envivo restart ENV retention" in first.fix


def test_retention_that_fails_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the disk is read-only."""
    target = media(**DEFAULTS)

    def run(_shell: object, command: str) -> CommandResult:
        state = "failed" if retention.SERVICE in command else "active"
        return CommandResult(0, f"ActiveState={state}\n" if command.startswith("systemctl") else printed(38), "")

    monkeypatch.setattr(type(target.shell), "run", run)
    first, *_ = budget.kept(target)
    assert isinstance(first, Finding) and (first.code, first.fix) == (
        "retention-failed", "envivo logs ENV retention says why",
    )  # fmt: skip


@pytest.mark.parametrize(
    "output", ["", "disk 1", "Welcome\n", "now x\ndisk 1 2", "path a 1 2\n", "disk 1 2\npath a b c d"]
)
def test_answer_that_is_not_understood_stops_no_deploy(output: str) -> None:
    assert forecast.said(lab(**DEFAULTS).media, output) == ""


def test_disk_is_measured_as_it_is(tmp_path: Path) -> None:
    for place, kib in (("webcam", 8), ("webcam", 4), ("live/door", 12)):
        directory = tmp_path / place
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"2026-11-30_10-00-00-{kib:06}+0000.mp4").write_bytes(b"x" * kib * 1024)
    (tmp_path / "webcam/notes.txt").write_text("not counted")

    done = sh(forecast.ASK.replace(RECORDINGS, str(tmp_path)))
    there = forecast.parse(done.stdout)

    assert there and done.stderr == ""
    assert {path: (stored.kib, stored.day_kib) for path, stored in there.paths.items()} == {
        "webcam": (12, 12), "live/door": (12, 12),
    }  # fmt: skip
    assert there.kib > there.free_kib > 0
    assert forecast.parse(sh(forecast.ASK.replace(RECORDINGS, "/nowhere")).stdout) is None
