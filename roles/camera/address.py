"""The address of an IP camera's stream, as the agent takes it (agent/envivo_agent/ipcam/address.py)."""

import re

from envivo.config.values import any_host
from envivo.core.errors import Unfit

PORT = 554
LONGEST = 255
PATTERN = (
    r"rtsp://(?:\[(?P<literal>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9_.-]+))(?::(?P<port>[1-9][0-9]{0,4}))?(?:/[!-~]*)?"
)
_SECRET = re.compile(r"(?i)@|(?:pass|passwd|password|pwd|psw|pw|auth|authbasic|token)=")
EXAMPLE = "rtsp://192.168.1.50:554/stream1"
WORDS = f"address of an IP camera's stream, such as {EXAMPLE}, without user and password"


def camera_url(url: str) -> str:
    """No message quotes what may hold a password. Raises ValueError."""
    scheme = url.partition("://")[0]
    if scheme in ("rtsps", "http", "https", "rtmp"):
        raise Unfit(f"must begin with rtsp://, begins with {scheme}://", f"take the camera's RTSP address: {EXAMPLE}")
    if _SECRET.search(url):
        fix = f'url="{EXAMPLE}", user="...", password=secret("camera-NAME"): as they are, without %-escapes'
        raise Unfit("must not contain a user or a password", fix)
    found = re.fullmatch(PATTERN, url)
    if not found or len(url) > LONGEST or int(found["port"] or PORT) > 65535:
        raise ValueError(f"must be an {WORDS}")
    if found["literal"] and ":" not in any_host(found["literal"]):
        raise ValueError("must have only an IPv6 address in brackets")
    if found["name"]:
        any_host(found["name"])
    return url


def host_and_port(url: str) -> tuple[str, int]:
    """Of a valid address; an IPv6 address is without its brackets."""
    found = re.fullmatch(PATTERN, url)
    return (found["literal"] or found["name"], int(found["port"] or PORT)) if found else ("", 0)
