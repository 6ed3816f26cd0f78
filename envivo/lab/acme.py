"""An ACME server that works without the internet, on the host acme.envivo.test, and the DNS that it asks.

pebble keeps everything in memory: with each of its starts there is a new root.
"""

import json

from envivo.core.errors import EnvivoError
from envivo.lab import hosts, keys
from envivo.lab.files import File
from envivo.lab.programs import last_line
from envivo.lab.progress import step
from envivo.lab.topology import ACME, Host, Ranges, Topology

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


def _names(domains: dict[str, str]) -> str:
    """Commands that tell the DNS its names; any other name gets an empty answer, and none is passed on."""
    add = "curl -sS --fail --retry 20 --retry-delay 1 --retry-connrefused --max-time 20 -o /dev/null"
    records = (json.dumps({"host": name, "addresses": [address]}) for name, address in domains.items())
    return "#!/bin/sh\nset -eu\n" + "".join(f"{add} -d '{it}' http://127.0.0.1:8055/add-a\n" for it in records)


def _units(address: str) -> tuple[str, str]:
    dns = f"""[Unit]
Description=DNS of the lab's internet
After=network.target

[Service]
ExecStart=/usr/bin/pebble-challtestsrv -dns01 {address}:53 -doh "" -http01 "" -https01 "" -tlsalpn01 "" \\
  -management 127.0.0.1:8055 -defaultIPv4 "" -defaultIPv6 ""
ExecStartPost=/{_ETC}/names
Restart=on-failure

[Install]
WantedBy=multi-user.target
"""
    # NOSLEEP and NONCEREJECT: without the delays and refusals by which pebble tests its clients
    acme = f"""[Unit]
Description=ACME server of the lab
After=lab-dns.service
Wants=lab-dns.service

[Service]
Environment=PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0
ExecStart=/usr/bin/pebble -config /{_ETC}/config.json -dnsserver {address}:53
ExecStartPost=/usr/bin/curl -sS --fail --retry 20 --retry-delay 1 --retry-connrefused --max-time 20 -o /dev/null \\
  --cacert /{_ETC}/ca.pem {_ROOT_URL}
Restart=on-failure

[Install]
WantedBy=multi-user.target
"""
    return dns, acme


_INSTALL_SCRIPT = f"""#!/bin/sh
set -eu
cd /{_ETC}
command -v pebble >/dev/null && command -v openssl >/dev/null || {{
	apt-get -qq update
	DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends {" ".join(PACKAGES)} >/dev/null
}}
[ -s server.pem ] || {{
	umask 077
	key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 3650'
	openssl req -x509 $key -keyout ca.key -out ca.pem -subj '/CN=envivo lab ACME' \\
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
	openssl req -x509 $key -keyout server.key -out server.new -subj '/CN={ACME}' -CA ca.pem -CAkey ca.key \\
		-addext subjectAltName=DNS:{ACME},IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE \\
		-addext extendedKeyUsage=serverAuth 2>/dev/null
	mv server.new server.pem
}}
systemctl enable --quiet --now {" ".join(UNITS)}
"""


def files(topology: Topology, ranges: Ranges) -> list[File]:
    """What the host has before its first start."""
    domains = topology.domains(ranges)
    units = zip(UNITS, _units(domains[ACME]), strict=True)
    return [
        File(f"{_ETC}/config.json", config().encode()),
        File(f"{_ETC}/names", _names(domains).encode(), 0o755),
        File(_INSTALL, _INSTALL_SCRIPT.encode(), 0o755),
        *(File(f"etc/systemd/system/{name}", text.encode()) for name, text in units),
    ]


def ensure(host: Host, ranges: Ranges) -> None:
    """The server answers, and the certificates of its two authorities are kept here; its root as of now."""
    if _on(host, ranges, f"systemctl is-active --quiet {' '.join(UNITS)}")[0]:
        with step(f"{host.name}: ACME server"):
            _must(host, ranges, f"/{_INSTALL}")
    KEPT.mkdir(mode=0o700, exist_ok=True)
    DIRECTORY_CA.write_text(_must(host, ranges, f"cat /{_ETC}/ca.pem"))
    ROOT.write_text(_must(host, ranges, f"curl -sS --fail --max-time 10 --cacert /{_ETC}/ca.pem {_ROOT_URL}"))


def _on(host: Host, ranges: Ranges, command: str) -> tuple[int, str, str]:
    return hosts.run_on(host, ranges, command)


def _must(host: Host, ranges: Ranges, command: str) -> str:
    code, out, err = _on(host, ranges, command)
    if code:
        raise EnvivoError(
            host.name, last_line(err) or f"{command}: exit code {code}", f"docker exec {host.name} journalctl -b"
        )
    return out
