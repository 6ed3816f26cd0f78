"""The programs that people publish with, on a computer without camera, microphone and screen."""

from pydantic import SecretStr

from envivo.clients import FFMPEG_INPUT, GSTREAMER_CAMERA, GSTREAMER_MICROPHONE, OBS_X264, ProgramRow
from tests.e2e import obs
from tests.e2e.studio import HOME, PERSON, Studio

SOURCES = {
    "OBS": "rtmpsConn",
    "OBS, WHIP": "webRTCSession",
    "ffmpeg": "rtmpsConn",
    "ffmpeg, RTSPS": "rtspsSession",
    "GStreamer": "rtspsSession",
    "GStreamer, RTMP": "rtmpsConn",
}
"""What MediaMTX calls who publishes with each."""

INPUTS = {
    FFMPEG_INPUT: "-re -f lavfi -i testsrc2=size=640x360:rate=30 -re -f lavfi -i sine=sample_rate=48000",
    GSTREAMER_CAMERA: "videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360",
    GSTREAMER_MICROPHONE: "audiotestsrc is-live=true",
}
"""What a lab host has in place of a camera and a microphone. Nothing else of a line is changed."""
WHIP_CLIENT = (
    "whip-client -V 'videotestsrc is-live=true ! video/x-raw,width=640,height=360,framerate=30/1 ! x264enc"
    " tune=zerolatency speed-preset=veryfast key-int-max=30 bframes=0 ! video/x-h264,profile=constrained-baseline"
    " ! rtph264pay config-interval=-1 pt=96 ssrc=2 ! queue"
    " ! application/x-rtp,media=video,encoding-name=H264,payload=96'"
    " -A 'audiotestsrc is-live=true ! opusenc ! rtpopuspay pt=100 ssrc=1 ! queue"
    " ! application/x-rtp,media=audio,encoding-name=OPUS,payload=100'"
)
"""In place of an OBS with WHIP, which Debian has not: takes the same two fields."""


def publishing_line(studio: Studio, row: ProgramRow, x264_options: str = OBS_X264) -> SecretStr:
    """The row's line; of OBS its files are written. `x264_options`: its Custom Encoder Settings."""
    fields = dict(line.split(": ", 1) for line in row.line.splitlines() if ": " in line)
    if row.program == "OBS":
        for name, text in obs.files(fields, x264_options).items():
            studio.write(f"{HOME}/{obs.CONFIGURATION}/{name}", text, PERSON, 600)
        studio.lab.run(studio.host, f"chown -R {PERSON}: {HOME}/.config")
        return SecretStr(obs.LINE)
    if row.program == "OBS, WHIP":
        return SecretStr(f"{WHIP_CLIENT} -u {fields['Server']} -t {fields.get('Bearer Token', '')}")
    line = row.line
    for camera, test in INPUTS.items():
        line = line.replace(camera, test)
    return SecretStr(line)
