"""The lab as a pyinfra inventory: read from the topology and the lab's state alone, no program is run."""

import os

from envivo.core.errors import EnvivoError
from envivo.lab import keys, topology


def hosts(group: str, default: str = topology.DEFAULT) -> list[tuple[str, dict[str, str]]]:
    """pyinfra's (name, data) of each host of `group` in the topology that ENVIVO_TOPOLOGY names, else in `default`.

    Raises EnvivoError where that topology does not exist or was not brought up.
    """
    chosen = topology.named(os.environ.get("ENVIVO_TOPOLOGY") or default)
    keys.ensure_readable()
    ranges, enrolled = keys.ranges(), keys.known()
    found = []
    for host in chosen.hosts:
        if not host.over_ssh:
            continue
        address = host.address(ranges)
        if address not in enrolled:
            raise EnvivoError(host.name, "the lab has no such host yet", chosen.up)
        if group in host.groups:
            found.append((host.name, connection(address)))
    return found


def connection(address: str) -> dict[str, str]:
    return {
        "ssh_hostname": address,
        "ssh_user": "root",
        "ssh_config_file": os.devnull,  # a user's own rules for 10.* are not meant for the lab
        "ssh_key": str(keys.KEY),
        "ssh_known_hosts_file": str(keys.KNOWN_HOSTS),
        "ssh_strict_host_key_checking": "yes",
    }
