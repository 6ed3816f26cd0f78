"""All of staging on one machine, and the way there from the lab's settings and back."""

import json
import re
import stat
import subprocess
import tarfile
from base64 import b64encode
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from envivo.core.paths import STATE
from tests.e2e.drifts import STAGING
from tests.e2e.lab import Lab, killed_after
from tests.e2e.repair import assert_repaired
from tests.patience import patient, until
from tests.unit.canaries import spellings
from tests.unit.probes.authority import Authority, Pair

pytestmark = pytest.mark.timeout(patient(200))

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
CONTAINERS = "docker ps -q --no-trunc"


@dataclass(frozen=True)
class Staged:
    """The host as staging, and what was seen on the way there from the lab's settings."""

    staging: Lab
    left_before: str
    containers_before: str
    deployed: subprocess.CompletedProcess[str]
    """The most talkative deploy."""
    verified: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def lab(spare: Lab) -> Lab:
    """One host that is reached by its name."""
    (address,) = spare.hosts.values()
    spare.run(spare.media, f"grep -q {HOST} /etc/hosts || echo {address} {HOST} >> /etc/hosts")
    return spare


@pytest.fixture(scope="module")
def staging(lab: Lab) -> Lab:
    return replace(lab, env="staging")


@pytest.fixture(scope="module")
def staged(lab: Lab, staging: Lab) -> Staged:
    lab.deploy()
    before = lab.run(lab.media, LEFT).stdout, lab.run(lab.media, CONTAINERS).stdout
    listen = "cat > /run/listener.py && systemd-run -q --collect --unit listener python3 /run/listener.py"
    try:
        lab.run(lab.media, listen, stdin=LISTENER)
        deployed = staging.pyinfra("inventories/staging.py", "deploy.py", "-y", "-vvv", "--diff", "--debug")
        assert deployed.returncode == 0, "the deploy failed"
        verified = staging.verified("--json")
    finally:  # it never rests
        lab.run(lab.media, "systemctl stop listener; rm /run/listener.py")
    return Staged(staging, *before, deployed, verified)


def test_lab_becomes_staging(staged: Staged) -> None:
    assert json.loads(staged.verified.stdout)["ok"]
    assert staged.staging.deploy() == {}


def test_no_secret_is_seen_anywhere(staged: Staged) -> None:
    """Planted by what staging generates: the most talkative deploy, everything that the host keeps, all that it ran."""
    lab, host = staged.staging, staged.staging.media
    seen = {
        "pyinfra": staged.deployed.stdout + staged.deployed.stderr,
        "verify": staged.verified.stdout + staged.verified.stderr,
        "processes": lab.run(host, "cat /run/heard").stdout,
        "containers": lab.run(host, "docker inspect $(docker ps -aq)").stdout,
        "units": lab.run(host, "systemctl show '*'").stdout,
        "journal": lab.run(host, "journalctl --no-pager -o cat").stdout,
        "files that anybody may read": lab.run(host, READABLE).stdout,
    }
    for place, known in KNOWN.items():
        assert known in seen[place], f"{place} was not looked at"
    for name, secret in secrets_of_staging().items():
        assert [place for place, text in seen.items() if secret in text] == [], f"the secret {name} is there"


def test_support_bundle_has_no_secret_in_any_spelling(staged: Staged, tmp_path: Path) -> None:
    """After the viewers of a verification, and a unit that says each secret in each spelling."""
    lab, host, file = staged.staging, staged.staging.media, tmp_path / "bundle.tar.gz"
    known = [secret for name, secret in secrets_of_staging().items() if "base64" not in name]
    users = ("webcam", "viewer", "monitor")
    said = [text for secret in known for user in users for text in spellings(secret, user).values()]
    lab.run(host, f"cat > /run/said && systemd-run -q --wait --unit {SAYS} cat /run/said; rm /run/said",
            stdin="\n".join([*said, "all is said"]))  # fmt: skip

    def bundled() -> dict[str, str]:
        """File -> text."""
        file.unlink(missing_ok=True)
        done = lab.envivo("support-bundle", lab.env, "--to", str(file))
        assert done.returncode == 0, done.stderr
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        with tarfile.open(file) as archive:
            files = {member.name.partition("/")[2]: archive.extractfile(member) for member in archive.getmembers()}
            return {name: content.read().decode() for name, content in files.items() if content}

    # one of its probes may lack time on a machine with other work
    texts = until(lambda texts: bool(json.loads(texts["verify.json"])["ok"]), bundled, 60, 0)

    for name, seen in IN_BUNDLE.items():
        assert seen in texts[name.format(host=host)], name
    assert json.loads(texts["verify.json"])["ok"] and json.loads(texts["plan.json"])["ok"]
    assert [name for name in texts if name.endswith(".key") or "/tls/" in name] == []
    assert [(name, text) for name, content in texts.items() for text in said if text in content] == []
    controller = lab.run(host, "echo ${SSH_CONNECTION%% *}").stdout.strip()
    assert [name for name, content in texts.items() if re.search(rf"(?<![\d.]){controller}(?![\d.])", content)] == []


SAYS = "envivo-says.service"
IN_BUNDLE = {
    "status.json": "webcam",
    "history.json": "mediamtx",
    "check.json": "a deploy would not be refused",
    "settings.json": "media.envivo.test",
    "versions.txt": "pyinfra ",
    "hosts/{host}/journal.txt": "all is said",
    "hosts/{host}/logs.txt": "is publishing to path 'webcam'",
    "hosts/{host}/docker.json": "envivo.revision",
    "hosts/{host}/docker.txt": "Server:",
    "hosts/{host}/nft.txt": "table inet envivo_media",
    "hosts/{host}/listeners.txt": ":8189",
    "hosts/{host}/units.txt": "envivo-stack.service",
    "hosts/{host}/os-release": "Debian",
    "hosts/{host}/deploys.txt": "mediamtx.yml",
    "hosts/{host}/files/etc/envivo/mediamtx/mediamtx.yml": "rtspAddress",
    "hosts/{host}/files/etc/envivo/turn/turnserver.conf": "static-auth-secret=***",
}
"""File of a support bundle -> what is in it."""
KNOWN = {
    "pyinfra": "systemctl restart coturn",
    "verify": "relays media over tls",
    "processes": "/usr/bin/turnserver",
    "containers": "envivo.revision",
    "units": "envivo-certificates.path",
    "journal": "coTURN",
    "files that anybody may read": "export function buildView",
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


def test_staging_becomes_the_lab_again_and_nothing_is_left(lab: Lab, staged: Staged) -> None:
    lab.deploy()
    assert lab.deploy() == {}
    lab.verified()
    # what its timers start is there for a moment
    left = until(lambda left: left == staged.left_before, lambda: lab.run(lab.media, LEFT).stdout, 20)
    assert left == staged.left_before
    assert lab.run(lab.media, CONTAINERS).stdout == staged.containers_before, "a container was made anew"
    assert lab.run(lab.media, "systemctl is-enabled coturn", check=False).stdout.strip() == "masked"


@pytest.mark.proof
def test_what_differs_is_named_and_one_deploy_puts_it_right(staging: Lab) -> None:
    staging.deploy()
    assert_repaired(staging, STAGING)


@pytest.mark.proof
def test_killed_between_the_package_and_its_configuration_coturn_does_not_run(lab: Lab, staging: Lab) -> None:
    """The mask comes first, and stays: docs/notes/coturn.md#the-package-starts-a-relay"""
    lab.deploy()
    host = lab.media
    lab.run(host, "apt-get purge -y -qq coturn >/dev/null 2>&1; rm -f /etc/systemd/system/coturn.service")

    assert killed_after(staging, 3)

    state = "systemctl show -P LoadState coturn.service; ss -Hlnt | grep -c ':3478 ' || true"
    assert lab.run(host, f"command -v turnserver; {state}").stdout.split() == ["/usr/bin/turnserver", "masked", "0"]
    staging.deploy()
    staging.verified()


@pytest.mark.proof
def test_new_certificate_of_caddy_reaches_mediamtx_and_coturn(staging: Lab) -> None:
    staging.deploy()
    host = staging.media
    before = serials(staging)
    kept = f"/var/lib/envivo/caddy/caddy/certificates/envivo-*/{HOST}"

    # what a renewal does: other files in their place (of an internal certificate it comes twice a day)
    compose = "docker compose -f /opt/envivo/stack/compose.yml"
    staging.run(host, f"rm -r {kept} && {compose} restart web")

    def new_everywhere(shown: dict[str, str]) -> bool:
        return len(set(shown.values())) == 1 and shown["443"] not in ("", before["443"])

    after = until(new_everywhere, lambda: serials(staging), 60)
    assert new_everywhere(after), after


@pytest.mark.proof
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
from envivo.orchestration.environment import derive

settings = derive(_staging, dict, web={{"tls": {{"issuer": "files", **{files!r}}}}})
""")
    return settings


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=patient(20)).stdout


def serial(port: int) -> str:
    return (
        f"echo | openssl s_client -connect {HOST}:{port} -servername {HOST} 2>/dev/null | openssl x509 -noout -serial"
    )


def serials(lab: Lab) -> dict[str, str]:
    """Of what is shown at each port, "" where nothing is."""
    ports = (443, 1936, 5349, 8322)
    said = lab.run(lab.media, "; ".join(f"echo {port} $({serial(port)})" for port in ports)).stdout
    return {port: shown for port, _, shown in (line.partition(" ") for line in said.splitlines())}


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
