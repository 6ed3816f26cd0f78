"""Announcing maintenance to the viewers of an environment, and taking it back."""

import shlex
from typing import NamedTuple

from envivo.core.errors import EnvivoError
from envivo.operations import lease
from envivo.orchestration.holding import run_beside
from envivo.orchestration.target import Place
from envivo.probes.absence import absence
from envivo.roles.media import maintenance
from envivo.roles.media.maintenance import Maintenance
from envivo.roles.media.viewers import end, viewers
from envivo.state import deployed

_WITHIN_S = 20
_WEBRTC = "webrtcsessions"
_LOOK = f'[ "$(id -u)" = 0 ] || exit 1; {maintenance.QUESTION}'


class Switched(NamedTuple):
    before: Maintenance | None
    """What was announced before; None: nothing."""
    already: bool = False
    """Whether it was as asked before, and nothing was done."""
    ended: int = 0
    """WebRTC sessions, whose pages then ask again. HLS viewers read it in place of their next part."""


def switch(place: Place, on: bool, say: str = "") -> Switched:
    """`place`: the media host; `say`: empty: what is announced already stays. Raises EnvivoError."""
    if gone := absence(place.shell):
        raise EnvivoError(place.name, gone.words, deployed.FIX)
    said = place.shell.run(_LOOK, _WITHIN_S)
    before = maintenance.parse(said.out)
    if said.code == 0 and as_asked(before, on, say):
        return Switched(before, already=True)
    return Switched(before, ended=_switch(place, on, say))


def as_asked(before: Maintenance | None, on: bool, say: str) -> bool:
    if before is None:
        return not on
    return on and say in ("", before.say)


def _switch(place: Place, on: bool, say: str) -> int:
    by = lease.ours().owner
    words = f"maintenance {'on' if on else 'off'}"
    do = maintenance.begin(say, by) if on else maintenance.end()
    note = f"logger -t envivo -- {shlex.quote(f'{by}: {words}')}"
    lines = run_beside(place.name, place.shell, lambda beside: f"{beside}\n{note}\n{do}", _WITHIN_S)
    if maintenance.NOT_DEPLOYED in lines:
        what = "its Caddy cannot announce maintenance, because an older envivo deployed it"
        raise EnvivoError(place.name, what, "deploy, then try again")
    if ("on" if on else "off") not in lines:
        raise EnvivoError(
            place.name,
            f"maintenance was not switched {'on' if on else 'off'}, because its file could not be written",
            "see whether the disk is full: envivo status ENV",
        )
    return _end_sessions(place) if on else 0


def _end_sessions(place: Place) -> int:
    media = place.target(place.settings.media)
    try:
        watching = [session for session in viewers(media)[1] if session.kind == _WEBRTC]
        return len(watching) - len(end(media, watching)) if watching else 0
    except EnvivoError:  # a MediaMTX that does not run has none
        return 0
