"""Steps of a diagnosis, a JSON object on a line each: {"step", "ok", "what", "fix"}.

Other lines on stdout are a library's; roles/camera/diagnose.py passes over them, and over keys that it does not know.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from envivo_agent.journal import redact


class Step(NamedTuple):
    """`what` was seen, or is wrong; `fix`: what would be right, empty where only the journal tells."""

    name: str
    ok: bool
    what: str
    fix: str = ""


def line(step: Step, secrets: Iterable[str]) -> str:
    """Without the secrets, and in ASCII: the locale decides nothing."""
    hidden = set(secrets)
    what, fix = (" ".join(redact(text, hidden).split()) for text in (step.what, step.fix))
    return json.dumps({"step": step.name, "ok": step.ok, "what": what, "fix": fix}) + "\n"
