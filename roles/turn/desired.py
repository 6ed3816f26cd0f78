"""A TURN host as it should be: pure functions from settings to files, configuration and unit."""

from dataclasses import replace

from envivo.config.values import is_ipv4
from envivo.core.paths import ETC
from envivo.render import render, render_revised
from envivo.roles.addresses import Followed, names
from envivo.roles.turn.settings import GROUP, UNIT, Turn
from envivo.state import stopped
from envivo.state.certificates import InstalledCertificate
from envivo.state.desired import Directory, File, Removable, ServiceConfig, Unit
from envivo.state.endpoints import Endpoints
from envivo.state.nftables import intact

DIRECTORY = f"{ETC}/turn"
CONFIGURATION = f"{DIRECTORY}/turnserver.conf"
EGRESS = f"{DIRECTORY}/egress.nft"
DROP_IN = f"/etc/systemd/system/{UNIT}.d"
DROP_IN_FILE = f"{DROP_IN}/envivo.conf"
"""Exists where envivo runs coturn."""
CERTIFICATE = InstalledCertificate(
    f"{DIRECTORY}/tls", GROUP, reload=f"systemctl kill -s USR2 --kill-whom=main {UNIT} 2>/dev/null || true"
)
TABLE = "inet envivo_turn"
CONNECTIONS = 256
"""TCP connections of one address: all 200 relays and some to spare. An office is one address."""
BYTES_PER_SECOND = 1_000_000
"""Limit of one relay: eight times the bit rate of a camera."""


def followed(turn: Turn, endpoints: Endpoints) -> Followed:
    return Followed("coturn", names([turn.address, *endpoints.advertised]), ipv6=False)


def _fixed(endpoints: Endpoints) -> list[str]:
    """Peers that are addresses."""
    return list(filter(is_ipv4, endpoints.advertised))


def files(turn: Turn, endpoints: Endpoints) -> list[Directory | File]:
    following = followed(turn, endpoints)
    egress = render(
        "turn/egress.nft.j2",
        peers=_fixed(endpoints),
        peers_change=bool(following.names),
        media_port=endpoints.media_port,
        turn=turn,
        connections=CONNECTIONS,
    )
    drop_in = render(
        "turn/envivo.conf.j2",
        egress=EGRESS,
        configuration=CONFIGURATION,
        following=following,
        stays_stopped=stopped.CONDITION,
    )
    return [
        Directory(DIRECTORY, mode="750", group=GROUP),
        File(EGRESS, egress.encode()),
        Directory(DROP_IN),
        File(DROP_IN_FILE, drop_in.encode()),
        *following.files(
            public="" if is_ipv4(turn.address) else turn.address,
            peers=names(endpoints.advertised),
            listens_on=turn.listens_on,
            table=TABLE,
            unit=UNIT,
        ),
    ]


def config(turn: Turn, endpoints: Endpoints) -> ServiceConfig:
    content, config_revision = render_revised(
        "turn/turnserver.conf.j2",
        turn=turn,
        installed=CERTIFICATE,
        external=turn.address if is_ipv4(turn.address) else "",
        peers=_fixed(endpoints),
        bytes_per_second=BYTES_PER_SECOND,
    )
    # coturn reads its configuration only at start: it uses this one if it was started after the file was written
    started = f'"$(date -d "$(systemctl show -P ExecMainStartTimestamp {UNIT})" +%s)"'
    ask = (
        f'systemctl is-active -q {UNIT} && {{ [ {started} -ge "$(stat -c %Y {CONFIGURATION})" ] '
        f"&& grep -oE 'envivo-[0-9a-f]{{16}}' {CONFIGURATION} || echo an older one; }}"
    )
    made = ServiceConfig(
        CONFIGURATION, content, mode="640", owner="root", group=GROUP, revision=config_revision, ask=ask
    )
    return replace(
        made, script=render("turn/switch.sh.j2", config=made, staging=f"{ETC}/.staged", turn=turn, unit=UNIT)
    )


def unit() -> Unit:
    return Unit(UNIT, reads=(CONFIGURATION, EGRESS, DROP_IN_FILE), holds=intact(TABLE, EGRESS))


REMOVABLE = Removable(
    "coturn",
    paths=(DIRECTORY, DROP_IN),
    # the package stays, and must not run with its own configuration
    teardown=f"systemctl stop {UNIT}; systemctl disable -q {UNIT}; systemctl mask -q {UNIT}; "
    f"rm -f {stopped.file(UNIT)}; nft delete table {TABLE} 2>/dev/null || true",
    brings=(CONFIGURATION, EGRESS, CERTIFICATE.certificate, CERTIFICATE.key, DROP_IN_FILE),
)
