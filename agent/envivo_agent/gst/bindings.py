"""The one place that imports GStreamer; stubs for it do not exist, everything from here is untyped."""

from typing import Any

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gio, GLib, GObject, Gst  # noqa: E402

__all__ = ["GLib", "GObject", "Gio", "Gst", "absent", "encrypts", "properties", "trust", "version"]

Gst.init(None)


def absent(factories: tuple[str, ...]) -> list[str]:
    """Those that no installed plugin brings."""
    return [factory for factory in factories if Gst.ElementFactory.find(factory) is None]


def properties(factory: str) -> frozenset[str]:
    """Names of the element's properties; empty where it is not installed. Raises nothing."""
    element: Any = Gst.ElementFactory.make(factory)
    return frozenset(spec.name for spec in element.list_properties()) if element else frozenset()


def encrypts() -> bool:
    """False without glib-networking: no package of GStreamer depends on it, and its sinks hardly say so."""
    return bool(Gio.TlsBackend.get_default().supports_tls())


def trust(authority: str) -> str:
    """In this process only what the authority of the PEM file signed counts from now on, or the system's where
    no file is named; returns what prevents that.

    Not rtspclientsink's tls-database: rtmp2sink has none, and both ask the process for its own.
    """
    try:
        database = Gio.TlsFileDatabase.new(authority) if authority else None
        Gio.TlsBackend.get_default().set_default_database(database)
    except GLib.Error as error:
        return str(error.message)
    return ""


def version() -> str:
    return ".".join(str(part) for part in Gst.version()[:3])
