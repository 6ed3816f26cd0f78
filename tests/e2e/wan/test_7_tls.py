"""The TLS of the page and of TURN, as testssl.sh judges it from a stranger's network."""

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from envivo.lab import acme, wan
from tests.patience import patient

pytestmark = [pytest.mark.proof, pytest.mark.timeout(patient(300))]

EXPLAINED = {
    "cert_revocation": "the lab's ACME server names no revocation list",
    "cert_revocation <cert#1>": "the lab's ACME server names no revocation list",
}
"""Of what is above LOW; docs/security.md says the same."""
GRAVE = ("MEDIUM", "HIGH", "CRITICAL")
SERVERS = {"media.envivo.test": ("198.51.100.10", 443), "turn.envivo.test": ("198.51.100.11", 5349)}


@pytest.mark.usefixtures("staging")
def test_nothing_above_low_is_found(tmp_path: Path, say: Callable[[str], None]) -> None:
    def findings(name: str) -> list[dict[str, str]]:
        (address, port), report = SERVERS[name], tmp_path / f"{name}.json"
        command = [
            *wan.inside("wan-stranger"), "testssl", "--ip", address, "--warnings", "batch", "--color", "0",
            "--add-ca", str(acme.ROOT), "--openssl-timeout", "5", "--connect-timeout", "5",
            "-p", "-s", "-f", "-S", "-U", *(["-h"] if port == 443 else []), "--jsonfile", str(report), f"{name}:{port}",
        ]  # fmt: skip
        ran = subprocess.run(command, capture_output=True, text=True, timeout=patient(200), check=False)
        found: list[dict[str, str]] = json.loads(report.read_text())
        assert {"TLS1_2", "LUCKY13", "cert_trust"} <= {one["id"] for one in found}, ran.stdout
        return found

    with ThreadPoolExecutor() as pool:
        reports = list(pool.map(findings, SERVERS))
    found = [(name, one) for name, report in zip(SERVERS, reports, strict=True) for one in report]
    for name, one in found:
        if one["severity"] not in ("OK", "INFO"):
            say(f"{name}: {one['severity']} {one['id']}: {one['finding']}")
    assert [(name, one) for name, one in found if one["severity"] in GRAVE and one["id"] not in EXPLAINED] == []
