"""An internal CA, for web.tls.issuer "internal": made once for each environment, kept on the controller."""

from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from filelock import FileLock

from envivo.core.files import replace
from envivo.core.paths import STATE

LASTS = timedelta(days=3650)


def ensure_internal_ca(env: str) -> dict[str, str]:
    """`root` and `root_key` for web.tls, as names of files. Browsers trust it once `root` is imported into them."""
    directory = STATE / "authorities"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    root, key = directory / f"{env}.pem", directory / f"{env}.key"
    with FileLock(directory / f"{env}.lock", mode=0o600):
        if not root.exists():
            certificate, private = made(f"envivo {env}", datetime.now(timezone.utc))
            replace(key, private)
            replace(root, certificate)
    return {"root": str(root), "root_key": str(key)}


def made(name: str, now: datetime) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(signs_certificates(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def signs_certificates() -> x509.KeyUsage:
    """Key usage of an authority, without which Python 3.13 refuses it (RFC 5280, section 4.2.1.3)."""
    unused = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "encipher_only", "decipher_only"), False)  # fmt: skip
    return x509.KeyUsage(key_cert_sign=True, crl_sign=True, **unused)
