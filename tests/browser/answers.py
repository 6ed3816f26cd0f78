"""Answers of MediaMTX and of Caddy, as the origin gives them; those of anybody else lack the header and the form."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Route

OWN = {"X-Envivo": "1"}
"""Caddy's header on every answer."""


def refusal(status: int, error: str) -> dict[str, Any]:
    """MediaMTX's own, for `Route.fulfill`."""
    body = json.dumps({"status": "error", "error": error})
    return {"status": status, "headers": OWN, "content_type": "application/json", "body": body}


def refusing(status: int, error: str = "") -> Callable[[Route], None]:
    """A handler for `Page.route`: MediaMTX refuses with a sentence, Caddy without."""
    answer = refusal(status, error) if error else {"status": status, "headers": OWN}
    return lambda route: route.fulfill(**answer)
