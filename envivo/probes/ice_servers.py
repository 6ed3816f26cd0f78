"""The STUN and TURN servers that a WHEP session offers to its viewer, each with credentials for it."""

import re
from dataclasses import dataclass, field

_VALUE = r'(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))'
_PARAMETER = re.compile(rf"\s*;\s*([\w-]+)\s*=\s*{_VALUE}")
_LINK = re.compile(rf"<([^>]*)>((?:{_PARAMETER.pattern})*)")


@dataclass(frozen=True)
class OfferedServer:
    url: str
    username: str = ""
    credential: str = field(default="", repr=False)


def offered(link: str) -> tuple[OfferedServer, ...]:
    """What Link headers offer (RFC 9725, section 4.6; RFC 8288); several of them arrive joined by commas."""
    found = []
    for url, parameters, *_ in _LINK.findall(link):
        said = {name.lower(): _unescaped(quoted) or token for name, quoted, token in _PARAMETER.findall(parameters)}
        if "ice-server" in said.get("rel", "").split():
            found.append(OfferedServer(url, said.get("username", ""), said.get("credential", "")))
    return tuple(found)


def _unescaped(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)
