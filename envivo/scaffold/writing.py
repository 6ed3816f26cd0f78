"""Files of a new project: all of them or none, and none in the place of another."""

from collections.abc import Mapping
from pathlib import Path

from envivo.core.errors import EnvivoError


def write(directory: Path, files: Mapping[str, str]) -> None:
    """`files`: path below the directory -> text. Raises EnvivoError (exit code 2), and leaves nothing half made."""
    for file in (directory / name for name in files):
        if file.exists() or file.is_symlink():
            raise EnvivoError(str(file), "already exists", "make the project in another directory", exit_code=2)
    made: list[Path] = []
    try:
        for name, text in files.items():
            _write(directory / name, text, made)
    except BaseException as error:
        for path in reversed(made):
            path.rmdir() if path.is_dir() else path.unlink()
        if isinstance(error, OSError):
            what = error.strerror or type(error).__name__
            raise EnvivoError(str(error.filename or directory), what, "name another directory", exit_code=2) from error
        raise


def _write(file: Path, text: str, made: list[Path]) -> None:
    """Adds each path that it makes to `made`."""
    for folder in reversed(file.parents):
        if not folder.exists():
            folder.mkdir()
            made.append(folder)
    with file.open("x") as out:
        made.append(file)
        out.write(text)
