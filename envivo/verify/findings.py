"""Findings of checks, and the report that every command prints with --json."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

VERIFIER_BUSY = "verifier-busy"
"""Code: only the computer that verifies was too busy, so what it saw proves nothing about the hosts."""


@dataclass(frozen=True)
class Finding:
    """A deviation: host, a stable code for machines, what is wrong, what to do."""

    host: str
    code: str
    message: str
    fix: str
    subjects: tuple[str, ...] = field(default=(), repr=False)
    """Paths, units ... that it is about: it is left out if other findings name all of them, see `without_echoes`."""
    silences: tuple[str, ...] = field(default=(), repr=False)
    """Codes of findings, about any host, that only follow from it."""

    def __str__(self) -> str:
        return f"{self.host}: {self.message}: {self.fix}"

    def of(self, env: str) -> "Finding":
        """The finding, whose fix can be pasted: roles do not know the environment's name."""
        return replace(self, fix=naming(env, self.fix))


def naming(env: str, text: str) -> str:
    """The text, with the environment's name in commands that say ENV."""
    return re.sub(r"\b(envivo(?: [a-z-]+)+) ENV\b", lambda words: f"{words[1]} {env}", text)


def without_echoes(findings: Sequence[Finding]) -> list[Finding]:
    """The findings without those whose subjects are all named by other findings about the host, which say more."""

    def echo(finding: Finding) -> bool:
        return bool(finding.subjects) and all(_named(subject, finding, findings) for subject in finding.subjects)

    return [finding for finding in findings if not echo(finding)]


def _named(subject: str, by: Finding, findings: Sequence[Finding]) -> bool:
    word = re.compile(rf"(?<![\w./@-]){re.escape(subject)}(?![\w/@-]|\.\w)")
    return any(other.host == by.host and not other.subjects and word.search(other.message) for other in findings)


def report(env: str, hosts: Mapping[str, Any], findings: Sequence[Finding], **own: Any) -> dict[str, Any]:
    """The object that --json prints: the part all commands share, then the command's own."""
    return {
        "env": env,
        "ok": not findings,
        "hosts": dict(hosts),
        "findings": [
            {name: value for name, value in asdict(finding.of(env)).items() if name not in ("subjects", "silences")}
            for finding in findings
        ],
        **own,
    }
