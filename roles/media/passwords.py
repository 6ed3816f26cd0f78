"""Hashes of people's passwords.

If any password may have been chosen by a person, all are kept as slow hashes of the same cost, so that the time a wrong
one takes reveals nothing about the user. Random passwords need no slow hash. envivo/render.py computes the hashes.
"""

from collections.abc import Callable

from envivo.roles.media.settings import Media
from envivo.secrets.chosen import chosen


def slow(media: Media) -> bool:
    return any(chosen(person.password.get_secret_value()) for _, _, person in media.people)


def salts(media: Media) -> Callable[[str], str]:
    """User -> salt of the user's hashes, empty where none is needed.

    It derives from the monitor's password and the name: the same settings render the same file, environments differ in
    their salts, and a salt reveals nothing about a password.
    """
    if not slow(media):
        return lambda user: ""
    monitor = media.mediamtx.monitor.password.get_secret_value()
    return lambda user: f"{monitor}:{user}"
