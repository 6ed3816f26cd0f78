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
_ANSWERS = (
    "cd /proc/sys/net/ipv4; echo 1 > ip_forward; echo 1 > conf/{device}/proxy_arp; echo 0 > neigh/{device}/proxy_delay"
)
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
    """From the server (`server`) to one viewer, whose programs are started by `prefix`.

    A router in between has the queue of a link that is too thin: in a queue of the server's own its socket would wait,
    which WebRTC of all viewers shares.
    """

    def __init__(self, number: int) -> None:
        self.name = f"envivo-loss-{os.getpid()}-{number}"
        self.server, self._viewer, self._between = (f"10.99.{number}.{end}" for end in (1, 2, 3))
        self._router = f"{self.name}-router"
        self._near, self._far = f"near{number}", f"far{number}"
        self.prefix = ("ip", "netns", "exec", self.name)

    def up(self) -> None:
        for namespace in (self.name, self._router):
            run("ip", "netns", "add", namespace)
            run("ip", "-n", namespace, "link", "set", "lo", "up")
        # packets as they are on a cable: else one that is lost, or waits, is 64 kB of TCP
        one = ("gso_max_segs", "1")
        routed = ("netns", self._router)
        run("ip", "link", "add", self._near, *one, "type", "veth", "peer", "name", "to-server", *one, *routed)
        far = ("link", "add", self._far, "netns", self.name, *one)
        run("ip", *far, "type", "veth", "peer", "name", "to-viewer", *one, *routed)
        run("ip", "link", "set", self._near, "up")
        run("ip", "-n", self.name, "link", "set", self._far, "up")
        self._route()
        self._address()

    def _route(self) -> None:
        """Both ends are in one network; the router answers for the other one."""
        inside = ("ip", "-n", self._router)
        for device, end in (("to-server", self.server), ("to-viewer", self._viewer)):
            run(*inside, "link", "set", device, "up")
            run(*inside, "address", "add", f"{self._between}/32", "dev", device)
            run(*inside, "route", "add", end, "dev", device)
            run("ip", "netns", "exec", self._router, "sh", "-c", _ANSWERS.format(device=device))

    def _address(self) -> None:
        run("ip", "address", "replace", f"{self.server}/24", "dev", self._near)
        run("ip", "-n", self.name, "address", "replace", f"{self._viewer}/24", "dev", self._far)
        run("ip", "-n", self.name, "route", "replace", "default", "via", self.server)

    def down(self) -> None:
        for namespace in (self.name, self._router):
            run("ip", "netns", "delete", namespace)

    @contextmanager
    def filtered(self, rule: str) -> Iterator[None]:
        """What the viewer sends and receives meets this rule of nft; empty: none."""
        self._filter(rule)
        try:
            yield
        finally:
            self._filter("")

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
                rule = f"numgen random mod 1000 < {condition.loss_percent * 10:.0f} drop"
                until.enter_context(self.filtered(rule))
            if condition.bursts:
                over = threading.Event()
                bursts = threading.Thread(target=self._burst, args=(over,))
                bursts.start()
                until.callback(bursts.join)
                until.callback(over.set)
            if condition.rate:
                limit = ("rate", f"{kbit * condition.rate:.0f}kbit", "burst", "16k", "latency", f"{QUEUE_MS}ms")
                queue = ("dev", "to-viewer", "root")
                run("tc", "-n", self._router, "qdisc", "replace", *queue, "tbf", *limit)
                until.callback(run, "tc", "-n", self._router, "qdisc", "delete", *queue)
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
