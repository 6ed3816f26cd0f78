"""A camera that can fail. Runs on camera hosts, in the agent's own process, behind the interface of
`envivo_agent.gst.camera` and `envivo_agent.plan.camera_element`; failing_camera.pth brings it there.

The device /dev/failing/NAME does what the word in ORDERS/NAME says, at once, without that file it is not there.
"""

import ctypes
import time
import weakref
from fractions import Fraction
from pathlib import Path
from typing import Any

HOME = "/opt/envivo-test"
ORDERS = Path(HOME, "orders")
DEVICES = "/dev/failing/"
PTH_FILE = "/usr/lib/python3/dist-packages/failing_camera.pth"
PTH = f'{HOME}\nimport sys; "envivo_agent" in sys.orig_argv and __import__("failing_camera").install()\n'

OK, NOISE, GONE, FROZEN, BUSY, STUTTERS = "ok", "noise", "gone", "frozen", "busy", "stutters"
ONLY_MJPEG, ONLY_LARGER = "only-mjpeg", "only-larger"
"""From then on it gives nothing else: the stream that runs ends."""
_BUILT_FOR = {ONLY_MJPEG, ONLY_LARGER, NOISE}

FPS = 15
SIZES, LARGER = ((320, 180), (480, 270)), (640, 360)
_STUTTER_S = (0.0, 0.0, 0.03, None, None, None, None, 0.05, 0.0, 0.02, None, 0.0)
"""Frame by frame: so late, or not at all."""

_RESOURCE, _STREAM = "gst-resource-error-quark", "gst-stream-error-quark"
_ERRORS = {
    GONE: (
        _STREAM,
        1,
        "Internal data stream error.",
        "../libs/gst/base/gstbasesrc.c(3177): gst_base_src_loop (): /GstPipeline:pipeline0/GstV4l2Src:source:\n"
        "streaming stopped, reason error (-5)",
    ),
    BUSY: (
        _RESOURCE,
        4,
        "Device '{device}' is busy",
        "../sys/v4l2/gstv4l2object.c(4083): gst_v4l2_object_set_format_full (): "
        "/GstPipeline:pipeline0/GstV4l2Src:source:\nCall to S_FMT failed for YUYV @ 320x180: Device or resource busy",
    ),
}
"""Domain, code, text and debug text of v4l2src."""


def order(device: str) -> str:
    try:
        return ORDERS.joinpath(device.removeprefix(DEVICES)).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return GONE


def install() -> None:
    """Before the agent begins."""
    from envivo_agent import plan
    from envivo_agent.faults import CameraError, gone
    from envivo_agent.gst import camera
    from envivo_agent.gst.bindings import GLib, GObject, Gst
    from envivo_agent.modes import MJPEG, YUYV, Offer
    from envivo_agent.plan import SOURCE, Chain

    class FailingCamera(Gst.Bin):  # type: ignore[misc]
        __gstmetadata__ = ("failing camera", "Source/Video", "does what it is told", "envivo")
        __gsttemplates__ = Gst.PadTemplate.new("src", Gst.PadDirection.SRC, Gst.PadPresence.ALWAYS, Gst.Caps.new_any())

        def __init__(self) -> None:
            super().__init__()
            if not self.is_floating():
                # what makes elements takes a floating reference; PyGObject before 3.50 gives none away: with the mark
                # alone wrapper and pipeline would own the same one, and the wrapper would outlive the element
                element, gobject = ctypes.c_void_p(hash(self)), ctypes.CDLL("libgobject-2.0.so.0")
                gobject.g_object_ref(element)
                gobject.g_object_force_floating(element)
            self._device = ""
            self._built_for = ""
            self._given: Any = None
            self._frames = 0
            self._ended = False

        @GObject.Property(type=str)
        def device(self) -> str:
            return self._device

        @device.setter  # type: ignore[no-redef]
        def device(self, device: str) -> None:
            self._device = device
            said = order(device)
            self._built_for = said if said in _BUILT_FOR else OK
            pattern = "snow" if said == NOISE else "ball"
            # as a camera's driver, it stamps a frame with the time at which it has it
            source = f"videotestsrc is-live=true do-timestamp=true pattern={pattern}"
            form, coder = ("I420", " ! jpegenc") if said == ONLY_MJPEG else ("YUY2", "")
            text = (
                f"{source} ! capsfilter name=given caps=video/x-raw,format={form},framerate={FPS}/1{coder} ! identity"
            )
            inner: Any = Gst.parse_bin_from_description(f"{text} name=last", False)
            self.add(inner)
            inner.get_parent()  # PyGObject lets go of what it made for C when it has been asked for once
            self._given = inner.get_by_name("given")
            last = inner.get_by_name("last").get_static_pad("src")
            # the pad is part of the camera: what held it from there would hold both for ever
            camera = weakref.ref(self)
            last.add_probe(
                Gst.PadProbeType.BUFFER, lambda *_: me._frame() if (me := camera()) else Gst.PadProbeReturn.OK
            )
            ghost = Gst.GhostPad.new("src", last)
            inner.add_pad(ghost)
            self.add_pad(Gst.GhostPad.new("src", ghost))

        def _frame(self) -> Any:
            said = order(self._device)
            self._frames += 1
            if self._ended or said == FROZEN:
                return Gst.PadProbeReturn.DROP
            if said in _ERRORS:
                return self._fail(*_ERRORS[said])
            if said != self._built_for and said in _BUILT_FOR:
                # what follows does not take it: the source itself says so
                self._ended = True
                self._given.set_property("caps", Gst.Caps.from_string("video/x-raw,format=GRAY8,width=800"))
            late = _STUTTER_S[self._frames % len(_STUTTER_S)] if said == STUTTERS else 0.0
            if late is None:
                return Gst.PadProbeReturn.DROP
            time.sleep(late)
            return Gst.PadProbeReturn.OK

        def _fail(self, domain: str, code: int, text: str, debug: str) -> Any:
            self._ended = True
            error = GLib.Error(text.format(device=self._device), domain, code)
            self.post_message(Gst.Message.new_error(self, error, debug))
            return Gst.PadProbeReturn.DROP

    Gst.Element.register(None, "failingcamera", Gst.Rank.NONE, FailingCamera)
    own = camera.is_there, camera.offered, plan.camera_element

    def is_there(place: str) -> bool:
        return order(place) != GONE if place.startswith(DEVICES) else own[0](place)

    def offered(config: Any) -> list[Offer]:
        device = config.source.device
        if not device.startswith(DEVICES):
            return own[1](config)
        said = order(device)
        if said == GONE:
            raise CameraError(gone(config))
        forms = (MJPEG,) if said == ONLY_MJPEG else (YUYV, MJPEG)
        sizes = (LARGER,) if said == ONLY_LARGER else SIZES
        return [Offer(form, width, height, (Fraction(FPS),)) for form in forms for width, height in sizes]

    def camera_element(source: Any) -> Chain:
        if not source.device.startswith(DEVICES):
            return own[2](source)
        # in the text: the element has to know it before it is linked
        return Chain(f"failingcamera name={SOURCE} device={source.device}")

    camera.is_there, camera.offered, plan.camera_element = is_there, offered, camera_element
