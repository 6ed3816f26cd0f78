"""A package of the npm registry, fetched by npm itself, pinned by its sha512 integrity."""

import base64
import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from envivo.artifacts.cache import Provenance, sha256_of
from envivo.artifacts.lock import FilesArtifact, Item, NpmPackage, NpmPin
from envivo.artifacts.sources import ChecksumError, UnavailableError, Watcher

_SECONDS = 180


@dataclass(frozen=True)
class Npm:
    pin: NpmPin
    name: str = "npm"

    def fetch(self, item: Item, into: Path, watcher: Watcher) -> Provenance:
        assert isinstance(item.spec, FilesArtifact)  # noqa: S101 - the lock file's types say so
        unpack(self.pin, {file.member: into / name for name, file in item.spec.files.items()}, item, into, watcher)
        for name, file in item.spec.files.items():
            if (found := sha256_of(into / name)) != file.sha256:
                raise ChecksumError(item, f"npm: {name}", f"sha256 {file.sha256}", f"sha256 {found}")
        return Provenance(
            source=self.pin.use, pin=self.pin.value(item.arch), origin=f"npm {self.pin.package}@{self.pin.version}"
        )


def unpack(package: NpmPackage, members: Mapping[str, Path], item: Item, work: Path, watcher: Watcher) -> None:
    """Fetch a package and write these of its members (paths inside the package) to these files."""
    wanted = f"{package.package}@{package.version}"
    if shutil.which("npm") is None:
        raise UnavailableError("npm is not installed")
    with tempfile.TemporaryDirectory(dir=work) as packed:
        watcher.step(f"npm pack {wanted}")
        tarball = _pack(wanted, Path(packed))
        found = integrity_of(tarball)
        if found != package.integrity:
            raise ChecksumError(item, f"npm: {wanted}", f"integrity {package.integrity}", f"integrity {found}")
        with tarfile.open(tarball) as tar:
            for member, target in members.items():
                try:
                    content = tar.extractfile(f"package/{member}")
                except KeyError:
                    content = None
                if content is None:
                    raise UnavailableError(f"{wanted} contains no file {member}")
                with content, target.open("wb") as file:
                    shutil.copyfileobj(content, file)


def integrity_of(tarball: Path) -> str:
    """The value that npm calls integrity (Subresource Integrity, sha512)."""
    with tarball.open("rb") as file:
        return f"sha512-{base64.b64encode(hashlib.file_digest(file, 'sha512').digest()).decode()}"


def _pack(wanted: str, into: Path) -> Path:
    command = [
        "npm",
        "pack",
        wanted,
        "--ignore-scripts",
        "--loglevel=error",
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=1000",
    ]
    command.append(f"--pack-destination={into}")
    try:
        done = subprocess.run(command, cwd=into, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"npm pack {wanted}: not done within {_SECONDS} s") from error
    tarballs = list(into.glob("*.tgz"))
    if done.returncode != 0 or len(tarballs) != 1:
        raise UnavailableError(f"npm pack {wanted}: {reason(done.stderr) or f'exit code {done.returncode}'}")
    return tarballs[0]


def reason(stderr: str) -> str:
    """The line of npm's error output that says what happened; its first line is often a bare code."""
    said = re.findall("^npm (?:error|ERR!) (.+)", stderr, re.MULTILINE)  # npm 10 and newer; npm 9, Debian's
    telling = (found.group() for line in said if (found := re.search("request to .* failed.*|404 Not Found.*", line)))
    return next(telling, said[0] if said else "")
