"""Where a lab host gets its packages: from where the machine's own apt gets them, in the host's release."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from envivo.core.errors import EnvivoError
from envivo.lab.programs import run
from envivo.lab.topology import DebianRelease

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_RELEASES = {"bullseye", "bookworm", "trixie", "forky", "sid", "oldoldstable", "oldstable", "stable", "testing"}
_ONE_LINE = re.compile(r"^deb\s+(?:\[[^\]]*\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")


@dataclass(frozen=True)
class Entry:
    """One address of a sources file with one suite."""

    uri: str
    suite: str
    components: tuple[str, ...]


@dataclass(frozen=True)
class AptMirror:
    """`security` is None where the machine has no security archive either."""

    archive: str
    security: str | None = None

    def sources(self, release: DebianRelease) -> str:
        """/etc/apt/sources.list.d/debian.sources of a host."""
        stanzas = [(self.archive, f"{release} {release}-updates")]
        if self.security:
            stanzas.append((self.security, f"{release}-security"))
        return "\n".join(
            f"Types: deb\nURIs: {uri}\nSuites: {suites}\nComponents: main\nSigned-By: {KEYRING}\n"
            for uri, suites in stanzas
        )


def parse_one_line(text: str) -> list[Entry]:
    matches = (_ONE_LINE.match(line.split("#")[0].strip()) for line in text.splitlines())
    return [Entry(m["uri"], m["suite"], tuple(m["components"].split())) for m in matches if m]


def parse_deb822(text: str) -> list[Entry]:
    entries = []
    uncommented = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", uncommented):
        unfolded = re.sub(r"\n[ \t]+", " ", stanza)
        fields = {
            key.strip().lower(): value.split()
            for key, separator, value in (line.partition(":") for line in unfolded.splitlines())
            if separator
        }
        if "deb" not in fields.get("types", []) or fields.get("enabled") == ["no"]:
            continue
        entries += [
            Entry(uri, suite, tuple(fields.get("components", [])))
            for uri in fields.get("uris", [])
            for suite in fields.get("suites", [])
        ]
    return entries


def debian_mirror(entries: list[Entry]) -> AptMirror | None:
    """The Debian archive among the machine's sources: vendors use Debian's suite names too, so its usual path wins."""

    def first(suites: set[str], path: str) -> str | None:
        found = [e.uri for e in entries if e.suite in suites and "main" in e.components]
        usual = [uri for uri in found if uri.rstrip("/").endswith(path)]
        return next(iter(usual + found), None)

    archive = first(_RELEASES, "/debian")
    security = first({f"{release}-security" for release in _RELEASES}, "/debian-security")
    return AptMirror(archive, security) if archive else None


def machine_mirror(override: str | None, etc: Path = Path("/etc/apt")) -> AptMirror:
    """The override is an archive's address (ENVIVO_LAB_MIRROR), for machines that are not Debian."""
    if override:
        return AptMirror(override)
    entries: list[Entry] = []
    for file in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
        if file.suffix in (".list", ".sources") and file.is_file():
            entries += (parse_deb822 if file.suffix == ".sources" else parse_one_line)(file.read_text())
    mirror = debian_mirror(entries)
    if mirror is None:
        raise EnvivoError(
            str(etc / "sources.list.d"),
            "names no Debian archive to build the lab's hosts from",
            "ENVIVO_LAB_MIRROR=<address of a Debian mirror> envivo lab up",
        )
    return mirror


def machine_options() -> list[str]:
    without_files = b'Dir::Etc::parts "/dev/null";\nDir::Etc::main "/dev/null";\n'
    env = {**os.environ, "APT_CONFIG": "/dev/stdin"}
    fix = "fix the files in /etc/apt/apt.conf.d"
    builtin = run("apt-config", "dump", env=env, stdin=without_files, fix=fix)
    return transport_options(builtin, run("apt-config", "dump", fix=fix))


def transport_options(builtin: str, effective: str) -> list[str]:
    """The lines of `apt-config dump` that this machine sets and a host on its networks needs to reach the same mirror.

    Languages and index formats are a matter of taste, and a file of this machine means nothing on a host.
    """
    taste = ("Acquire::Languages", "Acquire::IndexTargets", "Acquire::GzipIndexes", "Acquire::CompressionTypes")
    own = [line for line in effective.splitlines() if line.startswith("Acquire::") and line not in builtin.splitlines()]
    return [line for line in own if not line.startswith(taste) and not re.search(r' "(/.*)?";$', line)]


def proxies(options: str) -> dict[str, str]:
    """The environment that takes debootstrap, which reads no apt configuration, through the same proxies."""
    return {f"{m[1]}_proxy": m[2] for m in re.finditer(r'^Acquire::(https?)::Proxy "(.+)";$', options, re.MULTILINE)}
