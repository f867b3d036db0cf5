"""Scenes printed as Typst drawings: the language's own lines and shapes, with the short names of `MACROS`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from listok.generators.figures import (
    Arrow,
    Box,
    Circle,
    Content,
    Fill,
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

# Coordinates are plain numbers in millimetres, x to the right and y down, from the upper left corner of the picture.
MACROS = f"""
#let fig-strokes = (
  solid: (thickness: .4pt), thick: (thickness: .9pt),
  dashed: (thickness: .4pt, dash: (array: ({DASH}mm, {GAP}mm))),
)
#let fig-fills = ("none": none, white: white, light: luma(90%), grey: luma(75%), dark: black)
#let fig-points(ps) = ps.map(p => (p.at(0) * 1mm, p.at(1) * 1mm))
#let fig(w, h, body) = {{
  set text(top-edge: "bounds", bottom-edge: "bounds")
  align(center, block(width: w * 1mm, height: h * 1mm, breakable: false, above: 16pt, below: 19pt, align(left, body)))
}}
#let fig-line(s, ..ps) = place(top + left, {{
  let (first, ..rest) = fig-points(ps.pos())
  curve(stroke: fig-strokes.at(s), curve.move(first), ..rest.map(p => curve.line(p)))
}})
#let fig-area(f, ..ps) = place(top + left, polygon(fill: fig-fills.at(f), stroke: none, ..fig-points(ps.pos())))
#let fig-circle(x, y, r, f) = place(
  top + left, dx: (x - r) * 1mm, dy: (y - r) * 1mm, circle(radius: r * 1mm, fill: fig-fills.at(f), stroke: .4pt))
#let fig-box(x, y, w, h, f) = place(
  top + left, dx: x * 1mm, dy: y * 1mm, rect(width: w * 1mm, height: h * 1mm, fill: fig-fills.at(f), stroke: .4pt))
#let fig-label(x, y, body) = place(top + left, dx: (x - 30) * 1mm, dy: (y - 15) * 1mm, block(
  width: 60mm, height: 30mm, align(center + horizon, body)))
#let fig-small(body) = text(size: 9pt, body)
#let fig-halo(body) = box(fill: white, inset: (x: .3mm), body)
"""


def draw(scene: Scene, label: Callable[[Content], str]) -> str:
    """The scene as a drawing centred in the column; `label` gives the Typst of a label, with its dollar signs."""
    body = "".join(_item(item, scene.height, label) for item in scene.items)
    return f"#fig({_n(scene.width)}, {_n(scene.height)})[{body}]"


def _item(item: Primitive, top: float, label: Callable[[Content], str]) -> str:
    match item:
        case Line(start, end, stroke):
            return _path((start, end), stroke, top)
        case Arrow(start, end, stroke):
            base, left, right = arrow_head(start, end)
            return _path((start, base), stroke, top) + _area((end, left, right), "dark", top)
        case Polyline(points, stroke):
            return _path(points, stroke, top)
        case Circle((x, y), radius, fill):
            return f'#fig-circle({_n(x)}, {_n(top - y)}, {_n(radius)}, "{fill}")\n'
        case Box((x, y), width, height, fill):
            return f'#fig-box({_n(x)}, {_n(top - y - height)}, {_n(width)}, {_n(height)}, "{fill}")\n'
        case Polygon(points, fill):
            return _area(points, fill, top)
        case Label((x, y), content, halo, size):
            body = label(content)
            if size == "small":
                body = f"fig-small({body})"
            if halo:
                body = f"fig-halo({body})"
            return f"#fig-label({_n(x)}, {_n(top - y)}, {body})\n"
        case _:
            assert_never(item)


def _path(points: Sequence[Point], stroke: Stroke, top: float) -> str:
    return f'#fig-line("{stroke}", {_points(points, top)})\n'


def _area(points: Sequence[Point], fill: Fill, top: float) -> str:
    return f'#fig-area("{fill}", {_points(points, top)})\n'


def _points(points: Sequence[Point], top: float) -> str:
    return ", ".join(f"({_n(x)}, {_n(top - y)})" for x, y in points)


def _n(value: float) -> str:
    """A coordinate to 0.01 mm, without trailing zeros."""
    return f"{round(value, 2) + 0.0:g}"
