"""Scenes printed as pictures of LaTeX, with the macros of `MACROS` for pdfTeX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, assert_never

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
    Scene,
    Stroke,
    arrow_head,
)

POINTS: Final = 72 / 25.4
"""PDF's points in a millimetre."""

# \Draw takes PDF's own operators, in millimetres: m moves to a point, l and c add a line and a curve, re a box, S draws
# what they outline, f fills it, B does both. LaTeX's own pictures spend more on a grid of 64 pixels than on all the
# text of its page. \FigL(x,y){math} centres mathematics at a point, \FigH clears the paper behind it first.
MACROS = (
    r"""
\makeatletter
\newbox\FigBox
\def\Picture(#1,#2)#3{\leavevmode{\unitlength1mm\hb@xt@#1\unitlength{\vrule\@width\z@\@height#2\unitlength#3\hss}}}
\def\Draw#1{\pdfliteral{q """
    + f"{POINTS:.5f} 0 0 {POINTS:.5f}"
    + r""" 0 0 cm .14 w #1 Q}}
\def\ListokAt#1#2#3{\raise#2\unitlength\hb@xt@\z@{\kern#1\unitlength
  \vbox to\z@{\vss\hb@xt@\z@{\hss#3\hss}\vss}\hss}}
\def\FigL(#1,#2)#3{\ListokAt{#1}{#2}{$#3$}}
\def\FigH(#1,#2)#3{\setbox\FigBox\hbox{\kern.3mm$#3$\kern.3mm}%
  \ListokAt{#1}{#2}{\pdfliteral direct{1 g}\vrule width\wd\FigBox height\ht\FigBox depth\dp\FigBox
    \pdfliteral direct{0 g}\kern-\wd\FigBox\box\FigBox}}
\makeatother
"""
)

DASH, GAP = 1.3, 0.9

_WIDTHS = {"solid": "", "thick": ".32 w ", "dashed": f"[{DASH} {GAP}] 0 d "}
_GREYS = {"white": "1 g ", "light": ".9 g ", "grey": ".75 g ", "dark": ""}
_ROUND = 0.5522848
"""How far, in radii, the curve of a quarter of a circle has its handles from its ends."""


def draw(scene: Scene, label: Callable[[Content], str]) -> str:
    """The scene as a picture; `label` gives the LaTeX of a label's content, without dollar signs."""
    # Small labels come in runs: changing the size of type once for all of them is cheaper.
    pieces: list[str] = []
    shapes: list[str] = []
    small = False
    for item in scene.items:
        if not isinstance(item, Label):
            shapes.append(_shape(item))
            continue
        if shapes:
            pieces.append(_drawn(shapes))
            shapes = []
        tiny, (x, y) = item.size == "small", item.at
        if tiny is not small:
            pieces.append("{\\footnotesize " if tiny else "}")
            small = tiny
        pieces.append(f"\\Fig{'H' if item.halo else 'L'}({_n(x)},{_n(y)}){{{label(item.content)}}}")
    end = "}" * small + (_drawn(shapes) if shapes else "")
    return f"\\Picture({_n(scene.width)},{_n(scene.height)}){{{''.join(pieces)}{end}}}"


def _drawn(shapes: Sequence[str]) -> str:
    return f"\\Draw{{{' '.join(shapes)}}}"


@lru_cache(maxsize=2**12)
def _shape(item: Line | Arrow | Polyline | Circle | Box | Polygon) -> str:
    match item:
        case Line(start, end, stroke):
            return _stroked((start, end), stroke)
        case Arrow(start, end, stroke):
            base, left, right = arrow_head(start, end)
            return f"{_stroked((start, base), stroke)} {_path((end, left, right))} f"
        case Polyline(points, stroke):
            return _stroked(points, stroke)
        case Circle((x, y), radius, fill):
            return _filled(_circle(x, y, radius), fill)
        case Box((x, y), width, height, fill):
            return _filled(f"{_n(x)} {_n(y)} {_n(width)} {_n(height)} re", fill)
        case Polygon(points, fill):
            return "" if fill == "none" else f"q {_GREYS[fill]}{_path(points)} f Q"
        case _:
            assert_never(item)


def _filled(path: str, fill: Fill) -> str:
    return f"{path} S" if fill == "none" else f"q {_GREYS[fill]}{path} B Q"


def _stroked(points: Sequence[Point], stroke: Stroke) -> str:
    line = f"{_path(points)} S"
    return f"q {_WIDTHS[stroke]}{line} Q" if _WIDTHS[stroke] else line


def _path(points: Sequence[Point]) -> str:
    first, *rest = [f"{_n(x)} {_n(y)} " for x, y in points]
    return f"{first}m {'l '.join(rest)}l"


def _circle(x: float, y: float, radius: float) -> str:
    """Four curves, from the rightmost point back to it."""
    r, k = radius, _ROUND * radius
    right, top, left, bottom = (
        f"{_n(x + r)} {_n(y)}", f"{_n(x)} {_n(y + r)}", f"{_n(x - r)} {_n(y)}", f"{_n(x)} {_n(y - r)}",
    )  # fmt: skip
    return (
        f"{right} m {_n(x + r)} {_n(y + k)} {_n(x + k)} {_n(y + r)} {top} c"
        f" {_n(x - k)} {_n(y + r)} {_n(x - r)} {_n(y + k)} {left} c"
        f" {_n(x - r)} {_n(y - k)} {_n(x - k)} {_n(y - r)} {bottom} c"
        f" {_n(x + k)} {_n(y - r)} {_n(x + r)} {_n(y - k)} {right} c h"
    )


@lru_cache(maxsize=2**14)
def _n(value: float) -> str:
    """A coordinate to 0.01 mm, without trailing zeros."""
    return f"{round(value + 0.0, 2):g}"  # adding zero turns -0.0 into 0.0, which is the same key of the cache
