"""The topology `wan`, once it is up: what its viewers may reach, and programs of this machine in a host's place."""

from envivo.core.errors import EnvivoError
from envivo.lab import keys, routes
from envivo.lab.programs import run
from envivo.lab.topology import VIEWERS, named

TOPOLOGY = named("wan")
_OFFICE = next(host for host in TOPOLOGY.hosts if host.inside == VIEWERS)
_FIX = TOPOLOGY.up


def viewers_may(mode: routes.ViewerMode) -> None:
    """What the viewers' router passes on from now on, also in what is going on already, and after a reboot.

    Raises EnvivoError where that router does not run.
    """
    ranges = keys.ranges()
    if VIEWERS.name not in ranges:
        raise EnvivoError(_OFFICE.name, "the lab has no such host yet", _FIX)
    rules = routes.passing(mode, ranges[VIEWERS.name])
    file = f"/{routes.FILTER}"
    set_rules = f"cat >{file}.new && nft -f {file}.new && mv {file}.new {file}"
    run("docker", "exec", "--interactive", _OFFICE.name, "sh", "-c", set_rules, fix=_FIX, stdin=rules.encode())


_ENTER = 'mount --bind "$1" /etc/resolv.conf; mount --bind "$2" /etc/hosts; shift 2; exec "$@"'


def inside(name: str) -> list[str]:
    """What to put before the command line of a program of this machine, so that it is in the host's network.

    It has the host's interfaces, resolver and names, and a mount namespace of its own; all else is this machine's.
    Holds until the host's next start. Needs root. Raises EnvivoError where the host does not run.
    """
    facts = "{{.State.Pid}}\t{{.ResolvConfPath}}\t{{.HostsPath}}"
    pid, resolv_conf, names = run("docker", "inspect", "--format", facts, name, fix=_FIX).strip().split("\t")
    if pid == "0":
        raise EnvivoError(name, "does not run", _FIX)
    return [
        *("nsenter", "--target", pid, "--net", "--"),
        *("unshare", "--mount", "--", "sh", "-euc", _ENTER, "inside", resolv_conf, names),
    ]
