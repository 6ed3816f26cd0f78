"""web.tls.issuer "files": certificates of one's own are judged before anything is changed."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.unit.settings.environments import DOMAIN, TURN_DOMAIN, assert_error, one_machine, production
from tests.unit.settings.pairs import Pair, signed

GOOD = signed(DOMAIN, TURN_DOMAIN)


def files(pair: Pair, **more: str) -> dict[str, Any]:
    return {"web": {"tls": {"issuer": "files", "certificate": pair.certificate, "key": pair.key, **more}}}


@pytest.mark.parametrize(
    "pair",
    [
        GOOD,
        signed("*.company.net"),
        signed("other.company.net", TURN_DOMAIN.upper(), DOMAIN),
        # those between it and its root follow it
        Pair(GOOD.certificate + signed().certificate, GOOD.key),
    ],
    ids=["names", "star", "more names", "chain"],
)
def test_certificate_for_all_names_is_accepted(pair: Pair) -> None:
    assert production(**files(pair)).web.tls.key.get_secret_value() == pair.key


def test_certificate_may_be_given_as_files(tmp_path: Path) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.write_text(f"subject=what openssl prints before it\n{GOOD.certificate}")
    key.write_text(GOOD.key)

    tls = production(**files(Pair(str(certificate), str(key)))).web.tls

    assert (tls.certificate, tls.key.get_secret_value()) == (GOOD.certificate, GOOD.key)


@pytest.mark.parametrize(
    ("pair", "findings"),
    [
        (signed(DOMAIN), [f"web.tls.certificate: must have the name {TURN_DOMAIN}, has {DOMAIN}"]),
        (signed("*.turn.company.net", DOMAIN),
         [f"web.tls.certificate: must have the name {TURN_DOMAIN}, has *.turn.company.net, {DOMAIN}"]),
        # a star stands for one label, and for a whole one
        (signed("*.net", "*.video.company.net", TURN_DOMAIN),
         [f"web.tls.certificate: must have the name {DOMAIN}, has *.net, *.video.company.net, {TURN_DOMAIN}"]),
        (signed(), [f"web.tls.certificate: must have the name {DOMAIN}, has none",
                    f"web.tls.certificate: must have the name {TURN_DOMAIN}, has none"]),
        (Pair(signed(DOMAIN, days=-1).certificate, GOOD.key),
         ["web.tls.key: must be the key of web.tls.certificate, but belongs to another certificate",
          f"web.tls.certificate: must be valid, expired on {datetime.now(timezone.utc) - timedelta(days=1):%Y-%m-%d}",
          f"web.tls.certificate: must have the name {TURN_DOMAIN}, has {DOMAIN}"]),
    ],
)  # fmt: skip
def test_certificate_that_viewers_would_refuse_is_refused(pair: Pair, findings: list[str]) -> None:
    assert_error(*findings, of=production, **files(pair))


def test_certificate_for_one_machine_needs_its_name_once() -> None:
    assert one_machine(**files(signed(DOMAIN)))
    other = files(signed(TURN_DOMAIN))
    assert_error(f"web.tls.certificate: must have the name {DOMAIN}, has {TURN_DOMAIN}", of=one_machine, **other)


@pytest.mark.parametrize(
    "pair",
    [
        Pair("-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n", GOOD.key),
        Pair(GOOD.certificate, "-----BEGIN PRIVATE KEY-----\nrubbish\n-----END PRIVATE KEY-----\n"),
        # the files were mistaken for one another
        Pair(GOOD.key, GOOD.certificate),
    ],
    ids=["certificate", "key", "mistaken"],
)
def test_pem_that_cannot_be_read_is_refused_and_not_quoted(pair: Pair) -> None:
    with pytest.raises(Exception, match=r"web\.tls: certificate or key cannot be read \(") as refused:
        production(**files(pair))

    assert "rubbish" not in str(refused.value) and GOOD.key.splitlines()[1] not in str(refused.value)


def test_key_is_shown_to_nobody() -> None:
    settings = production(**files(GOOD))

    assert GOOD.key not in repr(settings) and settings.to_json()["web"]["tls"]["key"] == "**********"


def test_key_is_not_quoted_where_it_is_given_in_the_wrong_place() -> None:
    with pytest.raises(Exception, match=r"web\.tls") as refused:
        production(web={"tls": {"issuer": "files", "key": [GOOD.key]}})

    assert GOOD.key.splitlines()[1] not in str(refused.value)


@pytest.mark.parametrize(
    ("directory", "folder"),
    [
        ("https://acme-v02.api.letsencrypt.org/directory", "acme-v02.api.letsencrypt.org-directory"),
        ("https://acme.company.net:14000/dir", "acme.company.net-14000-dir"),
        ("https://ACME.company.net", "acme.company.net"),
        ("https://acme.company.net/a/B/", "acme.company.net-a-b"),
        # certmagic leaves out what is neither letter, digit nor one of _ @ . -, and hyphens at the ends of the path
        ("https://acme.company.net/-a-/B~c-/", "acme.company.net-a--bc"),
    ],
)
def test_certificates_are_where_caddy_keeps_those_of_the_acme_server(directory: str, folder: str) -> None:
    assert production(web={"tls": {"directory": directory}}).web.tls.storage == folder
