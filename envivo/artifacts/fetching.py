"""Filling the cache: for each missing artifact its sources in the lock file's order, until one serves."""

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from filelock import FileLock, Timeout

from envivo.artifacts.cache import Cache, Provenance, Receipt
from envivo.artifacts.lock import AnyPin, GoPin, Item, NpmPin, RegistryPin, ReleasePin
from envivo.artifacts.progress import Display, ProgressLine, display
from envivo.artifacts.sources import ChecksumError, Source, UnavailableError
from envivo.artifacts.sources.go_module import GoModule
from envivo.artifacts.sources.mirror import Mirror
from envivo.artifacts.sources.npm import Npm
from envivo.artifacts.sources.registry import Registry
from envivo.artifacts.sources.release import Release
from envivo.artifacts.sources.web import HttpSession
from envivo.core.errors import EnvivoError

_LOCK = ".lock"
_FIXES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "free some space there"),
    **dict.fromkeys((errno.EACCES, errno.EPERM), "make it yours (chown)"),
}
"""For errors of the cache's file system whose cause is known."""


@dataclass(frozen=True)
class Fetched:
    item: Item
    receipt: Receipt
    fresh: bool
    """False when the cache had it."""


def fetch(items: Sequence[Item], cache: Cache, mirror: str | None = None) -> list[Fetched]:
    """See to it that the cache holds these, each verified; a mirror is asked before the lock file's sources.

    EnvivoError when no source can serve one of them, when something does not match its pin, or when the cache cannot
    be written.
    """
    web = HttpSession()
    try:
        cache.root.mkdir(parents=True, exist_ok=True)
        with display() as lines, _exclusive(cache, lines):
            cache.sweep()
            return [_fetch_one(item, cache, _sources(item, web, mirror), lines.line(item)) for item in items]
    except OSError as error:
        place = str(error.filename or cache.root)
        fixes = [_FIXES.get(error.errno or 0, ""), "set ENVIVO_CACHE to another directory"]
        raise EnvivoError(place, error.strerror or str(error), ", or ".join(filter(None, fixes))) from error


def _fetch_one(item: Item, cache: Cache, sources: Sequence[Source], line: ProgressLine) -> Fetched:
    held = cache.receipt(item)
    if held:
        try:
            cache.verify(item)
        except EnvivoError as damage:
            line.step(f"damaged, fetched again: {damage.what}")
        else:
            line.done("in the cache")
            return Fetched(item, held, fresh=False)
    refusals = []
    for source in sources:
        with cache.staging(item) as into:
            try:
                receipt = cache.keep(item, into, _accepted(item, source, source.fetch(item, into, line)))
            except UnavailableError as refusal:
                refusals.append(f"{source.name}: {refusal}")
                line.step(f"{source.name} cannot serve: {refusal}")
                continue
        line.done(f"fetched from {receipt.origin}")
        return Fetched(item, receipt, fresh=True)
    fix = (
        "give this machine access to one of these sources, install the program that the source needs, or copy "
        "another machine's cache: "
        f"envivo artifacts fetch --arch {item.arch} --from DIR_OR_URL"
    )
    raise EnvivoError(f"artifact {item.label}", f"no source can serve it ({'; '.join(refusals)})", fix)


def _accepted(item: Item, source: Source, provenance: Provenance) -> Provenance:
    """Raises ChecksumError for an image that the lock file does not list, where it lists any."""
    if item.accepted and provenance.image_id not in item.accepted:
        allowed, found = " or ".join(item.accepted), provenance.image_id
        raise ChecksumError(item, f"{source.name}: {item.reference}", f"image id {allowed}", f"image id {found}")
    return provenance


def _sources(item: Item, web: HttpSession, mirror: str | None) -> list[Source]:
    return [*([Mirror(mirror, web)] if mirror else []), *(_source(pin, web) for pin in item.spec.sources)]


def _source(pin: AnyPin, web: HttpSession) -> Source:
    match pin:
        case RegistryPin():
            return Registry(pin, web)
        case ReleasePin():
            return Release(pin, web)
        case GoPin():
            return GoModule(pin)
        case NpmPin():
            return Npm(pin)


@contextmanager
def _exclusive(cache: Cache, lines: Display) -> Iterator[None]:
    """The cache for oneself: a second fetch waits for the first, then finds most of its work done."""
    lock = FileLock(cache.root / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        lines.say("waiting for another fetch into this cache")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
