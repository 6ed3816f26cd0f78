"""Every uncompressed format goes through real GStreamer to the encoder's own, with its colours."""

import pytest
from envivo_agent.modes import GREY, RAW

from tests.unit.agent.plans import Document, camera
from tests.unit.agent.taken import taken

BARS = [(180, 128, 128), (162, 44, 142), (131, 156, 44), (112, 72, 58), (84, 184, 198), (65, 100, 212), (35, 212, 114)]
"""Y, U, V of 75 % bars (BT.601, as at this size): grey, yellow, cyan, green, magenta, red, blue."""
NEAR = 3
WIDTH, HEIGHT = 448, 192


@pytest.mark.parametrize("form", RAW)
@pytest.mark.usefixtures("installed")
def test_frames_of_every_format_have_the_colours_of_the_camera(document: Document, form: str) -> None:
    document["video"].update(width=WIDTH, height=HEIGHT)
    frame = taken(camera(document, form), "videotestsrc pattern=smpte75 num-buffers=1", WIDTH, HEIGHT)
    step = WIDTH // len(BARS)
    for at, (luma, *colour) in enumerate(BARS):
        x, y = at * step + step // 2, HEIGHT // 3
        seen = frame.pixel(x, y)
        wanted = (luma, 128, 128) if form == GREY else (luma, *colour)
        assert all(abs(a - b) <= NEAR for a, b in zip(seen, wanted, strict=True)), (at, seen, wanted, frame.caps)
