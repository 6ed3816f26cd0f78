"""Users and their passwords."""

from envivo.config.interrupts import Interrupts
from envivo.config.types import Secret, Settings, UserName


class Credentials(Settings):
    """User of a program: a publisher, or the monitor."""

    interrupts = Interrupts.NOBODY
    user: UserName
    """Name of the user."""
    password: Secret
    """Password: random, at least 128 bits, at most 72 characters of letters, digits, _ and -."""
