"""The topology wan: who reaches whom, by which address, under which name, and what viewers may. Runs alone."""

import json
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from envivo.places import STATE
from envivo.waiting import until
from lab import acme, engine, routes, wan
from tests.e2e.wan_programs import ECHO, PROBE

MEDIA, HOME, OFFICE, RESOLVER = "198.51.100.10", "198.51.100.50", "198.51.100.60", "192.168.60.1"
DOMAINS = {"media.envivo.test": MEDIA, "turn.envivo.test": "198.51.100.11", "acme.envivo.test": "198.51.100.21"}

EVERYTHING = {"udp/3478", "udp/8189", "udp/40000", "tcp/443", "tcp/3478", "tcp/5349", "tcp/8189", "tcp/8889"}
UDP = {place for place in EVERYTHING if place.startswith("udp/")}
PORT_8189 = {"udp/8189", "tcp/8189"}
PASSED = {
    "open": EVERYTHING,
    "no-udp": EVERYTHING - UDP,
    "no-8189": EVERYTHING - PORT_8189,
    "no-udp-8189": EVERYTHING - UDP - PORT_8189,
    "tcp-8189": {"tcp/443", "tcp/8189"},
    "turns-only": {"tcp/443", "tcp/5349"},
    "https-only": {"tcp/443"},
}


def lab(*argv: str) -> subprocess.CompletedProcess[str]:
    code = "from envivo.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, "lab", *argv], capture_output=True, text=True, timeout=600)


def output(*argv: str, stdin: str = "") -> str:
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{argv}: {done.stderr}"
    return done.stdout


def on(host: str, *argv: str, stdin: str = "") -> str:
    return output("docker", "exec", "--interactive", host, *argv, stdin=stdin)


def seen_from(host: str, *places: str) -> dict[str, str]:
    """Of the places of the media host that answer: which address they see."""
    answers: dict[str, str] = json.loads(on(host, "python3", "-", MEDIA, *places, stdin=PROBE))
    return answers


@pytest.fixture(scope="module")
def up() -> Iterator[dict[str, dict[str, str]]]:
    """The hosts as `status` tells of them, made anew."""
    assert lab("down", "--topology", "wan").returncode == 0
    try:
        done = lab("up", "--topology", "wan")
        assert done.returncode == 0, done.stderr
        status = lab("status", "--topology", "wan", "--json")
        hosts: dict[str, dict[str, str]] = json.loads(status.stdout)["hosts"]
        assert status.returncode == 0
        yield hosts
    finally:
        assert lab("down", "--topology", "wan").returncode == 0


@pytest.fixture(scope="module")
def echo(up: dict[str, dict[str, str]]) -> Iterator[None]:
    with running("docker", "exec", "wan-media", "timeout", "300", "python3", "-c", ECHO) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield


@contextmanager
def running(*argv: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def mode() -> Iterator[Callable[[routes.Mode], None]]:
    yield wan.viewers_may
    wan.viewers_may("open")


def test_status_tells_ssh_hosts_from_those_that_only_the_engine_reaches(up: dict[str, dict[str, str]]) -> None:
    assert {host["state"] for host in up.values()} == {"up"}
    assert [up[name]["address"] for name in ("wan-media", "wan-viewer")] == ["10.86.0.51", "192.168.60.10"]
    assert Path(up["wan-media"]["ssh_key"]).exists() and up["wan-viewer"]["ssh_key"] == ""
    assert {name: on(name, "systemctl", "--failed", "--plain", "--no-legend") for name in up} == dict.fromkeys(up, "")
    assert on("wan-media", "cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start") == "1024\n"


@pytest.mark.usefixtures("echo")
def test_the_media_host_sees_routers_not_those_behind_them() -> None:
    assert seen_from("wan-cam", "tcp/8889", "udp/8189") == {"tcp/8889": HOME, "udp/8189": HOME}
    assert seen_from("wan-studio", "tcp/8889") == {"tcp/8889": HOME}
    assert seen_from("wan-viewer", "tcp/8889", "udp/8189") == {"tcp/8889": OFFICE, "udp/8189": OFFICE}
    assert seen_from("wan-stranger", "tcp/8889") == {"tcp/8889": "198.51.100.70"}


@pytest.mark.usefixtures("echo")
@pytest.mark.parametrize("name", routes.MODES)
def test_viewers_reach_what_the_mode_lets_through(name: routes.Mode, mode: Callable[[routes.Mode], None]) -> None:
    mode(name)
    assert set(seen_from("wan-viewer", *EVERYTHING)) == PASSED[name]
    assert resolve("wan-viewer", "media.envivo.test") == [MEDIA]
    assert set(seen_from("wan-cam", "udp/8189", "tcp/8189")) == PORT_8189


@pytest.mark.usefixtures("echo")
def test_a_mode_ends_what_is_going_on_and_survives_a_reboot(mode: Callable[[routes.Mode], None]) -> None:
    client = f"import socket, sys; s = socket.create_connection(('{MEDIA}', 8189)); f = s.makefile('rw')\n"
    client += "for line in sys.stdin: print(f.readline().strip(), flush=True); f.write(line); f.flush()"
    with running("docker", "exec", "-i", "wan-viewer", "timeout", "60", "python3", "-c", client) as process:
        assert process.stdin is not None and process.stdout is not None

        def say(word: str) -> None:
            assert process.stdin is not None
            process.stdin.write(f"{word}\n")
            process.stdin.flush()

        say("one")
        assert process.stdout.readline() == f"{OFFICE}\n"
        say("two")
        assert process.stdout.readline() == "one\n"
        mode("no-8189")
        # "two" was on its way before; "three" is not repeated any more
        say("three")
        assert process.stdout.readline() == "two\n"
        say("four")
        unread = subprocess.run(["timeout", "2", "head", "-n1"], stdin=process.stdout, capture_output=True)
        assert (unread.returncode, unread.stdout) == (124, b"")

    output("docker", "restart", "wan-office")
    answered = until(PASSED["no-8189"].issubset, lambda: seen_from("wan-viewer", *EVERYTHING), 20)
    assert set(answered) == PASSED["no-8189"]
    assert set(answered.values()) == {OFFICE}


def test_hosts_come_back_from_a_reboot_as_they_were(up: dict[str, dict[str, str]]) -> None:
    names = ("wan-home", "wan-cam", "wan-viewer", "wan-acme")
    before = [on(name, "sh", "-c", "ip -4 route | sort | sed 's/ dev .*//'; cat /etc/resolv.conf") for name in names]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: output("docker", "restart", name), names))
    until(lambda done: done.returncode == 0, lambda: lab("status", "--topology", "wan"), 30)
    after = [on(name, "sh", "-c", "ip -4 route | sort | sed 's/ dev .*//'; cat /etc/resolv.conf") for name in names]
    assert after == before


@pytest.mark.usefixtures("echo")
def test_up_mends_what_is_missing_stopped_or_incomplete() -> None:
    output("docker", "rm", "--force", "--volumes", "wan-studio")
    output("docker", "kill", "wan-isp")
    on("wan-acme", "systemctl", "stop", "lab-dns")
    status = lab("status", "--topology", "wan", "--json")
    states = {name: host["state"] for name, host in json.loads(status.stdout)["hosts"].items()}
    assert {name: state for name, state in states.items() if state != "up"} == {
        "wan-studio": "missing",
        "wan-isp": "stopped",
        "wan-acme": "incomplete",
    }
    done = lab("up", "--topology", "wan")
    assert done.returncode == 0, done.stderr
    assert lab("status", "--topology", "wan").returncode == 0
    assert seen_from("wan-studio", "tcp/8889") == {"tcp/8889": HOME}
    assert seen_from("wan-stranger", "tcp/8889") == {"tcp/8889": "198.51.100.70"}


def resolve(host: str, name: str, kind: int = 1, resolver: str = RESOLVER) -> list[str]:
    """The addresses that the home's resolver says, asked by the host once; it has half a second."""
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    query = struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + question + struct.pack("!2H", kind, 1)
    code = (
        "import socket, sys; s = socket.socket(type=socket.SOCK_DGRAM); s.settimeout(0.5);"
        f"s.sendto(bytes.fromhex('{query.hex()}'), ('{resolver}', 53)); print(s.recv(999).hex())"
    )
    answer = bytes.fromhex(on(host, "python3", "-c", code))
    assert answer[3] & 15 == 0, "not NOERROR"
    count = int.from_bytes(answer[6:8], "big")
    record = answer[len(query) :]
    data = record[2:] if record[:1] == b"\xc0" else record[len(question) :]
    return [socket.inet_ntoa(data[10:14])][:count]


@pytest.mark.parametrize(
    ("host", "resolver"),
    [("wan-viewer", RESOLVER), ("wan-cam", "192.168.50.1"), ("wan-stranger", "192.168.70.1")],
)
@pytest.mark.usefixtures("up")
def test_each_home_has_a_resolver_that_knows_three_names_at_once(host: str, resolver: str) -> None:
    for name, address in DOMAINS.items():
        assert resolve(host, name, resolver=resolver) == [address]
        assert resolve(host, name, kind=28, resolver=resolver) == []
    assert resolve(host, "example.org", resolver=resolver) == []
    began = time.monotonic()
    assert f"{MEDIA} " in on(host, "getent", "ahosts", "media.envivo.test")
    assert time.monotonic() - began < 1


@pytest.mark.usefixtures("up")
def test_viewers_and_strangers_reach_nothing_outside_the_lab() -> None:
    for host in ("wan-viewer", "wan-stranger"):
        assert on(host, "ip", "-4", "-brief", "address").count("eth") == 1
    for router in ("wan-office", "wan-isp", "wan-home"):
        assert "default" not in on(router, "ip", "-4", "route")


@pytest.mark.usefixtures("echo")
def test_a_program_of_this_machine_is_in_the_viewers_network_and_leaves_no_mount() -> None:
    def mounts() -> set[str]:
        return {line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()}

    machine = (mounts(), Path("/etc/resolv.conf").read_text(), Path("/etc/hosts").read_text())
    code = "import socket; print(socket.create_connection(('media.envivo.test', 8889), 3).recv(99).decode().strip())"
    began = time.monotonic()
    assert output(*wan.inside("wan-viewer"), sys.executable, "-c", code) == f"{OFFICE}\n"
    assert time.monotonic() - began < 2
    assert output(*wan.inside("wan-viewer"), "cat", "/etc/resolv.conf") == f"nameserver {RESOLVER}\n"
    assert (mounts(), Path("/etc/resolv.conf").read_text(), Path("/etc/hosts").read_text()) == machine


def directory(address: str) -> dict[str, str]:
    """Of the ACME server, trusted by what is kept alone."""
    context = ssl.create_default_context(cafile=acme.DIRECTORY_CA)
    with (
        socket.create_connection((address, acme.PORT), 5) as plain,
        context.wrap_socket(plain, server_hostname="acme.envivo.test") as tls,
    ):
        tls.sendall(b"GET /dir HTTP/1.0\r\nHost: acme.envivo.test:14000\r\n\r\n")
        body = b"".join(iter(lambda: tls.recv(4096), b"")).partition(b"\r\n\r\n")[2]
    found: dict[str, str] = json.loads(body)
    return found


def test_the_acme_server_is_trusted_by_what_is_kept_and_its_new_root_is_fetched(up: dict[str, dict[str, str]]) -> None:
    assert directory("198.51.100.21")["newOrder"].startswith("https://acme.envivo.test:14000/")
    root = acme.ROOT.read_text()
    ssl.create_default_context(cadata=root)
    on("wan-acme", "systemctl", "restart", "lab-acme")
    done = lab("up", "--topology", "wan")
    assert (done.returncode, done.stderr) == (0, "")
    assert acme.ROOT.read_text() != root


def test_down_leaves_no_host_and_no_network_of_it(up: dict[str, dict[str, str]]) -> None:
    assert lab("down", "--topology", "wan").returncode == 0
    if engine.answers():  # it ends with the last host of the lab
        assert not up.keys() & set(output("docker", "ps", "-a", "--format", "{{.Names}}").split())
        left = output("docker", "network", "ls", "--format", "{{.Name}}").split()
        assert not {"envivo-internet", "envivo-home", "envivo-viewers", "envivo-strangers"} & set(left)
    routes_left = output("ip", "-4", "route")
    assert not [net for net in ("198.51.100.0", "192.168.50.0", "192.168.60.0", "192.168.70.0") if net in routes_left]
    assert not (STATE / "lab/acme").exists()
