"""What a removal takes from a host, what it leaves there, why, and how to delete that too, in words. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from envivo.orchestration.removing.seen import Seen, apt_command


class Kept(NamedTuple):
    """What stays on a host."""

    purgeable: Sequence[str] = ()
    """Until a purge."""
    others: Sequence[str] = ()
    """Of which nobody knows whether envivo brought it."""
    foreign: Sequence[str] = ()
    """Files that envivo did not bring."""
    packages: str = ""
    """Command that removes the packages that deploys installed."""

    @property
    def lines(self) -> list[str]:
        """All but files and packages."""
        return [*self.purgeable, *self.others]


def kept(seen: Seen, purge: bool) -> Kept:
    purgeable = [line for _, lines in seen.purged() for line in lines]
    others = [line for line in seen.kept() if line not in purgeable]
    return Kept([] if purge else purgeable, others, seen.foreign, apt_command(seen.packages))


def words(stays: Kept, delete: str) -> Iterator[str]:
    """`delete`: the command that purges the host."""
    if stays.purgeable:
        yield f"kept, since you may need it again; to delete it too: {delete}"
        yield from (f"  {line}" for line in stays.purgeable)
    if stays.others:
        yield "kept, since it may be yours; change it on the host if it is not:"
        yield from (f"  {line}" for line in stays.others)
    if stays.foreign:
        yield "kept, since envivo did not create it; delete it on the host if nobody needs it:"
        yield from (f"  {line}" for line in stays.foreign)
    if stays.packages:
        yield f"kept: packages, since other programs may use them; if none does: {stays.packages}"


class Preview(NamedTuple):
    """What a removal would do to a host."""

    parts: Sequence[str]
    """What it would stop and remove, as people call it."""
    paths: Sequence[str]
    """The same, one thing each: files, units, containers."""
    purged: Sequence[str]
    """Deleted for good, beside that."""
    stays: Kept

    @property
    def row(self) -> dict[str, Any]:
        """For --json."""
        own = {"parts": self.parts, "would_remove": self.paths, "would_delete": self.purged, "kept": self.stays.lines}
        lists = {name: list(lines) for name, lines in {**own, "foreign": self.stays.foreign}.items()}
        return {**lists, "packages": self.stays.packages}


def preview(seen: Seen, purge: bool) -> Preview:
    purged = [line for _, lines in seen.purged() for line in lines] if purge else []
    return Preview([part.name for part in seen.installed], seen.of_envivo, purged, kept(seen, purge))


def preview_lines(host: str, found: Preview, delete: str) -> Iterator[str]:
    """`delete`: the command that purges the host."""
    yield f"{host}: removes {', '.join(found.parts or found.paths) or 'only what it deletes'}"
    if found.purged:
        yield "  deletes for good:"
        yield from (f"    {line}" for line in found.purged)
    yield from (f"  {line}" for line in words(found.stays, delete))
