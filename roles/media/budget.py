"""Check of the recordings' budget: its timer runs, and the disk holds recordings for as long as is asked."""

from collections.abc import Iterator

from envivo.core.errors import EnvivoError
from envivo.probes.units import unit_state
from envivo.roles.media import forecast, retention
from envivo.roles.media.journal import logs
from envivo.roles.media.recordings_mount import RECORDINGS
from envivo.roles.media.settings import Media
from envivo.roles.role import Target
from envivo.verify.engine import Observation, Warned
from envivo.verify.findings import Finding


def measured(media: Target[Media], said: str) -> forecast.Disk | None:
    """The disk as `forecast.ASK` printed it. Raises EnvivoError where that cannot be read."""
    try:
        return forecast.parse(said)
    except (TypeError, ValueError, OverflowError) as error:
        what, fix = f"its size cannot be found out ({error})", f"on {media.name}: df {RECORDINGS}"
        raise EnvivoError(f"{media.name}: {RECORDINGS}", what, fix) from None


def kept(media: Target[Media]) -> Iterator[Finding | Observation]:
    state = unit_state(media.shell, retention.TIMER)
    if not state.runs:
        what = f"recordings may fill the disk: {retention.TIMER} is {state.words}"
        yield Finding(media.name, "retention-stopped", what, state.to_start("retention"))
    elif unit_state(media.shell, retention.SERVICE).active == "failed":
        what = f"recordings may fill the disk: {retention.SERVICE} fails"
        yield Finding(media.name, "retention-failed", what, f"{logs('retention')} says why")
    disk = measured(media, media.shell.run(forecast.ASK).out)
    if disk is None:
        return
    settings = media.settings
    found = forecast.forecast(settings, disk)
    said = forecast.words(found, disk, settings)
    if forecast.overruns(found):
        yield Finding(media.name, "recordings-cut", said, forecast.remedy(found))
    elif found.cut:
        yield Warned(f"{said}: {forecast.remedy(found)}")
    elif said:
        yield Observation(said)
    if former := forecast.former(disk, settings):
        yield Observation(former)
