"""deploy.py as a whole on hosts that pyinfra pretends to have: its `@fake` connector, in a process of its own.

pyinfra's command line replaces the standard library's sockets by gevent's
(docs/notes/pyinfra.md#gevents-sockets).
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from envivo.core.paths import PROJECT as ROOT
from tests import forked
from tests.patience import patient

PASSWORD = "canary-Zm9v_0123456789-Qk7"
ANSWERS: Mapping[str, Any] = {
    "flock --exclusive": "taken",
    "uname -m": "x86_64",
    "ss -Hlntup": ["root 0", "systemd", "os debian-13", "free 75109 /"],
}
"""What a bare host says: part of the command -> output. To everything else it says nothing, successfully."""


PUBLIC = ["resolved video.company.net 198.51.100.10", "resolved turn.company.net 198.51.100.11",
          "addresses 127.0.0.1 198.51.100.10 198.51.100.11"]  # fmt: skip
"""What a host says beside that where group_data/prod.py, filled in, is right."""
PUBLIC_ANSWERS = {**ANSWERS, "ss -Hlntup": [*ANSWERS["ss -Hlntup"], *PUBLIC]}

TOGETHER = {"media": ["lab1"], "cameras": ["lab1"]}
APART = {"media": ["media1"], "cameras": ["cam1"]}
THREE_MACHINES = {"media": ["media1"], "turn": ["turn1"], "cameras": ["cam1"]}
ONE_MACHINE = {"media": ["all1"], "turn": ["all1"], "cameras": ["all1"]}


@dataclass(frozen=True)
class Run:
    """What came of one `pyinfra ... deploy.py -y --json`."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def operations(self) -> list[dict[str, Any]]:
        operations: list[dict[str, Any]] = json.loads(self.stdout)["results"]["operations"]
        return operations

    def of(self, host: str) -> list[str]:
        """The names of the operations that were executed for the host, in order."""
        return [one["name"] for one in self.operations if f"@fake/{host}" in one["success"] + one["no_change"]]


@dataclass(frozen=True)
class Controller:
    """A place for inventories and settings of a test."""

    directory: Path

    def inventory(
        self,
        groups: Mapping[str, Sequence[str]],
        env: str = "lab",
        answers: Mapping[str, object] = ANSWERS,
        own: Mapping[str, Mapping[str, object]] = MappingProxyType({}),
    ) -> str:
        """Writes the inventory ENV.py with these groups of hosts. `own`: more data of a host."""
        data = {"fake_responses": answers, "fake_delay": 0, "fake_delay_jitter": 0, "ssh_hostname": "192.0.2.1"}
        lines = [
            f"{group} = {[(f'@fake/{name}', {**data, **own.get(name, {})}) for name in names]!r}"
            for group, names in groups.items()
        ]
        file = self.directory / f"{env}.py"
        file.write_text("\n".join(lines) + "\n")
        return str(file)

    def settings(self, env: str = "lab", **more: Any) -> list[str]:
        """Writes group data for ENV; the options that make pyinfra prefer it to the checkout's."""
        data = {
            "mediamtx": {
                "monitor": {"user": "monitor", "password": PASSWORD},
                "paths": {"webcam": {"publisher": {"user": "webcam", "password": PASSWORD}}},
            },
            "cameras": {"webcam": {"source": "test"}},
            **more,
        }
        directory = self.directory / "settings"
        directory.mkdir(exist_ok=True)
        (directory / f"{env}.py").write_text(
            f"from envivo.orchestration.environment import environment\n\nsettings = environment(**{data!r})\n"
        )
        return ["--group-data", str(directory)]

    def production(self, one_machine: bool = False) -> list[str]:
        """Writes group_data/prod.py as its user would fill it in, with passwords of ours."""
        text = (ROOT / "group_data" / "prod.py").read_text()
        text = re.sub(r'fill_in\("\w+", ("[^"]*")\)', r"\1", text)
        text = re.sub(r'\bsecret\("([\w-]+)"\)', rf'"{PASSWORD}-\1"', text)
        if one_machine:
            text = text.replace("198.51.100.11", "198.51.100.10").replace("turn.company.net", "video.company.net")
        directory = self.directory / "settings"
        directory.mkdir(exist_ok=True)
        (directory / "prod.py").write_text(text)
        return ["--group-data", str(directory)]

    def pyinfra(self, inventory: str, *arguments: str, **variables: str) -> Run:
        done = forked.ran([inventory, *arguments], ROOT, {**os.environ, **variables}, patient(90))
        return Run(done.returncode, done.stdout, done.stderr)

    def deploy(self, inventory: str, *arguments: str, **variables: str) -> Run:
        return self.pyinfra(inventory, "deploy.py", "-y", "--json", *arguments, **variables)


@pytest.fixture
def controller(tmp_path: Path) -> Controller:
    return Controller(tmp_path)
