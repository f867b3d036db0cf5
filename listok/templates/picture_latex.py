"""Scenes printed as pictures of LaTeX, with the macros of `MACROS` for pdfTeX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from math import sqrt
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

# \FigL(x,y){math} centres mathematics at a point, \FigH clears the paper behind it first, \FigF fills in a colour.
# What LaTeX and its package pict2e draw is written straight into the page as PDF operators, in millimetres: a grid of
# 64 pixels takes the package longer than all the text of its page takes TeX.
MACROS = (
    r"""
\makeatletter
\newbox\FigBox
\def\ListokDraw#1{\pdfliteral{q """
    + f"{POINTS:.5f} 0 0 {POINTS:.5f}"
    + r""" 0 0 cm \ListokInk\space\ListokWidth\space w #1 Q}}
\let\ListokInk\@empty
\def\Listokfiglight{.9 g}\def\Listokfiggrey{.75 g}\def\Listokfigwhite{1 g}
\def\FigF#1#2{{\expandafter\let\expandafter\ListokInk\csname Listok#1\endcsname#2}}
\def\linethickness#1{\@wholewidth#1\relax\dimen@"""
    + f"{25.4 / 72.27:.6f}"
    + r"""\@wholewidth\edef\ListokWidth{\strip@pt\dimen@}}
\linethickness{.4pt}
\def\Line(#1,#2)(#3,#4){\ListokDraw{#1 #2 m #3 #4 l S}}
\def\polyline{\def\ListokEnd{S}\ListokStart}
\def\polygon{\@ifstar{\def\ListokEnd{f}\ListokStart}{\def\ListokEnd{s}\ListokStart}}
\def\ListokStart(#1,#2){\def\ListokPath{#1 #2 m }\futurelet\ListokNext\ListokMore}
\def\ListokMore{\ifx\ListokNext(\expandafter\ListokPoint\else\ListokDraw{\ListokPath\ListokEnd}\fi}
\def\ListokPoint(#1,#2){\edef\ListokPath{\ListokPath#1 #2 l }\futurelet\ListokNext\ListokMore}
\def\circle{\@ifstar{\ListokCircle f}{\ListokCircle s}}
\def\ListokCircle#1#2{\dimen@.5pt\dimen@#2\dimen@\edef\ListokR{\strip@pt\dimen@\space}%
  \dimen@.5522848\dimen@\edef\ListokK{\strip@pt\dimen@\space}% a quarter of a circle as a Bezier curve
  \ListokDraw{\ListokR0 m \ListokR\ListokK\ListokK\ListokR0 \ListokR c
    -\ListokK\ListokR-\ListokR\ListokK-\ListokR0 c -\ListokR-\ListokK-\ListokK-\ListokR0 -\ListokR c
    \ListokK-\ListokR\ListokR-\ListokK\ListokR0 c #1}}
\def\ListokAt#1#2#3{\@killglue\raise#2\unitlength\hb@xt@\z@{\kern#1\unitlength
  \vbox to\z@{\vss\hb@xt@\z@{\hss#3\hss}\vss}\hss}\ignorespaces}
\def\FigL(#1,#2)#3{\ListokAt{#1}{#2}{$#3$}}
\def\FigH(#1,#2)#3{\setbox\FigBox\hbox{\kern.3mm$#3$\kern.3mm}%
  \ListokAt{#1}{#2}{\pdfliteral direct{1 g}\vrule width\wd\FigBox height\ht\FigBox depth\dp\FigBox
    \pdfliteral direct{0 g}\kern-\wd\FigBox\box\FigBox}}
\makeatother
"""
)

DASH, GAP = 1.3, 0.9


def draw(scene: Scene, label: Callable[[Content], str]) -> str:
    """The scene as a picture environment; `label` gives the LaTeX of a label's content, without dollar signs."""
    # Small labels come in runs: changing the size of type once for all of them is cheaper.
    pieces, small = [], False
    for item in scene.items:
        if isinstance(item, Label):
            tiny, (x, y) = item.size == "small", item.at
            piece = f"\\Fig{'H' if item.halo else 'L'}({_n(x)},{_n(y)}){{{label(item.content)}}}"
        else:
            tiny, piece = False, _shape(item)
        if tiny is not small:
            pieces.append("{\\footnotesize " if tiny else "}")
            small = tiny
        pieces.append(piece)
    return (
        f"{{\\unitlength1mm\\linethickness{{.4pt}}\\begin{{picture}}({_n(scene.width)},{_n(scene.height)})"
        f"{''.join(pieces)}{'}' * small}\\end{{picture}}}}"
    )


@lru_cache(maxsize=2**12)
def _shape(item: Line | Arrow | Polyline | Circle | Box | Polygon) -> str:
    match item:
        case Line(start, end, stroke):
            return _path((start, end), stroke)
        case Arrow(start, end, stroke):
            return _arrow(start, end, stroke)
        case Polyline(points, stroke):
            return _path(points, stroke)
        case Circle((x, y), radius, fill):
            place, diameter = f"\\put({_n(x)},{_n(y)})", _n(2 * radius)
            return _filled(f"{place}{{\\circle*{{{diameter}}}}}", fill) + f"{place}{{\\circle{{{diameter}}}}}"
        case Box((x, y), width, height, fill):
            corners = _points(((x, y), (x + width, y), (x + width, y + height), (x, y + height)))
            return _filled("\\polygon*" + corners, fill) + "\\polygon" + corners
        case Polygon(points, fill):
            return _filled("\\polygon*" + _points(points), fill)
        case _:
            assert_never(item)


def _filled(shape: str, fill: Fill) -> str:
    if fill == "none":
        return ""
    return shape if fill == "dark" else f"\\FigF{{fig{fill}}}{{{shape}}}"


def _arrow(start: Point, end: Point, stroke: Stroke) -> str:
    """A line and a filled triangle at its end."""
    base, left, right = arrow_head(start, end)
    return _path((start, base), stroke) + "\\polygon*" + _points((end, left, right))


def _path(points: Sequence[Point], stroke: Stroke) -> str:
    match stroke:
        case "solid":
            return _stroke(points)
        case "thick":
            return f"{{\\linethickness{{.9pt}}{_stroke(points)}}}"
        case "dashed":
            return _dashes(*points) if len(points) == 2 else "".join(map(_stroke, dashes(points)))
        case _:
            assert_never(stroke)


def _stroke(points: Sequence[Point]) -> str:
    return ("\\Line" if len(points) == 2 else "\\polyline") + _points(points)


def _dashes(start: Point, end: Point) -> str:
    """A straight dashed line that begins and ends with a dash; a short one is a single dash."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = sqrt(dx * dx + dy * dy)
    count = max(1, round((length + GAP) / (DASH + GAP)))
    if count == 1:
        return _stroke((start, end))
    dash = DASH / length
    step = (1 - dash) / (count - 1)
    # Steps keep four digits: they add up along the line.
    return (
        f"\\multiput({_n(start[0])},{_n(start[1])})({step * dx:.4f},{step * dy:.4f}){{{count}}}"
        f"{{\\Line(0,0)({_n(dash * dx)},{_n(dash * dy)})}}"
    )


def dashes(points: Sequence[Point]) -> list[list[Point]]:
    """The dashes of a curve: pieces of `DASH` millimetres with gaps of `GAP` millimetres between them."""
    pieces: list[list[Point]] = [[points[0]]]
    drawn, left = True, DASH
    for start, end in pairwise(points):
        length = sqrt((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2)
        done = 0.0
        while length - done > left:
            done += left
            at = (start[0] + done / length * (end[0] - start[0]), start[1] + done / length * (end[1] - start[1]))
            if drawn:
                pieces[-1].append(at)
            else:
                pieces.append([at])
            drawn, left = not drawn, GAP if drawn else DASH
        left -= length - done
        if drawn and length > done:
            pieces[-1].append(end)
    return [piece for piece in pieces if len(piece) > 1]


def _points(points: Sequence[Point]) -> str:
    return "".join(f"({_n(x)},{_n(y)})" for x, y in points)


@lru_cache(maxsize=2**14)
def _n(value: float) -> str:
    """A coordinate to 0.01 mm, without trailing zeros."""
    return f"{round(value + 0.0, 2):g}"  # adding zero turns -0.0 into 0.0, which is the same key of the cache
