"""The one way in which envivo says no to a person."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING or "pyinfra" not in sys.modules:
    _Base = Exception
else:
    # in a process of pyinfra's, which shows its own errors without a traceback; settings are read without pyinfra too
    from pyinfra.api.exceptions import PyinfraError as _Base


class EnvivoError(_Base):
    """Something a person can fix: `place: what is wrong: what to do`.

    `exit_code` is the contract of the commands: 1 = the deployment is not as asked, 2 = wrong usage or settings.
    """

    def __init__(self, place: str, what: str, fix: str, exit_code: int = 1) -> None:
        super().__init__(f"{place}: {what}: {fix}")
        self.place = place
        self.what = what
        self.fix = fix
        self.exit_code = exit_code
