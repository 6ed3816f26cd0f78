"""Recordings in pieces: MediaMTX begins a new file where time stamps and clock disagree, with a gap before it."""

from collections.abc import Iterator
from math import ceil

from envivo.config.values import duration
from envivo.core.moments import moment
from envivo.roles.media.journal import LAST_S, lines
from envivo.roles.media.publishers import state
from envivo.roles.media.recordings_mount import RECORDINGS
from envivo.roles.media.settings import Media
from envivo.roles.role import Feed, Target
from envivo.verify.engine import Observation
from envivo.verify.findings import Finding

DRIFT = "detected drift"
_OFTEN = 2
"""Resets within LAST_S that are not a single hiccup."""
_SLOW = "sends frames more slowly than their time stamps claim"


def in_one_piece(media: Target[Media], path: str, feed: Feed | None) -> Iterator[Finding | Observation]:
    """Since its publisher came, which begins a file as well, and at most since LAST_S."""
    now = state(media, path)
    if now is None or not now.published:
        return
    resets = len(lines(media, f"[path {path}]", DRIFT, now.since))
    listed = (
        f"begin={moment(now.since):.0f}; now=$(date +%s); earliest=$((now - {LAST_S})); "
        '[ "$begin" -gt "$earliest" ] || begin=$earliest; '
        f"echo $((now - begin)); find '{RECORDINGS}/{path}' -maxdepth 1 -name '*.mp4' -newermt @$begin | wc -l"
    )
    yield from judged(media, path, feed, resets, media.shell.run(listed).out)


def judged(
    media: Target[Media], path: str, feed: Feed | None, resets: int, counted: str
) -> Iterator[Finding | Observation]:
    """`counted`: seconds that were looked at, and files that were written to in them."""
    seconds, files = (int(word) for word in counted.split())
    longest = duration(media.settings.mediamtx.recording.segment_duration).total_seconds()
    expected = ceil(seconds / longest) + 1
    fix = _fix(feed)
    if resets >= _OFTEN:
        what = (
            f"the recording of {path} has gaps: MediaMTX restarted it {resets} times in {LAST_S // 60} minutes "
            f"(detected drift between recording duration and absolute time)"
        )
        yield Finding(media.name, "recording-drift", what, fix)
    elif files > expected + 1:
        what = f"the recording of {path} has {files} files for the last {seconds} s, but should have at most {expected}"
        yield Finding(media.name, "recording-fragments", what, fix)
    elif resets:
        yield Observation(f"restarted once in {LAST_S // 60} minutes: detected drift")


def _fix(feed: Feed | None) -> str:
    if feed is None:
        return f"the publisher {_SLOW}: reduce the load of its computer"
    return f"{feed.host} {_SLOW}: reduce its load, or set a smaller picture"
