"""Regular time stamps for coded frames: each is sent, once, when it comes, and none may be repeated to fill a gap.

A stamp is the last one and a period, steered towards the camera's own so slowly that no step is long: MediaMTX's
low-latency HLS takes the longest one ever seen for its parts (docs/notes/mediamtx.md#parts-of-low-latency-hls). The
period is as announced until frames show another one: cameras announce what they like, and many give half at night.
"""

from __future__ import annotations

from collections import deque
from itertools import islice, pairwise
from statistics import median

SECOND_NS = 1_000_000_000
AWAY_NS = 1_500_000_000
"""So far behind the camera's stamps they begin again, there."""
SLOWED, HASTENED = 0.02, 0.1
"""The most by which a step is longer, or shorter, than the period: 25 fps make parts of 0.25 s, hiccups or not."""
_PULL = 0.05
SHORTEST_NS = SECOND_NS / 480
"""Stamps that hardly move tell of no rate: a period that shrinks to nothing would make stamps that do not grow."""
_CERTAIN, _SLOWER, _FASTER, _EXACT = 4, 12, 50, 100
"""Steps after which another period is believed: where each is much longer, where they are longer, or shorter, on the
whole, and where the difference is small. A camera that hangs for a moment sends what it missed all at once: that is no
higher rate.
"""
_MUCH, _CLEARLY, _SLIGHTLY = 1.5, 1.2, 1.03


class SteadyStamps:
    def __init__(self, fps: float) -> None:
        self._period = max(SHORTEST_NS, SECOND_NS / fps)
        self._last: float | None = None
        self._seen: deque[int] = deque(maxlen=_EXACT + 1)

    def stamp_ns(self, at_ns: int) -> int:
        """Stamp of the frame that the camera stamped so; greater than the one before."""
        self._seen.append(at_ns)
        if self._last is None:
            self._last = float(at_ns)
            return at_ns
        if other := self._other_period():
            slower, self._period = other > self._period * _CLEARLY, max(SHORTEST_NS, other)
            self._last = max(self._last, at_ns - other) if slower else self._last
            self._seen = deque([at_ns], maxlen=_EXACT + 1)
        following = self._last + self._period
        late = at_ns - following
        if late > AWAY_NS:
            self._last = float(at_ns)
        else:
            steered = max(-HASTENED * self._period, min(SLOWED * self._period, late * _PULL))
            self._last = following + steered
        return int(self._last)

    def _other_period(self) -> float | None:
        """As the last frames show it; None where they do not contradict the period."""
        steps = [later - earlier for earlier, later in pairwise(self._seen)]
        if len(steps) >= _CERTAIN and min(steps[-_CERTAIN:]) > _MUCH * self._period:
            return sum(steps[-_CERTAIN:]) / _CERTAIN
        for count in (_SLOWER, _FASTER):
            if len(steps) < count:
                return None
            mean, usual = sum(steps[-count:]) / count, median(steps[-count:])
            if min(mean, usual) > _CLEARLY * self._period:
                return mean
            if count == _FASTER and 0 < max(mean, usual) * _CLEARLY < self._period:
                return mean
        if len(steps) < _EXACT:
            return None
        half = _EXACT // 2
        pairs = zip(self._seen, islice(self._seen, half, None), strict=False)
        exact, usual = median(later - earlier for earlier, later in pairs) / half, median(steps)
        slightly = min(exact, usual) > _SLIGHTLY * self._period or 0 < max(exact, usual) * _SLIGHTLY < self._period
        return exact if slightly else None
