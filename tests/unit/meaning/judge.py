"""Starts MediaMTX on one configuration after the other, in a network of its own, and prints what its API answers.

Run as `unshare --net python judge.py MEDIAMTX`: a job a line on standard input, an answer a line on standard output.
"""

import base64
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import urllib.request
from threading import Timer
from typing import Any

SIOCSIFFLAGS, IFF_UP_AND_RUNNING = 0x8914, 0x41
READY = "[API] started with listener"
"""As templates/media/switch.sh.j2 waits for it."""
ASKED = ("global/get", "pathdefaults/get", "paths/list")


def loopback_up() -> None:
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP_AND_RUNNING))


def answers(job: dict[str, Any]) -> dict[str, Any]:
    credentials = base64.b64encode(job["credentials"].encode()).decode()
    found = {}
    for what in ASKED:
        request = urllib.request.Request(
            f"http://127.0.0.1:{job['port']}/v3/config/{what}", headers={"Authorization": f"Basic {credentials}"}
        )
        with urllib.request.urlopen(request, timeout=job["seconds"]) as answer:  # noqa: S310
            found[what] = json.load(answer)
    return found


def judged(mediamtx: str, job: dict[str, Any]) -> dict[str, Any]:
    process = subprocess.Popen(
        [mediamtx, job["file"]], env={**os.environ, **job["environment"]}, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    bound = Timer(job["seconds"], process.kill)
    bound.start()
    said = []
    try:
        for line in process.stdout or ():
            said.append(line.rstrip())
            if READY in line:
                return {"number": job["number"], "answers": answers(job), "said": said}
        return {"number": job["number"], "answers": None, "said": said}
    finally:
        bound.cancel()
        process.kill()
        process.wait()


if __name__ == "__main__":
    loopback_up()
    for line in sys.stdin:
        print(json.dumps(judged(sys.argv[1], json.loads(line))), flush=True)
