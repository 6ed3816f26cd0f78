"""What the tests of the artifacts are made of: small items, small images, and who watches."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

from envivo.artifacts import CACHE
from envivo.artifacts.cache import Cache, Provenance
from envivo.artifacts.lock import FilesArtifact, ImageArtifact, Item, load

Serve = Callable[..., str]
"""The fixture `serve`."""
PROGRAM = b"\x7fELF a static binary" * 1000


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


class Truncated(Files):
    """Promises the whole file and hangs up after half of it."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        content = source.read()
        outputfile.write(content[: len(content) // 2])


class Labelled(Files):
    """Says of a .gz file that gzip is its transport encoding, as some web servers do."""

    def end_headers(self) -> None:
        self.send_header("Content-Encoding", "gzip")
        super().end_headers()


@dataclass
class Watched:
    """A watcher that remembers."""

    steps: list[str] = field(default_factory=list)
    sizes: list[tuple[int, int | None]] = field(default_factory=list)

    def step(self, text: str) -> None:
        self.steps.append(text)

    def detail(self, text: str) -> None:
        pass

    def size(self, done: int, total: int | None) -> None:
        self.sizes.append((done, total))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def image_item(*sources: dict[str, Any], arch: str = "amd64", **spec: Any) -> Item:
    given = {"version": "1.0", "program": "/usr/bin/demo", "entrypoint": ["/usr/bin/demo"], **spec, "sources": sources}
    return Item("demo", arch, ImageArtifact.model_validate(given))  # type: ignore[arg-type]


def files_item(*sources: dict[str, Any], content: bytes, name: str = "demo.js") -> Item:
    files = {name: {"member": f"dist/{name}", "sha256": sha256(content)}}
    return Item("page", "amd64", FilesArtifact.model_validate({"version": "1.0", "files": files, "sources": sources}))


def release_pin(url: str, pinned: str, *, checked: bool = True) -> dict[str, Any]:
    tarball = {"url": url, "sha256": pinned}
    return {"use": "release", "member": "demo", "checked": checked, "amd64": tarball, "arm64": tarball}


def tarball(members: dict[str, bytes]) -> bytes:
    """A .tar.gz, the same for the same members."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), mtime=0)


def released(directory: Path, content: bytes = PROGRAM) -> str:
    """Put a release tarball (demo.tar.gz) into a directory; its sha256."""
    data = tarball({"LICENSE": b"free", "demo": content})
    (directory / "demo.tar.gz").write_bytes(data)
    return sha256(data)


def everything_below(directory: Path) -> set[str]:
    """All files and directories there but the lock that serialises fetches."""
    return {str(path.relative_to(directory)) for path in directory.rglob("*")} - {".lock"}


@dataclass(frozen=True)
class SmallImage:
    """An image of one platform, as a registry holds it."""

    config: bytes
    layers: tuple[bytes, ...]
    """Compressed."""

    @classmethod
    def make(cls, arch: str) -> "SmallImage":
        layers = tuple(tarball({f"etc/{name}": arch.encode() * 500}) for name in ("one", "two"))
        rootfs = {"type": "layers", "diff_ids": [f"sha256:{sha256(gzip.decompress(layer))}" for layer in layers]}
        config = {"architecture": arch, "os": "linux", "config": {"Cmd": ["/etc/one"]}, "rootfs": rootfs}
        return cls(json.dumps(config).encode(), layers)

    @property
    def manifest(self) -> bytes:
        kind = "application/vnd.docker.container.image.v1+json"
        layer_kind = "application/vnd.docker.image.rootfs.diff.tar.gzip"
        return json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                "config": described(self.config, kind),
                "layers": [described(layer, layer_kind) for layer in self.layers],
            }
        ).encode()


def index(images: dict[str, SmallImage]) -> bytes:
    """The OCI index of images by architecture."""
    manifests = [
        {
            **described(image.manifest, "application/vnd.docker.distribution.manifest.v2+json"),
            "platform": {"os": "linux", "architecture": arch},
        }
        for arch, image in images.items()
    ]
    kind = "application/vnd.docker.distribution.manifest.list.v2+json"
    return json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": manifests}).encode()


def described(content: bytes, kind: str) -> dict[str, Any]:
    return {"mediaType": kind, "size": len(content), "digest": f"sha256:{sha256(content)}"}


def fill(directory: Path) -> None:
    """Makes it an ENVIVO_CACHE with entries for amd64: images of a few bytes, and what is pinned by itself from the
    cache of this machine.
    """
    ours = Cache(CACHE)
    cache = Cache(directory / "artifacts")
    cache.root.mkdir()
    for item in load().items("amd64"):
        with cache.staging(item) as staged:
            for name in item.files:
                if name in item.pinned:
                    (staged / name).write_bytes((ours.path(item) / name).read_bytes())
                else:
                    (staged / name).write_text(f"content of {name}")
            pin = item.spec.sources[-1]
            image_id = f"sha256:{'a' * 64}" if item.files[0].endswith(".tar.gz") else None
            origin = Provenance(source=pin.use, pin=pin.value("amd64"), origin="a test", image_id=image_id)
            cache.keep(item, staged, origin)
