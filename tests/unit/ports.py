"""TCP ports on loopback for servers that cannot choose one themselves, and for nobody to listen at."""

import itertools
import os
import socket

_FIRST, _COUNT = 10_000, 22_000
"""Below the ports that the kernel gives to connections and to servers that bind port 0."""
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_APART = 5_500
"""Ports of one worker: more than its tests take, and a quarter of all. A server that listens anew, as MediaMTX does for
some settings, must not find its port with another worker's."""
_steps = itertools.count(os.getppid() * 1009 + _WORKER * _APART)
"""Each test run begins elsewhere."""


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
