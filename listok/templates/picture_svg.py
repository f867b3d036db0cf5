"""Scenes printed as inline SVG: no ids, the colour of the text around, labels as text with shifted, smaller scripts.

What hides something behind it (``class="paper"``) is white; a page with another background restyles that class.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from itertools import groupby
from typing import Literal, assert_never

from listok.generators.figures import (
    EM,
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
    label_size,
)
from listok.templates.mathparse import parse
from listok.templates.mathtree import (
    SYMBOLS,
    Accent,
    Atom,
    Brace,
    Fenced,
    Fraction,
    Function,
    Grid,
    Hole,
    Math,
    Num,
    Operator,
    Root,
    Row,
    Script,
    Section,
    Space,
    Symbol,
    UnfilledError,
    Words,
    atom,
    flat,
    is_prefix,
    is_simple,
    split_number,
)
from listok.templates.numbers import number_node

Language = Literal["ru", "en"]

TYPE = 0.92
"""Labels are a little smaller than on paper: a browser's serif type may be wider than the sheets'."""

_OPENING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}mm" height="{height}mm"'
    ' fill="none" stroke="currentColor" stroke-width=".18" font-family="\'STIX Two Text\',\'Times New Roman\',serif">'
)
_STROKES: dict[Stroke, str] = {
    "solid": "",
    "thick": ' stroke-width=".35"',
    "dashed": ' stroke-dasharray="1.3 .9"',
}
_FILLS: dict[Fill, str] = {
    "none": "",
    "white": ' class="paper" fill="#fff"',
    "light": ' fill="currentColor" fill-opacity=".1"',
    "grey": ' fill="currentColor" fill-opacity=".25"',
    "dark": ' fill="currentColor"',
}
_INK = ' fill="currentColor" stroke="none"'


def draw(scene: Scene, lang: Language) -> str:
    """The scene as an ``<svg>`` element in millimetres; numbers in labels as `lang` writes them. The caller adds the
    alternative text."""
    parts = [_OPENING.format(width=_n(scene.width), height=_n(scene.height))]
    for labels, items in groupby(scene.items, lambda item: isinstance(item, Label)):
        body = "".join(_item(item, scene.height, lang) for item in items)
        parts.append(f'<g{_INK} text-anchor="middle">{body}</g>' if labels else body)
    parts.append("</svg>")
    return "".join(parts)


def _item(item: Primitive, top: float, lang: Language) -> str:
    match item:
        case Line((x0, y0), (x1, y1), stroke):
            return f'<path d="M{_n(x0)} {_n(top - y0)}L{_n(x1)} {_n(top - y1)}"{_STROKES[stroke]}/>'
        case Arrow(start, end, stroke):
            base, left, right = arrow_head(start, end)
            return _item(Line(start, base, stroke), top, lang) + f'<path d="{_path((end, left, right), top)}Z"{_INK}/>'
        case Polyline(points, stroke):
            return f'<path d="{_path(points, top)}"{_STROKES[stroke]}/>'
        case Polygon(points, fill):
            return f'<path d="{_path(points, top)}Z" stroke="none"{_FILLS[fill]}/>'
        case Circle((x, y), radius, fill):
            return f'<circle cx="{_n(x)}" cy="{_n(top - y)}" r="{_n(radius)}"{_FILLS[fill]}/>'
        case Box((x, y), width, height, fill):
            return _rectangle(x, top - y - height, width, height, _FILLS[fill])
        case Label((x, y), content, halo, size):
            # Digits are about 0.66 em high: their middle is a third of an em above the baseline.
            em = TYPE * EM[size]
            text = f'<text x="{_n(x)}" y="{_n(top - y + em / 3)}" font-size="{_n(em)}">{label(content, lang)}</text>'
            if not halo:
                return text
            width, height = label_size(content, size)
            width = max(width, em * _ems(content, lang)) + 0.4
            return _rectangle(x - width / 2, top - y - height / 2, width, height, _FILLS["white"]) + text
        case _:
            assert_never(item)


def _rectangle(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"{fill}/>'


def _path(points: tuple[Point, ...], top: float) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(top - y)}" for x, y in points)


@lru_cache(maxsize=2**14)
def _n(value: float) -> str:
    """A coordinate to 0.01 mm, without trailing zeros."""
    return f"{round(value, 2) + 0.0:g}"


# --- labels -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters of one style: their size, and their height above the baseline, in ems of the label; `back` moves them
    to the left by so many ems, to set a power above an index."""

    text: str
    italic: bool = False
    size: float = 1.0
    height: float = 0.0
    back: float = 0.0


@lru_cache(maxsize=4096)
def label(content: Content, lang: Language) -> str:
    """A label as the content of an SVG ``<text>`` element: escaped text and ``<tspan>`` elements."""
    parts: list[str] = []
    height = 0.0
    styles = groupby(_content_runs(content, lang), lambda run: (run.italic, run.size, run.height, run.back))
    for (italic, size, level, back), runs in styles:
        text = escape("".join(run.text for run in runs), quote=False)
        attributes = ' font-style="italic"' if italic else ""
        if size != 1:
            attributes += f' font-size="{_n(100 * size)}%"'
        if back:
            attributes += f' dx="{_n(-back / size)}em"'
        if level != height:
            attributes += f' dy="{_n((height - level) / size)}em"'
            height = level
        parts.append(f"<tspan{attributes}>{text}</tspan>" if attributes else text)
    return "".join(parts)


def _content_runs(content: Content, lang: Language) -> list[_Run]:
    return _runs(parse(content) if isinstance(content, str) else number_node(content), lang)


@lru_cache(maxsize=4096)
def _ems(content: Content, lang: Language) -> float:
    """A rough width of a label in ems; unlike `label_size` it knows that fractions lie on the line here."""
    return sum(0.55 * run.size * len(run.text) - run.back for run in _content_runs(content, lang))


def _runs(node: Math, lang: Language) -> list[_Run]:
    match node:
        case Num(text):
            digits, power = split_number(text.replace("-", "−"))
            if lang == "ru":
                digits = digits.replace(".", ",")
            return [_Run(f"{digits}·10"), *_shifted([_Run(power)], 0.38)] if power else [_Run(digits)]
        case Symbol(name):
            sign = SYMBOLS[name].unicode if name in SYMBOLS else name
            return [_Run(sign, italic=(len(name) == 1 and name.isalpha()) or (sign.isalpha() and sign.islower()))]
        case Operator(name):
            return [_Run(SYMBOLS[name].unicode)]
        case Function(text) | Words(text):
            return [_Run(text)]
        case Space():
            return [_Run("\N{THIN SPACE}" if node.width == "thin" else "\N{EM SPACE}")]
        case Row():
            return _row(flat(node), lang)
        case Fraction(top, bottom):
            return [*_operand(top, lang), _Run("/"), *_operand(bottom, lang)]
        case Root(body):
            return [_Run("√"), *_operand(body, lang)]
        case Script(base, sub, sup):
            both = sub is not None and sup is not None
            below = [] if sub is None else _shifted(_runs(sub, lang), -0.3 if both else -0.2)
            above = [] if sup is None else _shifted(_runs(sup, lang), 0.45 if both else 0.38)
            if sup is not None and all(item == Symbol("prime") for item in flat(sup)):
                above = _runs(sup, lang)  # the character is small and high already
            if below and above:
                above[0] = replace(above[0], back=round(0.6 * sum(run.size * len(run.text) for run in below), 4))
            return [*_runs(base, lang), *below, *above]
        case Fenced(left, body, right):
            return [_Run(left), *_runs(body, lang), _Run(right)]
        case Accent(kind, body):
            runs = _runs(body, lang)
            return [*runs[:-1], replace(runs[-1], text=runs[-1].text + _ACCENTS[kind])]
        case Grid(_, rows):
            cells: list[_Run] = [_Run("(")]
            for i, row in enumerate(rows):
                if isinstance(row, Section):
                    raise UnfilledError(row.path)
                for j, cell in enumerate(row):
                    cells += [_Run(" " if j else "; " if i else ""), *_runs(cell, lang)]
            return [*cells, _Run(")")]
        case Brace(body, _):
            return _runs(body, lang)
        case Hole() | Section():
            raise UnfilledError(node.path)
        case _:
            assert_never(node)


_ACCENTS = {
    "hat": "\N{COMBINING CIRCUMFLEX ACCENT}",
    "bar": "\N{COMBINING MACRON}",
    "tilde": "\N{COMBINING TILDE}",
    "vec": "\N{COMBINING RIGHT ARROW ABOVE}",
    "dot": "\N{COMBINING DOT ABOVE}",
}
_THIN = ("\N{THIN SPACE}", "\N{FOUR-PER-EM SPACE}")
_SPACES: dict[Atom, tuple[str, str]] = {
    "binary": ("\N{THIN SPACE}", "\N{THIN SPACE}"),
    "relation": ("\N{FOUR-PER-EM SPACE}", "\N{FOUR-PER-EM SPACE}"),
    "punctuation": ("", "\N{THIN SPACE}"),
}


def _row(items: list[Math], lang: Language) -> list[_Run]:
    """Items side by side, with the spaces that an operation, a relation or a comma brings; a sign brings none."""
    runs: list[_Run] = []
    before: Atom | None = None
    for index, item in enumerate(items):
        kind = atom(item)
        left, right = _SPACES.get(kind, ("", ""))
        if item == Operator("/") or (kind == "binary" and is_prefix(before)):
            left = right = ""
        following = items[index + 1] if index + 1 < len(items) else None
        if kind == "function" and following is not None and atom(following) == "ordinary":
            right = "\N{THIN SPACE}" if not isinstance(following, Fenced) else ""
        runs += [_Run(left), *_runs(item, lang), _Run(right)]
        before = kind
    return [run for run in runs if run.text]


def _operand(node: Math, lang: Language) -> list[_Run]:
    """A part of a fraction written with a slash, in brackets if it is not one thing."""
    runs = _runs(node, lang)
    return runs if is_simple(node) else [_Run("("), *runs, _Run(")")]


def _shifted(runs: list[_Run], height: float) -> list[_Run]:
    """Runs as an index or a power: smaller, lower or higher, and without the spaces around operations."""
    return [
        replace(run, size=round(run.size * 0.72, 4), height=height + round(run.height * 0.72, 4), back=run.back * 0.72)
        for run in runs
        if run.text not in _THIN
    ]
