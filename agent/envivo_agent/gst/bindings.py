"""The one import of GStreamer. It has no type stubs: everything from here is untyped."""

from typing import Any

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gio, GLib, GObject, Gst  # noqa: E402

__all__ = ["GLib", "GObject", "Gio", "Gst", "absent", "encrypts", "properties", "trust", "version"]

Gst.init(None)


def absent(factories: tuple[str, ...]) -> list[str]:
    """Elements that no installed plugin provides."""
    return [factory for factory in factories if Gst.ElementFactory.find(factory) is None]


def properties(factory: str) -> frozenset[str]:
    """Names of the element's properties; empty where it is not installed. Raises nothing."""
    element: Any = Gst.ElementFactory.make(factory)
    return frozenset(spec.name for spec in element.list_properties()) if element else frozenset()


def encrypts() -> bool:
    """False without glib-networking: no package of GStreamer depends on it, and its sinks hardly report that."""
    return bool(Gio.TlsBackend.get_default().supports_tls())


def trust(authority: str) -> str:
    """Trust, in this process from now on, only certificates signed by the authority of the PEM file, or by the system's
    authorities where no file is named. Returns the error, empty on success.

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
