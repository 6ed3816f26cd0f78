"""An IP camera, deployed to Debian 12 and 13: MediaMTX on the media host stands in for it, with the second camera's
test picture, which wants no password to be watched.
"""

import json
from collections.abc import Iterator

import pytest

from tests.e2e.camera_agent import Document
from tests.e2e.camera_bed import HOSTS, MEDIA, SECOND, Bed, now

SIZE = "320x180"


@pytest.fixture(autouse=True, scope="module")
def as_before(bed: Bed) -> Iterator[None]:
    bed.restart()
    yield
    bed.deploy()


def changed(bed: Bed, path: str, **settings: object) -> dict[str, Document]:
    url = f"rtsp://{bed.lab.hosts[MEDIA]}:8554/{path}"
    return {name: {"source": "rtsp", "url": url, **settings} for name in HOSTS}


def report(bed: Bed, *command: str) -> tuple[int, Document]:
    done = bed.envivo(*command, "--json")
    assert done.out, done.err
    told: Document = json.loads(done.out)
    return done.code, told


def test_camera_passes_through_with_its_sound_and_every_command_knows_it(bed: Bed) -> None:
    since = now()
    bed.deploy(**changed(bed, SECOND, audio="camera"))
    # the camera that was configured before has this size, too
    seen = bed.reach("live", since, "passed through")
    assert all(f"{SIZE} at " in one.status["mode"] and "sound Opus" in one.status["mode"] for one in seen)
    bed.live_again(now())
    assert all(path["tracks"] == ["H264", "Opus"] for path in bed.paths().values())

    code, told = report(bed, "camera", "diagnose", "lab")
    assert (code, told["findings"]) == (0, [])
    rows = [row for row in told["steps"] if row["camera"] in HOSTS and row["step"] == "capture"]
    assert len(rows) == len(HOSTS) and all("passed through" in row["what"] for row in rows)
    code, told = report(bed, "status", "lab")
    assert [one for one in told["findings"] if one["host"] in HOSTS.values()] == []
    code, told = report(bed, "check", "lab")
    assert [one for one in told["findings"] if one["code"] == "source-missing"] == []


def test_path_that_the_camera_does_not_know_is_named_by_the_agent_and_by_its_diagnosis(bed: Bed) -> None:
    since = now()
    bed.deploy(**changed(bed, "nobody"))
    words = "nobody: the camera does not accept this path (400 Bad Request): fix the path in url"
    bed.reach("waiting-camera", since, words)
    code, told = report(bed, "camera", "diagnose", "lab")
    assert code == 1
    found = {one["host"]: one for one in told["findings"]}
    assert {found[host]["code"] for host in HOSTS.values()} == {"camera-source"}
    assert all("does not accept this path (400 Bad Request)" in found[host]["message"] for host in HOSTS.values())


def test_camera_is_transcoded_where_that_is_configured(bed: Bed) -> None:
    since = now()
    bed.deploy(**changed(bed, SECOND, mode="transcode", width=160, height=90))
    seen = bed.reach("live", since, "160x90 at ")
    assert all((one.status["encoder"], "transcoded (as configured)" in one.status["mode"]) == ("x264enc", True)
               for one in seen)  # fmt: skip
    bed.live_again(now())
