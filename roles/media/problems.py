"""Problems between names and people of paths, each of which is valid alone."""

from collections.abc import Iterator
from itertools import accumulate

from envivo.core.problems import Problem
from envivo.roles.media.settings import Media
from envivo.secrets.chosen import BETTER, named_after


def problems(media: Media) -> Iterator[Problem]:
    yield from _names(media)
    yield from _people(media)
    for name, path in media.mediamtx.paths.items():
        if path.delete_after is not None and (wrong := media.mediamtx.recording.unfit(path.delete_after)):
            yield Problem(f"mediamtx.paths.{name}.delete_after", wrong)


def _names(media: Media) -> Iterator[Problem]:
    """Names that differ only in case, also in their first levels: Caddy, which serves recordings and lists of them,
    ignores case, and MediaMTX does not."""
    seen: dict[str, str] = {}
    for name in media.mediamtx.paths:
        for part in accumulate(name.split("/"), "{}/{}".format):
            if (other := seen.setdefault(part.lower(), part)) != part:
                which = "" if part == name else f"its part {part} "
                yield Problem(
                    f"mediamtx.paths.{name}",
                    f"{which}differs from {other} only in upper and lower case",
                    "choose another name",
                )
                break


def _people(media: Media) -> Iterator[Problem]:
    """Users with two passwords: Caddy keeps one for each name, in a path and in the lists above it."""
    seen: dict[str, tuple[str, str]] = {}
    for place, path, person in media.people:
        password = person.password.get_secret_value()
        other, known = seen.setdefault(person.user, (place, password))
        if password != known:
            yield Problem(f"{place}.user", f"{person.user} has a different password in {other}", "use one per user")
        if name := named_after(password, (person.user, *path.split("/"))):
            yield Problem(f"{place}.password", f"must not contain {name}, which others can see", BETTER)
