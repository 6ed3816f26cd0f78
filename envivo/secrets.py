"""Secrets that nobody has to think of: generated once per environment and kept on the controller."""

import json
import os
import secrets
from pathlib import Path

from filelock import FileLock

from envivo.places import STATE


def generated(env: str, name: str) -> str:
    """The secret `name` of the environment, made at the first call: 256 bits from [A-Za-z0-9_-].

    That alphabet passes unchanged through YAML, URLs, RTMP queries and `Bearer user:pass` (mediamtx.md 1a).
    """
    directory = STATE / "secrets"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = directory / f"{env}.json"
    with FileLock(directory / f"{env}.lock", mode=0o600):
        kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        if name not in kept:
            kept[name] = secrets.token_urlsafe(32)
            _replace(file, json.dumps(kept, indent=2))
    return kept[name]


def _replace(file: Path, text: str) -> None:
    new = file.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
    new.replace(file)
