"""The agent as it is started, and a MediaMTX on loopback for it to publish to."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.patience import patient, until
from tests.unit.ports import free_ports

Document = dict[str, Any]

AGENT = Path(__file__).resolve().parents[3] / "agent"
PYTHON = "/usr/bin/python3"
SERVER = "127.0.0.1"
FPS = 30
"""Of the test picture and of clips."""
_NEEDED = """
import sys
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
raise SystemExit(" ".join(part for part in sys.argv[1:] if Gst.ElementFactory.find(part) is None))
"""


def lacks(*elements: str) -> str:
    """Those of the elements that GStreamer has not here, or why it cannot be asked; empty when all are there."""
    if not Path(PYTHON).exists():
        return f"{PYTHON}, Debian's own Python"
    command = [PYTHON, "-s", "-c", _NEEDED, *elements]
    probe = subprocess.run(command, capture_output=True, text=True, check=False)
    said = probe.stderr.strip().splitlines()
    return said[-1] if said else ""


@contextmanager
def running(*command: str, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("w") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env={**os.environ, **environment})
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(patient(10))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass
class Mediamtx:
    api: str
    ports: dict[str, int]
    process: subprocess.Popen[bytes]
    file: Path
    begin: Callable[[], subprocess.Popen[bytes]]

    def path(self) -> Document:
        try:
            answer: Document = requests.get(f"{self.api}/v3/paths/get/webcam", timeout=patient(5)).json()
        except requests.ConnectionError:
            assert self.process.poll() is None, self.file.with_name("mediamtx.log").read_text()
            return {}
        return answer

    def session(self) -> str:
        """Of the publisher; empty while there is none."""
        return str((self.path().get("source") or {}).get("id", ""))

    def takes_password(self, password: str) -> None:
        """Of the publisher, from now on and no other; without a restart."""
        settings = yaml.safe_load(self.file.read_text())
        settings["authInternalUsers"][0]["pass"] = password
        # the API tells no password: this name, which may do nothing, tells that the file is in force
        settings["authInternalUsers"].append({"user": "rotated", "permissions": []})
        new = self.file.with_suffix(".new")
        new.write_text(yaml.safe_dump(settings))
        new.replace(self.file)

        def users() -> list[str]:
            its: Document = requests.get(f"{self.api}/v3/config/global/get", timeout=patient(5)).json()
            return [user["user"] for user in its["authInternalUsers"]]

        assert "rotated" in until(lambda names: "rotated" in names, users, 10, 0.1)

    def begins_anew(self) -> None:
        """With the file as it is now. All connections end.

        Not by /v3/rtspsessions/kick: MediaMTX 1.20.1 sometimes crashes where a packet comes while it closes a session.
        """
        self.process.terminate()
        self.process.wait(patient(10))
        self.process = self.begin()


@contextmanager
def mediamtx(
    program: Path, directory: Path, password: str, pair: Path | None = None, owned: bool = False
) -> Iterator[Mediamtx]:
    """`owned`: who publishes keeps the path.

    Shows the certificate of that pair, `.pem` and `.key` left out; without one it speaks no TLS."""
    rtsp, rtsps, rtmp, rtmps, api = free_ports(5)
    settings: Document = {
        "api": True,
        "apiAddress": f"{SERVER}:{api}",
        "rtspTransports": ["tcp"],
        "rtspAddress": f"{SERVER}:{rtsp}",
        "rtspsAddress": f"{SERVER}:{rtsps}",
        "rtmpAddress": f"{SERVER}:{rtmp}",
        "rtmpsAddress": f"{SERVER}:{rtmps}",
        **dict.fromkeys(("hls", "webrtc", "srt", "moq"), False),
        "authInternalUsers": [
            {"user": "publisher", "pass": password, "permissions": [{"action": "publish"}]},
            {"user": "any", "permissions": [{"action": "api"}, {"action": "read"}]},
        ],
        "paths": {"webcam": {"overridePublisher": not owned}},
    }
    if pair:
        for protocol in ("rtsp", "rtmp"):
            settings[f"{protocol}Encryption"] = "optional"
            settings |= {f"{protocol}ServerCert": f"{pair}.pem", f"{protocol}ServerKey": f"{pair}.key"}
    file = directory / "mediamtx.yml"
    file.write_text(yaml.safe_dump(settings))
    ports = {"rtsp": rtsp, "rtsps": rtsps, "rtmp": rtmp, "rtmps": rtmps}
    with ExitStack() as stack:

        def begin() -> subprocess.Popen[bytes]:
            return stack.enter_context(running(str(program), str(file), log=directory / "mediamtx.log"))

        server = Mediamtx(f"http://{SERVER}:{api}", ports, begin(), file, begin)
        assert until(bool, server.path, 10, 0.05), (directory / "mediamtx.log").read_text()
        yield server


@dataclass(frozen=True)
class Agent:
    directory: Path
    process: subprocess.Popen[bytes]

    def status(self) -> Document:
        try:
            status: Document = json.loads((self.directory / "webcam.json").read_text())
        except FileNotFoundError:
            return {}
        return status

    def state(self) -> str:
        return str(self.status().get("state", ""))

    def said(self) -> str:
        return (self.directory / "agent.log").read_text()

    def reads_again(self, document: Document) -> None:
        _write(document, self.directory)
        self.process.send_signal(signal.SIGHUP)


def _write(document: Document, directory: Path) -> str:
    file = directory / "camera.json"
    file.write_text(json.dumps(document))
    return str(file)


def configuration(document: Document, directory: Path, **publish: object) -> str:
    """Written as it is but for the server."""
    document["publish"].update(publish)
    return _write(document, directory)


def environment(directory: Path) -> dict[str, str]:
    return {
        "PYTHONPATH": f"{directory}:{AGENT}",
        "RUNTIME_DIRECTORY": str(directory),
        "CACHE_DIRECTORY": str(directory),
    }


def ran(
    directory: Path, *arguments: str, within: Sequence[str] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """The command to its end; `within` is a command that starts it."""
    return subprocess.run(
        [*within, PYTHON, "-s", "-B", "-m", "envivo_agent", *arguments],
        env={**os.environ, **environment(directory), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def findings(directory: Path, document: Document, within: Sequence[str] = (), **variables: str) -> list[str]:
    """Of --check."""
    file = configuration(document, directory)
    done = ran(directory, "--check", file, within=within, **variables)
    found = [line.removeprefix(f"{file}: ") for line in done.stderr.splitlines() if line.startswith(f"{file}: ")]
    assert done.returncode == (2 if found else 0), done.stderr
    return found


def altered(directory: Path, code: str) -> None:
    """Agents of that directory run the code first."""
    (directory / "sitecustomize.py").write_text(code)


@contextmanager
def agent(document: Document, directory: Path, **publish: object) -> Iterator[Agent]:
    command = (PYTHON, "-s", "-B", "-m", "envivo_agent", configuration(document, directory, **publish))
    with running(*command, log=directory / "agent.log", **environment(directory)) as process:
        yield Agent(directory, process)


@contextmanager
def publishing(
    document: Document, program: Path, directory: Path, protocol: str = "rtsp"
) -> Iterator[tuple[Mediamtx, Agent]]:
    """Both, once the agent says that it is live and viewers find it."""
    with mediamtx(program, directory, document["publish"]["password"]) as server:
        port = server.ports[protocol]
        with agent(document, directory, protocol=protocol, host=SERVER, port=port) as publisher:
            assert until(lambda state: state == "live", publisher.state, 20, 0.1) == "live", publisher.said()
            # over RTMP it looks at the tracks for a while, and announces them to viewers then
            assert until(lambda path: path["online"], server.path, 10, 0.1)["online"], publisher.said()
            yield server, publisher
