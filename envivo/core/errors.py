"""Errors for users."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from envivo.core.problems import Problem

if TYPE_CHECKING or "pyinfra" not in sys.modules:
    _Base = Exception
else:
    # pyinfra shows its own errors without a traceback; outside of its process settings are read without pyinfra
    from pyinfra.api.exceptions import PyinfraError as _Base


class EnvivoError(_Base):
    """An error that the user can fix: `place: what is wrong: what to do`.

    `exit_code` is the contract of the commands: 1 = the deployment is not as asked, 2 = wrong usage or settings.
    """

    def __init__(self, place: str, what: str, fix: str, exit_code: int = 1) -> None:
        super().__init__(str(Problem(place, what, fix)))
        self.place = place
        self.what = what
        self.fix = fix
        self.exit_code = exit_code
        self.problems: Sequence[Problem] = (Problem(place, what, fix),)


def forbidden(error: PermissionError) -> EnvivoError:
    """The error for a file or directory of the project that this user may not use."""
    return EnvivoError(str(error.filename), f"cannot be used ({error.strerror})", "make it yours (chown)", exit_code=2)


class SettingsError(EnvivoError):
    """All problems of one environment, one a line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("settings", f"{len(problems)} are invalid", "fix each", exit_code=2)
        self.problems = tuple(problems)
        self.args = ("\n".join(["invalid settings:", *(f"    {problem}" for problem in problems)]),)


class Unfit(ValueError):  # noqa: N818 - what it says, not that it is an error
    """A value that a setting refuses, with a fix."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(f"{message}: {fix}")
        self.message, self.fix = message, fix
