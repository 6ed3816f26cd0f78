"""What runs on a media host."""

from collections.abc import Iterator

from envivo.roles.media import bans, desired, guard, limits, recordings_mount, retention
from envivo.roles.media.settings import Media
from envivo.state.program import Program

DOWN = {"mediamtx": "nobody can publish or watch", "web": "viewers get no page, no WHEP and no HLS"}
"""Service -> what does not work without it."""
_ALONE = ("api-silent", "agent-not-live", "frames-missing", "not-publishing", "path-missing")
"""Without MediaMTX nobody publishes anything."""


def programs(media: Media) -> Iterator[Program]:
    tags = {"mediamtx": bans.MEDIAMTX_TAG, "web": bans.WEB_TAG}
    for service, name in desired.CALLED.items():
        silences = _ALONE if service == "mediamtx" else ()
        yield Program(name, DOWN[service], service=service, tag=tags[service], stoppable=True, silences=silences)
    yield Program("stack", "stopped containers are not restarted", guard.UNIT)
    yield Program("mount", "recordings are not shown", recordings_mount.UNIT)
    yield Program("retention", "recordings may fill the disk", retention.TIMER, logs=[retention.SERVICE])
    yield Program("limits", "connections per address are not limited", limits.UNIT)
    if media.encrypted:
        yield Program("bans", "addresses that guess passwords are not banned", bans.UNIT)
    following = desired.followed(media)
    if following.names:
        down = f"MediaMTX does not follow the address of {', '.join(following.names)}"
        yield Program(f"address-{following.service}", down, following.unit_name)
