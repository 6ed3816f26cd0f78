"""The one way in which envivo says no to a person."""


class EnvivoError(Exception):
    """Something a person can mend: `place: what is wrong: what would be right`.

    `exit_code` is the contract of the commands: 1 = the deployment is not as asked, 2 = wrong usage or settings.
    """

    def __init__(self, place: str, what: str, fix: str, exit_code: int = 1) -> None:
        super().__init__(f"{place}: {what}: {fix}")
        self.place = place
        self.what = what
        self.fix = fix
        self.exit_code = exit_code
