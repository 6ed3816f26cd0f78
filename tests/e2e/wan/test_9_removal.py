"""The end of the topology wan: nothing of it is left on the machine. Last, for it takes the hosts of all others."""

import subprocess

from envivo.core.paths import STATE
from envivo.lab import engine
from tests.e2e.lab import Lab


def output(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def test_down_leaves_no_host_and_no_network(internet: Lab) -> None:
    down = internet.envivo("lab", "down", "--topology", "wan")
    assert down.returncode == 0, down.stderr
    if engine.answers():  # it ends with the last host of the lab
        assert "wan-" not in output("docker", "ps", "-a", "--format", "{{.Names}}")
        networks = set(output("docker", "network", "ls", "--format", "{{.Name}}").split())
        assert not {"envivo-internet", "envivo-home", "envivo-viewers", "envivo-strangers"} & networks
    routes = output("ip", "-4", "route")
    assert not [net for net in ("198.51.100.0", "192.168.50.0", "192.168.60.0", "192.168.70.0") if net in routes]
    assert not (STATE / "lab/acme").exists()
