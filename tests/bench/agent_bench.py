"""What the benchmarks of the agent share: a real MediaMTX on loopback, and the agent as its unit starts it."""

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
import yaml
from image_program import image_program

from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT as ROOT
from envivo.core.polling import until

Document = dict[str, Any]
Running = subprocess.Popen[str]

HOST = "127.0.0.1"
WITHIN_S = 60
"""What has not begun by then does not begin: no figure is about it."""
PYTHON = "/usr/bin/python3"
"""Debian's own: it has gi."""
AGENT = (PYTHON, "-s", "-B", "-m", "envivo_agent")
NO_AUDIO: Document = {"kind": "none"}
OPUS: Document = {"kind": "test", "bitrate_kbps": 64}
TEST_PICTURE: Document = {"kind": "test"}
SIZE: Document = {"width": 1280, "height": 720, "fps": 30}
RATE: Document = {"bitrate_kbps": 2500, "keyframe_interval_ms": 300}
VIDEO: Document = {**SIZE, **RATE, "encoder": "x264", "fallback": False, "preset": "balanced"}


@contextmanager
def workplace() -> Iterator[Path]:
    with TemporaryDirectory(prefix="envivo-bench-") as directory:
        yield Path(directory)


def free_ports(count: int) -> list[int]:
    held = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


@contextmanager
def running(argv: Sequence[str], log: Path, environ: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Ends it afterwards, whatever it does then."""
    with log.open("w") as said:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env={**os.environ, **(environ or {})}, text=True
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass(frozen=True)
class Server:
    """A MediaMTX that takes any path from anybody on loopback."""

    rtsp: int
    hls: int
    api: int

    def path(self, name: str) -> Document:
        """What the API says of it; empty while there is nothing to say."""
        try:
            answer: Document = requests.get(f"http://{HOST}:{self.api}/v3/paths/get/{name}", timeout=5).json()
        except requests.ConnectionError:
            return {}
        return answer if "name" in answer else {}

    def online(self, name: str) -> bool:
        return bool(self.path(name).get("online"))

    def wait_for(self, name: str, log: Path, every_s: float = 0.25) -> None:
        if not until(bool, lambda: self.online(name), WITHIN_S, every_s):
            raise EnvivoError(name, f"was not published within {WITHIN_S} s", f"its log says\n{log.read_text()}")


@contextmanager
def mediamtx(directory: Path) -> Iterator[Server]:
    rtsp, hls, api = free_ports(3)
    settings = {
        "api": True,
        "apiAddress": f"{HOST}:{api}",
        "rtspTransports": ["tcp"],
        "rtspAddress": f"{HOST}:{rtsp}",
        "hlsAddress": f"{HOST}:{hls}",
        "hlsVariant": "lowLatency",
        "hlsAlwaysRemux": True,
        **dict.fromkeys(("rtmp", "webrtc", "srt", "moq"), False),
        "paths": {"all_others": {}},
    }
    file, log = directory / "mediamtx.yml", directory / "mediamtx.log"
    file.write_text(yaml.safe_dump(settings))
    server = Server(rtsp, hls, api)
    with running([str(image_program("mediamtx", directory)), str(file)], log):
        if not until(bool, lambda: _listens(rtsp) and _listens(api), WITHIN_S, 0.05):
            raise EnvivoError("mediamtx", "does not start", f"its log says\n{log.read_text()}")
        yield server


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def configuration(directory: Path, name: str, port: int, source: Document, audio: Document) -> Path:
    """720p30, superfast, 2500 kbit/s, published over RTSP as `name` to that port."""
    publish = {"protocol": "rtsp", "host": HOST, "port": port, "path": name, "ca": ""}
    document = {"name": name, "source": source, "audio": audio, "video": VIDEO, "publish": publish, "metrics_port": 0}
    file = directory / f"{name}.json"
    file.write_text(json.dumps(document))
    return file


def agent_environ(directory: Path) -> dict[str, str]:
    """As in the unit: a trial of an encoder is believed the next time, the status is a file, the heap is one."""
    status = directory / "status"
    status.mkdir(exist_ok=True)
    return {
        "PYTHONPATH": str(ROOT / "agent"),
        "CACHE_DIRECTORY": str(directory),
        "RUNTIME_DIRECTORY": str(status),
        "MALLOC_ARENA_MAX": "1",
    }


@contextmanager
def agent(directory: Path, name: str, port: int, audio: Document = NO_AUDIO) -> Iterator[tuple[Running, Path]]:
    """The agent, publishing the test picture to that port by an encoder that was proved before; and its log."""
    file, log = configuration(directory, name, port, TEST_PICTURE, audio), directory / "agent.log"
    printed_pipeline(file, directory)
    with running([*AGENT, str(file)], log, agent_environ(directory)) as process:
        yield process, log


def status(directory: Path, name: str) -> Document:
    found: Document = json.loads((directory / "status" / f"{name}.json").read_text())
    return found


def memory(pid: int) -> tuple[int, int, int]:
    """KiB: resident, proportional, private."""
    rollup = dict(line.split(":") for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    kib = {key: int(value.split()[0]) for key, value in rollup.items()}
    return kib["Rss"], kib["Pss"], kib["Private_Dirty"] + kib["Private_Clean"]


def printed_pipeline(file: Path, directory: Path) -> str:
    """What `envivo-agent --print-pipeline` says; the encoder is proved then, and that is noted."""
    done = subprocess.run(
        [*AGENT, "--print-pipeline", str(file)],
        env={**os.environ, **agent_environ(directory)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise EnvivoError("envivo-agent --print-pipeline", f"exit code {done.returncode}", f"it says\n{done.stderr}")
    return done.stdout


def chains(printed: str) -> tuple[list[str], dict[str, list[str]]]:
    """Of what is printed the pipelines, and properties of elements by their names."""
    made, properties = list[str](), dict[str, list[str]]()
    for block in printed.strip().split("\n\n"):
        words = []
        for line in block.splitlines():
            if match := re.fullmatch(r"(\w+)\.([\w-]+) = (.*)", line):
                properties.setdefault(match[1], []).append(f"{match[2]}={match[3]}")
            else:
                words.append(line.strip())
        made.append(" ".join(words))
    return made, properties


def with_properties(text: str, properties: Mapping[str, Sequence[str]]) -> list[str]:
    words = []
    for word in text.split():
        words.append(word)
        if word.startswith("name="):
            words += properties.get(word.removeprefix("name="), [])
    return words


def launch_arguments(printed: str, source: str = "") -> list[str]:
    """The same pipeline for gst-launch-1.0: capture and publisher joined where the agent stands between them.

    `source` makes the pictures where the agent draws them itself.
    """
    (*captures, publisher), properties = chains(printed)
    # appsink sync=true and appsrc are what the agent has there: waiting for the time of a frame, and two frames of room
    capture = re.sub(r"appsink .*", "clocksync", captures[0]) if captures else source
    publisher = re.sub(r"^appsrc .*? ! ", "queue max-size-buffers=2 max-size-time=0 max-size-bytes=0 ! ", publisher)
    return with_properties(f"{capture} ! {publisher}", properties)
