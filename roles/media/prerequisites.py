"""Room for the recordings on the disk of a media host, before the first deploy too."""

from collections.abc import Iterator

from envivo.roles.media import forecast
from envivo.roles.media.budget import measured
from envivo.roles.media.recordings_mount import RECORDINGS
from envivo.roles.media.settings import Media
from envivo.roles.role import Evidence, Target
from envivo.verify.engine import Check, Observation, Warned

DISK = (
    f"at={RECORDINGS}; while [ ! -d $at ]; do at=$(dirname $at); done; "
    "echo now $(date +%s); df -Pk $at | awk 'NR == 2 { print \"disk\", $2, $4 }'"
)
"""Command that prints what `forecast.parse` reads of a host without recordings."""


def checks(target: Target[Media], evidence: Evidence) -> Iterator[Check]:
    if any(path.record for path in target.settings.mediamtx.paths.values()):
        needs = (evidence.reachable[target.name],)
        yield Check(target.name, "its disk holds the recordings", lambda: _room(target), needs)


def _room(target: Target[Media]) -> Iterator[Observation]:
    disk = measured(target, target.shell.run(forecast.ASK).out or target.shell.run(DISK).out)
    if disk is None:
        return
    found = forecast.forecast(target.settings, disk)
    words = forecast.words(found, disk, target.settings)
    if found.cut:
        yield Warned(f"{words}: {forecast.remedy(found)}")
    elif words:
        yield Observation(words)
