"""Short real videos: H.264 as the agent encodes it, one key frame a second."""

import io
from collections.abc import Iterator

import av
from av.video.frame import VideoFrame

WIDTH, HEIGHT, FPS = 160, 96, 30


def drawn(number: int, seconds: float) -> Iterator[VideoFrame]:
    """A bright bar that is `number` pixels further in each picture: 0 stands still."""
    for n in range(int(seconds * FPS)):
        picture = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane, level in zip(picture.planes, (40, 128, 128), strict=True):
            lines = bytearray([level]) * plane.buffer_size
            if plane.line_size >= WIDTH:
                for y in range(plane.height):
                    at = y * plane.line_size + n * number % (WIDTH - 16)
                    lines[at : at + 16] = bytes([200]) * 16
            plane.update(bytes(lines))
        picture.pts = n
        yield picture


def fmp4(number: int = 3, seconds: float = 4, bitrate: str = "500k") -> bytes:
    """Fragments of a second, as MediaMTX records them."""
    out = io.BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(out, "w", format="mp4", options=options) as container:
        stream = container.add_stream(
            "libx264", rate=FPS, options={"tune": "zerolatency", "preset": "ultrafast", "g": str(FPS), "b": bitrate}
        )
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for picture in drawn(number, seconds):
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return out.getvalue()


def pictures(video: bytes) -> list[VideoFrame]:
    with av.open(io.BytesIO(video), "r") as container:
        return list(container.decode(container.streams.video[0]))
