"""Rules for texts of settings. Each returns the text, or raises ValueError with what it must be.

A text that passes is accepted by every program that reads it, and means the same to each of them. So patterns list
their characters: `\\d`, `\\w` and `\\s` match letters and digits of all scripts.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from envivo.core.quoting import shown

_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
LONGEST_DURATION = "106751d"
"""MediaMTX counts nanoseconds in 64 bits (its internal/conf/duration.go): longer durations become negative."""

_DURATION = r"([0-9]{1,9})(ms|s|m|h|d)"
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_EVERYBODY = IPv4Address("255.255.255.255")
_PORT = r"[1-9][0-9]{0,4}"


@dataclass(frozen=True)
class Shape:
    """Metadata of a type: what its values look like, and the rule for texts among them."""

    words: str
    """For the reference of settings."""
    rule: Callable[[str], str] | None = None
    """None: another validator of the type checks it."""
    schema: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Keywords of JSON Schema that say the same."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = handler(source)
        return inner if self.rule is None else core_schema.no_info_after_validator_function(self.rule, inner)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), **self.schema}


def matching(pattern: str, what: str) -> Shape:
    """The whole text matches; `what` says it in words."""
    known = re.compile(pattern)

    def check(text: str) -> str:
        if not known.fullmatch(text):
            raise ValueError(f"must be {what}, is {shown(text)}")
        return text

    return Shape(what, check, {"pattern": f"^({pattern})$"})


def optional(words: str, rule: Callable[[str], str]) -> Shape:
    """Empty, or valid by the rule."""
    return Shape(f"{words}, or empty", lambda text: rule(text) if text else "")


def duration(text: str) -> timedelta:
    """`200ms`, `1s`, `10m`, `168h`, `7d`: MediaMTX's durations with one unit. Raises ValueError."""
    match = re.fullmatch(_DURATION, text)
    if not match:
        raise ValueError(f"must be a number and one of ms, s, m, h, d (200ms, 1s, 168h), is {shown(text)}")
    return timedelta(milliseconds=int(match[1]) * _MILLISECONDS[match[2]])


def at_least(shortest: str) -> Shape:
    """A duration."""

    def check(text: str) -> str:
        if duration(text) < duration(shortest):
            raise ValueError(f"must be at least {shortest}, is {text}")
        if duration(text) > duration(LONGEST_DURATION):
            raise ValueError(f"must be at most {LONGEST_DURATION}, is {text}")
        return text

    return Shape(f"duration (200ms, 10s, 5m, 7d), at least {shortest}", check, {"pattern": f"^{_DURATION}$"})


def is_address(text: str) -> bool:
    """IPv4 or IPv6; an interface's name may follow a link-local one."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_ipv4(text: str) -> bool:
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True


def _is_machine(text: str) -> bool:
    """Whether it is the IPv4 address of a single machine."""
    known = IPv4Address(text) if is_ipv4(text) else None
    return known is not None and not (known.is_multicast or known.is_unspecified or known == _EVERYBODY)


def address(text: str) -> str:
    if not _is_machine(text):
        raise ValueError(f"must be an IPv4 address such as 198.51.100.10, is {shown(text)}")
    return text


def address_or_name(text: str) -> str:
    """An address, or the name of one that may change: a name of the public DNS."""
    if _is_machine(text):
        return text
    try:
        return public_name(text)
    except ValueError:
        if re.search(r"(^|\.)example(\.(com|net|org))?\Z", text):
            raise
        what = "an IPv4 address such as 198.51.100.10, or the name of one, such as home.company.net"
        raise ValueError(f"must be {what}, is {shown(text)}") from None


def network(text: str) -> str:
    """An address or a network of either kind, but not all of them."""
    try:
        found = ip_network(text)
    except ValueError:
        found = None
    if found is None or found.prefixlen == 0 or "%" in text:
        raise ValueError(f"must be an address or a network such as 192.168.1.5 or 172.18.0.0/16, is {shown(text)}")
    return text


def _is_name(text: str) -> bool:
    """Whether it is a host name. Most programs take a last label that is a number for an address (WHATWG URL, 3.5)."""
    last = text.rpartition(".")[2]
    is_number = re.fullmatch(r"[0-9]+|0[xX][0-9A-Fa-f]*", last)
    return len(text) <= 253 and not is_number and bool(re.fullmatch(rf"({_LABEL}\.)*{_LABEL}", text))


def host(text: str) -> str:
    """A name or an IPv4 address."""
    if not (_is_machine(text) or _is_name(text)):
        raise ValueError(f"must be a host name or an IPv4 address, without a port, is {shown(text)}")
    return text


def any_host(text: str) -> str:
    """A name, or an address of either kind."""
    if not (_is_machine(text) or _is_name(text) or _is_ipv6(text)):
        raise ValueError(f"must be a host name or an address, without a port, is {shown(text)}")
    return text


def _is_ipv6(text: str) -> bool:
    try:
        return not IPv6Address(text).scope_id  # the name of an interface means nothing on another machine
    except ValueError:
        return False


def _port(text: str) -> bool:
    return bool(re.fullmatch(_PORT, text)) and int(text) <= 65535


def public_name(name: str) -> str:
    """A name of the public DNS, in lowercase letters as certificates have it."""
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    if not (re.fullmatch(rf"({label}\.)+[a-z]{{2,63}}", name) and len(name) <= 253):
        raise ValueError(f"must be a lowercase host name such as video.company.net, is {shown(name)}")
    if re.search(r"(^|\.)example(\.(com|net|org))?\Z", name):
        raise ValueError(f"must be a name of your own, {shown(name)} is a placeholder")
    return name


def origin(text: str) -> str:
    """As browsers write it in the header Origin (RFC 6454, section 6.1): without the port that its scheme has."""
    match = re.fullmatch(r"(https?)://([a-z0-9._-]+)(?::([0-9]+))?", text)
    known = match and (_is_machine(match[2]) or _is_name(match[2])) and (match[3] is None or _port(match[3]))
    if not match or not known:
        raise ValueError(f"must be an origin such as https://www.company.net, never a pattern, is {shown(text)}")
    if (match[1], match[3]) in (("http", "80"), ("https", "443")):
        raise ValueError(f"must be without :{match[3]}, which browsers leave out, is {text!r}")
    return text


def email(text: str) -> str:
    """An e-mail address without characters that are special to a program that reads it, such as quotes and braces."""
    name, _, domain = text.rpartition("@")
    good = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}", name) and "." in domain and _is_name(domain)
    if not good:
        raise ValueError(f"must be an e-mail address such as video@company.net, is {shown(text)}")
    return text


def ice_server(url: str) -> str:
    """RFC 7064 and RFC 7065, with the port written out. Browsers refuse a transport behind `stun:`."""
    match = re.fullmatch(r"(stun|turns?):([A-Za-z0-9._-]+):([0-9]+)(\?transport=(udp|tcp))?", url)
    good = match and (_is_machine(match[2]) or _is_name(match[2])) and _port(match[3])
    if not match or not good or (match[1] == "stun" and match[4]):
        raise ValueError(f"must be a server with its port, such as stun:stun.company.net:3478, is {shown(url)}")
    return url


def acme_directory(url: str) -> str:
    match = re.fullmatch(r"https://([A-Za-z0-9._-]+)(?::([0-9]+))?(/[A-Za-z0-9._~-]+)*/?", url)
    good = match and (_is_machine(match[1]) or _is_name(match[1])) and (match[2] is None or _port(match[2]))
    if not match or not good or ".." in url or len(url) > 255:
        raise ValueError(f"must be an address such as https://acme.company.net:14000/dir, is {shown(url)}")
    return url


OWN_PROGRAMS = ("mediamtx", "caddy", "turnserver")
"""Programs whose ports are settings."""


def program(text: str) -> str:
    """The name of a program, as the kernel knows it. ss writes it between quotes."""
    if not re.fullmatch(r"[A-Za-z0-9_.:/()@+-]([A-Za-z0-9_.:/()@+ -]{0,62}[A-Za-z0-9_.:/()@+-])?", text):
        raise ValueError(f"must be the name of a program such as avahi-daemon, is {shown(text)}")
    if text in OWN_PROGRAMS:
        raise ValueError(f"must not name {text}, whose ports are settings of envivo: leave it out")
    return text


def port_and_protocol(text: str) -> str:
    port, _, protocol = text.partition("/")
    if not (_port(port) and protocol in ("tcp", "udp")):
        raise ValueError(f"must be a port and its protocol such as 9100/tcp, is {shown(text)}")
    return text
