"""Requests and answers of RTSP 1.0 (RFC 2326), with the credentials of HTTP (RFC 7616, RFC 7617)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

HEADERS_END = b"\r\n\r\n"
UNAUTHORIZED = 401
_HASHES = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}
"""Best first."""


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
    """What WWW-Authenticate asks for. `parameters` of a digest; empty for Basic."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


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
    first, *lines = head.decode("utf-8", "replace").splitlines() or [""]
    status = re.fullmatch(r"RTSP/1\.\d (\d{3}) ?(.*)", first.strip())
    if not status:
        return None
    pairs = (line.partition(":") for line in lines if ":" in line)
    headers = tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
    return Answer(int(status[1]), status[2].strip(), headers, body.decode("utf-8", "replace"))


def challenge(asked: Answer) -> Challenge | None:
    """The strongest of those that the answer offers and this module knows."""
    offered = [value for name, value in asked.headers if name == "www-authenticate"]
    digests = {}
    for value in offered:
        scheme, _, rest = value.partition(" ")
        if scheme.lower() == "digest":
            found = re.findall(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))', rest)
            parameters = {name.lower(): quoted or bare for name, quoted, bare in found}
            digests[parameters.get("algorithm", "MD5").upper()] = parameters
    for algorithm in _HASHES:
        if algorithm in digests:
            return Challenge("Digest", digests[algorithm])
    return Challenge("Basic") if any(value.lower().startswith("basic") for value in offered) else None


def authorization(asked: Challenge, method: str, url: str, user: str, password: str, cnonce: str) -> str:
    """The header that answers the challenge. `cnonce`: random, of the client."""
    if asked.scheme == "Basic":
        return "Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    given = asked.parameters
    algorithm = given.get("algorithm", "")
    make = _HASHES[algorithm.upper() or "MD5"]

    def hashed(*parts: str) -> str:
        return make(":".join(parts).encode()).hexdigest()

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
