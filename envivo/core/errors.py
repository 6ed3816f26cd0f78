"""The one way in which envivo says no to a person."""

from pyinfra.api.exceptions import PyinfraError


class EnvivoError(PyinfraError):
    """Something a person can mend: `place: what is wrong: what would be right`.

    `exit_code` is the contract of the commands: 1 = the deployment is not as asked, 2 = wrong usage or settings.
    As a PyinfraError it is shown by pyinfra without a traceback wherever it is raised.
    """

    def __init__(self, place: str, what: str, fix: str, exit_code: int = 1) -> None:
        super().__init__(f"{place}: {what}: {fix}")
        self.place = place
        self.what = what
        self.fix = fix
        self.exit_code = exit_code
