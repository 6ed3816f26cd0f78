"""What is proved on the lab's hosts is what a user gets: staging renders what production renders, with only names,
addresses and the certificate authority exchanged.
"""

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from envivo.config.lazy import merged
from envivo.core.paths import PROJECT as ROOT
from envivo.lab import staging as lab
from envivo.orchestration.environment import Environment, environment
from tests.unit.render.hosts import Texts, leaves, three_machines
from tests.unit.settings.environments import DOMAIN, EMAIL, TURN_DOMAIN, filled_in, password, shipped
from tests.unit.settings.pairs import signed

# others than the lab's: what is not exchanged is seen
VALUES = {
    "DOMAIN": DOMAIN,
    "ADDRESS": "203.0.113.10",
    "TURN_DOMAIN": TURN_DOMAIN,
    "TURN_ADDRESS": "203.0.113.11",
    "EMAIL": EMAIL,
}
DIFFERENT_SETTINGS = {
    "public_address", "web.domain", "web.tls.email", "turn.domain", "turn.address",  # names and addresses
    "web.tls.directory", "web.tls.directory_ca", "web.tls.root",  # the certificate authority
    "cameras.webcam.source",  # lab hosts have no camera
}  # fmt: skip

LAB_AUTHORITY = "no public authority vouches for the lab's ACME server, or signs its certificates"
NO_CAMERA = "lab hosts have no camera: the agent shows a test picture"
ONLY_IN_STAGING = {
    ("media", "/etc/envivo/caddy/tls/directory_ca.pem"): LAB_AUTHORITY,
    ("turn", "/etc/envivo/certificates/directory_ca.pem"): LAB_AUTHORITY,
    ("turn", "/etc/systemd/system/certbot.service.d/envivo.conf"): LAB_AUTHORITY,
    ("camera", "/etc/envivo/agent/authority.pem"): LAB_AUTHORITY,
}
DIFFERENT_LINES = {
    ("media", "/etc/envivo/caddy/Caddyfile"): {
        "+acme_ca_root /etc/caddy/tls/directory_ca.pem": LAB_AUTHORITY,
    },
    ("turn", "certbot"): {
        "-said=$(certbot": LAB_AUTHORITY,
        "+said=$(REQUESTS_CA_BUNDLE=/etc/envivo/certificates/directory_ca.pem": LAB_AUTHORITY,
        "+certbot": LAB_AUTHORITY,
    },
    ("camera", "/etc/envivo/agent/webcam.json"): {
        '+"ca": "/etc/envivo/agent/authority.pem",': LAB_AUTHORITY,
        '-"ca": "",': LAB_AUTHORITY,
        '+"kind": "test"': NO_CAMERA,
        '-"kind": "v4l2",': NO_CAMERA,
        '-"device": "/dev/video0",': NO_CAMERA,
        '-"format": "auto"': NO_CAMERA,
    },
}


@pytest.fixture
def production() -> Environment:
    return environment(**filled_in(VALUES)).read()


@pytest.fixture
def staging(monkeypatch: pytest.MonkeyPatch) -> Environment:
    """group_data/staging.py on the topology wan, with the passwords that these tests give to production."""
    monkeypatch.delenv("ENVIVO_TOPOLOGY", raising=False)
    for name in re.findall(r'\bsecret\("([\w-]+)"\)', (ROOT / "group_data" / "prod.py").read_text()):
        monkeypatch.setenv(f"ENVIVO_{Path(__file__).stem}_{name}".upper().replace("-", "_"), password(name))
    data = shipped("staging")["settings"].data
    # what the lab says of itself once it is up
    there = {
        "public_address": "198.51.100.10",
        "turn": {"address": "198.51.100.11"},
        "web": {"tls": {"directory_ca": signed("directory").certificate, "root": signed("root").certificate}},
    }
    return environment(**merged(data, there)).read()


def exchange(ours: Environment, theirs: Environment) -> dict[str, str]:
    """Each name, address and authority of `ours`, and what `theirs` has in its place; the longest first."""
    assert ours.turn and theirs.turn
    pairs = {
        ours.web.domain: theirs.web.domain,
        ours.public_address: theirs.public_address,
        ours.turn.domain: theirs.turn.domain,
        ours.turn.address: theirs.turn.address,
        ours.web.tls.email: theirs.web.tls.email,
        ours.web.tls.directory: theirs.web.tls.directory,
        ours.web.tls.storage: theirs.web.tls.storage,
    }
    assert len(pairs) == 7 and all(one != other for one, other in pairs.items())
    return {one: pairs[one] for one in sorted(pairs, key=len, reverse=True)}


def texts(settings: Environment, exchanged: Mapping[str, str] = MappingProxyType({})) -> Texts:
    """Revisions and checksums follow from the rest."""
    found: Texts = {}
    for name, text in three_machines(settings).items():
        text = text.replace("[.]", ".")  # in a regular expression
        for ours, theirs in exchanged.items():
            text = text.replace(ours, theirs)
        found[name] = re.sub(r"\b[0-9a-f]{64}\b", "SHA256", re.sub(r"envivo-[0-9a-f]{16}\b", "REVISION", text))
    return found


def differing(before: str, after: str) -> set[str]:
    """Lines that are in one of both alone: those that are gone with -, those that are new with +."""
    theirs, ours = ([line.strip() for line in text.splitlines()] for text in (before, after))
    return {f"{line[0]}{line[2:]}" for line in difflib.ndiff(theirs, ours) if line[0] in "+-"}


def test_lab_exchanges_names_addresses_and_the_authority_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENVIVO_TOPOLOGY", raising=False)

    assert {name for name, _ in leaves(lab.overrides())} == DIFFERENT_SETTINGS - {"cameras.webcam.source"}


def test_staging_has_every_setting_of_production(production: Environment, staging: Environment) -> None:
    theirs, ours = dict(leaves(production.to_json())), dict(leaves(staging.to_json()))

    assert ours.keys() == theirs.keys()
    assert {name for name, value in theirs.items() if ours[name] != value} == DIFFERENT_SETTINGS


def test_staging_brings_every_file_of_production_and_those_of_its_authority(
    production: Environment, staging: Environment
) -> None:
    assert texts(production).keys() - texts(staging).keys() == set()
    assert texts(staging).keys() - texts(production).keys() == set(ONLY_IN_STAGING)


def test_files_of_staging_differ_from_those_of_production_only_where_it_is_said(
    production: Environment, staging: Environment
) -> None:
    theirs, ours = texts(production), texts(staging, exchange(staging, production))

    different = {name: differing(text, ours[name]) for name, text in theirs.items() if text != ours[name]}

    assert different == {name: set(lines) for name, lines in DIFFERENT_LINES.items()}


def test_every_host_has_its_files_in_the_comparison(production: Environment) -> None:
    compared = {(host, name.rpartition("/")[2]) for host, name in texts(production)}

    assert compared >= {
        ("media", "mediamtx.yml"), ("media", "Caddyfile"), ("media", "compose.yml"), ("media", "monitor.curl"),
        ("media", "envivo-certificates"), ("media", "envivo-certificates.path"),
        ("turn", "turnserver.conf"), ("turn", "egress.nft"), ("turn", "envivo.conf"), ("turn", "certbot"),
        ("turn", "envivo-certificates"), ("turn", "envivo-certificates.service"),
        ("turn", "envivo-certificates.timer"),
        ("camera", "webcam.json"), ("camera", "envivo-agent@.service"),
    }  # fmt: skip


def test_no_name_or_address_of_staging_is_in_what_production_brings(
    production: Environment, staging: Environment
) -> None:
    rendered = three_machines(production)

    for ours in exchange(staging, production):
        assert [name for name, text in rendered.items() if ours in text] == [], ours


def test_secrets_of_staging_are_generated_and_those_of_production_are_not() -> None:
    assert shipped("staging")["settings"].generates
    assert not shipped("prod")["settings"].generates
