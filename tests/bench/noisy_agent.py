"""(gi) The agent with noise in its test picture, which then needs the bitrate that it is given. Started by loss.py."""

import random
import runpy

from envivo_agent.pattern import ClockPattern

_NOISE = bytes(80 + octet // 2 for octet in random.Random(1).randbytes(1 << 20))  # noqa: S311 - of a picture
_draw = ClockPattern.draw


def _noisy(self: ClockPattern, unix_ms: int) -> bytes:
    band = len(self._below)
    begin = random.randrange(len(_NOISE) - band)  # noqa: S311
    self._below = _NOISE[begin : begin + band]
    return _draw(self, unix_ms)


ClockPattern.draw = _noisy  # type: ignore[method-assign]
runpy.run_module("envivo_agent", run_name="__main__", alter_sys=True)
