"""An ACME server that works without the internet, on the host acme.envivo.test, and the DNS that it asks.

pebble keeps everything in memory: with each of its starts there is a new root.
"""

import json

from envivo.core.errors import EnvivoError
from envivo.lab import hosts, keys
from envivo.lab.files import LabFile
from envivo.lab.programs import last_line
from envivo.lab.progress import step
from envivo.lab.topology import ACME, LabHost, Ranges, Topology
from envivo.render import render

PORT = 14000
DIRECTORY = f"https://{ACME}:{PORT}/dir"
VALIDITY_S = 90 * 86400
KEPT = keys.STATE / "acme"
DIRECTORY_CA = KEPT / "directory_ca.pem"
"""Signs the ACME server's own HTTPS."""
ROOT = KEPT / "root.pem"
"""Signs what it issues."""

UNITS = ("lab-dns.service", "lab-acme.service")
PACKAGES = ("pebble", "openssl")
_ETC = "etc/lab/acme"
_INSTALL = f"{_ETC}/install"
_NAMES = f"{_ETC}/names"
_MANAGEMENT = 15000
_ROOT_URL = f"https://127.0.0.1:{_MANAGEMENT}/roots/0"


def config() -> str:
    """pebble's."""
    pebble = {
        "listenAddress": f"0.0.0.0:{PORT}",
        "managementListenAddress": f"127.0.0.1:{_MANAGEMENT}",
        "certificate": f"/{_ETC}/server.pem",
        "privateKey": f"/{_ETC}/server.key",
        "httpPort": 80,
        "tlsPort": 443,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": False,
        "certificateValidityPeriod": VALIDITY_S,
        "retryAfter": {"authz": 1, "order": 1},
    }
    return json.dumps({"pebble": pebble}, indent=2) + "\n"


def files(topology: Topology, ranges: Ranges) -> list[LabFile]:
    """What the host has before its first start."""
    domains = topology.domains(ranges)
    records = [json.dumps({"host": name, "addresses": [address]}) for name, address in domains.items()]
    install = render("lab/acme-install.sh.j2", etc=_ETC, name=ACME, packages=" ".join(PACKAGES), units=" ".join(UNITS))
    dns = render("lab/dns.service.j2", address=domains[ACME], names=_NAMES)
    acme = render("lab/acme.service.j2", address=domains[ACME], etc=_ETC, root=_ROOT_URL)
    return [
        LabFile(f"{_ETC}/config.json", config().encode()),
        LabFile(_NAMES, render("lab/acme-names.sh.j2", records=records).encode(), 0o755),
        LabFile(_INSTALL, install.encode(), 0o755),
        *(LabFile(f"etc/systemd/system/{name}", text.encode()) for name, text in zip(UNITS, (dns, acme), strict=True)),
    ]


def ensure(host: LabHost, ranges: Ranges) -> None:
    """The server answers, and the certificates of its two authorities are kept here; its root as of now."""
    if _on(host, ranges, f"systemctl is-active --quiet {' '.join(UNITS)}")[0]:
        with step(f"{host.name}: ACME server"):
            _must(host, ranges, f"/{_INSTALL}")
    KEPT.mkdir(mode=0o700, exist_ok=True)
    DIRECTORY_CA.write_text(_must(host, ranges, f"cat /{_ETC}/ca.pem"))
    ROOT.write_text(_must(host, ranges, f"curl -sS --fail --max-time 10 --cacert /{_ETC}/ca.pem {_ROOT_URL}"))


def _on(host: LabHost, ranges: Ranges, command: str) -> tuple[int, str, str]:
    return hosts.run_on(host, ranges, command)


def _must(host: LabHost, ranges: Ranges, command: str) -> str:
    code, out, err = _on(host, ranges, command)
    if code:
        raise EnvivoError(
            host.name, last_line(err) or f"{command}: exit code {code}", f"docker exec {host.name} journalctl -b"
        )
    return out
