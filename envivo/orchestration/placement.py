"""Which host does what: settings and inventory together. Pure functions over names, groups and addresses."""

from collections.abc import Iterator, Mapping, Sequence

from envivo.artifacts import Artifacts
from envivo.core.problems import Problem
from envivo.core.quoting import shown
from envivo.orchestration.environment import HTTP, HTTPS, Environment
from envivo.roles.base.settings import Needs
from envivo.roles.camera import desired as camera_desired
from envivo.roles.camera import settings as camera
from envivo.roles.camera.settings import Camera
from envivo.roles.certificates import desired as certificates_desired
from envivo.roles.certificates import settings as certificates_settings
from envivo.roles.certificates.desired import COTURN_PAIR, GIVEN, MEDIAMTX_PAIR, Certificates, Copy
from envivo.roles.docker import settings as docker
from envivo.roles.media import bans, recordings_mount
from envivo.roles.media import desired as media_desired
from envivo.roles.media import limits as media_limits
from envivo.roles.media import settings as media
from envivo.roles.turn import desired as turn_desired
from envivo.roles.turn import settings as turn
from envivo.state import live_restore
from envivo.state.desired import Certbot, Listener, Removable, probe_unit

Groups = Mapping[str, Sequence[str]]
"""The names of the hosts of each group of the inventory."""


def problems(env: str, settings: Environment, groups: Groups) -> Iterator[Problem]:
    here, there = f"group_data/{env}.py", f"inventories/{env}.py"
    if len(groups.get("media", ())) != 1:
        yield Problem("media", f"must have exactly one host, has {len(groups.get('media', ()))}", file=there)
    turns = groups.get("turn", ())
    if settings.turn and len(turns) != 1:
        yield Problem("turn", f"must have exactly one host, since {here} has turn, has {len(turns)}", file=there)
    if turns and not settings.turn:
        yield Problem("turn", f"is required, since {there} has hosts in the group turn", file=here)
    if settings.turn and settings.web.tls.issuer == "internal" and set(turns) - set(groups.get("media", ())):
        why = "Caddy makes internal certificates on the media host alone and turn has a host of its own"
        yield Problem("web.tls.issuer", f"must be acme or files, since {why}", file=here)
    plugged_in = groups.get("cameras", ())
    local = list(groups.get("media", ())) == ["@local"] and set(plugged_in) - {"@local"}
    if local and not (settings.media_address or settings.encrypted):
        yield Problem("media_address", "is required, since cameras on other hosts cannot reach @local", file=here)
    for name, one in settings.cameras.items():
        place = f"cameras.{name}.host"
        if one.host and one.host not in plugged_in:
            yield Problem(place, f"must be one of the group cameras, is {shown(one.host)}", file=here)
        if not one.host and len(plugged_in) != 1:
            yield Problem(place, f"is required, since the group cameras has {len(plugged_in)} hosts", file=here)


def needs(settings: Environment, roles: Sequence[str], artifacts: Artifacts | None) -> Needs:
    """What the roles of a host (its groups) ask of it, together."""
    packages: list[str] = []
    systems = {"debian-13"} if {"media", "turn"} & set(roles) else {"debian-12", "debian-13"}
    names: list[str] = []
    asks = "turn" in roles and "media" not in roles and settings.web.tls.issuer == "acme"
    if "media" in roles:
        packages += docker.PACKAGES + media.PACKAGES
        if settings.encrypted:
            names.append(settings.web.domain)
            packages += bans.PACKAGES
    if "turn" in roles and settings.turn:
        names.append(settings.turn.domain)
        packages += [one for one in turn.PACKAGES + (turn.CERTBOT if asks else ()) if one not in packages]
    if settings.encrypted and {"media", "turn"} & set(roles):
        packages += certificates_settings.PACKAGES
    if "cameras" in roles:
        packages += camera.PACKAGES
    turn_here = settings.turn if "turn" in roles else None
    return Needs(
        packages=list(dict.fromkeys(packages)),
        provided=dict.fromkeys(docker.PACKAGES, docker.PROVIDED_BY) if "media" in roles else {},
        masked={
            **({"coturn": turn.UNIT} if turn_here else {}),
            **({"fail2ban": bans.THEIR_UNIT} if "media" in roles and settings.encrypted else {}),
        },
        accounts=[
            *([media_desired.ACCOUNT] if "media" in roles else []),
            *([camera_desired.ACCOUNT] if "cameras" in roles else []),
        ],
        ports=[
            *(settings.media_listeners() if "media" in roles else []),
            *(settings.turn_listeners() if turn_here else []),
            # where certbot answers the ACME server's question
            *([Listener("turn.domain", HTTP)] if turn_here and asks else []),
        ],
        images=[artifacts.mediamtx, artifacts.caddy] if artifacts else [],
        systems=sorted(systems),
        own_units={
            **({turn.UNIT: turn_desired.DROP_IN_FILE} if turn_here else {}),
            # of a run that died while it tried whether the world gets there
            **{probe_unit(port): certificates_desired.SCRIPT for port in (HTTP, HTTPS)},
        },
        names={name: settings.names[name] for name in names},
        addresses={turn_here.listens_on: _address_setting(turn_here)} if turn_here else {},
        documents=[live_restore.CONFIG] if "media" in roles else [],
    )


def _address_setting(here: turn.Turn) -> str:
    return "turn.listen_address" if here.listen_address else "turn.address"


def certificates(settings: Environment, roles: Sequence[str]) -> Certificates | None:
    """Of a host that serves TLS."""
    copies = list(_copies(settings, roles))
    if not copies:
        return None
    tls, alone = settings.web.tls, "media" not in roles
    given = [("certificate.pem", tls.certificate), ("key.pem", tls.key.get_secret_value())]
    return Certificates(
        copies=copies,
        certbot=_certbot(settings) if alone and tls.issuer == "acme" else None,
        directory_ca=tls.directory_ca,
        asks_over=() if tls.issuer != "acme" else (HTTP,) if alone else (HTTP, HTTPS),
        address=settings.turn.address if alone and settings.turn else settings.public_address,
        given=given if tls.issuer == "files" else [],
    )


def _copies(settings: Environment, roles: Sequence[str]) -> Iterator[Copy]:
    tls, alone = settings.web.tls, "media" not in roles

    def copy(name: str, pair: certificates_desired.Pair) -> Copy:
        if tls.issuer == "files":
            return certificates_desired.of_files(name, GIVEN, pair)
        if alone:
            return certificates_desired.of_certbot(name, pair)
        return certificates_desired.of_caddy(name, tls.storage, pair)

    if not alone and settings.encrypted:
        yield copy(settings.web.domain, MEDIAMTX_PAIR)
    if "turn" in roles and settings.turn:
        yield copy(settings.turn.domain, COTURN_PAIR)


def _certbot(settings: Environment) -> Certbot:
    assert settings.turn is not None  # noqa: S101 - only a turn host is alone
    tls = settings.web.tls
    trust = certificates_desired.DIRECTORY_CA if tls.directory_ca else ""
    return Certbot(settings.turn.domain, tls.directory, tls.email, trust)


def unwanted(settings: Environment, roles: Sequence[str]) -> list[Removable]:
    """What earlier settings may have put on a host of these groups."""
    its = certificates(settings, roles)
    pairs = [one.pair for one in its.copies] if its else []
    return [
        *([turn_desired.LEFTOVER] if "turn" not in roles else []),
        *([certificates_desired.LEFTOVER] if its is None else []),
        *([certificates_desired.OF_MEDIAMTX_LEFTOVER] if MEDIAMTX_PAIR not in pairs else []),
        *([certificates_desired.CERTBOT_LEFTOVER] if its is None or not (its.certbot and its.directory_ca) else []),
        *([media_desired.LOW_PORTS_LEFTOVER] if "media" not in roles or not settings.encrypted else []),
        *([bans.LEFTOVER] if "media" not in roles or not settings.encrypted else []),
        *([media_desired.LEFTOVER, recordings_mount.LEFTOVER, media_limits.LEFTOVER] if "media" not in roles else []),
        *([camera_desired.LEFTOVER] if "cameras" not in roles else []),
    ]


def cameras_on(settings: Environment, host: str, groups: Groups) -> dict[str, Camera]:
    """The cameras that are plugged into a host."""
    alone = list(groups["cameras"]) == [host]
    return {name: one for name, one in settings.cameras.items() if one.host == host or (not one.host and alone)}
