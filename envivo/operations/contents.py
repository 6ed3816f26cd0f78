"""Contents of files that an operation is going to replace: the present one and the wanted one, for a plan."""

import base64
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

from pyinfra.api import FactBase

from envivo.operations.output import parsed_fact

LARGEST = 256 * 1024
"""Bytes of a file that a plan compares."""


class Version(NamedTuple):
    mode: str
    content: bytes

    @property
    def private(self) -> bool:
        """Whether not everybody on the host may read it."""
        return not int(self.mode, 8) & 0o004


BROUGHT: dict[str, dict[str, Version]] = {}
"""By host and path; with secrets."""
SETTINGS: dict[str, Any] = {}
"""By host: settings, whose secrets no plan may show."""


def bring(host: Any, contents: Mapping[str, Version]) -> None:
    """Note what the operation is going to write."""
    BROUGHT.setdefault(host.name, {}).update(contents)


class Contents(FactBase[dict[str, Version]]):
    """Mode and content of those of the files that exist and are not larger than `LARGEST`."""

    @staticmethod
    def default() -> dict[str, Version]:
        return {}

    def command(self, paths: list[str]) -> str:
        found = f"find {shlex.join(paths)} -maxdepth 0 -type f -size -{LARGEST + 1}c 2>/dev/null"
        show = """echo "content $(stat -c %a "$path") $(base64 -w 0 "$path") $path\""""
        return f"{found} | while read -r path; do {show}; done; true"

    @parsed_fact
    def process(self, output: list[str]) -> dict[str, Version]:
        found = {}
        for line in output:
            _, mode, content, path = line.split(" ", 3)
            found[path] = Version(mode, base64.b64decode(content, validate=True))
        return found
