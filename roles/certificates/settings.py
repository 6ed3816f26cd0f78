"""Where the certificates of Caddy, MediaMTX and coturn come from."""

import hashlib
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, SecretStr, model_validator

from envivo.config.types import OptionalEmail, Pem, SecretPem, Settings, Text
from envivo.config.values import acme_directory

PACKAGES = ("busybox-static", "openssl")
LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"


class Tls(Settings):
    issuer: Literal["acme", "internal", "files"] = "acme"
    """A public (or your own) ACME server; an authority that envivo makes and Caddy signs with; your own files."""
    email: OptionalEmail = ""
    """Of the ACME account; an authority may write to it before a certificate ends."""
    directory: Annotated[Text, AfterValidator(acme_directory)] = LETS_ENCRYPT
    directory_ca: Pem = ""
    """Who vouches for the ACME server itself, where that is no public authority."""
    root: Pem = ""
    """Who signs the certificates, where that is no public authority: cameras and `envivo verify` trust it."""
    root_key: SecretPem = SecretStr("")
    """issuer internal: the key of `root`."""
    certificate: Pem = ""
    """issuer files: the certificate and those between it and its root."""
    key: SecretPem = SecretStr("")

    @model_validator(mode="after")
    def _complete(self) -> "Tls":
        needs = {"files": ("certificate", "key"), "internal": ("root", "root_key"), "acme": ()}[self.issuer]
        absent = [name for name in needs if not getattr(self, name)]
        if absent:
            raise ValueError(f"issuer {self.issuer} needs {' and '.join(absent)}")
        return self

    @property
    def storage(self) -> str:
        """The folder below caddy/certificates/ for this issuer: docs/notes/caddy.md#where-certificates-lie"""
        if self.issuer == "internal":
            # another root is another authority: else Caddy goes on with what the former one signed
            return "envivo-" + hashlib.sha256(self.root.encode()).hexdigest()[:12]
        # as certmagic makes it (its acmeissuer.go, issuerKey, and storage.go, Safe)
        host, _, path = self.directory.removeprefix("https://").partition("/")
        key = "-".join(filter(None, [host, path.replace("/", "-").strip("-")]))
        return re.sub(r"[^a-z0-9_@.-]", "", key.lower().replace(":", "-"))
