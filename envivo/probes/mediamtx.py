"""MediaMTX's own view of a path, over its API: docs/notes/mediamtx.md#the-apis-view-of-a-path"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS = {
    "rtspSession": ("rtspsessions", "RTSP"),
    "rtspsSession": ("rtspssessions", "RTSPS"),
    "rtmpConn": ("rtmpconns", "RTMP"),
    "rtmpsConn": ("rtmpsconns", "RTMPS"),
    "webRTCSession": ("webrtcsessions", "WebRTC"),
}
"""Kind of a publisher -> its list in the API, and the protocol."""
WITHOUT_SECRETS = r"""grep -oE '"(remoteAddr|userAgent)":"([^"\\]|\\.)*"'"""
"""Filter of an answer, on the media host: it leaves there the `query`, in which RTMP carries the password
(docs/notes/mediamtx.md#secrets-in-the-api)."""
_LONGEST = 60
VIDEO = frozenset({"AV1", "VP9", "VP8", "H265", "H264", "MPEG-4 Video", "MPEG-1/2 Video", "M-JPEG"})
"""Names of codecs in MediaMTX's API (its internal/formatlabel). All others are sound, but for:"""
_DATA = frozenset({"KLV", "Generic", "MPEG-TS"})


@dataclass(frozen=True)
class PathState:
    online: bool
    source: str
    """The kind of publisher (rtspSession, rtmpConn, webRTCSession), empty where there is none."""
    inbound_bytes: int
    """Since this publisher came."""
    id: str = ""
    """Of the publisher's session."""
    since: str = ""
    """When this publisher came (RFC 3339)."""
    codecs: tuple[str, ...] = ()
    """Of its tracks, in MediaMTX's names."""

    @property
    def sound(self) -> str:
        """Its codec; empty where there is none."""
        return next((codec for codec in self.codecs if codec not in VIDEO | _DATA), "")

    @property
    def published(self) -> bool:
        return self.online and bool(self.source)

    @property
    def protocol(self) -> str:
        return KINDS.get(self.source, ("", self.source))[1]

    @property
    def session(self) -> str:
        """Where the API describes the publisher; empty where it has no such list."""
        name = KINDS.get(self.source, ("", ""))[0]
        return f"{name}/get/{self.id}" if name and re.fullmatch(r"[0-9a-f-]{36}", self.id) else ""


def path_state(answer: str) -> PathState:
    """Reads the answer of /v3/paths/get/PATH. Raises ValueError."""
    said = json.loads(answer)
    if not isinstance(said, dict) or "online" not in said:
        raise ValueError(f"not the state of a path: {answer[:80]!r}")
    return state_of(said)


def state_of(said: Mapping[str, Any]) -> PathState:
    """Of a path as the API describes it, alone or in a list. Raises ValueError, KeyError."""
    source = said["source"] or {}
    return PathState(
        bool(said["online"]),
        source.get("type", ""),
        int(said["inboundBytes"]),
        source.get("id", ""),
        said.get("onlineTime") or "",
        tuple(track["codec"] for track in said.get("tracks2") or ()),
    )


def publisher(state: PathState, filtered: str) -> str:
    """Who publishes, for people: `10.0.0.5 over RTMP (Lavf/60)`. `filtered`: what WITHOUT_SECRETS leaves of the answer
    of `state.session`."""
    said = {key: json.loads(f'"{value}"') for key, value in re.findall(r'^"(\w+)":"(.*)"$', filtered, re.MULTILINE)}
    words = f"{address(said.get('remoteAddr', '')) or 'a publisher'} over {state.protocol}"
    program = printable(said.get("userAgent", ""))
    return f"{words} ({program})" if program else words


def address(remote: str) -> str:
    """`[2001:db8::1]:4000` without brackets and port."""
    return re.sub(r":\d+$", "", remote).strip("[]")


def printable(name: str) -> str:
    """A name that a client gives itself, cut to what a terminal can show."""
    return "".join(letter for letter in name if letter.isprintable())[:_LONGEST]
