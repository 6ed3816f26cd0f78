"""From settings to files: pure functions over templates/, the same for the deploy and for its tests."""

import base64
import hashlib
from functools import cache
from types import SimpleNamespace
from typing import Any

import bcrypt
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import SecretStr

from envivo.core.paths import PACKAGE


def hashed(secret: SecretStr) -> str:
    """A password as MediaMTX keeps it (docs/notes/mediamtx.md#password-hashes).

    Unsalted is enough for 256 random bits, and a slow hash would stall every new viewer: it runs in the one
    goroutine that admits them.
    """
    digest = hashlib.sha256(secret.get_secret_value().encode()).digest()
    return "sha256:" + base64.b64encode(digest).decode()


_BCRYPT_ALPHABET = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
)


@cache
def bcrypted(secret: SecretStr) -> str:
    """A password as Caddy keeps it. The salt comes from the secret, so that the same settings render the same file;
    256 random bits need no other protection, and the cheapest rounds do (Caddy asks for each request).
    """
    value = secret.get_secret_value().encode()
    salt = base64.b64encode(hashlib.sha256(b"envivo caddy salt" + value).digest()[:16])[:22]
    return bcrypt.hashpw(value, b"$2b$04$" + salt.translate(_BCRYPT_ALPHABET)).decode()


@cache
def _templates() -> Environment:
    # Plain text for machines, never HTML: escaping would only break it.
    templates = Environment(  # noqa: S701
        loader=FileSystemLoader(PACKAGE / "templates"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["hashed"] = hashed
    return templates


def render(template: str, **values: Any) -> str:
    """`template` is a path below templates/; it sees one object, `cfg`. Raises UndefinedError for a missing value."""
    return _templates().get_template(template).render(cfg=SimpleNamespace(**values))


def revision(text: str) -> str:
    """The name under which a running service tells from which configuration it runs."""
    return "envivo-" + hashlib.sha256(text.encode()).hexdigest()[:16]


def render_revised(template: str, **values: Any) -> tuple[str, str]:
    """The rendered file, which holds its own revision, and that revision."""
    its = revision(render(template, revision="", **values))
    return render(template, revision=its, **values), its
