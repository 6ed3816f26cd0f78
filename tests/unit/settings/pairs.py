"""Certificates and keys as an authority would hand them out."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from envivo.internal_ca import made


@dataclass(frozen=True)
class Pair:
    """PEM."""

    certificate: str
    key: str


@cache
def authority(name: str = "An authority") -> Pair:
    """Whose certificate is its own, as envivo makes them."""
    return Pair(*made(name, datetime.now(timezone.utc)))


@cache
def signed(*names: str, days: int = 30, organisation: str = "An authority") -> Pair:
    """For these names, valid until `days` from now; signed by its own key, which nobody asks for here."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organisation)])
    now = datetime.now(timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate = builder.sign(key, hashes.SHA256())
    return Pair(certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode())
