"""Archives for `docker load`, made and checked without an Engine. Engines from 20.10 on load them.

An archive is a pure function of what it is made of: the same program or the same layers give the same bytes, and the
image id is the digest of the configuration, which names every layer by its own digest.
"""

import gzip
import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from envivo.artifacts.cache import REFETCH, sha256_of
from envivo.artifacts.lock import Arch, ImageArtifact, Item
from envivo.core.errors import EnvivoError

MANIFEST = "manifest.json"
_EPOCH = "1970-01-01T00:00:00Z"
_LARGEST_JSON = 1 << 20


class ImageArchiveError(Exception):
    """The archive does not hold the one image, complete and consistent, that it should."""


def pack_program(program: IO[bytes], size: int, item: Item, into: Path) -> str:
    """Make the item's archive in `into` out of one static binary; returns the image id."""
    assert isinstance(item.spec, ImageArtifact)  # noqa: S101 - programs belong to images
    with tempfile.TemporaryDirectory(dir=into) as work:
        layer = Path(work) / "layer.tar"
        with layer.open("wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
            where = PurePosixPath(item.spec.program)
            for parent in reversed(where.parents[:-1]):
                tar.addfile(_entry(str(parent), 0, mode=0o755, kind=tarfile.DIRTYPE))
            tar.addfile(_entry(str(where), size, mode=0o755), program)
        config = configuration(item.spec, item.arch, f"sha256:{sha256_of(layer)}")
        return pack_layers(config, [layer], item, into)


def configuration(spec: ImageArtifact, arch: Arch, diff_id: str) -> bytes:
    """The configuration of a one-layer image: https://github.com/opencontainers/image-spec/blob/main/config.md"""
    runtime = {
        "Entrypoint": list(spec.entrypoint),
        "Cmd": list(spec.command),
        "Env": list(spec.environment),
        "WorkingDir": spec.directory,
    }
    return _json(
        {
            "architecture": arch,
            "os": "linux",
            "created": _EPOCH,
            "config": {key: value for key, value in runtime.items() if value},
            "rootfs": {"type": "layers", "diff_ids": [diff_id]},
            "history": [{"created": _EPOCH, "created_by": "envivo"}],
        }
    )


def pack_layers(config: bytes, layers: list[Path], item: Item, into: Path) -> str:
    """Make the item's archive in `into` out of a configuration and its uncompressed layers; returns the image id."""
    image_id = hashlib.sha256(config).hexdigest()
    names = [f"{sha256_of(layer)}/layer.tar" for layer in layers]
    manifest = _json([{"Config": f"{image_id}.json", "RepoTags": [item.reference], "Layers": names}])
    (archive,) = item.files
    with _deterministic_gzip(into / archive) as file, tarfile.open(fileobj=file, mode="w") as tar:
        for name, data in ((MANIFEST, manifest), (f"{image_id}.json", config)):
            tar.addfile(_entry(name, len(data)), io.BytesIO(data))
        for name, layer in zip(names, layers, strict=True):
            if name not in tar.getnames():
                with layer.open("rb") as source:
                    tar.addfile(_entry(name, layer.stat().st_size), source)
    return f"sha256:{image_id}"


def verified_id(archive: Path, item: Item) -> str:
    """The id of the image in the archive, after every digest in it was found true; raises ImageArchiveError."""
    image_id, tags, arch = _contained(archive)
    if tags != [item.reference] or arch != item.arch:
        raise ImageArchiveError(f"contains {' '.join(tags)} for {arch} instead of {item.reference} for {item.arch}")
    return image_id


def verify_id(archive: Path, accepted: Sequence[str]) -> None:
    """Raise EnvivoError unless the archive holds one of these images, complete and consistent."""
    try:
        found = _contained(archive)[0]
    except ImageArchiveError as error:
        raise EnvivoError(str(archive), str(error), REFETCH) from error
    if found not in accepted:
        what = f"contains image {found} instead of {' or '.join(accepted)}"
        raise EnvivoError(str(archive), what, f"{REFETCH}, or fix image_ids in artifacts.lock.toml")


def _contained(archive: Path) -> tuple[str, list[str], str]:
    """Id, names and architecture of the one image in an archive; raises ImageArchiveError."""
    try:
        digests, texts = _contents(archive)
        (image,) = json.loads(texts[MANIFEST])
        config = json.loads(texts[image["Config"]])
        found = [digests[name] for name in image["Layers"]]
        named, arch = config["rootfs"]["diff_ids"], config["architecture"]
        tags, image_id = image["RepoTags"], digests[image["Config"]]
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise ImageArchiveError(f"is not a complete archive of one image ({type(error).__name__}: {error})") from error
    if found != named:
        raise ImageArchiveError(f"has layers {' '.join(found)}, but its configuration names {' '.join(named)}")
    return image_id, tags, arch


def _contents(archive: Path) -> tuple[dict[str, str], dict[str, bytes]]:
    """Of every file in the archive its digest, and of the small ones their content, in one pass."""
    digests: dict[str, str] = {}
    texts: dict[str, bytes] = {}
    with tarfile.open(archive, mode="r|gz") as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is None:
                continue
            if member.name.endswith(".json") and member.size <= _LARGEST_JSON:
                texts[member.name] = content.read()
                digest = hashlib.sha256(texts[member.name])
            else:
                digest = hashlib.sha256()
                while chunk := content.read(1 << 20):
                    digest.update(chunk)
            digests[member.name] = f"sha256:{digest.hexdigest()}"
    return digests, texts


def _entry(name: str, size: int, mode: int = 0o644, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name.lstrip("/"))
    entry.size, entry.mode, entry.type = size, mode, kind
    return entry


@contextmanager
def _deterministic_gzip(path: Path) -> Iterator[IO[bytes]]:
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0) as file:
        yield cast(IO[bytes], file)


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
