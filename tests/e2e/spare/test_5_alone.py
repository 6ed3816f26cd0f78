"""One role from a deploy.py of one's own: the example of docs/howto/one_role.md, with certificates from files."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import subprocess
import time
from pathlib import Path

import pytest

from envivo.core.paths import PROJECT as ROOT
from envivo.probes import ProbeError, turn, turn_abuse
from envivo.probes.ice_servers import OfferedServer
from tests.e2e.lab import BIN, LONGEST_S, Lab
from tests.patience import until
from tests.unit.settings.pairs import signed

pytestmark = pytest.mark.proof

DOMAIN, SECRET = "turn.envivo.test", "canary-turn-Zm9v_0123456789-Qk7"
PEER = "203.0.113.9"
OWN, THEIRS = "home.envivo.test", "elsewhere.envivo.test"


def example(address: str, certificate: Path, key: Path) -> str:
    (text, *_) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/howto/one_role.md").read_text(), re.DOTALL)
    tls = f'Tls(issuer="files", certificate={str(certificate)!r}, key={str(key)!r})'
    return (
        str(text)
        .replace("turn.example.net", DOMAIN)
        .replace("203.0.113.7", address)
        .replace('Tls(email="you@example.net")', tls)
    )


def credentials() -> OfferedServer:
    """As MediaMTX makes them of the secret: docs/notes/coturn.md."""
    user = f"{int(time.time()) + 600}:viewer"
    digest = hmac.new(SECRET.encode(), user.encode(), hashlib.sha1).digest()
    return OfferedServer("", user, base64.b64encode(digest).decode())


def changed(lab: Lab, inventory: Path, deploy: Path) -> list[str]:
    """The operations that changed something, of a run in a directory that has nothing else of envivo."""
    done = subprocess.run(
        [BIN / "pyinfra", inventory, deploy, "-y", "--json"],
        cwd=deploy.parent, env=lab.environ, capture_output=True, text=True, timeout=LONGEST_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [operation["name"] for operation in json.loads(done.stdout)["results"]["operations"] if operation["success"]]


def files_of(lab: Lab, tmp_path: Path) -> tuple[Path, Path]:
    """Inventory and deploy of the example, for the only host."""
    ((host, address),) = lab.hosts.items()
    lab.run(host, f"grep -q {DOMAIN} /etc/hosts || echo '{address} {DOMAIN}' >> /etc/hosts")
    pair = signed(DOMAIN)
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.write_text(pair.certificate)
    key.write_text(pair.key)
    key.chmod(0o600)
    known_hosts = str(Path(lab.ssh_key).parent / "known_hosts")
    reached = {"ssh_hostname": address, "ssh_user": "root", "ssh_key": lab.ssh_key, "ssh_known_hosts_file": known_hosts}
    reached["turn_secret"] = SECRET
    inventory, deploy = tmp_path / "turn.py", tmp_path / "deploy_turn.py"
    inventory.write_text(f"relays = [({host!r}, {reached!r})]\n")
    deploy.write_text(example(address, certificate, key))
    return inventory, deploy


def test_coturn_alone_on_a_bare_host(bare_spare: Lab, tmp_path: Path) -> None:
    lab = bare_spare
    ((host, address),) = lab.hosts.items()
    inventory, deploy = files_of(lab, tmp_path)

    assert "TURN | Start coturn" in changed(lab, inventory, deploy)
    assert changed(lab, inventory, deploy) == []

    server = turn.server(f"turn:{DOMAIN}:3478?transport=tcp", address)
    seen = turn_abuse.ask(server, credentials(), PEER)
    assert seen.demands and not seen.not_refused, seen
    assert "mediamtx" not in lab.run(host, "ls /opt/envivo /etc/envivo; command -v docker || true").stdout


def relay_at(address: str) -> tuple[str, str]:
    """The address of a relay, and what is answered to a permission for PEER."""

    async def ask() -> tuple[str, str]:
        deadline = asyncio.get_running_loop().time() + 5
        server = turn.server(f"turn:{DOMAIN}:3478?transport=tcp", address)
        async with turn.connected(server, credentials(), deadline) as client:
            await client.allocate()
            return client.relayed.rpartition(":")[0], (await client.permit((PEER, 9))).words

    try:
        return asyncio.run(ask())
    except ProbeError as error:
        return "", str(error)


def test_coturn_follows_names(bare_spare: Lab, tmp_path: Path) -> None:
    """Its own, whose address a router maps to the host's, and that of the MediaMTX it relays to."""
    lab = bare_spare
    ((host, address),) = lab.hosts.items()
    inventory, deploy = files_of(lab, tmp_path)
    text = deploy.read_text().replace(f'address="{address}"', f'address="{OWN}", listen_address="{address}"')
    deploy.write_text(text.replace(f'"{PEER}"', f'"{THEIRS}"'))
    assert text.count(OWN) == 1 and THEIRS in deploy.read_text()

    def say(own: str, theirs: str) -> None:
        lines = "".join(f"{found} {name}\\n" for found, name in ((own, OWN), (theirs, THEIRS)) if found)
        keep = f"grep -v -e {OWN} -e {THEIRS} -e {DOMAIN} /etc/hosts >/run/hosts"
        names = f"printf '{own or address} {DOMAIN}\\n{lines}' >>/run/hosts"
        lab.run(host, f"{keep}; {names}; cat /run/hosts >/etc/hosts")

    def told(own: str) -> tuple[str, str]:
        return until(lambda seen: seen[0] == own, lambda: relay_at(address), 60, 1)

    say("198.51.100.7", PEER)
    changed(lab, inventory, deploy)
    assert told("198.51.100.7") == ("198.51.100.7", "granted")
    assert changed(lab, inventory, deploy) == []
    assert f"{PEER}" in lab.run(host, "nft list set inet envivo_turn peers").stdout

    say("203.0.113.77", "203.0.113.78")
    seen = told("203.0.113.77")
    assert seen[0] == "203.0.113.77" and seen[1].startswith("403"), seen
    assert "203.0.113.78" in lab.run(host, "nft list set inet envivo_turn peers").stdout

    started = lab.run(host, "systemctl show -P ExecMainStartTimestampMonotonic coturn").stdout
    say("", "")
    lost = "journalctl -u envivo-address-coturn -o cat | grep -c 'does not resolve, what it was is kept'"
    assert until(lambda number: number == "2", lambda: lab.run(host, lost, check=False).stdout.strip(), 60, 1) == "2"
    assert relay_at(address)[0] == "203.0.113.77"
    assert lab.run(host, "systemctl show -P ExecMainStartTimestampMonotonic coturn").stdout == started
