"""What keeps WebRTC from carrying a stream, and how its publisher is made to send what it carries."""

import re
from collections.abc import Iterator

from envivo.roles.media.journal import lines, logs
from envivo.roles.media.settings import Media
from envivo.roles.role import Target
from envivo.verify.engine import Warned
from envivo.verify.findings import Finding

H264_SETTINGS = (
    "OBS: Output, Advanced: x264 with Tune zerolatency and Profile baseline, others with Max B-frames 0;"
    " ffmpeg: -c:v libx264 -tune zerolatency -bf 0; GStreamer: x264enc tune=zerolatency bframes=0"
)
_CARRIED_SOUND = frozenset({"Opus", "G722", "G711", "LPCM"})
"""By MediaMTX, to browsers."""


def unheard(path: str, sound: str, agent: bool) -> Iterator[Warned]:
    """For sound that viewers over WebRTC do not hear. `sound`: MediaMTX's name of the codec; empty: none."""
    if not sound or sound in _CARRIED_SOUND:
        return
    aac = sound.startswith("MPEG-4 Audio")
    only = " and hear it only over HLS" if aac else ""
    program = "let its program send Opus over RTSP or WHIP, as the lines of envivo urls do"
    fix = 'set "protocol" of its camera to "rtsp"' if agent else program
    yield Warned(
        f"the sound of {path} is {'AAC' if aac else sound}: viewers over WebRTC see a silent picture{only}: {fix}"
    )


def refused(media: Target[Media], path: str, error: str) -> Finding:
    """For an answer of WHEP that is not a session."""
    if re.search("codecs? not supported|any supported codec", error):
        what = f"WHEP for {path}: browsers cannot play the published stream: {error}"
        return Finding(media.name, "not-for-webrtc", what, f"configure its publisher to send H.264: {H264_SETTINGS}")
    return Finding(media.name, "whep-refused", f"WHEP for {path}: {error}", logs("mediamtx"))


def why_ended(media: Target[Media]) -> str:
    """MediaMTX's reason, which only its log has, for ending a WebRTC session that its publisher has not ended."""
    return "B-frames" if lines(media, "[WebRTC]", "B-frames") else ""
