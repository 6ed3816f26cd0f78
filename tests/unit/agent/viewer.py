"""What a viewer gets of a published stream."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import av

from tests.patience import patient
from tests.unit.agent.live import SERVER, Mediamtx

SPS, PPS, KEY_SLICE = 7, 8, 5


@dataclass(frozen=True)
class Seen:
    """`tracks` in the order they were announced; `stamps` in seconds, of the video."""

    tracks: list[tuple[str, int, int]]
    """Codec, sample rate and channels; of video 0 and 0."""
    video: tuple[str, str, int, int]
    """Profile, pixel format, width and height."""
    has_b_frames: bool
    stamps: list[Fraction]
    keys: list[int]
    """Which of the stamps are of key frames."""
    nals: list[set[int]]
    """Types of the units in each key frame."""
    audio_packets: int

    @property
    def steps(self) -> list[Fraction]:
        return [later - earlier for earlier, later in pairwise(self.stamps)]


def _units(packet: bytes) -> set[int]:
    """Of Annex B."""
    parts = packet.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]
    return {part[0] & 31 for part in parts if part}


def _track(track: av.stream.Stream) -> tuple[str, int, int]:
    if isinstance(track, av.AudioStream):
        return track.codec_context.name, track.codec_context.sample_rate, track.codec_context.channels
    return track.codec_context.name, 0, 0


def watch(server: Mediamtx, frames: int) -> Seen:
    """Reads `frames` frames over RTSP, from a key frame on."""
    url = f"rtsp://{SERVER}:{server.ports['rtsp']}/webcam"
    with av.open(url, options={"rtsp_transport": "tcp", "analyzeduration": "500000"}, timeout=patient(15)) as stream:
        video = stream.streams.video[0]
        stamps: list[Fraction] = []
        keys, nals, sounds = [], [], 0
        # of two tracks the first stamps are not yet in each other's time: that of the server's report comes later
        early = 1 if stream.streams.audio else 0
        for packet in stream.demux():
            if packet.stream.type == "audio":
                sounds += 1
            elif early and packet.is_keyframe:
                early -= 1
            elif not early and packet.pts is not None and (stamps or packet.is_keyframe):
                assert packet.dts in (None, packet.pts), "frames come in another order than they are shown"
                if packet.is_keyframe:
                    keys.append(len(stamps))
                    nals.append(_units(bytes(packet)))
                stamps.append(packet.pts * packet.time_base)
            if len(stamps) == frames:
                break
        context = video.codec_context
        tracks = [_track(one) for one in stream.streams]
        shape = (str(context.profile), str(context.pix_fmt), context.width, context.height)
        return Seen(tracks, shape, context.has_b_frames, stamps, keys, nals, sounds)
