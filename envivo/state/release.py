"""Releases of a host: what a deploy brought to it, kept there so that it can be restored. Pure.

`DIRECTORY/N/` holds `release.json` (`Release`), `settings.json`, `paths`, `files.tar.gz` and the program `restore`;
`current` links to the release that the host has.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from envivo.core.paths import VAR

DIRECTORY = f"{VAR}/releases"
CURRENT = f"{DIRECTORY}/current"
PENDING = f"{DIRECTORY}/pending"
"""Paths that a deploy which has not ended may have brought."""
VERIFIED = "verified"
"""A file of the release, once viewers have seen it work."""
KEPT = 5
"""Releases that a host keeps, the one that it has always among them."""
IMAGES = "envivo-release"
"""Repository whose tags keep a release's images, whatever becomes of their own names."""


class KeptFile(NamedTuple):
    path: str
    sha256: str
    mode: str
    owner: str
    group: str


@dataclass
class Brought:
    """What the operations of a deploy bring to a host, noted as they are prepared."""

    files: dict[str, KeptFile] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    """Reference -> identity."""
    units: dict[str, None] = field(default_factory=dict)
    """Names, in the order of the deploy."""
    steps: dict[str, str] = field(default_factory=dict)
    """Operation (pyinfra's hash) -> lines of the program that puts it back: templates/operations/restore.sh.j2."""

    def digest(self, settings: str) -> str:
        """What tells this release from others. `settings`: JSON."""
        kept = [sorted(self.files.values()), sorted(self.images.items()), list(self.steps.values()), settings]
        return hashlib.sha256(json.dumps(kept).encode()).hexdigest()


@dataclass(frozen=True)
class Release:
    number: int
    at: str
    """UTC, RFC 3339."""
    by: str
    """`user@controller`."""
    version: str
    """Of envivo."""
    digest: str
    files: Sequence[KeptFile] = ()
    images: Mapping[str, str] = field(default_factory=dict)
    units: Sequence[str] = ()
    after: int = 0
    """The release that the host had before."""
    verified: bool = False
    """Whether `envivo verify` held after it was deployed."""

    @property
    def words(self) -> str:
        return f"release {self.number}, {self.at[:16].replace('T', ' ')} UTC, {self.by}"

    @property
    def text(self) -> str:
        row = asdict(self)
        del row["verified"]  # a file of its own, since it comes later
        return json.dumps(row)


def parse(text: str, verified: bool) -> Release:
    """Of a release.json. Raises ValueError."""
    row: dict[str, Any] = json.loads(text)
    try:
        row["files"] = [KeptFile(*file) for file in row["files"]]
        known = {name: row[name] for name in Release.__dataclass_fields__ if name in row}
        return Release(**{**known, "verified": verified})
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a release: {error!r}") from None


class Kept(NamedTuple):
    """The releases of a host."""

    current: int
    """0: it has none, or nobody knows which."""
    releases: Mapping[int, Release]

    def at(self, number: int) -> int | None:
        """The release that the host had when the environment had `number`: it gets none where nothing changes.

        Not one from which a rollback led away meanwhile.
        """
        if number in self.releases:
            return number
        had = self.current
        while had > number and had in self.releases:
            had = self.releases[had].after
        if had in self.releases:
            return had
        return max((kept for kept in self.releases if kept <= number), default=None)


def before(hosts: Iterable[Kept]) -> int | None:
    """The number to go back to: what the hosts with the newest release had before it."""
    kept = [host for host in hosts if host.current]
    now = max((host.current for host in kept), default=0)
    numbers = {number for host in kept for number in host.releases}
    had = max((host.releases[now].after for host in kept if host.current == now), default=0)
    # the release before that one, on another host, if this host is new
    return had if had in numbers else max((number for number in numbers if number < now), default=None)


def superseded(numbers: Iterable[int], current: int) -> list[int]:
    """Releases that a host need not keep."""
    return [number for number in sorted(numbers, reverse=True)[KEPT:] if number != current]


class ReleaseNumbers(NamedTuple):
    """The releases of a host, as far as a deploy needs them."""

    current: int = 0
    digest: str = ""
    """Of the current one."""
    numbers: Sequence[int] = ()


def brief() -> str:
    """A command that prints `ReleaseNumbers`: the number of the current release, its digest, all numbers."""
    return (
        f"readlink {CURRENT} 2>/dev/null || echo 0; "
        f"""sed -n 's/.*"digest": "\\([0-9a-f]*\\)".*/\\1/p' {CURRENT}/release.json 2>/dev/null | grep . || echo; """
        f"cd {DIRECTORY} 2>/dev/null && echo $(ls | grep -x '[0-9]*'); true"
    )


def known(output: Sequence[str]) -> ReleaseNumbers:
    """Of what `brief` prints. Raises ValueError."""
    current, digest, *rest = output
    numbers = [int(word) for word in " ".join(rest).split()]
    return ReleaseNumbers(int(current), digest, numbers)


def listing() -> str:
    """A command that prints the number of the current release, then a line `N verified|- release.json` for each."""
    return (
        f"readlink {CURRENT} 2>/dev/null || echo 0; cd {DIRECTORY} 2>/dev/null || exit 0; "
        'for release in [0-9]*/release.json; do [ -e "$release" ] || continue; number=${release%/*}; '
        f'[ -e "$number/{VERIFIED}" ] && word=verified || word=-; '
        'printf "%s %s %s\\n" "$number" "$word" "$(cat "$release")"; done'
    )


def listed(output: str) -> Kept:
    """Of what `listing` prints. Raises ValueError."""
    first, *lines = output.splitlines() or [""]
    releases = {}
    for line in lines:
        number, word, text = line.split(" ", 2)
        releases[int(number)] = parse(text, word == VERIFIED)
    current = int(first or 0)
    return Kept(current if current in releases else 0, releases)
