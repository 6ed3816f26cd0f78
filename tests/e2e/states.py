"""What deployed hosts have: files with their access, images, units."""

from tests.e2e.lab import Lab

# two services come and go with their timers
_HASHES = (
    "find /etc/envivo /opt/envivo /etc/systemd/system -name .staged -prune -o -type f "
    "-exec sha256sum {} + -exec stat -c '%n %a %U %G' {} + | sort; "
    "docker images --no-trunc --format '{{.Repository}} {{.ID}}' 2>/dev/null | sort | grep -v release; "
    "systemctl list-units --all --plain --no-legend 'envivo-*' | awk '{ print $1, $3 }' "
    "| grep -vE '(certificates|retention)\\.service'"
)


def state(lab: Lab) -> set[tuple[str, str]]:
    """Host and line. The images that releases keep are not among them."""
    return {(host, line) for host in lab.hosts for line in lab.run(host, _HASHES, check=False).stdout.splitlines()}
