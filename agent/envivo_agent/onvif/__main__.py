"""python3 -m envivo_agent.onvif: prints one JSON object, the cameras of this host's networks and their streams.

--stdin: standard input gives a line of JSON, `{"user": ..., "password": ..., "only": [ADDRESS, ...]}`. The login goes
to the cameras in `only`, or to all if that is empty.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from envivo_agent.onvif import camera
from envivo_agent.onvif.questions import Login
from envivo_agent.onvif.search import Device, Interface, interfaces, search

_NOBODY = 65534


def discovered(through: Sequence[Interface], login: Login | None, only: Sequence[str] = ()) -> Mapping[str, Any]:
    """What is printed."""
    found = search(through)
    devices = list(found.devices.values())

    def asked(device: Device) -> Mapping[str, Any]:
        return camera.asked(device, login if not only or device.address in only else None)

    with ThreadPoolExecutor(max(1, len(devices))) as pool:
        cameras = list(pool.map(asked, devices))
    return {
        "interfaces": [f"{interface.name} {interface.address}" for interface in through],
        "unsent": found.unsent,
        "more": len(found.more),
        "cameras": cameras,
    }


def main(argv: Sequence[str]) -> int:
    given = json.loads(sys.stdin.readline()) if argv == ["--stdin"] else {}
    if os.geteuid() == 0:
        with suppress(OSError):  # in a user namespace without that user
            os.setgroups([])
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)
    login = Login(given["user"], given["password"]) if given.get("user") else None
    sys.stdout.write(json.dumps(discovered(interfaces(), login, given.get("only", ()))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
