"""Texts with holes, compiled once and run for each variant: for every notation that documents are printed in.

Every student of a class gets the same sentences with other numbers. So the first time a text is printed it is turned
into literal strings with steps between them, and a step prints the value that stands in its hole. The result is what
filling the nodes and printing them gives; nodes that are rarely met around holes are just filled and printed.

A printer is the `Dialect` of its compiler: it says what stands around paragraphs, cells and formulas, and prints what
has no holes. What stands inside a formula is compiled by `tex_holes` or `mathml_holes`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from listok.generators.exact import Fraction as Rational
from listok.generators.figures import Scene
from listok.generators.formulas import Formula
from listok.generators.remember import remembering
from listok.generators.values import Scalar
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
    ItemList,
    ListItem,
    Paragraph,
    Plural,
    Strong,
    Table,
    TableRow,
    Text,
)
from listok.templates.fill import fill_blocks, fill_inlines, plain_text, plural, scalar_node, value_node
from listok.templates.formula_tree import formula_node
from listok.templates.mathparse import parse
from listok.templates.mathtree import Grid, Hole, Math, Operator, Section, Shared
from listok.templates.paths import Scopes, reach, repetitions, rounds, showing

K = TypeVar("K")
T = TypeVar("T")
Step: TypeAlias = Callable[[Scopes], str]
Program: TypeAlias = tuple[str | Step, ...]

REMEMBERED = 2**14


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the cells of a table: before it, round the cells of its header (before the first, between
    each two, after the last), between header and rows, round the cells of a row, and after the table."""

    head: str
    header: tuple[str, ...]
    body: str
    row: tuple[str, ...]
    foot: str


class Dialect(Protocol):
    """What a printer does for the compiler; pairs are what stands before a content and after it."""

    paragraph: tuple[str, str]
    emphasis: tuple[str, str]
    strong: tuple[str, str]

    def inlines(self, nodes: Sequence[Inline]) -> str: ...
    def blocks(self, nodes: Sequence[Block]) -> str: ...
    def listed(self, items: Sequence[tuple[str, str]]) -> str: ...
    def frame(self, node: Table) -> Frame: ...
    def figure(self, scene: Scene, alt: Callable[[], str]) -> str: ...
    def inline_math(self, node: Math, tall: bool) -> list[str | Step]: ...
    def display_math(self, node: Math) -> list[str | Step]: ...
    def value_math(self, spec: tuple[str, ...]) -> Callable[[Any], str]: ...


@dataclass(frozen=True, slots=True)
class ItemProgram:
    label: str
    content: Program


@dataclass(frozen=True, slots=True)
class ListSection:
    """Items that are shown or repeated."""

    section: Section[Any]
    items: list[ItemProgram | ListSection]


def run(program: Program, scopes: Scopes) -> str:
    """The text of a program for the values of a variant."""
    return "".join([piece if type(piece) is str else piece(scopes) for piece in program])  # type: ignore[operator]


class Compiler:
    """Prints blocks and inlines with holes in one language; what it compiles, it keeps."""

    def __init__(self, printer: Dialect, lang: str) -> None:
        self._printer, self._lang = printer, lang
        # By identity, for a text is compared node by node; each entry holds its key, so that no other gets its id.
        self._programs: dict[int, tuple[Any, Program]] = {}

    def inlines(self, node: Bound) -> str:
        """The inlines of a text with the values of a variant."""
        entry = self._programs.get(id(node.content))
        if entry is None:
            entry = self._programs[id(node.content)] = (node.content, joined(self._inlines(node.content)))
        return run(entry[1], node.scopes)

    def blocks(self, node: BoundBlocks) -> str:
        """Blocks of a text with the values of a variant."""
        entry = self._programs.get(id(node.blocks))
        if entry is None:
            entry = self._programs[id(node.blocks)] = (node.blocks, joined(self._blocks(node.blocks)))
        return run(entry[1], node.scopes)

    # Blocks

    def _blocks(self, blocks: Sequence[Block]) -> list[str | Step]:
        pieces: list[str | Step] = []
        for parting, group in groupby(blocks, lambda block: not isinstance(block, (Section, ItemList))):
            together = tuple(group)
            if not parting and any(map(_holds_list, together)):
                pieces += self._lists(together)
            else:
                pieces += [piece for block in together for piece in self._block(block)]
        return pieces

    def _lists(self, blocks: Sequence[Block]) -> list[str | Step]:
        """Lists and sections with nothing else between them."""
        printer, lang = self._printer, self._lang
        last = max((i for i, block in enumerate(blocks, 1) if _may_join(block)), default=0)
        joining, pieces = blocks[:last], [piece for block in blocks[last:] for piece in self._block(block)]
        if not joining:
            return pieces
        if all(map(_is_listed, joining)):
            return [self._list(joining), *pieces]
        # Which lists come to stand side by side is known only when sections are shown or not.
        return [lambda scopes: printer.blocks(fill_blocks(joining, scopes, lang)), *pieces]

    def _block(self, node: Block) -> list[str | Step]:
        printer, lang = self._printer, self._lang
        match node:
            case Paragraph(content):
                return _within(printer.paragraph, self._inlines(content))
            case DisplayMath(body):
                return printer.display_math(body)
            case Table(_, header, rows):
                frame = printer.frame(node)
                top = [] if header is None else self._row(header, frame.header)
                return [frame.head, *top, frame.body, *self._rows(rows, frame.row), frame.foot]
            case FigureHole(path, alt):
                scene = reach(path)
                return [
                    lambda scopes: printer.figure(
                        scene(scopes), lambda: plain_text(fill_inlines(alt, scopes, lang), lang)
                    )
                ]
            case Section(_, _, content):
                return [repeated(node, joined(self._blocks(content)))]
            case _:
                return [printer.blocks((node,))]

    def _list(self, lists: Sequence[Block]) -> Step:
        """Lists side by side, as one; a label `#` is the item's number."""
        items, listed = self._items(lists), self._printer.listed

        def step(scopes: Scopes) -> str:
            shown: list[tuple[str, str]] = []
            _gather(items, scopes, shown)
            return listed([(_label(label, n), text) for n, (label, text) in enumerate(shown, 1)]) if shown else ""

        return step

    def _items(self, nodes: Sequence[Any]) -> list[ItemProgram | ListSection]:
        items: list[ItemProgram | ListSection] = []
        for node in nodes:
            match node:
                case Section(_, _, content):
                    items.append(ListSection(node, self._items(content)))
                case ItemList(inside):
                    items += self._items(inside)
                case ListItem(label, content):
                    items.append(ItemProgram(label, joined(self._blocks(content))))
        return items

    def _rows(self, rows: Sequence[Any], around: Sequence[str]) -> list[str | Step]:
        pieces: list[str | Step] = []
        for row in rows:
            if isinstance(row, Section):
                pieces.append(repeated(row, joined(self._rows(row.content, around))))
            elif isinstance(row, Shared):
                pieces += self._rows(row.content, around)
            else:
                pieces += self._row(row, around)
        return pieces

    def _row(self, row: TableRow, around: Sequence[str]) -> list[str | Step]:
        pieces: list[str | Step] = []
        for before, cell in zip(around[:-1], row.cells, strict=True):
            pieces += [before, *self._inlines(cell)]
        return [*pieces, around[-1]]

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
                return printer.inline_math(body, tall)
            case Section():
                return [repeated(node, joined(self._inlines(node.content)))]
            case Plural(path, forms):
                count = reach(path)
                return [lambda scopes: printer.inlines((Text(plural(count(scopes), forms, lang)),))]
            case Emphasis(content):
                return _within(printer.emphasis, self._inlines(content))
            case Strong(content):
                return _within(printer.strong, self._inlines(content))
            case _:
                return [lambda scopes: printer.inlines(fill_inlines((node,), scopes, lang))]

    def _shown(self, path: str, spec: tuple[str, ...]) -> Step:
        write, printer = self._printer.value_math(spec), self._printer
        return showing(path, lambda value: printer.inlines((Text(value),)) if isinstance(value, str) else write(value))


# --- values -------------------------------------------------------------------------------------------------------


class Notation(Protocol[T]):
    """How formulas are written: `T` is a printed formula, with whatever its neighbours must know of it."""

    def number(self, node: Math) -> T: ...
    def row_list(self, cells: Sequence[T]) -> T: ...
    def matrix(self, rows: Sequence[Sequence[T]]) -> T: ...


class Values(Generic[T]):
    """Prints values as `value_node` would have them printed; what comes again is remembered."""

    def __init__(self, notation: Notation[T], lang: str) -> None:
        self._notation, self._lang = notation, lang
        self._formula = remembering(2**12, self._set)
        self._source = lru_cache(2**12)(lambda source: notation.number(parse(source)))
        self.writer = lru_cache(None)(self._writer)

    def _set(self, formula: Formula) -> T:
        return self._notation.number(formula_node(formula, self._lang))

    def _writer(self, spec: tuple[str, ...]) -> Callable[[Any], T]:
        notation, lang, column = self._notation, self._lang, "col" in spec

        def other(value: Any) -> T:
            kind = type(value)
            if kind is tuple and value:
                if isinstance(value[0], tuple):
                    return notation.matrix([[write(cell) for cell in row] for row in value])
                if column:
                    return notation.matrix([[write(cell)] for cell in value])
                return notation.row_list([write(cell) for cell in value])
            if kind is Formula:
                return self._formula(value)
            if kind is str:
                return self._source(value)
            return notation.number(value_node(value, spec, lang))

        write = number_writer(spec, notation.number, other)
        return write


class _Remembered(dict[K, T]):
    """What `make` makes, looked up as fast as in any dictionary; all is forgotten when it is too much."""

    def __init__(self, make: Callable[[K], T]) -> None:
        self._make = make

    def __missing__(self, key: K) -> T:
        if len(self) >= REMEMBERED:
            self.clear()
        made = self[key] = self._make(key)
        return made


def number_writer(spec: tuple[str, ...], make: Callable[[Math], T], other: Callable[[Any], T]) -> Callable[[Any], T]:
    """What prints a number written as a hole says: `make` prints it as mathematics, `other` what is no number."""

    def made(value: Scalar) -> T:
        return make(scalar_node(value, spec))

    whole, floats = _Remembered[int, T](made), _Remembered[float, T](made)
    ratios = _Remembered[tuple[int, int], T](lambda pair: made(Rational(*pair)))  # fractions are slow to hash

    def write(value: Any) -> T:
        kind = type(value)
        if kind is int:
            return whole[value]
        if kind is Rational:
            return ratios[value.as_integer_ratio()]
        return floats[value] if kind is float else other(value)

    return write


def base_writer(spec: tuple[str, ...], lang: str, make: Callable[[Math], T]) -> Callable[[Any], T]:
    """What prints a value that carries scripts; `make` prints what it has become as a base."""
    return number_writer(spec, make, lambda value: make(value_node(value, spec, lang)))


def grid_rows(
    node: Grid, cell: Callable[[int, Math], Sequence[str | Step]]
) -> Callable[[Scopes], list[list[str]]] | None:
    """The printed cells of a grid, row by row, from the pieces of each cell (by column); None where sections of rows
    stand in one another."""
    rows: list[tuple[Section[Any] | None, list[list[Program]]]] = []
    for row in node.rows:
        section, inside = (row, row.content) if isinstance(row, Section) else (None, (row,))
        if any(isinstance(inner, Section) for inner in inside):
            return None
        rows.append((section, [[joined(cell(i, body)) for i, body in enumerate(cells)] for cells in inside]))

    def printed(scopes: Scopes) -> list[list[str]]:
        shown = []
        for section, group in rows:
            for inner in (scopes,) if section is None else rounds(section, scopes):
                shown += [[run(program, inner) for program in cells] for cells in group]
        return shown

    return printed


def list_mark(lang: str) -> Operator:
    """What stands between the numbers of a list."""
    return Operator(";" if lang == "ru" else ",")


def repeated(section: Section[Any], program: Program) -> Step:
    """A program as often as its section is shown."""
    get, inverted = reach(section.path), section.inverted

    def step(scopes: Scopes) -> str:
        value = get(scopes)
        if isinstance(value, tuple) and not inverted:
            return "".join([run(program, inner) for inner in repetitions(value, scopes)])
        return run(program, scopes) if bool(value) is not inverted else ""

    return step


def _within(around: tuple[str, str], content: Sequence[str | Step]) -> list[str | Step]:
    return [around[0], *content, around[1]]


def _label(label: str, number: int) -> str:
    return f"{number}." if label == "#" else label


def _is_listed(block: Block) -> bool:
    """Whether a block is a list, or a section of nothing but lists."""
    return isinstance(block, ItemList) or (isinstance(block, Section) and all(map(_is_listed, block.content)))


def _holds_list(block: Block) -> bool:
    return isinstance(block, ItemList) or (isinstance(block, Section) and any(map(_holds_list, block.content)))


def _may_join(block: Block) -> bool:
    """Whether a block may begin with a list, which would be one with a list before it."""
    if not isinstance(block, Section):
        return isinstance(block, ItemList)
    for inner in block.content:
        if not isinstance(inner, Section):
            return isinstance(inner, ItemList)
        if _may_join(inner):
            return True
    return False


def _gather(items: Sequence[ItemProgram | ListSection], scopes: Scopes, shown: list[tuple[str, str]]) -> None:
    """Appends label and text of every item that is shown."""
    for entry in items:
        if isinstance(entry, ItemProgram):
            shown.append((entry.label, run(entry.content, scopes)))
        else:
            for inner in rounds(entry.section, scopes):
                _gather(entry.items, inner, shown)


def joined(pieces: Sequence[str | Step]) -> Program:
    """Pieces with neighbouring strings joined."""
    out: list[str | Step] = []
    for piece in pieces:
        if out and isinstance(piece, str) and isinstance(out[-1], str):
            out[-1] += piece
        else:
            out.append(piece)
    return tuple(out)
