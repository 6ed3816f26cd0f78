"""How passwords of people, who may have chosen them, are kept.

As soon as one of them was chosen all are kept as slow hashes, at one cost: what a wrong one takes tells nothing about
whose it is. Where all are random nothing is gained by that.
"""

from collections.abc import Callable

from envivo.roles.media.settings import Media
from envivo.secrets.chosen import chosen


def slow(media: Media) -> bool:
    return any(chosen(person.password.get_secret_value()) for _, _, person in media.people)


def salts(media: Media) -> Callable[[str], str]:
    """User -> the salt of their hashes, empty where none is needed.

    It rests on the monitor's password and the name: the same settings render the same file, other environments have
    other salts, and a salt tells nothing about a password.
    """
    if not slow(media):
        return lambda user: ""
    monitor = media.mediamtx.monitor.password.get_secret_value()
    return lambda user: f"{monitor}:{user}"
