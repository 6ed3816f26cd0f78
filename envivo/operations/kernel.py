"""Settings of the kernel, now and after a reboot."""

import shlex
from collections.abc import Generator, Sequence

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.keeping import keep
from envivo.operations.output import host_failed
from envivo.operations.reasons import Difference, because
from envivo.state.desired import KernelSetting


class KernelValue(FactBase[list[str]]):
    """The running value, then the lines of the file."""

    @staticmethod
    def default() -> list[str]:
        return []

    def command(self, key: str, file: str) -> str:
        return f"sysctl -n {key}; cat {shlex.quote(file)} 2>/dev/null; true"

    def process(self, output: list[str]) -> list[str]:
        return output


def deviations(wanted: KernelSetting, seen: Sequence[str]) -> list[Difference]:
    """`seen`: what `KernelValue` read."""
    value, lines = (seen[0], list(seen[1:])) if seen else ("unknown", [])
    found = []
    if value != wanted.value:
        found.append(Difference(wanted.key, f"is {value} instead of {wanted.value}"))
    if lines != [wanted.line]:
        found.append(Difference(wanted.file, "has other content" if lines else "is missing"))
    return found


@operation()
def kernel(wanted: KernelSetting) -> Generator[StringCommand, None, None]:
    """The kernel has the value, and takes it again at each boot."""
    setting = f"echo {shlex.quote(wanted.line)} > {wanted.file} && sysctl -q -p {wanted.file}"
    keep(host, [], setting)
    seen = host.get_fact(KernelValue, key=wanted.key, file=wanted.file)
    if host_failed():
        return
    differences = deviations(wanted, seen)
    if not differences:
        host.noop(f"{wanted.key} is {wanted.value}")
        return
    because(host, differences)
    yield StringCommand(setting)
