"""Whether ports 80 and 443 are reachable from outside, before ACME needs them; nothing may listen on them yet."""

import shlex
from collections.abc import Generator, Sequence

from gevent import socket
from pyinfra import host, logger
from pyinfra.api import FunctionCommand, Host, State, StringCommand, operation

from envivo.operations.certificates import MissingCertificates, deviations
from envivo.operations.output import host_failed
from envivo.operations.reasons import because
from envivo.state.desired import RequiredCertificate, probe_unit

_CONNECT_WITHIN_S = 4
_LISTEN_S = 30
"""After this a listener ends by itself."""


def listen(ports: Sequence[int]) -> str:
    """A script that listens on those of the ports on which nothing listens yet."""
    return "; ".join(
        f"ss -Hlnt | awk '{{ print $4 }}' | grep -q ':{port}$' || systemd-run -q --collect --unit {probe_unit(port)} "
        f"-p RuntimeMaxSec={_LISTEN_S} busybox nc -ll -p {port} -e busybox true || true"
        for port in ports
    )


def stop(ports: Sequence[int]) -> str:
    return f"systemctl stop {shlex.join(map(probe_unit, ports))} 2>/dev/null; true"


def warning(name: str, address: str, closed: Sequence[int]) -> str:
    """The warning about ports that were not reached; empty where all were."""
    if not closed:
        return ""
    ports = " and ".join(f"{port}/tcp" for port in closed)
    return (
        f"{ports} of {address} cannot be reached from here: without them, the authority issues no certificate for "
        f"{name}: open {ports} in every firewall before {address}"
    )


def _connects(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=_CONNECT_WITHIN_S).close()
    except OSError:
        return False
    return True


def _look(state: State, host: Host, name: str, address: str, ports: list[int]) -> bool:
    """Tries the ports from the controller. pyinfra passes the first two parameters by their names.

    Only warns: a controller in the host's own network may be routed differently from the internet.
    """
    if text := warning(name, address, [port for port in ports if not _connects(address, port)]):
        logger.warning(f"{host.print_prefix}{text}")
    return True


@operation()
def warn_if_blocked(
    needed: RequiredCertificate, address: str, ports: Sequence[int]
) -> Generator[StringCommand | FunctionCommand, None, None]:
    """Tries the ports from the controller until the certificate was issued."""
    missing = host.get_fact(MissingCertificates, needed=[needed])
    if host_failed():
        return
    if not missing:
        host.noop("the certificate is there")
        return
    because(host, deviations([needed], missing))
    yield StringCommand(listen(ports))
    yield FunctionCommand(_look, (needed.name, address, list(ports)), {})
    yield StringCommand(stop(ports))
