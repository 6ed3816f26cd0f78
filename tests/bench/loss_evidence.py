"""The page of docs/evidence that loss.py writes: a table of all figures, and charts as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

PAGE, CHART = "loss.md", "loss.svg"
COLOURS = {"auto": "#0b62a4", "peer": "#c2410c", "hls": "#15803d"}
_TITLES = {"auto": "the page", "peer": "MediaMTX's page", "hls": "the page, HLS alone"}
_LEFT, _WIDE, _BAR, _BETWEEN, _TOP = 90, 340, 9, 10, 46


@dataclass(frozen=True)
class Seen:
    """Of one viewer; counts are a second."""

    shown: float
    decoded: float
    still_s: float
    """In pauses of half a second and more."""
    longest_ms: float
    p50: float
    p95: float
    """Age of the pictures, ms."""
    repaired: float
    """Packets asked for again, %."""
    concealed: float
    """Of the sound, %."""
    changes: int
    """Of the way, since the network got bad."""
    way: str
    """How pictures came at the end."""
    load: float

    def row(self) -> tuple[str, ...]:
        return (
            f"{self.shown:.1f}", f"{self.decoded:.1f}", f"{self.shown / max(self.decoded, 0.1):.0%}",
            f"{self.still_s:.1f}", f"{self.longest_ms:.0f}", f"{self.p50:.0f}", f"{self.p95:.0f}",
            f"{self.repaired:.1f} %", f"{self.concealed:.1f} %", str(self.changes), self.way, f"{self.load:.1f}",
        )  # fmt: skip


COLUMNS = (
    "network", "viewer", "shown/s", "decoded/s", "shown", "s still", "longest, ms", "p50, ms", "p95, ms", "repaired",
    "sound made up", "changes", "at last", "load",
)  # fmt: skip
Results = Mapping[str, Mapping[str, Seen]]


def verdicts(results: Results) -> list[str]:
    """What the figures say about each target; a sentence for each one that was missed."""
    found = []
    for name, ways in results.items():
        auto, peer, hls = ways["auto"], ways["peer"], ways.get("hls")
        if hls is None and name != "10 %" and auto.shown < 0.95 * auto.decoded:
            found.append(f"{name}: {auto.shown / auto.decoded:.0%} of the decoded pictures are shown")
        if auto.shown < peer.shown:
            found.append(f"{name}: {auto.shown:.1f} pictures a second, MediaMTX's page {peer.shown:.1f}")
        if hls and auto.shown < hls.shown:
            found.append(f"{name}: {auto.shown:.1f} pictures a second, HLS alone {hls.shown:.1f}")
        if auto.changes > 1:
            found.append(f"{name}: {auto.changes} changes of the way")
    return found


def _panel(title: str, results: Results, what: str, left: int) -> list[str]:
    """Bars, from 0; of pictures those that were decoded as well, as outlines."""
    most = max((getattr(seen, what) for ways in results.values() for seen in ways.values()), default=1) or 1
    drawn = [f'<text x="{left}" y="16" font-weight="bold">{escape(title)}</text>']
    at = _TOP
    for name, ways in results.items():
        middle = at + len(ways) * _BAR / 2
        drawn.append(f'<text x="{left - 6}" y="{middle:.0f}" text-anchor="end" dy="4">{escape(name)}</text>')
        for way, seen in ways.items():
            value = getattr(seen, what)
            width = value / most * (_WIDE - 40)
            drawn.append(
                f'<rect x="{left}" y="{at}" width="{width:.1f}" height="{_BAR - 1}" fill="{COLOURS[way]}"/>'
                f'<text x="{left + width + 4:.1f}" y="{at + _BAR - 1}" font-size="9">{value:.4g}</text>'
            )
            at += _BAR
        at += _BETWEEN
    return drawn


def svg(results: Results) -> str:
    panels = (
        ("Pictures shown a second", "shown"),
        ("Age of a picture, p95, ms", "p95"),
        ("Sound made up, %", "concealed"),
    )
    bars = sum(len(ways) for ways in results.values())
    height = _TOP + bars * _BAR + len(results) * _BETWEEN + 6
    width = len(panels) * (_LEFT + _WIDE)
    drawn = [
        f'<text x="{_LEFT + number * 180}" y="34" fill="{COLOURS[way]}">■ {escape(title)}</text>'
        for number, (way, title) in enumerate(_TITLES.items())
    ]
    for number, (title, what) in enumerate(panels):
        drawn += _panel(title, results, what, _LEFT + number * (_LEFT + _WIDE))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f"{''.join(drawn)}</svg>\n"
    )


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def markdown(results: Results, taken: Mapping[str, Any], seconds: int, settle: int, kbit: float) -> str:
    rows = [_line((name, way, *seen.row())) for name, ways in results.items() for way, seen in ways.items()]
    missed = [f"- {sentence}" for sentence in verdicts(results)] or ["- none"]
    return "\n".join(
        (
            "# Evidence: bad networks",
            "",
            "Written by `tests/bench/loss.py --evidence docs/evidence`; what it measures, and what the figures",
            "mean: [viewers](viewer.md#bad-networks).",
            "",
            f"{taken['date']}; {taken['machine']}; load before: {taken['load'][0]}. {seconds} s each, {settle} s",
            f"after the network got bad. The stream needs {kbit:.0f} kbit a second on the wire.",
            "",
            f"![charts]({CHART})",
            "",
            _line(COLUMNS),
            _line(["---"] * len(COLUMNS)),
            *rows,
            "",
            "Targets that were missed:",
            "",
            *missed,
            "",
        )
    )


def write(directory: Path, page: str, results: Results) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / PAGE).write_text(page)
    (directory / CHART).write_text(svg(results))
