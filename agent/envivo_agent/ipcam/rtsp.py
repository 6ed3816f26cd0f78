"""Requests and answers of RTSP 1.0 (RFC 2326), with the credentials of HTTP (RFC 7616, RFC 7617)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from envivo_agent.ipcam.plain import plain

HEADERS_END = b"\r\n\r\n"
UNAUTHORIZED = 401
LONGEST_HEAD = 8192
"""Bytes of the headers of an answer."""
_PART = re.compile(r"""([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^\s,"]*)))?""")
"""A scheme, or a parameter with its value, quoted or bare."""
_SCHEMES = frozenset({"basic", "digest", "bearer", "negotiate", "ntlm"})
_ALGORITHM = "MD5"
"""The only digest that GStreamer's rtspsrc makes: it calls that, whichever it is asked for."""


@dataclass(frozen=True)
class Answer:
    code: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()
    """Names in lowercase; one may be there several times."""
    body: str = ""

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True)
class Challenge:
    """What WWW-Authenticate asks for. `scheme` in lowercase."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def foreign(self) -> str:
        """The algorithm where GStreamer, which asks after this module, would answer with a wrong one."""
        algorithm = self.parameters.get("algorithm") or _ALGORITHM
        return algorithm if self.scheme == "digest" and algorithm.upper() != _ALGORITHM else ""

    @property
    def stale(self) -> bool:
        """Whether the password before was not wrong, but for a challenge of long ago."""
        return self.parameters.get("stale", "").lower() == "true"


def request(method: str, url: str, number: int, *lines: str) -> bytes:
    head = (f"{method} {url} RTSP/1.0", f"CSeq: {number}", "User-Agent: envivo-agent", *lines, "", "")
    return "\r\n".join(head).encode()


def body_length(head: bytes) -> int:
    """Bytes that follow the headers."""
    found = re.search(rb"(?im)^content-length *: *(\d{1,9})\s*$", head)
    return int(found[1]) if found else 0


def answer(data: bytes) -> Answer | None:
    """None where it is not RTSP."""
    head, _, body = data.partition(HEADERS_END)
    if len(head) > LONGEST_HEAD:
        return None
    first, *lines = head.decode("utf-8", "replace").splitlines() or [""]
    status = re.fullmatch(r"RTSP/1\.\d (\d{3}) ?(.*)", first.strip())
    if not status:
        return None
    pairs = (line.partition(":") for line in lines if ":" in line)
    headers = tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
    return Answer(int(status[1]), plain(status[2].strip()), headers, body.decode("utf-8", "replace"))


def _challenges(value: str) -> list[Challenge]:
    """Of one header: it may have several."""
    found: list[tuple[str, dict[str, str]]] = []
    for part in _PART.finditer(value):
        name, quoted, bare = part[1].lower(), part[2], part[3]
        if quoted is None and bare is None:
            if name in _SCHEMES:
                found.append((name, {}))
        elif found:
            found[-1][1][name] = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    return [Challenge(scheme, parameters) for scheme, parameters in found]


def challenge(asked: Answer) -> Challenge | None:
    """The one that rtspsrc answers: the last digest, else Basic. A password that only this module can give would pass
    here and be refused for the stream.
    """
    headers = [value for name, value in asked.headers if name == "www-authenticate"]
    offered = [found for value in headers for found in _challenges(value)]
    digests = [found for found in offered if found.scheme == "digest"]
    basic = (found for found in offered if found.scheme == "basic")
    return digests[-1] if digests else next(basic, None)


def authorization(asked: Challenge, method: str, url: str, user: str, password: str, cnonce: str) -> str:
    """The header that answers a challenge that is not `foreign`. `cnonce`: random, of the client."""
    if asked.scheme == "basic":
        return "Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    given = asked.parameters
    algorithm = given.get("algorithm", "")

    def hashed(*parts: str) -> str:
        return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()

    realm, nonce = given.get("realm", ""), given.get("nonce", "")
    secret, what = hashed(user, realm, password), hashed(method, url)
    fields = {"username": user, "realm": realm, "nonce": nonce, "uri": url}
    bare = {}
    if "auth" in re.split(r"[\s,]+", given.get("qop", "")):
        bare = {"qop": "auth", "nc": "00000001"}
        fields |= {"cnonce": cnonce, "response": hashed(secret, nonce, "00000001", cnonce, "auth", what)}
    else:
        fields["response"] = hashed(secret, nonce, what)
    if "opaque" in given:
        fields["opaque"] = given["opaque"]
    if algorithm:
        bare["algorithm"] = algorithm
    parts = [f'{name}="{_quoted(value)}"' for name, value in fields.items()]
    return "Authorization: Digest " + ", ".join([*parts, *(f"{name}={value}" for name, value in bare.items())])


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
