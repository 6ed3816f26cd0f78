"""The store of generated secrets: made once for each environment and kept on the controller."""

import json
import secrets
from pathlib import Path

from filelock import FileLock

from envivo.core.files import replace
from envivo.core.paths import STATE


def file_of(env: str) -> Path:
    return STATE / "secrets" / f"{env}.json"


def fresh() -> str:
    """256 bits from [A-Za-z0-9_-].

    That alphabet passes unchanged through YAML, URLs, RTMP queries and `Bearer user:pass`
    (docs/notes/mediamtx.md#characters-of-credentials).
    """
    return secrets.token_urlsafe(32)


def place(env: str) -> str:
    """Path of the file in messages: `.envivo/secrets/lab.json`."""
    return "/".join(file_of(env).parts[-3:])


def read(env: str) -> dict[str, str]:
    """Secrets generated for the environment so far, by name."""
    file = file_of(env)
    held: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    return held


def generated(env: str, name: str) -> str:
    """The secret `name` of the environment, made at the first call."""
    file = file_of(env)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(file.with_suffix(".lock"), mode=0o600):
        known = read(env)
        if name not in known:
            known[name] = fresh()
            replace(file, json.dumps(known, indent=2))
    return known[name]
