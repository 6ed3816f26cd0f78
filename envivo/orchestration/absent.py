"""Hosts to which nothing is deployed."""

from collections.abc import Mapping

from envivo.orchestration.everywhere import everywhere
from envivo.probes.absence import absence
from envivo.remote import RemoteShell
from envivo.state import deployed
from envivo.verify.findings import Finding


def absent(shells: Mapping[str, RemoteShell]) -> list[Finding]:
    """One for each; none about hosts that do not answer."""
    seen, _ = everywhere(shells, absence)
    return [Finding(host, deployed.CODE, gone.words, deployed.FIX) for host, gone in seen.items() if gone]
