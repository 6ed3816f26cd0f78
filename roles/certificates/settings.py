"""Where the certificates of Caddy, MediaMTX and coturn come from."""

import hashlib
import re
from typing import Annotated, Literal

from pydantic import SecretStr, model_validator

from envivo.config.interrupts import Interrupts
from envivo.config.types import OptionalEmail, Pem, SecretPem, Settings, Text
from envivo.config.values import Shape, acme_directory

PACKAGES = ("busybox-static", "openssl")
LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"


class Tls(Settings):
    """Certificates of the page, MediaMTX and coturn; only with `web.domain`."""

    interrupts = Interrupts.NOBODY
    issuer: Literal["acme", "internal", "files"] = "acme"
    """Who signs the certificates. acme: an ACME server, by default Let's Encrypt. internal: Caddy, with `root_key`.
    files: you provide `certificate` and `key`."""
    email: OptionalEmail = ""
    """E-mail of the ACME account: the authority may write to it before a certificate expires."""
    directory: Annotated[Text, Shape("address such as https://acme.company.net:14000/dir", acme_directory)] = (
        LETS_ENCRYPT
    )
    """Directory of the ACME server (RFC 8555, section 7.1.1)."""
    directory_ca: Pem = ""
    """Certificate of the authority that signed the ACME server's own HTTPS certificate, if that authority is
    private."""
    root: Annotated[Pem, Interrupts.REMOTE_CAMERAS] = ""
    """Certificate of the authority that signs the certificates, if it is private. Cameras and `envivo verify` trust
    it. Required for issuer internal."""
    root_key: SecretPem = SecretStr("")
    """Key of `root`. Required for issuer internal."""
    certificate: Pem = ""
    """Certificate for all names, followed by its intermediates. Required for issuer files."""
    key: SecretPem = SecretStr("")
    """Key of `certificate`. Required for issuer files."""

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
            # a new root is a new authority: in the same folder Caddy would keep what the old one signed
            return "envivo-" + hashlib.sha256(self.root.encode()).hexdigest()[:12]
        # as certmagic makes it (its acmeissuer.go, issuerKey, and storage.go, Safe)
        host, _, path = self.directory.removeprefix("https://").partition("/")
        key = "-".join(filter(None, [host, path.replace("/", "-").strip("-")]))
        return re.sub(r"[^a-z0-9_@.-]", "", key.lower().replace(":", "-"))
