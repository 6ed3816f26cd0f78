"""The H.264 encoders: their settings for low latency, and the order in which they are tried."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from envivo_agent.config import Video

Settings = dict[str, str]
"""Property -> value as gst-launch text."""

VBV_MS = 300
"""Buffer of the rate control, the longest that a key frame takes: docs/notes/gstreamer.md#size-of-key-frames"""


@dataclass(frozen=True)
class Encoder:
    """`name` as in the configuration; `raw` is the format it eats; `more` are caps besides the profile."""

    name: str
    element: str
    settings: Callable[[Video], Settings]
    raw: str = "I420"
    more: str = ""
    rate_property: str = "bitrate"
    """Property that takes a new bitrate while the encoder runs; empty where none does."""
    rate_unit: int = 1
    """Factor from kbit/s to the property's unit."""

    def rate(self, bitrate_kbps: int) -> str:
        return str(bitrate_kbps * self.rate_unit)

    def launch(self, video: Video, known: Collection[str], name: str) -> str:
        """gst-launch text up to the H.264 caps, with those properties that are `known` to the installed element."""
        settings = {key: value for key, value in self.settings(video).items() if key in known}
        properties = "".join(f" {key}={value}" for key, value in settings.items())
        return f"{self.element} name={name}{properties} ! video/x-h264,profile=constrained-baseline{self.more}"


def _x264(video: Video) -> Settings:
    speed = {"low-cpu": "ultrafast", "balanced": "superfast", "quality": "veryfast"}[video.preset]
    return {
        "tune": "zerolatency",
        "speed-preset": speed,
        "bitrate": str(video.bitrate_kbps),
        "vbv-buf-capacity": str(VBV_MS),
        "key-int-max": str(video.gop),
        "bframes": "0",
        "threads": "4",  # at most four slices: docs/notes/gstreamer.md#slices
        "option-string": "scenecut=0",
    }


def _openh264(video: Video) -> Settings:
    return {
        "rate-control": "bitrate",
        "bitrate": str(video.bitrate_kbps * 1000),
        "complexity": {"low-cpu": "low", "balanced": "low", "quality": "medium"}[video.preset],
        "gop-size": str(video.gop),
        "usage-type": "camera",
        "scene-change-detection": "false",
    }


def _vaapi(video: Video) -> Settings:
    return {
        "rate-control": "cbr",
        "bitrate": str(video.bitrate_kbps),
        "cpb-size": str(video.bitrate_kbps * VBV_MS // 1000),
        "key-int-max": str(video.gop),
        "b-frames": "0",
        "ref-frames": "1",
        "dct8x8": "false",
        "target-usage": {"low-cpu": "7", "balanced": "6", "quality": "4"}[video.preset],
    }


def _nvenc(video: Video) -> Settings:
    # names of properties differ by GStreamer's version; those that the installed one lacks are left out
    return {
        "rc-mode": "cbr",
        "rate-control": "cbr",
        "bitrate": str(video.bitrate_kbps),
        "vbv-buffer-size": str(video.bitrate_kbps * VBV_MS // 1000),
        "gop-size": str(video.gop),
        "bframes": "0",
        "b-frames": "0",
        "zerolatency": "true",
        "zero-reorder-delay": "true",
        "tune": "ultra-low-latency",
        "strict-gop": "true",
        "repeat-sequence-header": "true",
    }


def _v4l2(video: Video) -> Settings:
    controls = {
        "video_bitrate": video.bitrate_kbps * 1000,
        "video_bitrate_mode": 1,
        "h264_i_frame_period": video.gop,
        "repeat_sequence_header": 1,
    }
    return {"extra-controls": '"controls' + "".join(f",{key}={value}" for key, value in controls.items()) + '"'}


ENCODERS = (
    Encoder("vaapi", "vah264enc", _vaapi, "NV12"),
    Encoder("vaapi", "vah264lpenc", _vaapi, "NV12"),
    Encoder("nvenc", "nvh264enc", _nvenc, "NV12"),
    # without a level it does not start: docs/notes/gstreamer.md#v4l2h264enc-wants-a-level
    Encoder("v4l2", "v4l2h264enc", _v4l2, more=",level=(string)4", rate_property=""),
    Encoder("x264", "x264enc", _x264),
    Encoder("openh264", "openh264enc", _openh264, rate_unit=1000),
)
"""In the order in which `auto` tries them. Only x264 and openh264 were ever run, for want of the hardware."""


def candidates(video: Video) -> list[Encoder]:
    """Encoders that may be used, the configured one first."""
    named = [encoder for encoder in ENCODERS if encoder.name == video.encoder]
    others = [encoder for encoder in ENCODERS if encoder.name != video.encoder]
    return named + (others if video.fallback or video.encoder == "auto" else [])
