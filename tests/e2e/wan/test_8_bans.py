"""Who tries passwords from a stranger's network is kept out for a while, and nobody else is."""

import subprocess

import pytest

from envivo.lab import wan
from envivo.roles.media.bans import DIRECTORY, LIMIT
from tests.e2e.lab import Lab
from tests.patience import patient, until

STRANGERS, HOME = "198.51.100.70", "198.51.100.50"
"""Addresses by which their networks are seen."""
PAGE = "https://media.envivo.test"
CLIENT = f"fail2ban-client -c {DIRECTORY}"

pytestmark = pytest.mark.usefixtures("forgiven")


def page(host: str, target: str, *more: str) -> str:
    """The status that curl gets there, 000 where it is not let in."""
    command = ["curl", "-sk", "-m", str(patient(5)), "-o", "/dev/null", "-w", "%{http_code}", *more, f"{PAGE}{target}"]
    return subprocess.run([*wan.inside(host), *command], capture_output=True, text=True, check=False).stdout


def tries(host: str, *asked: tuple[str, str]) -> set[str]:
    """The statuses of requests (target, USER:PASSWORD or empty) that one curl makes one after the other.

    LIMIT counts attempts of a minute: a machine that starts a program for each of them may need longer.
    """
    each = f'output = "/dev/null"\nwrite-out = "%{{http_code}}\\n"\ninsecure\nsilent\nmax-time = {patient(5):.0f}\n'
    config = "next\n".join(
        f'url = "{PAGE}{target}"\n{each}' + (f'user = "{user}"\n' if user else "") for target, user in asked
    )
    command = [*wan.inside(host), "curl", "-K", "-"]
    return set(subprocess.run(command, input=config, capture_output=True, text=True, check=False).stdout.split())


def gets(host: str, status: str) -> bool:
    """Whether the page is answered so: fail2ban shows who is banned before its firewall knows."""
    return until(lambda seen: seen == status, lambda: page(host, "/web/"), 20) == status


def banned(staging: Lab, jail: str) -> list[str]:
    return staging.run(staging.media, f"{CLIENT} get {jail} banip").stdout.split()


def tried(staging: Lab, jail: str) -> int:
    """Attempts that the jail has counted since it was started."""
    status = staging.run(staging.media, f"{CLIENT} status {jail}").stdout
    return int(next(line for line in status.splitlines() if "Total failed" in line).split()[-1])


@pytest.mark.parametrize("target", ["/recordings/webcam/", "/api/paths/webcam"])
def test_wrong_passwords_close_the_page_to_their_address_alone(staging: Lab, target: str) -> None:
    statuses = tries("wan-stranger", *((target, f"eva:wrong-{number}") for number in range(LIMIT.attempts)))
    assert "401" in statuses and statuses <= {"401", "000"}

    assert until(bool, lambda: banned(staging, "envivo-web"), 20) == [STRANGERS]
    assert gets("wan-stranger", "000")
    assert page("wan-viewer", "/web/") == "200"

    staging.run(staging.media, f"{CLIENT} set envivo-web unbanip {STRANGERS}")
    assert gets("wan-stranger", "200")


def test_a_class_that_mistypes_once_is_let_in(staging: Lab) -> None:
    before = tried(staging, "envivo-web")
    target = "/recordings/webcam/"
    wrong = ((target, f"pupil{number}:wrong") for number in range(LIMIT.attempts - 1))
    # as programs ask first
    assert tries("wan-stranger", *(asked for one in wrong for asked in ((target, ""), one))) == {"401"}

    until(lambda now: now >= before + LIMIT.attempts - 1, lambda: tried(staging, "envivo-web"), 20)
    assert tried(staging, "envivo-web") == before + LIMIT.attempts - 1
    assert banned(staging, "envivo-web") == []
    assert page("wan-stranger", "/web/") == "200"


def test_wrong_passwords_over_rtsps_close_the_ports_of_publishers(staging: Lab) -> None:
    of_camera = f"ss -Htn state established 'sport = :8322 and dst {HOME}'"
    assert staging.run(staging.media, of_camera).stdout
    command = ["docker", "exec", "-i", "wan-stranger", "python3", "-", str(LIMIT.attempts + 5)]
    tried = subprocess.run(command, input=RTSPS, text=True, capture_output=True, timeout=patient(60), check=True)
    assert "401" in tried.stdout

    assert until(bool, lambda: banned(staging, "envivo-mediamtx"), 20) == [STRANGERS]
    assert page("wan-stranger", "/web/") == "200", "these ports alone"
    # the camera, at another address, publishes on
    assert staging.run(staging.media, of_camera).stdout


def test_instance_of_the_host_stays_masked_and_the_lines_are_in_the_journal(staging: Lab) -> None:
    assert staging.run(staging.media, "systemctl is-enabled fail2ban", check=False).stdout.strip() == "masked"
    page("wan-stranger", "/recordings/webcam/", "-u", "eva:very-secret-word")

    lines = until(
        lambda out: STRANGERS in out,
        lambda: staging.run(staging.media, "docker compose -f /opt/envivo/stack/compose.yml logs --tail 50 web").stdout,
        20,
    )
    assert "http.log.access.refused" in lines
    assert "very-secret-word" not in lines and "eva" not in lines


RTSPS = """
import base64, concurrent.futures, socket, ssl, sys

context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

def attempt(number):
    given = base64.b64encode(f"eva:wrong-{number}".encode()).decode()
    try:
        with socket.create_connection(("media.envivo.test", 8322), 20) as plain, context.wrap_socket(plain) as secure:
            secure.sendall(f"DESCRIBE rtsps://media.envivo.test:8322/webcam RTSP/1.0\\r\\nCSeq: 1\\r\\n"
                           f"Authorization: Basic {given}\\r\\n\\r\\n".encode())
            return secure.recv(100).decode().split("\\r\\n")[0]
    except OSError as error:
        return repr(error)

with concurrent.futures.ThreadPoolExecutor(20) as pool:
    print(*set(pool.map(attempt, range(int(sys.argv[1])))), sep="\\n")
"""
