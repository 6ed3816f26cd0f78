"""A stand-in for ONVIF cameras: answers probes by multicast on loopback, and questions over HTTP as its settings say.

Run as a program, in a network namespace of its own: several of them, as the JSON in the first argument says, while the
command in the others runs.
"""

import base64
import fcntl
import hashlib
import json
import re
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GROUP = "239.255.255.250"
SCOPES = "onvif://www.onvif.org/name/Yard%20East onvif://www.onvif.org/hardware/IPC-B120"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
STREAMS = (
    ("main", "H264", 2560, 1440, 25, 4096),
    ("sub", "H264", 640, 360, 15, 512),
    ("mid", "H264", 1280, 720, 25, 2048),
    ("still", "JPEG", 640, 480, 1, 900),
)
OPEN = ("GetSystemDateAndTime", "GetCapabilities")
"""What a camera answers to everyone."""
NOT_AUTHORIZED = (
    f'<x:Envelope xmlns:x="{SOAP}" xmlns:ter="http://www.onvif.org/ver10/error"><x:Body><x:Fault><x:Code>'
    "<x:Value>x:Sender</x:Value><x:Subcode><x:Value>ter:NotAuthorized</x:Value></x:Subcode></x:Code>"
    '<x:Reason><x:Text xml:lang="en">Sender not Authorized</x:Text></x:Reason></x:Fault></x:Body></x:Envelope>'
)


@dataclass
class OnvifCamera:
    """`network`: address of the interface on which it hears probes. `user`: empty: it wants none. `ahead_s`: its clock
    before the true one. `says`: operation, or `probe`, -> raw answer in place of its own; `{here}` in it is its
    address. `silent`: takes connections, and does not answer."""

    address: str
    network: str = "127.0.0.1"
    user: str = ""
    password: str = ""
    ahead_s: float = 0
    says: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    services: str = "{here}/onvif/device_service"
    media: str = "{here}/onvif/media"
    stream: str = "rtsp://{host}:554/live/{token}"
    port: int = 0
    asked: list[str] = field(default_factory=list)
    """Operations, with ` as USER` where the password's digest was right, ` refused` where it was not."""
    nonces: set[str] = field(default_factory=set)

    def here(self, text: str) -> str:
        return text.replace("{here}", f"http://{self.address}:{self.port}").replace("{host}", self.address)

    def now(self) -> datetime:
        return datetime.now(timezone.utc) + timedelta(seconds=self.ahead_s)

    def match(self) -> bytes:
        if "probe" in self.says:
            return self.here(self.says["probe"]).encode()
        return self.here(
            f'<s:Envelope xmlns:s="{SOAP}" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Body>'
            "<d:ProbeMatches><d:ProbeMatch><d:Types>dn:NetworkVideoTransmitter</d:Types>"
            f"<d:Scopes>{SCOPES}</d:Scopes><d:XAddrs>{self.services}</d:XAddrs></d:ProbeMatch></d:ProbeMatches>"
            "</s:Body></s:Envelope>"
        ).encode()

    def answer(self, operation: str, body: str) -> tuple[int, bytes]:
        login = self._login(body)
        self.asked.append(f"{operation}{login}")
        if operation in self.says:
            return 200, self.here(self.says[operation]).encode()
        known = operation in OPEN or login.startswith(" as")
        if self.user and (not known or login == " refused"):
            return 400, NOT_AUTHORIZED.encode()
        content = getattr(self, f"_{operation}")(body)
        return 200, f'<e:Envelope xmlns:e="{SOAP}"><e:Body>{content}</e:Body></e:Envelope>'.encode()

    def _login(self, body: str) -> str:
        """Whether the token is right, by section 3.1 of the UsernameToken Profile 1.0, fresh, and not used before."""
        found = [
            re.search(f"<{name}[^>]*>([^<]*)</{name}>", body) for name in ("Username", "Password", "Nonce", "Created")
        ]
        if not found[0]:
            return ""
        user, digest, nonce, created = (match[1] if match else "" for match in found)
        secret = base64.b64decode(nonce) + created.encode() + self.password.encode()
        age = abs(self.now() - datetime.strptime(created, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc))
        right = digest == base64.b64encode(hashlib.sha1(secret, usedforsecurity=False).digest()).decode()
        fresh = age < timedelta(minutes=5) and nonce not in self.nonces
        self.nonces.add(nonce)
        return f" as {user}" if right and fresh and user == self.user else " refused"

    def _GetSystemDateAndTime(self, _body: str) -> str:  # noqa: N802 - ONVIF's name
        now = self.now()
        return (
            "<GetSystemDateAndTimeResponse><SystemDateAndTime><UTCDateTime>"
            f"<Time><Hour>{now.hour}</Hour><Minute>{now.minute}</Minute><Second>{now.second}</Second></Time>"
            f"<Date><Year>{now.year}</Year><Month>{now.month}</Month><Day>{now.day}</Day></Date></UTCDateTime>"
            "</SystemDateAndTime></GetSystemDateAndTimeResponse>"
        )

    def _GetCapabilities(self, _body: str) -> str:  # noqa: N802
        return f"<Capabilities><Media><XAddr>{self.here(self.media)}</XAddr></Media></Capabilities>"

    def _GetProfiles(self, _body: str) -> str:  # noqa: N802
        return "".join(
            f'<Profiles token="{name}"><Name>{name}</Name><VideoEncoderConfiguration><Encoding>{codec}</Encoding>'
            f"<Resolution><Width>{width}</Width><Height>{height}</Height></Resolution><RateControl>"
            f"<FrameRateLimit>{fps}</FrameRateLimit><BitrateLimit>{kbps}</BitrateLimit></RateControl>"
            "</VideoEncoderConfiguration></Profiles>"
            for name, codec, width, height, fps, kbps in STREAMS
        )

    def _GetStreamUri(self, body: str) -> str:  # noqa: N802
        token = re.search("<ProfileToken>(.*)</ProfileToken>", body)
        assert token
        return f"<MediaUri><Uri>{self.here(self.stream).replace('{token}', token[1])}</Uri></MediaUri>"


def _handler(camera: OnvifCamera, over: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            operation = re.search(r'action="[^"]*/(\w+)"', self.headers["Content-Type"])
            assert operation
            if camera.silent:
                over.wait()
                return
            code, said = camera.answer(operation[1], body)
            self.send_response(code)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            with suppress(ConnectionError):  # one that takes no more than 256 KB
                self.wfile.write(said)

        def log_message(self, *_words: Any) -> None:
            pass

    return Handler


def _answer_probes(camera: OnvifCamera, listening: socket.socket) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind((camera.address, 0))
        while True:
            try:
                probe, place = listening.recvfrom(65536)
            except OSError:
                return
            if b"Probe" in probe:
                own.sendto(camera.match(), place)


@contextmanager
def cameras(*shown: OnvifCamera, group_port: int = 3702) -> Iterator[None]:
    """These cameras, on this machine."""
    over = threading.Event()
    servers, sockets = [], []
    for camera in shown:
        server = ThreadingHTTPServer((camera.address, camera.port), _handler(camera, over))
        server.daemon_threads = True
        camera.port = server.server_port
        listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((GROUP, group_port))
        member = struct.pack("@4s4si", socket.inet_aton(GROUP), socket.inet_aton(camera.network), 0)
        listening.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        threading.Thread(target=_answer_probes, args=(camera, listening), daemon=True).start()
        servers.append(server)
        sockets.append(listening)
    try:
        yield
    finally:
        over.set()
        for server in servers:
            server.shutdown()
            server.server_close()
        for listening in sockets:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()


def multicast_on_loopback() -> None:
    """In a network namespace of its own: the only interface, which carries multicast otherwise on request alone."""
    up, multicast, get_flags, set_flags = 0x1, 0x1000, 0x8913, 0x8914
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        (flags,) = struct.unpack_from("16xH", fcntl.ioctl(asked, get_flags, struct.pack("16s24x", b"lo")))
        fcntl.ioctl(asked, set_flags, struct.pack("16sH22x", b"lo", flags | up | multicast))


def wire(number: int, network: str, camera: str) -> None:
    """A network of its own, where multicast of this machine is heard by this machine too."""
    for words in (
        f"link add net{number} type veth peer name end{number}",
        f"address add {network}/24 dev net{number}",
        f"address add {camera}/24 dev net{number}",
        f"link set end{number} up",
        f"link set net{number} up",
    ):
        subprocess.run(["ip", *words.split()], check=True)


if __name__ == "__main__":
    multicast_on_loopback()
    given = [OnvifCamera(**settings) for settings in json.loads(sys.argv[1])]
    for number, camera in enumerate(given):
        if camera.network != "127.0.0.1":
            wire(number, camera.network, camera.address)
    with cameras(*given):
        sys.exit(subprocess.run(sys.argv[2:], check=False).returncode)
