"""Small charts as SVG: a histogram and bars with labels, readable on paper, in grey, and by a screen reader."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

BAR, SHADE, LINE = "#3d6b99", "#e8edf2", "#555"
FONT = 'font-family="Helvetica, Arial, sans-serif" font-size="11"'
WIDTH = 640
LABEL, WIDEST_LABEL = 210, 400
"""How wide the labels of bars are at least, and at most."""
LETTER = 6.2
"""How wide a letter is, on the average of long labels."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A labelled bar: its length from 0 to 1, and the number as it is written beside it."""

    label: str
    share: float
    text: str


def histogram(counts: Sequence[int], edges: Sequence[str], title: str, axis: str) -> str:
    """Columns side by side: `edges` label the ends of the classes (one more than there are counts)."""
    left, right, top, height, bottom = 34, 20, 18, 150, 38
    inner = WIDTH - left - right
    step = inner / len(counts)
    tick = _tick(max(counts, default=0))
    most = max(tick, tick * math.ceil(max(counts, default=0) / tick))
    base = top + height
    parts = []
    for value in range(0, most + 1, tick):
        y = base - height * value / most
        parts.append(f'<line x1="{left}" y1="{y:.1f}" x2="{WIDTH - right}" y2="{y:.1f}" stroke="{SHADE}"/>')
        parts.append(_text(left - 6, y + 4, str(value), "end"))
    for place, count in enumerate(counts):
        tall = height * count / most
        x = left + place * step
        parts.append(
            f'<rect x="{x + 1:.1f}" y="{base - tall:.1f}" width="{step - 2:.1f}" height="{tall:.1f}" fill="{BAR}"/>'
        )
        if count:
            parts.append(_text(x + step / 2, base - tall - 4, str(count), "middle"))
    parts.append(f'<line x1="{left}" y1="{base}" x2="{WIDTH - right}" y2="{base}" stroke="{LINE}"/>')
    for place, edge in enumerate(edges):
        parts.append(_text(left + place * step, base + 15, edge, "middle"))
    parts.append(_text(left + inner / 2, base + 32, axis, "middle"))
    return _drawing(base + bottom, title, parts)


def _tick(most: int) -> int:
    """A round distance between grid lines, so that there are at most six of them."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if size * factor * 5 >= most:
                return size * factor
        size *= 10


def bars(rows: Sequence[Bar], title: str) -> str:
    """Horizontal bars, one under another, each on a light track that ends at 1. Labels too long for it are cut."""
    longest = max((len(bar.label) for bar in rows), default=0)
    label, number, row = round(min(WIDEST_LABEL, max(LABEL, 8 + LETTER * longest))), 60, 20
    room = int((WIDEST_LABEL - 8) / LETTER)
    inner = WIDTH - label - number
    parts = []
    for place, bar in enumerate(rows):
        y = place * row + 4
        parts.append(_text(label - 8, y + 12, _cut(bar.label, room), "end"))
        parts.append(f'<rect x="{label}" y="{y + 2}" width="{inner}" height="12" fill="{SHADE}"/>')
        length = inner * min(1.0, max(0.0, bar.share))
        parts.append(f'<rect x="{label}" y="{y + 2}" width="{length:.1f}" height="12" fill="{BAR}"/>')
        parts.append(_text(label + inner + 8, y + 12, bar.text, "start"))
    return _drawing(len(rows) * row + 8, title, parts)


def _cut(text: str, room: int) -> str:
    """A text of so many characters at most, cut between words."""
    return text if len(text) <= room else f"{text[:room].rsplit(' ', 1)[0].rstrip(' ,;:—')}…"


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {FONT} fill="#222">{escape(text)}</text>'


def _drawing(height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>\n"
    )
