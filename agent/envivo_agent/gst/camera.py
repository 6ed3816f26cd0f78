"""The camera device: whether it exists and what it offers. A test's camera replaces this and plan.camera_element."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from envivo_agent.config import Config
from envivo_agent.controls import applied
from envivo_agent.faults import CAMERA, CameraError, Fault, classify
from envivo_agent.gst.bindings import Gst
from envivo_agent.modes import Mode, Offer, choose, lacking, offers
from envivo_agent.plan import SOURCE
from envivo_agent.v4l2 import opened


def is_there(place: str) -> bool:
    return Path(place).exists()


def offered(config: Config) -> list[Offer]:
    """Offers of the configured camera. Raises CameraError."""
    source: Any = Gst.ElementFactory.make("v4l2src", SOURCE)
    source.set_property("device", config.source.device)
    bus = Gst.Bus()
    source.set_bus(bus)
    try:
        if source.set_state(Gst.State.READY) == Gst.StateChangeReturn.FAILURE:
            message = bus.pop_filtered(Gst.MessageType.ERROR)
            error, debug = message.parse_error() if message else ("no such device", "")
            raise CameraError(classify(SOURCE, getattr(error, "message", error), debug or "", config, None))
        caps = source.get_static_pad("src").query_caps(None).to_string()
    finally:
        source.set_state(Gst.State.NULL)
        source.set_bus(None)
    return offers(caps, *config.camera_size, config.video.fps)


def refused_controls(config: Config) -> tuple[str, ...]:
    """Set the configured controls; those that are not in force then, each in a sentence. Raises nothing."""
    if not config.source.controls:
        return ()
    try:
        with opened(config.source.device) as device:
            return applied(dict(config.source.controls), device)
    except OSError as error:
        return (f"controls: {config.source.device} cannot be asked for them ({error.strerror})",)


def mode(config: Config) -> Mode:
    """Mode to ask of the configured camera. Raises CameraError."""
    form, (width, height) = config.source.format, config.camera_size
    there = offered(config)
    chosen = choose(there, form, width, height, config.video.fps)
    if chosen is None:
        what, fix = lacking(there, form, (width, height), config.picture.on_its_side)
        raise CameraError(Fault(CAMERA, f"{config.source.device} {what}", fix))
    return chosen
