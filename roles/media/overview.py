"""What `envivo status` shows of a media host: paths with publishers and viewers, and how long the disk lasts."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from envivo.core.moments import moment
from envivo.core.sizes import KIB, size
from envivo.probes.mediamtx import VIDEO
from envivo.probes.sessions import QUESTIONS, WITHOUT_QUERIES, Path, Server, Session, paths, server
from envivo.roles.media import forecast, maintenance
from envivo.roles.media.desired import MONITOR
from envivo.roles.media.settings import Media
from envivo.roles.role import Context
from envivo.status.rows import HOSTS, PATHS, Notice, Question, Row, figure, span
from envivo.verify.findings import Finding

_OVER_S = 0.5
"""Between two looks at the bytes that have arrived."""


def overview(media: Media, context: Context) -> Iterator[Question]:
    yield Question(sessions(media, _OVER_S), lambda said: _paths(media, context, said))
    yield Question(forecast.ASK, lambda said: _recordings(media, context.host, said))
    yield Question(maintenance.QUESTION, lambda said: _maintenance(context.host, said))


def sessions(media: Media, over_s: float = 0.0) -> str:
    """Command that prints the answers that probes.sessions reads, one a line, after the time. `over_s`: paths are
    asked for again after this time."""
    api = f"http://127.0.0.1:{media.mediamtx.api_port}/v3"

    def ask(*questions: str) -> str:
        addresses = " ".join(f"'{api}/{question}'" for question in questions)
        return f"{{ date +%s.%N; curl -K {MONITOR} -w '\\n' {addresses}; }} | {WITHOUT_QUERIES}"

    return ask(*QUESTIONS) + (f"; sleep {over_s:g}; {ask(QUESTIONS[1])}" if over_s else "")


def answers_in(said: str) -> bool:
    lines = said.splitlines()
    return len(lines) > len(QUESTIONS) and bool(lines[1])


def answered(media: Media, said: str) -> tuple[float, Server]:
    """The time of the answers, and what they say. Raises ValueError, KeyError, IndexError."""
    now, *answers = said.splitlines()
    return float(now), server(answers[: len(QUESTIONS)], media.mediamtx.monitor.password.get_secret_value())


def _paths(media: Media, context: Context, said: str) -> Iterator[Row | Finding]:
    if not answers_in(said):
        port = media.mediamtx.api_port
        what = f"MediaMTX's API at 127.0.0.1:{port} does not answer, so it is not known who publishes and watches"
        yield Finding(context.host, "api-silent", what, "envivo verify ENV says why", subjects=("mediamtx",))
        yield from (Row(PATHS, name, {"state": "not known"}, {"live": None}) for name in media.mediamtx.paths)
        return
    now, seen = answered(media, said)
    later, answer = said.splitlines()[-2:]
    after, seconds = paths(answer), float(later) - now
    for name in media.mediamtx.paths:
        path = seen.paths.get(name)
        if path is None:
            yield Row(PATHS, name, {"state": "not deployed"}, {"live": None}, "bad")
            yield Finding(context.host, "path-missing", f"MediaMTX does not have the path {name} yet", "deploy again")
            continue
        yield _row(media, name, path, seen, _kbps(path, after.get(name), seconds), now)
        if not path.state.published and media.expects(name):
            yield _nobody(media, context, name)
        if name in media.agents and (publisher := seen.publisher(path)) and not _agent(publisher):
            yield _foreign(context.host, name, publisher)


def _kbps(before: Path, after: Path | None, seconds: float) -> float | None:
    """Of the publisher; None: not known, because it has changed in between."""
    if after is None or before.state.id != after.state.id or seconds <= 0:
        return None
    return max(0, after.state.inbound_bytes - before.state.inbound_bytes) * 8 / 1000 / seconds


def _row(media: Media, name: str, path: Path, seen: Server, kbps: float | None, now: float) -> Row:
    watching = Counter(session.protocol for session in seen.viewers(name))
    data: dict[str, object] = {"live": path.state.published, "expected": media.expects(name), "viewers": dict(watching)}
    cells = {"viewers": ", ".join(f"{number} {protocol}" for protocol, number in watching.most_common())}
    if not path.state.published:
        state = "not live" if media.expects(name) else "nobody publishes"
        return Row(PATHS, name, {**cells, "state": state}, data, "bad" if media.expects(name) else "idle")
    publisher = seen.publisher(path)
    who = f"{publisher.address} over {publisher.protocol}" if publisher else ""
    video, size, sound = _tracks(path)
    cells |= {"state": "live", "for": span(now - moment(path.state.since)), "publisher": who}
    cells |= {"video": video, "size": size, "sound": sound or "none", "kbit/s": figure(kbps)}
    data |= {"since": path.state.since, "publisher": who, "program": publisher.program if publisher else ""}
    data |= {"video": video, "size": size, "sound": sound, "kbps": None if kbps is None else round(kbps)}
    return Row(PATHS, name, cells, data)


def _tracks(path: Path) -> tuple[str, str, str]:
    """Codec and size of the picture, codec of the sound."""
    video = next((track for track in path.tracks if track["codec"] in VIDEO), None)
    sound = path.state.sound
    return (video["codec"], _size(video), sound) if video else ("", "", sound)


def _size(track: Mapping[str, Any]) -> str:
    properties = track.get("codecProps") or {}
    return f"{properties['width']}x{properties['height']}" if properties.get("width") else ""


def _agent(publisher: Session) -> bool:
    """Over RTMP it has no name."""
    return publisher.program.startswith("envivo-agent") or not publisher.program


def _foreign(host: str, path: str, publisher: Session) -> Finding:
    who = f"{publisher.address} over {publisher.protocol} ({publisher.program})"
    fix = "stop that program, or give it another path; the agent then publishes again"
    return Finding(host, "foreign-publisher", f"{who} publishes to {path} in place of its agent", fix)


def _nobody(media: Media, context: Context, path: str) -> Finding:
    """Left out where the camera's host says why."""
    if path not in media.agents:
        fix = "start its publisher (envivo urls ENV has the lines), or set expected to False"
        what = f"nobody publishes to {path}, which should be live (mediamtx.paths.{path}.expected)"
        return Finding(context.host, "not-publishing", what, fix)
    host = media.agents[path] or next(iter(context.hosts.get("cameras", ())), context.host)
    fix = f"envivo camera diagnose ENV {path}"
    return Finding(host, "not-publishing", f"nobody publishes to {path}", fix, subjects=(path,))


def _maintenance(host: str, said: str) -> Iterator[Notice]:
    if on := maintenance.parse(said):
        yield Notice(host, on.words, "envivo maintenance ENV off")


def _recordings(media: Media, host: str, said: str) -> Iterator[Row | Finding]:
    disk = forecast.parse(said)
    if disk is None:
        return
    found = forecast.forecast(media, disk)
    words = forecast.words(found, disk, media)
    if forecast.overruns(found):
        yield Finding(host, "recordings-cut", words, forecast.remedy(found))
    days = found.full_in / 86400
    ends = (
        "fit their age" if math.isinf(days) else f"full in {days:.0f} d" if days >= 2 else f"full in {days * 24:.0f} h"
    )
    held = size(found.held_kib * KIB)
    data = {"recordings": {"held_kib": found.held_kib, "left_kib": found.left_kib, "says": words}}
    cell = f"{held}, {ends}" if found.streams else held if found.held_kib else ""
    yield Row(HOSTS, host, {"recordings": cell}, data)
