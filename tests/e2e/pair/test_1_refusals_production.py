"""What production is refused for: one message, an exit code that is not 0, and the bare host is as it was."""

from pathlib import Path
from typing import Any

import pytest

from envivo.config.lazy import merged
from tests.e2e.lab import Lab
from tests.e2e.pair.test_1_refusals import refused, unchanged

__all__ = ["unchanged"]

DOMAIN = "video.envivo.test"


@pytest.fixture
def named(bare: Lab) -> str:
    """The address of the media host, which resolves the domain to it."""
    address = bare.hosts[bare.media]
    bare.run(bare.media, f"grep -q {DOMAIN} /etc/hosts || echo {address} {DOMAIN} >> /etc/hosts")
    return address


class Production:
    """Writes an inventory and group data for the bare hosts: TLS, TURN on the media host."""

    def __init__(self, lab: Lab, directory: Path, address: str) -> None:
        self.lab, self.directory, self.address = lab, directory, address

    def refused(self, **more: Any) -> str:
        base = {
            "public_address": self.address,
            "web": {"domain": DOMAIN, "tls": {"directory": "https://acme.envivo.test:14000/dir"}},
            "turn": {"domain": DOMAIN, "address": self.address, "secret": "SECRET:turn"},
            "mediamtx": {
                "monitor": {"user": "monitor", "password": "SECRET:monitor"},
                "paths": {"webcam": {"publisher": {"user": "webcam", "password": "SECRET:publish-webcam"}}},
            },
            "cameras": {"webcam": {"source": "test"}},
        }
        data = repr(merged(base, more))
        for name in ("turn", "monitor", "publish-webcam"):
            data = data.replace(f"'SECRET:{name}'", f"secret({name!r})")
        settings = self.directory / "settings"
        settings.mkdir()
        (settings / "lab.py").write_text(
            "from envivo.secrets import secret\nfrom envivo.orchestration.environment import environment\n\n"
            f"settings = environment(secrets='generated', **{data})\n"
        )
        inventory = self.directory / "lab.py"
        inventory.write_text(
            "from envivo.lab.inventory import hosts as _hosts\n\n"
            "media = turn = _hosts('media')\ncameras = _hosts('cameras')\n"
        )
        return refused(self.lab, str(inventory), "--group-data", str(settings))


@pytest.fixture
def production(named: str, unchanged: Lab, tmp_path: Path) -> Production:
    return Production(unchanged, tmp_path, named)


def test_domain_that_does_not_resolve_is_refused(production: Production) -> None:
    said = production.refused(web={"domain": "nowhere.envivo.test"})
    assert f"nowhere.envivo.test does not resolve: give it an A record for {production.address} in the DNS" in said


def test_domain_that_leads_elsewhere_is_refused(production: Production) -> None:
    elsewhere = production.address.rpartition(".")[0] + ".99"
    turn = {"address": elsewhere, "listen_address": production.address}
    said = production.refused(public_address=elsewhere, turn=turn)
    assert f"{DOMAIN} resolves to {production.address}: its A record in the DNS must be {elsewhere}" in said


def test_turn_at_an_address_that_the_host_has_not_is_refused(production: Production) -> None:
    said = production.refused(turn={"listen_address": "192.168.99.9"})
    assert "turn.listen_address: 192.168.99.9 is not on any interface of the host: must be one of " in said
