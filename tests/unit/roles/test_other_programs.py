"""Programs of others on a host: what listens beside envivo's own is a finding, unless the settings name it."""

from dataclasses import replace
from typing import Any, cast

import pytest

from envivo.inventory import Host, Inventory
from envivo.orchestration.target import places
from envivo.remote import CommandResult, RemoteShell
from envivo.roles.base import checks as base
from envivo.roles.role import Evidence
from envivo.verify.findings import Finding
from tests.unit.settings.environments import drafted

SS = """\
udp UNCONN 0 0 0.0.0.0:5353 0.0.0.0:* users:(("avahi-daemon",pid=71,fd=12))
udp UNCONN 0 0 [::]:5353 [::]:* users:(("avahi-daemon",pid=71,fd=13))
udp UNCONN 0 0 0.0.0.0:47617 0.0.0.0:* users:(("avahi-daemon",pid=71,fd=14))
udp UNCONN 0 0 0.0.0.0:51820 0.0.0.0:*
tcp LISTEN 0 4096 0.0.0.0:111 0.0.0.0:* users:(("rpcbind",pid=66,fd=4),("systemd",pid=1,fd=88))
tcp LISTEN 0 4096 *:9090 *:* users:(("systemd",pid=1,fd=90))
tcp LISTEN 0 511 0.0.0.0:81 0.0.0.0:* users:(("nginx",pid=61,fd=6),("openresty",pid=60,fd=6))
tcp LISTEN 0 511 0.0.0.0:9997 0.0.0.0:* users:(("nginx",pid=61,fd=7))
tcp LISTEN 0 4096 *:8554 *:* users:(("mediamtx",pid=90,fd=7))
tcp LISTEN 0 64 0.0.0.0:7777 0.0.0.0:* users:(("a-name-of-sixte",pid=99,fd=7))
tcp LISTEN 0 64 127.0.0.1:6010 0.0.0.0:* users:(("sshd-session",pid=99,fd=7))
"""


class Answers:
    def run(self, command: str, within_s: int = 20) -> CommandResult:
        return CommandResult(0, SS, "")


def found(**settings: Any) -> dict[str, Finding]:
    """Findings about ports, by what they begin with: `port 5353/udp`."""
    data = {"settings": drafted(base=settings), "ssh_hostname": "10.0.0.21"}
    host = Host("media1", ("media", "lab"), data)
    (place,) = places(Inventory("lab", (host,)), {"media1": RemoteShell(host)})
    target = replace(place.target(place.settings.base), shell=cast(RemoteShell, Answers()))
    evidence = Evidence(lambda host: (_ for _ in ()).throw(AssertionError))
    (check,) = (check for check in base.checks(target, evidence) if "no undeclared port is open" in check.claim)
    return {
        item.message.partition(" (")[0].partition(" is")[0]: item for item in check.find() if isinstance(item, Finding)
    }


ALL = {"5353/udp", "47617/udp", "51820/udp", "111/tcp", "9090/tcp", "81/tcp", "9997/tcp", "7777/tcp"}


@pytest.mark.parametrize(
    ("programs", "left"),
    [
        ([], ALL),
        (["avahi-daemon"], ALL - {"5353/udp", "47617/udp"}),
        # systemd holds what it opened for another
        (["rpcbind"], ALL - {"111/tcp"}),
        (["systemd"], ALL - {"9090/tcp"}),
        # all that hold a socket have to be named; on a port of envivo's own it is not envivo's either
        (["nginx"], ALL - {"9997/tcp"}),
        (["nginx", "openresty"], ALL - {"81/tcp", "9997/tcp"}),
        # the kernel keeps 15 characters
        (["a-name-of-sixteen"], ALL - {"7777/tcp"}),
        (["a-name"], ALL),
    ],
)  # fmt: skip
def test_program_of_the_owner_may_listen_on_any_port(programs: list[str], left: set[str]) -> None:
    assert set(found(other_programs=programs)) == {f"port {port}" for port in left}


def test_finding_names_the_setting_that_lasts() -> None:
    fixes = {place: item.fix.partition("base=")[2] for place, item in found().items()}

    assert fixes["port 5353/udp"] == '{"other_ports": ["5353/udp"]}'
    # another one after its next start
    assert fixes["port 47617/udp"] == '{"other_programs": ["avahi-daemon"]}'
    # the kernel's own
    assert fixes["port 51820/udp"] == '{"other_ports": ["51820/udp"]}'
