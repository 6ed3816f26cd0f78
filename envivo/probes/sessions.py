"""Who publishes and who watches, from the lists of MediaMTX's API: docs/notes/mediamtx.md#the-apis-view-of-a-path"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from envivo.probes import own
from envivo.probes.mediamtx import KINDS, PathState, address, printable, state_of

LISTS = {**dict(KINDS.values()), "hlssessions": "HLS"}
"""List of the API -> protocol."""
WITHOUT_QUERIES = r"""sed -E 's/"query":"([^"\\]|\\.)*"/"query":""/g'"""
"""Filter of answers, on the media host: a query of RTMP is user and password
(docs/notes/mediamtx.md#secrets-in-the-api)."""


@dataclass(frozen=True)
class Session:
    """A publisher or viewer."""

    id: str
    path: str
    protocol: str
    """RTSP, RTSPS, RTMP, RTMPS, WebRTC or HLS."""
    kind: str
    """Its list in the API."""
    publishes: bool
    since: str
    """RFC 3339."""
    address: str
    user: str = ""
    program: str = ""
    media: str = ""
    """How the media of WebRTC travel: `host/udp`; empty: not known."""
    sent_bytes: int = 0

    @property
    def way(self) -> str:
        """`WebRTC over UDP`, `WebRTC over a relay`, `RTSP`."""
        if not self.media:
            return self.protocol
        candidate, _, transport = self.media.partition("/")
        return f"{self.protocol} over {'a relay' if candidate == 'relay' else transport.upper()}"


@dataclass(frozen=True)
class Path:
    state: PathState
    tracks: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Server:
    """What MediaMTX says of itself."""

    version: str
    paths: Mapping[str, Path] = field(default_factory=dict)
    sessions: Sequence[Session] = ()
    secret: str = field(default="", repr=False)
    """Of names of envivo's own viewers: envivo/probes/own.py."""

    def publisher(self, path: Path) -> Session | None:
        return next((session for session in self.sessions if session.id == path.state.id), None)

    def viewers(self, path: str = "") -> list[Session]:
        """Of a path, or of all, those who have watched longest first. Envivo's own are none."""
        found = [
            session
            for session in self.sessions
            if not session.publishes and path in ("", session.path) and not own.is_own(session.program, self.secret)
        ]
        return sorted(found, key=lambda session: session.since)


QUESTIONS = ("info", "paths/list?itemsPerPage=1000", *(f"{name}/list?itemsPerPage=1000" for name in LISTS))
"""What `server` reads the answers of."""


def server(answers: Sequence[str], secret: str) -> Server:
    """Reads the answers to QUESTIONS, one a line. Raises ValueError, KeyError or IndexError where they are not.

    `secret`: as in Server.
    """
    about = json.loads(answers[0])
    found = [
        _session(kind, said)
        for kind, answer in zip(LISTS, answers[2:], strict=True)
        for said in _items(answer)
        if said.get("state") != "idle"
    ]  # neither publishes nor watches yet
    return Server(about["version"], paths(answers[1]), found, secret)


def paths(answer: str) -> dict[str, Path]:
    """By name. Raises ValueError, KeyError."""
    return {said["name"]: Path(state_of(said), said["tracks2"]) for said in json.loads(answer)["items"]}


def _items(answer: str) -> list[dict[str, Any]]:
    """Of a list; empty where MediaMTX has no such server, whose list it does not know either."""
    return [] if answer.startswith("404") else json.loads(answer)["items"]


def _session(kind: str, said: Mapping[str, Any]) -> Session:
    candidate = said.get("remoteCandidate") or ""
    return Session(
        id=said["id"],
        path=said["path"],
        protocol=LISTS[kind],
        kind=kind,
        publishes=said.get("state") == "publish",
        since=said["created"],
        address=address(said["remoteAddr"]),
        user=printable(said.get("user", "")),
        program=printable(said.get("userAgent", "")),
        media="/".join(candidate.split("/")[:2]),
        sent_bytes=int(said.get("outboundBytes", 0)),
    )
