"""Players without a screen, which tell how many pictures they have decoded."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Player:
    """How a player is made to tell how many pictures it has decoded, in place of showing them."""

    headless: Callable[[str], str]
    counts: str
    """Matches the count in what it prints, or those of pictures shown and come too late on a busy machine."""
    starts: int = 1
    """How often a person may have to start it."""

    def pictures(self, said: str) -> int:
        found = list(re.finditer(self.counts, said))
        return sum(int(count) for count in found[-1].groups()) if found else 0


def _gstreamer(line: str) -> str:
    sink = "fpsdisplaysink video-sink=fakesink text-overlay=false"
    told = line.replace("gst-launch-1.0", "gst-launch-1.0 -v").replace("autovideosink", sink)
    return f"{told} video-sink='{sink}' audio-sink=fakesink" if "playbin3" in told else told


SHOWINFO = r"n: *(\d+) +pts:"
MPV = Player(lambda line: f"{line} --vo=null --ao=null --vf=lavfi=[showinfo] --msg-level=ffmpeg=v", SHOWINFO)
FFPLAY = Player(lambda line: f"xvfb-run -a {line} -vf showinfo", SHOWINFO)
GSTREAMER = Player(_gstreamer, r"rendered: (\d+), dropped: (\d+)")
VLC = Player(
    lambda line: f"while sleep 1; do echo stats; done | {line} -I oldrc --rc-fake-tty -V dummy -A dummy",
    r"frames displayed *: *(\d+)",
)
PLAYERS = {
    "mpv": MPV,
    "mpv, HLS": MPV,
    "ffplay": FFPLAY,
    "GStreamer": GSTREAMER,
    # when it has run dry once, as on a busy machine, it fills its buffer again and shows nothing any more
    "GStreamer, HLS": replace(GSTREAMER, starts=3),
    "VLC": VLC,
    "VLC, RTMP": VLC,
}
