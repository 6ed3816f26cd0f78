"""What a check found to be untrue of a deployment, and the report that every command prints with --json."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One thing that is not as asked: where, a stable word for machines, what is wrong, what mends it."""

    host: str
    code: str
    message: str
    fix: str
    subjects: tuple[str, ...] = field(default=(), repr=False)
    """What it is about, where another finding that names all of it says more; see `without_echoes`."""

    def __str__(self) -> str:
        return f"{self.host}: {self.message}: {self.fix}"


def without_echoes(findings: Sequence[Finding]) -> list[Finding]:
    """Without those whose subjects other findings about the host name, which say what follows and where to look."""
    return [one for one in findings if not (one.subjects and all(_named(it, one, findings) for it in one.subjects))]


def _named(subject: str, by: Finding, findings: Sequence[Finding]) -> bool:
    word = re.compile(rf"(?<![\w./@-]){re.escape(subject)}(?![\w/@-]|\.\w)")
    return any(other.host == by.host and not other.subjects and word.search(other.message) for other in findings)


def report(env: str, hosts: Mapping[str, Any], findings: Sequence[Finding], **own: Any) -> dict[str, Any]:
    """The object that --json prints: the part all commands share, then the command's own."""
    return {
        "env": env,
        "ok": not findings,
        "hosts": dict(hosts),
        "findings": [{name: value for name, value in asdict(one).items() if name != "subjects"} for one in findings],
        **own,
    }
