"""A machine as it comes from Debian, in a container: systemd, no caches, the package registries for all it gets."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from filelock import FileLock

from envivo.core.paths import PROJECT as ROOT
from envivo.lab import engine, hosts, image, keys, runs
from envivo.lab.engine import docker
from envivo.lab.files import LabFile, packed
from envivo.lab.programs import attempt, run
from envivo.lab.topology import DebianRelease

NETWORK = "envivo-fresh"
CHECKOUT = "/root/envivo"
PREREQUISITES = "git make npm python3"
"""Debian's packages of what README asks for. Go 1.26 is in no Debian yet: it is this machine's, read-only."""

_CLIENT_VARIABLES = (
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_DEFAULT_TIMEOUT"),
    *("NPM_CONFIG_REGISTRY", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"),
)
_CLIENT_FILES = (
    *(file for file in (Path("/etc/pip.conf"), Path("/etc/npmrc")) if file.exists()),
    *sorted(Path("/usr/local/share/ca-certificates").glob("*.crt")),
)
"""How this machine's clients reach the registries; a fresh machine in the same network is told the same."""


class Machine:
    """A booted container, and what to do on it as root."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.log = log

    def run(self, command: str) -> str:
        """What the command prints, which the log keeps. Fails with its last lines."""
        variables = [f"--env={name}={value}" for name, value in _client_variables().items()]
        # the priority of this process is not that of what the Engine starts for it
        niced = ("nice", "-n", str(os.nice(0)))
        argv = ["docker", "exec", "--workdir=/root", *variables, self.name, *niced, "bash", "-c", command]
        done = subprocess.run(argv, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        with self.log.open("a") as log:
            log.write(f"# {command}\n{done.stdout}")
        last = "\n".join(done.stdout.splitlines()[-30:])
        assert done.returncode == 0, f"{self.name}: {command}: exit code {done.returncode}\n{last}"
        return done.stdout

    def send(self, content: bytes, path: str) -> None:
        docker("cp", "-", f"{self.name}:/", stdin=packed([LabFile(path.lstrip("/"), content)]))


def _client_variables() -> dict[str, str]:
    go = {name: run("go", "env", name, fix="go env").strip() for name in ("GOPROXY", "GOSUMDB", "GONOSUMDB")}
    given = {name: os.environ[name] for name in _CLIENT_VARIABLES if name in os.environ}
    path = "/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {**go, **given, "PATH": path, "HOME": "/root"}


def _name(release: DebianRelease) -> str:
    return f"{NETWORK}-{release}"


@contextmanager
def network() -> Iterator[None]:
    """A network with a way out, of a range that a lab on the machine does not want."""
    engine.ensure()
    keys.ensure_lab_key()  # whose directory tells other checkouts that the containers are somebody's
    for release in get_args(DebianRelease):
        attempt("docker", "rm", "--force", "--volumes", _name(release))
    attempt("docker", "network", "rm", NETWORK)  # left by a run that was killed
    docker("network", "create", NETWORK)
    try:
        yield
    finally:
        docker("network", "rm", NETWORK)


@contextmanager
def machine(release: DebianRelease, log: Path) -> Iterator[Machine]:
    """With the committed state of this checkout in CHECKOUT, cloned there. It is removed with all it has."""
    name = _name(release)
    cgroup_version = docker("info", "--format", "{{.CgroupVersion}}").strip()
    goroot = run("go", "env", "GOROOT", fix="install Go").strip()
    with FileLock(image.CACHE / "lock"):  # as `envivo lab` does
        tag = image.ensure(release)
    docker(
        # labelled as a lab host, so that no other checkout ends the Engine under it
        *("create", "--name", name, "--hostname", "fresh", "--label", f"{hosts.LABEL}={keys.STATE}", *runs.label()),
        *("--network", NETWORK, "--volume", f"{goroot}:/usr/local/go:ro"),
        *hosts.options(tag, cgroup_version),
    )
    try:
        docker("start", name)
        made = Machine(name, log)
        made.run("until systemctl is-system-running --wait 2>&1 | grep -Ex 'running|degraded'; do sleep 0.2; done")
        for file in _CLIENT_FILES:
            made.send(file.read_bytes(), str(file))
        made.run("update-ca-certificates")
        # Only speed: nobody cuts the power of this machine.
        made.send(b"force-unsafe-io\n", "/etc/dpkg/dpkg.cfg.d/fresh")
        made.run("apt-get update -qq")
        made.run(f"DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends {PREREQUISITES}")
        made.send(_bundle(), "/root/envivo.bundle")
        made.run(f"git clone -q -c advice.detachedHead=false envivo.bundle {CHECKOUT}")
        yield made
    finally:
        hosts.remove({name})


def _bundle() -> bytes:
    argv = ["git", "bundle", "create", "-q", "-", "HEAD"]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, check=True).stdout
