"""From settings to files: pure functions over templates/, the same for the deploy and for its tests."""

import base64
import hashlib
from functools import cache
from types import SimpleNamespace
from typing import Any

import bcrypt
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import SecretStr

from envivo.core.resources import TEMPLATES, folders

_BCRYPT_COST, _SLOW_BCRYPT_COST = 4, 6
_ARGON2_KIB = 1024


@cache
def hashed(secret: SecretStr, salt: str = "") -> str:
    """A password as MediaMTX keeps it (docs/notes/mediamtx.md#password-hashes).

    Unsalted is enough for 128 random bits. With `salt`, for what a person may have chosen, it is Argon2id, at half a
    millisecond: it runs in the one goroutine that admits viewers, and only for names that exist (docs/security.md).
    """
    value = secret.get_secret_value().encode()
    if not salt:
        return "sha256:" + base64.b64encode(hashlib.sha256(value).digest()).decode()
    salted = hashlib.sha256(b"envivo mediamtx salt" + salt.encode()).digest()[:16]
    slow = Argon2id(salt=salted, length=32, iterations=1, lanes=1, memory_cost=_ARGON2_KIB)
    return "argon2:" + slow.derive_phc_encoded(value)


_BCRYPT_ALPHABET = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
)


def bcrypt_prefix(slow: bool) -> str:
    """Prefix of Caddy's hashes, which holds their cost."""
    return f"$2b${_SLOW_BCRYPT_COST if slow else _BCRYPT_COST:02}$"


@cache
def bcrypted(secret: SecretStr, salt: str = "") -> str:
    """A password as Caddy keeps it. Without `salt` one comes from the secret, so that the same settings render the same
    file; 128 random bits need no other protection, and the cheapest rounds do (Caddy asks for each request).

    With `salt`, for what a person may have chosen, four times the rounds. It must not be made of the password, which
    could be guessed from it without them.
    """
    value = secret.get_secret_value().encode()
    digest = hashlib.sha256(b"envivo caddy salt" + (salt.encode() or value)).digest()
    text = base64.b64encode(digest[:16])[:22].translate(_BCRYPT_ALPHABET)
    return bcrypt.hashpw(value, bcrypt_prefix(bool(salt)).encode() + text).decode()


@cache
def _templates() -> Environment:
    # Plain text for machines, never HTML: escaping would only break it.
    templates = Environment(  # noqa: S701
        loader=FileSystemLoader(folders(TEMPLATES)),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["hashed"] = hashed
    return templates


def render(template: str, **values: Any) -> str:
    """`template` is a path below templates/, of the project or else of the toolkit; it sees one object, `cfg`.

    Raises UndefinedError for a missing value.
    """
    return _templates().get_template(template).render(cfg=SimpleNamespace(**values))


def revision(text: str) -> str:
    """Name of a configuration, by which a running service reports the one it uses."""
    return "envivo-" + hashlib.sha256(text.encode()).hexdigest()[:16]


def render_revised(template: str, **values: Any) -> tuple[str, str]:
    """The rendered file, which holds its own revision, and that revision."""
    config_revision = revision(render(template, revision="", **values))
    return render(template, revision=config_revision, **values), config_revision
