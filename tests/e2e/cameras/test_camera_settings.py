"""Changed settings of cameras, deployed to Debian 12 and 13: what restarts, what reconnects, what is heard."""

from collections.abc import Iterator

import pytest

from tests.e2e.camera_agent import Document
from tests.e2e.camera_bed import HOSTS, PASSWORDS, SECOND, Bed, now

WRITTEN, RUN = (
    "Cameras | Write the agent and the configuration of each camera",
    "Cameras | Run an agent for each camera",
)
BOTH = sorted(HOSTS.values())
TONE = {"audio": "test"}
OPUS, AAC = ("H264", "Opus"), ("H264", "MPEG-4 Audio")


@pytest.fixture(autouse=True, scope="module")
def as_before(bed: Bed) -> Iterator[None]:
    bed.restart()
    yield
    bed.deploy()


def changed(**settings: object) -> dict[str, Document]:
    """Of both cameras that fail."""
    return {name: dict(settings) for name in HOSTS}


def tracks(bed: Bed) -> dict[str, tuple[str, ...]]:
    return {name: tuple(path["tracks"]) for name, path in bed.paths().items()}


def test_changed_bitrate_is_taken_without_a_new_connection(bed: Bed) -> None:
    bed.deploy()
    processes, sessions, since = bed.processes(), bed.sessions(), now()

    assert bed.deploy(**changed(bitrate_kbps=300)) == {WRITTEN: BOTH, RUN: BOTH}

    seen = bed.reach("live", since, " 300 kbit/s")
    assert (bed.processes(), bed.sessions()) == (processes, sessions)
    assert all(sum(one.status["restarts"].values()) == 0 for one in seen)
    assert bed.deploy(**changed(bitrate_kbps=300)) == {}


@pytest.mark.proof
def test_changed_size_is_a_new_connection_of_the_same_process(bed: Bed) -> None:
    processes, sessions, since = bed.processes(), bed.sessions(), now()

    assert bed.deploy(**changed(width=480, height=270)) == {WRITTEN: BOTH, RUN: BOTH}

    bed.reach("live", since, "480x270")
    bed.live_again(now())
    assert bed.processes() == processes
    after = bed.sessions()
    assert {name for name, session in after.items() if sessions[name] != session} == set(HOSTS)


@pytest.mark.proof
def test_sound_over_rtsp_is_opus(bed: Bed) -> None:
    since = now()
    bed.deploy(**changed(**TONE))
    bed.reach("live", since, "Opus")
    bed.live_again(now())
    assert tracks(bed) == dict.fromkeys(PASSWORDS, OPUS)


@pytest.mark.proof
def test_sound_over_rtmp_is_aac_and_the_deploy_says_who_does_not_hear_it(bed: Bed) -> None:
    since = now()
    words = [
        f"{host}] cameras.{name}: over rtmp its sound is AAC, which no browser plays over WebRTC"
        for name, host in HOSTS.items()
    ]
    bed.deploy(*words, **changed(**TONE, protocol="rtmp"))
    bed.reach("live", since, "AAC")
    bed.live_again(now())
    assert tracks(bed) == {**dict.fromkeys(HOSTS, AAC), SECOND: OPUS}
