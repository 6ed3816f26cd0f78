"""What one address may hold of the media host, and what its containers may take of it."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from envivo.roles.media.limits import OPEN_FILES, PROCESSES, PUBLISHING_CONNECTIONS
from tests.e2e.lab import API, Lab
from tests.patience import patient, until

pytestmark = [pytest.mark.proof, pytest.mark.timeout(patient(300))]
STRANGER = "198.51.100.70"


def held(staging: Lab, port: int) -> int:
    """The stranger's connections that the server still has."""
    ask = f"ss -Htn state established 'sport = :{port} and dst {STRANGER}' | wc -l"
    return int(staging.run(staging.media, ask).stdout)


def publisher(staging: Lab) -> str:
    path = json.loads(staging.run(staging.media, f"{API}/paths/get/webcam").stdout)
    return str((path["source"] or {}).get("id", ""))


@contextmanager
def holding(port: int, how: str, number: int) -> Iterator[int]:
    """A stranger opens so many connections and says nothing more; how many the server took."""
    command = ["docker", "exec", "-i", "wan-stranger", "python3", "-u", "-c", HOLD, str(port), how, str(number)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdin and program.stdout
        try:
            yield int(program.stdout.readline())
        finally:
            program.stdin.close()  # ends it
            program.wait(patient(20))


HOLD = """
import socket, ssl, sys
port, how, number = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
trusting = ssl.create_default_context()
trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
opened = []
for _ in range(number):
    try:
        connection = socket.create_connection(("198.51.100.10", port), 20)
        if how == "half a greeting":
            connection.send(bytes.fromhex("16030101fd010001f90303"))
        elif how == "greeted":
            connection = trusting.wrap_socket(connection, server_hostname="media.envivo.test")
        opened.append(connection)
    except OSError:
        pass
print(len(opened))
sys.stdin.read()
"""


@pytest.mark.parametrize("port", [443, 1936, 8322])
@pytest.mark.parametrize("how", ["silent", "half a greeting", "greeted"])
def test_connection_that_says_nothing_is_closed_and_the_camera_stays(staging: Lab, port: int, how: str) -> None:
    session = publisher(staging)
    with holding(port, how, 5) as opened:
        assert opened == 5
        assert until(lambda now: now == 0, lambda: held(staging, port), 60, 1) == 0
    assert publisher(staging) == session != ""


@pytest.mark.parametrize("port", [1936, 8322])
def test_one_address_gets_so_many_connections_and_no_more(staging: Lab, port: int) -> None:
    session = publisher(staging)
    with holding(port, "silent", PUBLISHING_CONNECTIONS + 40) as opened:
        assert opened <= PUBLISHING_CONNECTIONS
    assert until(lambda now: now == 0, lambda: held(staging, port), 60, 1) == 0
    with holding(port, "greeted", 1) as opened:
        assert opened == 1, "those that are gone still count"
    assert publisher(staging) == session != ""


TABLES = {"wan-media": "envivo_media", "wan-turn": "envivo_turn"}


@pytest.mark.parametrize("host", TABLES)
@pytest.mark.parametrize("do", ["restart", "reload"])
def test_table_outlives_what_debians_nftables_does(staging: Lab, host: str, do: str) -> None:
    """Its unit flushes all tables."""
    staging.run(host, f"systemctl {do} nftables.service")

    assert staging.run(host, f"nft list table inet {TABLES[host]}", check=False).returncode == 0


def test_lost_tables_are_a_finding_and_the_next_deploy_loads_them(staging: Lab) -> None:
    for host, table in TABLES.items():
        staging.run(host, f"nft delete table inet {table}")
    assert "limits-gone" in staging.envivo("verify", staging.env, "--json").stdout

    assert staging.deploy().keys() == {"Media | Limit connections per address", "TURN | Start coturn"}

    for host, table in TABLES.items():
        assert staging.run(host, f"nft list table inet {table}", check=False).returncode == 0
    assert staging.deploy() == {}


@pytest.mark.parametrize("service", ["mediamtx", "web"])
def test_container_has_its_limits_and_comes_back_when_it_is_killed(
    staging: Lab, service: str, say: Callable[[str], None]
) -> None:
    name = f"envivo-{service}-1"

    def inspected(what: str) -> str:
        return staging.run(staging.media, f"docker inspect -f '{what}' {name}").stdout.strip()

    limits = json.loads(inspected("{{json .HostConfig}}"))
    say(f"{service}: memory {limits['Memory']}, processes {limits['PidsLimit']}")
    assert limits["Memory"] >= 2**30 and limits["PidsLimit"] == PROCESSES
    assert [(one["Hard"], one["Soft"]) for one in limits["Ulimits"]] == [(OPEN_FILES, OPEN_FILES)]
    begun = inspected("{{.State.StartedAt}}")
    # as the kernel does where the memory is at its end: nobody told the Engine that it shall stop
    staging.run(staging.media, f"kill -KILL {inspected('{{.State.Pid}}')}")
    again = until(lambda now: now != begun, lambda: inspected("{{.State.StartedAt}}"), 30, 0.5)
    assert again != begun
    state = "{{.State.Health.Status}}"
    assert until(lambda now: now == "healthy", lambda: inspected(state), 60, 0.5) == "healthy"
    assert until(bool, lambda: publisher(staging), 60, 1)
