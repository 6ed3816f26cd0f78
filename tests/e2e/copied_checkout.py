"""A checkout of its own for commands that read group data beside themselves."""

from pathlib import Path

from envivo.core.paths import PROJECT as ROOT


def make_checkout(directory: Path) -> None:
    """All that is in this one, but for group data of its own."""
    for entry in ROOT.iterdir():
        if entry.name != "group_data":
            directory.joinpath(entry.name).symlink_to(entry)
    directory.joinpath("group_data").mkdir()
    directory.joinpath("group_data", "all.py").write_bytes(ROOT.joinpath("group_data", "all.py").read_bytes())
