"""Debian's docker-registry on a loopback port, what is pushed into it, and an issuer of the tokens it may ask for."""

import base64
import datetime
import json
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from tests.patience import patient, until
from tests.unit.ports import free_ports
from tests.unit.probes.server import Reply

from .parts import SmallImage, index, sha256

SERVICE = "local registry"
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"


@dataclass
class TokenIssuer:
    """Issues tokens as the Docker token specification asks: anybody may pull, only `granting` pushes."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    bundle: Path
    realm: str = ""
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    @classmethod
    def create(cls, directory: Path) -> "TokenIssuer":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "token issuer of a test")])
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(1).not_valid_before(now - datetime.timedelta(hours=1))
        certificate = builder.not_valid_after(now + datetime.timedelta(hours=1)).sign(key, hashes.SHA256())
        bundle = directory / "issuer.pem"
        bundle.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return cls(key, certificate, bundle)

    def granting(self, repository: str, *actions: str) -> str:
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        now, access = int(time.time()), [{"type": "repository", "name": repository, "actions": actions}]
        whom = {"iss": "tests", "sub": "", "aud": SERVICE, "jti": "1"}
        claims = {**whom, "nbf": now - 60, "iat": now - 60, "exp": now + 300, "access": access}
        signed = ".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
        return f"{signed}.{_base64url(self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def answer(self, _method: str, path: str) -> Reply:
        query = parse_qs(urlsplit(path).query)
        self.asked.append(query)
        token = self.granting(query["scope"][0].split(":")[1], "pull")
        return Reply(200, json.dumps({"token": token}).encode())


@dataclass(frozen=True)
class LocalRegistry:
    url: str
    config: Path
    storage: Path
    issuer: TokenIssuer | None

    @classmethod
    def configure(cls, directory: Path, issuer: TokenIssuer | None) -> "LocalRegistry":
        (port,) = free_ports(1)
        address = f"127.0.0.1:{port}"
        settings: dict[str, Any] = {
            "version": 0.1,
            "storage": {"filesystem": {"rootdirectory": str(directory / "storage")}},
            "http": {"addr": address},
        }
        if issuer:
            token = {"realm": issuer.realm, "service": SERVICE, "issuer": "tests", "rootcertbundle": str(issuer.bundle)}
            settings["auth"] = {"token": token}
        config = directory / "registry.yml"
        config.write_text(yaml.safe_dump(settings))
        return cls(f"http://{address}", config, directory / "storage", issuer)

    def wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        def answers() -> bool:
            assert process.poll() is None, f"docker-registry ended: {self.config.with_suffix('.log').read_text()}"
            try:
                return requests.get(f"{self.url}/v2/", timeout=patient(1)).status_code in (200, 401)
            except requests.ConnectionError:
                return False

        assert until(bool, answers, 15, 0.05), "docker-registry does not answer"

    def push(self, repository: str, *images: SmallImage) -> list[str]:
        """Push images; the digests of their manifests."""
        for image in images:
            for blob in (image.config, *image.layers):
                self._push_blob(repository, blob)
        return [self._push_manifest(repository, image.manifest, _MANIFEST) for image in images]

    def push_index(self, repository: str, images: dict[str, SmallImage]) -> str:
        """Push images by architecture, and an index of them; its digest."""
        self.push(repository, *images.values())
        return self._push_manifest(repository, index(images), _LIST)

    def content(self, digest: str) -> bytes:
        return self._stored(digest).read_bytes()

    def tamper(self, digest: str, content: bytes) -> None:
        """Exchange what lies on the registry's disk under this digest."""
        self._stored(digest).write_bytes(content)

    def _stored(self, digest: str) -> Path:
        value = digest.removeprefix("sha256:")
        data = self.storage / "docker/registry/v2/blobs/sha256" / value[:2] / value / "data"
        assert data.exists()
        return data

    def _headers(self, repository: str) -> dict[str, str]:
        if self.issuer is None:
            return {}
        return {"Authorization": f"Bearer {self.issuer.granting(repository, 'pull', 'push')}"}

    def _push_blob(self, repository: str, content: bytes) -> None:
        headers = self._headers(repository)
        started = requests.post(f"{self.url}/v2/{repository}/blobs/uploads/", headers=headers, timeout=patient(10))
        started.raise_for_status()
        target, digest = started.headers["Location"], f"sha256:{sha256(content)}"
        requests.put(
            target, data=content, params={"digest": digest}, headers=headers, timeout=patient(10)
        ).raise_for_status()

    def _push_manifest(self, repository: str, content: bytes, kind: str) -> str:
        digest = f"sha256:{sha256(content)}"
        headers = {"Content-Type": kind, **self._headers(repository)}
        url = f"{self.url}/v2/{repository}/manifests/{digest}"
        requests.put(url, data=content, headers=headers, timeout=patient(10)).raise_for_status()
        return digest


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
