"""Publishing to a path with people's own programs, so that WebRTC viewers see it: no B-frames, a key frame a second."""

from collections.abc import Iterator
from shlex import quote

from envivo.clients import AUTHORITIES, GENERIC_ERROR, UNVERIFIED, Row, fields
from envivo.clients.way import Way

FFMPEG_INPUT = "-f v4l2 -framerate 30 -video_size 1280x720 -i /dev/video0 -f alsa -i default"
GSTREAMER_CAMERA = "v4l2src device=/dev/video0 ! decodebin"
GSTREAMER_MICROPHONE = "autoaudiosrc"
"""What these lines take in; everything behind it is the same for any input."""
OBS_X264 = "keyint=30 tune=zerolatency profile=baseline"

_FFMPEG = (
    f"ffmpeg {FFMPEG_INPUT} -c:v libx264 -preset veryfast -tune zerolatency -profile:v baseline -pix_fmt yuv420p"
    " -g 30 -bf 0 -b:v 2500k"
)
_OPUS = "-c:a libopus -b:a 64k"
_AAC = "-c:a aac -b:a 96k -ar 48000"
_GSTREAMER_VIDEO = (
    f"{GSTREAMER_CAMERA} ! videoconvert ! videorate ! video/x-raw,format=I420,framerate=30/1"
    " ! x264enc tune=zerolatency speed-preset=veryfast bitrate=2500 key-int-max=30 bframes=0"
    " ! video/x-h264,profile=constrained-baseline ! h264parse config-interval=-1"
)
_GSTREAMER_AUDIO = f"{GSTREAMER_MICROPHONE} ! audioconvert ! audioresample"

_SILENT = "WebRTC viewers hear nothing: RTMP carries AAC"
_OBS_ENCODER = (
    "Settings, Output, Simple, Enable Advanced Encoder Settings: Video Encoder x264,",
    f"Custom Encoder Settings: {OBS_X264} (keyint: frames per second)",
    "or Output, Advanced, x264: Keyframe Interval 1 s, Profile baseline, Tune zerolatency",
    "without that, B-frames end each WebRTC session at once, and key frames come every 8 s",
)
_OWNED = (
    "publishes here already: while it does, every other publisher of this path is refused",
    "to publish something else, add a path with a publisher of its own to mediamtx.paths",
)
_FPS = "-g: frames per second, for a key frame each second; -bf 0: WebRTC shows no B-frames"


def publishing(way: Way) -> Iterator[Row]:
    def row(program: str, line: str, *notes: str) -> Row:
        return Row(way.path, "publish", program, line, notes)

    if way.agent:
        yield row("its camera", fields(Agent=way.agent), *_OWNED)
    yield row("OBS", fields(Server=_obs_server(way), Stream_Key=_obs_key(way)), *_obs_notes(way))
    whip = fields(Server=f"{way.web}/webrtc/whip/{way.path}", Bearer_Token=way.publisher.bearer)
    yield row(
        "OBS, WHIP", whip,
        "Settings, Stream: Service WHIP. Debian's OBS has none (29.0, 30.2: Service 'whip_custom' not found)",
        "encoder as above; WebRTC viewers hear it, its sound is Opus",
    )  # fmt: skip
    rtsp = f"-f rtsp -rtsp_transport tcp {quote(way.rtsp_as(way.publisher))}"
    if way.encrypted:
        rtmp = f"-tls_verify 1 -ca_file {AUTHORITIES} -f flv {quote(way.rtmp_as(way.publisher))}"
        yield row("ffmpeg", f"{_FFMPEG} {_AAC} {rtmp}", _FPS, _SILENT)
        yield row(
            "ffmpeg, RTSPS", f"{_FFMPEG} {_OPUS} {rtsp}",
            "WebRTC viewers hear it",
            UNVERIFIED,
        )  # fmt: skip
    else:
        yield row("ffmpeg", f"{_FFMPEG} {_OPUS} {rtsp}", _FPS)
    yield row("GStreamer", _rtspclientsink(way), *_gstreamer_notes(way))
    rtmp2sink = f"location={quote(_rtmp2sink_location(way))}"
    yield row(
        "GStreamer, RTMP",
        f"gst-launch-1.0 flvmux name=m streamable=true ! rtmp2sink {rtmp2sink}"
        f" {_GSTREAMER_AUDIO} ! voaacenc ! aacparse ! queue ! m. {_GSTREAMER_VIDEO} ! queue ! m.",
        _SILENT,
        *([] if way.levels[0] else ["the doubled slash belongs there: rtmp2sink wants two levels"]),
    )


def _obs_server(way: Way) -> str:
    first, _ = way.levels
    return f"{way.rtmp}/{first}" if first else way.rtmp


def _obs_key(way: Way) -> str:
    return way.levels[1] + way.publisher.query


def _obs_notes(way: Way) -> Iterator[str]:
    yield "Settings, Stream: Service Custom; Use authentication stays off: with it, nobody gets in"
    yield from _OBS_ENCODER
    yield _SILENT
    if way.encrypted:
        yield "the port is part of Server; failed: -2 in the log: not reached, or its certificate is not trusted here"
    yield "failed: -3 in the log: wrong user, password or path; a first connection that fails is not tried again"


def _rtspclientsink(way: Way) -> str:
    sink = f"rtspclientsink name=s protocols=tcp location={quote(way.rtsp_as(way.publisher))}"
    return (
        f"gst-launch-1.0 {sink} {_GSTREAMER_AUDIO} ! opusenc ! queue ! s.sink_1 {_GSTREAMER_VIDEO} ! queue ! s.sink_0"
    )


def _gstreamer_notes(way: Way) -> Iterator[str]:
    yield "key-int-max is the frames per second; without protocols=tcp it ends at once"
    if way.encrypted:
        yield GENERIC_ERROR


def _rtmp2sink_location(way: Way) -> str:
    first, rest = way.levels
    return f"{way.rtmp}/{first}/{rest}{way.publisher.query}"
