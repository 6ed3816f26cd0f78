"""Templates and pages: the toolkit's, and a project's own, which win file by file."""

from collections.abc import Sequence
from pathlib import Path

from envivo.core.paths import PACKAGE, PROJECT

TEMPLATES = "templates"
PLAYER = "player"


def folders(name: str) -> Sequence[Path]:
    """Where files of `name` are looked for: the project's folder, where it has one, before the toolkit's."""
    own, toolkits = PROJECT / name, PACKAGE / name
    return [toolkits] if not own.is_dir() or own.samefile(toolkits) else [own, toolkits]


def files(name: str) -> dict[Path, Path]:
    """Path below the folder -> file, sorted."""
    found: dict[Path, Path] = {}
    for folder in reversed(folders(name)):
        found |= {file.relative_to(folder): file for file in folder.rglob("*") if file.is_file()}
    return dict(sorted(found.items()))


def replaced() -> list[str]:
    """Files of the project that replace the toolkit's, by their path in the project."""
    return [
        f"{name}/{path}"
        for name in (TEMPLATES, PLAYER)
        for path, file in files(name).items()
        if file.is_relative_to(PROJECT / name) and (PACKAGE / name / path).is_file()
    ]
