"""The address of an IP camera's stream: `rtsp://HOST[:PORT]/PATH`, without credentials."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

PORT = 554
LONGEST = 255
_URL = re.compile(
    r"rtsp://(?:\[(?P<literal>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9_.-]+))(?::(?P<port>[1-9][0-9]{0,4}))?(?:/[!-~]*)?"
)
_SECRET = re.compile(r"(?i)@|(?:pass|passwd|password|pwd|psw|pw|auth|authbasic|token)=")
"""Some cameras take credentials in the path, and a password before @ may have a slash: an address is shown to
everybody.
"""
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"


def _is_name(text: str) -> bool:
    is_number = re.fullmatch(r"[0-9]+|0[xX][0-9A-Fa-f]*", text.rpartition(".")[2])
    return len(text) <= 253 and not is_number and bool(re.fullmatch(rf"(?:{_LABEL}\.)*{_LABEL}", text))


def _is_machine(text: str) -> bool:
    try:
        known = IPv4Address(text)
    except ValueError:
        return False
    return not (known.is_multicast or known.is_unspecified or known == IPv4Address("255.255.255.255"))


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def is_camera(url: str) -> bool:
    """Whether the settings of a camera take it, too (roles/camera/address.py)."""
    found = _URL.fullmatch(url)
    if not found or len(url) > LONGEST or int(found["port"] or PORT) > 65535 or _SECRET.search(url):
        return False
    if found["literal"]:
        return _is_ipv6(found["literal"])
    return _is_machine(found["name"]) or _is_name(found["name"])


def host_and_port(url: str) -> tuple[str, int]:
    """Of an address that `is_camera`; an IPv6 address is without its brackets."""
    found = _URL.fullmatch(url)
    return (found["literal"] or found["name"], int(found["port"] or PORT)) if found else ("", 0)
