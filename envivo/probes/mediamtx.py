"""MediaMTX's own view of a path, over its API: docs/notes/mediamtx.md#the-apis-view-of-a-path"""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class PathState:
    online: bool
    source: str
    """The kind of publisher (rtspSession, rtmpConn, webRTCSession), empty where there is none."""
    inbound_bytes: int
    """Since this publisher came."""

    @property
    def published(self) -> bool:
        return self.online and bool(self.source)


def path_state(answer: str) -> PathState:
    """Reads the answer of /v3/paths/get/PATH. Raises ValueError."""
    said = json.loads(answer)
    if not isinstance(said, dict) or "online" not in said:
        raise ValueError(f"not the state of a path: {answer[:80]!r}")
    return PathState(bool(said["online"]), (said["source"] or {}).get("type", ""), int(said["inboundBytes"]))
