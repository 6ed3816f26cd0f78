"""One role from a deploy.py of one's own: the example of docs/howto/one_role.md, with certificates from files."""

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
from envivo.probes import turn, turn_abuse
from envivo.probes.ice_servers import IceServer
from tests.e2e.lab import BIN, LONGEST_S, Lab
from tests.unit.settings.pairs import signed

pytestmark = pytest.mark.proof

DOMAIN, SECRET = "turn.envivo.test", "canary-turn-Zm9v_0123456789-Qk7"
PEER = "203.0.113.9"


def example(address: str, certificate: Path, key: Path) -> str:
    (text, *_) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/howto/one_role.md").read_text(), re.DOTALL)
    tls = f'Tls(issuer="files", certificate={str(certificate)!r}, key={str(key)!r})'
    return (
        str(text)
        .replace("turn.example.net", DOMAIN)
        .replace("203.0.113.7", address)
        .replace('Tls(email="you@example.net")', tls)
    )


def credentials() -> IceServer:
    """As MediaMTX makes them of the secret: docs/notes/coturn.md."""
    user = f"{int(time.time()) + 600}:viewer"
    digest = hmac.new(SECRET.encode(), user.encode(), hashlib.sha1).digest()
    return IceServer("", user, base64.b64encode(digest).decode())


def changed(lab: Lab, inventory: Path, deploy: Path) -> list[str]:
    """The operations that changed something, of a run in a directory that has nothing else of envivo."""
    done = subprocess.run(
        [BIN / "pyinfra", inventory, deploy, "-y", "--json"],
        cwd=deploy.parent, env=lab.environ, capture_output=True, text=True, timeout=LONGEST_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [operation["name"] for operation in json.loads(done.stdout)["results"]["operations"] if operation["success"]]


def test_coturn_alone_on_a_bare_host(bare_spare: Lab, tmp_path: Path) -> None:
    lab = bare_spare
    ((host, address),) = lab.hosts.items()
    lab.run(host, f"echo '{address} {DOMAIN}' >> /etc/hosts")
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

    assert "TURN | Start coturn" in changed(lab, inventory, deploy)
    assert changed(lab, inventory, deploy) == []

    server = turn.server(f"turn:{DOMAIN}:3478?transport=tcp", address)
    seen = turn_abuse.ask(server, credentials(), PEER)
    assert seen.demands and not seen.not_refused, seen
    assert "mediamtx" not in lab.run(host, "ls /opt/envivo /etc/envivo; command -v docker || true").stdout
