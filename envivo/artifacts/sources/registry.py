"""A publisher's image, by digest, from its registry (OCI distribution spec 1.1, Docker's token protocol).

The digest in the lock file vouches for everything: it names the manifest list, which names the platform's manifest,
which names the configuration and the layers. Each is checked when it arrives.
"""

import gzip
import hashlib
import json
import shutil
import tempfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests
from requests.utils import parse_dict_header

from envivo.artifacts.cache import Provenance, sha256_of
from envivo.artifacts.image_archive import pack_layers
from envivo.artifacts.lock import Item, RegistryPin
from envivo.artifacts.sources import ChecksumError, UnavailableError, Watcher
from envivo.artifacts.sources.web import HttpSession, read, save

INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFESTS = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True)
class _Layer:
    digest: str
    """Of the blob."""
    diff_id: str
    """Of the tar in it."""


@dataclass(frozen=True)
class Registry:
    pin: RegistryPin
    web: HttpSession
    name: str = "registry"

    def fetch(self, item: Item, into: Path, watcher: Watcher) -> Provenance:
        repository = _Repository(self.pin, self.web, item)
        watcher.step(f"{self.pin.url}/{self.pin.repository}@{self.pin.digest[:19]}")
        try:
            config, layers = self._parts(repository)
        except (KeyError, TypeError, ValueError) as error:
            raise UnavailableError(f"{self.pin.digest} is not an image manifest of a known kind") from error
        with tempfile.TemporaryDirectory(dir=into) as work:
            tars = []
            for number, layer in enumerate(layers):
                watcher.step(f"layer {number + 1} of {len(layers)}")
                tars.append(repository.layer(layer, Path(work) / str(number), watcher))
            watcher.step("packing the image")
            image_id = pack_layers(config, tars, item, into)
        origin = f"{self.pin.url}/{self.pin.repository}@{self.pin.digest}"
        return Provenance(source=self.pin.use, pin=self.pin.value(item.arch), origin=origin, image_id=image_id)

    def _parts(self, repository: "_Repository") -> tuple[bytes, list[_Layer]]:
        """The image's configuration as it is, and its layers."""
        manifest = repository.json("manifests", self.pin.digest)
        if "manifests" in manifest:
            manifest = repository.json("manifests", platform_digest(manifest, repository.item))
        config = repository.read("blobs", manifest["config"]["digest"])
        described = json.loads(config)
        if described["architecture"] != repository.item.arch:
            raise UnavailableError(f"{self.pin.digest} is an image for {described['architecture']}")
        pairs = zip(manifest["layers"], described["rootfs"]["diff_ids"], strict=True)
        return config, [_Layer(layer["digest"], diff_id) for layer, diff_id in pairs]


def platform_digest(index: dict[str, Any], item: Item) -> str:
    """The digest of the manifest for the item's platform; raises UnavailableError when the index has none."""
    for entry in index["manifests"]:
        platform = entry.get("platform", {})
        if (platform.get("os"), platform.get("architecture")) == ("linux", item.arch):
            return str(entry["digest"])
    raise UnavailableError(f"{item.label}: the registry's index has no image for linux/{item.arch}")


def inflate(blob: Path, plain: Path) -> None:
    """Write a layer's tar, whether the blob is gzip or plain; raises UnavailableError for zstd and broken gzip."""
    with blob.open("rb") as source:
        magic = source.read(4)
    if magic == _ZSTD:
        raise UnavailableError("the image has zstd layers")
    if not magic.startswith(_GZIP):
        shutil.copyfile(blob, plain)
        return
    try:
        with gzip.open(blob) as source, plain.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnavailableError(f"a layer cannot be inflated ({error})") from error


@dataclass
class _Repository:
    """One repository of a registry; whatever it serves is checked against the digest it was asked for."""

    pin: RegistryPin
    web: HttpSession
    item: Item
    _headers: dict[str, str] = field(default_factory=lambda: {"Accept": ", ".join((*INDEXES, *MANIFESTS))})

    def json(self, kind: str, digest: str) -> dict[str, Any]:
        return _object(self.read(kind, digest), digest)

    def read(self, kind: str, digest: str) -> bytes:
        content = read(self._ask(kind, digest))
        self._check(kind, digest, f"sha256:{hashlib.sha256(content).hexdigest()}")
        return content

    def layer(self, layer: _Layer, stem: Path, watcher: Watcher) -> Path:
        """Fetch a layer; its tar."""
        blob, tar = stem.with_suffix(".blob"), stem.with_suffix(".tar")
        self._check("blobs", layer.digest, f"sha256:{save(self._ask('blobs', layer.digest), blob, watcher)}")
        inflate(blob, tar)
        blob.unlink()
        self._check("tars", layer.diff_id, f"sha256:{sha256_of(tar)}")
        return tar

    def _check(self, kind: str, expected: str, found: str) -> None:
        if found != expected:
            subject = f"{self.pin.url}/{self.pin.repository}: {kind.removesuffix('s')}"
            raise ChecksumError(self.item, subject, expected, found)

    def _ask(self, kind: str, digest: str) -> requests.Response:
        url = f"{self.pin.url}/v2/{self.pin.repository}/{kind}/{digest}"
        response = self.web.get(url, self._headers)
        if response.status_code == requests.codes.unauthorized and "Authorization" not in self._headers:
            response.close()
            self._headers["Authorization"] = f"Bearer {self._token(response.headers.get('WWW-Authenticate', ''))}"
            response = self.web.get(url, self._headers)
        if not response.ok:
            response.close()
            raise UnavailableError(f"{url}: {response.status_code} {response.reason}")
        return response

    def _token(self, challenge: str) -> str:
        """The anonymous token that the registry's challenge (`Bearer realm=...,service=...,scope=...`) points to."""
        scheme, _, parameters = challenge.partition(" ")
        asked: dict[str, str] = parse_dict_header(parameters)  # type: ignore[no-untyped-call]
        if scheme.lower() != "bearer" or "realm" not in asked:
            raise UnavailableError(f"{self.pin.url}: asks for {scheme or 'unknown'} authentication")
        query = urlencode([(key, asked[key]) for key in ("service", "scope") if key in asked])
        granted = _object(read(self.web.fetch(f"{asked['realm']}?{query}")), asked["realm"])
        token = granted.get("token") or granted.get("access_token")
        if not token:
            raise UnavailableError(f"{asked['realm']}: gives no token")
        return str(token)


def _object(text: bytes, what: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise UnavailableError(f"{what}: is not a JSON object")
    return value
