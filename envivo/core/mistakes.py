"""Python errors in a file of the project, in one line that names the file and the line."""

import traceback
from collections.abc import Iterator
from pathlib import Path

from envivo.core.errors import EnvivoError
from envivo.core.paths import PACKAGE, PROJECT
from envivo.core.problems import Problem

_OURS = {"group_data", "inventories"}
"""Folders that are the user's even where the toolkit's checkout is the project."""


def mistake(file: Path, error: BaseException, hint: str = "") -> EnvivoError:
    """The error for an exception of `file`, at the project's last line in the traceback. `hint`: what Python itself
    suspects."""
    match error:
        case EnvivoError():
            error.exit_code = 2
            return error
        case SyntaxError(filename=str(name)) if Path(name).is_file():
            return _at(Path(name), error.lineno, f"is not valid Python ({error.msg})")
        case SyntaxError():
            return _at(file, error.lineno, f"is not valid Python ({error.msg})")
        case UnicodeDecodeError(object=bytes(content), start=int(start)) if content == _content(file):
            what = f"is not UTF-8 (byte 0x{content[start]:02x}): save it as UTF-8"
            return _at(file, content[:start].count(b"\n") + 1, what)
        case OSError(filename=name) if name is not None and Path(str(name)) == file:
            return _at(file, None, f"cannot be read ({error.strerror})")
        case SystemExit():
            what = f"ends the program (exit {error.code}): remove that"
        case ImportError(msg=str(words)):
            what = words
        case NameError() | ValueError() | TimeoutError() if error.args and not isinstance(error, UnicodeError):
            what = _text(error.args[0])
        case _:
            what = ": ".join(part for part in (type(error).__name__, _text(error)) if part)
    frames = list(_frames(file, error))
    where, line = frames[-1] if frames else (file, None)
    return _at(where, line, f"{what} ({hint})" if hint else what)


def _frames(file: Path, error: BaseException) -> Iterator[tuple[Path, int | None]]:
    """The project's own lines of the traceback."""
    for frame in traceback.extract_tb(error.__traceback__):
        name = Path(frame.filename)
        if name.parent == file.parent or (name.is_relative_to(PROJECT) and _is_ours(name.relative_to(PROJECT))):
            yield name, frame.lineno


def _is_ours(name: Path) -> bool:
    if PACKAGE.parent == PROJECT:
        return name.parts[0] in _OURS
    return not any(part.startswith(".") or part == "site-packages" for part in name.parts)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - it is the user's code
        return ""


def _at(file: Path, line: int | None, what: str) -> EnvivoError:
    place = str(file.relative_to(PROJECT)) if file.is_relative_to(PROJECT) else str(file)
    problem = Problem(f"line {line}" if line else "", " ".join(what.split()), file=place)
    raised = EnvivoError(f"{place}: {problem.place}" if line else place, problem.message, problem.fix, exit_code=2)
    raised.problems = [problem]
    return raised
