"""Where things live: the toolkit, the project and caches on the controller; on hosts: docs/reference/hosts.md#places"""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
"""The toolkit: code, templates/, player/, agent/, artifacts.lock.toml. In a checkout some of these are links to its
top level."""


def is_project(directory: Path) -> bool:
    return (directory / "inventories").is_dir()


def _project() -> Path:
    """ENVIVO_PROJECT, else the nearest directory upwards with inventories/, else the toolkit's own checkout; where the
    toolkit is not a checkout, the current directory, although that is not a project.
    """
    if named := os.environ.get("ENVIVO_PROJECT"):
        return Path(named).expanduser().resolve()
    here = Path.cwd()
    return next(filter(is_project, (here, *here.parents, PACKAGE.parent)), here)


PROJECT = _project()
"""The user's: inventories/, group_data/, secrets/, deploy.py, config.py."""
STATE = PROJECT / ".envivo"
"""Keys, generated secrets and the lab's record of itself; git-ignored, 0700."""
CACHE = Path(
    os.environ.get("ENVIVO_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "envivo"
)
"""Artifacts and the lab's image: may be deleted at any time, is filled again when needed."""

ETC = "/etc/envivo"
OPT = "/opt/envivo"
VAR = "/var/lib/envivo"
ADDED = f"{VAR}/added"
"""What deploys added to what is not envivo's: files with notes, for its removal."""
ADDED_PACKAGES = f"{ADDED}/packages"
"""Names of packages that were not installed, one a line."""
RUN = "/run/envivo"
STACK_LOCK = f"{RUN}/stack.lock"
"""Held by envivo-stack.service, deploys and commands while they start or remove containers of the project."""
LOCK = "/run/envivo-deploy.lock"
"""The command that holds the host, see envivo/operations/lease.py; a reboot removes it."""
COMPOSE_PROJECT = "envivo"
"""Of a media host."""
IMAGES = "envivo"
"""First part of the names of its images."""
COMPOSE_FILE = f"{OPT}/stack/compose.yml"
STACK_USER, STACK_UID = "envivo", 10001
"""User that runs the containers of a media host, and owns the recordings and Caddy's data."""
