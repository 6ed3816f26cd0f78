"""How busy a machine is: what is looked at before a camera is blamed for pictures that do not come."""

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from envivo.remote import RemoteShell

_OVER_S = 1
_BUSY = 0.9
_PRESSED = 50.0
_STAT = "head -n 1 /proc/stat"


def question(over_s: float) -> str:
    """Command whose output `parse` reads.

    The kernel's pressure (PSI) is there where it is switched on; that of the cgroup sees the limits of a container.
    """
    return (
        f"{_STAT}; sleep {over_s:g}; {_STAT}; cat /proc/loadavg; nproc; "
        "cat /proc/pressure/cpu /sys/fs/cgroup/cpu.pressure 2>/dev/null; true"
    )


@dataclass(frozen=True)
class Load:
    busy: float
    """Share of all processors' time that was not idle, from 0 to 1."""
    average: float
    """Programs that ran or waited, over the last minute."""
    cores: int
    pressure: float = 0.0
    """Percent of the last 10 s in which a program waited for a processor."""

    @property
    def starved(self) -> bool:
        return self.busy >= _BUSY or self.pressure >= _PRESSED

    def __str__(self) -> str:
        waiting = f", programs waited {self.pressure:.0f} % of the time" if self.pressure >= _PRESSED else ""
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        return f"{100 * self.busy:.0f} % busy, load {self.average:.1f} on {cores}{waiting}"


def load(shell: RemoteShell) -> Load:
    """Of a host, over a second. Raises envivo.remote.UnreachableError, ValueError."""
    return parse(shell.run(question(_OVER_S)).out)


def here() -> Load:
    """Of this computer, over a second. Raises OSError, ValueError where it has no /proc."""
    stat = Path("/proc/stat")
    before = stat.read_text().partition("\n")[0]
    time.sleep(_OVER_S)
    after, average = stat.read_text().partition("\n")[0], Path("/proc/loadavg").read_text().strip()
    return parse(f"{before}\n{after}\n{average}\n{os.cpu_count() or 1}")


def parse(said: str) -> Load:
    """Two first lines of /proc/stat, /proc/loadavg, the number of processors, files of PSI. Raises ValueError."""
    lines = said.split("\n")
    if len(lines) < 4:
        raise ValueError(f"not the load of a machine: {said[:80]!r}")
    (idle, total), (later_idle, later_total) = (_ticks(line) for line in lines[:2])
    passed = later_total - total
    pressures = [float(share) for share in re.findall(r"^some avg10=([0-9.]+)", said, re.MULTILINE)]
    return Load(
        1 - (later_idle - idle) / passed if passed > 0 else 0.0,
        float(lines[2].split()[0]),
        int(lines[3]),
        max(pressures, default=0.0),
    )


def _ticks(line: str) -> tuple[int, int]:
    """Idle and all ticks (proc(5)): user, nice, system, idle, iowait, irq, softirq, steal; guests are in user."""
    name, *values = line.split()
    if name != "cpu" or len(values) < 8:
        raise ValueError(f"not the first line of /proc/stat: {line[:80]!r}")
    ticks = [int(value) for value in values[:8]]
    return ticks[3] + ticks[4], sum(ticks)
