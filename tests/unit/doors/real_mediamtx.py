"""MediaMTX as hosts get it, program and configuration, on loopback."""

import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from envivo.orchestration.environment import Environment
from envivo.roles.media import desired
from tests.patience import patient, until
from tests.unit.ports import free_ports
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import lab

HOST = "127.0.0.1"


def settings(paths: Mapping[str, object]) -> Environment:
    """The lab's, all of whose ports are free here."""
    names = ("rtsp_port", "rtmp_port", "api_port", "metrics_port", "playback_port")
    *ports, webrtc, media, hls = free_ports(len(names) + 3)
    more = {"webrtc": {"port": webrtc, "media_port": media}, "hls": {"port": hls}}
    return lab(mediamtx={"paths": paths, **dict(zip(names, ports, strict=True)), **more})


@contextmanager
def loopback_mediamtx(of: Environment, directory: Path, program: Path) -> Iterator[subprocess.Popen[bytes]]:
    file = directory / "mediamtx.yml"
    content = desired.mediamtx_config(of.media, ARTIFACTS).content
    file.write_text(content.replace(" /recordings/", f" {directory}/recordings/"))
    with (directory / "mediamtx.log").open("wb") as said:
        process = subprocess.Popen([program, file], stdout=said, stderr=said)
    try:
        monitor = of.mediamtx.monitor
        auth = (monitor.user, monitor.password.get_secret_value())

        def answers() -> bool:
            try:
                return requests.get(f"http://{HOST}:{of.mediamtx.api_port}/v3/info", auth=auth, timeout=patient(5)).ok
            except requests.RequestException:
                return False

        assert until(bool, answers, 10, 0.05), (directory / "mediamtx.log").read_text()
        yield process
    finally:
        process.terminate()
        process.wait(patient(10))


def whep(of: Environment, path: str, authorization: str) -> int:
    url = f"http://{HOST}:{of.mediamtx.webrtc.port}/{path}/whep"
    return requests.options(url, headers={"Authorization": authorization}, timeout=patient(10)).status_code


def hls(of: Environment, path: str, authorization: str) -> int:
    url = f"http://{HOST}:{of.mediamtx.hls.port}/{path}/"
    return requests.get(url, headers={"Authorization": authorization}, timeout=patient(10)).status_code


def playback(of: Environment, path: str, authorization: str) -> int:
    url = f"http://{HOST}:{of.mediamtx.playback_port}/list?path={path}"
    return requests.get(url, headers={"Authorization": authorization}, timeout=patient(10)).status_code


def rtsp(of: Environment, path: str, authorization: str) -> int:
    url = f"rtsp://{HOST}:{of.mediamtx.rtsp_port}/{path}"
    question = f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\nAuthorization: {authorization}\r\n\r\n"
    with socket.create_connection((HOST, of.mediamtx.rtsp_port), patient(10)) as connection:
        connection.sendall(question.encode())
        return int(connection.recv(4096).split()[1])


DOORS = {"WHEP": whep, "HLS": hls, "playback": playback, "RTSP": rtsp}
