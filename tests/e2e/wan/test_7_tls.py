"""The TLS of the page and of TURN, as testssl.sh judges it from a stranger's network."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import acme, wan
from tests.e2e.lab import Lab

EXPLAINED = {
    "cert_revocation": "the lab's ACME server names no revocation list",
    "cert_revocation <cert#1>": "the lab's ACME server names no revocation list",
}
"""Of what is above LOW; docs/security.md says the same."""
GRAVE = ("MEDIUM", "HIGH", "CRITICAL")


@pytest.mark.parametrize(
    ("name", "address", "port"),
    [("media.envivo.test", "198.51.100.10", 443), ("turn.envivo.test", "198.51.100.11", 5349)],
)
def test_nothing_above_low_is_found(
    staging: Lab, name: str, address: str, port: int, tmp_path: Path, say: Callable[[str], None]
) -> None:
    report = tmp_path / "report.json"
    command = [
        *wan.inside("wan-stranger"), "testssl", "--ip", address, "--warnings", "batch", "--color", "0",
        "--add-ca", str(acme.ROOT), "--openssl-timeout", "5", "--connect-timeout", "5",
        "-p", "-s", "-f", "-S", "-U", *(["-h"] if port == 443 else []), "--jsonfile", str(report), f"{name}:{port}",
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, timeout=420, check=False)
    findings = json.loads(report.read_text())
    assert {"TLS1_2", "LUCKY13", "cert_trust"} <= {one["id"] for one in findings}, ran.stdout
    for one in findings:
        if one["severity"] not in ("OK", "INFO"):
            say(f"{name}:{port}: {one['severity']} {one['id']}: {one['finding']}")
    grave = {one["id"]: one["finding"] for one in findings if one["severity"] in GRAVE}
    assert {name: what for name, what in grave.items() if name not in EXPLAINED} == {}
