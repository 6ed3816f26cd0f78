"""certbot on a host of its own: how it is called, what is said where it fails, and when it need not be called."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from envivo.operations.certbot import CertbotCertificate, command
from envivo.state.desired import Certbot
from tests.unit.operations.programs import Programs
from tests.unit.operations.shell import lines, sh
from tests.unit.settings.pairs import signed

DIRECTORY = "https://acme.company.net:14000/dir"
WANTED = Certbot("turn.company.net", DIRECTORY, "video@company.net")
HOOK = "/opt/envivo/bin/envivo-certificates"
REFUSAL = """\
Saving debug log to /var/log/letsencrypt/letsencrypt.log
Certbot failed to authenticate some domains (authenticator: standalone). The Certificate Authority reported:
  Domain: turn.company.net
  Type:   connection
  Detail: 198.51.100.11: Fetching http://turn.company.net/.well-known/acme-challenge/x: it's "refused" by $HOME
"""


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    programs = Programs(tmp_path)
    programs.add("certbot", f"echo bundle=$REQUESTS_CA_BUNDLE >>{tmp_path}/environment")
    return programs


def option(call: str, name: str) -> str:
    words = shlex.split(call)
    return words[words.index(name) + 1]


def test_certbot_asks_for_the_name_with_everything_that_it_would_ask_a_person(programs: Programs) -> None:
    done = sh(command(WANTED, HOOK), PATH=programs.path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (call,) = programs.calls
    assert call.startswith("certbot certonly --standalone ")
    assert {"--non-interactive", "--agree-tos"} <= set(call.split())
    assert {name: option(call, name) for name in ("-d", "--cert-name", "--server", "--deploy-hook", "-m")} == {
        "-d": WANTED.name,
        "--cert-name": WANTED.name,
        "--server": DIRECTORY,
        "--deploy-hook": HOOK,
        "-m": WANTED.email,
    }


def test_certbot_without_an_email_address_gives_none(programs: Programs) -> None:
    sh(command(replace(WANTED, email=""), HOOK), PATH=programs.path)

    assert "--register-unsafely-without-email" in programs.calls[0] and " -m " not in programs.calls[0]


@pytest.mark.parametrize("bundle", ["", "/etc/envivo/certificates/directory_ca.pem"])
def test_certbot_trusts_the_authority_of_an_acme_server_of_ones_own(
    bundle: str, programs: Programs, tmp_path: Path
) -> None:
    sh(command(replace(WANTED, ca_file=bundle), HOOK), PATH=programs.path, REQUESTS_CA_BUNDLE="")

    assert (tmp_path / "environment").read_text() == f"bundle={bundle}\n"


def test_refusal_is_said_in_the_words_of_the_authority(programs: Programs, tmp_path: Path) -> None:
    (tmp_path / "said").write_text(REFUSAL)
    programs.add("certbot", f"cat {tmp_path}/said >&2; exit 1")

    done = sh(command(WANTED, HOOK), PATH=programs.path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"no certificate for turn.company.net from {DIRECTORY}: ")
    for words in ("""198.51.100.11: Fetching http://turn""", """it's "refused" by $HOME"""):
        assert words in done.stderr
    assert "Saving debug log" not in done.stderr and done.stderr.count("\n") == 1


def test_certbot_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    done = sh(f"PATH={tmp_path}; {command(WANTED, HOOK)}")

    assert done.returncode != 0


@pytest.mark.parametrize(
    ("server", "days", "valid"),
    [
        (DIRECTORY, 30, True),
        (DIRECTORY, -1, False),
        # of an authority that nobody trusts, from a trial
        ("https://acme-staging.company.net/directory", 30, False),
        (DIRECTORY + "/more", 30, False),
        (None, 30, False),
        (DIRECTORY, None, False),
    ],
)
def test_certificate_is_there_if_it_has_not_ended_and_is_from_this_server(
    server: str | None, days: int | None, valid: bool, tmp_path: Path
) -> None:
    live, renewal = tmp_path / "live" / WANTED.name, tmp_path / "renewal"
    live.mkdir(parents=True)
    renewal.mkdir()
    if days:
        (live / "cert.pem").write_text(signed(WANTED.name, days=days).certificate)
    if server:
        (renewal / f"{WANTED.name}.conf").write_text(f"[renewalparams]\naccount = 1\nserver = {server}\n")

    ask = CertbotCertificate().command(WANTED.name, DIRECTORY).replace("/etc/letsencrypt", str(tmp_path))

    assert CertbotCertificate().process(lines(ask)) == ("valid" if valid else "")
