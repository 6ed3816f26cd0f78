"""The Caddyfile where the page has a name: certificates of each issuer, other names, recordings for people."""

import re

import bcrypt
import pytest

from envivo.orchestration.environment import Environment
from envivo.roles.media import desired, doors
from envivo.state.desired import ServiceConfig
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import (
    ADDRESS,
    DOMAIN,
    EMAIL,
    PASSWORD,
    TURN_DOMAIN,
    lab,
    password,
    production,
)
from tests.unit.settings.pairs import authority, signed

PAIR = signed(DOMAIN, TURN_DOMAIN)
OTHER_PAIR = signed(DOMAIN, TURN_DOMAIN, days=60)
OURS, THEIRS = authority(), authority("another")
ISSUERS: dict[str, dict[str, str]] = {
    "acme": {},
    "acme with an authority of its own": {
        "directory": "https://acme.company.net:14000/dir", "directory_ca": PAIR.certificate, "root": PAIR.certificate
    },
    "internal": {"issuer": "internal", "root": OURS.certificate, "root_key": OURS.key},
    "files": {"issuer": "files", "certificate": PAIR.certificate, "key": PAIR.key},
}  # fmt: skip
SNIPPETS = {"(headers)", "(refused)", "(refusals)", "(routes)", "(certificate)"}
HSTS = "Strict-Transport-Security max-age="


def with_tls(issuer: str, **more: str) -> Environment:
    return production(web={"tls": {**ISSUERS[issuer], **more}})


def config(settings: Environment, turn_here: bool = False) -> ServiceConfig:
    names = [settings.turn.domain] if turn_here and settings.turn else []
    return desired.caddy_config(settings.media, ARTIFACTS, names)


def blocks(text: str) -> dict[str, list[str]]:
    """The lines in each outermost block, by the word before its brace; that of the global options has none."""
    found: dict[str, list[str]] = {}
    opened: list[str] = []
    name = ""
    for line in text.splitlines():
        code = line.strip()
        if code.startswith("#"):
            continue
        if code == "}":
            opened.pop()
        if opened:
            found[name].append(code)
        if code.endswith("{"):
            if not opened:
                name = code.removesuffix("{").strip()
                found[name] = []
            opened.append(code)
    assert opened == []
    return found


AUTHORITY = with_tls("internal").web.tls.storage


@pytest.mark.parametrize("issuer", ISSUERS)
def test_page_is_at_its_name_and_at_no_port_without_tls(issuer: str) -> None:
    sites = blocks(config(with_tls(issuer)).content)

    assert set(sites) == {*SNIPPETS, "", "http://127.0.0.1:8079", DOMAIN, "https://"}
    assert "auto_https off" not in sites[""]
    assert "import routes" in sites[DOMAIN]


@pytest.mark.parametrize(
    ("issuer", "options", "site"),
    [
        ("acme", ["acme_ca https://acme-v02.api.letsencrypt.org/directory", f"email {EMAIL}"], []),
        ("acme with an authority of its own",
         ["acme_ca https://acme.company.net:14000/dir", "acme_ca_root /etc/caddy/tls/directory_ca.pem",
          f"email {EMAIL}"], []),
        ("internal",
         ["pki {", f"ca {AUTHORITY} {{", "cert /etc/caddy/tls/root.pem", "key /etc/caddy/tls/root_key.pem"],
         ["tls {", "issuer internal {", f"ca {AUTHORITY}"]),
        ("files", [], ["tls /etc/caddy/tls/certificate.pem /etc/caddy/tls/key.pem"]),
    ],
)  # fmt: skip
def test_certificate_comes_from_the_issuer_and_from_nobody_else(
    issuer: str, options: list[str], site: list[str]
) -> None:
    sites = blocks(config(with_tls(issuer)).content)

    of_issuers = re.compile(r"acme_|email |pki |ca |cert |key ")
    assert [line for line in sites[""] if of_issuers.match(line)] == options
    assert [line for line in sites["(certificate)"] if line != "}"] == site
    assert sites[DOMAIN] == ["import certificate", "import routes"]


def test_account_without_an_email_address_is_made_without() -> None:
    assert "email" not in config(with_tls("acme", email="")).content


@pytest.mark.parametrize(
    ("settings", "insisted"),
    [(lab(), False), *((with_tls(issuer), issuer != "internal") for issuer in ISSUERS)],
    ids=["lab", *ISSUERS],
)
def test_browsers_are_held_to_tls_where_the_certificate_is_a_real_one(settings: Environment, insisted: bool) -> None:
    # with an authority of one's own, a browser that does not know it could then not be let in at all
    assert (HSTS in config(settings).content) is insisted


@pytest.mark.parametrize("settings", [lab(), *map(with_tls, ISSUERS)], ids=["lab", *ISSUERS])
def test_answers_of_every_site_have_the_headers_and_the_host_keeps_its_trust_store(settings: Environment) -> None:
    sites = blocks(config(settings, turn_here=True).content)
    assert "skip_install_trust" in sites[""]
    headers = " ".join(sites["(headers)"])

    for header in ("Content-Security-Policy", "X-Content-Type-Options nosniff", "Referrer-Policy no-referrer",
                   "-Server", "-Via"):  # fmt: skip
        assert header in headers
    for name, lines in sites.items():
        if not name.startswith(("(", "http://127.0.0.1")) and name:
            assert "import routes" in lines or "import headers" in lines, name
    assert sites["(routes)"].count("import headers") == 2, "of errors, too"


@pytest.mark.parametrize("issuer", ISSUERS)
def test_caddy_gets_the_certificate_of_a_coturn_beside_it(issuer: str) -> None:
    sites = blocks(config(with_tls(issuer), turn_here=True).content)

    assert sites[TURN_DOMAIN] == ["import certificate", "import headers", "error 404"]


def test_caddy_asks_for_no_name_of_another_host_and_for_none_twice() -> None:
    assert TURN_DOMAIN not in config(production()).content
    same = production(turn={"domain": DOMAIN, "address": ADDRESS})
    assert config(same, turn_here=True) == config(same)


def test_another_authority_is_a_new_configuration_and_has_a_name_of_its_own() -> None:
    """Caddy would else go on with what the former one signed."""
    other = with_tls("internal", root=THEIRS.certificate, root_key=THEIRS.key)

    assert other.web.tls.storage != with_tls("internal").web.tls.storage
    assert config(other).revision != config(with_tls("internal")).revision


def test_new_certificate_file_is_a_new_configuration() -> None:
    before = config(with_tls("files"))
    after = config(with_tls("files", certificate=OTHER_PAIR.certificate, key=OTHER_PAIR.key))

    assert before.revision != after.revision


@pytest.mark.parametrize("issuer", ISSUERS)
def test_files_that_the_caddyfile_names_are_brought_and_no_others(issuer: str) -> None:
    settings = with_tls(issuer)

    named = set(re.findall(r"/etc/caddy/tls/(\w+\.pem)", config(settings).content))

    brought = {one.path.removeprefix(f"{desired.CADDY_TLS}/"): one for one in desired.access(settings.media)}
    assert {name for name in brought if name.endswith(".pem")} == named
    for name in named:
        one = brought[name]
        assert (one.mode, one.owner, one.group) == ("640", "root", "envivo")


def test_lab_brings_no_certificate() -> None:
    files = [one.path for one in desired.access(lab(web={"tls": ISSUERS["files"]}).media)]

    assert not any(one.endswith(".pem") for one in files)


CHIEF = {"user": "chief", "password": f"{PASSWORD}-chief"}
PUBLISHED = {"publisher": {"user": "door", "password": f"{PASSWORD}-door"}}


def recordings(settings: Environment) -> list[tuple[str, dict[str, str]]]:
    """In order: what is matched, and who may look at it with which hash; the lists above the paths last."""
    lines = blocks(config(settings).content)["(routes)"]
    found: list[tuple[str, dict[str, str]]] = []
    for number, line in enumerate(lines):
        if match := re.fullmatch(r"@((?:recordings|list)\d+) path (.*)", line):
            name, matched = match.groups()
            assert lines[number + 1] == f"handle @{name} {{"
            found.append((matched, people(lines, name)))
    return found


def people(lines: list[str], name: str) -> dict[str, str]:
    """Who is asked for a password there, but the account of nobody that is always among them."""
    if f"@{name}_stranger {{" not in lines:
        return {}
    rest = lines[lines.index(f"@{name}_stranger {{") :]
    rest = rest[rest.index("basic_auth {") + 1 :]
    accounts = dict(entry.split() for entry in rest[: rest.index("}")])
    nobodys = accounts.pop(f'"{doors.NOBODY}"')
    assert {hash_[:7] for hash_ in accounts.values()} == {nobodys[:7]}, "one cost for all"
    return accounts


def test_recordings_are_for_those_who_may_look_at_them_the_deepest_path_first() -> None:
    paths = {
        "live": PUBLISHED,
        "live/door": {**PUBLISHED, "recordings": [CHIEF]},
        "live/door/bell": {**PUBLISHED, "viewers": [CHIEF], "recordings": [{**CHIEF, "user": "guard"}]},
    }

    found = recordings(production(mediamtx={"paths": paths}))

    assert [(matched, set(people)) for matched, people in found] == [
        ("/recordings/live/door/bell /recordings/live/door/bell/*", {"guard"}),
        ("/recordings/live/door /recordings/live/door/*", {"chief"}),
        ("/recordings/live /recordings/live/*", set()),
        ("/recordings/webcam /recordings/webcam/*", {"viewer"}),
        # the lists above them; what is of no path, nobody sees
        ("/recordings/", {"guard", "chief", "viewer"}),
    ]


def test_recordings_ask_for_the_password_of_the_settings() -> None:
    (_, of_webcam), (_, of_all) = recordings(production())

    assert of_webcam == of_all and set(of_webcam) == {"viewer"}
    assert bcrypt.checkpw(password("view-webcam").encode(), of_webcam["viewer"].encode())
    assert not bcrypt.checkpw(password("publish-webcam").encode(), of_webcam["viewer"].encode())


def test_recordings_of_the_lab_are_for_everybody() -> None:
    assert recordings(lab()) == [("/recordings/webcam /recordings/webcam/*", {}), ("/recordings/", {})]


@pytest.mark.parametrize("issuer", ISSUERS)
def test_caddyfile_holds_no_secret_but_how_to_ask_the_api(issuer: str) -> None:
    text = config(with_tls(issuer), turn_here=True).content
    asking = f"Bearer monitor:{password('monitor')}"

    assert text.count(asking) == 1
    assert PASSWORD not in text.replace(asking, "") and "BEGIN" not in text


def test_status_is_for_those_who_may_watch() -> None:
    paths = {"live/door": {**PUBLISHED, "viewers": [CHIEF]}, "open": PUBLISHED}
    lines = [line.strip() for line in config(production(mediamtx={"paths": paths})).content.splitlines()]

    found = {}
    for number, line in enumerate(lines):
        if match := re.fullmatch(r"@status\d+ path /api/paths/(\S+)", line):
            found[match[1]] = people(lines, lines[number].split()[0].removeprefix("@"))
    assert {name: set(people) for name, people in found.items()} == {
        "webcam": {"viewer"},
        "live/door": {"chief"},
        "open": set(),
    }
    assert bcrypt.checkpw(password("view-webcam").encode(), found["webcam"]["viewer"].encode())
