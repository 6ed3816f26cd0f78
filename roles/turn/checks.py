"""Checks of a TURN host: it relays for viewers, and refuses everything else."""

import socket
from collections.abc import Iterator
from functools import partial

from envivo.probes import ProbeError, turn, turn_abuse, turn_relay, whep
from envivo.probes.ice_servers import OfferedServer
from envivo.probes.units import unit_state
from envivo.roles import address_checks
from envivo.roles.base.checks import listening_ports, starts_at_boot, stopped_on_purpose
from envivo.roles.certificates.checks import certificate
from envivo.roles.role import Evidence, Target, Viewing
from envivo.roles.turn.desired import followed
from envivo.roles.turn.settings import UNIT, Turn
from envivo.verify.engine import Check, Observation
from envivo.verify.findings import Finding


def checks(host: Target[Turn], evidence: Evidence) -> Iterator[Check]:
    turn, reachable = host.settings, evidence.reachable[host.name]
    listeners = [listener for listener in host.context.listeners if listener.setting.startswith("turn.")]
    running = Check(host.name, f"{UNIT} is active", partial(_running, host), (reachable,))
    listening = Check(
        host.name,
        "the ports of turn listen",
        partial(listening_ports, host, listeners, _LOGS),
        (running,),
    )
    shown = Check(
        host.name,
        f"{turn.domain} shows its certificate on {turn.tls_port}",
        partial(certificate, host, turn.address, turn.tls_port, turn.domain),
        (listening,),
    )
    yield from (running, starts_at_boot(host, UNIT, reachable), listening, shown)
    following = followed(turn, host.endpoints)
    if following.names:
        yield starts_at_boot(host, following.unit_name, reachable)
        yield Check(
            host.name,
            f"coturn follows the addresses of {', '.join(following.names)}",
            partial(address_checks.follows, host, following, _tells),
            (running,),
        )
    if not evidence.viewings:
        return
    viewing = evidence.viewings[0]  # credentials for relays come with a WHEP session
    for transport in ("udp", "tcp", "tls"):
        yield Check(
            host.name,
            f"relays media over {transport}",
            partial(_relay, host, viewing, transport),
            (listening, viewing.check) if transport != "tls" else (shown, viewing.check),
        )
    yield Check(
        host.name,
        "relays only media of the media host",
        partial(_abuse, host, viewing),
        (listening, viewing.check),
    )


def _tells(host: Target[Turn]) -> set[str]:
    """The addresses of names that the running coturn was started with."""
    asked = f"tr '\\0' '\\n' </proc/$(systemctl show -P MainPID {UNIT})/cmdline"
    said = host.shell.run(f"{asked} | grep -E '^--(external-ip|allowed-peer-ip)='").out
    return {line.partition("=")[2].partition("/")[0] for line in said.splitlines()}


_LOGS = "envivo logs ENV coturn"


def _running(host: Target[Turn]) -> Iterator[Finding]:
    state = unit_state(host.shell, UNIT)
    if not state.runs and (by_a_person := stopped_on_purpose(host, UNIT, "viewers behind firewalls get no relay")):
        yield by_a_person
        return
    if not state.runs:
        what = f"viewers behind firewalls get no relay: {UNIT} is {state.words}"
        yield Finding(host.name, "turn-down", what, f"deploy again; why: {_LOGS}")
        return
    # docs/notes/coturn.md#a-line-it-does-not-understand
    asked = f"journalctl -u {UNIT} -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID {UNIT})"
    said = host.shell.run(f"{asked} | grep -iE -m 1 'bad configuration|wrong address|cannot start tls'").out.strip()
    if said:
        what = f"coturn runs without a part of its configuration: {said}"
        yield Finding(host.name, "turn-configuration", what, "deploy again")


def _given(host: Target[Turn], session: whep.Session, transport: str) -> tuple[turn.Server, OfferedServer]:
    """Server and credentials that viewers get for this transport. Raises ProbeError where they get none."""
    settings = host.settings
    for ice_server in session.ice_servers:
        if ice_server.url.startswith("stun:"):
            continue
        server = turn.server(ice_server.url, settings.address, host.authority)
        if server.transport == transport and server.name == settings.domain:
            return server, ice_server
    raise ProbeError(f"viewers get no TURN server over {transport} at {settings.domain}")


def _relay(host: Target[Turn], viewing: Viewing, transport: str) -> Iterator[Finding | Observation]:
    try:
        with viewing.begin() as session:
            relay = turn_relay.ask(*_given(host, session, transport), session)
    except ProbeError as error:
        yield Finding(host.name, "turn-not-advertised", str(error), f"deploy again to {host.endpoints.media_host}")
        return
    if relay.problem:
        settings = host.settings
        port = f"{settings.tls_port}/tcp" if transport == "tls" else f"{settings.port}/{transport}"
        what = f"TURN over {transport}: {settings.domain} {relay.problem}"
        yield Finding(host.name, f"turn-{transport}", what, f"allow {port} to {settings.address}, or see why: {_LOGS}")
    else:
        yield Observation(f"through {relay.address}")


def _ipv4(address: str) -> str:
    """The address, or one that the name has. Raises ProbeError."""
    try:
        return str(socket.getaddrinfo(address, None, socket.AF_INET)[0][4][0])
    except OSError:
        raise ProbeError(f"{address} does not resolve here") from None


def _abuse(host: Target[Turn], viewing: Viewing) -> Iterator[Finding | Observation]:
    try:
        with viewing.begin() as session:
            seen = turn_abuse.ask(*_given(host, session, "tcp"), _ipv4(host.endpoints.address))
    except ProbeError as error:
        yield Finding(host.name, "turn-unprovable", f"TURN could not be tested: {error}", _LOGS)
        return
    for attempt in seen.not_refused:
        what = f"coturn does not refuse {attempt.what}: {attempt.answer}"
        yield Finding(host.name, "turn-open", what, f"on {host.name}: systemctl stop {UNIT}; deploy again")
    if seen.media:
        what = f"coturn does not relay to the media host: {seen.media}"
        yield Finding(host.name, "turn-closed", what, "deploy again")
    if not seen.not_refused:
        yield Observation(f"{len(seen.demands)} requests refused")
