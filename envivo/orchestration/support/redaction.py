"""Texts for others to read: without secrets, keys, credentials, cookies, ids of sessions, addresses of people. Pure.

Known secrets are replaced in every spelling (envivo/secrets/spellings.py); what looks like one, by patterns.
"""

import json
import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

from envivo.plan.masking import masked
from envivo.secrets.spellings import STARS, lines_of, spelled

_KEY = re.compile(r"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY[A-Z ]*)-----.*?(?:-----END \1-----|\Z)", re.DOTALL)
_COOKIE = re.compile(r"""(?im)(\b(?:set-)?cookie\\*["']?\s*[:=]\s*)(\[[^\]\n]*\]|\\?"[^"\n]*"|[^"\n]+)""")
_TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")
_ICE = re.compile(r"(a=ice-pwd:)[^\s\\\"]+")
_QUERY = re.compile(r"(?i)([?&](?:pass(?:word)?|token|jwt|key|secret)=)[^&\s\"'\\]+")
_UUID = re.compile(r"\b([0-9a-fA-F]{8})(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
SECRET_NAME = re.compile(
    r"(?i)(pass(word|phrase|wd)?|secret|token|credentials?|api_?key|private_?key|cookie|authorization)$"
)
"""What a key is called whose value is a secret."""
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:)[0-9A-Fa-f:.]+(?!\w)")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)(/\d+)?")
_WIDE = 16
"""Bits: a network as wide as this is nobody's address."""


def addresses_in(text: str) -> set[str]:
    """Every IP address in it, normalized."""
    found = (_normal(match[0].split("/")[0]) for pattern in (_IPV4, _IPV6) for match in pattern.finditer(text))
    return {address for address in found if address}


class Redaction:
    """`secrets`: those that are known. `own`: addresses that may be shown; None: all."""

    def __init__(self, secrets: Iterable[str], own: Iterable[str] | None = ()) -> None:
        self._spelled = spelled(line for secret in secrets for line in lines_of(secret))
        self._own = None if own is None else set(own)
        self._names: dict[str, str] = {}

    def of(self, text: str) -> str:
        """The text; a JSON document stays one."""
        if text.lstrip()[:1] in ("{", "["):
            try:
                return f"{json.dumps(self._value(json.loads(text)), indent=2, ensure_ascii=False)}\n"
            except (ValueError, RecursionError):
                pass
        return self._text(text)

    def _value(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {self._text(key): self._value(part, key) for key, part in value.items()}
        if isinstance(value, list):
            return [self._value(part, name) for part in value]
        if not isinstance(value, str):
            return value
        return STARS if value and SECRET_NAME.search(name) else self._text(value)

    def _text(self, text: str) -> str:
        text = _KEY.sub(rf"{STARS} a private key {STARS}", text)
        for secret in self._spelled:
            text = secret.replaced(text)
        text = _COOKIE.sub(rf"\g<1>{STARS}", masked(text, ()))
        text = _ICE.sub(rf"\g<1>{STARS}", _TOKEN.sub(STARS, text))
        text = _QUERY.sub(rf"\g<1>{STARS}", text)
        text = _UUID.sub(rf"\g<1>-{STARS}", text)
        if self._own is None:
            return text
        text = _IPV6.sub(lambda match: self._shown(match[0], ""), text)
        return _IPV4.sub(lambda match: self._shown(match[0].split("/")[0], match[1] or ""), text)

    def _shown(self, written: str, bits: str) -> str:
        """The address, or a name for it, the same each time."""
        assert self._own is not None  # noqa: S101 - asked before
        normal = _normal(written)
        wide = bits and int(bits[1:]) <= _WIDE
        if not normal or wide or normal in self._own or _of_nobody(normal):
            return written + bits
        return self._names.setdefault(normal, f"[address {len(self._names) + 1}]") + bits


def _normal(written: str) -> str:
    """The address in its shortest spelling, an IPv4 address in IPv6 as IPv4; empty: it is not one."""
    try:
        address = ip_address(written.rstrip(".") if "::" in written[-2:] else written.rstrip(".:"))
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def _of_nobody(normal: str) -> bool:
    address = ip_address(normal)
    mask = address.version == 4 and normal.startswith("255.")
    return address.is_loopback or address.is_unspecified or address.is_multicast or mask
