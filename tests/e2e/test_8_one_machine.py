"""All of staging on one machine, and the way there from the lab's settings and back."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from envivo.places import STATE
from tests.e2e.lab import Lab, fresh, killed_after
from tests.unit.probes.authority import Authority, Pair

HOST = "media.envivo.test"
LEFT = r"""
ss -Hlntu | awk '{ print $1, $5 }' | grep -v '127.0.0' | sort
docker ps -a --format '{{.Names}}' | sort
systemctl list-units --all --plain --no-legend 'envivo*' 'coturn*' 'certbot*' | awk '{ print $1, $3, $4 }' | sort
find /etc/envivo /opt/envivo /etc/systemd/system /etc/sysctl.d /usr/local/share/ca-certificates \
	! -path '*/__pycache__*' ! -lname /dev/null -printf '%p %u:%g %m\n' | sort
nft list tables | grep -v ' ip ' || true
sysctl net.ipv4.ip_unprivileged_port_start
"""
"""Open ports, containers, units, files, firewall tables. The mask of coturn stays with its package, in /dev/null."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One host that is reached by its name, with the lab's settings."""
    for spare in fresh("spare"):
        (address,) = spare.hosts.values()
        spare.run(spare.media, f"echo {address} {HOST} >> /etc/hosts")
        spare.deploy()
        yield spare


@pytest.fixture(scope="module")
def staging(lab: Lab) -> Lab:
    return Lab(lab.topology, lab.hosts, lab.ssh_key, env="staging")


def test_lab_becomes_staging_and_the_lab_again_and_nothing_is_left(lab: Lab, staging: Lab) -> None:
    before = lab.run(lab.media, LEFT).stdout
    containers = lab.run(lab.media, "docker ps -q --no-trunc").stdout

    staging.deploy()
    assert staging.deploy() == {}
    verified = staging.envivo("verify", "staging")
    print(verified.stderr)
    assert verified.returncode == 0, verified.stdout + verified.stderr

    lab.deploy()
    assert lab.deploy() == {}
    verified = lab.envivo("verify", "lab")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert lab.run(lab.media, LEFT).stdout == before
    assert lab.run(lab.media, "docker ps -q --no-trunc").stdout == containers, "a container was made anew"
    assert lab.run(lab.media, "systemctl is-enabled coturn", check=False).stdout.strip() == "masked"


def test_new_certificate_of_caddy_reaches_mediamtx_and_coturn(staging: Lab) -> None:
    staging.deploy()
    host = staging.media
    before = serials(staging)
    kept = f"/var/lib/envivo/caddy/caddy/certificates/envivo-*/{HOST}"

    # what a renewal does: other files in their place (of an internal certificate it comes twice a day)
    compose = "docker compose -f /opt/envivo/stack/compose.yml"
    staging.run(host, f"rm -r {kept} && {compose} restart web")

    wait = f'for n in $(seq 100); do [ "$({serial(5349)})" != {before["5349"]} ] && break; sleep 0.2; done'
    staging.run(host, wait)
    after = serials(staging)
    assert len(set(after.values())) == 1, after
    assert after["443"] != before["443"]


def test_own_certificate_is_shown_everywhere_and_so_is_the_next(staging: Lab, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority", "the company")
    for _ in range(2):
        pair = authority.pair(HOST)
        staging.deploy(own_certificate(tmp_path, authority, pair))
        shown = run("openssl", "x509", "-in", str(pair.certificate), "-noout", "-serial").strip()
        assert set(serials(staging).values()) == {shown}
        assert staging.deploy(own_certificate(tmp_path, authority, pair)) == {}


def own_certificate(directory: Path, authority: Authority, pair: Pair) -> Path:
    """Group data: staging, with files of one's own."""
    files = {"certificate": str(pair.certificate), "key": str(pair.key), "root": str(authority.file)}
    settings = directory / "settings"
    settings.mkdir(exist_ok=True)
    (settings / "staging.py").write_text(f"""
from group_data.staging import settings as _staging
from roles.environment import exchanged

settings = exchanged(_staging, dict, web={{"tls": {{"issuer": "files", **{files!r}}}}})
""")
    return settings


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout


def serial(port: int) -> str:
    return (
        f"echo | openssl s_client -connect {HOST}:{port} -servername {HOST} 2>/dev/null | openssl x509 -noout -serial"
    )


def serials(lab: Lab) -> dict[str, str]:
    """Of what is shown at each port."""
    ports = (443, 1936, 5349, 8322)
    said = lab.run(lab.media, "; ".join(f"echo {port} $({serial(port)})" for port in ports)).stdout
    return dict(line.split(" ", 1) for line in said.splitlines())


def test_killed_between_the_package_and_its_configuration_coturn_does_not_run(lab: Lab, staging: Lab) -> None:
    """The package starts a relay that is open to anybody (security.md 0): the mask comes first, and stays."""
    lab.deploy()
    host = lab.media
    lab.run(host, "apt-get purge -y -qq coturn >/dev/null 2>&1; rm -f /etc/systemd/system/coturn.service")

    assert killed_after(staging, 2)

    state = "systemctl show -P LoadState coturn.service; ss -Hlnt | grep -c ':3478 ' || true"
    assert lab.run(host, f"command -v turnserver; {state}").stdout.split() == ["/usr/bin/turnserver", "masked", "0"]
    staging.deploy()
    assert json.loads(staging.envivo("verify", "staging", "--json").stdout)["ok"]


def test_no_secret_is_seen_anywhere(lab: Lab, staging: Lab) -> None:
    """Planted by what staging generates: the most talkative deploy, everything that the host keeps, all that it ran."""
    lab.deploy()
    host = lab.media
    lab.run(host, "cat > /run/listener.py && systemd-run -q --unit listener python3 /run/listener.py", stdin=LISTENER)

    talkative = ["inventories/staging.py", "deploy.py", "-y", "-vvv", "--diff", "--debug"]
    deployed = staging.pyinfra(*talkative)
    assert deployed.returncode == 0, "the deploy failed"
    verified = staging.envivo("verify", "staging", "--json")
    assert verified.returncode == 0, "the verification failed"

    seen = {
        "pyinfra": deployed.stdout + deployed.stderr,
        "verify": verified.stdout + verified.stderr,
        "processes": lab.run(host, "systemctl stop listener; cat /run/heard").stdout,
        "containers": lab.run(host, "docker inspect $(docker ps -aq)").stdout,
        "units": lab.run(host, "systemctl show '*'").stdout,
        "journal": lab.run(host, "journalctl --no-pager -o cat").stdout,
        "files that anybody may read": lab.run(host, READABLE).stdout,
    }
    for place, known in KNOWN.items():
        assert known in seen[place], f"{place} was not looked at"
    for name, secret in secrets_of_staging().items():
        assert [place for place, text in seen.items() if secret in text] == [], f"the secret {name} is there"


KNOWN = {
    "pyinfra": "systemctl restart coturn",
    "verify": "relays media over tls",
    "processes": "/usr/bin/turnserver",
    "containers": "envivo.revision",
    "units": "envivo-certificates.path",
    "journal": "coTURN",
    "files that anybody may read": "What a viewer sees and touches",
}


def secrets_of_staging() -> dict[str, str]:
    """As they are, and as a header would carry them."""
    kept: dict[str, str] = json.loads((STATE / "secrets" / "staging.json").read_text())
    key = (STATE / "authorities" / "staging.key").read_text().splitlines()[1]
    basic = {
        f"{name} (base64)": b64encode(f"{user}:{kept[name]}".encode()).decode()
        for name, user in (("publish-webcam", "webcam"), ("view-webcam", "viewer"), ("monitor", "monitor"))
    }
    return {**kept, **basic, "key of the authority": key}


# Every command line and environment that is there at any time, as far as other users see them: command lines.
LISTENER = """
import os
heard = set()
while True:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                line = file.read()
        except OSError:
            continue
        if line not in heard:
            heard.add(line)
            with open("/run/heard", "ab") as file:
                file.write(line + b"\\n")
"""
READABLE = (
    "find / -xdev -type f -perm -o=r -size -2000k -not -path '/proc/*' -not -path '/sys/*' -not -path '/usr/*' "
    "-not -path '/var/lib/docker/*' -not -path '/var/lib/dpkg/*' -not -path '/run/heard' -exec cat {} + 2>/dev/null; "
    "find /run /tmp /var/tmp -type f -perm -o=r -not -name heard -exec cat {} + 2>/dev/null | strings; true"
)
