"""Validation of certificates and keys of the settings, on the controller, before anything is changed."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from envivo.core.problems import Problem
from envivo.roles.certificates.settings import Tls


def file_problems(tls: Tls, names: Sequence[str]) -> Iterator[Problem]:
    """Problems of `tls.certificate` and `tls.key` for these names."""
    try:
        certificate = x509.load_pem_x509_certificate(tls.certificate.encode())
        key = load_pem_private_key(tls.key.get_secret_value().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        yield Problem("web.tls", f"certificate or key cannot be read ({str(error).splitlines()[0]})")
        return
    if key.public_key() != certificate.public_key():
        yield Problem("web.tls.key", "must be the key of web.tls.certificate, but belongs to another certificate")
    now = datetime.now(timezone.utc)
    if now > certificate.not_valid_after_utc:
        yield Problem("web.tls.certificate", f"must be valid, expired on {certificate.not_valid_after_utc:%Y-%m-%d}")
    offered = _names(certificate)
    for name in dict.fromkeys(names):
        if not any(_covers(pattern, name) for pattern in offered):
            yield Problem("web.tls.certificate", f"must have the name {name}, has {', '.join(offered) or 'none'}")


def unfit_authorities(tls: Tls) -> Iterator[Problem]:
    """Problems of `tls.root`, its key and `tls.directory_ca`."""
    roots = list(_certificates(tls.root))
    for name, given, read in (("root", tls.root, roots), ("directory_ca", tls.directory_ca, None)):
        if given and not (_certificates(given) if read is None else read):
            yield Problem(f"web.tls.{name}", "must be certificates in PEM, but cannot be read")
    if tls.issuer == "internal" and roots:
        if not _signs_authorities(roots[0]):
            yield Problem("web.tls.root", "must be a valid CA certificate allowed to sign intermediates")
        try:
            key = load_pem_private_key(tls.root_key.get_secret_value().encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            yield Problem("web.tls.root_key", "must be a private key in PEM without a password, but cannot be read")
            return
        if key.public_key() != roots[0].public_key():
            yield Problem("web.tls.root_key", "must be the key of web.tls.root, but belongs to another certificate")


def _signs_authorities(certificate: x509.Certificate) -> bool:
    """RFC 5280, sections 4.2.1.3 and 4.2.1.9."""
    now = datetime.now(timezone.utc)
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return False
    deep = constraints.path_length is None or constraints.path_length > 0
    return (
        constraints.ca and deep and usage and certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc
    )


def _certificates(pem: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        return []


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
