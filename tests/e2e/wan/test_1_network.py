"""The lab's internet, before anything is deployed: who reaches whom, by which address and name, what viewers may."""

import json
import select
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from envivo.lab import acme, routes, wan
from tests.e2e.lab import Lab
from tests.e2e.wan_programs import ECHO, PROBE, RESOLVE
from tests.patience import patient, until

MEDIA, HOME, OFFICE, STRANGERS = "198.51.100.10", "198.51.100.50", "198.51.100.60", "198.51.100.70"
DOMAINS = {"media.envivo.test": MEDIA, "turn.envivo.test": "198.51.100.11", "acme.envivo.test": "198.51.100.21"}
RESOLVERS = {"wan-viewer": "192.168.60.1", "wan-cam": "192.168.50.1", "wan-stranger": "192.168.70.1"}

EVERYTHING = {"udp/3478", "udp/8189", "udp/40000", "tcp/443", "tcp/3478", "tcp/5349", "tcp/8189", "tcp/8889"}
UDP = {place for place in EVERYTHING if place.startswith("udp/")}
PORT_8189 = {"udp/8189", "tcp/8189"}
PASSED: dict[routes.ViewerMode, set[str]] = {
    "open": EVERYTHING,
    "no-udp": EVERYTHING - UDP,
    "no-8189": EVERYTHING - PORT_8189,
    "no-udp-8189": EVERYTHING - UDP - PORT_8189,
    "tcp-8189": {"tcp/443", "tcp/8189"},
    "turns-only": {"tcp/443", "tcp/5349"},
    "https-only": {"tcp/443"},
}


def output(*argv: str, stdin: str = "") -> str:
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=patient(60), check=False)
    assert done.returncode == 0, f"{argv}: {done.stderr}"
    return done.stdout


def on(host: str, *argv: str, stdin: str = "") -> str:
    return output("docker", "exec", "--interactive", host, *argv, stdin=stdin)


def seen_from(host: str, *wanted: str) -> dict[str, str]:
    """Of all places of the media host those that answer, `wanted` having had the time for it: what they see."""
    places = json.dumps(wanted), json.dumps(sorted(EVERYTHING - set(wanted)))
    answers: dict[str, str] = json.loads(on(host, "python3", "-", MEDIA, str(patient(4)), *places, stdin=PROBE))
    return answers


@contextmanager
def running(*argv: str) -> Iterator["subprocess.Popen[str]"]:
    """A program that ends with its input."""
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(patient(10))


@pytest.fixture(scope="module")
def echo(internet: Lab) -> Iterator[None]:
    with running("docker", "exec", "--interactive", internet.media, "python3", "-c", ECHO) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield


@pytest.fixture
def mode() -> Iterator[Callable[[routes.ViewerMode], None]]:
    yield wan.viewers_may
    wan.viewers_may("open")


def status(lab: Lab) -> dict[str, dict[str, str]]:
    told = lab.envivo("lab", "status", "--topology", "wan", "--json").stdout
    hosts: dict[str, dict[str, str]] = json.loads(told)["hosts"]
    return hosts


def test_status_tells_ssh_hosts_from_those_that_only_the_engine_reaches(internet: Lab) -> None:
    up = status(internet)
    assert {host["state"] for host in up.values()} == {"up"}
    assert [up[name]["address"] for name in ("wan-media", "wan-viewer")] == ["10.86.0.51", "192.168.60.10"]
    assert Path(up["wan-media"]["ssh_key"]).exists() and up["wan-viewer"]["ssh_key"] == ""
    with ThreadPoolExecutor() as pool:
        failed = list(pool.map(lambda name: on(name, "systemctl", "--failed", "--plain", "--no-legend"), up))
    assert dict(zip(up, failed, strict=True)) == dict.fromkeys(up, "")
    assert on("wan-media", "cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start") == "1024\n"


@pytest.mark.usefixtures("echo")
def test_media_host_sees_routers_not_those_behind_them() -> None:
    behind = {"wan-cam": HOME, "wan-studio": HOME, "wan-viewer": OFFICE, "wan-stranger": STRANGERS}
    with ThreadPoolExecutor() as pool:
        seen = list(pool.map(lambda host: seen_from(host, *EVERYTHING), behind))
    assert dict(zip(behind, seen, strict=True)) == {
        host: dict.fromkeys(EVERYTHING, router) for host, router in behind.items()
    }


def test_viewers_and_strangers_reach_nothing_outside_the_lab(internet: Lab) -> None:
    for host in ("wan-viewer", "wan-stranger"):
        assert on(host, "ip", "-4", "-brief", "address").count("eth") == 1
    for router in ("wan-office", "wan-isp", "wan-home"):
        assert "default" not in on(router, "ip", "-4", "route")


@pytest.mark.usefixtures("internet")
def test_each_home_has_a_resolver_that_answers_any_question() -> None:
    """With nothing, where it knows no address: a question that is not answered holds up whoever asks, for seconds."""
    asked = [(name, kind) for name in (*DOMAINS, "example.org") for kind in (1, 28)]
    questions = "\n".join(f"{name} {kind}" for name, kind in asked)
    known = [[DOMAINS[name]] if kind == 1 and name in DOMAINS else [] for name, kind in asked]
    for host, resolver in RESOLVERS.items():
        arguments = ("python3", "-c", RESOLVE, resolver, str(patient(4)))
        assert json.loads(on(host, *arguments, stdin=questions)) == known, host
        assert f"{MEDIA} " in on(host, "getent", "ahosts", "media.envivo.test")


@pytest.mark.proof
@pytest.mark.usefixtures("echo")
@pytest.mark.parametrize("name", routes.MODES)
def test_viewers_reach_what_the_mode_lets_through(
    name: routes.ViewerMode, mode: Callable[[routes.ViewerMode], None]
) -> None:
    mode(name)
    assert set(seen_from("wan-viewer", *PASSED[name])) == PASSED[name]
    resolved = on(
        "wan-viewer", "python3", "-c", RESOLVE, RESOLVERS["wan-viewer"], str(patient(4)), stdin="media.envivo.test 1"
    )
    assert json.loads(resolved) == [[MEDIA]]
    assert set(seen_from("wan-cam", *EVERYTHING)) == EVERYTHING


@pytest.mark.proof
@pytest.mark.usefixtures("echo")
def test_mode_ends_what_is_going_on_and_survives_a_reboot(mode: Callable[[routes.ViewerMode], None]) -> None:
    client = f"import socket, sys; s = socket.create_connection(('{MEDIA}', 8189)); f = s.makefile('rw')\n"
    client += "for line in sys.stdin: print(f.readline().strip(), flush=True); f.write(line); f.flush()"
    with subprocess.Popen(
        ["docker", "exec", "-i", "wan-viewer", "timeout", "60", "python3", "-c", client],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
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
        assert select.select([process.stdout], [], [], 2)[0] == []
        process.kill()

    output("docker", "restart", "wan-office")
    passed = PASSED["no-8189"]
    answered = until(passed.issubset, lambda: seen_from("wan-viewer", *passed), 20)
    assert answered == dict.fromkeys(passed, OFFICE)


@pytest.mark.proof
def test_hosts_come_back_from_a_reboot_as_they_were(internet: Lab) -> None:
    names = ("wan-home", "wan-cam", "wan-viewer", "wan-acme")
    look = ("sh", "-c", "ip -4 route | sort | sed 's/ dev .*//'; cat /etc/resolv.conf")
    before = [on(name, *look) for name in names]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: output("docker", "restart", name), names))
    up = until(lambda up: all(host["state"] == "up" for host in up.values()), lambda: status(internet), 30)
    assert {host["state"] for host in up.values()} == {"up"}
    assert [on(name, *look) for name in names] == before


@pytest.mark.proof
@pytest.mark.usefixtures("echo")
def test_up_makes_good_what_is_missing_stopped_or_incomplete(internet: Lab) -> None:
    try:
        output("docker", "rm", "--force", "--volumes", "wan-studio")
        output("docker", "kill", "wan-isp")
        on("wan-acme", "systemctl", "stop", "lab-dns")
        states = {name: host["state"] for name, host in status(internet).items()}
    finally:
        done = internet.envivo("lab", "up", "--topology", "wan", "--ready")
    assert {name: state for name, state in states.items() if state != "up"} == {
        "wan-studio": "missing",
        "wan-isp": "stopped",
        "wan-acme": "incomplete",
    }
    assert done.returncode == 0, done.stderr
    assert {host["state"] for host in status(internet).values()} == {"up"}
    assert seen_from("wan-studio", "tcp/8889")["tcp/8889"] == HOME
    assert seen_from("wan-stranger", "tcp/8889")["tcp/8889"] == STRANGERS


@pytest.mark.proof
@pytest.mark.usefixtures("echo")
def test_program_of_this_machine_is_in_the_viewers_network_and_leaves_no_mount() -> None:
    def mounts() -> set[str]:
        every = {line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()}
        return {place for place in every if place.startswith("/etc/")}

    machine = (mounts(), Path("/etc/resolv.conf").read_text(), Path("/etc/hosts").read_text())
    code = "import socket; print(socket.create_connection(('media.envivo.test', 8889)).recv(99).decode().strip())"
    assert output(*wan.inside("wan-viewer"), sys.executable, "-c", code) == f"{OFFICE}\n"
    resolver = f"nameserver {RESOLVERS['wan-viewer']}\n"
    assert output(*wan.inside("wan-viewer"), "cat", "/etc/resolv.conf") == resolver
    assert (mounts(), Path("/etc/resolv.conf").read_text(), Path("/etc/hosts").read_text()) == machine


def directory(address: str) -> dict[str, str]:
    """Of the ACME server, trusted by what is kept alone."""
    context = ssl.create_default_context(cafile=acme.DIRECTORY_CA)
    with (
        socket.create_connection((address, acme.PORT), patient(5)) as plain,
        context.wrap_socket(plain, server_hostname="acme.envivo.test") as tls,
    ):
        tls.sendall(b"GET /dir HTTP/1.0\r\nHost: acme.envivo.test:14000\r\n\r\n")
        body = b"".join(iter(lambda: tls.recv(4096), b"")).partition(b"\r\n\r\n")[2]
    found: dict[str, str] = json.loads(body)
    return found


@pytest.mark.proof
def test_acme_server_is_trusted_by_what_is_kept_and_its_new_root_is_fetched(internet: Lab) -> None:
    assert directory(DOMAINS["acme.envivo.test"])["newOrder"].startswith("https://acme.envivo.test:14000/")
    root = acme.ROOT.read_text()
    ssl.create_default_context(cadata=root)
    on("wan-acme", "systemctl", "restart", "lab-acme")
    done = internet.envivo("lab", "up", "--topology", "wan")
    assert (done.returncode, done.stderr) == (0, "")
    assert acme.ROOT.read_text() != root
