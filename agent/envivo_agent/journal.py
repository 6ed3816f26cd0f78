"""Lines for the journal: priority, no secret, one for each change, repeats seldom."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import quote

ERROR, WARNING, NOTICE, INFO = 3, 4, 5, 6
"""sd-daemon(3) priorities."""

REPEAT_S = 300.0

_IN_URL = re.compile(r"(?<=://)[^/@\s]+(?=@)|(?<=pass=)[^&\s\"')]+")


_SHORT = 8
"""Characters below which a secret may be a part of words: a camera's password may be anything."""


def redact(text: str, secrets: Iterable[str]) -> str:
    """Replace the secrets, plain or quoted for a URL, and anything in a URL's place for credentials, by ***."""
    for secret in sorted(secrets, key=len, reverse=True):
        for form in {secret, quote(secret, safe="")} - {""}:
            pattern = re.escape(form)
            text = re.sub(rf"(?<!\w){pattern}(?!\w)" if len(secret) < _SHORT else pattern, "***", text)
    return _IN_URL.sub("***", text)


class Journal:
    """`write` gets complete lines; `now` is a monotonic clock in seconds."""

    def __init__(self, write: Callable[[str], object], now: Callable[[], float], secrets: set[str]) -> None:
        self._write = write
        self._now = now
        self.secrets = secrets
        self._last = ""
        self._said = 0.0
        self._unsaid = 0

    def clean(self, text: str) -> str:
        return " ".join(redact(text, self.secrets).split())

    def line(self, priority: int, text: str) -> None:
        """Write one line, always."""
        self._write(f"<{priority}>{self.clean(text)}\n")

    def change(self, priority: int, text: str) -> None:
        """Write a line unless it repeats the last one; repeats every REPEAT_S, with their number."""
        now = self._now()
        if text == self._last and now - self._said < REPEAT_S:
            self._unsaid += 1
            return
        often = f" ({self._unsaid} more times)" if text == self._last and self._unsaid else ""
        self._last, self._said, self._unsaid = text, now, 0
        self.line(priority, text + often)
