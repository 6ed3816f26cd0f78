"""The one place that imports GStreamer; stubs for it do not exist, everything from here is untyped."""

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gio, GLib, GObject, Gst  # noqa: E402

__all__ = ["GLib", "GObject", "Gst", "absent", "encrypts", "trust", "version"]

Gst.init(None)


def absent(factories: tuple[str, ...]) -> list[str]:
    """Those that no installed plugin brings."""
    return [factory for factory in factories if Gst.ElementFactory.find(factory) is None]


def encrypts() -> bool:
    """False without glib-networking: no package of GStreamer depends on it, and its sinks hardly say so."""
    return bool(Gio.TlsBackend.get_default().supports_tls())


def trust(authority: str) -> str:
    """In this process only what the authority of the PEM file signed counts from now on; returns what prevents that.

    Not rtspclientsink's tls-database: rtmp2sink has none, and both ask the process for its own.
    """
    try:
        Gio.TlsBackend.get_default().set_default_database(Gio.TlsFileDatabase.new(authority))
    except GLib.Error as error:
        return str(error.message)
    return ""


def version() -> str:
    return ".".join(str(part) for part in Gst.version()[:3])
