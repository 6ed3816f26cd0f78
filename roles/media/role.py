"""The media host: MediaMTX (ingest, WHEP, HLS, recordings) and Caddy (the one origin that viewers see)."""

from collections.abc import Sequence

from envivo.roles.addresses import removable
from envivo.roles.certificates.desired import CADDY_DATA
from envivo.roles.media import bans, desired, limits, recordings_mount, retention
from envivo.roles.media.costs import costs
from envivo.roles.media.ports import listeners
from envivo.roles.media.problems import problems
from envivo.roles.media.programs import programs
from envivo.roles.media.settings import PACKAGES, Media
from envivo.roles.role import Context, Needs, Role
from envivo.state.certificates import Use
from envivo.state.desired import Backup, Removable
from envivo.state.remains import Remains, account, directory, images, masked

OF_TLS = (desired.CERTIFICATE_REMOVABLE, desired.LOW_PORTS_REMOVABLE, bans.REMOVABLE)


def needs(media: Media, context: Context) -> Needs:
    artifacts = context.artifacts
    return Needs(
        packages=[*PACKAGES, *(bans.PACKAGES if media.encrypted else ())],
        systems=("debian-13",),
        masked={"fail2ban": bans.THEIR_UNIT} if media.encrypted else {},
        accounts=[desired.ACCOUNT],
        images=[artifacts.mediamtx, artifacts.caddy] if artifacts else [],
        yielding={recordings_mount.RECORDINGS: retention.script(media)},
    )


def certificates(media: Media, context: Context) -> Sequence[Use]:
    # behind a proxy the name resolves to wherever that is
    address = media.public_address if media.web.https else ""
    return [Use(media.web.domain, address, desired.CERTIFICATE)] if media.encrypted else []


def unneeded(media: Media, context: Context) -> Sequence[Removable]:
    of_names = () if desired.followed(media).names else (removable("mediamtx"),)
    if media.encrypted:
        return (*of_names, *(() if media.web.https else (desired.LOW_PORTS_REMOVABLE,)))
    return (*of_names, *OF_TLS)


def remains() -> Sequence[Remains]:
    return [
        directory("recordings", recordings_mount.RECORDINGS, recordings_mount.SHOWN),
        directory("certificates and the ACME account", CADDY_DATA),
        images(),
        masked(bans.THEIR_UNIT),
        account(desired.ACCOUNT),
    ]


ROLE = Role(
    name="media",
    group="media",
    settings="media",
    one_host=True,
    after=("base", "docker", "camera"),
    needs=needs,
    listeners=lambda media, context: listeners(media),
    problems=problems,
    certificates=certificates,
    programs=lambda media, context: list(programs(media)),
    removables=(
        *OF_TLS,
        desired.REMOVABLE,
        recordings_mount.REMOVABLE,
        retention.REMOVABLE,
        limits.REMOVABLE,
        removable("mediamtx"),
    ),
    remains=remains,
    backups=(
        Backup("caddy", "certificates and the ACME account", (CADDY_DATA,), after=desired.RESTART_WEB),
        Backup("recordings", "recordings", (recordings_mount.RECORDINGS,), on_request=True),
    ),
    relied_on={
        "camera": "its agents have no server to publish to, and go on trying",
        "turn": "it relays nothing",
    },
    unneeded=unneeded,
    costs=costs,
)
