"""What a check found to be untrue of a deployment, and the report that every command prints with --json."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One thing that is not as asked: where, a stable word for machines, what is wrong, what mends it."""

    host: str
    code: str
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.host}: {self.message}: {self.fix}"


def report(env: str, hosts: Mapping[str, Any], findings: Sequence[Finding], **own: Any) -> dict[str, Any]:
    """The object that --json prints: the part all commands share, then the command's own."""
    return {
        "env": env,
        "ok": not findings,
        "hosts": dict(hosts),
        "findings": [asdict(finding) for finding in findings],
        **own,
    }
