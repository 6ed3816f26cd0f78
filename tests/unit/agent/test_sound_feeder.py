"""Silence where an IP camera's sound is missing: enough of it, and never more than memory allows."""

import importlib
from typing import Any
from unittest.mock import MagicMock

import pytest

MS = 1_000_000
BYTES_A_MS = 192


@pytest.fixture
def module(gst: Any) -> Any:
    gst.Gst, gst.GLib, gst.GObject = MagicMock(), MagicMock(), MagicMock()
    return importlib.import_module("envivo_agent.gst.sound_feeder")


def _filled(module: Any, *frames_ms: int) -> list[tuple[int, int]]:
    """Milliseconds of silence, and where each piece ends, with frames at those times and no sound."""
    publisher, pieces = MagicMock(), []

    def made(content: bytes) -> Any:
        pieces.append((len(content) // BYTES_A_MS, MagicMock()))
        return pieces[-1][1]

    module.Gst.Buffer.new_wrapped = made
    feeder = module.SoundFeeder(publisher)
    for at in frames_ms:
        feeder.fill(at * MS)
    return [(length, (buffer.pts + buffer.duration) // MS) for length, buffer in pieces]


def test_silence_follows_the_picture_a_quarter_of_a_second_behind(module: Any) -> None:
    assert _filled(module, 0, 400, 500) == []
    assert _filled(module, 0, 400, 520, 1040) == [(270, 270), (520, 790)]


@pytest.mark.parametrize("jump_ms", [2251, 60_000, 3_600_000, 10**9])
def test_a_jump_of_the_stamps_is_not_filled_up(module: Any, jump_ms: int) -> None:
    """An hour would take 700 MB at once."""
    assert _filled(module, 0, jump_ms, jump_ms + 40) == [(2000, jump_ms - 250)]
