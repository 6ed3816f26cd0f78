"""A question to all hosts at once."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from envivo.core.errors import EnvivoError
from envivo.remote import RemoteShell
from envivo.verify.findings import Finding

T = TypeVar("T")


def everywhere(
    shells: Mapping[str, RemoteShell], ask: Callable[[RemoteShell], T]
) -> tuple[dict[str, T], list[Finding]]:
    """Answers of the hosts at once, and what came instead of an answer."""

    def asked(item: tuple[str, RemoteShell]) -> tuple[str, T | Finding]:
        name, shell = item
        try:
            return name, ask(shell)
        except EnvivoError as error:
            return name, Finding(name, "host-unreachable", error.what, error.fix)

    with ThreadPoolExecutor(max(1, len(shells))) as pool:
        answers = dict(pool.map(asked, shells.items()))
    found = [answer for answer in answers.values() if isinstance(answer, Finding)]
    return {name: answer for name, answer in answers.items() if not isinstance(answer, Finding)}, found
