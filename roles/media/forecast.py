"""How long the disk holds the recordings: pure functions from settings and files on the disk to dates and sentences."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from envivo.config.values import duration
from envivo.core.sizes import KIB, size
from envivo.roles.media import retention
from envivo.roles.media.recordings_mount import RECORDINGS
from envivo.roles.media.settings import Media

_DAY = 86400
_MEASURED_S = 600
"""Recordings of a path that no agent feeds tell its bit rate once they go back so far."""
SOON = timedelta(hours=6)

ASK = (
    f"cd {RECORDINGS} 2>/dev/null || exit 0; now=$(date +%s); echo now $now; "
    "df -Pk . | awk 'NR == 2 { print \"disk\", $2, $4 }'; "
    f"find . -xdev -type f -regextype posix-extended -regex '{retention.RECORDING}' -printf '%h %T@ %k\\n' | "
    "awk -v now=$now '{ size[$1] += $3; if (!($1 in first) || $2 < first[$1]) first[$1] = $2 } "
    "$2 > now - 86400 { day[$1] += $3 } "
    'END { for (path in size) printf "path %s %.0f %.0f %.0f\\n", substr(path, 3), size[path], now - first[path], '
    "day[path] }'"
)
"""Command that prints what `parse` reads, in KiB and seconds; nothing where there are no recordings yet."""


@dataclass(frozen=True)
class Stored:
    """Recordings of a path."""

    kib: int
    oldest_s: int
    """Age of the oldest."""
    day_kib: int
    """Written in the last day."""


@dataclass(frozen=True)
class Disk:
    now: datetime
    kib: int
    free_kib: int
    paths: Mapping[str, Stored] = field(default_factory=dict)
    """Former ones too."""


def parse(output: str) -> Disk | None:
    """None where nothing was printed. Raises ValueError."""
    now, size, free = 0, -1, -1
    paths = {}
    for line in output.splitlines():
        match line.split():
            case ["now", seconds]:
                now = int(seconds)
            case ["disk", total, available]:
                size, free = int(total), int(available)
            case ["path", name, *numbers]:
                paths[name] = Stored(*map(int, numbers))
            case _:
                raise ValueError(f"unexpected: {line!r}")
    return Disk(datetime.fromtimestamp(now, UTC), size, free, paths) if size >= 0 else None


@dataclass(frozen=True)
class Stream:
    """What one path adds to the disk."""

    kib_s: float
    kept_s: float
    """Age at which its recordings are deleted; infinite: never."""
    oldest_s: float = 0


def fills_in(streams: Sequence[Stream], kib: float) -> float:
    """Seconds until the streams have added so much; infinite where they never do.

    Each grows until its oldest recording is as old as it may get.
    """
    grown, at = 0.0, 0.0
    for until in sorted({max(0.0, stream.kept_s - stream.oldest_s) for stream in streams}):
        rate = sum(stream.kib_s for stream in streams if stream.kept_s - stream.oldest_s > at)
        if rate and grown + rate * (until - at) > kib:
            return at + max(0.0, kib - grown) / rate
        grown, at = grown + rate * (until - at) if rate else grown, until
    return math.inf


@dataclass(frozen=True)
class Forecast:
    streams: Mapping[str, Stream]
    """By path."""
    unknown: Sequence[str]
    """Paths whose bit rate nothing tells yet."""
    left_kib: float
    """For more recordings, until the oldest have to go."""
    held_kib: float
    """Recordings that are there."""

    @property
    def day_kib(self) -> float:
        return sum(stream.kib_s for stream in self.streams.values()) * _DAY

    @property
    def full_in(self) -> float:
        """Seconds until the oldest are deleted for the space that they take; infinite: never."""
        return fills_in(list(self.streams.values()), max(0.0, self.left_kib))

    @property
    def lasts_s(self) -> float:
        """Age that recordings reach on this disk, if no age were set."""
        ageless = [Stream(stream.kib_s, math.inf) for stream in self.streams.values()]
        return fills_in(ageless, max(0.0, self.left_kib + self.held_kib))

    @property
    def cut(self) -> Sequence[str]:
        """Paths whose recordings are deleted before `delete_after`."""
        if math.isinf(self.full_in):
            return ()
        return [path for path, stream in self.streams.items() if self.lasts_s < stream.kept_s < math.inf]


def forecast(media: Media, disk: Disk) -> Forecast:
    recording = media.mediamtx.recording
    streams, unknown = {}, []
    for name, path in media.mediamtx.paths.items():
        if not path.record:
            continue
        stored = disk.paths.get(name, Stored(0, 0, 0))
        kib_s = media.bitrates_kbps.get(name, 0) * 1000 / 8 / 1024
        if not kib_s and stored.oldest_s >= _MEASURED_S:
            kib_s = stored.day_kib / min(stored.oldest_s, _DAY)
        if not kib_s:
            unknown.append(name)
            continue
        kept = duration(media.mediamtx.kept(name)).total_seconds() or math.inf
        streams[name] = Stream(kib_s, kept, stored.oldest_s)
    floor = max(retention.kib(recording.min_free), disk.kib * recording.min_free_percent / 100)
    return Forecast(streams, unknown, disk.free_kib - floor, sum(stored.kib for stored in disk.paths.values()))


def age(seconds: float) -> str:
    """As settings take it, rounded down."""
    hours = int(seconds // 3600)
    return f"{hours}h" if hours else f"{int(seconds // 60)}m"


def words(found: Forecast, disk: Disk, media: Media) -> str:
    """One sentence, with the date when the disk is full; empty where nothing is recorded."""
    paths = len(found.streams)
    if not paths:
        return "recordings: bit rates are not known yet" if found.unknown else ""
    write = "1 path writes" if paths == 1 else f"{paths} paths write"
    text = f"recordings: {write} {size(found.day_kib * KIB)} a day"
    if found.unknown:
        text += f" ({', '.join(found.unknown)} not counted: bit rate not known yet)"
    text += f", {size(found.left_kib * KIB)} are left"
    if math.isinf(found.full_in):
        return f"{text}, which is enough for delete_after"
    when = disk.now + timedelta(seconds=min(found.full_in, 100 * 365 * _DAY))
    text += f": full on {when:%Y-%m-%d %H:%M} UTC; recordings are then deleted when {age(found.lasts_s)} old"
    asked = sorted({media.mediamtx.kept(path) for path in found.cut}, key=duration)
    return f"{text} instead of {' and '.join(asked)}" if asked else text


def former(disk: Disk, media: Media) -> str:
    """A sentence about the recordings of removed paths; empty if there are none."""
    names = sorted(disk.paths.keys() - media.mediamtx.paths.keys())
    found = [f"{path} ({size(disk.paths[path].kib * KIB)})" for path in names]
    if not found:
        return ""
    age = media.mediamtx.recording.delete_after
    until = f"until {age} old, and for a day after a deploy" if duration(age) else "as long as there is space"
    return f"recordings of former paths, kept {until}: {', '.join(found)}"


def said(media: Media, output: str) -> str:
    """What a deploy says of what `ASK` has printed; empty where nobody can tell, which stops no deploy."""
    try:
        disk = parse(output)
    except (TypeError, ValueError, OverflowError):
        return ""
    if not disk:
        return ""
    return "; ".join(filter(None, (words(forecast(media, disk), disk, media), former(disk, media))))


def overruns(found: Forecast) -> bool:
    """Whether recordings go before their age, now or soon."""
    return bool(found.cut) and found.full_in < SOON.total_seconds()


def remedy(found: Forecast) -> str:
    fits = f'"recording": {{"delete_after": "{age(found.lasts_s)}"}}'
    return f"a larger disk, lower bit rates, or a shorter retention: in mediamtx, set {fits}"
