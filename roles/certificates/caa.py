"""CAA records: which authorities may issue certificates for a name (RFC 8659), and whether ours is one of them."""

from __future__ import annotations

from collections.abc import Sequence
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dns.resolver import Resolver

_WITHIN_S = 5
_CRITICAL = 128
_KNOWN = frozenset({"issue", "issuewild", "iodef", "contactemail", "contactphone", "issuemail", "issuevmc"})
_METHODS = frozenset({"http-01", "tls-alpn-01"})
"""Validations that envivo can pass."""


class Record(NamedTuple):
    flags: int
    tag: str
    value: str

    def __str__(self) -> str:
        return f'{self.flags} {self.tag} "{self.value}"'


def records(name: str, resolver: Resolver | None = None) -> tuple[str, list[Record]]:
    """The records that count for the name: its own, else those of the nearest name above it; and whose they are.

    `resolver`: default: this computer's. Raises OSError where nobody answers.
    """
    from dns import resolver as dns  # slow to load
    from dns.exception import DNSException

    at = name.rstrip(".")
    while at:
        try:
            found = (resolver or dns.Resolver()).resolve(f"{at}.", "CAA", lifetime=_WITHIN_S)
        except (dns.NoAnswer, dns.NXDOMAIN):
            at = at.partition(".")[2]
            continue
        except DNSException as error:
            raise OSError(f"the name server does not answer for {at} ({type(error).__name__})") from None
        return at, [Record(record.flags, record.tag.decode().lower(), record.value.decode()) for record in found]
    return name, []


def issuers(directory: str, authority: str = "") -> list[str]:
    """Names by which an ACME server knows itself in CAA records (RFC 8555, section 7.1.1). `authority`: that signed its
    certificate, PEM; empty: a public one. Raises OSError."""
    import requests

    with NamedTemporaryFile("w") as file:
        file.write(authority)
        file.flush()
        said = requests.get(directory, timeout=_WITHIN_S, verify=file.name if authority else True)
    try:
        return [str(name).lower() for name in said.json().get("meta", {}).get("caaIdentities", [])]
    except (ValueError, AttributeError):
        raise OSError(f"{directory} is not an ACME directory") from None


def objection(found: Sequence[Record], allowed: Sequence[str]) -> str:
    """Why none of the issuers may issue; empty: one may."""
    for record in found:
        if record.flags & _CRITICAL and record.tag not in _KNOWN:
            return f"has the critical CAA record {record}, which no authority may ignore"
    issue = [record for record in found if record.tag == "issue"]
    mine = [record for record in issue if _domain(record) in allowed]
    if issue and not mine:
        return f"has CAA records that let only others issue its certificates ({', '.join(map(str, issue))})"
    if mine and all(_methods(record) and not _methods(record) & _METHODS for record in mine):
        return f"has a CAA record that forbids validation over HTTP and TLS ({mine[0]})"
    return ""


def _domain(record: Record) -> str:
    return record.value.partition(";")[0].strip().lower()


def _methods(record: Record) -> set[str]:
    """That the record names (RFC 8657); empty: any."""
    parameters = (part.strip().partition("=") for part in record.value.split(";")[1:])
    return {method.strip() for key, _, value in parameters if key.strip().lower() == "validationmethods"
            for method in value.split(",")}  # fmt: skip
