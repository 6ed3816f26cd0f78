"""Certificates on a host, judged by its openssl: absent, wrong, good, and the waiting for good ones."""

from pathlib import Path

import pytest

from envivo.operations.certificates import MissingCertificates, wait_script
from envivo.state.desired import RequiredCertificate
from tests.unit.operations.shell import lines, sh
from tests.unit.settings.pairs import signed

NAME, OTHER = "video.company.net", "turn.company.net"
GOOD = signed(NAME, OTHER).certificate


def needed(tmp_path: Path, name: str = NAME) -> RequiredCertificate:
    """Brought from the very file, unless a test says otherwise."""
    file = str(tmp_path / f"{name}.crt")
    return RequiredCertificate(name, file, file)


def missing(*wanted: RequiredCertificate) -> dict[str, str]:
    fact = MissingCertificates()
    return fact.process(lines(fact.command(list(wanted))))


@pytest.mark.parametrize(
    ("certificate", "state"),
    [
        (GOOD, ""),
        (signed("*.company.net").certificate, ""),
        (None, "absent"),
        ("", "absent"),
        (signed(OTHER).certificate, "wrong"),
        (signed().certificate, "wrong"),
        (signed(NAME, days=-1).certificate, "wrong"),
        ("rubbish", "wrong"),
    ],
    ids=["good", "star", "none", "empty", "other name", "no name", "ended", "rubbish"],
)
def test_certificate_is_good_if_a_viewer_can_be_shown_it(certificate: str | None, state: str, tmp_path: Path) -> None:
    one = needed(tmp_path)
    if certificate is not None:
        Path(one.certificate).write_text(certificate)

    assert missing(one) == ({one.certificate: state} if state else {})


@pytest.mark.parametrize("obtained", [None, signed(NAME).certificate], ids=["nothing", "another"])
def test_certificate_is_good_only_if_the_present_authority_gave_it(obtained: str | None, tmp_path: Path) -> None:
    """After a change of web.tls.issuer, the old one is still there, and still valid."""
    one = RequiredCertificate(NAME, str(tmp_path / "server.crt"), str(tmp_path / "obtained.crt"))
    Path(one.certificate).write_text(GOOD)
    if obtained:
        Path(one.source).write_text(obtained)

    assert missing(one) == {one.certificate: "wrong"}


def test_each_certificate_is_judged_for_the_name_of_its_own(tmp_path: Path) -> None:
    first, second, third = needed(tmp_path), needed(tmp_path, OTHER), needed(tmp_path, "cam.company.net")
    Path(first.certificate).write_text(GOOD)
    Path(second.certificate).write_text(signed(NAME).certificate)

    assert missing(first, second, third) == {second.certificate: "wrong", third.certificate: "absent"}


def test_waiting_ends_at_once_where_all_are_good(tmp_path: Path) -> None:
    one = needed(tmp_path)
    Path(one.certificate).write_text(GOOD)

    done = sh(wait_script([one], "false", "echo why", 60))

    assert (done.returncode, done.stderr) == (0, "")


def test_waiting_asks_for_what_has_been_obtained_until_it_is_there(tmp_path: Path) -> None:
    one, obtained = needed(tmp_path), tmp_path / "obtained"
    obtained.write_text(GOOD)
    # the first time it is not there yet, as the authority takes its time
    bring = f"[ -e {tmp_path}/asked ] && cp {obtained} {one.certificate}; touch {tmp_path}/asked; true"

    done = sh(wait_script([one], f"sh -c '{bring}'", "echo why", 20))

    assert (done.returncode, done.stderr) == (0, "")
    assert Path(one.certificate).read_text() == GOOD


@pytest.mark.parametrize("script", ["true", "false", "/no/such/program"])
def test_waiting_fails_with_the_reason_of_who_should_have_obtained_it(script: str, tmp_path: Path) -> None:
    first, second = needed(tmp_path), needed(tmp_path, OTHER)._replace(source=str(tmp_path / "not obtained yet"))
    for issued in (first, second):
        Path(issued.certificate).write_text(GOOD)

    done = sh(wait_script([first, second], script, """echo '"error":"no such host"' | grep -oE '"[^"]*"$'""", 1))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f'no certificate for {OTHER} within 1 s: "no such host"\n'
