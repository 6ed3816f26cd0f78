"""Envivo's own viewers are nobody's viewers and leave nothing behind: a real MediaMTX behind a real Caddy."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from envivo.orchestration import placement
from envivo.orchestration.environment import Environment
from envivo.probes import hls
from envivo.probes.sessions import Server, Session
from envivo.roles.media import access, from_outside, overview, viewers
from envivo.roles.media.settings import Media
from envivo.roles.role import Context, Target
from tests.patience import patient
from tests.unit.doors.real_mediamtx import HOST, loopback_mediamtx
from tests.unit.doors.test_expected import codes, expected, fed
from tests.unit.doors.test_owners import Here
from tests.unit.probes.videos import fmp4

PATH = "live/obs"
PROBES: dict[str, Callable[[Target[Media]], Iterable[Any]]] = {
    "session": lambda media: from_outside.session(media, PATH),
    "media_port": lambda media: from_outside.media_port(media, PATH, "udp"),
    "pictures": lambda media: from_outside.pictures(media, PATH, None),
    "segments": lambda media: from_outside.segments(media, PATH, None),
    "rtsp_pictures": lambda media: from_outside.rtsp_pictures(media, PATH, None),
    "suits": lambda media: from_outside.suits(media, PATH),
    # of a path that is open although it should not be
    "watching": lambda media: access.watching(media, PATH),
}


@pytest.fixture(scope="module")
def media(mediamtx_program: Path, caddy_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from loopback_caddy import loopback_caddy

    directory = tmp_path_factory.mktemp("own")
    of, video = expected(PATH), directory / "video.mp4"
    video.write_bytes(fmp4(seconds=2, bitrate="100k"))
    (directory / "srv").mkdir()
    with (
        loopback_mediamtx(of, directory / "srv", mediamtx_program),
        loopback_caddy(of, directory, caddy_program),
        fed(of, video),
    ):
        media = target(of, directory)
        assert codes(from_outside.segments(media, PATH, None)) == []
        yield media


def target(of: Environment, directory: Path) -> Target[Media]:
    book = placement.endpoints(of, "media1", HOST)
    return Target(HOST, of.media, Here(of, directory), Context("media1", (), {}, book))  # type: ignore[arg-type]


def server(media: Target[Media]) -> Server:
    return overview.answered(media.settings, media.shell.run(overview.sessions(media.settings)).out)[1]


def watching(seen: Server) -> list[Session]:
    """Whoever is sent pictures, envivo's own too."""
    return [session for session in seen.sessions if not session.publishes]


@contextmanager
def looking(media: Target[Media], probe: Callable[[], object]) -> Iterator[list[Server]]:
    """What MediaMTX lists from the probe's begin to its end."""
    seen: list[Server] = []
    with ThreadPoolExecutor(1) as pool:
        ends = pool.submit(probe)
        while not ends.done():
            seen.append(server(media))
        ends.result(patient(60))
    yield seen


@pytest.mark.parametrize("name", PROBES)
def test_own_viewers_are_not_counted_and_leave_nothing(media: Target[Media], name: str) -> None:
    with looking(media, lambda: list(PROBES[name](media))) as seen:
        assert [session for now in seen for session in now.viewers()] == []
        assert watching(server(media)) == []
    if name in ("pictures", "segments", "rtsp_pictures"):  # long enough to be met
        assert any(map(watching, seen))


def test_a_viewer_beside_them_is_counted_and_stays(media: Target[Media]) -> None:
    browser = {"User-Agent": "envivo-probe/0123456789abcdef.0123456789abcdef"}
    hls.play(f"{media.endpoints.page}/hls/{PATH}/index.m3u8", patient(20), browser)
    with viewers.own_viewer(media) as name:
        requests.get(f"{media.endpoints.page}/hls/{PATH}/index.m3u8", headers={"User-Agent": name}, timeout=patient(10))
        assert len(watching(server(media))) == 2
        (counted,) = viewers.viewers(media)[1]
        assert counted.program == browser["User-Agent"]
    (left,) = watching(server(media))
    assert left == counted
    assert viewers.end(media, [left]) == []
