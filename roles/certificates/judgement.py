"""Whether a certificate and key of one's own will do: judged on the controller, before anything is changed."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from roles.certificates.settings import Tls


def objections(tls: Tls, names: Sequence[str]) -> Iterator[str]:
    """What is wrong with `tls.certificate` and `tls.key` for these names, as `path: what is wrong`."""
    try:
        certificate = x509.load_pem_x509_certificate(tls.certificate.encode())
        key = load_pem_private_key(tls.key.get_secret_value().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        yield f"web.tls: certificate or key cannot be read ({str(error).splitlines()[0]})"
        return
    if key.public_key() != certificate.public_key():
        yield "web.tls.key: must be the key of web.tls.certificate, but belongs to another one"
    now = datetime.now(timezone.utc)
    if now > certificate.not_valid_after_utc:
        yield f"web.tls.certificate: must be valid, ended on {certificate.not_valid_after_utc:%Y-%m-%d}"
    offered = _names(certificate)
    for name in dict.fromkeys(names):
        if not any(_covers(pattern, name) for pattern in offered):
            yield f"web.tls.certificate: must have the name {name}, has {', '.join(offered) or 'none'}"


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return extension.value.get_values_for_type(x509.DNSName)


def _covers(pattern: str, name: str) -> bool:
    """A star stands for the first label (RFC 9525, section 6.3)."""
    if pattern.startswith("*."):
        return pattern[2:].lower() == name.partition(".")[2]
    return pattern.lower() == name
