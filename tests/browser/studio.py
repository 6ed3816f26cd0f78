"""Publishers of any codec: encoded and sent by RTSP from this process, as ffmpeg does it."""

import math
import threading
import time
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from itertools import count

import av
from av import AudioFrame, AudioResampler, AudioStream, VideoFrame, VideoStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet

WIDTH, HEIGHT = 320, 180
SOUND_RATE = 48000
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


def _tone(first: int, samples: int) -> AudioFrame:
    frame = AudioFrame("fltp", "stereo", samples)
    wave = array("f", (math.sin((first + n) * 2 * math.pi * TONE_HZ / SOUND_RATE) / 4 for n in range(samples)))
    for plane in frame.planes:
        plane.update(wave.tobytes().ljust(plane.buffer_size, b"\0"))
    frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, first, Fraction(1, SOUND_RATE)
    return frame


class _Video:
    def __init__(self, container: OutputContainer, encoder: str, options: Mapping[str, str], fps: int) -> None:
        stream = container.add_stream(encoder, rate=fps, options=dict(options))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.time_base = WIDTH, HEIGHT, Fraction(1, fps)
        stream.pix_fmt = self._format = options.get("pix_fmt", "yuv420p")
        self._stream = stream

    def packets(self, number: int) -> "list[Packet[VideoStream]]":
        return self._stream.encode(_picture(number).reformat(format=self._format))


class _Sound:
    def __init__(self, container: OutputContainer, encoder: str) -> None:
        stream = container.add_stream(encoder, rate=SOUND_RATE)
        assert isinstance(stream, AudioStream)
        stream.layout = "stereo"
        self._stream = stream
        self._resampler = AudioResampler(format=stream.format, layout="stereo", rate=SOUND_RATE)
        self._samples = 0

    def packets(self, until_s: float) -> "Iterator[Packet[AudioStream]]":
        while self._samples < SOUND_RATE * until_s:
            for frame in self._resampler.resample(_tone(self._samples, TONE_SAMPLES)):
                yield from self._stream.encode(frame)
            self._samples += TONE_SAMPLES


def _publish(url: str, video: str, options: Mapping[str, str], audio: str, fps: int, over: threading.Event) -> None:
    with av.open(url, "w", format="rtsp", options={"rtsp_transport": "tcp"}) as container:
        pictures = _Video(container, video, options, fps) if video else None
        sound = _Sound(container, audio) if audio else None
        began = time.monotonic()
        for number in count():
            if over.wait(max(0, began + number / fps - time.monotonic())):
                return
            if pictures:
                container.mux(pictures.packets(number))
            if sound:
                container.mux(list(sound.packets((number + 1) / fps)))


@contextmanager
def publishing(
    url: str, video: str = "libx264", options: Mapping[str, str] | None = None, audio: str = "", fps: int = 15
) -> Iterator[None]:
    """Until the block ends. `video`, `audio`: encoders; empty: none. `options`: of the video's encoder."""
    over = threading.Event()
    errors: list[BaseException] = []

    def run() -> None:
        try:
            _publish(url, video, options or {}, audio, fps, over)
        except FFmpegError as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)
    assert not errors, errors
