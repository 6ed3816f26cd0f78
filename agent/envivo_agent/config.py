"""The configuration of one camera: a JSON object, validated completely before anything starts.

There are no defaults here, and the limits are those of roles/camera/settings.py (tests/unit/agent/test_limits.py).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from envivo_agent.controls import controls
from envivo_agent.ipcam.address import host_and_port, is_camera
from envivo_agent.modes import H264, MJPEG, RAW
from envivo_agent.picture import AS_IT_IS, Picture, picture, unfit
from envivo_agent.section import Section, matching

FORMATS = ("auto", MJPEG, *RAW, H264)
TRANSCODE = "transcode"
MODES = ("auto", "passthrough", TRANSCODE)
SOURCES = ("test", "v4l2", "file", "rtsp")
ENCODERS = ("auto", "vaapi", "nvenc", "v4l2", "x264", "openh264")
PRESETS = ("low-cpu", "balanced", "quality")
PLAIN = ("rtsp", "rtmp")
ENCRYPTED = ("rtsps", "rtmps")
PROTOCOLS = PLAIN + ENCRYPTED

_NAME = matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_DEVICE = matching(r"/dev/[A-Za-z0-9_.:/+=@-]{1,250}")
_ALSA_DEVICE = matching(r"[A-Za-z0-9_.:,=-]{1,255}")
_HOST = matching(r"[A-Za-z0-9._:-]+")
_PATH = matching(r"[A-Za-z0-9_.~-]+(/[A-Za-z0-9_.~-]+)*")
_NO_AUTHORITY = matching("")
_AUTHORITY = matching(r"(/[A-Za-z0-9_.:/+=@-]+)?")
_USER = matching(r"[!-9;-~]+")
_PASSWORD = matching(r"[!-~]+")
_CAMERA_URL = "an address such as rtsp://192.168.1.50:554/stream, without a password"
_CAMERA_USER = matching(r"[!-9;-~]{0,255}")
_CAMERA_PASSWORD = matching(r"[!-~]{0,255}")


def _clip(file: str) -> bool:
    """What `open` takes (Linux: 4095 bytes, each name 255), and a log shows as it is."""
    if not (file.startswith("/") and file.isprintable()):
        return False
    names = [len(name.encode()) for name in file.split("/")]
    return max(names) <= 255 and sum(names) + len(names) <= 4096


@dataclass(frozen=True)
class Source:
    """`kind` is "v4l2" (then `device` and `format` are set, and `controls` may be), "file" (then `file` is), "rtsp" (an
    IP camera: then `url` and `mode` are, and `user` and `password` may be) or "test".
    """

    kind: str
    device: str = ""
    format: str = ""
    file: str = ""
    url: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    mode: str = ""
    controls: tuple[tuple[str, int], ...] = ()

    @property
    def path(self) -> str:
        """What has to exist on this host; empty where nothing has to."""
        return self.device or self.file

    @property
    def place(self) -> str:
        """Where frames come from; empty for the test picture."""
        return self.path or self.url

    @property
    def server(self) -> tuple[str, int]:
        """Host and port of an IP camera."""
        return host_and_port(self.url)


@dataclass(frozen=True)
class Audio:
    """`kind` is "none", "test" (a tone), "camera" (an IP camera's own) or "alsa" (then `device` is set)."""

    kind: str
    device: str = ""
    bitrate_kbps: int = 0


@dataclass(frozen=True)
class Video:
    """What is published: pixels, frames per second, kbit/s, ms.

    `fallback`: another encoder may take over from a named one that fails.
    """

    width: int
    height: int
    fps: int
    bitrate_kbps: int
    keyframe_interval_ms: int
    encoder: str
    fallback: bool
    preset: str

    @property
    def gop(self) -> int:
        """Frames from one key frame to the next."""
        return max(1, round(self.fps * self.keyframe_interval_ms / 1000))


@dataclass(frozen=True)
class Publish:
    """`ca` is the PEM file of the only trusted authority, empty for the system's; `user` and `password` are
    both empty or both set.
    """

    protocol: str
    host: str
    port: int
    path: str
    ca: str
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def encrypted(self) -> bool:
        return self.protocol in ENCRYPTED

    @property
    def over_rtmp(self) -> bool:
        return self.protocol in ("rtmp", "rtmps")

    @property
    def url(self) -> str:
        """Address of the stream for logs and status; without credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.protocol}://{host}:{self.port}/{self.path}"


@dataclass(frozen=True)
class Config:
    name: str
    source: Source
    audio: Audio
    video: Video
    publish: Publish
    metrics_port: int
    """Port on loopback; 0: none."""

    @property
    def camera_size(self) -> tuple[int, int]:
        """Width and height of the camera's own picture."""
        return self.picture.of_camera(self.video.width, self.video.height)

    @property
    def secrets(self) -> set[str]:
        """Not to be shown; the empty one is none."""
        return {self.publish.password, self.source.password}

    picture: Picture = AS_IT_IS
    """How the camera's picture becomes that of `video`."""
    written: str = ""
    """Modification time of the file, seconds since 1970: the status repeats it: a deploy sees which one is in force."""


class ConfigError(Exception):
    """`problems`: every finding, each `key: what it must be, what it is`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def _source(section: Section) -> Source:
    kind = section.choice("kind", SOURCES)
    if kind == "v4l2":
        must = "a device below /dev, better its name in /dev/v4l/by-id"
        device = section.text("device", _DEVICE, must)
        form = section.choice("format", FORMATS)
        source = Source(kind, device, form, controls=controls(section))
        section.end(("kind", "device", "format", "controls"))
    elif kind == "file":
        source = Source(kind, file=section.text("file", _clip, "the full path of a clip"))
        section.end(("kind", "file"))
    elif kind == "rtsp":
        source = Source(
            kind,
            url=section.text("url", is_camera, _CAMERA_URL, secret=True),
            user=section.text("user", _CAMERA_USER, "visible ASCII characters without a colon, or empty"),
            password=section.text("password", _CAMERA_PASSWORD, "visible ASCII characters, or empty", secret=True),
            mode=section.choice("mode", MODES),
        )
        section.end(("kind", "url", "user", "password", "mode"))
    else:
        source = Source(kind)
        if kind:
            section.end(("kind",))
    return source


def _audio(section: Section) -> Audio:
    kind = section.choice("kind", ("none", "test", "alsa", "camera"))
    if kind in ("", "none"):
        if kind:
            section.end(("kind",))
        return Audio(kind)
    device = ""
    if kind == "alsa":
        device = section.text("device", _ALSA_DEVICE, "an ALSA device, such as default or hw:1,0")
    audio = Audio(kind, device, section.whole("bitrate_kbps", 16, 256))
    section.end(("kind", "device", "bitrate_kbps") if kind == "alsa" else ("kind", "bitrate_kbps"))
    return audio


def _video(section: Section) -> Video:
    video = Video(
        width=section.whole("width", 160, 3840, even=True),
        height=section.whole("height", 90, 2160, even=True),
        fps=section.whole("fps", 1, 60),
        bitrate_kbps=section.whole("bitrate_kbps", 100, 20000),
        keyframe_interval_ms=section.whole("keyframe_interval_ms", 200, 2000),
        encoder=section.choice("encoder", ENCODERS),
        fallback=section.flag("fallback"),
        preset=section.choice("preset", PRESETS),
    )
    section.end(("width", "height", "fps", "bitrate_kbps", "keyframe_interval_ms", "encoder", "fallback", "preset"))
    return video


def _publish(section: Section) -> Publish:
    protocol = section.choice("protocol", PROTOCOLS)
    host = section.text("host", _HOST, "a host name or an address")
    port = section.whole("port", 1, 65535)
    path = section.text("path", _PATH, "names of A-Z a-z 0-9 _ . ~ - parted by single slashes")
    if protocol in PLAIN:
        ca = section.text("ca", _NO_AUTHORITY, f"empty with {protocol}, where the server shows no certificate")
    else:
        ca = section.text("ca", _AUTHORITY, "the full path of a PEM file, or empty")
    user = password = ""
    if section.has("user") or section.has("password"):
        user = section.text("user", _USER, "visible ASCII characters without a colon")
        password = section.text("password", _PASSWORD, "visible ASCII characters", secret=True)
    section.end(("protocol", "host", "port", "path", "ca", "user", "password"))
    return Publish(protocol, host, port, path, ca, user, password)


def parse(text: str) -> Config:
    """Raises ConfigError with all findings at once; a password's value is in none of them."""
    try:
        document = json.loads(text)
    except ValueError as error:
        # JSONDecodeError.doc quotes the file, its message only the place
        raise ConfigError([f"the file: must be JSON: {error}"]) from None
    except RecursionError:
        raise ConfigError(["the file: must be JSON: it is nested too deep"]) from None
    problems: list[str] = []
    root = Section(document, "", problems)
    config = Config(
        name=root.text("name", _NAME, "up to 63 of A-Z a-z 0-9 . _ -, not first . _ -"),
        source=_source(root.section("source")),
        audio=_audio(root.section("audio")),
        video=_video(root.section("video")),
        publish=_publish(root.section("publish")),
        metrics_port=root.whole("metrics_port", 0, 65535),
    )
    if root.has("picture"):
        config = _changed(config, root.section("picture"))
    root.end(("name", "source", "audio", "video", "publish", "metrics_port", "picture"))
    if problems:
        raise ConfigError(problems)
    return config


def _changed(config: Config, section: Section) -> Config:
    """With another picture than the camera's: `video` has the size of the turned one, in the file."""
    source, video, wanted = config.source, config.video, picture(section)
    if wrong := unfit(wanted, video.width, video.height, source.kind, source.format, source.mode):
        section.refuse(wrong)
        return config
    width, height = wanted.left_over(video.width, video.height)
    mode = TRANSCODE if source.mode and wanted.changed else source.mode
    return replace(
        config,
        source=replace(source, mode=mode),
        video=replace(video, width=width, height=height),
        picture=wanted,
    )


def load(file: Path) -> Config:
    """Raises ConfigError, also when the file cannot be read."""
    try:
        written = file.stat().st_mtime_ns  # before the reading: a file that changes meanwhile is read once too often
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise ConfigError([f"the file: cannot be read: {reason}"]) from None
    return replace(parse(text), written=f"{written // 10**9}.{written % 10**9:09d}")
