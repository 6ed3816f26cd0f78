"""What a TURN host has to do for viewers, and must not do for anybody else."""

from collections.abc import Iterator
from functools import partial

from envivo.orchestration.target import Target
from envivo.probes import ProbeError, turn, turn_abuse, turn_relay, whep
from envivo.probes.ice_servers import IceServer
from envivo.probes.units import unit_state
from envivo.roles.base.checks import listening_ports, starts_at_boot
from envivo.roles.certificates.checks import certificate
from envivo.roles.media.from_outside import endpoint, viewer
from envivo.roles.turn.settings import UNIT, Turn
from envivo.verify.engine import Check, Statement
from envivo.verify.findings import Finding


def checks(host: Target, media: Target, reachable: Check, path: str, session: Check | None) -> Iterator[Check]:
    """`session`: that a viewer gets a WHEP session of `path`, with which the credentials for relays come."""
    its = host.settings.turn
    if its is None:
        return
    running = Check(host.name, f"{UNIT} is active", partial(_running, host), (reachable,))
    listening = Check(
        host.name,
        "the ports of turn listen",
        partial(listening_ports, host, host.settings.turn_listeners(), _logs(host)),
        (running,),
    )
    shown = Check(
        host.name,
        f"{its.domain} shows its certificate on {its.tls_port}",
        partial(certificate, host, its.address, its.tls_port, its.domain),
        (listening,),
    )
    yield from (running, starts_at_boot(host, UNIT, reachable), listening, shown)
    if session is None:
        return
    for transport in ("udp", "tcp", "tls"):
        yield Check(
            host.name,
            f"relays media over {transport}",
            partial(_relay, host, media, its, path, transport),
            (listening, session) if transport != "tls" else (shown, session),
        )
    yield Check(
        host.name,
        "relays nothing but media of the media host",
        partial(_abuse, host, media, its, path),
        (listening, session),
    )


def _logs(host: Target) -> str:
    return f"on {host.name}: journalctl -u {UNIT}"


def _running(host: Target) -> Iterator[Finding]:
    state = unit_state(host.inside, UNIT)
    if not state.runs:
        what = f"viewers behind firewalls get no relay: {UNIT} is {state.words}"
        yield Finding(host.name, "turn-down", what, f"deploy again; why: {_logs(host)}")
        return
    # docs/notes/coturn.md#a-line-it-does-not-understand
    asked = f"journalctl -u {UNIT} -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID {UNIT})"
    said = host.inside.run(f"{asked} | grep -iE -m 1 'bad configuration|wrong address|cannot start tls'").out.strip()
    if said:
        what = f"coturn runs without a part of its configuration: {said}"
        yield Finding(host.name, "turn-configuration", what, "deploy again")


def _given(its: Turn, host: Target, session: whep.Session, transport: str) -> tuple[turn.Server, IceServer]:
    """What viewers are told of this transport. Raises ProbeError where they are told nothing."""
    for one in session.ice_servers:
        if one.url.startswith("stun:"):
            continue
        server = turn.server(one.url, its.address, host.authority)
        if server.transport == transport and server.name == its.domain:
            return server, one
    raise ProbeError(f"viewers are told of no TURN server over {transport} at {its.domain}")


def _relay(host: Target, media: Target, its: Turn, path: str, transport: str) -> Iterator[Finding | Statement]:
    try:
        with whep.session(endpoint(media, path), viewer(media, path)) as session:
            relay = turn_relay.ask(*_given(its, host, session, transport), session)
    except ProbeError as error:
        yield Finding(host.name, "turn-not-told", str(error), f"deploy again to {media.name}")
        return
    if relay.problem:
        port = f"{its.tls_port}/tcp" if transport == "tls" else f"{its.port}/{transport}"
        what = f"TURN over {transport}: {its.domain} {relay.problem}"
        yield Finding(host.name, f"turn-{transport}", what, f"allow {port} to {its.address}, or see why: {_logs(host)}")
    else:
        yield Statement(f"through {relay.address}")


def _abuse(host: Target, media: Target, its: Turn, path: str) -> Iterator[Finding | Statement]:
    try:
        with whep.session(endpoint(media, path), viewer(media, path)) as session:
            seen = turn_abuse.ask(*_given(its, host, session, "tcp"), media.settings.public_address)
    except ProbeError as error:
        yield Finding(host.name, "turn-unprovable", f"TURN cannot be asked: {error}", _logs(host))
        return
    for one in seen.not_refused:
        what = f"coturn does not refuse {one.what}: {one.answer}"
        yield Finding(host.name, "turn-open", what, f"on {host.name}: systemctl stop {UNIT}; deploy again")
    if seen.media:
        what = f"coturn does not relay to the media host: {seen.media}"
        yield Finding(host.name, "turn-closed", what, "deploy again")
    if not seen.not_refused:
        yield Statement(f"{len(seen.demands)} demands refused")
