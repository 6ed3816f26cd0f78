"""Checks of the protection against guessed passwords, and against special files among the recordings."""

from collections.abc import Iterator

from envivo.core import quoting
from envivo.core.paths import COMPOSE_PROJECT
from envivo.probes.units import unit_state
from envivo.roles.media import bans, recordings_mount, shown
from envivo.roles.media.settings import Media
from envivo.roles.role import Target
from envivo.state.containers import own
from envivo.verify.findings import Finding


def no_link_is_followed(media: Target[Media]) -> Iterator[Finding]:
    """By the flags of the mount in Caddy's container."""
    container = f'"$(docker ps -q {own(COMPOSE_PROJECT, "web")})"'
    mounts = media.shell.run(f"docker exec {container} /busybox cat /proc/mounts").out.splitlines()
    flags = [line.split()[3].split(",") for line in mounts if line.split()[1] == f"{shown.WEB_ROOT}/recordings"]
    if not flags or not {"ro", "nosymfollow"} <= set(flags[-1]):
        what = (
            "in Caddy's container, the recordings are not mounted in the protected way (read-only, no symbolic"
            " links): viewers may see no recordings, or could read Caddy's private keys through a symbolic link"
        )
        fix = f"deploy again; if the problem persists, on {media.name}: systemctl status {recordings_mount.UNIT}"
        yield Finding(media.name, "recordings-unguarded", what, fix)


KINDS = "-type p -o -type s -o -type b -o -type c"
"""Pipes, sockets and devices, as find(1) calls them."""


def nothing_special_is_recorded(media: Target[Media]) -> Iterator[Finding]:
    """envivo creates no such files, and a client that asks for a pipe waits for ever."""
    find = f"find {recordings_mount.RECORDINGS} -xdev \\( {KINDS} \\) -print 2>/dev/null | head -n 1"
    if found := media.shell.run(find).out.strip("\n"):
        what = f"{quoting.shown(found)} among the recordings is not a regular file"
        who = "find out which program made it (not MediaMTX), and remove it"
        fix = f"{who}; then envivo restart ENV caddy"
        yield Finding(media.name, "recordings-special", what, fix)


def bans_passwords(media: Target[Media]) -> Iterator[Finding]:
    logs = f"on {media.name}: journalctl -u {bans.UNIT}"
    state = unit_state(media.shell, bans.UNIT)
    if not state.runs:
        what = f"addresses that guess passwords are not banned: {bans.UNIT} is {state.words}"
        yield Finding(media.name, "bans-down", what, f"deploy again; why: {logs}")
        return
    for jail in bans.jails(media.settings):
        if media.shell.run(f"fail2ban-client -c {bans.DIRECTORY} status {jail.name}").code != 0:
            ports = f"port{'s' if len(jail.ports) > 1 else ''} {' and '.join(map(str, jail.ports))}"
            what = f"addresses that guess passwords on {ports} are not banned: fail2ban has no rule (jail) {jail.name}"
            yield Finding(media.name, "bans-down", what, f"deploy again; why: {logs}")
