"""Cameras: each is one agent that publishes to the path of the same name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from envivo.config.credentials import Credentials
from envivo.config.interrupts import Interrupts
from envivo.config.types import DevicePassword, Flag, Settings, Text, Whole
from envivo.config.values import matching, optional
from envivo.core.errors import Unfit
from envivo.core.quoting import shown
from envivo.roles.camera import address
from envivo.roles.camera.picture import LEAST, Crop, Overlay

PACKAGES = (
    "ca-certificates",
    "gir1.2-gstreamer-1.0",
    "glib-networking",
    "gstreamer1.0-alsa",
    "gstreamer1.0-plugins-bad",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-plugins-ugly",
    "gstreamer1.0-rtsp",
    "python3-gi",
)
OVERLAY_PACKAGES = ("gstreamer1.0-x",)
"""Where an overlay is shown: GStreamer's text comes with its plugins for X11."""


def clip(file: str) -> str:
    """A path that `open` takes (Linux: 4095 bytes, each name 255) and a log can show unescaped. Raises ValueError."""
    names = [len(name.encode()) for name in file.split("/")]
    if not (file.startswith("/") and file.isprintable() and max(names) <= 255 and sum(names) + len(names) <= 4096):
        raise ValueError(f"must be the full path of a clip, is {shown(file)}")
    return file


INSTANCE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
"""Names of cameras that the agent accepts."""
USER = r"[!-9;-~]{0,255}"
"""User of an IP camera."""
ControlName = Annotated[Text, matching(r"[a-z0-9_]{1,63}", "a name of a-z 0-9 _")]
ControlValue = Annotated[Whole, Field(ge=-(2**31), le=2**31 - 1)]
METRICS_PORT = 9180
"""Loopback port of the first camera of a host; the next ones follow, in the order of the settings."""


class Camera(Settings):
    """A camera, and the agent that publishes it to the path of the same name."""

    interrupts = Interrupts.CAMERA
    host: Text = ""
    """Host of the group `cameras` that the camera is connected to. Empty: the only host of that group."""
    source: Literal["v4l2", "test", "file", "rtsp"] = "v4l2"
    """Where pictures come from. v4l2: a camera. test: a moving test picture with a clock. file: a clip, in a loop.
    rtsp: an IP camera that its host reaches (docs/howto/add_ip_camera.md)."""
    device: Annotated[
        Text, matching(r"/dev/[A-Za-z0-9_.:/+=@-]{1,250}", "a device below /dev, such as /dev/video0")
    ] = "/dev/video0"
    """Device of the camera, for the source v4l2. Use its permanent name in /dev/v4l/by-id: /dev/video0 may be
    another camera after a reboot."""
    format: Literal[
        "auto",
        "mjpeg",
        "yuyv",
        "nv12",
        "yu12",
        "yv12",
        "nv21",
        "uyvy",
        "yvyu",
        "vyuy",
        "nv16",
        "422p",
        "rgb3",
        "bgr3",
        "xr24",
        "grey",
        "h264",
    ] = "auto"
    """Format to request from the camera: its name in `v4l2-ctl --list-formats`, in lower case (mjpeg: MJPG). auto: the
    format with the highest frame rate, up to `fps`, and with colour if the camera has any. h264: the camera's own
    encoder, with its own GOP and profile, which some viewers may not decode."""
    controls: dict[ControlName, ControlValue] = Field(default_factory=dict)
    """Controls of the camera by the names that `v4l2-ctl --list-ctrls-menus` prints: focus_absolute,
    exposure_time_absolute, power_line_frequency (1: 50 Hz, 2: 60 Hz). Set each time that the capture starts, for the
    source v4l2. One that you remove keeps its value until the camera is plugged in again."""
    file: Annotated[Text, optional("full path of a clip", clip)] = ""
    """Clip for the source file, on the camera host, where the agent may read it (not below /home)."""
    url: Annotated[Text, optional(address.WORDS, address.camera_url)] = ""
    """Stream of the IP camera, for the source rtsp; its manual names the path. Take one of H.264 without B-frames."""
    user: Annotated[Text, matching(USER, "visible ASCII characters without a colon, or empty")] = ""
    """User of the IP camera; empty: it wants none."""
    password: DevicePassword = SecretStr("")
    """Password of that user, as the camera has it: `secret("camera-NAME")`, which is never generated."""
    mode: Literal["auto", "passthrough", "transcode"] = "auto"
    """What is done with the pictures of the IP camera. passthrough: published as they are, for next to no processor
    time; only H.264 without B-frames can be. transcode: transcoded, as `width` to `preset` say. auto:
    passthrough where browsers play them, else transcode."""
    audio: Literal["none", "test", "alsa", "camera"] = "none"
    """Sound. alsa: a microphone. camera: the IP camera's own, if it sends any. test: a tone of 440 Hz. Over rtsp it is
    Opus, heard over WebRTC and HLS; over rtmp it is AAC, heard over HLS only."""
    audio_device: Annotated[Text, matching(r"[A-Za-z0-9_.:,=-]{1,255}", "an ALSA device, such as hw:CARD=Camera")] = (
        "default"
    )
    """Microphone of alsa. `arecord -L` on the camera host lists them; hw:CARD=NAME stays the same after a reboot."""
    audio_bitrate_kbps: Annotated[Whole, Field(ge=16, le=256)] = 64
    """Bit rate of the sound, kbit/s."""
    width: Annotated[Whole, Field(ge=160, le=3840, multiple_of=2)] = 1280
    """Width of the picture, pixels, after `rotate` and before `crop`. The camera must offer exactly this size (with
    `rotate` 90 or 270: its height), but for an IP camera's, which is passed through as it is."""
    height: Annotated[Whole, Field(ge=90, le=2160, multiple_of=2)] = 720
    """Height of the picture, pixels, after `rotate` and before `crop`."""
    rotate: Literal[0, 90, 180, 270] = 0
    """Degrees by which the picture is turned clockwise. Not for the source test, nor where pictures are published as
    the camera encodes them (`format` h264, `mode` passthrough); an IP camera is transcoded."""
    mirror: Flag = False
    """Whether left and right are exchanged, after `rotate`. For the same sources."""
    crop: Crop = Crop()
    overlay: Overlay = Overlay()
    fps: Annotated[Whole, Field(ge=1, le=60)] = 30
    """Maximum frame rate, frames per second. If the camera delivers fewer, the agent publishes those."""
    bitrate_kbps: Annotated[Whole, Field(ge=100, le=20000), Interrupts.V4L2_ENCODER] = 2500
    """Bit rate of the picture, kbit/s. Of an IP camera that is passed through: what it is set to, for the forecast of
    the disk."""
    keyframe_interval_ms: Annotated[Whole, Field(ge=200, le=2000)] = 300
    """Milliseconds between key frames. A new viewer waits at most this long for a picture. A key frame needs several
    times the bits of another frame, so set 1000 or more at a low bit rate
    (docs/evidence/viewer.md#what-key-frames-cost)."""
    encoder: Literal["auto", "vaapi", "nvenc", "v4l2", "x264", "openh264"] = "auto"
    """H.264 encoder. auto: the first of the others, in this order, that works in a test on the camera host."""
    encoder_fallback: Flag = False
    """Whether the agent may use another encoder if the one that you set does not work."""
    preset: Literal["low-cpu", "balanced", "quality"] = "balanced"
    """Processor time that x264 and openh264 spend on quality: 12, 18 or 30 % of a core for 720p30
    (docs/evidence/agent.md#encoder-presets)."""
    protocol: Literal["rtsp", "rtmp"] = "rtsp"
    """Protocol of the agent. With `web.domain`, the agent uses TLS and verifies the certificate, unless the camera
    is on the media host."""

    @model_validator(mode="after")
    def _clip_has_a_file(self) -> Self:
        if self.source == "file" and not self.file:
            raise ValueError("file: is missing: source file needs the path of a clip")
        if self.file and self.source != "file":
            raise ValueError(
                f"file: only applies to source file, but source is {self.source}: remove it, or set source to file"
            )
        return self

    @model_validator(mode="after")
    def _controls_are_of_a_camera(self) -> Self:
        if self.controls and self.source != "v4l2":
            fix = 'remove it, or set source to "v4l2"'
            raise Unfit(f"controls: only applies to source v4l2, but source is {self.source}", fix)
        return self

    @model_validator(mode="after")
    def _ip_camera_is_whole(self) -> Self:
        if self.source == "rtsp" and not self.url:
            raise Unfit("url: is missing", f'source rtsp needs the address of a stream: url="{address.EXAMPLE}"')
        if self.source == "rtsp" and self.password.get_secret_value() and not self.user:
            raise Unfit("user: is missing", "password is that of a user of the camera, often admin")
        said = {
            "url": bool(self.url),
            "user": bool(self.user),
            "password": bool(self.password.get_secret_value()),
            "mode": self.mode != "auto",
            'audio "camera"': self.audio == "camera",
        }
        strange = [name for name, is_set in said.items() if is_set and self.source != "rtsp"]
        if strange:
            fix = f'remove {" and ".join(strange)}, or set source to "rtsp"'
            raise Unfit(f"{strange[0]}: is only for an IP camera, source is {self.source}", fix)
        return self

    @model_validator(mode="after")
    def _picture_can_be_changed(self) -> Self:
        changes = {
            "rotate": self.rotate != 0,
            "mirror": self.mirror,
            "crop": self.crop != Crop(),
            "overlay": self.overlay.is_shown,
        }
        wanted = [name for name, is_set in changes.items() if is_set]
        unfit = {
            "source test": (self.source == "test", 'set source to "v4l2"'),
            "format h264, which the camera encodes": (
                self.source == "v4l2" and self.format == "h264",
                'set format to "auto"',
            ),
            "mode passthrough": (self.mode == "passthrough", 'set mode to "transcode"'),
        }
        for what, (is_set, other) in unfit.items():
            if wanted and is_set:
                fix = f"remove {' and '.join(wanted)}, or {other}"
                raise Unfit(f"{wanted[0]}: does not apply to {what}", fix)
        left_over = self.crop.left_over(self.width, self.height)
        if wanted and (left_over[0] < LEAST[0] or left_over[1] < LEAST[1]):
            sizes = f"{left_over[0]}x{left_over[1]} of {self.width}x{self.height}"
            raise Unfit(f"crop: leaves {sizes}", f"leave at least {LEAST[0]}x{LEAST[1]}")
        return self

    @property
    def camera_size(self) -> tuple[int, int]:
        """Width and height that a camera is asked for."""
        return (self.height, self.width) if self.rotate in (90, 270) else (self.width, self.height)

    @property
    def total_kbps(self) -> int:
        """Bit rate of picture and sound, kbit/s."""
        return self.bitrate_kbps + (self.audio_bitrate_kbps if self.audio != "none" else 0)

    @property
    def silent_in_webrtc(self) -> bool:
        """Over RTMP sound is AAC, which no browser gets over WebRTC: docs/notes/mediamtx.md#sound-over-webrtc"""
        return self.audio != "none" and self.protocol == "rtmp"


def instance(camera: str) -> str:
    """Name of a camera in files and units, where a slash is not possible: `live/webcam` -> `live-webcam`."""
    return camera.replace("/", "-")


def unit_name(camera: str) -> str:
    return f"envivo-agent@{instance(camera)}.service"


@dataclass(frozen=True)
class Agents:
    """Settings of the camera role."""

    cameras: Mapping[str, Camera]
    """By the path that each publishes to; of all camera hosts."""
    publishers: Mapping[str, Credentials]
    """By path."""
    authority: str = ""
    """PEM of the authority that signs the media host's certificate, where that is not a public one."""

    def on(self, host: str, hosts: Sequence[str]) -> dict[str, Camera]:
        """Cameras of a host. `hosts`: all camera hosts."""
        return {name: camera for name, camera in self.cameras.items() if self.host_of(name, hosts) == host}

    def host_of(self, camera: str, hosts: Sequence[str]) -> str:
        """The host of a camera: that which it names, else the only one of `hosts`; empty: not known."""
        return self.cameras[camera].host or (hosts[0] if len(hosts) == 1 else "")
