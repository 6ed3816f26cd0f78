"""SSH between the lab and its hosts: one key for the lab, one key per host, known before the first connection."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from tempfile import TemporaryDirectory

from envivo.core import paths
from envivo.core.errors import EnvivoError
from envivo.core.files import replace
from envivo.lab.files import LabFile, packed
from envivo.lab.programs import attempt, run

STATE = paths.STATE / "lab"
KEY = STATE / "id_ed25519"
KNOWN_HOSTS = STATE / "known_hosts"
_NETWORKS = STATE / "networks.json"
_ALIVE_S = 5
"""Between two questions whether the host is still there; three without an answer end the connection (ssh_config(5))."""


@dataclass(frozen=True)
class HostKeys:
    """`files` = a tar to unpack in the host's root; `public` = "ssh-ed25519 AAAA..."."""

    files: bytes
    public: str


def _keygen(file: Path, comment: str) -> None:
    run(
        "ssh-keygen",
        "-q",
        "-t",
        "ed25519",
        "-N",
        "",
        "-C",
        comment,
        "-f",
        str(file),
        fix=f"make {file.parent} writable",
    )


def owner(file: Path) -> str:
    """Name of the user, or its number where it has none here."""
    try:
        return file.owner()
    except KeyError:
        return f"#{file.stat().st_uid}"


def ensure_readable() -> None:
    """Raises EnvivoError where the state is there but another user's (root's, as a rule)."""
    for directory in (paths.STATE, STATE):
        if directory.exists() and not os.access(directory, os.R_OK | os.X_OK):
            user = owner(directory)
            raise EnvivoError(str(directory), f"belongs to {user}", f"run the command as that user: sudo -u {user}")


def ranges() -> dict[str, IPv4Network]:
    """Name -> range of each network of the lab; empty before the first `up`."""
    if not _NETWORKS.exists():
        return {}
    return {name: IPv4Network(net) for name, net in json.loads(_NETWORKS.read_text()).items()}


def remember_ranges(ranges: Mapping[str, IPv4Network]) -> None:
    replace(_NETWORKS, json.dumps({name: str(net) for name, net in ranges.items()}))


def ensure_lab_key() -> None:
    """A lab whose key is lost knows its hosts no more: they are enrolled again."""
    for directory in (paths.STATE, STATE):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    pair = (KEY, KEY.with_suffix(".pub"))
    if not all(file.exists() for file in pair):  # one alone: its maker was killed
        for file in (*pair, KNOWN_HOSTS):
            file.unlink(missing_ok=True)
        _keygen(KEY, "envivo lab")


def forget_lab() -> None:
    for file in (KEY, KEY.with_suffix(".pub"), KNOWN_HOSTS, _NETWORKS):
        file.unlink(missing_ok=True)


def new_host_keys(name: str) -> HostKeys:
    with TemporaryDirectory() as directory:
        file = Path(directory, "key")
        _keygen(file, name)
        private, public = file.read_bytes(), file.with_suffix(".pub").read_text()
    files = packed(
        (
            LabFile("etc/ssh/ssh_host_ed25519_key", private, 0o600),
            LabFile("etc/ssh/ssh_host_ed25519_key.pub", public.encode()),
            LabFile("root/.ssh/authorized_keys", KEY.with_suffix(".pub").read_bytes(), 0o600),
        )
    )
    return HostKeys(files, " ".join(public.split()[:2]))


def known() -> dict[str, str]:
    """Address -> public key of each host that the lab has enrolled."""
    if not KNOWN_HOSTS.exists():
        return {}
    return dict(line.split(" ", 1) for line in KNOWN_HOSTS.read_text().splitlines())


def remember(keys: Mapping[str, str]) -> None:
    replace(KNOWN_HOSTS, "".join(f"{address} {key}\n" for address, key in sorted(keys.items())))


def ssh(address: str, command: str, connected_within_s: int) -> tuple[int, str, str]:
    """Exit code (255 = no connection, or a lost one), stdout, stderr of `command`, run as root."""
    options = (
        "BatchMode=yes",
        f"ConnectTimeout={connected_within_s}",
        "IdentitiesOnly=yes",
        "LogLevel=ERROR",
        # a virtual machine that reboots tells nobody: its emulator keeps the connection open for five minutes
        f"ServerAliveInterval={_ALIVE_S}",
        "StrictHostKeyChecking=yes",
        f"UserKnownHostsFile={KNOWN_HOSTS}",
    )
    flags = [flag for option in options for flag in ("-o", option)]
    return attempt("ssh", "-F", "none", "-i", str(KEY), *flags, f"root@{address}", command)
