"""The budget of recordings: a script that deletes the oldest while too little of their disk is free, and its timer.

MediaMTX deletes the files of its paths at their age. It knows no free space, and none of the paths that it no longer
has (its internal/recordcleaner).
"""

from envivo.config.values import duration
from envivo.core.paths import OPT
from envivo.render import render
from envivo.roles.media.recordings_mount import RECORDINGS
from envivo.roles.media.settings import Media
from envivo.state.desired import File, Removable, Unit

NAME = "envivo-retention"
SERVICE = f"{NAME}.service"
SCRIPT = f"{OPT}/stack/{NAME}"
SERVICE_FILE = f"/etc/systemd/system/{SERVICE}"
TIMER = f"{NAME}.timer"
TIMER_FILE = f"/etc/systemd/system/{TIMER}"
RECORDING = r"\./[0-9A-Za-z_./-]+/[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{2}-[0-9]{2}-[0-9]{2}-[0-9]+(Z|[+-][0-9]{4})\.mp4"
"""Files below the directory of recordings as templates/media/mediamtx.yml.j2 names them; others are left alone."""
_GRACE_S = 24 * 3600
_KIB = {"M": 1024, "G": 1024**2, "T": 1024**3}


def kib(size: str) -> int:
    """`2G` -> KiB."""
    return int(size[:-1]) * _KIB[size[-1]]


def script(media: Media) -> str:
    recording = media.mediamtx.recording
    return render(
        "media/envivo-retention.sh.j2",
        script=SCRIPT,
        recordings=RECORDINGS,
        recording=RECORDING,
        grace_s=_GRACE_S,
        paths=list(media.mediamtx.paths),
        kept_s=int(duration(recording.delete_after).total_seconds()),
        min_free_kib=kib(recording.min_free),
        min_free_percent=recording.min_free_percent,
    )


def files(media: Media) -> list[File]:
    service = render("media/envivo-retention.service.j2", script=SCRIPT, recordings=RECORDINGS)
    return [
        File(SCRIPT, script(media).encode(), mode="755"),
        File(SERVICE_FILE, service.encode()),
        File(TIMER_FILE, render("media/envivo-retention.timer.j2").encode()),
    ]


def unit() -> Unit:
    """Restarted whenever the script changes, so that a new budget applies at once."""
    return Unit(TIMER, reads=(SCRIPT, SERVICE_FILE, TIMER_FILE))


REMOVABLE = Removable("the recordings' budget", paths=(SERVICE_FILE, TIMER_FILE), units=(TIMER,))
