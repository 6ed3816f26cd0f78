"""A full disk, with a real MediaMTX: recordings stop, the picture goes on, and both go on once there is space."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import av
import pytest

from envivo.orchestration.environment import Environment
from envivo.roles.media import retention
from envivo.roles.media.recordings_mount import RECORDINGS
from tests.patience import patient, until
from tests.unit.doors.doors import PUBLISHED
from tests.unit.doors.real_mediamtx import HOST, loopback_mediamtx, settings
from tests.unit.doors.test_every_name import Broadcast
from tests.unit.probes.videos import fmp4

MIB = 1024**2
OWN = [] if os.geteuid() == 0 else ["--user"]
OLD = "2026-01-{:02}_10-00-00-000000+0000.mp4"


class Viewer(threading.Thread):
    """Decodes one picture after the other over one RTSP connection."""

    def __init__(self, its: Environment) -> None:
        super().__init__(daemon=True)
        self.pictures, self.ended = 0, threading.Event()
        self._url = f"rtsp://{HOST}:{its.mediamtx.rtsp_port}/webcam"

    def run(self) -> None:
        with av.open(self._url, options={"rtsp_transport": "tcp"}, timeout=patient(10)) as container:
            for _ in container.decode(video=0):
                self.pictures += 1
                if self.ended.is_set():
                    return

    def sees_more(self, number: int = 20) -> bool:
        """So many pictures after those that it has, over the same connection."""
        goal = self.pictures + number
        return until(lambda seen: seen >= goal, lambda: self.pictures, 20, 0.05) >= goal


class Host:
    """Where MediaMTX has a small file system for its recordings, which nobody else sees."""

    def __init__(self, directory: Path, mediamtx: Path) -> None:
        self.recordings = directory / "recordings"
        self.recordings.mkdir()
        self.program = directory / "mediamtx-on-a-small-disk"
        mount = f'mount -t tmpfs -o size=16m none {self.recordings} && exec {mediamtx} "$1"'
        user = "--user --map-root-user" if OWN else ""
        self.program.write_text(f"#!/bin/sh\nexec unshare {user} --mount sh -c '{mount}' sh \"$1\"\n")
        self.program.chmod(0o755)
        self.pid = 0

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        inside = ["nsenter", "--target", str(self.pid), *OWN, "--mount", "sh"]
        return subprocess.run(inside, input=script, capture_output=True, text=True, check=False, timeout=patient(20))

    @property
    def free(self) -> int:
        """Bytes."""
        there = os.statvfs(f"/proc/{self.pid}/root{self.recordings}")
        return there.f_bavail * there.f_frsize

    def files(self) -> dict[str, int]:
        """Name of each recording -> size."""
        said = self.run(f"cd {self.recordings} && find . -name '*.mp4' -printf '%P %s\\n'").stdout
        return {name: int(size) for name, size in (line.split() for line in said.splitlines())}


def test_each_path_has_its_own_age_and_former_ones_the_general_one(tmp_path: Path, mediamtx_program: Path) -> None:
    """Also one that is not recorded any more, and one whose name begins another's."""
    ages: dict[str, dict[str, Any]] = {
        "off": {"record": False},
        "on": {},
        "short": {"delete_after": "10m"},
        "on/for": {"delete_after": "0s"},
    }
    its = settings({name: {**PUBLISHED, **more} for name, more in ages.items()})
    ago = {"hour": 3600, "month": 30 * 86400}
    files = {}
    for place, (age, seconds) in product((*ages, "gone"), ago.items()):
        name = time.strftime("%Y-%m-%d_%H-%M-%S-000000Z.mp4", time.gmtime(time.time() - seconds))
        file = files[place, age] = tmp_path / "recordings" / place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("pictures")
        os.utime(file, (time.time() - seconds,) * 2)
    kept = {("off", "hour"), ("on", "hour"), ("on/for", "hour"), ("on/for", "month"), ("gone", "hour")}

    def there() -> set[tuple[str, str]]:
        return {key for key, file in files.items() if file.exists()}

    with loopback_mediamtx(its, tmp_path, mediamtx_program):
        theirs = kept | {("gone", "month")}
        assert until(lambda left: left == theirs, there, 20, 0.05) == theirs
        script = retention.script(its.media).replace(RECORDINGS, str(tmp_path / "recordings"))
        enough = script.replace(f"amount={2 * MIB} -v share=5", "amount=1 -v share=0")
        subprocess.run(["sh"], input=enough, text=True, check=True, timeout=patient(20))
        assert there() == kept


@pytest.fixture
def host(tmp_path: Path, mediamtx_program: Path) -> Iterator[Host]:
    yield Host(tmp_path, mediamtx_program)


def test_full_disk_costs_recordings_never_the_picture_and_recovers_by_itself(host: Host, tmp_path: Path) -> None:
    video = tmp_path / "video.mp4"
    video.write_bytes(fmp4(seconds=2, bitrate="100k"))
    its = settings({"webcam": {**PUBLISHED, "delete_after": "0s"}})
    with loopback_mediamtx(its, tmp_path, host.program) as server:
        host.pid = server.pid
        broadcast, viewer = Broadcast(its, video), Viewer(its)
        broadcast.start()
        try:
            assert until(bool, lambda: any(host.files().values()), 20, 0.1), "it records"
            viewer.start()
            assert viewer.sees_more()

            # what was recorded before, of this path and of a former one, and something that is not ours
            for place, day in (("webcam", 1), ("gone", 2), ("gone", 3)):
                old = f"{host.recordings}/{place}/{OLD.format(day)}"
                host.run(f"mkdir -p {host.recordings}/{place}; head -c 3M /dev/zero >{old}; touch -d '5 min ago' {old}")
            host.run(f"cat /dev/zero >{host.recordings}/ballast")
            assert host.free == 0
            before = max(host.files())
            said = tmp_path / "mediamtx.log"
            assert until(bool, lambda: "no space left on device" in said.read_text(), 20, 0.1), said.read_text()
            assert viewer.sees_more(), "the picture goes on while the disk is full"

            script = retention.script(its.media).replace(RECORDINGS, str(host.recordings))
            done = host.run(script.replace(f"amount={2 * MIB}", f"amount={5 * 1024}"))

            assert done.stdout.startswith("deleted ") and done.stderr == "", done
            assert host.free >= 5 * MIB
            left = host.files()
            assert "gone/" + OLD.format(3) in left and "webcam/" + OLD.format(1) not in left, "the oldest of all"
            assert until(
                bool, lambda: any(size for name, size in host.files().items() if name > before and "gone" not in name),
                20, 0.1,
            ), "it records again by itself"  # fmt: skip
            assert viewer.sees_more(), "over the same connection"
            assert broadcast.failed is None
        finally:
            viewer.ended.set()
            broadcast.ended.set()
            broadcast.join(patient(20))
