"""Whether the world gets to ports on which nothing may listen yet: an authority has to, before it gives anything."""

import shlex
from collections.abc import Generator, Sequence

from gevent import socket
from pyinfra import host, logger
from pyinfra.api import FunctionCommand, Host, State, StringCommand, operation

from envivo.operations.certificates import MissingCertificates, deviations
from envivo.operations.output import given_up
from envivo.operations.reasons import because
from envivo.state.desired import RequiredCertificate, probe_unit

_CONNECT_WITHIN_S = 4
_LISTEN_S = 30
"""A listener that nobody stops ends by itself."""


def listen(ports: Sequence[int]) -> str:
    """Listeners where there are none: what listens already, answers for itself."""
    return "; ".join(
        f"ss -Hlnt | awk '{{ print $4 }}' | grep -q ':{port}$' || systemd-run -q --collect --unit {probe_unit(port)} "
        f"-p RuntimeMaxSec={_LISTEN_S} busybox nc -ll -p {port} -e busybox true || true"
        for port in ports
    )


def stop(ports: Sequence[int]) -> str:
    return f"systemctl stop {shlex.join(map(probe_unit, ports))} 2>/dev/null; true"


def warning(name: str, address: str, closed: Sequence[int]) -> str:
    """What a person is told; empty where every port was reached."""
    if not closed:
        return ""
    ports = " and ".join(f"{port}/tcp" for port in closed)
    return (
        f"{ports} of {address} cannot be reached from here: if the authority cannot either, there will be no "
        f"certificate for {name}: open {ports} in every firewall before {address}"
    )


def _connects(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=_CONNECT_WITHIN_S).close()
    except OSError:
        return False
    return True


def _look(state: State, host: Host, name: str, address: str, ports: list[int]) -> bool:
    """The names of the first two parameters make pyinfra hand them over.

    Only warns: a controller in the same home as the host may be sent another way than the world is.
    """
    if said := warning(name, address, [port for port in ports if not _connects(address, port)]):
        logger.warning(f"{host.print_prefix}{said}")
    return True


@operation()
def reachable(
    needed: RequiredCertificate, address: str, ports: Sequence[int]
) -> Generator[StringCommand | FunctionCommand, None, None]:
    """Tries the ports from the controller as long as the certificate is still to come."""
    missing = host.get_fact(MissingCertificates, needed=[needed])
    if given_up():
        return
    if not missing:
        host.noop("the certificate is there")
        return
    because(host, deviations([needed], missing))
    yield StringCommand(listen(ports))
    yield FunctionCommand(_look, (needed.name, address, list(ports)), {})
    yield StringCommand(stop(ports))
