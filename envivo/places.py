"""Where things live: on the controller (below the checkout) and on hosts: docs/architecture.md#on-a-host"""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".envivo"
"""Keys, generated secrets and the lab's record of itself; git-ignored, 0700."""
CACHE = Path(
    os.environ.get("ENVIVO_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "envivo"
)
"""Artifacts and the lab's image: may be deleted at any time, is filled again when needed."""

ETC = "/etc/envivo"
OPT = "/opt/envivo"
VAR = "/var/lib/envivo"
RUN = "/run/envivo"
LOCK = "/run/envivo-deploy.lock"
"""Whose deploy has the host at the moment; a reboot forgets it."""
PROJECT = "envivo"
"""The Compose project of a media host."""
