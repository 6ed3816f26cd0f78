"""What cameras answer, as far as it is needed. Elements are known by their names alone: versions of namespaces differ,
and some makers forget to declare their prefixes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import islice
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from envivo_agent.ipcam.plain import plain

MOST_PROFILES = 16
_MOST_MATCHES = 8
"""Of one answer; each is searched for what it says, also where a hostile device nests them."""
_LONGEST_URL = 255
_LONGEST_TOKEN = 64
"""Characters of a profile's token (ONVIF, tt:ReferenceToken)."""
_REFUSED = frozenset(
    {
        *("NotAuthorized", "SenderNotAuthorized", "FailedAuthentication", "FailedCheck"),
        *("InvalidCredentials", "InvalidSecurity", "InvalidSecurityToken"),
    }
)
"""Codes of faults: ONVIF's, WS-Security's and those of cameras that follow neither."""
_SCOPE = "onvif://www.onvif.org/"


class AnswerError(Exception):
    """It is not read. The message says why, and quotes nothing."""


@dataclass(frozen=True)
class Match:
    """What a camera says of itself when it is found. `services`: its ONVIF addresses, as it gives them."""

    name: str = ""
    model: str = ""
    services: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """A stream. 0, empty: not known."""

    token: str
    name: str
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    kbps: int = 0


def root(data: bytes) -> Element:
    """The document, its names without prefixes. Raises AnswerError; one with a document type is not read at all, so no
    entity is expanded."""
    # whatever it declares: another encoding could hide what is refused
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    if re.search(r"(?i)<!\s*(?:doctype|entity)", text):
        raise AnswerError("has a document type, which is refused")
    builder = TreeBuilder()
    parser = expat.ParserCreate("utf-8")  # without namespaces, as which an undeclared prefix is an error
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, given: builder.start(_plain(name), given)
    parser.EndElementHandler = lambda name: builder.end(_plain(name))
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
        return builder.close()
    except (expat.ExpatError, ValueError):
        raise AnswerError("is not XML") from None


def matches(data: bytes) -> list[Match]:
    """Cameras in an answer to a probe; other devices are left out. Raises AnswerError."""
    found: list[Match] = []
    for match in islice(_all(root(data), "ProbeMatch"), _MOST_MATCHES):
        kinds = {word.rpartition(":")[2] for word in _text(match, "Types").split()}
        scopes = _text(match, "Scopes").split()
        if "NetworkVideoTransmitter" in kinds or any(scope.startswith(_SCOPE) for scope in scopes):
            services = tuple(word for word in _text(match, "XAddrs").split() if is_address(word))
            found.append(Match(_scope(scopes, "name"), _scope(scopes, "hardware"), services))
    return found


def is_address(text: str) -> bool:
    """Whether it is a web address that may be asked or shown."""
    if len(text) > _LONGEST_URL or not re.fullmatch(r"https?://[!-~]+", text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False


def clock(answer: Element) -> datetime | None:
    """The camera's time, UTC."""
    numbers = [
        _number(answer, "UTCDateTime", kind, part)
        for kind, part in (
            *(("Date", part) for part in ("Year", "Month", "Day")),
            *(("Time", part) for part in ("Hour", "Minute", "Second")),
        )
    ]
    try:
        year, month, day, hour, minute, second = map(int, numbers)
        found = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=timezone.utc)
    except ValueError:
        return None
    return found if 1970 <= year <= 2199 else None


def media(answer: Element) -> str:
    """Address of the media service; empty: there is none."""
    found = _text(answer, "Capabilities", "Media", "XAddr") or _text(answer, "Media", "XAddr")
    return found if is_address(found) else ""


def profiles(answer: Element) -> list[Profile]:
    found: list[Profile] = []
    for profile in _all(answer, "Profiles"):
        token = profile.get("token", "")
        if not 0 < len(token) <= _LONGEST_TOKEN:
            continue
        if len(found) == MOST_PROFILES:
            break
        (video,) = list(_all(profile, "VideoEncoderConfiguration"))[:1] or [Element("none")]
        found.append(
            Profile(
                token, plain(_text(profile, "Name")), plain(_text(video, "Encoding")),
                int(_number(video, "Resolution", "Width")), int(_number(video, "Resolution", "Height")),
                _number(video, "RateControl", "FrameRateLimit"), int(_number(video, "RateControl", "BitrateLimit")),
            )
        )  # fmt: skip
    return found


def stream(answer: Element) -> str:
    """Address of a stream, as the camera gives it."""
    return _text(answer, "MediaUri", "Uri")


def refuses(answer: Element) -> bool:
    """Whether it is a fault for want of a user or a right password."""
    values = (*_all(answer, "Value"), *_all(answer, "faultcode"))
    codes = {_plain((value.text or "").strip()) for value in values}
    return not codes.isdisjoint(_REFUSED) or bool(re.search(r"(?i)not authori[sz]ed|password", fault(answer)))


def fault(answer: Element) -> str:
    """What a fault says, for people; empty: it is not a fault."""
    if not any(_all(answer, "Fault")):
        return ""
    return plain(_text(answer, "Reason", "Text") or _text(answer, "faultstring") or "without a reason")


def _plain(name: str) -> str:
    return name.rpartition(":")[2]


def _all(element: Element, name: str) -> Iterator[Element]:
    return element.iter(name)


def _text(element: Element, first: str, *rest: str) -> str:
    """Of the first element of that name with such children, one below the other; empty: there is none."""
    for found in _all(element, first):
        for name in rest:
            inner = next((child for child in found if child.tag == name), None)
            if inner is None:
                break
            found = inner
        else:
            return (found.text or "").strip()
    return ""


def _number(element: Element, first: str, *rest: str) -> float:
    """0 where there is none."""
    text = _text(element, first, *rest)
    return float(text) if re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,6})?", text) else 0.0


def _scope(scopes: list[str], kind: str) -> str:
    start = f"{_SCOPE}{kind}/"
    own = (scope for scope in scopes if scope.lower().startswith(start))
    return next((plain(unquote(scope[len(start) :])) for scope in own), "")
