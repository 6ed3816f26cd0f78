"""Bans of addresses that try passwords: a fail2ban of envivo's own, beside any that the host has already.

It reads the lines about refused passwords of Caddy and MediaMTX in the journal. Where the package was not there before,
its own service, which would watch sshd, stays masked (roles/media/role.py).
"""

from dataclasses import dataclass

from envivo.core.paths import COMPOSE_PROJECT, ETC
from envivo.render import render
from envivo.roles.media.settings import Media
from envivo.state.desired import Directory, File, Removable, Unit
from envivo.state.endpoints import HTTPS


@dataclass(frozen=True)
class BanLimit:
    attempts: int
    """Failed attempts of one address within `within_s`."""
    within_s: int
    ban_s: int
    """Seconds of the first ban; doubled with each further one, up to `longest_s`."""
    longest_s: int


PACKAGES = ("fail2ban", "nftables", "python3-systemd")
THEIR_UNIT = "fail2ban.service"
UNIT = "envivo-bans.service"
UNIT_FILE = f"/etc/systemd/system/{UNIT}"
DIRECTORY = f"{ETC}/bans"
RUN, STATE = "/run/envivo-bans", "/var/lib/envivo-bans"
TABLE = "inet envivo_bans"

LIMIT = BanLimit(attempts=30, within_s=60, ban_s=60, longest_s=3600)
"""A school class behind one address may mistype once each."""

WEB_TAG, MEDIAMTX_TAG = f"{COMPOSE_PROJECT}-web", f"{COMPOSE_PROJECT}-mediamtx"
"""Names of the containers in the journal: CONTAINER_TAG."""


@dataclass(frozen=True)
class Jail:
    name: str
    tag: str
    protocols: tuple[str, ...]
    ports: tuple[int, ...]
    pattern: str
    """fail2ban's failregex, for a line of the journal as fail2ban formats it: `HOST TAG[PID]: LINE`."""
    packets: str = ""
    """Which packets of a banned address are refused (nft); empty: all."""


def jails(media: Media) -> list[Jail]:
    mediamtx = media.mediamtx
    found = [
        Jail(
            "envivo-web",
            WEB_TAG,
            ("tcp", "udp"),
            (HTTPS,),
            r'^\s*\S+ \S+: \{"level":"info","ts":[\d.e+]+,"logger":"http\.log\.access\.refused",'
            r'"msg":"handled request","request":\{"remote_ip":"<ADDR>",',
        ),
        Jail(
            "envivo-mediamtx",
            MEDIAMTX_TAG,
            ("tcp",),
            (mediamtx.rtmps_port, mediamtx.rtsps_port),
            r"^\s*\S+ \S+: \S+ \S+ INF \[RT[MS]PS\] \[conn \[?<ADDR>\]?:\d+\] closed: failed to authenticate",
            # a camera that publishes from the same address goes on
            packets="ct state new",
        ),
    ]
    # who comes through a proxy has its address, as far as packets go
    return [jail for jail in found if media.web.https or jail.tag != WEB_TAG]


def files(media: Media) -> list[Directory | File]:
    wanted = jails(media)
    texts = {
        f"{DIRECTORY}/fail2ban.conf": render("media/bans/fail2ban.conf.j2", run=RUN, state=STATE),
        f"{DIRECTORY}/jail.conf": render("media/bans/jail.conf.j2", limit=LIMIT, jails=wanted),
        f"{DIRECTORY}/table.nft": render("media/bans/table.nft.j2", table=TABLE, jails=wanted),
        f"{DIRECTORY}/action.d/nft.conf": render("media/bans/nft.conf.j2", table=TABLE),
        **{f"{DIRECTORY}/filter.d/{jail.name}.conf": render("media/bans/filter.conf.j2", jail=jail) for jail in wanted},
        UNIT_FILE: render("media/bans/envivo-bans.service.j2", directory=DIRECTORY, table=TABLE),
    }
    return [
        Directory(DIRECTORY, exclusive=True),
        Directory(f"{DIRECTORY}/action.d"),
        Directory(f"{DIRECTORY}/filter.d"),
        *(File(path, text.encode()) for path, text in texts.items()),
    ]


def unit() -> Unit:
    return Unit(UNIT, reads=(DIRECTORY, UNIT_FILE))


REMOVABLE = Removable(
    "bans of addresses that guess passwords",
    paths=(UNIT_FILE, DIRECTORY),
    units=(UNIT,),
    # the mask stays with the package, which had enabled its unit all the same
    teardown=f"rm -rf {STATE}; "
    f'[ "$(systemctl is-enabled {THEIR_UNIT} 2>/dev/null)" != masked ] '
    f"|| rm -f /etc/systemd/system/multi-user.target.wants/{THEIR_UNIT}",
)
