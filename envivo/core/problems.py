"""Problems of settings, an inventory or a command, as values that are never parsed."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Problem:
    """Reads `group_data/lab.py: mediamtx.hls.segment_duration: must be at least 1s, is 0s`."""

    place: str
    """What it is about: a setting, a host, a line, an option; empty: the whole file."""
    message: str
    fix: str = ""
    """What to do, where the message does not say it."""
    file: str = ""
    """File to change, by its path in the project; empty: none, or not known."""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.place, self.message, self.fix) if part)

    def of(self, file: str) -> "Problem":
        """The same problem, in this file."""
        return replace(self, file=file)
