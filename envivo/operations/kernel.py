"""Settings of the kernel, now and after a reboot."""

import shlex
from collections.abc import Generator
from dataclasses import dataclass

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.output import given_up


@dataclass(frozen=True)
class KernelSetting:
    key: str
    value: str
    default: str
    """The kernel's own value, for whoever undoes it."""
    file: str
    """Which sets it when the host starts."""

    @property
    def undo(self) -> str:
        return f"sysctl -q -w {self.key}={self.default}"


class KernelValue(FactBase[list[str]]):
    """The running value, and the line of the file."""

    @staticmethod
    def default() -> list[str]:
        return []

    def command(self, key: str, file: str) -> str:
        return f"sysctl -n {key}; cat {shlex.quote(file)} 2>/dev/null; true"

    def process(self, output: list[str]) -> list[str]:
        return output


@operation()
def kernel(wanted: KernelSetting) -> Generator[StringCommand, None, None]:
    line = f"{wanted.key} = {wanted.value}"
    seen = host.get_fact(KernelValue, key=wanted.key, file=wanted.file)
    if given_up():
        return
    if seen == [wanted.value, line]:
        host.noop(f"{wanted.key} is {wanted.value}")
        return
    yield StringCommand(f"echo {shlex.quote(line)} > {wanted.file} && sysctl -q -p {wanted.file}")
