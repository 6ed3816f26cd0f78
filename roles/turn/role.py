"""coturn: a relay for viewers whose networks block the media host."""

from collections.abc import Iterator, Sequence

from envivo.core.problems import Problem
from envivo.roles.addresses import removable
from envivo.roles.certificates.desired import SCRIPT, obtained_by_certbot
from envivo.roles.role import Context, Needs, Role
from envivo.roles.turn import desired
from envivo.roles.turn.costs import costs
from envivo.roles.turn.settings import CERTBOT, PACKAGES, UNIT, Turn, listeners
from envivo.state.certificates import Use
from envivo.state.desired import Backup, Listener, Removable
from envivo.state.endpoints import HTTP
from envivo.state.program import Program
from envivo.state.remains import Remains, masked


def problems(turn: Turn) -> Iterator[Problem]:
    if turn.last_relay_port > 65535:
        what = f"the last relay port would be {turn.last_relay_port}, above 65535"
        yield Problem("turn.relays", what, "lower turn.relays or turn.first_relay_port")


def needs(turn: Turn, context: Context) -> Needs:
    certbot = obtained_by_certbot(context)
    return Needs(
        packages=[*PACKAGES, *(CERTBOT if certbot else ())],
        systems=("debian-13",),
        masked={"coturn": UNIT},
        # where certbot is validated
        ports=[Listener("turn.domain", HTTP)] if certbot else [],
        own_units={UNIT: desired.DROP_IN_FILE},
        addresses={turn.listens_on: "turn.listen_address" if turn.listen_address else "turn.address"},
    )


def certificates(turn: Turn, context: Context) -> Sequence[Use]:
    return [Use(turn.domain, turn.address, desired.CERTIFICATE)]


def programs(turn: Turn, context: Context) -> Iterator[Program]:
    yield Program("coturn", "viewers behind firewalls get no relay", UNIT, stoppable=True)
    following = desired.followed(turn, context.endpoints)
    if following.names:
        down = f"coturn does not follow the addresses of {', '.join(following.names)}"
        yield Program(f"address-{following.service}", down, following.unit_name)


def unneeded(turn: Turn, context: Context) -> Sequence[Removable]:
    return [] if desired.followed(turn, context.endpoints).names else [removable("coturn")]


def remains() -> Sequence[Remains]:
    # what certbot renews for envivo calls envivo's script; other certificates are not touched
    ours = f"grep -lsF {SCRIPT} /etc/letsencrypt/renewal/*.conf | sed 's|.*/||; s|[.]conf$||'"
    delete = "xargs -r -n 1 certbot delete --non-interactive --quiet --cert-name"
    certificates = Remains(
        "certificates of certbot",
        look=f"{ours} | sed 's/^/the certificate of /; s/$/ in \\/etc\\/letsencrypt/'",
        purge=f"! command -v certbot >/dev/null || {{ {ours} | {delete}; }}",
    )
    return [certificates, masked(UNIT)]


ROLE = Role(
    name="turn",
    group="turn",
    settings="turn",
    one_host=True,
    after=("base", "media"),
    needs=needs,
    problems=problems,
    listeners=lambda turn, context: listeners(turn),
    certificates=certificates,
    programs=lambda turn, context: list(programs(turn, context)),
    removables=(desired.REMOVABLE, removable("coturn")),
    remains=remains,
    backups=(Backup("letsencrypt", "certbot's certificates and ACME accounts", ("/etc/letsencrypt",)),),
    relied_on={"media": "viewers behind firewalls get no picture"},
    unneeded=unneeded,
    costs=costs,
)
