"""What to name where viewers see too little: the frame rate and the load of all machines before any camera."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from envivo.core.errors import EnvivoError
from envivo.probes import load
from envivo.probes.load import Load
from envivo.roles.role import LIVE, Evidence, Feed, Report
from envivo.verify.engine import Observation
from envivo.verify.findings import VERIFIER_BUSY, Finding

Said = Finding | Observation

HERE = "this computer"
ENOUGH_OF = 2 / 3
"""Share of the camera's frames below which viewers see that some are missing."""
_MAY_BE_LOAD = frozenset(
    {
        *("agent-starting", "not-publishing", "publisher-silent", "publisher-left"),
        *("pictures-missing", "picture-frozen", "whep-refused", "whep-not-connected", "rtsp-broken"),
        *("hls-broken", "hls-stalls", "hls-late"),
        *("recording-stands", "recording-broken", "recording-drift", "recording-fragments"),
    }
)
"""Codes of findings that a machine without processor time brings about, too."""
_OF_LOAD = re.compile(
    r"no frame|acknowledged nothing|answered nothing|does not answer|accepted no stream"
    r"|ended the connection|stream ended"
)
"""Errors of an agent whose machine, or whose server, is too busy. Any other one says what is wrong by itself."""


def own_error(report: Report) -> str:
    """The publisher's last error; empty where it gives none that explains anything."""
    return report.error if report.error and not _OF_LOAD.search(report.error) else ""


def few_frames(report: Report, fps: int) -> str:
    """`its agent publishes 12 of 30 frames a second`; empty where those are enough."""
    few = report.state == LIVE and report.fps is not None and report.fps < ENOUGH_OF * report.expected(fps)
    return f"its agent publishes {report.rate(fps)}" if few else ""


def cause(seen: Finding, path: str, feed: Feed | None, report: Report, loads: Mapping[str, Load]) -> Finding:
    """The finding that names the cause of what was seen, and quotes it. `loads`: by host."""
    if seen.code not in _MAY_BE_LOAD or own_error(report):
        return seen
    frames = few_frames(report, feed.fps) if feed else ""
    starved = {host: load for host, load in loads.items() if load.starved}
    if starved:
        machines = " and ".join(f"{host} ({load})" for host, load in starved.items())
        also = f", {frames}" if frames else ""
        what = f"too little processor time for {path}: {machines}{also} (seen: {seen.message})"
        there = " and ".join(starved)
        host = next((name for name in starved if name != HERE), "")
        code = "host-busy" if host else VERIFIER_BUSY
        return Finding(
            host or seen.host, code, what, f"find what uses the processor (run top on {there}), then verify again"
        )
    if frames and feed:
        what = f"{path} has too few pictures: {frames} (seen: {seen.message})"
        return Finding(
            feed.host, "frames-missing", what, f"envivo camera diagnose ENV {path} shows where they are lost"
        )
    return seen


def explained(
    path: str, feed: Feed | None, host: str, evidence: Evidence, find: Callable[[], Iterable[Said]]
) -> Iterator[Said]:
    """What a check of a media host's path says, each finding replaced by its cause."""
    said = list(find())
    suspects = [item for item in said if isinstance(item, Finding) and item.code in _MAY_BE_LOAD]
    if not suspects:
        yield from said
        return
    report = feed.status() if feed else Report()
    loads = {} if own_error(report) else _loads({host, *([feed.host] if feed else [])}, evidence)
    for item in said:
        yield cause(item, path, feed, report, loads) if isinstance(item, Finding) else item


def _loads(hosts: Iterable[str], evidence: Evidence) -> dict[str, Load]:
    """Of these hosts and of this computer, all at once; without those that cannot be asked."""
    asked = {host: evidence.loads[host] for host in sorted(hosts) if host in evidence.loads} | {HERE: load.here}
    with ThreadPoolExecutor(len(asked)) as pool:
        return {host: found for host, found in zip(asked, pool.map(_known, asked.values()), strict=True) if found}


def _known(ask: Callable[[], Load]) -> Load | None:
    try:
        return ask()
    except (EnvivoError, OSError, ValueError):
        return None
