"""The plan of an IP camera: its stream as it is, or decoded."""

from __future__ import annotations

from dataclasses import replace

from envivo_agent.config import Config, Source
from envivo_agent.encoders import Encoder
from envivo_agent.ipcam.carriage import DECODERS, SOUNDS, Carriage
from envivo_agent.plan import (
    DECODER,
    HEARING,
    LONGEST_QUEUE,
    SOUND,
    SOUND_CAPS,
    SOURCE,
    Chain,
    Plan,
    Property,
    changed,
    frames,
    published,
)

TIMEOUT_S = 5


def _receiver() -> str:
    # over TCP no packet is missing: there is nothing to wait for (docs/notes/gstreamer.md#ip-cameras)
    return f"rtspsrc name={SOURCE} user-agent=envivo-agent protocols=tcp latency=0 tcp-timeout={TIMEOUT_S * 1000000}"


def _address(source: Source) -> tuple[Property, ...]:
    login = (Property(SOURCE, "user-id", source.user), Property(SOURCE, "user-pw", source.password, shown="***"))
    return (Property(SOURCE, "location", source.url), *(login if source.user else ()))


def _pictures(carried: Carriage, config: Config, encoder: Encoder | None) -> str:
    if encoder is None:
        as_sent = "rtph264depay ! h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au"
        return f"{as_sent} ! {frames(coded=True)}"
    decoder = f"{DECODERS[carried.video.codec]} name={DECODER}"
    return f"{decoder} ! videoconvert ! videoscale ! {changed(config, encoder.raw).description} ! {frames()}"


def _heard(carried: Carriage) -> str:
    if carried.sound is None:
        return ""
    raw_sound = f"audioconvert ! audioresample ! {SOUND_CAPS}"
    # without async the pictures would wait for a camera that announces sound and sends none
    sink = f"appsink name={SOUND} max-buffers={LONGEST_QUEUE} drop=true sync=false async=false"
    decoder = f"{SOUNDS[carried.sound.codec]} name={HEARING}"
    return f" {SOURCE}. ! application/x-rtp,media=audio ! {decoder} ! {raw_sound} ! {sink}"


def plan(config: Config, carried: Carriage, encoder: Encoder | None, known: frozenset[str], audible: bool) -> Plan:
    """`encoder`: where the pictures are transcoded; `audible`: whether the sound is carried, whosever it is."""
    video = replace(config.video, fps=carried.fps)
    own = config.audio.kind == "camera"
    sound = _heard(carried) if own and audible else ""
    pictures = f" {SOURCE}. ! application/x-rtp,media=video ! {_pictures(carried, config, encoder)}"
    written = changed(config, encoder.raw).properties if encoder else ()
    capture = Chain(_receiver() + sound + pictures, _address(config.source) + written)
    made = published(config, capture, video, encoder, known, audible and (bool(sound) or not own))
    return replace(made, tracks=carried.tracks if sound else (carried.video.number,), heard=bool(sound))
