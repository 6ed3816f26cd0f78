"""TCP ports on loopback for servers that cannot choose one themselves, and for nobody to listen at."""

import itertools
import os
import socket

_FIRST, _COUNT = 10_000, 22_000
"""Below the ports that the kernel gives to connections and to servers that bind port 0."""
_SPREAD = "PYTEST_XDIST_WORKER" in os.environ
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_APART = _COUNT // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
"""Ports of one worker, more than its tests take. A server that listens anew, as MediaMTX does for some settings, must
not find its port with another worker's."""
_steps = itertools.count((os.getppid() if _SPREAD else os.getpid()) * 1009 + _WORKER * _APART)
"""Each test run begins elsewhere, also of two that the same process has begun."""


def _free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens at; none is handed out twice in a process."""
    candidates = (_FIRST + step % _COUNT for step in _steps)
    return list(itertools.islice(filter(_free, candidates), count))
