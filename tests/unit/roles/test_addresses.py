"""Names whose address changes: what the unit on a host makes of the DNS, tried in the shell with a host's programs."""

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from envivo.inventory import Host, Inventory
from envivo.operations.preflight import HostFacts, violations
from envivo.orchestration.environment import Environment
from envivo.orchestration.target import places
from envivo.remote import CommandResult, RemoteShell
from envivo.roles import address_checks
from envivo.roles.addresses import Followed
from envivo.roles.media import desired as media
from envivo.roles.turn import desired as turn
from envivo.verify.engine import Observation
from envivo.verify.findings import Finding
from tests.unit.operations.programs import Programs
from tests.unit.render.hosts import files_of
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import ADDRESS, DOMAIN, drafted, lab, one_machine, production
from tests.unit.settings.hosts import endpoints

HOME = "home.dyndns.org"
HERE = "192.168.1.10"
MOVING = {"public_address": HOME, "turn": {"address": HOME, "listen_address": HERE}}

GETENT = r"""
file="$DNS/$2"
[ -e "$file" ] || exit 2
case $1 in
ahostsv4) grep -F . "$file" | grep -v : | sed 's/$/ STREAM x/' ;;
# as glibc does for a name without an AAAA record
ahostsv6) grep -F : "$file" || sed 's/.*/::ffff:& STREAM x/' "$file" ;;
esac
"""


class Machine:
    """The script of a service, on a host whose DNS and programs are files."""

    def __init__(self, directory: Path, script: str, state: str) -> None:
        self.kept, self.dns = directory / "kept", directory / "dns"
        self.kept.mkdir()
        self.dns.mkdir()
        self.programs = Programs(directory)
        self.programs.add("getent", GETENT)
        self.programs.add("systemd-notify")
        self.programs.add("systemctl", 'case $1 in show) cat "$DNS/../pid" ;; esac')
        self.programs.add("sleep", "kill $PPID")  # one look is enough
        self.pid, self.proc = directory / "pid", directory / "proc"
        self.pid.write_text("0")
        self.script = script.replace(state, str(self.kept)).replace("/proc/", f"{self.proc}/")

    def resolves(self, name: str, *found: str) -> None:
        file = self.dns / name
        if found:
            file.write_text("".join(f"{address}\n" for address in found))
        else:
            file.unlink(missing_ok=True)

    def runs(self, *options: str) -> None:
        """The service has been started with these options."""
        self.pid.write_text("42")
        (self.proc / "42").mkdir(parents=True, exist_ok=True)
        (self.proc / "42" / "cmdline").write_text("\0".join(["turnserver", "-c", "x", *options, ""]))

    def look(self) -> str:
        """What it logs."""
        environment = {"PATH": self.programs.path, "DNS": str(self.dns)}
        done = subprocess.run(["sh", "-c", self.script], env=environment, capture_output=True, text=True, check=False)
        assert "--ready" in (self.programs.calls[-2])
        return done.stdout + done.stderr

    def read(self, name: str) -> str:
        return (self.kept / name).read_text()

    @property
    def restarts(self) -> int:
        return sum(call.startswith("systemctl restart --no-block coturn") for call in self.programs.calls)


def of_mediamtx(directory: Path) -> Machine:
    its = media.followed(production(**MOVING).media)
    return Machine(directory, files_of(its.files())[its.script], its.state)


def of_coturn(directory: Path, settings: Environment) -> Machine:
    assert settings.turn
    its = turn.followed(settings.turn, endpoints(settings))
    return Machine(directory, files_of(turn.files(settings.turn, endpoints(settings)))[its.script], its.state)


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        (["198.51.100.7"], ["198.51.100.7"]),
        (["198.51.100.7", "2001:db8::7"], ["198.51.100.7", "2001:db8::7"]),
        (["2001:db8::7"], ["2001:db8::7"]),
        (["198.51.100.8", "198.51.100.7"], ["198.51.100.7", "198.51.100.8"]),
        # what the host calls itself, and what nobody else reaches
        (["127.0.1.1", "fe80::1", "::1"], []),
    ],
)
def test_addresses_of_both_families_are_in_the_hosts_file(tmp_path: Path, found: list[str], lines: list[str]) -> None:
    machine = of_mediamtx(tmp_path)
    machine.resolves(HOME, *found)
    machine.look()

    assert machine.read("hosts").splitlines() == [
        "127.0.0.1 localhost", "::1 localhost", *(f"{address} {HOME}" for address in lines)
    ]  # fmt: skip


def test_change_is_written_into_the_very_file_that_the_container_has(tmp_path: Path) -> None:
    machine = of_mediamtx(tmp_path)
    machine.resolves(HOME, "198.51.100.7")
    machine.look()
    inode = (machine.kept / "hosts").stat().st_ino
    machine.resolves(HOME, "203.0.113.9")

    assert f"{HOME} is 203.0.113.9" in machine.look()
    assert machine.read("hosts").splitlines()[2:] == [f"203.0.113.9 {HOME}"]
    assert (machine.kept / "hosts").stat().st_ino == inode
    assert machine.look() == ""


def test_name_that_does_not_resolve_keeps_what_it_was_and_says_so_once(tmp_path: Path) -> None:
    machine = of_mediamtx(tmp_path)
    machine.resolves(HOME, "198.51.100.7")
    machine.look()
    machine.resolves(HOME)

    assert f"{HOME} does not resolve, what it was is kept: 198.51.100.7" in machine.look()
    assert machine.look() == ""
    assert machine.read("hosts").splitlines()[2:] == [f"198.51.100.7 {HOME}"]


def test_name_that_never_resolved_leaves_a_file_to_mount(tmp_path: Path) -> None:
    machine = of_mediamtx(tmp_path)

    assert "does not resolve" in machine.look()
    assert machine.read("hosts") == "127.0.0.1 localhost\n::1 localhost\n"


def test_coturn_is_restarted_when_it_has_another_address_and_only_then(tmp_path: Path) -> None:
    machine = of_coturn(tmp_path, one_machine(**MOVING))
    machine.resolves(HOME, "198.51.100.7", "2001:db8::7")
    machine.look()
    has = f"--external-ip=198.51.100.7/{HERE}", "--allowed-peer-ip=198.51.100.7"
    assert machine.read("coturn") == f"ADDRESS={' '.join(has)}\n"
    assert machine.read("peers.nft").splitlines() == [
        "flush set inet envivo_turn peers", "add element inet envivo_turn peers { 198.51.100.7, }"
    ]  # fmt: skip
    assert machine.restarts == 0  # it does not run

    machine.runs(*has)
    machine.look()
    assert machine.restarts == 0

    machine.resolves(HOME, "203.0.113.9")
    machine.look()
    assert machine.restarts == 1
    # another look, while the restart waits; then it runs with the new ones
    machine.runs(f"--external-ip=203.0.113.9/{HERE}", "--allowed-peer-ip=203.0.113.9")
    machine.resolves(HOME)
    machine.look()
    assert machine.restarts == 1 and "203.0.113.9" in machine.read("coturn")


def test_turn_host_of_its_own_follows_the_media_host(tmp_path: Path) -> None:
    machine = of_coturn(tmp_path, production(public_address=HOME))
    machine.resolves(HOME, "198.51.100.7")
    machine.look()

    assert machine.read("coturn") == "ADDRESS=--allowed-peer-ip=198.51.100.7\n"


def test_files_of_settings_without_names_say_nothing_of_it() -> None:
    for settings in (lab(), production(), production(mediamtx={"webrtc": {"additional_hosts": ["192.0.2.7"]}})):
        assert media.followed(settings.media).files() == []
        assert "/etc/hosts" not in media.compose(settings.media, ARTIFACTS)[0]
        if settings.turn:
            texts = "".join(files_of(turn.files(settings.turn, endpoints(settings))).values())
            assert "ADDRESS" not in texts and "peers" not in texts


def test_name_is_in_no_line_that_must_have_an_address() -> None:
    settings = one_machine(**MOVING)
    assert settings.turn
    texts = {**files_of(turn.files(settings.turn, endpoints(settings))),
             "turnserver.conf": turn.config(settings.turn, endpoints(settings)).content}  # fmt: skip

    assert "external-ip" not in texts["turnserver.conf"] and "allowed-peer-ip" not in texts["turnserver.conf"]
    assert HOME not in texts[turn.EGRESS] and "ip daddr @peers udp dport 8189 accept" in texts[turn.EGRESS]
    drop_in = texts[turn.DROP_IN_FILE].splitlines()
    assert "EnvironmentFile=-/var/lib/envivo/address/coturn/coturn" in drop_in
    assert next(line for line in drop_in if line.startswith("ExecStart=/")).endswith(" $ADDRESS")
    assert f'webrtcAdditionalHosts: ["{HOME}"]' in media.mediamtx_config(settings.media, ARTIFACTS).content
    source = "{type: bind, source: /var/lib/envivo/address/mediamtx/hosts, target: /etc/hosts, read_only: true}"
    assert source in media.compose(settings.media, ARTIFACTS)[0]


@pytest.mark.parametrize(
    ("resolved", "found"),
    [
        ({DOMAIN: ["198.51.100.7"], HOME: ["198.51.100.7"]}, []),
        ({DOMAIN: ["198.51.100.7", "198.51.100.8"], HOME: ["198.51.100.8"]}, []),
        ({DOMAIN: ["198.51.100.7"], HOME: ["203.0.113.9"]},
         [f"{DOMAIN} resolves to 198.51.100.7: its A record in the DNS must be that of {HOME} (203.0.113.9)"]),
        ({DOMAIN: ["198.51.100.7"], HOME: []},
         [f"{DOMAIN} resolves to 198.51.100.7: its A record in the DNS must be that of {HOME} (does not resolve)"]),
        ({HOME: ["198.51.100.7"]}, [f"{DOMAIN} does not resolve: give it an A record for {HOME} in the DNS"]),
    ],
)  # fmt: skip
def test_page_must_resolve_to_what_the_name_resolves_to(resolved: dict[str, list[str]], found: list[str]) -> None:
    seen = HostFacts(systemd=True, root=True, os="debian-13", free={"/": 5000}, resolved=resolved)

    assert list(map(str, violations(seen, (), ["debian-13"], True, {DOMAIN: HOME}, {}))) == found


class Answers:
    """A host whose unit is in a state, and on which names resolve to these."""

    def __init__(self, active: str, found: list[str]) -> None:
        self.active, self.found = active, found

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        if command.startswith("systemctl show"):
            return CommandResult(0, f"LoadState=loaded\nActiveState={self.active}\nResult=success\n", "")
        return CommandResult(0, "\n".join(self.found), "")


@pytest.mark.parametrize(
    ("active", "found", "told", "seen"),
    [
        ("active", ["198.51.100.7"], {"198.51.100.7"}, f"{HOME} is 198.51.100.7"),
        ("active", ["198.51.100.7", "2001:db8::7"], {"198.51.100.7", "2001:db8::7"},
         f"{HOME} is 198.51.100.7, 2001:db8::7"),
        ("active", ["203.0.113.9"], {"198.51.100.7"}, "address-stale"),
        ("active", ["203.0.113.9"], {"203.0.113.9", "198.51.100.7"}, "address-stale"),
        ("active", ["203.0.113.9"], set(), "address-stale"),
        ("active", [], {"198.51.100.7"}, "address-unresolved"),
        ("failed", ["198.51.100.7"], {"198.51.100.7"}, "address-unfollowed"),
    ],
)  # fmt: skip
def test_verify_sees_what_viewers_are_told_and_should_be(
    monkeypatch: pytest.MonkeyPatch, active: str, found: list[str], told: set[str], seen: str
) -> None:
    monkeypatch.setattr(address_checks, "_FOLLOWED_WITHIN_S", 0)
    data = {"settings": drafted(public_address=HOME), "ssh_hostname": ADDRESS}
    host = Host("media", ("media", "prod"), data)
    (place,) = places(Inventory("prod", (host,)), {"media": RemoteShell(host)})
    target = replace(place.target(place.settings.media), shell=cast(RemoteShell, Answers(active, found)))
    (said,) = address_checks.follows(target, Followed("mediamtx", [HOME]), lambda target: told)

    if isinstance(said, Finding):
        assert said.code == seen
        assert seen == "address-unfollowed" or ", ".join(sorted(told)) in said.message
    else:
        assert isinstance(said, Observation) and said == seen
