"""A checkout of its own for commands that read group data beside themselves."""

from pathlib import Path

from envivo.places import ROOT


def make_checkout(directory: Path) -> None:
    """All that is in this one, but for group data of its own."""
    for entry in ROOT.iterdir():
        if entry.name not in ("envivo", "group_data"):
            directory.joinpath(entry.name).symlink_to(entry)
    # the package looks for everything else beside itself
    package = directory / "envivo"
    package.mkdir()
    for file in ROOT.joinpath("envivo").rglob("*.py"):
        copy = package / file.relative_to(ROOT / "envivo")
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(file.read_bytes())
    directory.joinpath("group_data").mkdir()
    directory.joinpath("group_data", "all.py").write_bytes(ROOT.joinpath("group_data", "all.py").read_bytes())
