"""The recordings as Caddy sees them: a read-only mount of their directory in which the kernel follows no link.

MediaMTX writes there, and could create a link to anything, which Caddy would follow, even to its own keys. Without the
mount Caddy does not start (templates/media/compose.yml.j2). The container gets the mount at its start: in a running
container it would appear before its flags are set.
"""

from envivo.core.paths import VAR
from envivo.render import render
from envivo.state.desired import File, Removable, Unit

RECORDINGS = f"{VAR}/recordings"
SHOWN = f"{VAR}/shown"
UNIT = f"{SHOWN.strip('/').replace('/', '-')}.mount"
"""Named after the mount point, as systemd requires; no part of it has a dash (systemd.mount(5))."""
UNIT_FILE = f"/etc/systemd/system/{UNIT}"


def file() -> File:
    return File(UNIT_FILE, render("media/shown.mount.j2", what=RECORDINGS, where=SHOWN).encode())


def unit() -> Unit:
    return Unit(UNIT, reads=(UNIT_FILE,))


REMOVABLE = Removable("the recordings' mount", paths=(UNIT_FILE,), units=(UNIT,))
