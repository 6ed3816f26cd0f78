"""Checks of who publishes to a path: that there is a publisher where one is expected, and who it is."""

import re
from collections.abc import Iterator

from envivo.core.polling import until
from envivo.probes.mediamtx import WITHOUT_SECRETS, PathState, path_state, publisher
from envivo.roles.media import for_webrtc
from envivo.roles.media.desired import ask_api
from envivo.roles.media.journal import lines, logs
from envivo.roles.media.settings import Media
from envivo.roles.role import LIVE, Feed, Report, Target
from envivo.verify.engine import Observation, Warned
from envivo.verify.findings import Finding

_PUBLISHED_WITHIN_S = 10
"""An agent needs 1 to 4 s from its start, and retries every few seconds while the server is away."""
_SILENT_AFTER_S = 3
_CONNECTION = re.compile(r"\[conn (\[[^\s\]]+\]|[^\s\]]+):\d+\]")
_FIGHTS = 3
"""Takeovers in the log that are not one publisher that came back."""


def state(media: Target[Media], path: str) -> PathState | None:
    """None if the API does not report the path."""
    said = media.shell.run(f"{ask_api(media.settings, f'paths/get/{path}')} --fail")
    return path_state(said.out) if said.code == 0 else None


def holder(media: Target[Media], path: str) -> str:
    """Who publishes now, as `10.0.0.5 over RTMP`; empty: nobody."""
    now = state(media, path)
    return _who(media, now) if now and now.published else ""


def _who(media: Target[Media], now: PathState) -> str:
    asked = f"{ask_api(media.settings, now.session)} | {WITHOUT_SECRETS}"
    return publisher(now, media.shell.run(asked).out if now.session else "")


def optional_publisher(media: Target[Media], path: str) -> Iterator[Finding | Observation]:
    """Checks of a path that needs no publisher."""
    now = state(media, path)
    who = _who(media, now) if now and now.published else ""
    yield Observation(who or "nobody publishes now")
    if who:
        yield from _fight(media, path, who)
    if now:
        yield from for_webrtc.unheard(path, now.sound, agent=False)


def publishing(media: Target[Media], path: str, feed: Feed | None) -> Iterator[Finding | Observation]:
    """The path is online, has a source, and bytes arrive: a silent publisher stays online for 10 s.

    docs/notes/mediamtx.md#the-apis-view-of-a-path
    """
    now = until(lambda now: now is not None and now.published, lambda: state(media, path), _PUBLISHED_WITHIN_S)
    if now is None:
        port = media.settings.mediamtx.api_port
        what = f"MediaMTX's API at 127.0.0.1:{port} on {media.name} does not report the path {path}"
        yield Finding(media.name, "api-silent", what, logs("mediamtx"))
        return
    report = _settled(feed, now)
    if not now.published:
        yield _nobody(media, path, feed, report)
        return
    who = _who(media, now)
    if feed and report.state not in ("", LIVE):
        what = f"{who} publishes to {path} in place of the agent on {feed.host} ({report.error or report.state})"
        fix = f"stop that program, or give it another path; {feed.unit} then publishes to {path} again"
        yield Finding(media.name, "foreign-publisher", what, fix)
        return
    yield from _silent(media, path, feed, now)
    if feed:
        yield from _refused(media, path, feed, now)
    yield Observation(f"{who}, {report.rate(feed.fps)}" if feed and report.state else who)
    yield from for_webrtc.unheard(path, now.sound, agent=bool(feed))
    if not feed:
        yield from _fight(media, path, who)


def _settled(feed: Feed | None, now: PathState) -> Report:
    """What the agent says once it is live, or when the time for that is over."""
    if feed is None:
        return Report()
    within_s = _PUBLISHED_WITHIN_S if now.published else 0
    return until(lambda report: report.state in ("", LIVE), feed.status, within_s)


def _nobody(media: Target[Media], path: str, feed: Feed | None, report: Report) -> Finding:
    if feed is None:
        what = f"nobody publishes to {path}, which should be live (mediamtx.paths.{path}.expected)"
        fix = "start its publisher (envivo urls ENV has the lines), or set expected to False"
        return Finding(media.name, "not-publishing", what, fix)
    why, _, fix = report.error.rpartition(": ") if ": " in report.error else (report.error, "", "")
    what = f"nobody publishes to {path}, although {feed.unit} runs on {feed.host} ({why or report.state or 'silent'})"
    return Finding(feed.host, "not-publishing", what, f"{fix}; details: {logs(path)}" if fix else logs(path))


def _silent(media: Target[Media], path: str, feed: Feed | None, began: PathState) -> Iterator[Finding]:
    def grew(later: PathState | None) -> bool:
        return later is not None and later.published and later.inbound_bytes != began.inbound_bytes

    if not grew(until(grew, lambda: state(media, path), _SILENT_AFTER_S)):
        what = f"{path} has a publisher ({_who(media, began)}), but in {_SILENT_AFTER_S} s nothing came from it"
        fix = logs(path) if feed else "see whether that program still runs"
        yield Finding(feed.host if feed else media.name, "publisher-silent", what, fix)


def _refused(media: Target[Media], path: str, feed: Feed, now: PathState) -> Iterator[Warned]:
    """Programs that have tried to publish to an agent's path since it holds it."""
    tried = lines(media, f"already publishing to path '{path}'", "closed: ", now.since)
    addresses = dict.fromkeys(match[1].strip("[]") for line in tried if (match := _CONNECTION.search(line)))
    if addresses:
        what = f"{feed.unit} on {feed.host} publishes to {path}, so MediaMTX refuses {', '.join(addresses)}"
        yield Warned(f"{what} ({len(tried)} in 5 minutes): give that program a path of its own")


def _fight(media: Target[Media], path: str, who: str) -> Iterator[Finding]:
    taken = len(lines(media, f"[path {path}]", "closing existing publisher"))
    if taken >= _FIGHTS:
        what = (
            f"several programs publish to {path} and replace each other ({taken} times in 5 minutes); "
            f"the current one: {who}"
        )
        yield Finding(media.name, "publishers-fight", what, "give each a path of its own in mediamtx.paths")
