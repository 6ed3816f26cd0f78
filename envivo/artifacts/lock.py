"""The lock file: what is pinned, and where each pin may be fetched from. Data only: docs/reference/artifacts.md"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

import tomllib
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from envivo.core import paths
from envivo.core.errors import EnvivoError

LOCK = paths.PACKAGE / "artifacts.lock.toml"

Arch = Literal["amd64", "arm64"]
ARCHS: tuple[Arch, ...] = get_args(Arch)

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^@]+$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
MemberPath = Annotated[str, StringConstraints(pattern=r"^[^/.][^/]*(/[^/.][^/]*)*$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pin(Strict):
    checked: bool
    """Whether this pin was ever compared with a real download from its source."""
    note: str = ""


class RegistryPin(Pin):
    use: Literal["registry"]
    url: Url
    repository: str
    digest: Digest

    def value(self, arch: Arch) -> str:
        return self.digest


class Tarball(Strict):
    url: Url
    sha256: Sha256


class ReleasePin(Pin):
    use: Literal["release"]
    member: MemberPath
    amd64: Tarball
    arm64: Tarball

    def tarball(self, arch: Arch) -> Tarball:
        return self.amd64 if arch == "amd64" else self.arm64

    def value(self, arch: Arch) -> str:
        return f"sha256:{self.tarball(arch).sha256}"


class NpmPackage(Strict):
    package: str
    version: str
    integrity: Annotated[str, StringConstraints(pattern=r"^sha512-[A-Za-z0-9+/]{86}==$")]


class Generated(Strict):
    """A file that a release embeds and its module lacks: a text, or a member of an npm package."""

    path: MemberPath
    text: str = ""
    npm: NpmPackage | None = None
    member: MemberPath | None = None


class GoPin(Pin):
    use: Literal["go"]
    module: str
    package: str
    version: str
    sum: Annotated[str, StringConstraints(pattern=r"^h1:[A-Za-z0-9+/]{43}=$")]
    ldflags: str = ""
    generated: tuple[Generated, ...] = ()

    def value(self, arch: Arch) -> str:
        return self.sum


class NpmPin(Pin, NpmPackage):
    use: Literal["npm"]

    def value(self, arch: Arch) -> str:
        return self.integrity


class ImageArtifact(Strict):
    version: str
    program: Annotated[str, StringConstraints(pattern=r"^/[^.]+$")]
    """Where the program lies in an image made of one binary: where the publisher's own image has it."""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    directory: str = "/"
    image_ids: tuple[Digest, ...] = ()
    """When given, an image must be one of these, wherever it came from."""
    sources: tuple[Annotated[RegistryPin | ReleasePin | GoPin, Field(discriminator="use")], ...]


class PinnedMember(Strict):
    member: MemberPath
    sha256: Sha256


class FilesArtifact(Strict):
    """Files for every architecture, each pinned by itself, whatever the source."""

    version: str
    files: dict[FileName, PinnedMember]
    sources: tuple[NpmPin, ...]


AnyPin = RegistryPin | ReleasePin | GoPin | NpmPin


@dataclass(frozen=True)
class Item:
    """One entry of the cache: an artifact for one architecture (files are for every architecture)."""

    name: str
    arch: Arch
    spec: ImageArtifact | FilesArtifact

    @property
    def entry(self) -> str:
        return "-".join((self.name, self.spec.version, *self._arch))

    @property
    def label(self) -> str:
        return " ".join((self.name, self.spec.version, *self._arch))

    @property
    def reference(self) -> str:
        return f"{paths.IMAGES}/{self.name}:{self.spec.version}"

    @property
    def files(self) -> tuple[str, ...]:
        return (f"{self.entry}.tar.gz",) if isinstance(self.spec, ImageArtifact) else tuple(self.spec.files)

    @property
    def pinned(self) -> dict[str, str]:
        """File -> sha256, for those that the lock file pins by themselves."""
        files = self.spec.files if isinstance(self.spec, FilesArtifact) else {}
        return {name: file.sha256 for name, file in files.items()}

    @property
    def accepted(self) -> tuple[str, ...]:
        """Image ids, where the lock file lists them."""
        return self.spec.image_ids if isinstance(self.spec, ImageArtifact) else ()

    @property
    def pins(self) -> set[tuple[str, str]]:
        return {(pin.use, pin.value(self.arch)) for pin in self.spec.sources}

    @property
    def _arch(self) -> tuple[str, ...]:
        return (self.arch,) if isinstance(self.spec, ImageArtifact) else ()


class Lock(Strict):
    mediamtx: ImageArtifact
    caddy: ImageArtifact
    hls_js: FilesArtifact

    def items(self, arch: Arch) -> Iterator[Item]:
        for name in type(self).model_fields:
            yield Item(name, arch, getattr(self, name))


def architecture(name: str) -> Arch:
    """The architecture of that name; EnvivoError (exit code 2) when envivo has no artifacts for it."""
    for arch in ARCHS:
        if name == arch:
            return arch
    raise EnvivoError("architecture", f"{name!r} has no artifacts", f"choose one of {', '.join(ARCHS)}", exit_code=2)


def load(path: Path = LOCK) -> Lock:
    """Read and check the lock file; EnvivoError (exit code 2) names every finding."""
    try:
        return Lock.model_validate(tomllib.loads(path.read_text()))
    except OSError as error:
        raise EnvivoError(str(path), error.strerror or str(error), "restore it with git", exit_code=2) from error
    except tomllib.TOMLDecodeError as error:
        raise EnvivoError(
            str(path), f"is not valid TOML ({error})", "correct that line, or restore the file with git", exit_code=2
        ) from error
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise EnvivoError(str(path), found, "see docs/reference/artifacts.md", exit_code=2) from error
