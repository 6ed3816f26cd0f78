"""Base images with the packages of all roles, for tests whose subject is not the bare host.

A deploy to one takes 10 s in place of 45. The name has the digest of the package lists, so that it never differs from
what the roles install. coturn is left out: its package starts an open relay unless its role has masked it before.
"""

from pathlib import Path

from envivo.lab import acme, image, root
from envivo.lab.image import BaseImage
from envivo.lab.topology import DebianRelease
from envivo.roles.camera.settings import PACKAGES as CAMERA
from envivo.roles.certificates.settings import PACKAGES as CERTIFICATES
from envivo.roles.docker.settings import PACKAGES as DOCKER
from envivo.roles.media.settings import PACKAGES as MEDIA
from envivo.roles.turn.settings import CERTBOT

_PACKAGES: dict[DebianRelease, tuple[str, ...]] = {
    "bookworm": CAMERA,  # only camera hosts may be Debian 12
    "trixie": tuple(dict.fromkeys((*CAMERA, *CERTIFICATES, *DOCKER, *MEDIA, *CERTBOT, *acme.PACKAGES))),
}
# The role enables them; a host without it has no Engine that runs.
_AFTERWARDS: dict[DebianRelease, str] = {
    "bookworm": "true",
    "trixie": "systemctl -q disable docker.service docker.socket containerd.service",
}


def name(base: BaseImage) -> str:
    release = base.release
    return f"ready.{release}-{image.digest((base.name, _PACKAGES[release], _AFTERWARDS[release]))}"


def ensure(release: DebianRelease) -> str:
    """The tag of the image, built, cached or imported as far as that is still to do."""
    base = image.base(release)
    made = name(base)
    return image.imported(made, lambda: image.cached(f"{made}.tar", lambda file: _build(base, file)))


def _build(base: BaseImage, file: Path) -> None:
    archive = image.archive(base)
    with image.workplace(f"ready image: Debian {base.release}") as (folder, show):
        root.unpack(archive, folder)
        (folder / "etc/hosts").touch()  # Debian 12's base has none, and this machine's is mounted there
        root.install(folder, _PACKAGES[base.release], show, afterwards=_AFTERWARDS[base.release])
        show("pack")
        image.pack(folder, file)
