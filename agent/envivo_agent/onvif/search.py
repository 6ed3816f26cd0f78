"""The search: a probe to all cameras of each network of this host, and what answers."""

from __future__ import annotations

import fcntl
import select
import socket
import struct
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from envivo_agent.onvif.answers import AnswerError, Match, matches
from envivo_agent.onvif.questions import KINDS, probe

WITHIN_S = 4.0
MOST = 64
"""Cameras. What else answers is only counted."""
GROUP = ("239.255.255.250", 3702)
_LONGEST = 65536
_ASKED_AT_S = (0.0, 0.5, 1.0, 1.5)
"""Both kinds are asked for twice: a datagram may be lost."""
_SIOCGIFFLAGS, _SIOCGIFADDR = 0x8913, 0x8915
_UP_AND_MULTICAST = 0x1 | 0x1000
_MOST_INTERFACES = 32


@dataclass(frozen=True)
class Interface:
    index: int
    name: str
    address: str


@dataclass
class Device:
    """A machine that answered. `services`: ONVIF addresses at this machine; `elsewhere`: at others, not to be asked."""

    address: str
    name: str = ""
    model: str = ""
    services: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def add(self, match: Match) -> None:
        self.name, self.model = self.name or match.name, self.model or match.model
        for service in match.services:
            parts = urlsplit(service)
            here = parts.hostname == self.address
            known = self.services if here and parts.scheme == "http" else self.elsewhere
            if service not in known and len(known) < 4:
                known.append(service)


@dataclass
class Found:
    devices: dict[str, Device] = field(default_factory=dict)
    """By address."""
    more: set[str] = field(default_factory=set)
    """Addresses beyond `MOST`, up to as many again."""
    unsent: list[str] = field(default_factory=list)
    """Interfaces that took no probe."""


def interfaces() -> list[Interface]:
    """Those that are up and carry multicast, with their first IPv4 address."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for index, name in socket.if_nameindex():
            request = struct.pack("16s24x", name.encode()[:15])
            with suppress(OSError):  # without IPv4
                flags = struct.unpack_from("16xH", fcntl.ioctl(asked, _SIOCGIFFLAGS, request))[0]
                address = socket.inet_ntoa(fcntl.ioctl(asked, _SIOCGIFADDR, request)[20:24])
                if flags & _UP_AND_MULTICAST == _UP_AND_MULTICAST:
                    found.append(Interface(index, name, address))
    return found[:_MOST_INTERFACES]


def search(through: Sequence[Interface], within_s: float = WITHIN_S, group: tuple[str, int] = GROUP) -> Found:
    """What answers on these interfaces."""
    found = Found()
    began = time.monotonic()
    due = list(_ASKED_AT_S)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setblocking(False)
        while (now := time.monotonic() - began) < within_s:
            if due and now >= due[0]:
                found.unsent = _send(asking, group, through, KINDS[(len(_ASKED_AT_S) - len(due)) % len(KINDS)])
                due.pop(0)
                continue
            pause = min([within_s, *due[:1]]) - now
            if select.select([asking], [], [], max(0.0, pause))[0]:
                with suppress(OSError):  # a port that refused an earlier probe
                    data, (address, _) = asking.recvfrom(_LONGEST)
                    _take(found, address, data)
    return found


def _send(
    asking: socket.socket, group: tuple[str, int], through: Sequence[Interface], kind: tuple[str, str]
) -> list[str]:
    """Interfaces that took no probe."""
    unsent = []
    for interface in through:
        way = struct.pack("@4s4si", b"", socket.inet_aton(interface.address), interface.index)
        try:
            asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, way)
            asking.sendto(probe(str(uuid.uuid4()), kind), group)
        except OSError as error:
            unsent.append(f"{interface.name} ({error.strerror})")
    return unsent


def _take(found: Found, address: str, data: bytes) -> None:
    known = found.devices.get(address)
    if known and known.services:
        return
    if not known and len(found.devices) >= MOST:
        if len(found.more) < MOST:
            found.more.add(address)
        return
    with suppress(AnswerError):
        for match in matches(data):
            found.devices.setdefault(address, Device(address)).add(match)
