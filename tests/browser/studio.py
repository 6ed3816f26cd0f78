"""Publishers of any codec: encoded and sent by RTSP from this process, as ffmpeg does it."""

import math
import threading
import time
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from itertools import count
from typing import NamedTuple

import av
from av import AudioFrame, AudioResampler, AudioStream, CodecContext, VideoCodecContext, VideoFrame, VideoStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet

WIDTH, HEIGHT = 320, 180
LARGER = 2
"""By how much `resized` is, both ways."""
SOUND_RATE = 48000
TELEPHONE = {"pcm_mulaw": 8000, "pcm_alaw": 8000}
"""Encoders of one channel, and their rate."""
TONE_HZ = 440
TONE_SAMPLES = 960


def _picture(number: int) -> VideoFrame:
    """A white bar that moves on a grey ground."""
    frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
    luma, *colours = frame.planes
    left = number * 12 % (WIDTH - 40)
    line = bytearray([60 + number % 40]) * luma.line_size
    line[left : left + 40] = bytes([220]) * 40
    luma.update(bytes(line) * HEIGHT)
    for plane in colours:
        plane.update(bytes([128]) * plane.buffer_size)
    frame.pts = number
    return frame


def _tone(first: int, samples: int, loud: bool) -> AudioFrame:
    frame = AudioFrame("fltp", "stereo", samples)
    loudness = 1 / 4 if loud else 0
    wave = array("f", (math.sin((first + n) * 2 * math.pi * TONE_HZ / SOUND_RATE) * loudness for n in range(samples)))
    for plane in frame.planes:
        plane.update(wave.tobytes().ljust(plane.buffer_size, b"\0"))
    frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, first, Fraction(1, SOUND_RATE)
    return frame


class _Video:
    def __init__(self, container: OutputContainer, encoder: str, options: Mapping[str, str], fps: int) -> None:
        stream = container.add_stream(encoder, rate=fps, options=dict(options))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = WIDTH, HEIGHT
        stream.time_base = self._time_base = Fraction(1, fps)
        stream.pix_fmt = self._format = options.get("pix_fmt", "yuv420p")
        self._stream = stream
        self._encoder, self._options = encoder, options
        self._larger: VideoCodecContext | None = None

    def packets(self, number: int) -> "list[Packet[VideoStream]]":
        return self._stream.encode(_picture(number).reformat(format=self._format))

    def larger_packets(self, number: int) -> "list[Packet[VideoStream]]":
        """Of the same stream, in another size from now on."""
        if self._larger is None:
            larger = CodecContext.create(self._encoder, "w")
            assert isinstance(larger, VideoCodecContext)
            larger.width, larger.height, larger.time_base = WIDTH * LARGER, HEIGHT * LARGER, self._time_base
            larger.pix_fmt, larger.options = self._format, dict(self._options)
            self._larger = larger
        picture = _picture(number).reformat(WIDTH * LARGER, HEIGHT * LARGER, self._format)
        packets = self._larger.encode(picture)
        for packet in packets:
            packet.stream = self._stream
        return packets


class _Sound:
    def __init__(self, container: OutputContainer, encoder: str, loud: bool) -> None:
        rate = TELEPHONE.get(encoder, SOUND_RATE)
        stream = container.add_stream(encoder, rate=rate)
        assert isinstance(stream, AudioStream)
        layout = "mono" if encoder in TELEPHONE else "stereo"
        stream.layout = layout
        self._stream = stream
        self._loud = loud
        self._resampler = AudioResampler(format=stream.format, layout=layout, rate=rate)
        self._samples = 0

    def packets(self, until_s: float) -> "Iterator[Packet[AudioStream]]":
        while self._samples < SOUND_RATE * until_s:
            for frame in self._resampler.resample(_tone(self._samples, TONE_SAMPLES, self._loud)):
                yield from self._stream.encode(frame)
            self._samples += TONE_SAMPLES


class Stream(NamedTuple):
    """Encoders of picture and sound; empty: none."""

    video: str = ""
    options: Mapping[str, str] = {}
    """Of the picture's encoder."""
    audio: str = ""
    loud: bool = True
    resized_after: float = math.inf
    """Seconds."""


def _publish(url: str, sent: Stream, fps: int, over: threading.Event) -> None:
    with av.open(url, "w", format="rtsp", options={"rtsp_transport": "tcp", "strict": "experimental"}) as container:
        pictures = _Video(container, sent.video, sent.options, fps) if sent.video else None
        sound = _Sound(container, sent.audio, sent.loud) if sent.audio else None
        began = time.monotonic()
        for number in count():
            if over.wait(max(0, began + number / fps - time.monotonic())):
                return
            if pictures:
                larger = number >= sent.resized_after * fps
                container.mux(pictures.larger_packets(number) if larger else pictures.packets(number))
            if sound:
                container.mux(list(sound.packets((number + 1) / fps)))


@contextmanager
def publishing(url: str, sent: Stream, fps: int = 15, *, thrown_out: bool = False) -> Iterator[None]:
    """Until the block ends, or (`thrown_out`) the server ends it."""
    over = threading.Event()
    errors: list[BaseException] = []

    def run() -> None:
        try:
            _publish(url, sent, fps, over)
        except FFmpegError as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)
    assert thrown_out or not errors, errors
