"""The recordings as Caddy sees them: a mount of their directory, read-only, in which the kernel follows no link.

MediaMTX writes them, and could put a link to anything there, which Caddy would follow, also to its own keys. Where the
mount is not there, Caddy does not start (templates/media/compose.yml.j2). Its container gets it at its start: passed on
to one that runs, a mount comes before its flags do.
"""

from envivo.core.paths import VAR
from envivo.render import render
from envivo.state.desired import File, Removable, Unit

RECORDINGS = f"{VAR}/recordings"
SHOWN = f"{VAR}/shown"
UNIT = f"{SHOWN.strip('/').replace('/', '-')}.mount"
"""systemd wants it named after the place; no part of it has a dash (systemd.mount(5))."""
UNIT_FILE = f"/etc/systemd/system/{UNIT}"


def file() -> File:
    return File(UNIT_FILE, render("media/shown.mount.j2", what=RECORDINGS, where=SHOWN).encode())


def unit() -> Unit:
    return Unit(UNIT, reads=(UNIT_FILE,))


REMOVABLE = Removable("the recordings' mount", paths=(UNIT_FILE,), units=(UNIT,))
