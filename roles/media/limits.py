"""Limits of connections of one address, and of a container's memory, processes and files: pure functions from settings
to an nftables table and its unit, and figures.

MediaMTX sets no deadline before the first request of RTSP, TLS or not (gortsplib 5.6.4, server_conn_reader.go), and
nothing limits how many connections one address has.
"""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import NamedTuple

from envivo.core.paths import ETC
from envivo.render import render
from envivo.roles.media.ports import listeners
from envivo.roles.media.settings import Media
from envivo.state.desired import File, Removable, Unit
from envivo.state.nftables import intact

RULES = f"{ETC}/limits.nft"
UNIT = "envivo-limits.service"
UNIT_FILE = f"/etc/systemd/system/{UNIT}"
TABLE = "envivo_media"

PUBLISHING_CONNECTIONS = 256
"""Connections of one address to RTSP and RTMP together: 128 cameras behind one router, with two each. Each costs
MediaMTX a file descriptor and 17 kB."""
WATCHING_CONNECTIONS = 1024
"""Connections of one address to page, HLS, signalling and media over TCP: a browser has one to three, and a school or
company is one address."""
SILENT_S = 30
"""Seconds without a packet after which a connection to RTSP or RTMP is dropped, at the server's next keepalive (15 s).
No stream sends less than a picture every 30 s."""

MEMORY = {"mediamtx": "2g", "web": "1g"}
"""Limits of the containers; one that exceeds its limit is killed and restarted. MediaMTX has 57 MB at rest, 101 MB in a
flood of sessions, and 3 MB more for each WHEP viewer; Caddy 50 MB."""
PROCESSES = 1024
"""Processes and threads of a container; each has some 20."""
OPEN_FILES = 16384
"""Open files of a container: 8000 viewers over HLS cost Caddy two each."""


class ConnectionLimit(NamedTuple):
    ports: Sequence[int]
    connections: int


def limits(media: Media) -> dict[str, ConnectionLimit]:
    """`publishing` and `watching`: TCP ports that are open to the network, and their number of connections."""
    mediamtx = media.mediamtx
    publishing = {mediamtx.rtsp_port, mediamtx.rtmp_port, mediamtx.rtsps_port, mediamtx.rtmps_port}
    open_ = [listener.port for listener in listeners(media) if "tcp" in listener.protocols and not listener.loopback]
    return {
        "publishing": ConnectionLimit([port for port in open_ if port in publishing], PUBLISHING_CONNECTIONS),
        "watching": ConnectionLimit([port for port in open_ if port not in publishing], WATCHING_CONNECTIONS),
    }


def _proxies(media: Media) -> dict[str, list[str]]:
    """Of each family, the proxies that all viewers come from."""
    proxies = [] if media.web.behind_loopback else media.web.trusted_proxies
    return {
        family: found
        for family, version in (("ip", 4), ("ip6", 6))
        if (found := [proxy for proxy in proxies if ip_network(proxy).version == version])
    }


def files(media: Media) -> list[File]:
    rules = render(
        "media/limits.nft.j2",
        table=TABLE,
        limits=limits(media),
        silent_s=SILENT_S,
        proxies=_proxies(media),
        page_port=media.web.port,
    )
    return [
        File(RULES, rules.encode()),
        File(UNIT_FILE, render("media/envivo-limits.service.j2", rules=RULES).encode()),
    ]


def unit() -> Unit:
    return Unit(UNIT, reads=(RULES, UNIT_FILE), holds=intact(f"inet {TABLE}", RULES))


REMOVABLE = Removable(
    "limits of connections",
    paths=(RULES, UNIT_FILE),
    units=(UNIT,),
    teardown=f"nft delete table inet {TABLE} 2>/dev/null || true",
)
