"""How the pictures and the sound of an IP camera are carried on: pure decisions over what it announces.

Browsers decode H.264 of 4:2:0 without B-frames over WebRTC, and Opus; all else is transcoded
(docs/notes/gstreamer.md#ip-cameras).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from envivo_agent.faults import B_FRAMES, CAMERA, INTERLACED, ODD_PROFILE, CameraError, Fault
from envivo_agent.ipcam.h264 import Sps
from envivo_agent.ipcam.sdp import AUDIO, VIDEO, Track

PASSTHROUGH, TRANSCODE = "passthrough", "transcode"
DECODERS = {
    "H264": "rtph264depay wait-for-keyframe=true ! h264parse ! openh264dec",
    "H265": "rtph265depay ! h265parse ! libde265dec max-threads=4",
    "JPEG": "rtpjpegdepay ! jpegdec",
}
"""By codec of the picture; the last element decodes. Frames before the first key frame would stay in it, and give their
stamps to later ones (docs/notes/gstreamer.md#ip-cameras).
"""
SOUNDS = {
    "PCMA": "rtppcmadepay ! alawdec",
    "PCMU": "rtppcmudepay ! mulawdec",
    "L16": "rtpL16depay",
    "MPEG4-GENERIC": "rtpmp4gdepay ! aacparse ! faad",
    "MP4A-LATM": "rtpmp4adepay ! aacparse ! faad",
    "OPUS": "rtpopusdepay ! opusdec",
}
_NAMES = {"H264": "H.264", "H265": "H.265", "JPEG": "MJPEG", "MPEG4-GENERIC": "AAC", "MP4A-LATM": "AAC", "OPUS": "Opus"}
_CHOOSE = "choose H.264 without B-frames (profile Baseline, or Main with B-frames off) in the camera's settings"
_ODD_FPS = 120


def name_of(codec: str) -> str:
    return _NAMES.get(codec, codec)


@dataclass(frozen=True)
class Carriage:
    """`sound` is None where there is none to carry; `silence` says why, where sound is wanted. `transcoded`: why the
    picture is; empty: it passes as it is. `fps`: frames a second to expect.
    """

    video: Track
    sound: Track | None
    silence: str
    transcoded: str
    fps: int

    @property
    def passes(self) -> bool:
        return not self.transcoded

    @property
    def tracks(self) -> tuple[int, ...]:
        """Numbers of the tracks that are asked for."""
        return tuple(track.number for track in (self.video, self.sound) if track)

    def __str__(self) -> str:
        picture = described(self.video)
        heard = f", sound {name_of(self.sound.codec)}" if self.sound else ""
        done = f"transcoded ({self.transcoded})" if self.transcoded else "passed through"
        return f"{picture}, {done}{heard}{f', {self.silence}' if self.silence else ''}"


def described(video: Track) -> str:
    """`H.264 Main 1920x1080 at 25 fps`, as far as it is known."""
    known, size = video.sps, video.size
    words = [name_of(video.codec)]
    words += [known.profile] if known else []
    words += [f"{size[0]}x{size[1]}"] if size else []
    fps = rate(video)
    return " ".join([*words, f"at {fps:g} fps" if fps else ""]).strip()


def rate(video: Track) -> float | None:
    """Frames a second as announced."""
    told = video.fps or (video.sps.fps if video.sps else None)
    return round(told, 2) if told and 1 <= told <= _ODD_FPS else None


WHY = {B_FRAMES: "it has B-frames", ODD_PROFILE: "browsers do not play its profile", INTERLACED: "it is interlaced"}
"""By what may be seen in frames."""


def _why_not_as_it_is(video: Track, seen: str) -> str:
    """Why browsers would not play it; empty: nothing is known against it."""
    known: Sps | None = video.sps
    if video.codec != "H264":
        return "browsers do not play it"
    if seen:
        return WHY[seen]
    if known and known.has_b_frames:
        return WHY[B_FRAMES]
    if known and not known.plain:
        return WHY[ODD_PROFILE]
    return WHY[INTERLACED] if known and not known.progressive else ""


def carriage(tracks: Sequence[Track], place: str, mode: str, audible: bool, fps: int, seen: str) -> Carriage:
    """`place` is the camera's address; `mode` that of the configuration; `fps` the most that may be encoded;
    `seen`: one of WHY, or empty. Raises CameraError.
    """
    video = next((track for track in tracks if track.kind == VIDEO), None)
    if video is None:
        raise CameraError(Fault(CAMERA, f"{place} sends no video", "take the address of one of its video streams"))
    picture = next((track for track in tracks if track.kind == VIDEO and track.codec in DECODERS), None)
    if picture is None:
        text = f"{place} sends {name_of(video.codec)}, which cannot be decoded here"
        raise CameraError(Fault(CAMERA, text, _CHOOSE, lasting=True))
    why = _why_not_as_it_is(picture, seen)
    if why and mode == PASSTHROUGH:
        text = f"{place} sends {described(picture)}, which cannot be passed through: {why}"
        raise CameraError(Fault(CAMERA, text, f'{_CHOOSE}, or set mode to "auto"', lasting=True))
    transcoded = why or ("as configured" if mode == TRANSCODE else "")
    announced = rate(picture)
    expected = max(1, round(announced)) if announced else fps
    sound, silence = _sound(tracks) if audible else (None, "")
    return Carriage(picture, sound, silence, transcoded, expected if not transcoded else min(expected, fps))


def _sound(tracks: Sequence[Track]) -> tuple[Track | None, str]:
    heard = [track for track in tracks if track.kind == AUDIO]
    known = next((track for track in heard if track.codec in SOUNDS), None)
    if known or not heard:
        return known, "" if known else "the camera sends no sound"
    return None, f"its sound is {name_of(heard[0].codec)}, which is not decoded here: choose G.711 or AAC"
