"""Which recordings the script of envivo-retention.service deletes, on a disk of files whose size `df` is told."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from subprocess import CompletedProcess
from typing import Any

import pytest

from envivo.roles.media import retention
from envivo.roles.media.recordings_mount import RECORDINGS
from tests.unit.operations.programs import Programs
from tests.unit.operations.shell import sh
from tests.unit.settings.environments import PASSWORD, lab

KIB = 1024
TOTAL = 4000
"""KiB, of the disk."""
HOUR = 3600
PATHS = {name: {"publisher": {"user": "u", "password": PASSWORD}} for name in ("webcam", "live", "live/door")}


class Disk:
    def __init__(self, directory: Path) -> None:
        self.recordings = directory / "recordings"
        self.recordings.mkdir()
        self.programs = Programs(directory)
        self.total = TOTAL
        self.script = directory / "nowhere"
        """As it is on the host."""

    def record(self, place: str, hours_ago: float, kib: int = 100, changed_ago_s: float = HOUR) -> str:
        """A file that began so many hours ago. Its place."""
        began = time.time() - hours_ago * HOUR
        name = time.strftime("%Y-%m-%d_%H-%M-%S", time.gmtime(began)) + f"-{int(began * 1e6) % 10**6:06}+0000.mp4"
        return self.put(f"{place}/{name}", kib, changed_ago_s)

    def put(self, place: str, kib: int = 100, changed_ago_s: float = HOUR) -> str:
        file = self.recordings / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * kib * KIB)
        os.utime(file, (time.time() - changed_ago_s,) * 2)
        return place

    @property
    def left(self) -> list[str]:
        return sorted(str(file.relative_to(self.recordings)) for file in self.recordings.rglob("*") if file.is_file())

    def run(self, *asked: int, used: int = 0, **recording: Any) -> CompletedProcess[str]:
        """The script; `used`: KiB of the disk that others have. 1 MiB has to be free where nothing else is said."""
        wanted = {"min_free": "1M", "min_free_percent": 0, **recording}
        script = retention.script(lab(mediamtx={"paths": PATHS, "recording": wanted}).media)
        self.programs.add(
            "df",
            f"echo Filesystem; find . -type f -printf '%k\\n' | "
            f'awk \'{{ s += $1 }} END {{ print "disk {self.total} 0", {self.total - used} - s, "x%" }}\'',
        )
        text = script.replace(RECORDINGS, str(self.recordings)).replace(retention.SCRIPT, str(self.script))
        return sh(f"set -- {' '.join(map(str, asked))}\n{text}", PATH=self.programs.path)


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def test_oldest_of_all_paths_go_until_enough_is_free(disk: Disk) -> None:
    """4000 KiB, of which 3000 are recorded: 24 have to go."""
    files = [disk.record(("webcam", "live/door", "live")[n % 3], hours_ago=40 - n, kib=100) for n in range(30)]

    done = disk.run()

    assert disk.left == sorted(files[1:])
    assert done.stdout.startswith("deleted 1 recordings, from 20") and done.returncode == 0


@pytest.mark.parametrize(
    ("budget", "deleted"),
    [
        ({"min_free": "1M"}, 1), ({"min_free": "2M"}, 11), ({"min_free_percent": 30}, 2),
        ({"min_free_percent": 40, "min_free": "2M"}, 11), ({"min_free_percent": 90}, 26),
    ],
)  # fmt: skip
def test_greater_of_amount_and_share_is_left_free(disk: Disk, budget: Mapping[str, Any], deleted: int) -> None:
    files = [disk.record("webcam", hours_ago=40 - n) for n in range(30)]
    disk.run(**budget)
    assert disk.left == sorted(files[deleted:])


def test_nothing_goes_while_enough_is_free(disk: Disk) -> None:
    files = [disk.record("webcam", hours_ago=200), disk.record("live", hours_ago=1)]
    done = disk.run()
    assert (disk.left, done.stdout, done.stderr, done.returncode) == (sorted(files), "", "", 0)


def test_file_that_is_open_or_was_just_written_stays_whatever_is_free(disk: Disk) -> None:
    """However old its name: on a full disk a file that is written to does not change any more."""
    held = disk.record("webcam", hours_ago=300)
    young = disk.record("live", hours_ago=299, changed_ago_s=5)
    closed = disk.record("live", hours_ago=1)
    with (disk.recordings / held).open("ab"):
        done = disk.run(used=TOTAL)
    assert disk.left == sorted([held, young])
    assert "something else fills the disk" in done.stderr and done.returncode == 0
    assert closed not in disk.left


def test_file_from_a_clock_that_was_ahead_is_not_kept_for_ever(disk: Disk) -> None:
    disk.record("webcam", hours_ago=1, changed_ago_s=-9 * HOUR)
    disk.run(used=TOTAL)
    assert disk.left == []


def test_former_paths_go_at_their_age_and_those_of_the_settings_are_left_to_mediamtx(disk: Disk) -> None:
    for former in ("gone", "live/gone", "webcam/deep", "door", "live/door/x"):
        disk.record(former, hours_ago=30, changed_ago_s=25 * HOUR)
    kept = [disk.record(name, hours_ago=30, changed_ago_s=25 * HOUR) for name in PATHS]
    kept.append(disk.record("gone", hours_ago=20, changed_ago_s=20 * HOUR))

    disk.run(delete_after="24h")

    assert disk.left == sorted(kept)


def test_former_paths_stay_for_a_day_after_the_deploy_but_not_where_space_is_short(disk: Disk, tmp_path: Path) -> None:
    former = disk.record("gone", hours_ago=300, changed_ago_s=300 * HOUR)
    kept = disk.record("webcam", hours_ago=2)
    disk.script = tmp_path / "script"
    disk.script.touch()
    disk.run(delete_after="24h")
    assert disk.left == sorted([former, kept])
    disk.run(delete_after="24h", used=TOTAL - KIB - 150)
    assert disk.left == [kept]
    former = disk.record("gone", hours_ago=300, changed_ago_s=300 * HOUR)
    os.utime(disk.script, (time.time() - 25 * HOUR,) * 2)
    disk.run(1, delete_after="24h")
    assert disk.left == sorted([former, kept]), "a deploy looks for space alone"
    disk.run(delete_after="24h")
    assert disk.left == [kept]


def test_file_that_cannot_be_deleted_is_an_error_and_not_counted(disk: Disk) -> None:
    """As on a disk that is mounted read-only."""
    file = disk.record("webcam", hours_ago=40)
    disk.programs.add("rm", "echo \"rm: cannot remove '$3': Read-only file system\" >&2; exit 1")
    done = disk.run(used=TOTAL)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"recordings cannot be deleted: rm: cannot remove './{file}': Read-only file system\n"


def test_former_paths_stay_where_age_deletes_nothing_but_give_way_to_the_others(disk: Disk) -> None:
    """Their recordings are the oldest sooner or later."""
    former = disk.record("gone", hours_ago=5000, changed_ago_s=4999 * HOUR)
    disk.run(delete_after="0s")
    assert disk.left == [former]
    newer = disk.record("webcam", hours_ago=2)
    disk.run(delete_after="0s", used=TOTAL - KIB - 150)
    assert disk.left == [newer]


def test_empty_files_and_directories_go(disk: Disk) -> None:
    """MediaMTX makes an empty file every three seconds while its disk is full."""
    disk.record("webcam", hours_ago=1, kib=0)
    young = disk.record("webcam", hours_ago=1, kib=0, changed_ago_s=3)
    (disk.recordings / "gone/deep").mkdir(parents=True)
    for directory in ("gone/deep", "gone"):
        os.utime(disk.recordings / directory, (1e9, 1e9))
    disk.run()
    assert disk.left == [young]
    assert not (disk.recordings / "gone").exists()


FOREIGN = (
    "notes.txt", "webcam/film.mp4", "2026-11-30_10-00-00-000000+0000.mp4", "webcam/2026-11-30_10-00-00-000000+0000.mov",
    "web cam/2026-11-30_10-00-00-000000+0000.mp4", "x\n/2026-11-30_10-00-00-000000+0000.mp4",
    "webcam/2026-11-30_10-00-00-000000+0000.mp4\nwebcam", "webcam/a/../2026", "webcam/-rf",
)  # fmt: skip


@pytest.mark.parametrize("place", FOREIGN)
def test_what_is_not_a_recording_by_its_name_is_left_alone(disk: Disk, place: str) -> None:
    file = disk.put(place, changed_ago_s=9000 * HOUR)
    disk.run(used=TOTAL, delete_after="24h")
    assert (disk.recordings / file).exists()


def test_links_are_neither_followed_nor_deleted(disk: Disk, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    name = "2026-01-01_10-00-00-000000+0000.mp4"
    (outside / name).write_text("mine")
    os.utime(outside / name, (1e9, 1e9))
    (disk.recordings / "gone").symlink_to(outside)
    (disk.recordings / "webcam").mkdir()
    (disk.recordings / "webcam" / name).symlink_to(outside / name)
    disk.run(used=TOTAL)
    assert (outside / name).read_text() == "mine"
    assert (disk.recordings / "webcam" / name).is_symlink()


def test_deploy_gets_the_space_that_it_asks_for_or_fails(disk: Disk) -> None:
    files = [disk.record("webcam", hours_ago=40 - n) for n in range(30)]
    assert disk.run(2000).returncode == 0
    assert disk.left == sorted(files[10:])
    failed = disk.run(3999, used=100)
    assert failed.returncode == 1 and "no recording is left to delete" in failed.stderr


@pytest.mark.parametrize("seed", range(12))
def test_of_any_recordings_only_what_is_older_than_the_rest_goes_and_no_more_than_needed(disk: Disk, seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - the same ones each time
    hours = draw.sample(range(1, 2000), 25)
    sizes: dict[str, int] = {}
    held: list[str] = []
    for hour in hours:
        place = draw.choice([*PATHS, "gone", "gone/deep"])
        file = disk.record(place, hours_ago=hour, kib=draw.choice((4, 40, 200)), changed_ago_s=draw.choice((9, HOUR)))
        sizes[file] = (disk.recordings / file).stat().st_blocks // 2
        if draw.random() < 0.2 or (disk.recordings / file).stat().st_mtime > time.time() - 60:
            held.append(file)
    disk.total = draw.randrange(sum(sizes.values()), sum(sizes.values()) + 2000)
    with ExitStack() as stack:
        for file in held:
            stack.enter_context((disk.recordings / file).open("ab"))
        disk.run(delete_after="0s")

    left, free = disk.left, disk.total - sum(sizes[file] for file in disk.left)
    gone = [file for file in sizes if file not in left]
    assert not set(gone) & set(held)
    closed = by_time(file for file in sizes if file not in held)
    assert by_time(gone) == closed[: len(gone)], "the oldest"
    assert free >= KIB or len(gone) == len(closed)
    assert not gone or free - sizes[by_time(gone)[-1]] < KIB, "no more than needed"


def by_time(places: Any) -> Sequence[str]:
    return sorted(places, key=lambda place: Path(place).name)


def test_script_is_for_any_number_of_paths() -> None:
    paths = {f"{'n' * 240}/{n}": {"publisher": {"user": "u", "password": PASSWORD}} for n in range(1000)}
    text = retention.script(lab(mediamtx={"paths": paths}).media)
    assert sh("sh -n", stdin=text).stderr == ""


def test_timer_runs_what_is_on_the_disk() -> None:
    script, service, timer = retention.files(lab().media)
    assert set(retention.unit().reads) == {script.path, service.path, timer.path}
    assert f"ExecStart={script.path}\n" in service.content.decode() and script.mode == "755"
    assert retention.kib("2G") == 2 * 1024**2 and retention.kib("1T") == 1024**3
