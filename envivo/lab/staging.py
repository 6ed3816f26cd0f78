"""What staging exchanges in production's settings: the names, addresses and certificate authority of lab hosts."""

import os
from typing import Any

from envivo.core.errors import EnvivoError
from envivo.internal_ca import ensure_internal_ca
from envivo.lab import acme, keys, topology

DEFAULT = "wan"


def overrides() -> dict[str, Any]:
    """For envivo.orchestration.environment.derive. In a topology of one host, that host is all of it."""
    chosen = topology.named(os.environ.get("ENVIVO_TOPOLOGY") or DEFAULT)
    ranges = keys.ranges()
    if len(chosen.hosts) == 1:
        name, address = "media.envivo.test", chosen.hosts[0].address(ranges)
        return _settings(name, address, name, address, {"issuer": "internal", **ensure_internal_ca("staging")})
    media, turn = chosen.host_of("media"), chosen.host_of("turn")
    if media is None or turn is None:
        raise EnvivoError(
            f"topology {chosen.name}",
            "has no turn host",
            f"choose the topology {DEFAULT}, or one that has a single host",
            exit_code=2,
        )
    domains = chosen.domains(ranges)
    tls = {"directory": acme.DIRECTORY, "directory_ca": str(acme.DIRECTORY_CA), "root": str(acme.ROOT)}
    return _settings(media.domain, domains[media.domain], turn.domain, domains[turn.domain], tls)


def _settings(domain: str, address: str, turn: str, turn_address: str, tls: dict[str, str]) -> dict[str, Any]:
    return {
        "public_address": address,
        "web": {"domain": domain, "tls": {"email": "lab@envivo.test", **tls}},
        "turn": {"domain": turn, "address": turn_address},
    }
