"""Debian packages of GStreamer's elements."""

from __future__ import annotations

from collections.abc import Collection

from envivo_agent.faults import PIPELINE, Fault

_PACKAGE_OF = {
    "v4l2src": "plugins-good",
    "rtspsrc": "plugins-good",
    **dict.fromkeys(("rtph264depay", "rtph265depay", "rtpjpegdepay", "rtppcmadepay", "rtppcmudepay"), "plugins-good"),
    **dict.fromkeys(("rtpmp4gdepay", "rtpmp4adepay", "rtpopusdepay", "rtpL16depay"), "plugins-good"),
    **dict.fromkeys(("alawdec", "mulawdec"), "plugins-good"),
    "jpegdec": "plugins-good",
    **dict.fromkeys(("videoflip", "videocrop"), "plugins-good"),
    "flvmux": "plugins-good",
    "v4l2h264enc": "plugins-good",
    "aacparse": "plugins-good",
    "h264parse": "plugins-bad",
    **dict.fromkeys(("h265parse", "openh264dec", "libde265dec", "faad"), "plugins-bad"),
    "openh264enc": "plugins-bad",
    "rtmp2sink": "plugins-bad",
    "vah264enc": "plugins-bad",
    "vah264lpenc": "plugins-bad",
    "nvh264enc": "plugins-bad",
    "voaacenc": "plugins-bad",
    "x264enc": "plugins-ugly",
    "rtspclientsink": "rtsp",
    **dict.fromkeys(("textoverlay", "clockoverlay"), "x"),
    "alsasrc": "alsa",
}


def package_of(factory: str) -> str:
    return f"gstreamer1.0-{_PACKAGE_OF.get(factory, 'plugins-base')}"


def missing_packages(absent: Collection[str]) -> Fault:
    """Fault of elements that are not installed."""
    packages = sorted({package_of(factory) for factory in absent})
    return Fault(PIPELINE, f"GStreamer has no {', '.join(sorted(absent))}", f"apt-get install {' '.join(packages)}")
