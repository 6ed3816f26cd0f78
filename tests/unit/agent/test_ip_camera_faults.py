"""What the agent says of an IP camera that fails, and how soon it is live again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.patience import until
from tests.unit.agent.ip_cameras import IpCamera, ip_camera
from tests.unit.agent.live import SERVER, Agent, Document, agent, altered, mediamtx
from tests.unit.ports import free_ports

pytestmark = pytest.mark.usefixtures("installed")

PLACE = "rtsp://127.0.0.1:{port}/main"


@contextmanager
def _started(document: Document, program: Path, directory: Path) -> Iterator[Agent]:
    with (
        mediamtx(program, directory, document["publish"]["password"]) as server,
        agent(document, directory, host=SERVER, port=server.ports["rtsp"]) as publisher,
    ):
        yield publisher


def _reaches(publisher: Agent, state: str, words: str = "", within_s: float = 20) -> Document:
    def reached(status: Document) -> bool:
        return status.get("state") == state and words in status["reason"]

    status = until(reached, publisher.status, within_s, 0.05)
    assert reached(status), f"{status.get('reason')}\n{publisher.said()}"
    return status


@pytest.mark.parametrize(
    ("told", "source", "words"),
    [
        (
            {},
            {"password": "wrong"},
            f"{PLACE} refuses the user or the password (401): fix user and password",
        ),
        ({}, {"user": "", "password": ""}, f"{PLACE} wants a user and a password (401): set user and password"),
        ({}, {"url": "rtsp://127.0.0.1:{port}/sub"}, "/sub: the camera has no such stream (404): fix the path"),
        ({"codec": "", "sound": "pcma"}, {}, f"{PLACE} sends no video: take the address of one of its video streams"),
        ({"codec": "vp8"}, {}, f"{PLACE} sends VP8, which cannot be decoded here: choose H.264"),
        ({"bframes": 2}, {"mode": "passthrough"}, "which cannot be passed through: it has B-frames: choose H.264"),
        ({"codec": "h265"}, {"mode": "passthrough"}, "H.265 320x180 at 25 fps, which cannot be passed through"),
    ],
)
def test_agent_says_what_is_wrong_with_a_camera_and_takes_it_once_that_is_right(
    small: Document, program: Path, tmp_path: Path, told: dict[str, Any], source: dict[str, Any], words: str
) -> None:
    with ip_camera(tmp_path, **told) as camera:
        port = camera.told["port"]
        wrong = {key: value.format(port=port) for key, value in source.items()}
        small["source"] = camera.source(**wrong)
        with _started(small, program, tmp_path) as publisher:
            status = _reaches(publisher, "waiting-camera", words.format(port=port))
            assert status["frames_sent"] == 0
            if told:
                camera.off()
                camera.on(codec="h264", bframes=0)
            small["source"] = camera.source()
            publisher.reads_again(small)
            _reaches(publisher, "live")


def test_agent_waits_for_a_camera_that_is_switched_off(small: Document, program: Path, tmp_path: Path) -> None:
    with ip_camera(tmp_path) as camera:
        camera.off()
        small["source"] = camera.source()
        with _started(small, program, tmp_path) as publisher:
            _reaches(publisher, "waiting-camera", f"nothing listens at 127.0.0.1:{camera.told['port']}: switch RTSP on")
            camera.on()
            _reaches(publisher, "live", within_s=10)


def test_agent_names_one_that_takes_connections_and_never_answers(
    small: Document, program: Path, tmp_path: Path
) -> None:
    with ip_camera(tmp_path) as camera:
        small["source"] = camera.source()
        camera.freeze()
        with _started(small, program, tmp_path) as publisher:
            place = f"127.0.0.1:{camera.told['port']}"
            _reaches(publisher, "waiting-camera", f"{place} takes the connection, but does not answer")
            camera.thaw()
            _reaches(publisher, "live", within_s=12)


def _killed(camera: IpCamera) -> Callable[[], None]:
    camera.off()
    return camera.on


def _frozen(camera: IpCamera) -> Callable[[], None]:
    camera.freeze()
    return camera.thaw


def _silent(camera: IpCamera) -> Callable[[], None]:
    camera.hush("silent")
    return lambda: camera.hush("sending")


def _another_codec(camera: IpCamera) -> Callable[[], None]:
    camera.off()
    return lambda: camera.on(codec="h265")


@pytest.mark.parametrize(
    ("fails", "state", "words"),
    [
        (_killed, "waiting-camera", "ended the stream"),
        (_another_codec, "waiting-camera", "ended the stream"),
        (_frozen, "stalled", "the camera gave no frame for 3 s: see the camera's own page"),
        (_silent, "stalled", "the camera gave no frame for 3 s: see the camera's own page"),
    ],
)
def test_agent_sees_a_camera_fail_and_is_live_again_when_it_is_back(
    small: Document, program: Path, tmp_path: Path, fails: Callable[[IpCamera], Callable[[], None]], state: str,
    words: str,
) -> None:  # fmt: skip
    with ip_camera(tmp_path) as camera:
        small["source"] = camera.source()
        with _started(small, program, tmp_path) as publisher:
            _reaches(publisher, "live")
            repaired = fails(camera)
            _reaches(publisher, state, words, within_s=6)
            repaired()
            status = _reaches(publisher, "live", within_s=15)
            sent = status["frames_sent"]
            assert until(lambda status: status["frames_sent"] > sent + 25, publisher.status, 10, 0.2)["state"] == "live"
    assert ("transcoded" in status["mode"]) == (fails is _another_codec)


def test_what_is_no_camera_is_named(small: Document, program: Path, tmp_path: Path) -> None:
    """The metrics port of the agent itself answers HTTP."""
    (port,) = free_ports(1)
    small["metrics_port"] = port
    small["source"] = {"kind": "rtsp", "url": f"rtsp://{SERVER}:{port}/", "user": "", "password": "", "mode": "auto"}
    with _started(small, program, tmp_path) as publisher:
        _reaches(
            publisher, "waiting-camera", f"127.0.0.1:{port} does not speak RTSP: set url to the camera's RTSP port"
        )


def test_host_that_decodes_slower_than_the_camera_sends_shows_no_old_pictures(
    small: Document, program: Path, tmp_path: Path
) -> None:
    """Where all waits in rtspsrc, the pictures would be half as old as the stream is long."""
    slow = 'from envivo_agent.ipcam.carriage import DECODERS\nDECODERS["H264"] = DECODERS["H264"].replace('
    altered(tmp_path, f'{slow}"openh264dec", "identity sleep-time=80000 ! openh264dec")\n')
    with ip_camera(tmp_path) as camera:
        small["source"] = camera.source(mode="transcode")
        with _started(small, program, tmp_path) as publisher:
            _reaches(publisher, "live")
            status = _reaches(publisher, "waiting-camera", "this host cannot decode rtsp://", within_s=15)
            assert status["restarts"]["camera"] == 1
            _reaches(publisher, "live", within_s=10)
