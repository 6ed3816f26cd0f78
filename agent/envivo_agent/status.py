"""The status file: what the agent does, for programs that look from outside."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path


@dataclass(frozen=True)
class Status:
    """Times are UTC, ISO 8601. `frames` of this connection, `fps` over the last seconds, `restarts` since `started`."""

    name: str
    state: str
    since: str
    reason: str
    publish: str
    source: str
    encoder: str
    frames: int
    fps: float
    restarts: int
    last_error: str
    last_error_at: str
    pid: int
    started: str
    gstreamer: str
    updated: str


def moment(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write(file: Path, status: Status) -> None:
    """Readers see the old or the new file, never half of one. Raises OSError."""
    new = file.with_name(f".{file.name}.new")
    new.write_text(json.dumps(asdict(status), indent=1) + "\n", encoding="utf-8")
    new.chmod(0o644)
    new.replace(file)
