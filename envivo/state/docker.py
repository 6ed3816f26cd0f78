"""What a Docker Engine must be, before anything on its host is changed. Pure.

Why each of them: docs/reference/hosts.md#docker
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from envivo.core.problems import Problem
from envivo.core.quoting import shown
from envivo.state.live_restore import CONFIG

ENGINE, COMPOSE = (25, 0), (2, 20, 2)
"""The oldest that know `start_interval` of a health check: API 1.44 (https://docs.docker.com/reference/api/engine/)."""
_OWN = ("unix:///var/run/docker.sock", "unix:///run/docker.sock")
PATIENCE = "timeout 30"
"""Before a program that asks the Engine. One that hangs takes connections and answers none."""
LIVE = "{{.LiveRestoreEnabled}} {{.Swarm.LocalNodeState}}"
"""For `docker info`: whether the running Engine has live-restore, and what it is in a swarm."""
DATA = f'$(sed -n \'s/.*"data-root" *: *"\\([^"]*\\)".*/\\1/p\' {CONFIG} 2>/dev/null)'
"""The configured directory of images and containers, in a command; empty if none is configured."""
_REMOVE = "and restart docker.service, which stops its containers"
_FOREIGN_RUNTIMES = ("runsc", "kata")
_DISTRIBUTION = "docker.io"
"""Debian's package. Its Compose is another one of Debian's, which a deploy installs where it is missing."""


def script() -> str:
    """Prints what `violations` needs, each line a word and its value; nothing where there is no Docker. What LIVE asks
    for is the word `said`.

    Docker's programs take 10 to 90 ms each, most of it for Compose, which `docker info` starts too. So they run at the
    same time, and only those whose answer is needed.
    """
    answer = "{{.ServerVersion}}|{{json .SecurityOptions}}|{{json .DriverStatus}}|{{.DefaultRuntime}}|{{.OSType}}"
    compose = '{{range .ClientInfo.Plugins}}{{if eq .Name "compose"}}{{.Version}}{{end}}{{end}}'
    template = "{{println}}".join([f"answer {answer}", f"said {LIVE}", f"compose {compose}"])
    package = 'dpkg-query -S "$(readlink -f "$daemon")" 2>/dev/null | sed "s/:.*//" | head -n 1'
    client = [
        'echo client $(readlink -f "$client")',
        "echo program $(docker --version 2>/dev/null | head -n 1)",
        "echo endpoint $(docker context inspect -f '{{.Endpoints.docker.Host}}' 2>/dev/null)",
    ]
    engine = [
        'echo daemon "$daemon"',
        f"if said=$({PATIENCE} docker info -f '{template}' 2>/dev/null); then echo \"$said\"",
        "else said=; echo installed $(dockerd --version 2>/dev/null | head -n 1)",
        "echo invalid $(dockerd --validate 2>&1 >/dev/null | tail -n 1); fi",
        "echo unit $(systemctl show -P ActiveState docker.service 2>/dev/null)",
        "echo exec $(systemctl show -P ExecStart docker.service 2>/dev/null)",
        'case "$said" in *"compose "[0-9v]*) ;; *) found=$(docker compose version --short 2>/dev/null)',
        f'echo compose "$found"; [ "$found" ] || echo package $({package}) ;; esac',
    ]
    together = " & ".join(f"{{ {'; '.join(group)}; }}" for group in (client, engine))
    return (
        f'client=$(command -v docker); daemon=$(command -v dockerd); [ -z "$client$daemon" ] || {{ {together}; wait; }}'
    )


def violations(seen: Mapping[str, str], config: bytes | None) -> list[Problem]:
    """Why containers could not run here. `seen`: what `script` prints, empty without Docker; `config`: daemon.json."""
    if wrong := next(_another_program(seen), None):
        return [wrong]
    return [*_versions(seen), *_running(seen), *_configured(seen, config)]


def _another_program(seen: Mapping[str, str]) -> Iterator[Problem]:
    client = seen.get("client", "")
    if client.startswith("/snap/") or client == "/usr/bin/snap":
        yield _problem(
            "is the snap package, which may not read /etc/envivo and /opt/envivo",
            "snap remove docker, and deploy again",
        )
    if "podman" in seen.get("program", "").lower():
        yield _problem("is Podman", "remove the package podman-docker, and deploy again")
    endpoint = seen.get("endpoint", "")
    if endpoint and endpoint not in _OWN:
        what = f"of root uses another Engine, {shown(endpoint)}"
        yield _problem(what, "unset DOCKER_HOST in root's start-up files, or `docker context use default` as root")


def _versions(seen: Mapping[str, str]) -> Iterator[Problem]:
    engine = seen.get("answer", "").partition("|")[0] or _number(seen.get("installed", ""))
    if engine and _version(engine) < ENGINE:
        yield _problem(f"is {engine}", f"must be {_dotted(ENGINE)} or newer: upgrade it, and deploy again")
    if not seen.get("daemon"):
        return
    package, compose = seen.get("package", ""), seen.get("compose", "")
    if not compose and package != _DISTRIBUTION:
        other = f"the Engine comes from the package {package}" if package else "the Engine comes from no package"
        fix = "apt-get install docker-compose-plugin" if package.startswith("docker-ce") else "install Compose's plugin"
        yield _problem(f"has no `docker compose`; {other}, and Debian's Compose would replace it", fix)
    elif compose and _version(compose) < COMPOSE:
        yield _problem(f"Compose is {compose}", f"must be {_dotted(COMPOSE)} or newer: upgrade it, and deploy again")


def _running(seen: Mapping[str, str]) -> Iterator[Problem]:
    """Of an Engine that answers; another one is started by the deploy, unless its configuration forbids it."""
    answer = seen.get("answer", "")
    if not answer:
        if seen.get("unit") == "active":
            yield _problem("does not answer, although docker.service is active", "see journalctl -u docker.service")
        if (invalid := seen.get("invalid", "")) and "configuration OK" not in invalid and "unknown flag" not in invalid:
            yield _problem(f"cannot start ({invalid})", f"fix {CONFIG}")
        return
    _, security, driver, runtime, system = [*answer.split("|"), "", "", "", ""][:5]
    if "name=rootless" in security:
        yield _problem(
            "is rootless", "install Docker as a service of root: the containers need the host's network and ports"
        )
    if "name=userns" in security:
        yield _remap(CONFIG)
    if "io.containerd.snapshotter" in driver:
        yield _snapshotter()
    if runtime.startswith(_FOREIGN_RUNTIMES):
        yield _problem(f"runs containers with {runtime}", 'must be "default-runtime": "runc"')
    if system and system != "linux":
        yield _problem(f"is for {system}", "must be one of Linux")


def _configured(seen: Mapping[str, str], config: bytes | None) -> Iterator[Problem]:
    """Of one that does not run, or is not there yet: what it will start with."""
    try:
        said = json.loads((config or b"").decode("utf-8-sig").strip() or "{}")
    except ValueError:
        return  # live_restore.problem says so
    if not isinstance(said, dict) or seen.get("answer"):
        return
    options = set(re.findall(r"(?<=\s)--?([A-Za-z][\w-]*)", seen.get("exec", "")))
    if said.get("userns-remap") or "userns-remap" in options:
        yield _remap(CONFIG if said.get("userns-remap") else "docker.service")
    if _features(said).get("containerd-snapshotter"):
        yield _snapshotter()
    if str(said.get("default-runtime", "")).startswith(_FOREIGN_RUNTIMES):
        yield _problem(f"runs containers with {said['default-runtime']}", 'must be "default-runtime": "runc"')
    options |= {"hosts"} if options & {"H", "host"} else set()
    for key in sorted(options & said.keys()):
        what = f"cannot start, since both {CONFIG} and docker.service set {key!r}"
        yield _problem(what, "remove one of the two")


def _features(said: Mapping[str, Any]) -> Mapping[str, Any]:
    features = said.get("features")
    return features if isinstance(features, dict) else {}


def _remap(where: str) -> Problem:
    return _problem(
        "uses userns-remap, which keeps containers off the host's network",
        f"remove userns-remap from {where} {_REMOVE}",
    )


def _snapshotter() -> Problem:
    feature = '"features": {"containerd-snapshotter": false}'
    return _problem(
        "keeps images in containerd, where their IDs are not those that envivo checks",
        f"add {feature} to {CONFIG} {_REMOVE}",
    )


def _problem(what: str, fix: str) -> Problem:
    return Problem("Docker", what, fix)


def _number(text: str) -> str:
    found = re.search(r"\d+(?:\.\d+)+", text)
    return found[0] if found else ""


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in _number(text).split(".") if part)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
