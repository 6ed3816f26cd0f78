"""RTSP: a program that plays over TCP, as VLC or ffplay would."""

import time

from envivo.probes import ProbeError
from envivo.probes.pictures import FILMED, Pictures, Watched

_ANSWER_WITHIN_S = 5
_MICROSECONDS_TO_ANALYZE = "500000"
"""ffmpeg's own 5 s are for streams that do not say what they carry."""


def play(
    place: str,
    wanted: int,
    within_s: float,
    levels: int = FILMED,
    scheme: str = "rtsp",
    user: str = "",
    program: str = "",
) -> Watched:
    """Decodes until Pictures(wanted, levels) has enough, the time is over or the server ends it. Raises ProbeError.

    `place`: address:port/path; `user`: `name:password@`, which no error shows; `program`: how the player calls itself.
    FFmpeg does not verify certificates of rtsps (docs/notes/gstreamer.md#ffmpeg-and-rtsps).
    """
    import av

    deadline = time.monotonic() + within_s
    pictures, ended = Pictures(wanted, levels), True
    options = {"rtsp_transport": "tcp", "analyzeduration": _MICROSECONDS_TO_ANALYZE}
    options |= {"user_agent": program} if program else {}
    try:
        with av.open(f"{scheme}://{user}{place}", "r", options=options, timeout=_ANSWER_WITHIN_S) as container:
            for picture in container.decode(video=0):
                pictures.see(picture)
                if pictures.enough or time.monotonic() > deadline:
                    ended = False
                    break
    except (av.FFmpegError, IndexError) as error:
        if not pictures.watched(ended).decoded:
            raise ProbeError(f"{scheme}://{place}: {getattr(error, 'strerror', None) or error}") from None
    return pictures.watched(ended)
