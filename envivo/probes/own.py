"""Names of envivo's own viewers, by which MediaMTX lists them, so that nobody takes them for viewers. Pure.

A name proves that its maker knows a secret of the deployment: a viewer who only calls themselves so is counted.
"""

import hmac
import re
import secrets

_NAME = re.compile(r"envivo-probe/([0-9a-f]{16})\.([0-9a-f]{16})")


def name(secret: str) -> str:
    """A new one (User-Agent, RFC 9110 10.1.5), as long as `envivo.probes.mediamtx.printable` shows."""
    number = secrets.token_hex(8)
    return f"envivo-probe/{number}.{_proof(secret, number)}"


def is_own(program: str, secret: str) -> bool:
    made = _NAME.fullmatch(program)
    return made is not None and hmac.compare_digest(made[2], _proof(secret, made[1]))


def _proof(secret: str, number: str) -> str:
    return hmac.digest(secret.encode(), f"envivo probe {number}".encode(), "sha256").hex()[:16]
