"""What the agent does while something is missing, and when it comes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.patience import until
from tests.unit.agent.clips import clip
from tests.unit.agent.live import SERVER, Agent, Document, agent, mediamtx
from tests.unit.ports import free_ports

pytestmark = pytest.mark.usefixtures("installed")


@contextmanager
def _started(document: Document, program: Path, directory: Path) -> Iterator[Agent]:
    password = document["publish"]["password"]
    with (
        mediamtx(program, directory, password) as server,
        agent(document, directory, host=SERVER, port=server.ports["rtsp"]) as publisher,
    ):
        yield publisher


def test_agent_waits_for_a_clip_and_plays_it_when_it_comes(small: Document, program: Path, tmp_path: Path) -> None:
    made, wanted = clip(tmp_path, "made.mp4"), tmp_path / "clip.mp4"
    small["source"] = {"kind": "file", "file": str(wanted)}
    with _started(small, program, tmp_path) as publisher:
        assert until(lambda state: state == "waiting-camera", publisher.state, 10, 0.1) == "waiting-camera"
        status = publisher.status()
        assert status["reason"].startswith(f"waiting-camera: {wanted} does not exist, or may not be read: ")
        assert set(status["restarts"].values()) == {0}
        made.replace(wanted)
        assert until(lambda state: state == "live", publisher.state, 10, 0.1) == "live", publisher.said()


def test_agent_says_what_is_wrong_with_a_clip_that_is_none(small: Document, program: Path, tmp_path: Path) -> None:
    file = tmp_path / "clip.mp4"
    file.write_text("no clip\n" * 1000)
    small["source"] = {"kind": "file", "file": str(file)}
    with _started(small, program, tmp_path) as publisher:
        status = until(lambda status: bool(status.get("last_error")), publisher.status, 10, 0.1)
        assert (status["state"], status["restarts"]["camera"] > 0) == ("waiting-camera", True), publisher.said()
        assert status["last_error"].startswith(f"{file} cannot be played: ")


def test_agent_waits_for_a_server_and_publishes_when_it_comes(small: Document, program: Path, tmp_path: Path) -> None:
    (closed,) = free_ports(1)
    with agent(small, tmp_path, host=SERVER, port=closed) as publisher:
        status = until(lambda status: f"{SERVER}:{closed}" in status.get("last_error", ""), publisher.status, 30, 0.1)
        assert f"{SERVER}:{closed}" in status["last_error"], publisher.said()
        assert status["state"] in ("waiting-server", "connecting")
        assert (status["frames_sent"], status["bytes_sent"], status["fps"]) == (0, 0, 0)
        with mediamtx(program, tmp_path, small["publish"]["password"]) as server:
            small["publish"]["port"] = server.ports["rtsp"]
            publisher.reads_again(small)
            assert until(lambda state: state == "live", publisher.state, 10, 0.1) == "live", publisher.said()
            assert publisher.status()["restarts"]["server"] >= 1
