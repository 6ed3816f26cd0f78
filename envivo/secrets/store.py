"""The store of generated secrets: made once for each environment and kept on the controller."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from envivo.core.errors import EnvivoError
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
    """Secrets generated for the environment so far, by name. Raises EnvivoError (exit code 2)."""
    with _named(env):
        file = file_of(env)
        held = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        if not (isinstance(held, dict) and all(isinstance(value, str) for value in held.values())):
            raise ValueError
        return held


def generated(env: str, name: str) -> str:
    """The secret `name` of the environment, made at the first call. Raises EnvivoError (exit code 2)."""
    file = file_of(env)
    with _named(env):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(file.with_suffix(".lock"), mode=0o600):
            known = read(env)
            if name not in known:
                known[name] = fresh()
                replace(file, json.dumps(known, indent=2))
    return known[name]


@contextmanager
def _named(env: str) -> Iterator[None]:
    """Errors of the store in one line."""
    try:
        yield
    except PermissionError as error:
        owner = f"sudo chown -R $(id -un) {STATE.name}"
        raise EnvivoError(place(env), f"cannot be used ({error.strerror})", f"make it yours: {owner}", 2) from None
    except OSError as error:
        raise EnvivoError(place(env), f"cannot be used ({error.strerror})", f"ls -ld {place(env)}", 2) from None
    except ValueError:  # without what it holds
        fix = "restore it from a backup, or delete it: envivo then generates all secrets again"
        raise EnvivoError(place(env), "is damaged: it is not a JSON object of texts", fix, 2) from None
