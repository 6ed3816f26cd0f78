"""The modules that need GStreamer, and so PyGObject (`gi`). Outside this folder the standard library is enough."""
