"""systemd units, seen from inside their host."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from envivo.remote import RemoteShell
from envivo.state.systemd import blocks

PROPERTIES = "LoadState,ActiveState,UnitFileState,Result,StatusText"


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

    def to_start(self, program: str) -> str:
        """Fix for a unit that does not run. `program`: what people call it."""
        start = "deploy again" if self.hindrance else f"envivo restart ENV {program}"
        return f"{start} (see why: envivo logs ENV {program})"


def unit_state(shell: RemoteShell, unit: str) -> UnitState:
    """Raises envivo.remote.UnreachableError."""
    return parse(shell.run(f"systemctl show -p {PROPERTIES} {shlex.quote(unit)}").out)


def parse(shown: str) -> UnitState:
    """What `systemctl show` prints: Key=value lines."""
    return state_of(next(iter(blocks(shown.splitlines())), {}))


def state_of(said: Mapping[str, str]) -> UnitState:
    """Of one unit's PROPERTIES."""
    return UnitState(
        said.get("ActiveState", "unknown"),
        said.get("UnitFileState") == "enabled",
        said.get("Result", ""),
        said.get("StatusText", ""),
        said.get("LoadState", "loaded").replace("loaded", ""),
    )
