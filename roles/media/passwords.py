"""How passwords of people, who may have chosen them, are kept.

As soon as one of them was chosen all are kept as slow hashes, at one cost: what a wrong one takes tells nothing about
whose it is. Where all are random nothing is gained by that.
"""

from collections.abc import Callable

from envivo.orchestration.environment import Environment
from envivo.secrets.chosen import chosen


def slow(settings: Environment) -> bool:
    return any(chosen(person.password.get_secret_value()) for _, _, person in settings.people)


def salts(settings: Environment) -> Callable[[str], str]:
    """User -> the salt of their hashes, empty where none is needed.

    It rests on the monitor's password and the name: the same settings render the same file, other environments have
    other salts, and a salt tells nothing about a password.
    """
    if not slow(settings):
        return lambda user: ""
    monitor = settings.mediamtx.monitor.password.get_secret_value()
    return lambda user: f"{monitor}:{user}"
