"""The camera device: whether it exists and what it offers. A test's camera replaces this and plan.camera_element."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from envivo_agent.config import Config
from envivo_agent.faults import CAMERA, CameraError, Fault, classify
from envivo_agent.gst.bindings import Gst
from envivo_agent.modes import Mode, Offer, choose, listed, offers
from envivo_agent.plan import SOURCE


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
    video = config.video
    return offers(caps, video.width, video.height, video.fps)


def mode(config: Config) -> Mode:
    """Mode to ask of the configured camera. Raises CameraError."""
    video, form = config.video, config.source.format
    there = offered(config)
    chosen = choose(there, form, video.width, video.height, video.fps)
    if chosen is None:
        size = f"{video.width}x{video.height}"
        if sizes := listed(there, form):
            text = f"{config.source.device} gives no {form if form != 'auto' else 'picture of'} {size}"
            raise CameraError(Fault(CAMERA, text, f"choose one of {sizes}"))
        text = f"{config.source.device} does not offer the format {form}"
        raise CameraError(Fault(CAMERA, text, 'set format to "auto"'))
    return chosen
