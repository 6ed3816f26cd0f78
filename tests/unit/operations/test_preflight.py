"""Hosts that cannot work: what a host of Debian 13 answers, and what is wrong with it."""

import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from envivo.artifacts import Image
from envivo.core.problems import Problem
from envivo.operations.fail_host import fail_host
from envivo.operations.images import unusable
from envivo.operations.preflight import HostFacts, HostReport, parse, violations
from envivo.state.desired import Listener
from tests.unit.operations.programs import Programs
from tests.unit.operations.shell import lines, sh

ANSWER = """\
root 0
systemd
os debian-13
free 75109 /
yielding /var/lib/envivo/recordings 1200 /dev/sda1 40 30 10 99% /
own 4641
own 4643
resolved video.company.net 198.51.100.10
addresses 127.0.0.1 198.51.100.10 172.17.0.1
listen udp UNCONN 0      0      127.0.0.11:52866 0.0.0.0:*                                      
listen udp UNCONN 0      0               *:8189        *:* users:(("mediamtx",pid=4643,fd=13))  
listen udp UNCONN 0      0      127.0.0.53%lo:53 0.0.0.0:* users:(("systemd-resolve",pid=88,fd=16))
listen tcp LISTEN 0      4096   127.0.0.11:41467 0.0.0.0:*                                      
listen tcp LISTEN 0      4096    127.0.0.1:9997  0.0.0.0:* users:(("mediamtx",pid=4643,fd=15))  
listen tcp LISTEN 0      128       0.0.0.0:22    0.0.0.0:* users:(("sshd",pid=70,fd=6))         
listen tcp LISTEN 0      4096            *:8080        *:* users:(("caddy",pid=4641,fd=8))      
listen tcp LISTEN 0      511             *:80          *:* users:(("nginx",pid=61,fd=6),("nginx",pid=60,fd=6))
listen tcp LISTEN 0      128          [::]:22       [::]:* users:(("sshd",pid=70,fd=7))         
"""  # noqa: W291 - as ss leaves it

LISTENERS = (Listener("mediamtx.webrtc.media_port", 8189, ("udp", "tcp")), Listener("web.port", 8080))
NAMES = {"video.company.net": "198.51.100.10"}
ADDRESSES = {"198.51.100.10": "turn.address"}
OWN_UNITS = {"coturn": "/etc/systemd/system/coturn.service.d/envivo.conf"}
GOOD = HostFacts(systemd=True, root=True, os="debian-13", free={"/": 5000})


def test_host_is_read_from_what_it_answers() -> None:
    assert parse(ANSWER.splitlines()) == HostFacts(
        systemd=True,
        root=True,
        os="debian-13",
        free={"/": 75109},
        yielding={"/var/lib/envivo/recordings": ("/", 1200)},
        own_pids={4641, 4643},
        resolved={"video.company.net": ["198.51.100.10"]},
        addresses={"127.0.0.1", "198.51.100.10", "172.17.0.1"},
        listening=[
            ("udp", 52866, "another program", 0),
            ("udp", 8189, "mediamtx", 4643),
            ("udp", 53, "systemd-resolve", 88),
            ("tcp", 41467, "another program", 0),
            ("tcp", 9997, "mediamtx", 4643),
            ("tcp", 22, "sshd", 70),
            ("tcp", 8080, "caddy", 4641),
            ("tcp", 80, "nginx", 61),
            ("tcp", 22, "sshd", 70),
        ],
    )


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ([], HostFacts()),
        # df knew none of the places, os-release is missing
        (["root 1000", "free", "os -"], HostFacts(os="-")),
        (["root 0", "os debian-12", "free 12 /usr"], HostFacts(root=True, os="debian-12", free={"/usr": 12})),
    ],
)
def test_host_that_does_not_say_is_not_taken_for_a_good_one(answer: list[str], seen: HostFacts) -> None:
    assert parse(answer) == seen
    assert violations(seen, LISTENERS, ["debian-13"], True, {}, {})


def test_deployed_host_gives_no_objection() -> None:
    assert violations(parse(ANSWER.splitlines()), LISTENERS, ["debian-13"], False, NAMES, ADDRESSES) == []


@pytest.mark.parametrize(
    ("seen", "installs", "found"),
    [
        (GOOD, True, []),
        (replace(GOOD, root=False), True,
         ["commands do not run as root: log in as root, or set _sudo = True in group_data"]),
        (replace(GOOD, systemd=False), True,
         ["systemd is not running: envivo needs a host whose services are managed by systemd"]),
        (replace(GOOD, os="ubuntu-24.04"), True, ["the system is ubuntu-24.04: must be debian-12 or debian-13"]),
        (replace(GOOD, os=""), True, ["the system is unknown: must be debian-12 or debian-13"]),
        (replace(GOOD, free={"/": 1999}), True,
         ["2.1 GB are free: at least 2.1 GB are needed below /usr, /etc and /var/lib: free 1.0 MB more"]),
        (replace(GOOD, free={"/": 1999}), False, []),
        (replace(GOOD, free={"/": 199}), False,
         ["209 MB are free: at least 210 MB are needed below /usr, /etc and /var/lib: free 1.0 MB more"]),
        (replace(GOOD, free={"/": 5000, "/var/lib/docker": 100}), True,
         ["105 MB are free on /var/lib/docker: at least 2.1 GB are needed there: free 2.0 GB more"]),
        # recordings give way, on the disk where space is short
        (replace(GOOD, free={"/": 57}, yielding={"/r": ("/", 900)}), False, []),
        (replace(GOOD, free={"/": 0}, yielding={"/r": ("/", 3000)}), True, []),
        (replace(GOOD, free={"/": 57}, yielding={"/r": ("/", 142)}), False,
         ["60 MB are free, and the recordings in /r can make room for 149 MB more: at least 210 MB are needed below "
          "/usr, /etc and /var/lib: free 1.0 MB more"]),
        (replace(GOOD, free={"/": 57}, yielding={"/r": ("/mnt", 9000)}), False,
         ["60 MB are free: at least 210 MB are needed below /usr, /etc and /var/lib: free 150 MB more"]),
        (replace(GOOD, listening=[("tcp", 8080, "nginx", 61)]), True,
         ["port 8080/tcp is taken by nginx (pid 61): stop it, or choose another web.port"]),
        (replace(GOOD, listening=[("udp", 8080, "nginx", 61)]), True, []),
        (replace(GOOD, listening=[("udp", 8189, "x", 1), ("tcp", 8189, "y", 2)]), True,
         ["port 8189/udp is taken by x (pid 1): stop it, or choose another mediamtx.webrtc.media_port",
          "port 8189/tcp is taken by y (pid 2): stop it, or choose another mediamtx.webrtc.media_port"]),
        # our own containers listen there from an earlier run
        (replace(GOOD, own_pids={61}, listening=[("tcp", 8080, "caddy", 61)]), True, []),
        (replace(GOOD, listening=[("tcp", 8080, "another program", 0)]), True,
         ["port 8080/tcp is taken by another program (pid 0): stop it, or choose another web.port"]),
    ],
)  # fmt: skip
def test_objections_name_what_is_wrong_and_how_to_fix_it(seen: HostFacts, installs: bool, found: list[str]) -> None:
    assert list(map(str, violations(seen, LISTENERS, ["debian-12", "debian-13"], installs, {}, {}))) == found


@pytest.mark.parametrize(
    ("resolved", "addresses", "found"),
    [
        (["198.51.100.10"], {"198.51.100.10"}, []),
        (["192.0.2.1", "198.51.100.10"], {"127.0.0.1", "198.51.100.10"}, []),
        # Debian's installer writes a host's own name into its /etc/hosts
        (["127.0.1.1"], {"198.51.100.10"}, []),
        ([], {"198.51.100.10"},
         ["video.company.net does not resolve: give it an A record for 198.51.100.10 in the DNS"]),
        (["192.0.2.1", "192.0.2.2"], {"198.51.100.10"},
         ["video.company.net resolves to 192.0.2.1, 192.0.2.2: its A record in the DNS must be 198.51.100.10"]),
        (["198.51.100.10"], {"127.0.0.1", "172.17.0.1", "10.0.0.5"},
         ["turn.address: 198.51.100.10 is not on any interface of the host: must be one of 10.0.0.5, 172.17.0.1"]),
    ],
)  # fmt: skip
def test_names_and_addresses_must_lead_to_the_host(resolved: list[str], addresses: set[str], found: list[str]) -> None:
    seen = replace(GOOD, resolved={"video.company.net": resolved}, addresses=addresses)

    assert list(map(str, violations(seen, LISTENERS, ["debian-13"], True, NAMES, ADDRESSES))) == found


def test_port_that_browsers_come_to_has_no_other() -> None:
    seen = replace(GOOD, listening=[("udp", 443, "quic", 7), ("tcp", 80, "nginx", 61)])
    listeners = [Listener("web.domain", 80), Listener("web.domain", 443, ("udp", "tcp"))]

    assert list(map(str, violations(seen, listeners, ["debian-13"], True, {}, {}))) == [
        "port 80/tcp is taken by nginx (pid 61): stop it: web.domain needs this port",
        "port 443/udp is taken by quic (pid 7): stop it: web.domain needs this port",
    ]


def test_this_host_says_where_names_lead_and_which_addresses_it_has() -> None:
    seen = parse(lines(HostReport().command("envivo", OWN_UNITS, ["localhost", "no-such-name.invalid"], [])))

    assert seen.resolved == {"localhost": ["127.0.0.1"], "no-such-name.invalid": []}
    assert "127.0.0.1" in seen.addresses and not any("/" in one for one in seen.addresses)


def test_directory_that_may_give_way_says_where_it_is_and_how_much_it_has(tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(b"x" * 3 * 1024**2)

    asked = HostReport().command("envivo", {}, [], [], [str(tmp_path), str(tmp_path / "missing")])
    seen = parse(lines(asked))

    mount = sh(f"df -P {tmp_path} | tail -n 1").stdout.split()[-1]
    assert seen.yielding.keys() == {str(tmp_path)}
    there, size = seen.yielding[str(tmp_path)]
    assert there == mount and 3 <= size <= 5
    assert all(free > 0 for free in seen.free.values()) and seen.free


def test_documents_are_read_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "daemon.json").write_text('{"debug": true}')
    (tmp_path / "empty.json").touch()
    paths = [str(tmp_path / name) for name in ("daemon.json", "missing.json", "empty.json")]

    seen = parse(lines(HostReport().command("envivo", {}, [], paths)))

    assert seen.documents == {paths[0]: b'{"debug": true}', paths[2]: b""}


def test_ports_of_a_container_that_only_carries_the_label_are_not_ours(tmp_path: Path) -> None:
    programs = Programs(tmp_path)
    programs.add("docker")

    lines(HostReport().command("envivo", {}, [], []), PATH=programs.path)

    (listed,) = programs.calls
    for filter_ in ("project=envivo", "oneoff=False", "config-hash", "envivo.revision"):
        assert filter_ in listed


def test_objections_come_at_once() -> None:
    seen = HostFacts(listening=[("tcp", 8080, "nginx", 61)])

    assert len(violations(seen, LISTENERS, ["debian-13"], True, NAMES, ADDRESSES)) == 7


def test_unusable_image_is_one_whose_archive_was_changed_or_is_gone(tmp_path: Path) -> None:
    archive = tmp_path / "image.tar.gz"
    archive.write_bytes(gzip.compress(b"layers"))
    image = Image("envivo/x:1", "sha256:0", archive, hashlib.sha256(archive.read_bytes()).hexdigest())

    assert unusable([image]) == []
    archive.write_bytes(b"other")
    (changed,) = unusable([image])
    assert str(archive) in str(changed) and image.sha256 in str(changed)


@pytest.mark.parametrize("message", ["plain", "it's 100 % $HOME `id`", "two\nlines: \\n and \\x2d"])
def test_refusal_prints_its_message_as_an_error_and_fails(message: str) -> None:
    done = sh(fail_host(*(Problem("", line) for line in message.splitlines())).get_raw_value())

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{message}\n")
