"""Who keeps a path when two publish to it, on a real MediaMTX; and that it is said who that is."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import av
import pytest
import requests
from av.container import OutputContainer

from envivo.orchestration.environment import Environment
from envivo.remote import CommandResult
from envivo.roles.media import desired, publishers
from envivo.roles.role import Context, Target
from tests.patience import patient, until
from tests.unit.doors.real_mediamtx import HOST, loopback_mediamtx, settings
from tests.unit.ports import free_ports
from tests.unit.probes.videos import FPS, HEIGHT, WIDTH, drawn
from tests.unit.settings.environments import PASSWORD

OBS = {"publisher": {"user": "obs", "password": PASSWORD}}
USERS = {"webcam": "webcam", "obs": "obs"}


class Here:
    """A media host that is this machine."""

    def __init__(self, of: Environment, directory: Path) -> None:
        self._monitor = directory / "monitor.curl"
        monitor = of.mediamtx.monitor
        self._monitor.write_text(f'user = "{monitor.user}:{monitor.password.get_secret_value()}"\nsilent\n')

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        line = command.replace(desired.MONITOR, str(self._monitor))
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=within_s, check=False)
        return CommandResult(done.returncode, done.stdout, done.stderr)


def begun(of: Environment, path: str, protocol: str) -> OutputContainer:
    """A connection that publishes. Raises av.FFmpegError where it is refused."""
    user = USERS[path]
    if protocol == "rtsp":
        url, form = f"rtsp://{user}:{PASSWORD}@{HOST}:{of.mediamtx.rtsp_port}/{path}", "rtsp"
    else:
        url, form = f"rtmp://{HOST}:{of.mediamtx.rtmp_port}/{path}?user={user}&pass={PASSWORD}", "flv"
    options = {"rtsp_transport": "tcp"} if form == "rtsp" else {}
    container = av.open(url, "w", format=form, options=options)
    options = {"tune": "zerolatency", "preset": "ultrafast", "g": str(FPS)}
    stream = container.add_stream("libx264", rate=FPS, options=options)
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    for picture in drawn(3, 5):  # MediaMTX looks at two seconds of RTMP before it knows the tracks
        container.mux(stream.encode(picture))
    return container


@contextmanager
def published(of: Environment, path: str, protocol: str = "rtsp") -> Iterator[None]:
    """Whose connection stays, and on which nothing more comes until the end."""
    container = begun(of, path, protocol)
    try:
        yield
    finally:
        with suppress(av.FFmpegError):
            container.close()


def who(of: Environment, directory: Path, path: str) -> str:
    here = Target(HOST, of.media, Here(of, directory), Context("media1", ()))  # type: ignore[arg-type]
    return publishers.holder(here, path)


@contextmanager
def served(directory: Path, program: Path, read_timeout: str = "10s") -> Iterator[Environment]:
    of = settings({"obs": OBS})
    of = of.model_copy(update={"mediamtx": of.mediamtx.model_copy(update={"read_timeout": read_timeout})})
    with loopback_mediamtx(of, directory, program):
        yield of


def log(directory: Path) -> str:
    return (directory / "mediamtx.log").read_text()


REFUSED = "someone is already publishing to path 'webcam'"


@pytest.mark.parametrize("second", ["rtsp", "rtmp"])
@pytest.mark.parametrize("owner", ["rtsp", "rtmp"])
def test_agent_keeps_its_path_and_every_second_publisher_is_refused(
    mediamtx_program: Path, tmp_path: Path, owner: str, second: str
) -> None:
    with served(tmp_path, mediamtx_program) as of, published(of, "webcam", owner):
        assert until(bool, lambda: who(of, tmp_path, "webcam"), 10)
        for attempt in range(1, 4):
            # over RTMP a program learns it only when it goes on
            with ExitStack() as connection:
                with suppress(av.FFmpegError):
                    connection.enter_context(published(of, "webcam", second))
                refused = until(lambda times: times >= attempt, lambda: log(tmp_path).count(REFUSED), 10)  # noqa: B023
            assert refused >= attempt
            said = who(of, tmp_path, "webcam")
            assert said.startswith(f"{HOST} over {owner.upper()} (") and PASSWORD not in said
    assert "closing existing publisher" not in log(tmp_path)
    tried = [line for line in log(tmp_path).splitlines() if REFUSED in line]
    assert {match[1] for line in tried if (match := publishers._CONNECTION.search(line))} == {HOST}


def test_agent_has_its_path_again_once_its_lost_connection_has_timed_out(
    mediamtx_program: Path, tmp_path: Path
) -> None:
    """After a loss of power or network nobody ends the connection, on which nothing comes any more."""

    def returned() -> bool:
        try:
            with published(of, "webcam"):
                return True
        except av.FFmpegError:
            return False

    with served(tmp_path, mediamtx_program, "1s") as of, published(of, "webcam"):
        assert until(bool, returned, 10, 0.2), log(tmp_path)
    assert REFUSED in log(tmp_path)


def test_who_comes_back_to_a_path_without_an_agent_takes_it_over_at_once(
    mediamtx_program: Path, tmp_path: Path
) -> None:
    with served(tmp_path, mediamtx_program) as of, published(of, "obs", "rtmp"):
        assert until(bool, lambda: who(of, tmp_path, "obs"), 10)
        with published(of, "obs", "rtsp"):
            assert who(of, tmp_path, "obs").startswith(f"{HOST} over RTSP")
    assert "[path obs] closing existing publisher" in log(tmp_path)


def test_page_is_told_over_which_protocol_a_path_is_published(
    mediamtx_program: Path, caddy_program: Path, tmp_path: Path
) -> None:
    from loopback_caddy import loopback_caddy

    of = settings({"obs": OBS})
    port, health = free_ports(2)
    of = of.model_copy(update={"web": of.web.model_copy(update={"port": port, "health_port": health})})
    with loopback_mediamtx(of, tmp_path, mediamtx_program), loopback_caddy(of, tmp_path, caddy_program) as caddy:

        def told() -> Any:
            try:
                return requests.get(f"{caddy.origin}/api/paths/obs", timeout=patient(10)).json()
            except requests.ConnectionError:  # its port opens after that of its health
                return {}

        assert until(bool, told, 10) == {"live": False, "since": None, "viewers": 0, "source": "", "codecs": []}
        for protocol, source in (("rtsp", "rtspSession"), ("rtmp", "rtmpConn")):
            with published(of, "obs", protocol):
                said = until(lambda said: said["live"], told, 10)
                assert (said["live"], said["source"], said["codecs"]) == (True, source, ["H264"])
