"""A stand-in for an IP camera, run by Debian's own Python: gst-rtsp-server with a test picture.

    /usr/bin/python3 -s ip_camera.py '{"port": 8554, "codec": "h264", ...}'

SIGUSR1: frames stop, RTSP goes on; again: they come. Says `ready` when it listens.
`drawn`: with the agent's test picture, whose strip tells when it was drawn; at least 640 wide. Such a one may have
`jitter_ms`, the most by which a frame is early or late; `hiccup_ms`, for which it hangs every 5 s and sends what it
missed all at once; and `jumps`: its stamps leap every 5 s.
"""

import json
import random
import signal
import sys
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

CODERS = {
    "h264": "x264enc {tune} speed-preset=ultrafast bitrate=400 key-int-max={gop} bframes={bframes} b-adapt=false"
    " rc-lookahead=0 sync-lookahead=0 option-string=scenecut=0 ! video/x-h264,profile={profile} ! rtph264pay",
    "h265": "x265enc tune=zerolatency speed-preset=ultrafast bitrate=400 key-int-max={gop} ! rtph265pay",
    "jpeg": "jpegenc quality=60 ! rtpjpegpay",
    "vp8": "vp8enc deadline=1 keyframe-max-dist={gop} ! rtpvp8pay",
}
SOUNDS = {
    "pcma": "audiotestsrc is-live=true volume=0.1 samplesperbuffer=160 ! audio/x-raw,rate=8000,channels=1 ! alawenc"
    " ! rtppcmapay",
    "aac": "audiotestsrc is-live=true volume=0.1 ! audio/x-raw,rate=16000,channels=1 ! voaacenc bitrate=32000"
    " ! aacparse ! rtpmp4gpay",
    # one that announces sound and sends none
    "mute": "audiotestsrc is-live=true volume=0.1 samplesperbuffer=160 num-buffers=1 ! audio/x-raw,rate=8000,channels=1"
    " ! alawenc ! rtppcmapay",
}

EVERY_S = 5
"""Seconds between two hiccups, and between two jumps."""
JUMPED_S = (0, 10, -5, -4.7)
"""By how much stamps are wrong, in turn: those of a camera that has just set its clock, and small ones."""


def drawing(told: dict[str, Any], picture: Any, payloader: Any) -> None:
    """Frames into `picture`, an appsrc, when they are due, until it takes no more."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "agent"))
    from envivo_agent.pattern import ClockPattern

    fps, jitter_s = told.get("fps", 25), told.get("jitter_ms", 0) / 1000
    pattern, began, due, never = ClockPattern(told["width"], told["height"]), time.monotonic(), 0.0, threading.Event()
    for number in count():
        never.wait(max(0.0, began + due - time.monotonic()))
        if number % (EVERY_S * fps) == EVERY_S * fps - 1:
            never.wait(told.get("hiccup_ms", 0) / 1000)
            if told.get("jumps"):
                jumped = int(JUMPED_S[(number // (EVERY_S * fps) + 1) % len(JUMPED_S)] * Gst.SECOND)
                payloader.get_static_pad("sink").get_peer().set_offset(jumped)
                payloader.get_static_pad("src").set_offset(-jumped)  # for who waits for the moment to send
        due = (number + 1) / fps + random.uniform(-jitter_s, jitter_s)  # noqa: S311
        frame = pattern.draw(int(time.time() * 1000))
        if picture.emit("push-buffer", Gst.Buffer.new_wrapped(frame)) != Gst.FlowReturn.OK:
            return


def no_seeking(_pad: Any, probed: Any) -> Any:
    """FFmpeg asks for the beginning, and a tone could go there: the pictures cannot."""
    asked = probed.get_query().type == Gst.QueryType.SEEKING
    return Gst.PadProbeReturn.DROP if asked else Gst.PadProbeReturn.OK


def description(told: dict[str, Any]) -> str:
    bframes = told.get("bframes", 0)
    fields = {
        "tune": "" if bframes else "tune=zerolatency",
        "gop": told.get("gop", 25),
        "bframes": bframes,
        "profile": told.get("profile", "high" if bframes else "constrained-baseline"),
    }
    size = f"width={told.get('width', 320)},height={told.get('height', 180)},framerate={told.get('fps', 25)}/1"
    caps = f"video/x-raw,format=I420,{size}"
    if told.get("drawn"):
        source = f"appsrc name=drawn is-live=true format=time do-timestamp=true max-buffers=2 block=true caps={caps}"
    else:
        source = f"videotestsrc is-live=true pattern=ball ! {caps}"
    source += " ! identity name=gate ! queue"
    picture = f"{CODERS[told['codec']].format(**fields)} name=pay0 pt=96" if told["codec"] else ""
    if told.get("reticent"):  # parameters are sent with the pictures alone
        caps = (
            "application/x-rtp,media=video,payload=96,clock-rate=90000,encoding-name=H264,packetization-mode=(string)1"
        )
        picture = picture.replace(
            "name=pay0 pt=96", f"pt=96 config-interval=-1 ! capssetter name=pay0 replace=true caps={caps}"
        )
    picture = picture.replace("rtpjpegpay name=pay0 pt=96", "rtpjpegpay name=pay0 pt=26")
    sound = f"{SOUNDS[told['sound']]} name={'pay1' if picture else 'pay0'}" if told.get("sound") else ""
    sound = f"{sound} pt={97 if told.get('sound') == 'aac' else 8}" if sound else ""
    return f"( {f'{source} ! {picture}' if picture else ''} {sound} )"


def main() -> None:
    told = json.loads(sys.argv[1])
    Gst.init(None)
    gates: list[Any] = []
    silent = False

    def stop(*_: object) -> None:
        nonlocal silent
        silent = not silent
        for gate in gates:
            gate.set_property("drop-probability", 1.0 if silent else 0.0)
        print("silent" if silent else "sending", flush=True)

    signal.signal(signal.SIGUSR1, lambda *_: GLib.idle_add(stop))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_shared(True)
    factory.set_launch(description(told))

    def configured(_factory: object, media: Any) -> None:
        element = media.get_element()
        gate, drawn = element.get_by_name("gate"), element.get_by_name("drawn")
        if gate:
            gates.append(gate)
        if drawn:
            if sound := element.get_by_name("pay1"):
                sound.get_static_pad("src").add_probe(Gst.PadProbeType.QUERY_UPSTREAM, no_seeking)
            threading.Thread(target=drawing, args=(told, drawn, element.get_by_name("pay0")), daemon=True).start()

    factory.connect("media-configure", configured)
    server = GstRtspServer.RTSPServer()
    server.set_address(told.get("address", "127.0.0.1"))
    server.set_service(str(told["port"]))
    server.get_mount_points().add_factory("/main", factory)
    if told.get("user"):
        login = GstRtspServer.RTSPAuth()
        login.set_supported_methods(
            GstRtsp.RTSPAuthMethod.BASIC if told.get("basic") else GstRtsp.RTSPAuthMethod.DIGEST
        )
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "user")
        if told.get("basic"):
            login.add_basic(GstRtspServer.RTSPAuth.make_basic(told["user"], told["password"]), token)
        else:
            login.add_digest(told["user"], told["password"], token)
        server.set_auth(login)
        rights = "user, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"
        factory.add_role_from_structure(Gst.Structure.new_from_string(rights))
    server.attach(None)
    print("ready", flush=True)
    GLib.MainLoop().run()


main()
