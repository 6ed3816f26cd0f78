"""Stand-ins for IP cameras: real RTSP servers on loopback with test pictures (ip_camera.py)."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.patience import patient, until
from tests.unit.agent.live import PYTHON, SERVER, Document, running
from tests.unit.ports import free_ports

USER, PASSWORD = "admin", "p@ss:w/rd%41'\"\\x"
_PROGRAM = Path(__file__).with_name("ip_camera.py")
H264: Document = {"codec": "h264", "user": USER, "password": PASSWORD}


@dataclass
class IpCamera:
    """One that can be switched off and on, frozen, silenced, and told to send something else."""

    log: Path
    told: Document
    stack: ExitStack = field(default_factory=ExitStack)
    process: "subprocess.Popen[bytes] | None" = None

    def source(self, **more: Any) -> Document:
        """As the agent is configured for it."""
        login = {"user": self.told.get("user", ""), "password": self.told.get("password", "")}
        address = self.told.get("address", SERVER)
        url = f"rtsp://{f'[{address}]' if ':' in address else address}:{self.told['port']}/main"
        return {"kind": "rtsp", "url": url, **login, "mode": "auto", **more}

    def on(self, **changes: Any) -> None:
        self.told = {**self.told, **changes}
        command = (PYTHON, "-s", "-B", str(_PROGRAM), json.dumps(self.told))
        self.process = self.stack.enter_context(running(*command, log=self.log))
        self._says("ready")

    def off(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait(patient(10))

    def freeze(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def hush(self, word: str) -> None:
        """`silent`: no more frames; `sending`: frames again."""
        assert self.process
        self.process.send_signal(signal.SIGUSR1)
        self._says(word)

    def _says(self, word: str) -> None:
        said = until(lambda text: text.rstrip().endswith(word), self.log.read_text, 15, 0.05)
        assert said.rstrip().endswith(word), said


@contextmanager
def ip_camera(directory: Path, **told: Any) -> Iterator[IpCamera]:
    """One that is on."""
    (port,) = free_ports(1)
    with ExitStack() as stack:
        camera = IpCamera(directory / "camera.log", {"port": port, **H264, **told}, stack)
        camera.on()
        try:
            yield camera
        finally:
            camera.thaw()
