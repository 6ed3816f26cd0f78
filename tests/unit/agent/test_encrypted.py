"""The agent as it is started, publishing over TLS to a MediaMTX on loopback. Both show what they think of it."""

import json
import os
import platform
import shutil
import socket
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from envivo.artifacts import ARCHITECTURES, CACHE
from envivo.artifacts.cache import Cache
from envivo.artifacts.lock import architecture, load
from envivo.waiting import until

Document = dict[str, Any]

AGENT = Path(__file__).resolve().parents[3] / "agent"
PYTHON = "/usr/bin/python3"
NEEDED = """
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gio, Gst
Gst.init(None)
parts = ("appsrc", "x264enc", "h264parse", "flvmux", "rtspclientsink", "rtmp2sink")
absent = [part for part in parts if Gst.ElementFactory.find(part) is None]
raise SystemExit(" ".join(absent) or (0 if Gio.TlsBackend.get_default().supports_tls() else "glib-networking"))
"""
SERVER = "127.0.0.1"
AUTHORITY, STRANGER = "authority", "stranger"
CERTIFICATES = {
    "good": (AUTHORITY, f"IP:{SERVER}", "2"),
    "expired": (AUTHORITY, f"IP:{SERVER}", "-1"),
    "another name": (AUTHORITY, "DNS:elsewhere.example", "2"),
    "unknown authority": (STRANGER, f"IP:{SERVER}", "2"),
}
"""Who signs it, for whom, valid for how many days."""


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    if not shutil.which(PYTHON):
        pytest.skip(f"{PYTHON} is not there: the agent runs on Debian's own Python")
    probe = subprocess.run([PYTHON, "-s", "-c", NEEDED], capture_output=True, text=True, timeout=60, check=False)
    if probe.returncode:
        pytest.skip(f"not installed, see docs/agent.md for the packages: {probe.stderr.strip().splitlines()[-1]}")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MediaMTX, out of the image that hosts get."""
    arch = architecture(ARCHITECTURES.get(platform.machine(), platform.machine()))
    cache = Cache(CACHE)
    item = next(item for item in load().items(arch) if item.name == "mediamtx")
    if not cache.receipt(item):
        pytest.skip(f"{item.label} is not in the cache: run `envivo artifacts fetch`")
    program = tmp_path_factory.mktemp("mediamtx") / "mediamtx"
    with tarfile.open(cache.path(item) / item.files[0]) as image:
        for member in image:
            content = image.extractfile(member) if member.name.endswith(".tar") else None
            if content:
                with tarfile.open(fileobj=content) as layer, program.open("wb") as file:
                    shutil.copyfileobj(layer.extractfile(program.name) or pytest.fail("no program"), file)
                program.chmod(0o700)
                return program
    pytest.fail(f"{item.label} holds no layer with the program")


def _openssl(directory: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True, timeout=30)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with NAME.pem and NAME.key of each certificate and of both authorities."""
    directory = tmp_path_factory.mktemp("certificates")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout")
    for name in (AUTHORITY, STRANGER):
        subject = ("-subj", f"/CN={name}", "-days", "2")
        _openssl(directory, "req", "-x509", *key, f"{name}.key", "-out", f"{name}.pem", *subject)
    for name, (signer, whom, days) in CERTIFICATES.items():
        _openssl(directory, "req", *key, f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (directory / f"{name}.ext").write_text(f"subjectAltName={whom}\nbasicConstraints=CA:FALSE\n")
        sign = ("-CA", f"{signer}.pem", "-CAkey", f"{signer}.key", "-CAcreateserial", "-extfile", f"{name}.ext")
        _openssl(directory, "x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", "-days", days, *sign)
    return directory


@contextmanager
def _running(*command: str, log: Path, **environment: str) -> Iterator[None]:
    with log.open("w") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env={**os.environ, **environment})
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass(frozen=True)
class Mediamtx:
    api: str
    ports: dict[str, int]

    def path(self) -> Document:
        try:
            answer: Document = requests.get(f"{self.api}/v3/paths/get/webcam", timeout=5).json()
        except requests.ConnectionError:
            return {}
        return answer


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server((SERVER, 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


@contextmanager
def _mediamtx(program: Path, pair: Path, directory: Path, password: str) -> Iterator[Mediamtx]:
    """Shows the certificate of that pair, `.pem` and `.key` left out."""
    rtsp, rtsps, rtmp, rtmps, api = _free_ports(5)
    settings: Document = {
        "api": True,
        "apiAddress": f"{SERVER}:{api}",
        "rtspTransports": ["tcp"],
        "rtspEncryption": "optional",
        "rtspAddress": f"{SERVER}:{rtsp}",
        "rtspsAddress": f"{SERVER}:{rtsps}",
        "rtmpEncryption": "optional",
        "rtmpAddress": f"{SERVER}:{rtmp}",
        "rtmpsAddress": f"{SERVER}:{rtmps}",
        **dict.fromkeys(("hls", "webrtc", "srt", "moq"), False),
        "authInternalUsers": [
            {"user": "publisher", "pass": password, "permissions": [{"action": "publish"}]},
            {"user": "any", "permissions": [{"action": "api"}]},
        ],
        "paths": {"webcam": {}},
    }
    for protocol in ("rtsp", "rtmp"):
        settings |= {f"{protocol}ServerCert": f"{pair}.pem", f"{protocol}ServerKey": f"{pair}.key"}
    file = directory / "mediamtx.yml"
    file.write_text(yaml.safe_dump(settings))
    server = Mediamtx(f"http://{SERVER}:{api}", {"rtsps": rtsps, "rtmps": rtmps})
    with _running(str(program), str(file), log=directory / "mediamtx.log"):
        assert until(bool, server.path, 10, 0.05), (directory / "mediamtx.log").read_text()
        yield server


@dataclass(frozen=True)
class Agent:
    directory: Path

    def status(self) -> Document:
        try:
            status: Document = json.loads((self.directory / "webcam.json").read_text())
        except FileNotFoundError:
            return {}
        return status

    def said(self) -> str:
        return (self.directory / "agent.log").read_text()


def _configuration(document: Document, directory: Path, **publish: object) -> str:
    document["video"].update(width=320, height=180, fps=15, bitrate_kbps=300)
    document["publish"].update(publish)
    file = directory / "camera.json"
    file.write_text(json.dumps(document))
    return str(file)


@contextmanager
def _agent(document: Document, directory: Path, **publish: object) -> Iterator[Agent]:
    command = (PYTHON, "-s", "-B", "-m", "envivo_agent", _configuration(document, directory, **publish))
    with _running(*command, log=directory / "agent.log", PYTHONPATH=str(AGENT), RUNTIME_DIRECTORY=str(directory)):
        yield Agent(directory)


@pytest.mark.parametrize(("protocol", "kind"), [("rtsps", "rtspsSession"), ("rtmps", "rtmpsConn")])
def test_agent_publishes_to_a_server_with_a_good_certificate(
    document: Document, program: Path, certificates: Path, tmp_path: Path, protocol: str, kind: str
) -> None:
    password, authority = document["publish"]["password"], str(certificates / f"{AUTHORITY}.pem")
    with _mediamtx(program, certificates / "good", tmp_path, password) as server:
        port = server.ports[protocol]
        with _agent(document, tmp_path, protocol=protocol, host=SERVER, port=port, ca=authority) as agent:
            path = until(lambda path: path["online"], server.path, 20, 0.1)
            assert path["online"], agent.said()
            assert path["source"]["type"] == kind
            assert until(lambda status: status.get("state") == "live", agent.status, 10, 0.1)["state"] == "live"
            assert agent.status()["publish"] == f"{protocol}://{SERVER}:{port}/webcam"
    assert password not in agent.said() + (tmp_path / "webcam.json").read_text()


@pytest.mark.parametrize(
    ("certificate", "authority", "reason"),
    [
        ("expired", AUTHORITY, "expired"),
        ("another name", AUTHORITY, "bad-identity"),
        ("unknown authority", AUTHORITY, "unknown-ca"),
        ("good", STRANGER, "unknown-ca"),
        ("good", "", "unknown-ca"),
    ],
)
@pytest.mark.parametrize("protocol", ["rtsps", "rtmps"])
def test_agent_publishes_to_no_server_whose_certificate_is_refused(
    document: Document,
    program: Path,
    certificates: Path,
    tmp_path: Path,
    protocol: str,
    certificate: str,
    authority: str,
    reason: str,
) -> None:
    ca = str(certificates / f"{authority}.pem") if authority else ""
    with _mediamtx(program, certificates / certificate, tmp_path, document["publish"]["password"]) as server:
        port = server.ports[protocol]
        with _agent(document, tmp_path, protocol=protocol, host=SERVER, port=port, ca=ca) as agent:
            fault = until(lambda status: bool(status.get("last_error")), agent.status, 20, 0.1).get("last_error", "")
            # rtmp2sink gives none
            named = f" ({reason})" if protocol == "rtsps" else ""
            assert fault.startswith(f"{SERVER}:{port} shows a certificate that is not trusted{named}: "), agent.said()
            assert agent.status()["state"] == "waiting-server"
            assert not server.path()["online"]


def _check(document: Document, directory: Path, *within: str, **environment: str) -> list[str]:
    """The findings; `within` is a command that starts it."""
    file = _configuration(document, directory)
    checked = subprocess.run(
        [*within, PYTHON, "-s", "-B", "-m", "envivo_agent", "--check", file],
        env={**os.environ, "PYTHONPATH": str(AGENT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    prefix = f"{file}: "
    findings = [line.removeprefix(prefix) for line in checked.stderr.splitlines() if line.startswith(prefix)]
    assert checked.returncode == (2 if findings else 0), checked.stderr
    return findings


def test_check_names_the_package_that_brings_tls(document: Document, tmp_path: Path) -> None:
    without = {"GIO_USE_TLS": "dummy"}
    document["publish"]["protocol"] = "rtsps"
    assert _check(document, tmp_path) == []
    assert _check(document, tmp_path, **without) == [
        "nothing here speaks TLS, which rtsps needs: apt-get install glib-networking"
    ]
    document["publish"]["protocol"] = "rtsp"
    assert _check(document, tmp_path, **without) == []


@pytest.mark.parametrize("text", [None, "", "no certificate\n"], ids=["absent", "empty", "text"])
def test_check_refuses_an_authority_that_is_none(document: Document, tmp_path: Path, text: str | None) -> None:
    authority = tmp_path / "ca.pem"
    if text is not None:
        authority.write_text(text)
    document["publish"].update(protocol="rtmps", ca=str(authority))
    (finding,) = _check(document, tmp_path)
    assert finding.startswith("publish.ca: must be a PEM file of certificates that the agent may read: ")
    assert str(authority) in finding


def test_check_misses_the_authorities_of_the_system(document: Document, tmp_path: Path, certificates: Path) -> None:
    alone = ("unshare", "--map-root-user", "--mount", "sh", "-c", 'mount -t tmpfs none /etc/ssl && exec "$@"', "sh")
    if subprocess.run([*alone, "true"], capture_output=True, timeout=10, check=False).returncode:
        pytest.skip("no mount namespace may be made here: the authorities of the system cannot be hidden")
    document["publish"]["protocol"] = "rtsps"
    assert _check(document, tmp_path, *alone) == [
        "publish.ca: is empty, and this host trusts no authority: apt-get install ca-certificates, or name one"
    ]
    document["publish"]["ca"] = str(certificates / f"{AUTHORITY}.pem")
    assert _check(document, tmp_path, *alone) == []
