"""HTTP requests with readable errors."""

import re
from typing import Any

import requests

from envivo.probes import ProbeError

_ANSWER_WITHIN_S = 10
"""MediaMTX thinks for up to 4 s before it refuses credentials."""


def ask(method: str, url: str, viewer: requests.Session | None = None, **more: Any) -> requests.Response:
    """An answer with any status. Raises ProbeError where there is none."""
    try:
        return (viewer or requests).request(method, url, timeout=_ANSWER_WITHIN_S, **more)
    except requests.RequestException as error:
        raise ProbeError(f"{method} {url}: {_reason(error)}") from None


def content(url: str, viewer: requests.Session | None = None, **more: Any) -> bytes:
    """The body of a good answer. Raises ProbeError."""
    answer = ask("GET", url, viewer, **more)
    if not answer.ok:
        raise refused(answer)
    return answer.content


def refused(answer: requests.Response) -> ProbeError:
    """The error for an unexpected answer."""
    said = " ".join(answer.text.split())[:200]
    asked = answer.request
    return ProbeError(f"{asked.method} {str(asked.url).split('?')[0]}: {answer.status_code} {said or answer.reason}")


def _reason(error: requests.RequestException) -> str:
    """What matters in the words of requests, urllib3 and the system, which quote each other."""
    if isinstance(error, requests.Timeout):
        return "no answer"
    said = re.search(r"\[Errno \d+\] ([^)'\"]+)", str(error))
    return said[1].lower() if said else str(error) or type(error).__name__
