"""Filling: a text with holes and the values of a variant become a document without holes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel import Locale

from listok.generators.answers import rounded
from listok.generators.exact import Fraction
from listok.generators.figures import Scene
from listok.generators.formulas import Formula
from listok.generators.values import Scalar
from listok.templates import doctree as doc
from listok.templates import mathtree as mt
from listok.templates.formula_tree import formula_node
from listok.templates.mathparse import parse
from listok.templates.numbers import decimal_node, number_node
from listok.templates.paths import Scopes, lookup, rounds

SPECS = ("+", "()", "coef", "+coef", "dec", "frac", "row", "col")


# --- blocks -------------------------------------------------------------------------------------------------------


def fill_blocks(blocks: Sequence[doc.Block], scopes: Scopes, lang: str) -> tuple[doc.Block, ...]:
    """Blocks with every section shown or repeated, every hole filled, figures drawn.

    Lists that come to stand side by side become one.
    """
    out: list[doc.Block] = []
    for block in blocks:
        if isinstance(block, mt.Section):
            for inner in rounds(block, scopes):
                for filled in fill_blocks(block.content, inner, lang):
                    _add(out, filled)
        else:
            _add(out, _block(block, scopes, lang))
    return tuple(out)


def _add(out: list[doc.Block], block: doc.Block) -> None:
    last = out[-1] if out else None
    if isinstance(block, doc.ItemList) and isinstance(last, doc.ItemList):
        out[-1] = _numbered([item for item in last.items + block.items if isinstance(item, doc.ListItem)])
    else:
        out.append(block)


def _numbered(items: Sequence[doc.ListItem]) -> doc.ItemList:
    """A list whose numbered items (label ``#``, or a number of a list that was joined) are counted from 1."""
    if not any(_is_count(item.label) for item in items):
        return doc.ItemList(tuple(items))
    return doc.ItemList(
        tuple(doc.ListItem(f"{n}.", item.content) if _is_count(item.label) else item for n, item in enumerate(items, 1))
    )


def _is_count(label: str) -> bool:
    return label == "#" or (label[:-1].isdecimal() and label.endswith("."))


def _block(block: doc.Block, scopes: Scopes, lang: str) -> doc.Block:
    match block:
        case mt.Shared():
            return block
        case doc.Paragraph(content, ragged):
            return doc.Paragraph(fill_inlines(content, scopes, lang), ragged)
        case doc.DisplayMath(body):
            return doc.DisplayMath(fill_math(body, scopes, lang))
        case doc.Table(align, header, rows):
            return doc.Table(
                align,
                _row(header, scopes, lang) if header else None,
                tuple(_row(row, inner, lang) for row, inner in _flat(rows, scopes)),
            )
        case doc.FigureHole(path, alt):
            scene = lookup(path, scopes)
            assert isinstance(scene, Scene)
            return doc.Figure(scene, plain_text(fill_inlines(alt, scopes, lang), lang))
        case doc.ItemList(items):
            return _numbered(
                [
                    doc.ListItem(item.label, fill_blocks(item.content, inner, lang))
                    for item, inner in _flat(items, scopes)
                ]
            )
        case _:
            return block


def _flat(nodes: Sequence[Any], scopes: Scopes) -> Iterable[tuple[Any, Scopes]]:
    for node in nodes:
        if isinstance(node, mt.Section):
            for inner in rounds(node, scopes):
                yield from _flat(node.content, inner)
        elif isinstance(node, mt.Shared):
            yield from ((item, scopes) for item in node.content)
        else:
            yield node, scopes


def _row(row: doc.TableRow, scopes: Scopes, lang: str) -> doc.TableRow:
    return doc.TableRow(tuple(fill_inlines(cell, scopes, lang) for cell in row.cells))


# --- inlines ------------------------------------------------------------------------------------------------------


def fill_inlines(nodes: Sequence[doc.Inline], scopes: Scopes, lang: str) -> tuple[doc.Inline, ...]:
    """Inlines with every hole filled."""
    out: list[doc.Inline] = []
    for node in nodes:
        match node:
            case mt.Hole(path, spec):
                value = lookup(path, scopes)
                out.append(doc.Text(value) if isinstance(value, str) else doc.InlineMath(value_node(value, spec, lang)))
            case mt.Section():
                for inner in rounds(node, scopes):
                    out.extend(fill_inlines(node.content, inner, lang))
            case doc.InlineMath(body, tall):
                out.append(doc.InlineMath(fill_math(body, scopes, lang), tall))
            case doc.Plural(path, forms):
                out.append(doc.Text(plural(lookup(path, scopes), forms, lang)))
            case doc.Emphasis(content):
                out.append(doc.Emphasis(fill_inlines(content, scopes, lang)))
            case doc.Strong(content):
                out.append(doc.Strong(fill_inlines(content, scopes, lang)))
            case _:
                out.append(node)
    return tuple(out)


def plural(count: int, forms: Sequence[str], lang: str) -> str:
    """The form that agrees with a count; forms in the order of Babel's plural rules: one, few, many (or one, other)."""
    names = ("one", "few", "many") if lang == "ru" else ("one", "other")
    tag = _plural_tag(abs(count), lang)
    return forms[names.index(tag)] if tag in names else forms[-1]


@functools.lru_cache(maxsize=1024)
def _plural_tag(count: int, lang: str) -> str:
    return str(_plural_rule(lang)(count))


@functools.cache
def _plural_rule(lang: str) -> Any:
    return Locale(lang).plural_form


def plain_text(inlines: Sequence[doc.Inline], lang: str) -> str:
    """Inlines as one line of plain characters, for alternative texts."""
    from listok.templates.plain import printer

    return printer("ru" if lang == "ru" else "en").inlines(tuple(inlines))


# --- mathematics --------------------------------------------------------------------------------------------------


def fill_math(node: mt.Math, scopes: Scopes, lang: str) -> mt.Math:
    """A formula with every hole filled."""
    fill = _FILL.get(type(node))
    return node if fill is None else fill(node, scopes, lang)


def _fill_script(node: mt.Script, scopes: Scopes, lang: str) -> mt.Math:
    sub = None if node.sub is None else fill_math(node.sub, scopes, lang)
    sup = None if node.sup is None else fill_math(node.sup, scopes, lang)
    return mt.Script(fill_math(node.base, scopes, lang), sub, sup)


def _fill_grid(node: mt.Grid, scopes: Scopes, lang: str) -> mt.Math:
    rows = _flat(node.rows, scopes)
    return mt.Grid(node.kind, tuple(tuple(fill_math(cell, inner, lang) for cell in row) for row, inner in rows))


# By type, and not by `match`: this runs for every node of every formula with a hole. Kinds that are not here hold none.
_FILL: Mapping[type, Callable[[Any, Scopes, str], mt.Math]] = {
    mt.Hole: lambda n, scopes, lang: value_node(lookup(n.path, scopes), n.spec, lang),
    mt.Row: lambda n, scopes, lang: mt.Row(_maths(n.items, scopes, lang)),
    mt.Section: lambda n, scopes, lang: mt.Row(_maths((n,), scopes, lang)),
    mt.Script: _fill_script,
    mt.Fraction: lambda n, scopes, lang: mt.Fraction(fill_math(n.top, scopes, lang), fill_math(n.bottom, scopes, lang)),
    mt.Fenced: lambda n, scopes, lang: mt.Fenced(n.left, fill_math(n.body, scopes, lang), n.right),
    mt.Root: lambda n, scopes, lang: mt.Root(fill_math(n.body, scopes, lang)),
    mt.Grid: _fill_grid,
    mt.Accent: lambda n, scopes, lang: mt.Accent(n.kind, fill_math(n.body, scopes, lang)),
    mt.Brace: lambda n, scopes, lang: mt.Brace(fill_math(n.body, scopes, lang), fill_math(n.note, scopes, lang)),
}


def _maths(nodes: Sequence[mt.Math], scopes: Scopes, lang: str) -> tuple[mt.Math, ...]:
    out: list[mt.Math] = []
    for node in nodes:
        if isinstance(node, mt.Section):
            for inner in rounds(node, scopes):
                out.extend(_maths(node.content, inner, lang))
        else:
            out.append(fill_math(node, scopes, lang))
    return tuple(out)


def value_node(value: Any, spec: tuple[str, ...], lang: str) -> mt.Math:
    """A value as mathematics: a number, a row list or column, a matrix, a formula, or a string of the LaTeX subset."""
    if isinstance(value, Formula):
        return formula_node(value, lang)
    if isinstance(value, str):
        return _parsed(value)
    if isinstance(value, tuple):
        if value and isinstance(value[0], tuple):
            return mt.Grid("matrix", tuple(tuple(value_node(cell, spec, lang) for cell in row) for row in value))
        inner = tuple(s for s in spec if s not in ("row", "col"))
        cells = [value_node(item, inner, lang) for item in value]
        if "col" in spec:
            return mt.Grid("matrix", tuple((cell,) for cell in cells))
        return row_list(cells, lang)
    return _number(value, spec)


def row_list(cells: Sequence[mt.Math], lang: str) -> mt.Math:
    """``(1; 2,5)`` in Russian, ``(1, 2.5)`` in English."""
    mark = mt.Operator(";" if lang == "ru" else ",")
    items: list[mt.Math] = []
    for cell in cells:
        if items:
            items.append(mark)
        items.append(cell)
    return mt.Fenced("(", mt.Row(tuple(items)), ")")


@functools.lru_cache(maxsize=4096)
def _parsed(source: str) -> mt.Math:
    return parse(source)


@functools.lru_cache(maxsize=2**16, typed=True)
def _number(value: Scalar, spec: tuple[str, ...]) -> mt.Math:
    return scalar_node(value, spec)


def scalar_node(value: Scalar, spec: tuple[str, ...]) -> mt.Math:
    """A number as mathematics, written as `spec` says."""
    if not spec:
        return mt.Num(str(value)) if type(value) is int else number_node(value)
    way = _way(spec)
    negative = (value.numerator if isinstance(value, Fraction) else value) < 0
    size = -value if negative else value
    body: mt.Math
    if way.digits is not None:
        body = mt.Num(rounded(size, way.digits))
        negative = negative and float(body.text) != 0
    elif way.coefficient and size == 1:
        body = mt.Row(())
    elif way.fraction and isinstance(value, Fraction) and value.denominator > 1:
        body = mt.Fraction(mt.Num(str(abs(value.numerator))), mt.Num(str(value.denominator)))
    elif way.decimal:
        body = decimal_node(size)
    else:
        body = number_node(size)
    if way.signed:
        return mt.Row((mt.Operator("-" if negative else "+"), body))
    if not negative:
        return body
    signed: mt.Math = mt.Num("-" + body.text) if isinstance(body, mt.Num) else mt.Row((mt.Operator("-"), body))
    return mt.Fenced("(", signed, ")") if way.brackets else signed


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to write a number, read from the words of a hole."""

    digits: int | None
    signed: bool
    brackets: bool
    coefficient: bool
    fraction: bool
    decimal: bool


@functools.cache
def _way(spec: tuple[str, ...]) -> _Way:
    words = {"+", "coef"} if spec == ("+coef",) else set(spec)
    digits = next((int(word) for word in spec if word.isdecimal()), None)
    return _Way(digits, "+" in words, "()" in words, "coef" in words, "frac" in words, "dec" in words)
