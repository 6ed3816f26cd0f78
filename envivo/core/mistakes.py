"""Python errors in a file of the project, in one line that names the file and the line."""

import traceback
from pathlib import Path

from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT
from envivo.core.problems import Problem


def mistake(file: Path, error: Exception) -> EnvivoError:
    """The error for an exception of `file`, at the project's last line in the traceback."""
    match error:
        case EnvivoError():
            error.exit_code = 2
            return error
        case SyntaxError(filename=str(name)) if Path(name).is_file():
            return _at(Path(name), error.lineno, f"is not valid Python ({error.msg})")
        case ImportError(msg=words):
            what = words
        case NameError() | ValueError() | TimeoutError() if error.args:
            what = str(error.args[0])
        case _:
            what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    ours = {file.parent, PROJECT / "group_data", PROJECT / "inventories"}
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent in ours]
    if not frames:
        return _at(file, None, what)
    return _at(Path(frames[-1].filename), frames[-1].lineno, what)


def _at(file: Path, line: int | None, what: str) -> EnvivoError:
    place = str(file.relative_to(PROJECT)) if file.is_relative_to(PROJECT) else str(file)
    problem = Problem(f"line {line}" if line else "", " ".join(what.split()), file=place)
    raised = EnvivoError(f"{place}: {problem.place}" if line else place, problem.message, problem.fix, exit_code=2)
    raised.problems = [problem]
    return raised
