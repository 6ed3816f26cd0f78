"""Docker Engine and Compose on media hosts."""

from envivo.state.systems import Least

PACKAGES = ("docker.io", "docker-cli", "docker-compose", "iptables")
"""Debian 13's own. `iptables` by name, because recommended packages are left out."""

ELSEWHERE = {"docker-cli": "docker.io", "docker-compose": "docker-compose-v2"}
"""Ubuntu's names. Its docker-compose is another program, of 2020."""
_ANOTHER = "install Docker's own packages (https://docs.docker.com/engine/install) and deploy again"
LEAST = {
    "docker.io": Least("26.1", "dockerd --version 2>/dev/null | grep -oE '[0-9][0-9.]*' | head -n 1", _ANOTHER),
    "docker-compose": Least("2.26", "docker compose version --short 2>/dev/null", _ANOTHER),
}
"""Debian 13's."""

PROVIDED_BY = "command -v dockerd && command -v iptables && docker compose version"
"""A host on which this works already has its Docker (from Docker's own packages, say) and keeps it."""
