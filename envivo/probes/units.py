"""systemd units, seen from inside their host."""

import shlex
from dataclasses import dataclass

from envivo.remote import RemoteShell
from envivo.state.systemd import blocks

_PROPERTIES = "LoadState,ActiveState,UnitFileState,Result,StatusText"


@dataclass(frozen=True)
class UnitState:
    active: str
    """active, inactive, failed, activating ..."""
    enabled: bool
    """Starts at boot."""
    result: str
    """Why it ended last: success, exit-code, signal, watchdog ..."""
    status: str
    """What the unit says of itself."""
    hindrance: str = ""
    """Why systemd cannot start it: masked, not-found ..."""

    @property
    def runs(self) -> bool:
        return self.active == "active"

    @property
    def words(self) -> str:
        whys = [why for why in (self.hindrance, self.result) if why not in ("", "success")]
        return f"{self.active} ({', '.join(whys)})" if whys else self.active


def unit_state(shell: RemoteShell, unit: str) -> UnitState:
    """Raises envivo.remote.UnreachableError."""
    return parse(shell.run(f"systemctl show -p {_PROPERTIES} {shlex.quote(unit)}").out)


def parse(shown: str) -> UnitState:
    """What `systemctl show` prints: Key=value lines."""
    said = next(iter(blocks(shown.splitlines())), {})
    return UnitState(
        said.get("ActiveState", "unknown"),
        said.get("UnitFileState") == "enabled",
        said.get("Result", ""),
        said.get("StatusText", ""),
        said.get("LoadState", "loaded").replace("loaded", ""),
    )
