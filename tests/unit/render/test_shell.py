"""Shell scripts as shellcheck reads them: those of the checkout, and those that templates render."""

import subprocess
import sys
from collections.abc import Callable
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from envivo.core.paths import COMPOSE_FILE, STACK_LOCK
from envivo.lab import acme, vm
from envivo.lab.topology import TOPOLOGIES
from envivo.operations import engine, files, lease, prune, releases, stack, switch, units
from envivo.operations.certificates import wait_script
from envivo.orchestration.control import script as control
from envivo.orchestration.control.order import Verb
from envivo.roles.camera.desired import lives, why_not
from envivo.roles.certificates import desired as certificates
from envivo.roles.docker import removal
from envivo.roles.media import desired as media
from envivo.roles.media import guard, retention
from envivo.roles.turn import desired as turn
from envivo.state.containers import Container
from envivo.state.desired import Directory, File, Removable, RequiredCertificate, Service, ServiceConfig, Unit
from envivo.state.live_restore import CONFIG
from envivo.state.program import Program
from envivo.state.release import Brought, KeptFile, Release, ReleaseNumbers
from tests.unit.render.hosts import files_of
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import lab, production
from tests.unit.settings.hosts import certificates as certificates_of
from tests.unit.settings.hosts import endpoints

ROOT = Path(__file__).parents[3]
SHELLCHECK = Path(sys.executable).with_name("shellcheck")
CHECKOUT = [ROOT / ".ci/run", *sorted(ROOT.glob("*.sh")), *sorted(ROOT.glob("tests/bench/*.sh"))]


def _certificates() -> list[str]:
    needed = [certificates_of(production(), [role]) for role in ("media", "turn")]
    return [files_of(certificates.files(pairs))[certificates.SCRIPT] for pairs in needed if pairs]


def _media_switch() -> list[str]:
    configs = [config(settings.media, ARTIFACTS) for config in (media.mediamtx_config, media.caddy_config)
               for settings in (lab(), production())]  # fmt: skip
    return [config.script for config in configs]


def _stack() -> list[str]:
    return [files_of([*guard.files(COMPOSE_FILE, ["mediamtx", "web"])])[guard.SCRIPT]]


def _retention() -> list[str]:
    return [retention.script(lab().media)]


def _addresses() -> list[str]:
    home = "home.dyndns.org"
    settings = production(public_address=home, turn={"address": home, "listen_address": "10.0.0.7"})
    assert settings.turn
    its, theirs = media.followed(settings.media), turn.followed(settings.turn, endpoints(settings))
    return [
        files_of(its.files())[its.script],
        files_of(turn.files(settings.turn, endpoints(settings)))[theirs.script],
    ]


def _turn_switch() -> list[str]:
    settings = production()
    return [turn.config(settings.turn, endpoints(settings)).script] if settings.turn else []


def _converge() -> list[str]:
    wanted = {"web": Service("envivo-1", "sha256:1", "curl http://127.0.0.1:8079/", "envivo-2", "caddy")}
    former = Container("old", "False", "running", "healthy", "", "", "", "1", "abc", "envivo-old-1")
    return [stack.converge_script(COMPOSE_FILE, "envivo", STACK_LOCK, wanted, [former])]


def _release() -> tuple[Release, Brought]:
    name = "envivo-a@b.service"
    plain = File("/etc/envivo/a b", b"1")
    config = ServiceConfig("/etc/envivo/c", "2", "640", "root", "root", "envivo-2", "curl -s http://127.0.0.1/", "cat")
    kept = [KeptFile(file.path, file.sha256, file.mode, file.owner, file.group) for file in (plain, config)]
    steps = [
        files.put_back([Directory("/etc/envivo"), plain]),
        switch.put_back(config),
        units.put_back([Unit(name, ("/etc/envivo/a b",), "/etc/envivo/c", "", "nft list table x")], ["envivo-a@*"]),
        prune.put_back([Removable("old", ["/etc/old"], ["old.service"])]),
    ]
    images = {"envivo/web:1": "sha256:1"}
    numbered = {str(number): step for number, step in enumerate(steps)}
    brought = Brought({file.path: file for file in kept}, images, {name: None}, numbered)
    return Release(3, "2026-11-30T10:00:00+00:00", "a@b", "1", "abc", kept, images, [name]), brought


def _keep_release() -> list[str]:
    return [releases.keep(*_release(), "{}", ReleaseNumbers(2, "", range(1, 9)))[0]]


def _restore() -> list[str]:
    return [releases.program(3, _release()[1])]


def _control() -> list[str]:
    programs = [Program("mediamtx", "", service="mediamtx"), Program("coturn", "", unit="coturn.service")]
    agent = Program("yard", "", "envivo-agent@yard.service", lives=lives("yard"), why_not=why_not("yard"))
    return [control.script(verb, [*programs, agent], "alice@laptop", lease.beside("{}")) for verb in Verb]


def _wait() -> list[str]:
    needed = [RequiredCertificate("video.company.net", "/etc/envivo/web/server.crt", "/var/lib/envivo/web.crt")]
    return [wait_script(needed, certificates.SCRIPT, "journalctl -u envivo-certificates | tail -n 1", 60)]


def _acme(name: str) -> list[str]:
    wan = TOPOLOGIES["wan"]
    ranges = {network.name: IPv4Network(network.ranges[0]) for network in wan.networks}
    return [file.content.decode() for file in acme.files(wan, ranges) if file.path.endswith(f"/{name}")]


RENDERED: dict[str, Callable[[], list[str]]] = {
    "address/envivo-address.sh.j2": _addresses,
    "certificates/envivo-certificates.sh.j2": _certificates,
    "lab/acme-install.sh.j2": lambda: _acme("install"),
    "lab/acme-names.sh.j2": lambda: _acme("names"),
    "lab/vm.sh.j2": lambda: [vm._START_SCRIPT],
    "media/envivo-retention.sh.j2": _retention,
    "operations/control.sh.j2": _control,
    "operations/converge.sh.j2": _converge,
    "operations/live-restore.sh.j2": lambda: [engine.script(CONFIG, write) for write in (True, False)],
    "operations/no-live-restore.sh.j2": lambda: [removal.added().purge],
    "operations/keep-release.sh.j2": _keep_release,
    "operations/restore.sh.j2": _restore,
    "operations/wait-certificates.sh.j2": _wait,
    "media/envivo-stack.sh.j2": _stack,
    "media/switch.sh.j2": _media_switch,
    "turn/switch.sh.j2": _turn_switch,
}


def shellcheck(script: str, *options: str) -> str:
    """The findings, one a line."""
    done = subprocess.run(
        [SHELLCHECK, "--norc", "--format=gcc", *options, "-"], input=script, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_shellcheck_finds_a_variable_that_the_shell_would_split() -> None:
    assert "SC2086" in shellcheck("rm $1\n", "--shell=sh")


@pytest.mark.parametrize("script", CHECKOUT, ids=lambda script: str(script.relative_to(ROOT)))
def test_script_of_the_checkout_has_no_finding(script: Path) -> None:
    assert shellcheck(script.read_text(encoding="utf-8")) == ""


def test_every_script_template_is_rendered_here() -> None:
    templates = ROOT / "templates"
    assert {str(file.relative_to(templates)) for file in templates.rglob("*.sh.j2")} == RENDERED.keys()


@pytest.mark.parametrize("template", RENDERED)
def test_rendered_script_has_no_finding(template: str) -> None:
    scripts = RENDERED[template]()
    assert scripts
    # hosts run them with /bin/sh, Debian's dash, whether or not their first line says so
    assert [shellcheck(script, "--shell=sh") for script in scripts] == [""] * len(scripts)
