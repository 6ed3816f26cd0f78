"""What keeps WebRTC from carrying a stream, and how its publisher is made to send what it carries."""

import re

from envivo.roles.media.journal import lines, logs
from envivo.roles.media.settings import Media
from envivo.roles.role import Target
from envivo.verify.findings import Finding

H264_SETTINGS = (
    "OBS: Output, Advanced: x264 with Tune zerolatency and Profile baseline, others with Max B-frames 0;"
    " ffmpeg: -c:v libx264 -tune zerolatency -bf 0; GStreamer: x264enc tune=zerolatency bframes=0"
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
