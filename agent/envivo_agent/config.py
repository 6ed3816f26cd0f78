"""The configuration of one camera: a JSON object, judged completely before anything starts.

There are no defaults here: whoever writes the file decides everything.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SOURCES = ("test", "v4l2")
FORMATS = ("auto", "mjpeg", "yuyv")
ENCODERS = ("x264", "openh264")
PRESETS = ("low-cpu", "balanced", "quality")
PLAIN = ("rtsp", "rtmp")
ENCRYPTED = ("rtsps", "rtmps")
PROTOCOLS = PLAIN + ENCRYPTED


@dataclass(frozen=True)
class Source:
    """`device` and `format` are empty unless `kind` is "v4l2"."""

    kind: str
    device: str = ""
    format: str = ""


@dataclass(frozen=True)
class Video:
    """Pixels, frames per second, kbit/s."""

    width: int
    height: int
    fps: int
    bitrate_kbps: int
    encoder: str
    preset: str


@dataclass(frozen=True)
class Publish:
    """`ca` is the PEM file of the only authority that counts, empty for the system's; `user` and `password` are
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
    def url(self) -> str:
        """Where viewers of logs and status find the stream; without credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.protocol}://{host}:{self.port}/{self.path}"


@dataclass(frozen=True)
class Config:
    name: str
    source: Source
    video: Video
    publish: Publish


class ConfigError(Exception):
    """`problems`: every finding, each `key: what it must be, what it is`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


_MISSING = object()


class _Section:
    """Takes the keys of one JSON object; whatever nobody took is unknown."""

    def __init__(self, value: Any, place: str, problems: list[str]) -> None:
        self._prefix = f"{place}." if place else ""
        self._problems = problems
        self._left: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
        self._is_object = isinstance(value, dict)
        if not self._is_object:
            self._refuse(place or "the file", "must be an object")

    def _refuse(self, place: str, sentence: str) -> None:
        self._problems.append(f"{place}: {sentence}")

    def _take(self, key: str, must: str) -> Any:
        if key in self._left:
            return self._left.pop(key)
        if self._is_object:
            self._refuse(self._prefix + key, f"is missing: must be {must}")
        return _MISSING

    def _judge(self, key: str, value: Any, good: bool, must: str, secret: bool = False) -> bool:
        if not good and value is not _MISSING:
            self._refuse(self._prefix + key, f"must be {must}, is {'something else' if secret else json.dumps(value)}")
        return good

    def section(self, key: str) -> _Section:
        value = self._take(key, "an object")
        # a missing section is one finding, not one for each of its keys
        return _Section(value, self._prefix + key, [] if value is _MISSING else self._problems)

    def whole(self, key: str, low: int, high: int, even: bool = False) -> int:
        must = f"{'an even' if even else 'a whole'} number from {low} to {high}"
        value = self._take(key, must)
        is_number = isinstance(value, int) and not isinstance(value, bool)
        good = is_number and low <= value <= high and not (even and value % 2)
        return int(value) if self._judge(key, value, good, must) else low

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        must = "one of " + ", ".join(allowed)
        value = self._take(key, must)
        return str(value) if self._judge(key, value, value in allowed, must) else ""

    def text(self, key: str, pattern: str, must: str, secret: bool = False) -> str:
        value = self._take(key, must)
        good = isinstance(value, str) and re.fullmatch(pattern, value) is not None
        return str(value) if self._judge(key, value, good, must, secret) else ""

    def has(self, key: str) -> bool:
        return key in self._left

    def end(self, known: tuple[str, ...]) -> None:
        for key in self._left:
            self._refuse(self._prefix + key, f"is not a known key: known are {', '.join(known)}")


def _source(section: _Section) -> Source:
    kind = section.choice("kind", SOURCES)
    if kind == "test":
        section.end(("kind",))
    if kind != "v4l2":
        return Source(kind)
    device = section.text(
        "device", r"/dev/[A-Za-z0-9_.:/+=@-]+", "a device below /dev, better its name in /dev/v4l/by-id"
    )
    source = Source(kind, device, section.choice("format", FORMATS))
    section.end(("kind", "device", "format"))
    return source


def _video(section: _Section) -> Video:
    video = Video(
        width=section.whole("width", 160, 3840, even=True),
        height=section.whole("height", 90, 2160, even=True),
        fps=section.whole("fps", 1, 60),
        bitrate_kbps=section.whole("bitrate_kbps", 50, 20000),
        encoder=section.choice("encoder", ENCODERS),
        preset=section.choice("preset", PRESETS),
    )
    section.end(("width", "height", "fps", "bitrate_kbps", "encoder", "preset"))
    return video


def _publish(section: _Section) -> Publish:
    protocol = section.choice("protocol", PROTOCOLS)
    host = section.text("host", r"[A-Za-z0-9._:-]+", "a host name or an address")
    port = section.whole("port", 1, 65535)
    path = section.text(
        "path", r"[A-Za-z0-9_.~-]+(/[A-Za-z0-9_.~-]+)*", "names of A-Z a-z 0-9 _ . ~ - parted by single slashes"
    )
    if protocol in PLAIN:
        ca = section.text("ca", "", f"empty with {protocol}, where the server shows no certificate")
    else:
        ca = section.text("ca", r"(/[A-Za-z0-9_.:/+=@-]+)?", "the full path of a PEM file, or empty")
    user = password = ""
    if section.has("user") or section.has("password"):
        user = section.text("user", r"[!-9;-~]+", "visible ASCII characters without a colon")
        password = section.text("password", r"[!-~]+", "visible ASCII characters", secret=True)
    section.end(("protocol", "host", "port", "path", "ca", "user", "password"))
    return Publish(protocol, host, port, path, ca, user, password)


def parse(text: str) -> Config:
    """Raises ConfigError with all findings at once; a password's value is in none of them."""
    try:
        document = json.loads(text)
    except ValueError as error:
        # JSONDecodeError.doc quotes the file, its message only the place
        raise ConfigError([f"the file: must be JSON: {error}"]) from None
    problems: list[str] = []
    root = _Section(document, "", problems)
    config = Config(
        name=root.text("name", r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", "up to 63 of A-Z a-z 0-9 . _ -, not first . _ -"),
        source=_source(root.section("source")),
        video=_video(root.section("video")),
        publish=_publish(root.section("publish")),
    )
    root.end(("name", "source", "video", "publish"))
    if problems:
        raise ConfigError(problems)
    return config


def load(file: Path) -> Config:
    """Raises ConfigError, also when the file cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise ConfigError([f"the file: cannot be read: {reason}"]) from None
    return parse(text)
