"""The agent as it is started, publishing over TLS to a MediaMTX on loopback. Both show what they think of it."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.patience import until
from tests.unit.agent.live import SERVER, Document, agent, findings, mediamtx
from tests.unit.probes.authority import Authority

pytestmark = pytest.mark.usefixtures("installed")

AUTHORITY, STRANGER = "authority", "stranger"
CERTIFICATES = {
    "good": (AUTHORITY, SERVER, timedelta(days=2)),
    "expired": (AUTHORITY, SERVER, timedelta(hours=-1)),
    "another name": (AUTHORITY, "elsewhere.example", timedelta(days=2)),
    "unknown authority": (STRANGER, SERVER, timedelta(days=2)),
}
"""Who signs it, for whom, valid for how long."""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with NAME.pem and NAME.key of each certificate, and NAME.pem of both authorities."""
    directory = tmp_path_factory.mktemp("certificates")
    authorities = {name: Authority(directory / name, name) for name in (AUTHORITY, STRANGER)}
    for name, authority in authorities.items():
        authority.file.rename(directory / f"{name}.pem")
    for name, (signer, whom, ends) in CERTIFICATES.items():
        pair = authorities[signer].pair(whom, ends=ends)
        pair.certificate.rename(directory / f"{name}.pem")
        pair.key.rename(directory / f"{name}.key")
    return directory


@pytest.mark.parametrize(("protocol", "kind"), [("rtsps", "rtspsSession"), ("rtmps", "rtmpsConn")])
def test_agent_publishes_to_a_server_with_a_good_certificate(
    small: Document, program: Path, certificates: Path, tmp_path: Path, protocol: str, kind: str
) -> None:
    password, authority = small["publish"]["password"], str(certificates / f"{AUTHORITY}.pem")
    with mediamtx(program, tmp_path, password, certificates / "good") as server:
        port = server.ports[protocol]
        with agent(small, tmp_path, protocol=protocol, host=SERVER, port=port, ca=authority) as publisher:
            path = until(lambda path: path["online"], server.path, 20, 0.1)
            assert path["online"], publisher.said()
            assert path["source"]["type"] == kind
            assert until(lambda status: status.get("state") == "live", publisher.status, 10, 0.1)["state"] == "live"
            assert publisher.status()["publish"] == f"{protocol}://{SERVER}:{port}/webcam"
    assert password not in publisher.said() + (tmp_path / "webcam.json").read_text()


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
    small: Document,
    program: Path,
    certificates: Path,
    tmp_path: Path,
    protocol: str,
    certificate: str,
    authority: str,
    reason: str,
) -> None:
    ca = str(certificates / f"{authority}.pem") if authority else ""
    with mediamtx(program, tmp_path, small["publish"]["password"], certificates / certificate) as server:
        port = server.ports[protocol]
        with agent(small, tmp_path, protocol=protocol, host=SERVER, port=port, ca=ca) as publisher:
            status = until(lambda status: bool(status.get("last_error")), publisher.status, 20, 0.1)
            told = f" ({reason})" if protocol == "rtsps" else ""  # rtmp2sink gives none
            untrusted = f"{SERVER}:{port} shows a certificate that is not trusted{told}: "
            assert status.get("last_error", "").startswith(untrusted), publisher.said()
            assert publisher.status()["state"] == "waiting-server"
            assert not server.path()["online"]


def test_check_names_the_package_that_brings_tls(small: Document, tmp_path: Path) -> None:
    without = {"GIO_USE_TLS": "dummy"}
    small["publish"]["protocol"] = "rtsps"
    assert findings(tmp_path, small) == []
    assert findings(tmp_path, small, **without) == [
        "GStreamer has no TLS here, which rtsps needs: apt-get install glib-networking"
    ]
    small["publish"]["protocol"] = "rtsp"
    assert findings(tmp_path, small, **without) == []


@pytest.mark.parametrize("text", [None, "", "no certificate\n"], ids=["absent", "empty", "text"])
def test_check_refuses_an_authority_that_is_none(small: Document, tmp_path: Path, text: str | None) -> None:
    authority = tmp_path / "ca.pem"
    if text is not None:
        authority.write_text(text)
    small["publish"].update(protocol="rtmps", ca=str(authority))
    (finding,) = findings(tmp_path, small)
    assert finding.startswith("publish.ca: ")
    assert finding.endswith(": name a PEM file of certificates that the agent may read")
    assert str(authority) in finding


def test_check_misses_the_authorities_of_the_system(small: Document, tmp_path: Path, certificates: Path) -> None:
    alone = ("unshare", "--map-root-user", "--mount", "sh", "-c", 'mount -t tmpfs none /etc/ssl && exec "$@"', "sh")
    small["publish"]["protocol"] = "rtsps"
    assert findings(tmp_path, small, alone) == [
        "publish.ca: is empty, and this host trusts no authority: "
        "apt-get install ca-certificates, or name a PEM file of certificates"
    ]
    small["publish"]["ca"] = str(certificates / f"{AUTHORITY}.pem")
    assert findings(tmp_path, small, alone) == []
