"""TLS: the certificate at a port, verified as a browser does, after a handshake with the given name (SNI)."""

import socket
import ssl
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from envivo.probes import ProbeError

_NOT_YET_VALID, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64
_NO_TRUSTED_ISSUER = {18, 19, 20, 21}
"""OpenSSL's X509_V_ERR_: self-signed, alone or in the chain, and an issuer or a first certificate that is not known."""


@dataclass(frozen=True)
class Certificate:
    issuer: str
    names: tuple[str, ...]
    """Names and addresses for which it is valid."""
    not_after: datetime
    days_left: int
    """Whole days; negative when it has expired."""
    serial: str
    """As `openssl x509 -serial` prints it."""
    problem: str = ""
    """Why it is refused, empty where it is good."""


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Verifies chain, name and time, against the authorities in `ca_file` or else those of this machine.

    Raises ProbeError where that file cannot be used.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ProbeError(f"{ca_file}: holds no certificates in PEM ({error.strerror or error})") from None


def certificate(address: str, port: int, name: str, ca_file: Path | None = None, within_s: float = 5) -> Certificate:
    """The certificate that a client gets that connects to `address` and asks for `name`.

    Raises ProbeError where there is none, because nothing answers, or not in TLS.
    """
    try:
        return read(_shown(address, port, name, trusting(ca_file), within_s))
    except ssl.SSLCertVerificationError as error:
        shown = _shown(address, port, name, _trusting_anybody(), within_s)
        return read(shown, error.verify_code, error.verify_message)


def read(shown: bytes, verify_code: int = 0, verify_message: str = "") -> Certificate:
    """The certificate in DER, with OpenSSL's verdict in words."""
    parsed = x509.load_der_x509_certificate(shown)
    names, issuer = _names(parsed), parsed.issuer.rfc4514_string()
    if verify_code == _EXPIRED:
        problem = f"expired on {parsed.not_valid_after_utc:%Y-%m-%d}"
    elif verify_code == _NOT_YET_VALID:
        problem = f"not valid before {parsed.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
    elif verify_code in (_OTHER_NAME, _OTHER_ADDRESS):
        problem = f"for other names: {', '.join(names) or 'none'}"
    elif verify_code in _NO_TRUSTED_ISSUER:
        problem = f"signed by an authority that is not trusted: {issuer}"
    else:
        problem = verify_message
    left = parsed.not_valid_after_utc - datetime.now(UTC)
    digits = f"{parsed.serial_number:X}"
    serial = digits.zfill(len(digits) + len(digits) % 2)
    return Certificate(issuer, names, parsed.not_valid_after_utc, left.days, serial, problem)


def refuses_old_tls(address: str, port: int, name: str, within_s: float = 3) -> bool:
    """Whether a server refuses clients with TLS 1.1 or older, or does not answer them, as coturn does.

    Raises ProbeError where nobody answers in newer versions, or where the OpenSSL of this machine cannot ask.
    """
    _shown(address, port, name, _trusting_anybody(), within_s)
    old = _trusting_anybody()
    old.set_ciphers("ALL:@SECLEVEL=0")  # else OpenSSL 3 does not offer the signatures of those versions
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # deprecated is the very thing that is looked for
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    try:
        with _connection(address, port, within_s) as line, old.wrap_socket(line, server_hostname=name):
            return False
    except (TimeoutError, ConnectionResetError, ssl.SSLEOFError):
        return True
    except ssl.SSLError as error:
        if "ALERT" in (error.reason or ""):
            return True
        raise ProbeError(f"TLS 1.1 cannot be tested from here ({handshake_error(error)})") from None
    except OSError as error:
        raise ProbeError(f"{address}:{port}: {handshake_error(error)}") from None


def handshake_error(error: OSError) -> str:
    """Why no TLS connection came about, for errors of the socket and of the handshake."""
    match error:
        case TimeoutError():
            return "does not answer"
        case ConnectionRefusedError():
            return "refuses the connection"
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | ConnectionResetError():
            return "closes the connection during the TLS handshake"
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER" | "RECORD_LAYER_FAILURE"):
            return "answers, but not in TLS"
        case ssl.SSLError():
            return f"refuses the TLS handshake ({(error.reason or str(error)).lower().replace('_', ' ')})"
    return f"cannot be reached ({error.strerror or error})"


def _trusting_anybody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _shown(address: str, port: int, name: str, context: ssl.SSLContext, within_s: float) -> bytes:
    try:
        with _connection(address, port, within_s) as line, context.wrap_socket(line, server_hostname=name) as secured:
            return secured.getpeercert(binary_form=True) or b""
    except ssl.SSLCertVerificationError:
        raise
    except OSError as error:
        raise ProbeError(f"{address}:{port}: {handshake_error(error)}") from None


def _connection(address: str, port: int, within_s: float) -> socket.socket:
    return socket.create_connection((address, port), timeout=within_s)


def _names(parsed: x509.Certificate) -> tuple[str, ...]:
    try:
        stated = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = (str(address) for address in stated.get_values_for_type(x509.IPAddress))
    return (*stated.get_values_for_type(x509.DNSName), *addresses)
