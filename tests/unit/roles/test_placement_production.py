"""Which host does what where there are names, certificates and a relay; and what of it goes when it is not wanted."""

from collections.abc import Sequence
from typing import Any

import pytest

from envivo.orchestration import placement
from envivo.orchestration.environment import Environment
from envivo.roles.camera import settings as camera
from envivo.roles.certificates import settings as certificates
from envivo.roles.media import bans
from envivo.roles.media import settings as media
from envivo.roles.media.desired import CERTIFICATE as MEDIAMTX_CERTIFICATE
from envivo.roles.role import Groups, Needs
from envivo.roles.turn import settings as turn
from envivo.roles.turn.desired import CERTIFICATE as COTURN_CERTIFICATE
from envivo.state.desired import Listener
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import (
    ADDRESS,
    DOMAIN,
    EMAIL,
    TURN_ADDRESS,
    TURN_DOMAIN,
    lab,
    one_machine,
    production,
)
from tests.unit.settings.hosts import certificates as certificates_of
from tests.unit.settings.hosts import context
from tests.unit.settings.hosts import needs as needs_of
from tests.unit.settings.pairs import authority, signed

PAIR, OURS = signed(DOMAIN, TURN_DOMAIN), authority()
FILES = {"web": {"tls": {"issuer": "files", "certificate": PAIR.certificate, "key": PAIR.key}}}
INTERNAL = {"web": {"tls": {"issuer": "internal", "root": OURS.certificate, "root_key": OURS.key}}}
STORAGE = production(**INTERNAL).web.tls.storage
OWN_ACME = {"web": {"tls": {"directory": "https://acme.company.net:14000/dir", "directory_ca": PAIR.certificate}}}
ALL = ("media", "turn", "cameras")
THREE: Groups = {"media": ["media"], "turn": ["turn"], "cameras": ["camera"]}
ONE: Groups = {"media": ["media"], "turn": ["media"], "cameras": ["media"]}

CADDYS = "/var/lib/envivo/caddy/caddy/certificates"
LETS_ENCRYPT = f"{CADDYS}/acme-v02.api.letsencrypt.org-directory"
GIVEN = "/etc/envivo/certificates"


@pytest.mark.parametrize(
    ("settings", "groups"),
    [
        (production(), THREE),
        (one_machine(), ONE),
        (production(**FILES), THREE),
        (production(**INTERNAL), ONE),
        (production(turn=None), {"media": ["media"], "cameras": ["camera"]}),
        (production(turn=None, **INTERNAL), {"media": ["media"], "cameras": ["camera"]}),
        # cameras elsewhere find @local by its name
        (production(turn=None), {"media": ["@local"], "cameras": ["camera"]}),
    ],
)
def test_placement_that_fits_is_accepted(settings: Environment, groups: Groups) -> None:
    assert not list(placement.problems("prod", settings, groups))


@pytest.mark.parametrize(
    ("settings", "groups", "findings"),
    [
        (production(), {"media": ["media"], "cameras": ["camera"]},
         ["inventories/prod.py: turn: needs exactly one host (has 0) because group_data/prod.py configures turn"]),
        (production(), {**THREE, "turn": ["a", "b"]},
         ["inventories/prod.py: turn: needs exactly one host (has 2) because group_data/prod.py configures turn"]),
        (production(turn=None), THREE,
         ["group_data/prod.py: turn: is required, since inventories/prod.py has hosts in the group turn"]),
        (lab(), {"media": ["m"], "turn": ["m"], "cameras": ["m"]},
         ["group_data/prod.py: turn: is required, since inventories/prod.py has hosts in the group turn"]),
        (production(**INTERNAL), THREE,
         ["group_data/prod.py: web.tls.issuer: must be acme or files: Caddy makes internal certificates only on the "
          "media host, but turn runs on another host"]),
    ],
)  # fmt: skip
def test_placement_that_does_not_fit_is_refused(settings: Environment, groups: Groups, findings: list[str]) -> None:
    assert [str(problem) for problem in placement.problems("prod", settings, groups)] == findings


def needs(settings: Environment, *roles: str) -> Needs:
    return needs_of(settings, roles, ARTIFACTS if "media" in roles else None)


def test_media_host_must_have_its_name_and_the_ports_of_tls() -> None:
    wanted = needs(production(), "media")

    assert wanted.names == {DOMAIN: ADDRESS}
    assert set(certificates.PACKAGES) <= set(wanted.packages) and "coturn" not in wanted.packages
    assert {80, 443, 1936, 8322} <= {one.port for one in wanted.ports}
    assert 8080 not in {one.port for one in wanted.ports}
    # behind a router, its public address is on no interface
    assert wanted.addresses == {}
    assert set(bans.PACKAGES) <= set(wanted.packages)
    # a host that had none before does not get one that watches its sshd
    assert wanted.masked == {"fail2ban": "fail2ban.service"}


@pytest.mark.parametrize(
    ("more", "addresses"),
    [
        ({}, {TURN_ADDRESS: "turn.address"}),
        ({"turn": {"listen_address": "10.0.0.5"}}, {"10.0.0.5": "turn.listen_address"}),
    ],
)
def test_turn_host_must_have_its_name_address_and_ports(more: dict[str, Any], addresses: dict[str, str]) -> None:
    wanted = needs(production(**more), "turn")

    assert wanted.names == {TURN_DOMAIN: TURN_ADDRESS}
    assert wanted.addresses == addresses
    assert {one.setting for one in wanted.ports} >= {"turn.port", "turn.tls_port"}
    assert {"coturn", "nftables", "openssl"} <= set(wanted.packages)
    assert (wanted.images, wanted.provided, wanted.systems) == ([], {}, ["debian-13"])
    # the package would start a relay of its own before ours is written
    assert wanted.masked == {"coturn": "coturn.service"}


@pytest.mark.parametrize(
    ("more", "roles", "asks"),
    [
        ({}, ["turn"], True),
        ({}, ["turn", "cameras"], True),
        (OWN_ACME, ["turn"], True),
        # Caddy asks, and has port 80 anyway
        ({}, ["media", "turn"], False),
        (FILES, ["turn"], False),
        ({}, ["media"], False),
        ({}, ["cameras"], False),
    ],
)
def test_certbot_asks_where_there_is_no_caddy_and_needs_port_80(
    more: dict[str, Any], roles: list[str], asks: bool
) -> None:
    wanted, placed = needs(production(**more), *roles), certificates_of(production(**more), roles)

    assert ("certbot" in wanted.packages) is asks
    assert (placed is not None and placed.certbot is not None) is asks
    assert (Listener("turn.domain", 80) in wanted.ports) is asks


def test_one_machine_needs_what_all_three_need_and_no_certbot() -> None:
    wanted = needs(one_machine(), *ALL)

    assert set(wanted.packages) >= {*media.PACKAGES, *camera.PACKAGES, *turn.PACKAGES, *certificates.PACKAGES}
    assert len(wanted.packages) == len(set(wanted.packages)) and "certbot" not in wanted.packages
    assert wanted.systems == ["debian-13"]
    assert wanted.names == {DOMAIN: ADDRESS} and wanted.addresses == {ADDRESS: "turn.address"}
    assert {account.name for account in wanted.accounts} == {"envivo", "envivo-agent"}


@pytest.mark.parametrize("settings", [lab(), production()], ids=["lab", "production"])
def test_camera_host_needs_no_name_and_no_certificate(settings: Environment) -> None:
    wanted = needs(settings, "cameras")

    assert set(wanted.packages) == set(camera.PACKAGES)
    assert (wanted.names, wanted.addresses, wanted.ports, wanted.masked) == ({}, {}, [], {})
    assert (wanted.images, wanted.provided, wanted.systems) == ([], {}, ["debian-12", "debian-13"])
    assert certificates_of(settings, ["cameras"]) is None


def test_lab_needs_no_name_and_no_certificate() -> None:
    wanted = needs(lab(), "media", "cameras")

    assert (wanted.names, wanted.addresses, wanted.masked) == ({}, {}, {})
    assert certificates_of(lab(), ["media", "cameras"]) is None
    assert "openssl" not in wanted.packages


@pytest.mark.parametrize(
    ("settings", "roles", "sources"),
    [
        (production(), ["media"],
         [(DOMAIN, f"{LETS_ENCRYPT}/{DOMAIN}/{DOMAIN}.crt", MEDIAMTX_CERTIFICATE)]),
        (production(), ["turn"],
         [(TURN_DOMAIN, f"/etc/letsencrypt/live/{TURN_DOMAIN}/fullchain.pem", COTURN_CERTIFICATE)]),
        (production(), ["media", "turn"],
         [(DOMAIN, f"{LETS_ENCRYPT}/{DOMAIN}/{DOMAIN}.crt", MEDIAMTX_CERTIFICATE),
          (TURN_DOMAIN, f"{LETS_ENCRYPT}/{TURN_DOMAIN}/{TURN_DOMAIN}.crt", COTURN_CERTIFICATE)]),
        (one_machine(), ALL,
         [(DOMAIN, f"{LETS_ENCRYPT}/{DOMAIN}/{DOMAIN}.crt", MEDIAMTX_CERTIFICATE),
          (DOMAIN, f"{LETS_ENCRYPT}/{DOMAIN}/{DOMAIN}.crt", COTURN_CERTIFICATE)]),
        (production(**OWN_ACME), ["media"],
         [(DOMAIN, f"{CADDYS}/acme.company.net-14000-dir/{DOMAIN}/{DOMAIN}.crt", MEDIAMTX_CERTIFICATE)]),
        (production(**INTERNAL), ["media", "turn"],
         [(DOMAIN, f"{CADDYS}/{STORAGE}/{DOMAIN}/{DOMAIN}.crt", MEDIAMTX_CERTIFICATE),
          (TURN_DOMAIN, f"{CADDYS}/{STORAGE}/{TURN_DOMAIN}/{TURN_DOMAIN}.crt", COTURN_CERTIFICATE)]),
        (production(**FILES), ["media"], [(DOMAIN, f"{GIVEN}/certificate.pem", MEDIAMTX_CERTIFICATE)]),
        (production(**FILES), ["turn"], [(TURN_DOMAIN, f"{GIVEN}/certificate.pem", COTURN_CERTIFICATE)]),
    ],
)  # fmt: skip
def test_each_service_gets_the_certificate_of_its_name_from_who_obtains_it(
    settings: Environment, roles: Sequence[str], sources: list[Any]
) -> None:
    placed = certificates_of(settings, roles)

    assert placed is not None
    assert [(one.name, one.certificate, one.installed) for one in placed.sources] == sources
    for one in placed.sources:
        assert one.key.rpartition("/")[0] == one.folder and one.key != one.certificate
    assert [(one.name, one.certificate) for one in placed.needed] == [
        (name, f"{installed.directory}/server.crt") for name, _, installed in sources
    ]


def test_certbot_asks_the_server_of_the_settings() -> None:
    public, own = (certificates_of(production(**more), ["turn"]) for more in ({}, OWN_ACME))

    assert public and public.certbot and own and own.certbot
    assert (public.certbot.name, public.certbot.email, public.certbot.ca_file) == (TURN_DOMAIN, EMAIL, "")
    assert public.certbot.directory == certificates.LETS_ENCRYPT
    assert (own.certbot.directory, own.certbot.ca_file) == (
        "https://acme.company.net:14000/dir", f"{GIVEN}/directory_ca.pem"
    )  # fmt: skip
    assert own.directory_ca == PAIR.certificate


def test_files_of_ones_own_are_given_where_they_are_the_issuer() -> None:
    placed = certificates_of(production(**FILES), ["turn"])
    assert placed and dict(placed.provided) == {"certificate.pem": PAIR.certificate, "key.pem": PAIR.key}

    other = certificates_of(production(), ["media"])
    assert other and not other.provided


BANS = "bans of addresses that guess passwords"
NO_TLS = {"certificates", "certificate of MediaMTX", "trust of certbot", "ports below 1024", BANS}
OF_NAMES = {"the addresses of mediamtx", "the addresses of coturn"}
"""Where public_address and turn.address are no names."""
NO_MEDIA = {"MediaMTX and Caddy", "the recordings' mount", "the recordings' budget", "limits of connections"}


@pytest.mark.parametrize(
    ("settings", "roles", "names"),
    [
        (lab(), ["media", "cameras"], {*NO_TLS, "coturn"}),
        (lab(), ["media"], {*NO_TLS, "coturn", "camera agents"}),
        (lab(), ["cameras"], {*NO_TLS, *NO_MEDIA, "coturn"}),
        (production(), ["media"], {"coturn", "trust of certbot", "camera agents"}),
        (production(), ["turn"],
         {*NO_MEDIA, BANS, "ports below 1024", "certificate of MediaMTX", "trust of certbot", "camera agents"}),
        (production(), ["cameras"], {*NO_TLS, *NO_MEDIA, "coturn"}),
        (one_machine(), ALL, {"trust of certbot"}),
        (production(turn=None), ["media", "cameras"], {"coturn", "trust of certbot"}),
        (production(), [], {*NO_TLS, *NO_MEDIA, "coturn", "camera agents"}),
    ],
)  # fmt: skip
def test_what_the_roles_of_a_host_do_not_want_is_removed(
    settings: Environment, roles: list[str], names: set[str]
) -> None:
    assert {one.name for one in placement.to_remove(settings, context(settings, roles))} == names | OF_NAMES


@pytest.mark.parametrize(
    ("settings", "roles"),
    [
        *((lab(), roles) for roles in (["media"], ["cameras"], ["media", "cameras"])),
        *((production(), roles) for roles in (["media"], ["turn"], ["cameras"], ["media", "turn"])),
        (one_machine(), ALL),
    ],
)
def test_nothing_that_is_wanted_is_removed_and_no_state(settings: Environment, roles: Sequence[str]) -> None:
    removed = {path for one in placement.to_remove(settings, context(settings, roles)) for path in one.paths}
    placed = certificates_of(settings, roles)
    wanted = (
        [file for one in placed.sources for file in (one.installed.certificate, one.installed.key)] if placed else []
    )

    for path in removed:
        assert not any(file == path or file.startswith(f"{path}/") for file in wanted), path
        assert path.count("/") > 2 and not path.startswith("/var/lib/envivo"), path


def test_each_leftover_is_found_by_its_paths_and_ended_where_it_runs() -> None:
    everything = placement.to_remove(lab(), context(lab(), []))

    assert all(one.paths for one in everything)
    # of these nothing runs
    nothing_runs = {one.name for one in everything if not (one.units or one.teardown)}
    assert nothing_runs == {"certificate of MediaMTX", "trust of certbot"}
