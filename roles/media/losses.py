"""What viewers lose when a media host is removed."""

from collections.abc import Iterator

from envivo.core.errors import EnvivoError
from envivo.roles.media.settings import Media
from envivo.roles.media.viewers import viewers
from envivo.roles.role import Target


def losses(media: Target[Media]) -> Iterator[str]:
    try:
        _, found = viewers(media)
    except EnvivoError:
        return  # it does not run: nobody watches
    yield "nobody watches now" if not found else f"{len(found)} viewer{'s' * (len(found) > 1)} lose the picture now"
