"""What the removal of a role leaves on a host, since it may be missed: `envivo remove` names it, or purges it. Pure."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from envivo.core.paths import IMAGES
from envivo.state import release
from envivo.state.desired import Account


@dataclass(frozen=True)
class Remains:
    name: str
    look: str
    """Command that prints a line for each thing that is there; nothing where none is."""
    purge: str = ""
    """Command that removes it, and can be repeated; empty: it is the user's decision."""
    paths: Sequence[str] = ()
    """Paths below which every file belongs to it."""


def directory(name: str, path: str, *mounts: str) -> Remains:
    """`mounts`: where its files are seen, too."""
    quoted = shlex.quote(path)
    return Remains(
        name,
        look=f'[ ! -e {quoted} ] || echo {quoted} "($(du -skx {quoted} 2>/dev/null | cut -f 1) KiB)"',
        purge=f"rm -rf --one-file-system {quoted}",
        paths=(path, *mounts),
    )


def account(removed: Account) -> Remains:
    name = removed.name
    return Remains(
        f"the account {name}",
        look=f"! getent passwd {name} >/dev/null || echo user {name}",
        purge=f"{{ ! getent passwd {name} >/dev/null || userdel {name}; }} && "
        f"{{ ! getent group {name} >/dev/null || groupdel {name}; }}",
    )


def masked(unit: str) -> Remains:
    """A unit of a package that may start once the package has been configured. Unmasked it does not start either."""
    return Remains(
        f"the mask of {unit}",
        look=f'[ "$(systemctl is-enabled {unit} 2>/dev/null)" != masked ] || echo the mask of {unit}',
        purge=f"systemctl unmask -q {unit} && {{ systemctl disable -q {unit} 2>/dev/null || true; }}",
    )


def images() -> Remains:
    """Envivo's images in a Docker Engine, of all versions."""
    ours = f"^({IMAGES}/|{release.IMAGES}:)"
    listed = f"docker image ls --format '{{{{.Repository}}}}:{{{{.Tag}}}}' 2>/dev/null | grep -E '{ours}'"
    return Remains(
        "images",
        look=f"! command -v docker >/dev/null || {listed} | sed 's/^/the image /' || true",
        purge=f"! command -v docker >/dev/null || {listed} | xargs -r docker image rm >/dev/null",
    )
