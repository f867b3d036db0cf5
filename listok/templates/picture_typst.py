"""Scenes printed as Typst drawings: the language's own lines and shapes, with the short names of `MACROS`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import assert_never

from listok.generators.figures import (
    Arrow,
    Box,
    Circle,
    Content,
    Label,
    Line,
    Point,
    Polygon,
    Polyline,
    Primitive,
    Scene,
    Stroke,
    arrow_head,
)
from listok.templates.picture_latex import DASH, GAP

# Coordinates are in millimetres, x to the right and y down, from the upper left corner of the picture; those of labels
# from its middle. Every thing that is placed costs Typst about as much as five words, so lines and boxes go together.
MACROS = f"""
#let fig-strokes = (
  solid: (thickness: .4pt), thick: (thickness: .9pt),
  dashed: (thickness: .4pt, dash: (array: ({DASH}mm, {GAP}mm))),
)
#let fig-fills = ("none": none, white: white, light: luma(90%), grey: luma(75%), dark: black)
#let fig(w, h, body) = {{
  set text(top-edge: "bounds", bottom-edge: "bounds")
  align(center, block(width: w, height: h, breakable: false, above: 16pt, below: 19pt, align(left, body)))
}}
#let fig-from = curve.move
#let fig-to = curve.line
#let fig-close = curve.close(mode: "straight")
#let fig-lines(s, ..parts) = place(top + left, curve(stroke: fig-strokes.at(s), ..parts))
#let fig-areas(f, ..parts) = place(top + left, curve(fill: fig-fills.at(f), stroke: none, ..parts))
#let fig-boxes(f, ..parts) = place(top + left, curve(fill: fig-fills.at(f), stroke: .4pt, ..parts))
#let fig-circle(x, y, r, f) = place(
  top + left, dx: x - r, dy: y - r, circle(radius: r, fill: fig-fills.at(f), stroke: .4pt))
#let fig-label(x, y, body) = place(center + horizon, dx: x, dy: y, body)
#let fig-small(body) = text(size: 9pt, body)
#let fig-halo(body) = box(fill: white, inset: (x: .3mm), body)
"""


def draw(scene: Scene, label: Callable[[Content], str]) -> str:
    """The scene as a drawing centred in the column; `label` gives the Typst of a label, as code."""
    body = "".join(
        [
            line
            for _, run in groupby(enumerate(scene.items), lambda item: _run(*item))
            for line in _drawn([item for _, item in run], scene, label)
        ]
    )
    return f"#fig({_n(scene.width)}, {_n(scene.height)})[{body}]"


def _run(place: int, item: Primitive) -> object:
    """Equal for neighbours that may be drawn together, in any order."""
    match item:
        case Line() | Arrow() | Polyline():
            return "lines"
        case Box():
            return item.fill
        case _:
            return place


def _drawn(run: Sequence[Primitive], scene: Scene, label: Callable[[Content], str]) -> list[str]:
    """The lines of Typst for items that are drawn together."""
    strokes: dict[Stroke, list[str]] = {}
    heads: list[str] = []
    boxes: list[str] = []
    top = scene.height
    for item in run:
        match item:
            case Line(start, end, stroke):
                strokes.setdefault(stroke, []).append(_path((start, end), top))
            case Polyline(points, stroke):
                strokes.setdefault(stroke, []).append(_path(points, top))
            case Arrow(start, end, stroke):
                base, left, right = arrow_head(start, end)
                strokes.setdefault(stroke, []).append(_path((start, base), top))
                heads.append(_path((end, left, right), top))
            case Box((x, y), width, height):
                corners = (x, y), (x + width, y), (x + width, y + height), (x, y + height)
                boxes.append(f"{_path(corners, top)}, fig-close")
            case Circle((x, y), radius, fill):
                return [f'#fig-circle({_n(x)}, {_n(top - y)}, {_n(radius)}, "{fill}")\n']
            case Polygon(points, fill):
                return [f'#fig-areas("{fill}", {_path(points, top)})\n']
            case Label((x, y), content, halo, size):
                body = label(content)
                if size == "small":
                    body = f"fig-small({body})"
                if halo:
                    body = f"fig-halo({body})"
                return [f"#fig-label({_n(x - scene.width / 2)}, {_n(top / 2 - y)}, {body})\n"]
            case _:
                assert_never(item)
    if boxes:
        assert isinstance(run[0], Box)
        return [f'#fig-boxes("{run[0].fill}", {", ".join(boxes)})\n']
    lines = [f'#fig-lines("{stroke}", {", ".join(paths)})\n' for stroke, paths in strokes.items()]
    return [*lines, f'#fig-areas("dark", {", ".join(heads)})\n'] if heads else lines


def _path(points: Sequence[Point], top: float) -> str:
    first, *rest = (f"(({_n(x)}, {_n(top - y)}))" for x, y in points)
    return ", ".join([f"fig-from{first}", *(f"fig-to{point}" for point in rest)])


def _n(value: float) -> str:
    """A length to 0.01 mm, without trailing zeros."""
    return f"{round(value, 2) + 0.0:g}mm"
