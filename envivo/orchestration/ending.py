"""The end of a deploy: looks at each host once more before its connection is closed, and prints the result."""

import time
from collections.abc import Sequence
from functools import partial

import click
import gevent
from pyinfra import logger
from pyinfra.api import Host, State
from pyinfra.api.state import StateStage

from envivo.operations import interruption
from envivo.operations.connection import Connection
from envivo.operations.stopped import staying
from envivo.orchestration import outcome
from envivo.orchestration.environment import Environment
from envivo.orchestration.keep_release import NOT_KEPT, keep_release
from envivo.orchestration.outcome import Commands, Seen
from envivo.roles.camera.desired import local_cameras
from envivo.roles.camera.status import agents_question
from envivo.roles.role import LIVE, Context

_COME_WITHIN_S = 5
"""Time for cameras to be live after a change; where nothing was changed, there is one look."""
_RECONNECT_WITHIN_S = 3
"""The same for people's programs, which may have lost their connection."""
_LOOK_EVERY_S = 0.3
_LOOK_WITHIN_S = 3


class _Ending:
    """Of this process's deploy."""

    def __init__(self) -> None:
        self.commands = Commands()
        self.seen = Seen()
        self.visited: list[str] = []
        """Paths whose agents' hosts are looked at."""
        self.open: set[str] = set()
        """Hosts that are still to be looked at."""

    def add(self, host: Host, connection: Connection, settings: Environment, context: Context) -> None:
        cameras = list(local_cameras(settings.agents, context)) if "cameras" in host.groups else []
        self.visited += cameras
        self.open.add(host.name)
        connection.at_end.append(partial(self._end, host, connection, settings, context, cameras))

    def _end(
        self, host: Host, connection: Connection, settings: Environment, context: Context, cameras: Sequence[str]
    ) -> None:
        if host.state.current_stage >= StateStage.Execute and not interruption.stopping():
            if connection.lease and not connection.lost:
                keep_release(host, connection, settings)
                if host.name in NOT_KEPT:
                    logger.warning(f"{host.print_prefix}{NOT_KEPT[host.name]}: see df /var/lib/envivo")
                self._look(host, connection, settings, cameras)
            self.open.discard(host.name)
            if not self.open:
                self._print(host, settings, context)

    def _look(self, host: Host, connection: Connection, settings: Environment, cameras: Sequence[str]) -> None:
        began, changed = time.monotonic(), _changed(host.state)
        while True:
            if cameras:
                said = connection.plain(agents_question(cameras), _LOOK_WITHIN_S, connection.how)
                self.seen.agents |= outcome.agents(cameras, said or ())
            if "media" in host.groups:
                said = connection.plain(outcome.paths_question(settings.media), _LOOK_WITHIN_S, connection.how)
                self.seen.online = outcome.online("\n".join(said or ()))
                coming = outcome.coming(settings.media, self.seen, self.visited)
            else:
                coming = [name for name in cameras if self.seen.agents[name].report.state != LIVE]
                coming = [name for name in coming if self.seen.agents[name].coming]
            agents = [name for name in coming if name in settings.cameras]
            within_s = (_COME_WITHIN_S if agents else _RECONNECT_WITHIN_S) if changed else 0
            if not coming or connection.lost or time.monotonic() - began + _LOOK_EVERY_S > within_s:
                return
            gevent.sleep(_LOOK_EVERY_S)

    def _print(self, host: Host, settings: Environment, context: Context) -> None:
        self.seen.failed = sorted(failed.name for failed in host.state.failed_hosts)
        self.seen.stopped = staying()
        cameras = context.hosts.get("cameras", ())
        lines = outcome.rendered(settings.media, settings.agents, context.endpoints, cameras, self.seen, self.commands)
        for line in lines:
            click.echo(line, err=True)


_ENDING = _Ending()


def follow(host: Host, connection: Connection, settings: Environment, context: Context) -> None:
    """Look at the host again when the deploy ends."""
    _ENDING.add(host.connector.host, connection, settings, context)  # what deploy.py calls `host` changes


def name_commands(env: str, group_data: Sequence[str]) -> None:
    """What the result says to run next."""
    _ENDING.commands = Commands(env, group_data)


def _changed(state: State) -> bool:
    """Whether an operation changed anything on any host."""
    return any(
        data.operation_meta.is_complete() and data.operation_meta.did_change()
        for host in state.activated_hosts
        for data in state.ops[host].values()
    )
