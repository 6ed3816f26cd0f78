"""A secret in all the spellings in which programs write it down."""

import base64
import html
import json
import shlex
from urllib.parse import quote, quote_plus


def spellings(secret: str, user: str = "webcam") -> dict[str, str]:
    """How it is spelled -> the text. Of base64 the shortest part that gives the secret away at each offset."""
    escaped = quote(secret, safe="")
    found = {
        "plain": secret,
        "percent-encoded": escaped,
        "percent-encoded with /": quote(secret),
        "percent-encoded twice": quote(escaped, safe=""),
        "as a form": quote_plus(secret),
        "in JSON": json.dumps(secret)[1:-1],
        "in JSON, as it is": json.dumps(secret, ensure_ascii=False)[1:-1],
        "in JSON in JSON": json.dumps(json.dumps(secret))[3:-3],
        "in a shell": shlex.quote(secret),
        "in HTML": html.escape(secret),
        "hexadecimal": secret.encode().hex(),
    }
    for before in ("", "a", "ab", f"{user}:"):
        for name, form in (("", secret), (" of percent-encoded", escaped)):
            text = base64.b64encode(f"{before}{form}".encode()).decode()
            found[f"base64 after {len(before)}{name}"] = text
            found[f"base64 after {len(before)}{name}, for URLs"] = text.replace("+", "-").replace("/", "_")
            found[f"base64 after {len(before)}{name}, percent-encoded"] = quote(text, safe="")
    return found
