"""Paths, publishers and viewers as a real MediaMTX lists them, without passwords."""

from contextlib import suppress
from pathlib import Path

import pytest
import requests

from envivo.core.errors import EnvivoError
from envivo.orchestration.environment import Environment
from envivo.probes.sessions import Server
from envivo.remote import CommandResult
from envivo.roles.media import overview, viewers
from envivo.roles.role import Context, Target
from envivo.state.deployed import QUESTION
from envivo.status.rows import Row
from tests.patience import patient, until
from tests.unit.doors.real_mediamtx import HOST, settings
from tests.unit.doors.test_owners import Here, published, served
from tests.unit.probes.videos import HEIGHT, WIDTH
from tests.unit.settings.environments import PASSWORD


class Deployed(Here):
    """To which envivo was deployed."""

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        return CommandResult(0, "release\nknown\n", "") if command == QUESTION else super().run(command, within_s)


def asked(of: Environment, directory: Path) -> CommandResult:
    return Here(of, directory).run(overview.sessions(of.media, 0.1), int(patient(20)))


def seen(of: Environment, directory: Path) -> Server:
    return overview.answered(of.media, asked(of, directory).out)[1]


def watched(of: Environment) -> None:
    # MediaMTX knows the viewer at once. It answers once it has enough pictures: those of RTMP came before it kept any.
    with suppress(requests.ReadTimeout):
        requests.get(f"http://{HOST}:{of.mediamtx.hls.port}/obs/index.m3u8", timeout=(patient(10), patient(0.5)))


@pytest.mark.parametrize("protocol", ["rtsp", "rtmp"])
def test_publisher_and_viewer_are_listed_and_no_password(mediamtx_program: Path, tmp_path: Path, protocol: str) -> None:
    with served(tmp_path, mediamtx_program, "60s") as of, published(of, "obs", protocol):
        assert until(lambda now: now.paths["obs"].state.published, lambda: seen(of, tmp_path), 10)
        watched(of)
        answer = asked(of, tmp_path).out
        server = overview.answered(of.media, answer)[1]
        publisher = server.publisher(server.paths["obs"])
        assert publisher
        assert (publisher.protocol, publisher.address, publisher.user) == (protocol.upper(), HOST, "obs")
        (viewer,) = server.viewers("obs")
        assert (viewer.way, viewer.address) == ("HLS", HOST)
        assert (server.viewers("webcam"), server.paths["webcam"].state.published) == ([], False)
        assert PASSWORD not in answer

        question, *_ = overview.overview(of.media, Context("media1", ()))
        shown = {item.name: item for item in question.read(answer) if isinstance(item, Row)}
        cells = shown["obs"].cells
        assert (cells["state"], cells["publisher"]) == ("live", f"{HOST} over {protocol.upper()}")
        assert (cells["video"], cells["size"], cells["sound"]) == ("H264", f"{WIDTH}x{HEIGHT}", "none")
        assert cells["viewers"] == "1 HLS"


def test_password_would_be_in_the_list_without_the_filter(mediamtx_program: Path, tmp_path: Path) -> None:
    with served(tmp_path, mediamtx_program, "60s") as of, published(of, "obs", "rtmp"):
        assert until(lambda now: now.paths["obs"].state.published, lambda: seen(of, tmp_path), 10)
        monitor = of.mediamtx.monitor
        auth = (monitor.user, monitor.password.get_secret_value())
        url = f"http://{HOST}:{of.mediamtx.api_port}/v3/rtmpconns/list"
        assert PASSWORD in requests.get(url, auth=auth, timeout=patient(10)).text


def test_a_session_that_is_ended_is_gone_and_one_that_had_left_is_named(mediamtx_program: Path, tmp_path: Path) -> None:
    with served(tmp_path, mediamtx_program, "60s") as of, published(of, "obs"):
        assert until(lambda now: now.paths["obs"].state.published, lambda: seen(of, tmp_path), 10)
        watched(of)
        here = Target(HOST, of.media, Here(of, tmp_path), Context("media1", ()))  # type: ignore[arg-type]
        _, found = viewers.viewers(here, "obs")
        assert [session.protocol for session in found] == ["HLS"]
        assert viewers.viewers(here, "webcam")[1] == []
        assert viewers.end(here, found) == []
        assert viewers.viewers(here)[1] == []
        assert viewers.end(here, found) == found


def test_a_mediamtx_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    of = settings({})
    here = Target(HOST, of.media, Deployed(of, tmp_path), Context("media1", ()))  # type: ignore[arg-type]
    with pytest.raises(EnvivoError, match=f"media1: .* 127.0.0.1:{of.mediamtx.api_port} does not answer"):
        viewers.viewers(here)
