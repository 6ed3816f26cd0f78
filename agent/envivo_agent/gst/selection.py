"""Selection of the encoder: the first candidate that works in a trial."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from envivo_agent import encoder_trial, notify
from envivo_agent.config import Video
from envivo_agent.encoder_trial import Proof
from envivo_agent.encoders import Encoder, candidates
from envivo_agent.files import write_atomically
from envivo_agent.gst.bindings import properties, version

ABSENT = "not installed, or without hardware"

Prove = Callable[[Encoder], Proof]


@dataclass(frozen=True)
class Selection:
    """`encoder` is None where none works; `reason` names those before it."""

    encoder: Encoder | None
    reason: str


def select(tried: list[Encoder], refused: frozenset[str], prove: Prove) -> Selection:
    """The first of `tried` that works, else the quickest of those that are too slow.

    `refused` are elements that failed while they ran.
    """
    said: list[str] = []
    absent: list[str] = []
    slow: dict[float, Encoder] = {}
    for encoder in tried:
        proof = Proof("failed while it ran") if encoder.element in refused else prove(encoder)
        if proof.works:
            rate = f"{proof.fps:.0f} fps in a trial" if proof.fps else "worked in a trial before"
            return Selection(encoder, _reason([*said, f"{encoder.element} {rate}"], absent))
        if proof.why == ABSENT:
            absent.append(encoder.element)
        else:
            said.append(f"{encoder.element} {proof.why}")
        if proof.slow:
            slow.setdefault(proof.fps, encoder)
    return Selection(slow[max(slow)] if slow else None, _reason(said, absent))


def _reason(said: list[str], absent: list[str]) -> str:
    return "; ".join([*said, *([f"{ABSENT}: {', '.join(absent)}"] if absent else [])])


def prove(encoder: Encoder, video: Video) -> Proof:
    """Outcome of a trial, where the element is installed at all."""
    known = properties(encoder.element)
    if not known:
        return Proof(ABSENT)
    launch = encoder.launch(video, known, "encoder")
    text = encoder_trial.description(launch, encoder.raw, video.width, video.height, video.fps)
    notify.notify(WATCHDOG="1")  # several in a row may take longer than the watchdog waits
    return encoder_trial.run(text, video.fps)


def _circumstances(encoder: Encoder, video: Video) -> str:
    """Circumstances that a proof holds for."""
    there = (node.name for directory in ("/dev", "/dev/dri") for node in Path(directory).glob("*"))
    devices = sorted(name for name in there if name.startswith(("nvidia", "video", "media", "card", "render")))
    size = f"{video.width}x{video.height}@{video.fps} {video.preset}"
    return " ".join((encoder.element, size, version(), os.uname().release, *devices))


def _noted(cache: Path) -> list[str]:
    try:
        noted = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [str(proof) for proof in noted] if isinstance(noted, list) else []


def proved_before(encoder: Encoder, video: Video, cache: Path | None) -> Proof:
    """As `prove`; what works is noted in the file `cache` and believed the next time. Failures are tried again."""
    circumstances = _circumstances(encoder, video)
    noted = _noted(cache) if cache else []
    if circumstances in noted and properties(encoder.element):
        return Proof("")
    proof = prove(encoder, video)
    if cache and proof.works:
        with suppress(OSError):  # a trial more at the next start
            write_atomically(cache, json.dumps([*noted[-20:], circumstances]))
    return proof


def selection(video: Video, refused: frozenset[str], cache: Path | None) -> Selection:
    return select(candidates(video), refused, lambda encoder: proved_before(encoder, video, cache))
