"""What a support bundle holds of hosts and of this computer: questions, bounded; answers, not yet redacted."""

import json
import os
import platform
import secrets
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions
from typing import Any, NamedTuple

from envivo.artifacts.lock import load
from envivo.core.errors import EnvivoError
from envivo.core.paths import ETC, LOCK, OPT, STATE, VAR
from envivo.inventory import Inventory
from envivo.orchestration import logs
from envivo.orchestration.hosts import settings_of
from envivo.orchestration.named import programs_of
from envivo.orchestration.support.redaction import SECRET_NAME, addresses_in
from envivo.orchestration.target import Place
from envivo.plan.masking import secrets_of
from envivo.secrets import SecretReference, encrypted, store, variable
from envivo.secrets.chosen import SHORTEST
from envivo.ssh import privileges
from envivo.ssh.link import passphrases
from envivo.state.release import DIRECTORY
from envivo.status.questions import answers, together

LARGEST = 2 << 20
"""Bytes of one file of the bundle; of logs the newest."""
_WITHIN_S = 60
_COMMAND_WITHIN_S = 20
_FILE = 256
"""KiB: a larger file is not a configuration."""
_OF_HOST = {
    "os-release": "cat /etc/os-release; uname -a; date -u; uptime",
    "resources.txt": "free -m; df -h; df -i; head -n 3 /proc/pressure/* 2>/dev/null",
    "addresses.txt": "ip -o address; ip route; ip -6 route; cat /etc/resolv.conf",
    "listeners.txt": "ss -lntup",
    "nft.txt": "nft list ruleset",
    "units.txt": (
        "systemctl list-units --all --no-pager --plain 'envivo*' docker.service coturn.service certbot.timer; "
        "systemctl --failed --no-pager --plain; systemctl status --no-pager --lines=0 'envivo*' docker coturn"
    ),
    "journal.txt": "journalctl --no-pager -q -o short-iso-precise --since={since} -u 'envivo*' -u docker -u coturn",
    "kernel.txt": "journalctl --no-pager -q -o short-iso-precise --since={since} -k -p warning",
    "docker.json": "docker inspect $(docker ps -aq)",
    "docker.txt": "docker version; docker info; docker ps -a; docker images; docker stats --no-stream",
    "deploys.txt": f"cat {LOCK}; ls -lR --time-style=full-iso {ETC} {OPT}; ls -l --time-style=full-iso {VAR}",
}
"""File of the bundle -> command. `{since}`: as journalctl(1) takes it."""
_FILES = (
    f"find {ETC} {OPT}/stack {OPT}/address /etc/systemd/system/envivo* /etc/systemd/system/coturn.service.d "
    f"/etc/docker/daemon.json /etc/sysctl.d/60-envivo.conf -type f -size -{_FILE}k "
    "! -name '*.key' ! -path '*/tls/*' ! -path '*/certificates/*' | sort"
)
"""Configurations, without keys."""


class Part(NamedTuple):
    """A file of the bundle, before it is redacted."""

    name: str
    text: str


def known_secrets(read: Inventory) -> Iterator[str]:
    """Every secret of the environment that envivo knows, also those that no setting refers to now."""
    for host in read.hosts:
        yield from secrets_of(settings_of(read, host))
        yield from (str(host.data[key]) for key in ("ssh_key_password", "ssh_password", "_sudo_password")
                    if host.data.get(key))  # fmt: skip
        yield privileges.typed(host.name)
    yield from passphrases().values()
    yield from store.read(read.env).values()
    if file := encrypted.file_of(read.env):
        yield from encrypted.read(file).values()
    prefix = variable(read.env, SecretReference("x")).removesuffix("X")
    # a setting's own variable is known already; another one may be no secret, such as 1
    yield from (value for name, value in os.environ.items() if name.startswith(prefix) and len(value) >= SHORTEST)
    for file in (STATE / "authorities").rglob("*"):
        if file.is_file() and "PRIVATE KEY" in (text := file.read_text(errors="replace")):
            yield from (line for line in text.splitlines() if not line.startswith("-----"))


def former_secrets(places: Sequence[Place]) -> Iterator[str]:
    """Those of the releases that hosts keep: replaced since then, and perhaps still in logs."""
    for place in places:
        try:
            said = place.shell.run(f"cat {DIRECTORY}/*/settings.json 2>/dev/null; true").out
        except EnvivoError:
            continue
        decoder, at = json.JSONDecoder(), 0
        while at < len(said):
            try:
                settings, at = decoder.raw_decode(said, at)
            except ValueError:  # a newline, or a file that is not whole
                at += 1
                continue
            yield from _named_secret(settings)


def _named_secret(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        yield from (secret for key, part in value.items() for secret in _named_secret(part, str(key)))
    elif isinstance(value, list):
        yield from (secret for part in value for secret in _named_secret(part, name))
    elif isinstance(value, str) and (SECRET_NAME.search(name) or name.endswith("key")):
        yield value


def own_addresses(read: Inventory, parts: Sequence[Part]) -> set[str]:
    """Addresses of the environment itself: in its settings and inventory, and of its hosts' interfaces."""
    texts = [host.address for host in read.hosts]
    texts += [str(settings_of(read, host).to_json()) for host in read.hosts]
    shown = [part.text for part in parts if part.name.endswith("/addresses.txt")]
    texts += [line for text in shown for line in text.splitlines() if " inet" in line]
    return {address for text in texts for address in addresses_in(text)}


def of_controller(read: Inventory) -> Iterator[Part]:
    settings = {host.name: settings_of(read, host).to_json() for host in read.hosts}
    yield Part("settings.json", json.dumps(settings, default=str))
    hosts = {
        host.name: {"groups": host.groups, **{key: value for key, value in host.data.items() if key != "settings"}}
        for host in read.hosts
    }
    yield Part("inventory.json", json.dumps(hosts, default=str))
    lock = load()
    ssh = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=False).stderr.strip()
    lines = [f"Python {sys.version}", platform.platform(), ssh, f"MediaMTX {lock.mediamtx.version}"]
    lines += [f"Caddy {lock.caddy.version}", f"hls.js {lock.hls_js.version}", ""]
    lines += sorted(f"{found.metadata['Name']} {found.version}" for found in distributions())
    yield Part("versions.txt", "\n".join(lines) + "\n")


def of_hosts(places: Sequence[Place], since_s: int) -> list[Part]:
    """In the order of hosts. One that does not answer has a file that says so."""
    with ThreadPoolExecutor(len(places)) as pool:
        return [part for parts in pool.map(lambda place: list(_host(place, since_s)), places) for part in parts]


def _host(place: Place, since_s: int) -> Iterator[Part]:
    folder, since = f"hosts/{place.name}", f"-{since_s}s"
    asked = {name: _bounded(command.format(since=since)) for name, command in _OF_HOST.items()}
    try:
        *said, files = _asked(place, [*asked.values(), _bounded(_FILES)])
        yield from (Part(f"{folder}/{name}", text) for name, text in zip(asked, said, strict=True))
        listed = [name for name in files.splitlines() if name.startswith("/")]
        contents = _asked(place, [_bounded(f"cat {shlex.quote(name)}") for name in listed])
        yield from (Part(f"{folder}/files{name}", text) for name, text in zip(listed, contents, strict=True))
        lines = logs.Source(place, programs_of(place)).read(since, _WITHIN_S)
        yield Part(f"{folder}/logs.txt", newest("".join(f"{line.time} {line.program} {line.text}\n" for line in lines)))
    except EnvivoError as error:
        yield Part(f"{folder}/error.txt", f"{error}\n")


def _bounded(command: str) -> str:
    """What it prints, errors too, as far as the bundle takes it."""
    return f"timeout {_COMMAND_WITHIN_S} sh -c {shlex.quote(command)} 2>&1 | tail -c {LARGEST}"


def _asked(place: Place, commands: Sequence[str]) -> list[str]:
    mark = f"envivo-{secrets.token_hex(8)}"
    done = place.shell.run(together(commands, mark), _WITHIN_S)
    if done.code == 124:
        raise EnvivoError(place.name, f"did not answer within {_WITHIN_S} s", "envivo verify ENV says why")
    return [newest(text, LARGEST - 1) for text in answers(done.out, mark, len(commands))]


def newest(text: str, largest: int = LARGEST) -> str:
    """The end of it, from a line's beginning: half a line could be half a secret, which nothing recognizes."""
    data = text.encode()
    return text if len(data) <= largest else data[-largest:].partition(b"\n")[2].decode(errors="replace")
