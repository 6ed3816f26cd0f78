"""What the pipeline is made of, as gst-launch text plus the properties that must not be part of any text.

Numbers and words of fixed lists go into the description; strings of the configuration are set as properties, so
nothing in them can be read as syntax, and secrets are in no string that is printed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from envivo_agent.config import Config, Publish, Source, Video

SOURCE, DECODER, ENCODER, OUTLET, SINK = "source", "decoder", "encoder", "outlet", "sink"
"""Names of the elements that the rest of the agent talks to or hears from; OUTLET is the last before the sink."""

SINK_TIMEOUT_S = 5
_UNSENT = {"rtsp": 1, "rtsps": 1, "rtmp": 4, "rtmps": 4}
"""RTSP: the frame whose caps are announced. RTMP: three headers and a frame. Counted against a silent server."""

_PACKAGE_OF = {
    "appsrc": "plugins-base",
    "videoconvert": "plugins-base",
    "videorate": "plugins-base",
    "v4l2src": "plugins-good",
    "jpegdec": "plugins-good",
    "flvmux": "plugins-good",
    "h264parse": "plugins-bad",
    "openh264enc": "plugins-bad",
    "rtmp2sink": "plugins-bad",
    "x264enc": "plugins-ugly",
    "rtspclientsink": "rtsp",
}
_X264_PRESET = {"low-cpu": "ultrafast", "balanced": "superfast", "quality": "veryfast"}
_OPENH264_COMPLEXITY = {"low-cpu": "low", "balanced": "low", "quality": "medium"}


@dataclass(frozen=True)
class Property:
    element: str
    name: str
    value: str
    shown: str = ""
    """What may be printed instead of a value that holds a secret; empty when the value is none."""


@dataclass(frozen=True)
class Plan:
    """`unsent`: so many buffers enter the sink although it is not connected yet."""

    description: str
    properties: tuple[Property, ...] = field(repr=False)
    unsent: int

    @property
    def factories(self) -> tuple[str, ...]:
        parts = (part.split()[0] for part in self.description.split(" ! "))
        return tuple(part for part in parts if "/" not in part)

    @property
    def printable(self) -> str:
        lines = [self.description.replace(" ! ", "\n  ! ")]
        lines += [f"{p.element}.{p.name} = {p.shown or p.value}" for p in self.properties]
        return "\n".join(lines)


def package_of(factory: str) -> str:
    """The Debian package that brings an element of a plan."""
    return f"gstreamer1.0-{_PACKAGE_OF.get(factory, 'plugins-base')}"


def raw_caps(video: Video) -> str:
    return f"video/x-raw,format=I420,width={video.width},height={video.height},framerate={video.fps}/1"


def camera_format(source: Source, video: Video) -> str:
    """ "mjpeg" or "yuyv": above VGA, YUYV at 30 frames a second does not fit through USB 2 (agent_player.md 1.5)."""
    if source.format != "auto":
        return source.format
    return "yuyv" if video.width * video.height <= 640 * 480 else "mjpeg"


def _capture(source: Source, video: Video) -> str:
    if source.kind == "test":
        return f"appsrc name={SOURCE} is-live=true format=time max-buffers=2 caps={raw_caps(video)}"
    size = f"width={video.width},height={video.height},framerate=[1/1,{video.fps}/1]"
    camera = {
        "mjpeg": f"image/jpeg,{size} ! jpegdec name={DECODER}",
        "yuyv": f"video/x-raw,format=YUY2,{size}",
    }[camera_format(source, video)]
    # the only place that leaks is before the encoder, where a lost frame costs nothing but itself; videorate after
    # it closes the gap: one long frame would spoil LL-HLS for the life of the stream (viewer_chain.md 3)
    return (
        f"v4l2src name={SOURCE} ! {camera}"
        " ! queue leaky=downstream max-size-buffers=2 max-size-time=0 max-size-bytes=0"
        f" ! videoconvert ! videorate skip-to-first=true ! {raw_caps(video)}"
    )


def _encode(video: Video) -> str:
    # four slices at most: some decoders in browsers mind more (agent_player.md 2.3)
    element = {
        "x264": f"x264enc name={ENCODER} tune=zerolatency speed-preset={_X264_PRESET[video.preset]}"
        f" bitrate={video.bitrate_kbps} vbv-buf-capacity=300 key-int-max={video.fps} bframes=0 threads=4"
        " option-string=scenecut=0",
        "openh264": f"openh264enc name={ENCODER} rate-control=bitrate bitrate={video.bitrate_kbps * 1000}"
        f" complexity={_OPENH264_COMPLEXITY[video.preset]} gop-size={video.fps} usage-type=camera"
        " scene-change-detection=false",
    }[video.encoder]
    return f"{element} ! video/x-h264,profile=constrained-baseline ! h264parse config-interval=-1"


def _send(publish: Publish) -> str:
    outlet = f"queue name={OUTLET} max-size-buffers=0 max-size-bytes=0 max-size-time=500000000"
    if publish.protocol in ("rtsp", "rtsps"):
        # under its own name MediaMTX answers SETUP a second late, for each track: gortsplib spares an old bug of this
        # element so, which neither GStreamer 1.22 nor 1.26 shows (docs/agent.md)
        return (
            f"{outlet} ! rtspclientsink name={SINK} user-agent=envivo-agent protocols=tcp"
            f" tcp-timeout={SINK_TIMEOUT_S * 1000000}"
        )
    return f"flvmux streamable=true ! {outlet} ! rtmp2sink name={SINK} sync=false timeout={SINK_TIMEOUT_S}"


def rtmp_location(publish: Publish, password: str) -> str:
    """rtmp2sink wants two levels; a doubled slash makes the first one empty (mediamtx.md 2)."""
    host, _, path = publish.url.removeprefix(f"{publish.protocol}://").partition("/")
    slash = "/" if "/" in path else "//"
    query = f"?user={quote(publish.user, safe='')}&pass={password}" if publish.user else ""
    return f"{publish.protocol}://{host}{slash}{path}{query}"


def _destination(publish: Publish) -> tuple[Property, ...]:
    if publish.protocol in ("rtmp", "rtmps"):
        secret = rtmp_location(publish, quote(publish.password, safe=""))
        return (Property(SINK, "location", secret, shown=rtmp_location(publish, "***")),)
    credentials = (
        Property(SINK, "user-id", publish.user),
        Property(SINK, "user-pw", publish.password, shown="***"),
    )
    return (Property(SINK, "location", publish.url), *(credentials if publish.user else ()))


def plan(config: Config) -> Plan:
    """Constrained baseline, I420, no B-frames, GOP 1 s, regular time stamps: agent_player.md 2.1 to 2.4."""
    parts = (_capture(config.source, config.video), _encode(config.video), _send(config.publish))
    device = (Property(SOURCE, "device", config.source.device),) if config.source.device else ()
    return Plan(" ! ".join(parts), device + _destination(config.publish), _UNSENT[config.publish.protocol])


def missing_packages(absent: list[str]) -> str:
    """A sentence for elements that are not installed."""
    packages = sorted({package_of(factory) for factory in absent})
    return f"GStreamer has no {', '.join(sorted(absent))}: apt-get install {' '.join(packages)}"
