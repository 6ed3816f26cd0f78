"""(gi) Takes one published stream over RTSP and prints the age of each picture in ms, read from its strip.

    /usr/bin/python3 -s -B tests/bench/agent_receiver.py PORT PATH TRACK...

TRACK: H264 or Opus, in the order in which they are announced. The first line says `ready`.
Started by agent_latency.py, with Debian's Python: there is no gi in .venv.
"""

import sys
import threading
import time
from typing import Any

import gi
from strip import ROW, WIDTH, age_ms

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

_TRACKS = {
    "H264": "rtph264depay name=depay{} ! h264parse ! openh264dec"
    " ! appsink name=pictures sync=false max-buffers=4 drop=true",
    "Opus": "rtpopusdepay name=depay{} ! fakesink sync=false async=false",
}
"""The server gives the announced track number N to the element depayN."""
_KEPT: list[Any] = []
"""What the server gives to callbacks is freed with the last reference, and its threads still use it then."""


def watch(sink: Any) -> None:
    """In a thread of Python's own: a callback in GStreamer's threads makes and ends a thread of Python each time."""
    wait = 100 * Gst.MSECOND
    while True:
        sample = sink.emit("try-pull-sample", wait)
        if sample is None:
            time.sleep(0.01)  # not yet, or no more
            continue
        now_ms = time.time() * 1000
        width = int(sample.get_caps().to_string().split("width=(int)")[1].split(",")[0])
        age = age_ms(sample.get_buffer().extract_dup(ROW * width, WIDTH), now_ms)
        print("unreadable" if age is None else f"{age:.1f}", flush=True)


def configured(_factory: Any, media: Any) -> None:
    element = media.get_element()
    sink = element.get_by_name("pictures")
    _KEPT.extend((media, element, sink))
    threading.Thread(target=watch, args=(sink,), daemon=True).start()


def main(port: str, path: str, tracks: list[str]) -> None:
    Gst.init(None)
    server, factory = GstRtspServer.RTSPServer(), GstRtspServer.RTSPMediaFactory()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)
    factory.set_latency(0)
    factory.set_launch(f"( {' '.join(_TRACKS[track].format(number) for number, track in enumerate(tracks))} )")
    factory.connect("media-configure", configured)
    points = server.get_mount_points()
    points.add_factory(f"/{path}", factory)
    _KEPT.extend((server, factory, points))
    server.attach(None)
    print("ready", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
