import pytest

from envivo.probes import ProbeError
from envivo.probes.hls import MediaPlaylist, decoded, media_playlist, play, variant
from tests.unit.probes.server import Reply, serving
from tests.unit.probes.videos import FPS, fmp4

MULTIVARIANT = """#EXTM3U
#EXT-X-VERSION:10
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE="AUDIO",GROUP-ID="audio",NAME="audio2",AUTOSELECT=YES,DEFAULT=YES,URI="audio2_stream.m3u8?session=u"
#EXT-X-STREAM-INF:BANDWIDTH=1000,CODECS="avc1.42c016,opus",RESOLUTION=640x360,FRAME-RATE=15.000,AUDIO="audio"
video1_stream.m3u8?session=u
"""
LOW_LATENCY = """#EXTM3U
#EXT-X-VERSION:10
#EXT-X-TARGETDURATION:1
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.66750,CAN-SKIP-UNTIL=6.00000
#EXT-X-PART-INF:PART-TARGET=0.26700
#EXT-X-MEDIA-SEQUENCE:1
#EXT-X-MAP:URI="init.mp4?session=u"
#EXT-X-GAP
#EXTINF:1.00000,
gap.mp4
#EXT-X-PART:DURATION=0.20000,URI="part0.mp4?session=u",INDEPENDENT=YES
#EXTINF:1.00000,
seg7.mp4?session=u
#EXT-X-PART:DURATION=0.20000,URI="part1.mp4?session=u"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part2.mp4?session=u"
"""
MPEG_TS = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\na.ts\n#EXTINF:1.0,\nb.ts\n"


@pytest.mark.parametrize(
    ("text", "playlist"),
    [
        (LOW_LATENCY, MediaPlaylist(0.267, "init.mp4?session=u", ("seg7.mp4?session=u",))),
        (MPEG_TS, MediaPlaylist(None, "", ("a.ts", "b.ts"))),
        ("#EXTM3U\n", MediaPlaylist(None, "", ())),
    ],
)
def test_media_playlist_names_whole_segments_and_no_gaps(text: str, playlist: MediaPlaylist) -> None:
    assert media_playlist(text) == playlist


def test_variant_is_the_picture_not_the_sound() -> None:
    assert variant(MULTIVARIANT) == "video1_stream.m3u8?session=u"


@pytest.mark.parametrize("text", ["<html>", "#EXTM3U\n"])
def test_multivariant_playlist_without_a_variant_is_an_error(text: str) -> None:
    with pytest.raises(ProbeError, match="multivariant"):
        variant(text)


def test_broken_segment_is_an_error() -> None:
    with pytest.raises(ProbeError, match="does not decode"):
        decoded(b"not a video" * 100)


class Muxer:
    """MediaMTX's manners: a redirect that sets a session, then a playlist that has a new segment at each question."""

    def __init__(self, *playlists: bytes | int) -> None:
        self.asked: list[str] = []
        self._playlists = list(playlists)

    def answer(self, method: str, path: str) -> Reply:
        self.asked.append(path)
        match path:
            case "/hls/webcam/index.m3u8":
                return Reply(302, headers=(("Location", "/hls/webcam/index.m3u8?cookieCheck=1"),))
            case "/hls/webcam/index.m3u8?cookieCheck=1":
                return Reply(200, MULTIVARIANT.encode())
            case "/hls/webcam/video1_stream.m3u8?session=u":
                now = self._playlists.pop(0) if len(self._playlists) > 1 else self._playlists[0]
                return Reply(now) if isinstance(now, int) else Reply(200, now)
            case "/hls/webcam/one.mp4" | "/hls/webcam/two.mp4":
                return Reply(200, fmp4(seconds=1))
        return Reply(404)


def playlist(*segments: str) -> bytes:
    return ("#EXTM3U\n#EXT-X-PART-INF:PART-TARGET=0.2\n" + "".join(f"#EXTINF:1,\n{one}\n" for one in segments)).encode()


def test_playing_decodes_the_newest_segment_and_one_that_came_later() -> None:
    muxer = Muxer(playlist("old.mp4", "one.mp4"), playlist("one.mp4"), playlist("one.mp4", "two.mp4"))
    with serving(muxer.answer) as origin:
        played = play(f"{origin}/hls/webcam/index.m3u8", within_s=5)
    assert (played.part_target, played.pictures) == (0.2, (FPS, FPS))
    assert "/hls/webcam/old.mp4" not in muxer.asked


def test_playing_a_playlist_that_does_not_go_on_yields_one_segment() -> None:
    with serving(Muxer(playlist("one.mp4")).answer) as origin:
        assert play(f"{origin}/hls/webcam/index.m3u8", within_s=0.5).pictures == (FPS,)


def test_session_that_ends_while_playing_says_that_the_publisher_left() -> None:
    with (
        serving(Muxer(playlist("one.mp4"), 401).answer) as origin,
        pytest.raises(ProbeError, match="its publisher has disconnected"),
    ):
        play(f"{origin}/hls/webcam/index.m3u8", within_s=5)


def test_path_that_is_not_there_is_an_error_with_the_address() -> None:
    with serving(Muxer().answer) as origin, pytest.raises(ProbeError, match=r"GET .*/hls/nope/index.m3u8: 404"):
        play(f"{origin}/hls/nope/index.m3u8", within_s=0.3)
