"""Texts with holes as LaTeX, compiled once and run for each variant.

Every student of a class gets the same sentences with other numbers. So the first time a text is printed it is turned
into literal strings with steps between them, and a step prints the value that stands in its hole. The result is what
filling the nodes and printing them gives; nodes that are rarely met around holes are just filled and printed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction as Rational
from itertools import groupby
from typing import Any, Protocol, TypeAlias

from listok.generators.figures import Scene
from listok.generators.formulas import Formula
from listok.templates.doctree import (
    Block,
    Bound,
    BoundBlocks,
    Code,
    DisplayMath,
    Emphasis,
    FigureHole,
    Inline,
    InlineMath,
    Item,
    ItemList,
    Paragraph,
    Plural,
    Strong,
    Table,
    TableRow,
    Text,
)
from listok.templates.fill import (
    Scopes,
    fill_blocks,
    fill_inlines,
    fill_math,
    plural,
    reach,
    rounds,
    scalar_node,
    value_node,
)
from listok.templates.formula_tree import formula_node
from listok.templates.mathparse import is_fixed, parse
from listok.templates.mathtree import Fenced, Fraction, Grid, Hole, Math, Operator, Row, Script, Section, Shared

Step: TypeAlias = Callable[[Scopes], str]
Program: TypeAlias = tuple[str | Step, ...]

REMEMBERED = 2**14


@dataclass(frozen=True, slots=True)
class ListItem:
    label: str
    content: Program


@dataclass(frozen=True, slots=True)
class ListSection:
    """Items that are shown or repeated."""

    section: Section[Any]
    items: list[ListItem | ListSection]


class Leaves(Protocol):
    """What the printer of filled nodes does for the compiler."""

    def formula(self, node: Math) -> str: ...
    def inlines(self, nodes: Sequence[Inline]) -> str: ...
    def blocks(self, nodes: Sequence[Block]) -> str: ...
    def base(self, node: Math, raised: bool) -> str: ...
    def fenced(self, left: str, body: str, right: str) -> str: ...
    def frame(self, node: Table) -> tuple[str, str, str, str]: ...
    def grid(self, kind: str, rows: Sequence[Sequence[str]]) -> str: ...
    def item(self, label: str) -> str: ...
    def figure(self, scene: Scene) -> str: ...


def run(program: Program, scopes: Scopes) -> str:
    """The text of a program for the values of a variant."""
    return "".join([piece if type(piece) is str else piece(scopes) for piece in program])  # type: ignore[operator]


class Compiler:
    """Prints nodes with holes in one language; what it compiles, it keeps."""

    def __init__(self, printer: Leaves, lang: str) -> None:
        self._printer, self._lang = printer, lang
        self._mark = printer.formula(Operator(";" if lang == "ru" else ","))
        # By identity, for a text is compared node by node; each entry holds its key, so that no other gets its id.
        self._programs: dict[int, tuple[Any, Program]] = {}
        self._formula = _remembering(2**12, lambda formula: printer.formula(formula_node(formula, lang)))
        self._figure = _remembering(2**8, printer.figure)
        self.writer = functools.cache(self._writer)
        self._source = functools.lru_cache(2**12)(lambda source: printer.formula(parse(source)))

    def inlines(self, node: Bound) -> str:
        """The inlines of a text with the values of a variant."""
        entry = self._programs.get(id(node.content))
        if entry is None:
            entry = self._programs[id(node.content)] = (node.content, _joined(self._inlines(node.content)))
        return run(entry[1], node.scopes)

    def blocks(self, node: BoundBlocks) -> str:
        """Blocks of a text with the values of a variant."""
        entry = self._programs.get(id(node.blocks))
        if entry is None:
            entry = self._programs[id(node.blocks)] = (node.blocks, _joined(self._blocks(node.blocks)))
        return run(entry[1], node.scopes)

    # Values

    def _writer(self, spec: tuple[str, ...]) -> Callable[[Any], str]:
        """What prints a value as `value_node` would have it printed; numbers that come again are remembered."""
        printer, lang, mark = self._printer, self._lang, self._mark
        column = "col" in spec

        whole = functools.lru_cache(REMEMBERED)(lambda value: printer.formula(scalar_node(value, spec)))
        ratios: dict[tuple[int, int], str] = {}

        def write(value: Any) -> str:
            kind = type(value)
            if kind is int:
                return whole(value)
            if kind is Rational:
                # Fractions are slow to hash.
                pair = value.as_integer_ratio()
                text = ratios.get(pair)
                if text is None:
                    if len(ratios) >= REMEMBERED:
                        ratios.clear()
                    text = ratios[pair] = printer.formula(scalar_node(value, spec))
                return text
            if kind is float:
                return printer.formula(scalar_node(value, spec))
            if kind is tuple and value:
                if isinstance(value[0], tuple):
                    return printer.grid("matrix", [[write(cell) for cell in row] for row in value])
                if column:
                    return printer.grid("matrix", [[write(cell)] for cell in value])
                return printer.fenced("(", mark.join([write(cell) for cell in value]), ")")
            if kind is Formula:
                return self._formula(value)
            if kind is str:
                return self._source(value)
            return printer.formula(value_node(value, spec, lang))

        return write

    # Blocks

    def _blocks(self, blocks: Sequence[Block]) -> list[str | Step]:
        printer, lang = self._printer, self._lang
        if any(map(_holds_list, blocks)) and not all(_is_listed(b) for b in blocks if isinstance(b, Section)):
            # Which lists come to stand side by side is known only when sections are shown or not.
            nodes = tuple(blocks)
            return [lambda scopes: printer.blocks(fill_blocks(nodes, scopes, lang))]
        pieces: list[str | Step] = []
        for together, group in groupby(blocks, _is_listed):
            if together:
                pieces += self._list(tuple(group))
            else:
                pieces += [piece for block in group for piece in self._block(block)]
        return pieces

    def _block(self, node: Block) -> list[str | Step]:
        printer = self._printer
        match node:
            case Paragraph(content):
                return [*self._inlines(content), "\n\n"]
            case DisplayMath(body):
                return ["\\[", *self._math(body), "\\]\n"]
            case Table(_, header, rows):
                head, after_header, after_row, foot = printer.frame(node)
                pieces: list[str | Step] = [head]
                if header is not None:
                    pieces += [*self._row(header), after_header]
                return [*pieces, *self._rows(rows, after_row), foot]
            case FigureHole(path):
                scene = reach(path)
                return [lambda scopes: self._figure(scene(scopes))]
            case Section(_, _, content):
                return [_repeated(node, _joined(self._blocks(content)))]
            case _:
                return [printer.blocks((node,))]

    def _list(self, lists: Sequence[Block]) -> list[str | Step]:
        """Lists side by side, as one; a label `#` is the item's number."""
        items, item = self._items(lists), self._printer.item
        start, end = "\\begin{Items}\n", "\\end{Items}\n"
        fixed = [entry for entry in items if isinstance(entry, ListItem)]
        if len(fixed) == len(items):
            pieces = [[item(_label(entry.label, n)), *entry.content] for n, entry in enumerate(fixed, 1)]
            return [start, *(piece for group in pieces for piece in group), end]

        def step(scopes: Scopes) -> str:
            shown: list[tuple[str, str]] = []
            _gather(items, scopes, shown)
            texts = [item(_label(label, n)) + text for n, (label, text) in enumerate(shown, 1)]
            return f"{start}{''.join(texts)}{end}" if texts else ""

        return [step]

    def _items(self, nodes: Sequence[Any]) -> list[ListItem | ListSection]:
        items: list[ListItem | ListSection] = []
        for node in nodes:
            match node:
                case Section(_, _, content):
                    items.append(ListSection(node, self._items(content)))
                case ItemList(inside):
                    items += self._items(inside)
                case Item(label, content):
                    items.append(ListItem(label, _joined(self._blocks(content))))
        return items

    def _rows(self, rows: Sequence[Any], after: str) -> list[str | Step]:
        pieces: list[str | Step] = []
        for row in rows:
            if isinstance(row, Section):
                pieces.append(_repeated(row, _joined(self._rows(row.content, after))))
            elif isinstance(row, Shared):
                pieces += self._rows(row.content, after)
            else:
                pieces += [*self._row(row), after]
        return pieces

    def _row(self, row: TableRow) -> list[str | Step]:
        pieces: list[str | Step] = []
        for cell in row.cells:
            pieces += [*([" & "] if pieces else []), *self._inlines(cell)]
        return [*pieces, " \\\\\n"]

    # Inlines

    def _inlines(self, nodes: Sequence[Inline]) -> list[str | Step]:
        return [piece for node in nodes for piece in self._inline(node)]

    def _inline(self, node: Inline) -> list[str | Step]:
        printer, lang = self._printer, self._lang
        match node:
            case Text() | Code() | Shared():
                return [printer.inlines((node,))]
            case Hole(path, spec):
                return [self._shown(path, spec)]
            case InlineMath(body, tall):
                return ["$\\displaystyle " if tall else "$", *self._math(body), "$"]
            case Section():
                return [_repeated(node, _joined(self._inlines(node.content)))]
            case Plural(path, forms):
                count = reach(path)
                return [lambda scopes: printer.inlines((Text(plural(count(scopes), forms, lang)),))]
            case Emphasis(content):
                return ["\\emph{", *self._inlines(content), "}"]
            case Strong(content):
                return ["\\textbf{", *self._inlines(content), "}"]
            case _:
                return [lambda scopes: printer.inlines(fill_inlines((node,), scopes, lang))]

    def _shown(self, path: str, spec: tuple[str, ...]) -> Step:
        get, write, printer = reach(path), self.writer(spec), self._printer

        def step(scopes: Scopes) -> str:
            value = get(scopes)
            return printer.inlines((Text(value),)) if isinstance(value, str) else f"${write(value)}$"

        return step

    # Mathematics

    def _math(self, node: Math) -> list[str | Step]:
        printer, lang = self._printer, self._lang
        if is_fixed(node):
            return [printer.formula(node)]
        match node:
            case Hole(path, spec):
                get, write = reach(path), self.writer(spec)
                return [lambda scopes: write(get(scopes))]
            case Row(items):
                return [piece for item in items for piece in self._math(item)]
            case Section():
                return [_repeated(node, _joined([piece for item in node.content for piece in self._math(item)]))]
            case Fraction(top, bottom):
                return ["\\frac{", *self._math(top), "}{", *self._math(bottom), "}"]
            case Fenced(left, body, right):
                inside = _joined(self._math(body))
                return [lambda scopes: printer.fenced(left, run(inside, scopes), right)]
            case Script(base, sub, sup):
                raised = sup is not None
                pieces: list[str | Step] = [lambda scopes: printer.base(fill_math(base, scopes, lang), raised)]
                if is_fixed(base):
                    pieces = [printer.base(base, raised)]
                pieces += [] if sub is None else ["_{", *self._math(sub), "}"]
                pieces += [] if sup is None else ["^{", *self._math(sup), "}"]
                return pieces
            case Grid():
                return [self._grid(node)]
            case _:
                return [lambda scopes: printer.formula(fill_math(node, scopes, lang))]

    def _grid(self, node: Grid) -> Step:
        rows: list[tuple[Section[Any] | None, list[list[Program]]]] = []
        for row in node.rows:
            section, inside = (row, row.content) if isinstance(row, Section) else (None, (row,))
            if any(isinstance(inner, Section) for inner in inside):
                return lambda scopes: self._printer.formula(fill_math(node, scopes, self._lang))
            rows.append((section, [[_joined(self._math(cell)) for cell in cells] for cells in inside]))

        def step(scopes: Scopes) -> str:
            printed = []
            for section, group in rows:
                for inner in (scopes,) if section is None else rounds(section, scopes):
                    printed += [[run(cell, inner) for cell in cells] for cells in group]
            return self._printer.grid(node.kind, printed)

        return step


def _remembering(most: int, make: Callable[[Any], str]) -> Callable[[Any], str]:
    """`make` that remembers its results by the identity of what they are made from: hashing it would cost too much."""
    kept: dict[int, tuple[Any, str]] = {}

    def get(value: Any) -> str:
        entry = kept.get(id(value))
        if entry is None:
            if len(kept) >= most:
                kept.clear()
            entry = kept[id(value)] = (value, make(value))
        return entry[1]

    return get


def _repeated(section: Section[Any], program: Program) -> Step:
    get, inverted = reach(section.path), section.inverted

    def step(scopes: Scopes) -> str:
        value = get(scopes)
        if isinstance(value, tuple) and not inverted:
            return "".join([run(program, (*scopes, item)) for item in value])
        return run(program, scopes) if bool(value) is not inverted else ""

    return step


def _label(label: str, number: int) -> str:
    return f"{number}." if label == "#" else label


def _is_listed(block: Block) -> bool:
    """Whether a block is a list, or a section of nothing but lists."""
    return isinstance(block, ItemList) or (isinstance(block, Section) and all(map(_is_listed, block.content)))


def _holds_list(block: Block) -> bool:
    return isinstance(block, ItemList) or (isinstance(block, Section) and any(map(_holds_list, block.content)))


def _gather(items: Sequence[ListItem | ListSection], scopes: Scopes, shown: list[tuple[str, str]]) -> None:
    """Appends label and text of every item that is shown."""
    for entry in items:
        if isinstance(entry, ListItem):
            shown.append((entry.label, run(entry.content, scopes)))
        else:
            for inner in rounds(entry.section, scopes):
                _gather(entry.items, inner, shown)


def _joined(pieces: Sequence[str | Step]) -> Program:
    """The pieces with neighbouring strings joined."""
    out: list[str | Step] = []
    for piece in pieces:
        if out and isinstance(piece, str) and isinstance(out[-1], str):
            out[-1] += piece
        else:
            out.append(piece)
    return tuple(out)
