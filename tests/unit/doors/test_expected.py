"""What verify proves of a path that should be live and that no agent feeds: a real MediaMTX behind a real Caddy."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from envivo.orchestration import placement
from envivo.orchestration.environment import Environment
from envivo.roles.media import from_outside, publishers
from envivo.roles.media.settings import Media
from envivo.roles.role import Context, Target
from envivo.verify.engine import Observation
from envivo.verify.findings import Finding
from tests.patience import patient
from tests.unit.doors.real_mediamtx import HOST, loopback_mediamtx
from tests.unit.doors.test_every_name import Broadcast, settings
from tests.unit.doors.test_owners import Here
from tests.unit.probes.videos import fmp4


def expected(path: str) -> Environment:
    of = settings({path: "nobody"})
    its = of.mediamtx.paths[path].model_copy(update={"viewers": (), "expected": True})
    return of.model_copy(update={"mediamtx": of.mediamtx.model_copy(update={"paths": {path: its}})})


@contextmanager
def fed(of: Environment, video: Path) -> Iterator[None]:
    """By a program that is not envivo's."""
    broadcast = Broadcast(of, video)
    broadcast.start()
    try:
        yield
    finally:
        broadcast.ended.set()
        broadcast.join(patient(20))
    assert broadcast.failed is None, broadcast.failed


def codes(said: Iterable[Finding | Observation]) -> list[str]:
    return [f"{item.code}: {item.message}" for item in said if isinstance(item, Finding)]


def test_path_that_should_be_live_is_proved_whoever_feeds_it(
    mediamtx_program: Path, caddy_program: Path, tmp_path: Path
) -> None:
    from loopback_caddy import loopback_caddy

    path = "live/obs"
    of, video = expected(path), tmp_path / "video.mp4"
    video.write_bytes(fmp4(seconds=2, bitrate="100k"))
    book = placement.endpoints(of, "media1", HOST)
    media: Target[Media] = Target(HOST, of.media, Here(of, tmp_path), Context("media1", (), {}, book))  # type: ignore[arg-type]
    (tmp_path / "srv").mkdir()
    with (
        loopback_mediamtx(of, tmp_path / "srv", mediamtx_program),
        loopback_caddy(of, tmp_path, caddy_program),
    ):
        (silence,) = codes(publishers.publishing(media, path, None))
        assert silence.startswith(f"not-publishing: nobody publishes to {path}, which should be live")
        with fed(of, video):
            said = list(publishers.publishing(media, path, None))
            assert codes(said) == [] and str(said[0]).startswith(f"{HOST} over RTSP ("), said
            for proof in (from_outside.session, from_outside.status):
                assert codes(proof(media, path)) == []
            for watch in (from_outside.pictures, from_outside.segments, from_outside.rtsp_pictures):
                assert codes(watch(media, path, None)) == []
        assert codes(publishers.publishing(media, path, None)) == [silence]
