"""The audio device: whether it can be opened now."""

from __future__ import annotations

from typing import Any

from envivo_agent.gst.bindings import Gst
from envivo_agent.plan import MICROPHONE


def opens(device: str) -> bool:
    """Whether the ALSA device can be opened; it is closed again."""
    source: Any = Gst.ElementFactory.make("alsasrc", MICROPHONE)
    if source is None:
        return False
    source.set_property("device", device)
    try:
        return bool(source.set_state(Gst.State.READY) == Gst.StateChangeReturn.SUCCESS)
    finally:
        source.set_state(Gst.State.NULL)
