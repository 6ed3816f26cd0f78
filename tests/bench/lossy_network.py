"""Viewers' networks that lose, delay and hold back packets, on this machine alone: each a namespace behind one link.

The program that calls `own_network` is the server's side from then on, with all that it starts.
"""

import ctypes
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from envivo.core.errors import EnvivoError

DELAY = Path(__file__).with_name("delay.py")
BURST_S, BURST_EVERY_S = 0.2, 5
QUEUE_MS = 400
"""What a link that is too thin keeps before it throws away."""
_NEWNET = 0x40000000
_CHAIN = "chain {hook} {{\n type filter hook {hook} priority 0\n {rule}\n}}\n"


@dataclass(frozen=True)
class Condition:
    name: str
    loss_percent: float = 0
    """Each way."""
    delay_ms: int = 0
    """Each way."""
    bursts: bool = False
    """Nothing passes for 0.2 s, every 5 s."""
    rate: float = 0
    """Of what the stream needs; 0: as much as the machine can."""


def own_network() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEWNET):
        raise EnvivoError("network", os.strerror(ctypes.get_errno()), "run the benchmark as root")
    run("ip", "link", "set", "lo", "up")


def run(*command: str, text: str = "") -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise EnvivoError(" ".join(command), f"exit code {done.returncode}", done.stderr.strip())


class Link:
    """From the server (`server`) to one viewer, whose programs are started by `prefix`."""

    def __init__(self, number: int) -> None:
        self.name = f"envivo-loss-{os.getpid()}-{number}"
        self.server, self._viewer = f"10.99.{number}.1", f"10.99.{number}.2"
        self._near, self._far = f"near{number}", f"far{number}"
        self.prefix = ("ip", "netns", "exec", self.name)

    def up(self) -> None:
        run("ip", "netns", "add", self.name)
        # packets as they are on a cable: else one that is lost, or waits, is 64 kB of TCP
        one = ("gso_max_segs", "1")
        run("ip", "link", "add", self._near, *one, "type", "veth", "peer", "name", self._far, *one, "netns", self.name)
        run("ip", "link", "set", self._near, "up")
        for link in ("lo", self._far):
            run("ip", "-n", self.name, "link", "set", link, "up")
        self._address()

    def _address(self) -> None:
        run("ip", "address", "replace", f"{self.server}/24", "dev", self._near)
        run("ip", "-n", self.name, "address", "replace", f"{self._viewer}/24", "dev", self._far)
        run("ip", "-n", self.name, "route", "replace", "default", "via", self.server)

    def down(self) -> None:
        run("ip", "netns", "delete", self.name)

    def _filter(self, rule: str) -> None:
        empty = "table inet loss\ndelete table inet loss\n"
        chains = "".join(_CHAIN.format(hook=hook, rule=rule) for hook in ("input", "output"))
        run(*self.prefix, "nft", "-f", "-", text=f"{empty}table inet loss {{\n{chains}}}\n" if rule else empty)

    @contextmanager
    def delayed(self, ms: int) -> Iterator[None]:
        """What is open over the link breaks as this begins and as it ends."""
        if not ms:
            yield
            return
        argv = [sys.executable, str(DELAY), self.name, self.server, self._viewer, self._near, self._far, str(ms)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout
                if process.stdout.readline() != "up\n":
                    raise EnvivoError(DELAY.name, "does not start", "look whether there is /dev/net/tun")
                yield
            finally:
                process.kill()
                process.wait()
                self._address()

    @contextmanager
    def under(self, condition: Condition, kbit: float) -> Iterator[None]:
        """`kbit`: a second, what the stream needs on the wire."""
        with ExitStack() as until:
            if condition.loss_percent:
                self._filter(f"numgen random mod 1000 < {condition.loss_percent * 10:.0f} drop")
                until.callback(self._filter, "")
            if condition.bursts:
                over = threading.Event()
                bursts = threading.Thread(target=self._burst, args=(over,))
                bursts.start()
                until.callback(bursts.join)
                until.callback(over.set)
            if condition.rate:
                limit = ("rate", f"{kbit * condition.rate:.0f}kbit", "burst", "16k", "latency", f"{QUEUE_MS}ms")
                run("tc", "qdisc", "replace", "dev", self._near, "root", "tbf", *limit)
                until.callback(run, "tc", "qdisc", "delete", "dev", self._near, "root")
            yield

    def _burst(self, over: threading.Event) -> None:
        while not over.wait(BURST_EVERY_S - BURST_S):
            self._filter("drop")
            over.wait(BURST_S)
            self._filter("")


@contextmanager
def links(count: int) -> Iterator[list[Link]]:
    with ExitStack() as until:
        made = [Link(number) for number in range(1, count + 1)]
        for link in made:
            link.up()
            until.callback(link.down)
        yield made
