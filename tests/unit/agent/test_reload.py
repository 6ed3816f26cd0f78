"""SIGHUP: what changes without a new connection, what with one, and what not at all."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.patience import patient, until
from tests.unit.agent.clips import clip
from tests.unit.agent.live import FPS, SERVER, Agent, Document, agent, mediamtx, publishing
from tests.unit.agent.viewer import watch

pytestmark = pytest.mark.usefixtures("installed")


def _read_again(publisher: Agent, document: Document) -> None:
    publisher.reads_again(document)
    until(lambda said: "camera.json: read again" in said, publisher.said, 10, 0.1)
    assert "camera.json: read again" in publisher.said()


@pytest.mark.parametrize("encoder", ["x264", "openh264"])
def test_new_bitrate_is_taken_over_on_the_same_connection(
    small: Document, program: Path, tmp_path: Path, encoder: str
) -> None:
    small["source"] = {"kind": "file", "file": str(clip(tmp_path))}
    small["video"]["encoder"] = encoder
    with publishing(small, program, tmp_path) as (server, publisher):
        session = server.session()
        before = until(lambda status: 150 < (status["bitrate_kbps"] or 0) < 500, publisher.status, 12, 0.2)
        assert 150 < before["bitrate_kbps"] < 500, publisher.said()
        small["video"]["bitrate_kbps"] = 900
        _read_again(publisher, small)
        after = until(lambda status: 600 < (status["bitrate_kbps"] or 0) < 1200, publisher.status, 12, 0.2)
        assert 600 < after["bitrate_kbps"] < 1200, publisher.said()
        assert (server.session(), after["pid"], publisher.process.poll()) == (session, before["pid"], None)
        assert "900 kbit/s" in after["reason"]
        assert set(after["restarts"].values()) == {0}


def test_new_size_gives_a_new_session_of_the_same_process_and_is_no_error(
    small: Document, program: Path, tmp_path: Path
) -> None:
    with publishing(small, program, tmp_path) as (server, publisher):
        session, pid = server.session(), publisher.status()["pid"]
        small["video"].update(width=640, height=360)
        _read_again(publisher, small)
        assert until(lambda now: now not in ("", session), server.session, 15, 0.1) not in ("", session)
        assert watch(server, 2).video == ("Constrained Baseline", "yuv420p", 640, 360)
        status = until(lambda status: status["state"] == "live", publisher.status, 10, 0.1)
        assert (status["state"], status["pid"], publisher.process.poll()) == ("live", pid, None)
        assert "640x360" in status["reason"]
        assert set(status["restarts"].values()) == {0}
        said = until(lambda said: said.count("<5>live: ") == 2, publisher.said, 15, 0.1)
        assert {line[:3] for line in said.splitlines() if line.startswith("<")} == {"<5>", "<6>"}, said


def test_same_file_again_changes_nothing(small: Document, program: Path, tmp_path: Path) -> None:
    with publishing(small, program, tmp_path) as (server, publisher):
        session = server.session()
        _read_again(publisher, small)
        sent = publisher.status()["frames_sent"]
        assert until(lambda status: status["frames_sent"] > sent + 15, publisher.status, 10, 0.2)["state"] == "live"
        assert server.session() == session


def test_wrong_file_changes_nothing_and_its_findings_are_said(small: Document, program: Path, tmp_path: Path) -> None:
    with publishing(small, program, tmp_path) as (server, publisher):
        session = server.session()
        small["video"].update(width=640, height=360, fps=0)
        small["colour"] = "red"
        publisher.reads_again(small)
        until(lambda said: "colour: " in said, publisher.said, 10, 0.1)
        findings = [line for line in publisher.said().splitlines() if line.endswith("; going on as before")]
        file = tmp_path / "camera.json"
        assert findings[0] == (f"<3>{file}: video.fps: must be a whole number from 1 to 60, is 0; going on as before")
        assert [line.split(": ")[1] for line in findings] == ["video.fps", "colour"]
        sent = publisher.status()["frames_sent"]
        after = until(lambda status: status["frames_sent"] > sent + 15, publisher.status, 10, 0.2)
        assert (after["state"], server.session()) == ("live", session)
        assert "320x180" in after["reason"]


@pytest.mark.parametrize("server_first", [True, False])
def test_new_password_interrupts_no_viewer_and_is_used_by_the_next_connection(
    small: Document, program: Path, tmp_path: Path, server_first: bool
) -> None:
    second = "an0ther-s3cret"
    with publishing(small, program, tmp_path) as (server, publisher), ThreadPoolExecutor() as pool:
        session, begun = server.session(), publisher.status()["frames_sent"]
        viewer = pool.submit(watch, server, 10 * FPS)
        watching = until(lambda path: bool(path["readers"]), server.path, 15, 0.05)
        assert watching["readers"], publisher.said()
        small["publish"]["password"] = second
        if server_first:
            server.takes_password(second)
        _read_again(publisher, small)
        if not server_first:
            server.takes_password(second)
        seen = viewer.result()
        # no frame is missing: each comes one slot of the grid after the one before it
        assert {round(step * FPS) for step in seen.steps} == {1}, publisher.said()
        status = publisher.status()
        assert (server.session(), status["state"], sum(status["restarts"].values())) == (session, "live", 0)
        assert status["frames_sent"] > begun

        server.begins_anew()
        after = until(lambda now: now not in ("", session), server.session, 30, 0.1)
        assert after not in ("", session), publisher.said()
        assert "refuses the credentials" not in publisher.said()


def test_refused_agent_uses_a_new_password_at_once(small: Document, program: Path, tmp_path: Path) -> None:
    right = small["publish"]["password"]
    with mediamtx(program, tmp_path, right) as server:
        small["publish"].update(password="not-th3-right-one", host=SERVER, port=server.ports["rtsp"])
        with agent(small, tmp_path) as publisher:
            said = until(lambda said: "refuses the credentials" in said, publisher.said, 20, 0.1)
            assert "refuses the credentials" in said
            small["publish"]["password"] = right
            _read_again(publisher, small)
            assert until(lambda state: state == "live", publisher.state, 20, 0.1) == "live", publisher.said()


def test_password_that_is_read_again_is_as_secret_as_the_first(small: Document, program: Path, tmp_path: Path) -> None:
    first, second = small["publish"]["password"], "an0ther-s3cret"
    with publishing(small, program, tmp_path, "rtmp") as (_, publisher):
        small["publish"].update(password=second, path="elsewhere")
        _read_again(publisher, small)
        refused = until(lambda status: bool(status["last_error"]), publisher.status, 15, 0.1)
        assert refused["last_error"], publisher.said()
        assert all(word not in publisher.said() + str(publisher.status()) for word in (first, second))


def test_agent_that_ends_is_not_begun_again(small: Document, program: Path, tmp_path: Path) -> None:
    with publishing(small, program, tmp_path) as (_, publisher):
        publisher.process.send_signal(signal.SIGTERM)
        publisher.process.send_signal(signal.SIGHUP)
        assert publisher.process.wait(patient(10)) == 0
        assert publisher.state() == "stopped"
