"""The one place that imports GStreamer; stubs for it do not exist, everything from here is untyped."""

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

__all__ = ["GLib", "Gst", "absent", "version"]

Gst.init(None)


def absent(factories: tuple[str, ...]) -> list[str]:
    """Those that no installed plugin brings."""
    return [factory for factory in factories if Gst.ElementFactory.find(factory) is None]


def version() -> str:
    return ".".join(str(part) for part in Gst.version()[:3])
