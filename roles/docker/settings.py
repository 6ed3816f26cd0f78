"""Docker Engine and Compose on media hosts."""

PACKAGES = ("docker.io", "docker-cli", "docker-compose", "iptables")
"""Debian 13's own. `iptables` by name, because recommended packages are left out."""

PROVIDED_BY = "command -v dockerd && command -v iptables && docker compose version"
"""A host on which this works already has its Docker (from Docker's own packages, say) and keeps it."""
