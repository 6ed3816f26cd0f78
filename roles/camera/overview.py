"""What `envivo status` shows of the agents of a camera host."""

from collections.abc import Iterator, Mapping
from typing import Any

from envivo.core.moments import moment
from envivo.roles.base.causes import few_frames
from envivo.roles.camera.desired import local_cameras
from envivo.roles.camera.diagnose import CONTROLS
from envivo.roles.camera.settings import Agents, Camera
from envivo.roles.camera.status import AgentState, agents_question, report, states
from envivo.roles.role import LIVE, Context
from envivo.status.rows import AGENTS, PATHS, Question, Row, figure, span
from envivo.verify.findings import Finding


def overview(agents: Agents, context: Context) -> Iterator[Question]:
    cameras = local_cameras(agents, context)
    if cameras:
        yield Question(
            f"date +%s; {agents_question(list(cameras))}",
            lambda said: _agents(cameras, context.host, said.splitlines()),
        )


def _agents(cameras: Mapping[str, Camera], host: str, lines: list[str]) -> Iterator[Row | Finding]:
    now = float(lines[0])
    for name, state in states(list(cameras), lines[1:]).items():
        if state.active != "active":  # said of its unit
            yield Row(AGENTS, name, {"host": host, "state": state.active}, {"host": host, "state": state.active}, "bad")
        elif not state.known:
            says = "has not read its newest configuration yet"
            yield Row(AGENTS, name, {"host": host, "says": says}, {"host": host, "state": ""}, "idle")
        else:
            yield from _agent(name, cameras[name], host, state, now)


def _agent(name: str, camera: Camera, host: str, state: AgentState, now: float) -> Iterator[Row | Finding]:
    said, seen = state.said, report(state.said)
    live, wanted = seen.state == LIVE, seen.expected(camera.fps)
    since, kbps = str(said.get("since", "")), said.get("bitrate_kbps", 0)
    restarts: Mapping[str, Any] = said.get("restarts") or {}
    causes = {cause: int(number) for cause, number in restarts.items() if number}
    cells = {"host": host, "state": seen.state, "encoder": str(said.get("encoder", ""))}
    cells |= {"for": span(now - moment(since)) if moment(since) else ""}
    cells |= {"fps": figure(seen.fps, wanted), "kbit/s": figure(kbps)} if live else {}
    cells["restarts"] = ", ".join(f"{number} {cause}" for cause, number in causes.items())
    data = {"host": host, "state": seen.state, "since": since, "reason": said.get("reason", ""), "error": seen.error}
    data |= {"encoder": said.get("encoder", ""), "encoder_reason": said.get("encoder_reason", "")}
    data |= {"fps": seen.fps, "kbps": kbps, "restarts": causes}
    yield Row(AGENTS, name, cells, data, "good" if live else "bad", code="" if live else "agent-not-live")
    if live:
        # without an encoder the camera decides, and two key frames tell what
        keys = said.get("keyframe_interval_ms") or (camera.keyframe_interval_ms if said.get("encoder") else None)
        shown = {"fps": figure(seen.fps), "key frames": f"every {keys} ms" if keys else "measuring"}
        yield Row(PATHS, name, shown, {"fps": seen.fps, "keyframe_interval_ms": keys})
        for refused in said.get("controls") or ():
            yield Finding(host, "control-not-in-force", f"{name}: {refused}", CONTROLS)
        if few := few_frames(seen, camera.fps):
            what = f"{name}: {few}"
            yield Finding(host, "frames-missing", what, f"envivo camera diagnose ENV {name} shows where they are lost")
        return
    why, _, fix = seen.error.rpartition(": ") if ": " in seen.error else (seen.error, "", "")
    what = f"{name}: its agent does not publish ({why or seen.state or 'it reports no reason'})"
    yield Finding(host, "agent-not-live", what, fix or f"envivo camera diagnose ENV {name}")
