"""Changed settings of cameras, deployed to Debian 12 and 13: what restarts, what reconnects, what is heard."""

from collections.abc import Iterator

import pytest

from tests.e2e.camera_agent import Document
from tests.e2e.camera_bed import HOSTS, SECOND, Bed, now

WRITTEN, RUN = (
    "Cameras | Install the agent and the configuration of each camera",
    "Cameras | Start an agent for each camera",
)
BOTH = sorted(HOSTS.values())
OPUS, AAC = "Opus", "MPEG-4 Audio"


@pytest.fixture(autouse=True, scope="module")
def as_before(bed: Bed) -> Iterator[None]:
    bed.restart()
    yield
    bed.deploy()


def changed(**settings: object) -> dict[str, Document]:
    """Of both cameras that fail."""
    return {name: dict(settings) for name in HOSTS}


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
@pytest.mark.parametrize(("protocol", "codec"), [("rtsp", OPUS), ("rtmp", AAC)])
def test_sound_is_what_the_protocol_carries(bed: Bed, protocol: str, codec: str) -> None:
    """Where browsers do not hear it, the deploy says so."""
    since = now()
    words = f"{{}}] cameras.{{}}: over {protocol}, its sound is AAC, which browsers play over HLS"
    warnings = [words.format(host, name) for name, host in HOSTS.items() if codec == AAC]
    bed.deploy(*warnings, **changed(audio="test", protocol=protocol))
    bed.reach("live", since, {OPUS: "Opus", AAC: "AAC"}[codec])
    bed.live_again(now())
    tracks = {name: path["tracks"] for name, path in bed.paths().items()}
    assert tracks == {**{name: ["H264", codec] for name in HOSTS}, SECOND: ["H264", OPUS]}
