"""Takes the place of a link by two tun devices, and keeps each packet for so long, where the kernel has no netem.

    delay.py NAMESPACE ADDRESS ITS_ADDRESS LINK ITS_LINK MS

Started by lossy_network.py. Says `up`, and works until it is killed; the devices are gone then.
"""

import ctypes
import fcntl
import os
import select
import struct
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress

_TUNSETIFF, _TUN_WITHOUT_HEADER = 0x400454CA, 0x1001


def tun(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _TUN_WITHOUT_HEADER))
    return device


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, timeout=30)


def move(address: str, link: str, name: str) -> None:
    ip("address", "delete", f"{address}/24", "dev", link)
    ip("address", "add", f"{address}/24", "dev", name)
    ip("link", "set", name, "up", "txqueuelen", "2000")


def enter(namespace: str) -> None:
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(there, 0):
        raise OSError(ctypes.get_errno(), f"setns to {namespace}")
    os.close(there)


def forward(ends: tuple[int, int], delay_s: float) -> None:
    waiting = deque[tuple[float, int, bytes]]()
    while True:
        rest = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        for one in select.select(ends, (), (), rest)[0]:
            other = ends[1] if one == ends[0] else ends[0]
            with suppress(BlockingIOError):
                while True:
                    packet = os.read(one, 65536)
                    waiting.append((time.monotonic() + delay_s, other, packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _, end, packet = waiting.popleft()
            with suppress(BlockingIOError):  # a full queue loses, as queues do
                os.write(end, packet)


def main(namespace: str, address: str, its_address: str, link: str, its_link: str, ms: str) -> None:
    near_name, far_name = f"t-{link}", f"t-{its_link}"
    near = tun(near_name)
    move(address, link, near_name)
    enter(namespace)
    far = tun(far_name)
    move(its_address, its_link, far_name)
    ip("route", "replace", "default", "via", address)
    print("up", flush=True)
    forward((near, far), float(ms) / 1000)


if __name__ == "__main__":
    main(*sys.argv[1:])
