"""What a deploy ends with: the addresses, which paths are live, which are not and why, and what to run next."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from envivo.roles.camera.settings import Agents
from envivo.roles.camera.status import report, states
from envivo.roles.media.desired import ask_api
from envivo.roles.media.settings import Media
from envivo.roles.role import LIVE, Report
from envivo.state.endpoints import Endpoints
from envivo.state.stopped import Stopped

_SHOWN = 12
"""Live paths that are listed; all those that are not live are."""
_COMING = frozenset({"", "connecting", "backoff", LIVE})
"""States of an agent that may be live, or publish, in a moment."""


@dataclass(frozen=True)
class Agent:
    """A camera's agent, as its host shows it."""

    active: str = ""
    """active, inactive, failed ...; empty: it was not looked at."""
    report: Report = field(default_factory=Report)

    @property
    def coming(self) -> bool:
        """Whether it may be live in a moment."""
        settled = self.active in ("", "inactive", "failed") or self.report.state not in _COMING
        return not settled and not (self.report.error and self.report.state == "backoff")

    @property
    def why(self) -> str:
        """Why it does not publish."""
        if self.active in ("inactive", "failed"):
            return f"its agent is {self.active}"
        return self.report.error or f"its agent is {self.report.state or 'not known'}"


@dataclass
class Seen:
    """What the hosts of a deploy showed at its end."""

    online: Mapping[str, bool] | None = None
    """By path; None: the media host was not looked at, or did not answer."""
    agents: dict[str, Agent] = field(default_factory=dict)
    """By path, of the camera hosts that were looked at."""
    failed: Sequence[str] = ()
    """Hosts on which an operation failed."""
    stopped: Sequence[Stopped] = ()
    """Programs that were left stopped."""


@dataclass(frozen=True)
class Commands:
    """What to run next; empty: the inventory is not a file of the project."""

    env: str = ""
    group_data: Sequence[str] = ()

    def verify(self) -> str:
        return shlex.join(["envivo", "verify", self.env, *self._more])

    def deploy(self) -> str:
        return shlex.join(["pyinfra", f"inventories/{self.env}.py", "deploy.py", *self._more])

    def start(self, program: str) -> str:
        return shlex.join(["envivo", "start", self.env, program])

    def diagnose(self, camera: str) -> str:
        return shlex.join(["envivo", "camera", "diagnose", self.env, camera])

    @property
    def _more(self) -> list[str]:
        return [word for folder in self.group_data for word in ("--group-data", folder)]


def paths_question(media: Media) -> str:
    """Command whose output `online` reads."""
    return f"{ask_api(media, shlex.quote('paths/list?itemsPerPage=1000'))} --fail"


def online(answer: str) -> dict[str, bool] | None:
    """Path -> whether it has a publisher; None where that is not the API's answer."""
    try:
        return {path["name"]: bool(path["online"] and path["source"]) for path in json.loads(answer)["items"]}
    except (ValueError, KeyError, TypeError):
        return None


def agents(cameras: Sequence[str], lines: Sequence[str]) -> dict[str, Agent]:
    """By path."""
    return {
        name: Agent(state.active, report(state.said) if state.known else Report())
        for name, state in states(cameras, lines).items()
    }


def coming(media: Media, seen: Seen, visited: Sequence[str]) -> list[str]:
    """Paths that are not live and may be in a moment. `visited`: paths whose agents' hosts are looked at."""
    if seen.online is None:
        return []
    missing = [name for name in media.mediamtx.paths if media.expects(name) and not seen.online.get(name)]
    return [name for name in missing if name not in visited or seen.agents.get(name, Agent("active")).coming]


def rendered(
    media: Media, agents: Agents, endpoints: Endpoints, cameras: Sequence[str], seen: Seen, commands: Commands
) -> Iterator[str]:
    """Lines. `cameras`: all camera hosts."""
    title = f"{commands.env}: " if commands.env else ""
    if seen.failed:
        yield f"--> {title}the deploy failed on {', '.join(seen.failed)}: the errors above say why"
    states = {name: _state(name, media, agents, cameras, seen) for name in media.mediamtx.paths}
    live = [name for name, state in states.items() if state == LIVE]
    missing = [name for name, state in states.items() if state != LIVE and media.expects(name)]
    count = "no path is" if not live else "1 path is" if len(live) == 1 else f"{len(live)} paths are"
    lacking = f", {len(missing)} {'is' if len(missing) == 1 else 'are'} not but should be" if missing else ""
    if seen.online is not None or seen.agents:
        yield f"--> {title}{count} live{lacking}"
        yield from _listed(states, endpoints)
    for program in seen.stopped:
        yield f"    {program.program} stays {program.words}"
    yield f"    all paths: {endpoints.page}/web/"
    if commands.env:
        yield f"    next: {_next(missing, media, seen, commands)}"


def _listed(states: Mapping[str, str], endpoints: Endpoints) -> Iterator[str]:
    width, shown = max(map(len, states)), 0
    for name, state in states.items():
        shown += state == LIVE
        if state != LIVE:
            yield f"    {name:{width}}  {_one_line(state)}"
        elif shown <= _SHOWN:
            yield f"    {name:{width}}  live: {endpoints.page}/web/player.html?path={quote(name)}"
    if shown > _SHOWN:
        yield f"    and {shown - _SHOWN} more that are live"


def _state(path: str, media: Media, agents: Agents, cameras: Sequence[str], seen: Seen) -> str:
    """`live`, or what is to be said instead."""
    agent = seen.agents.get(path)
    if seen.online is None:
        if agent is None:
            return "was not looked at"
        return LIVE if agent.report.state == LIVE else f"not live: {agent.why}"
    if seen.online.get(path):
        foreign = path in media.agents and agent is not None and agent.active and not agent.coming
        return f"live, but not from its camera: {agent.why}" if foreign and agent else LIVE
    if path in media.agents:
        if agent is not None:
            return f"not live: {agent.why}"
        host = agents.host_of(path, cameras) or "another host"
        return f"not live: its camera is on {host}, which was not looked at"
    return "not live: nobody publishes" if media.expects(path) else "no publisher, and none is expected"


def _next(missing: Sequence[str], media: Media, seen: Seen, commands: Commands) -> str:
    if seen.failed:
        return f"fix that, then {commands.deploy()}"
    if seen.stopped:
        return f"{commands.start(seen.stopped[0].program)}, then {commands.verify()}"
    broken = next((name for name in missing if name in media.agents), "")
    return f"{commands.diagnose(broken)}, then {commands.verify()}" if broken else commands.verify()


def _one_line(text: str) -> str:
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
