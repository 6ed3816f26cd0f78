"""What a person has stopped on the hosts of an environment: a deploy leaves it so."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from envivo.core.errors import EnvivoError
from envivo.orchestration.target import Place
from envivo.state.stopped import Stopped, parse, question


def stopped_on(places: Sequence[Place]) -> Mapping[str, Sequence[Stopped]]:
    """By host, those that have any; hosts that do not answer are left out."""
    with ThreadPoolExecutor(max(1, len(places))) as pool:
        found = dict(zip((place.name for place in places), pool.map(_of, places), strict=True))
    return {host: programs for host, programs in found.items() if programs}


def _of(place: Place) -> list[Stopped]:
    try:
        return list(parse(place.shell.run(question()).out.splitlines()).values())
    except EnvivoError:
        return []
