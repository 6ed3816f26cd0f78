import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from envivo.probes import ProbeError
from envivo.probes.tls import certificate, read, refuses_old_tls, trusting
from tests.patience import patient
from tests.unit.ports import free_ports
from tests.unit.probes.authority import Authority, Pair
from tests.unit.probes.server import answering, silent
from tests.unit.probes.server import taking as taking  # for those that import it from here

NAME = "media.example"


def showing(pair: Pair, oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    context.minimum_version = oldest
    if oldest < ssl.TLSVersion.TLSv1_2:
        context.set_ciphers("ALL:@SECLEVEL=0")

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    return serve


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ours", "Our authority")


def test_good_certificate_tells_issuer_names_days_and_serial(authority: Authority) -> None:
    pair = authority.pair(NAME, "127.0.0.1")
    with taking(showing(pair)) as port:
        seen = certificate("127.0.0.1", port, NAME, authority.file)
    parsed = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    assert (seen.issuer, seen.names, seen.days_left) == ("CN=Our authority", (NAME, "127.0.0.1"), 30)
    assert (seen.not_after, int(seen.serial, 16)) == (parsed.not_valid_after_utc, parsed.serial_number)
    assert len(seen.serial) % 2 == 0
    assert seen.problem == ""


def test_certificate_for_an_address_is_good_for_that_address_alone(authority: Authority) -> None:
    with taking(showing(authority.pair("127.0.0.1"))) as port:
        assert certificate("127.0.0.1", port, "127.0.0.1", authority.file).problem == ""
        assert certificate("127.0.0.1", port, "127.0.0.2", authority.file).problem == "for other names: 127.0.0.1"


@pytest.mark.parametrize(
    ("names", "begins", "ends", "problem"),
    [
        ((NAME,), timedelta(-9), timedelta(-2), f"expired on {datetime.now(UTC) - timedelta(2):%Y-%m-%d}"),
        ((NAME,), timedelta(2), timedelta(9), f"not valid before {datetime.now(UTC) + timedelta(2):%Y-%m-%d}"),
        (("a.example", "b.example"), timedelta(-1), timedelta(9), "for other names: a.example, b.example"),
    ],
    ids=["expired", "not yet", "other name"],
)
def test_certificate_that_is_refused_is_described(
    authority: Authority, names: tuple[str, ...], begins: timedelta, ends: timedelta, problem: str
) -> None:
    with taking(showing(authority.pair(*names, begins=begins, ends=ends))) as port:
        seen = certificate("127.0.0.1", port, NAME, authority.file)
    assert seen.problem.startswith(problem)
    assert (seen.names, seen.days_left) == (names, ends.days - 1)


def test_certificate_of_another_authority_names_it(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other", "Somebody else")
    with taking(showing(other.pair(NAME))) as port:
        assert "not trusted: CN=Somebody else" in certificate("127.0.0.1", port, NAME, authority.file).problem
        assert "not trusted: CN=Somebody else" in certificate("127.0.0.1", port, NAME).problem


def test_certificate_refused_for_another_reason_is_told_in_openssls_words(authority: Authority) -> None:
    shown = ssl.PEM_cert_to_DER_cert(authority.pair(NAME).certificate.read_text())
    assert read(shown, 26, "unsuitable certificate purpose").problem == "unsuitable certificate purpose"


@pytest.mark.parametrize("text", [None, "", "no certificate"])
def test_file_without_certificates_is_named(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "ca.pem"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ProbeError, match=r"ca\.pem: holds no certificates in PEM"):
        trusting(file)


@pytest.mark.parametrize(
    ("serve", "said"),
    [
        (answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "answers, but not in TLS"),
        (answering(b""), "closes the connection during the TLS handshake"),
        (silent, "does not answer"),
    ],
)
def test_server_without_tls_is_an_error(serve: Callable[[socket.socket], None], said: str) -> None:
    within_s = 0.3 if serve is silent else patient(3)
    with taking(serve) as port:
        with pytest.raises(ProbeError, match=said):
            certificate("127.0.0.1", port, NAME, within_s=within_s)
        with pytest.raises(ProbeError):
            refuses_old_tls("127.0.0.1", port, NAME, within_s=within_s)


def test_port_where_nothing_listens_is_an_error() -> None:
    (port,) = free_ports(1)
    with pytest.raises(ProbeError, match="refuses the connection"):
        certificate("127.0.0.1", port, NAME)
    with pytest.raises(ProbeError, match="refuses the connection"):
        refuses_old_tls("127.0.0.1", port, NAME)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
@pytest.mark.parametrize("oldest", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_that_is_spoken_is_found_out(authority: Authority, oldest: ssl.TLSVersion) -> None:
    with taking(showing(authority.pair(NAME), oldest)) as port:
        assert refuses_old_tls("127.0.0.1", port, NAME) is False


def test_old_tls_that_is_turned_down_is_refused(authority: Authority) -> None:
    with taking(showing(authority.pair(NAME))) as port:
        assert refuses_old_tls("127.0.0.1", port, NAME) is True


def test_old_tls_that_gets_no_answer_is_refused(authority: Authority) -> None:
    modern = iter([showing(authority.pair(NAME)), silent])
    with taking(lambda connection: next(modern)(connection)) as port:
        assert refuses_old_tls("127.0.0.1", port, NAME, within_s=patient(0.5)) is True
