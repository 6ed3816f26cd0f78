"""What the pipelines are made of, as gst-launch text plus the properties that must not be part of any text.

Numbers and words of fixed lists go into the text; strings of the configuration are set as properties, so
nothing in them can be read as syntax, and secrets are in no string that is printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from envivo_agent.config import Audio, Config, Publish, Source, Video
from envivo_agent.encoders import Encoder
from envivo_agent.modes import H264, MJPEG, RAW, Mode
from envivo_agent.overlay import ELEMENT

SOURCE, DECODER, FRAMES = "source", "decoder", "frames"
"""Names of the capture's elements that the rest of the agent talks to or hears from; FRAMES is its end."""
INLET, ENCODER, ENCODED, OUTLET, SINK = "inlet", "encoder", "encoded", "outlet", "sink"
"""Those of the publisher; frames enter at INLET, ENCODED and OUTLET count them, OUTLET is the last before SINK."""
MICROPHONE = "microphone"
HEARING, SOUND = "hearing", "sound"
"""Decoder and end of an IP camera's sound in the capture; it enters the publisher at MICROPHONE."""

SOUND_CAPS = "audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=2"
"""Of an IP camera's sound on its way from SOUND to MICROPHONE."""

LONGEST_QUEUE = 50
"""Coded frames, or pieces of sound, that wait for the agent at most."""
SINK_TIMEOUT_S = 5
_UNSENT = {"rtsp": 1, "rtsps": 1, "rtmp": 2, "rtmps": 2}
"""RTSP: the frame whose caps are announced. RTMP: a header and a frame. Counted against a silent server."""

_ALSA_PERIOD_US, _ALSA_BUFFER_US = 10_000, 40_000
"""alsasrc's own 200 ms would delay the picture as well: docs/notes/gstreamer.md#audio-buffers"""


@dataclass(frozen=True)
class Property:
    element: str
    name: str
    value: str
    shown: str = ""
    """What may be printed instead of a value that holds a secret; empty when the value is none."""


_PAD = re.compile(r"(sink|mux)\.")
"""Any pad of an element that is described elsewhere in the text."""


@dataclass(frozen=True)
class Chain:
    """One pipeline."""

    description: str
    properties: tuple[Property, ...] = field(default=(), repr=False)

    @property
    def factories(self) -> tuple[str, ...]:
        before, found = "!", []
        for word in self.description.split():
            if (before == "!" or _PAD.fullmatch(before)) and not _PAD.fullmatch(word) and "/" not in word:
                found.append(word)
            before = word
        return tuple(found)

    @property
    def printable(self) -> str:
        lines = [self.description.replace(" ! ", "\n  ! ")]
        lines += [f"{p.element}.{p.name} = {p.shown or p.value}" for p in self.properties]
        return "\n".join(lines)


@dataclass(frozen=True)
class Plan:
    """Pipelines from the source to frames, and from frames to the server. No capture for the test picture, which the
    agent draws.

    `video` is what is published, at the camera's rate where that is lower than the wanted one. `whole` frames may be
    left out or repeated; others are coded and depend on each other. `unsent`: number of buffers that enter the sink
    before it is connected; `tagged`: sound passes the outlet as well, all in FLV's tags. `loops`: the capture begins
    again at its end; `tracks`: numbers of those that are asked of an IP camera; `heard`: its sound is among them.
    """

    capture: Chain | None
    publisher: Chain
    video: Video
    whole: bool
    unsent: int
    tagged: bool
    loops: bool = False
    tracks: tuple[int, ...] = ()
    heard: bool = False

    @property
    def factories(self) -> tuple[str, ...]:
        return (*(self.capture.factories if self.capture else ()), *self.publisher.factories)

    @property
    def printable(self) -> str:
        return "\n\n".join(chain.printable for chain in (self.capture, self.publisher) if chain)


def raw(video: Video, form: str) -> str:
    return f"video/x-raw,format={form},width={video.width},height={video.height}"


def changed(config: Config, form: str) -> Chain:
    """From the camera's picture, in whatever format, to one of `video`, in that of the encoder."""
    if not config.picture.changed:
        return Chain(raw(config.video, form))
    width, height = config.camera_size
    whole = raw(replace(config.video, width=width, height=height), form)
    written = tuple(Property(ELEMENT, name, value) for name, value in config.picture.overlay.properties)
    return Chain(f"{whole} ! {config.picture.elements} ! {raw(config.video, form)}", written)


def frames(sync: bool = False, coded: bool = False) -> str:
    """The capture's end. The newest frame counts: late ones are dropped here, where a lost frame costs nothing but
    itself. Without a coded one the picture is broken up to the next key frame.
    """
    kept = f"max-buffers={LONGEST_QUEUE} drop=false" if coded else "max-buffers=2 drop=true"
    return f"appsink name={FRAMES} {kept} sync={'true' if sync else 'false'}"


def camera_element(source: Source) -> Chain:
    """The device itself. A test's camera replaces this and envivo_agent.gst.camera, nothing else."""
    return Chain(f"v4l2src name={SOURCE}", (Property(SOURCE, "device", source.device),))


def _capture(config: Config, encoder: Encoder, mode: Mode | None) -> Chain | None:
    source, pictures = config.source, changed(config, encoder.raw)
    if source.kind == "file":
        text = f"filesrc name={SOURCE} ! decodebin name={DECODER} ! videoconvert ! videoscale"
        text += f" ! {pictures.description} ! {frames(sync=True)}"
        return Chain(text, (Property(SOURCE, "location", source.file), *pictures.properties))
    if mode is None:
        return None
    size = f"width={mode.width},height={mode.height},framerate={mode.rate.numerator}/{mode.rate.denominator}"
    leak = "queue leaky=downstream max-size-buffers=2 max-size-time=0 max-size-bytes=0"
    if mode.format == H264:
        middle = f"video/x-h264,{size} ! h264parse ! video/x-h264,stream-format=byte-stream,alignment=au"
    elif mode.format == MJPEG:
        middle = f"image/jpeg,{size} ! {leak} ! jpegdec name={DECODER} ! videoconvert ! {pictures.description}"
    else:
        middle = f"video/x-raw,format={RAW[mode.format]},{size} ! {leak} ! videoconvert ! {pictures.description}"
    device = camera_element(source)
    text = f"{device.description} ! {middle} ! {frames(coded=mode.format == H264)}"
    return Chain(text, device.properties + pictures.properties)


def _inlet(video: Video, encoder: Encoder | None, known: frozenset[str]) -> str:
    """Up to frames coded by `encoder`; without one they are coded when they come."""
    inlet = f"appsrc name={INLET} is-live=true format=time max-buffers=2"
    if encoder is None:
        return inlet
    caps = f"{raw(video, encoder.raw)},framerate={video.fps}/1"
    return f"{inlet} caps={caps} ! {encoder.launch(video, known, ENCODER)}"


# each packet carries the one before it once more, coarsely; at less than 9 % Opus may choose a mode that cannot
_REPAIRABLE = "inband-fec=true packet-loss-percentage=10"


def _audio(audio: Audio, publish: Publish) -> str:
    """Up to the sink; empty without sound."""
    if audio.kind == "none":
        return ""
    source = {
        "test": f"audiotestsrc name={MICROPHONE} is-live=true freq=440 volume=0.1 samplesperbuffer=480",
        "alsa": f"alsasrc name={MICROPHONE} provide-clock=false"
        f" buffer-time={_ALSA_BUFFER_US} latency-time={_ALSA_PERIOD_US}",
        "camera": f"appsrc name={MICROPHONE} is-live=true format=time caps={SOUND_CAPS}",
    }[audio.kind]
    # RTSP: Opus, the one that browsers hear over WebRTC and over HLS; FLV has no place for it
    coder = (
        f"voaacenc bitrate={audio.bitrate_kbps * 1000} ! aacparse"
        if publish.over_rtmp
        else f"opusenc bitrate={audio.bitrate_kbps * 1000} frame-size=10 {_REPAIRABLE}"
    )
    return f"{source} ! audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=2 ! {coder} ! queue"


def _publisher(publish: Publish, video: str, audio: str) -> str:
    """`video` and `audio` end with coded frames; `audio` may be empty."""
    outlet = f"queue max-size-buffers=0 max-size-bytes=0 max-size-time=500000000 ! identity name={OUTLET}"
    if publish.over_rtmp:
        sink = f"flvmux name=mux streamable=true ! {outlet} ! rtmp2sink name={SINK} sync=false timeout={SINK_TIMEOUT_S}"
        return f"{audio} ! mux. {video} ! mux. {sink}" if audio else f"{video} ! {sink}"
    # under its own name MediaMTX answers SETUP a second late, for each track: gortsplib spares an old bug of this
    # element so, which neither GStreamer 1.22 nor 1.26 shows (docs/evidence/agent.md#starting-and-ending)
    sink = f"rtspclientsink name={SINK} user-agent=envivo-agent protocols=tcp tcp-timeout={SINK_TIMEOUT_S * 1000000}"
    # linked last, announced first: the picture (docs/notes/gstreamer.md#order-of-tracks)
    return f"{audio} ! {SINK}. {video} ! {outlet} ! {SINK}. {sink}" if audio else f"{video} ! {outlet} ! {sink}"


def rtmp_location(publish: Publish, password: str) -> str:
    """rtmp2sink wants two levels; a doubled slash makes the first one empty.

    docs/notes/gstreamer.md#locations-of-rtmp2sink
    """
    host, _, path = publish.url.removeprefix(f"{publish.protocol}://").partition("/")
    slash = "/" if "/" in path else "//"
    query = f"?user={quote(publish.user, safe='')}&pass={password}" if publish.user else ""
    return f"{publish.protocol}://{host}{slash}{path}{query}"


def _destination(publish: Publish) -> tuple[Property, ...]:
    if publish.over_rtmp:
        secret = rtmp_location(publish, quote(publish.password, safe=""))
        return (Property(SINK, "location", secret, shown=rtmp_location(publish, "***")),)
    credentials = (
        Property(SINK, "user-id", publish.user),
        Property(SINK, "user-pw", publish.password, shown="***"),
    )
    return (Property(SINK, "location", publish.url), *(credentials if publish.user else ()))


def plan(config: Config, encoder: Encoder, known: frozenset[str], mode: Mode | None, audible: bool = True) -> Plan:
    """Constrained baseline, I420, no B-frames, closed GOPs, regular time stamps.

    Why: docs/notes/gstreamer.md#h264-that-everybody-decodes, docs/notes/mediamtx.md#parts-of-low-latency-hls

    `known` are the properties of the installed encoder; `mode` what is asked of a V4L2 camera, else None; without
    `audible` there is no sound, whatever the configuration says.
    """
    video = config.video
    if mode and (mode.rate < video.fps or mode.format == H264):
        video = replace(video, fps=max(1, round(mode.rate)))
    coder = encoder if mode is None or mode.format != H264 else None
    capture = _capture(config, encoder, mode)
    return published(config, capture, video, coder, known, audible)


def published(
    config: Config,
    capture: Chain | None,
    video: Video,
    encoder: Encoder | None,
    known: frozenset[str],
    audible: bool,
) -> Plan:
    """The plan of that capture. Without an encoder its frames are coded already."""
    publish = config.publish
    audio = _audio(config.audio, publish) if audible else ""
    picture = f"{_inlet(video, encoder, known)} ! h264parse config-interval=-1 ! identity name={ENCODED}"
    text = _publisher(publish, picture, audio)
    microphone = (Property(MICROPHONE, "device", config.audio.device),) if audio and config.audio.device else ()
    return Plan(
        capture,
        Chain(text, microphone + _destination(publish)),
        video,
        whole=encoder is not None,
        unsent=_UNSENT[publish.protocol],
        tagged=publish.over_rtmp,
        loops=config.source.kind == "file",
    )
