"""Texts with holes as LaTeX, compiled once and run for each variant.

Every student of a class gets the same sentences with other numbers. So the first time a text is printed it is turned
into literal strings with steps between them, and a step prints the value that stands in its hole. The result is what
filling the nodes and printing them gives; nodes that are rarely met around holes are just filled and printed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from fractions import Fraction as Rational
from typing import Any, Protocol, TypeAlias

from listok.generators.formulas import Formula
from listok.templates.doctree import (
    Bound,
    BoundBlock,
    Code,
    DisplayMath,
    Inline,
    InlineMath,
    Paragraph,
    Table,
    TableRow,
    Text,
)
from listok.templates.fill import Scopes, fill_inlines, fill_math, formula_node, lookup, rounds, value_node
from listok.templates.mathparse import is_fixed, parse
from listok.templates.mathtree import Fenced, Fraction, Grid, Hole, Math, Operator, Row, Script, Section, Shared

Step: TypeAlias = Callable[[Scopes], str]
Program: TypeAlias = tuple[str | Step, ...]


class Leaves(Protocol):
    """What the printer of filled nodes does for the compiler."""

    def formula(self, node: Math) -> str: ...
    def inlines(self, nodes: Sequence[Inline]) -> str: ...
    def base(self, node: Math, raised: bool) -> str: ...
    def fenced(self, left: str, body: str, right: str) -> str: ...
    def frame(self, node: Table) -> tuple[str, str, str, str]: ...
    def grid(self, kind: str, rows: Sequence[Sequence[str]]) -> str: ...


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
        self._exact = functools.lru_cache(2**16)(self._exact_once)
        self._formula = functools.lru_cache(2**12)(lambda source: printer.formula(formula_node(source, lang)))
        self._source = functools.lru_cache(2**12)(lambda source: printer.formula(parse(source)))

    def inlines(self, node: Bound) -> str:
        """The inlines of a text with the values of a variant."""
        entry = self._programs.get(id(node.content))
        if entry is None:
            entry = self._programs[id(node.content)] = (node.content, _joined(self._inlines(node.content)))
        return run(entry[1], node.scopes)

    def block(self, node: BoundBlock) -> str:
        """A block of a text with the values of a variant."""
        entry = self._programs.get(id(node.block))
        if entry is None:
            entry = self._programs[id(node.block)] = (node.block, _joined(self._block(node.block)))
        return run(entry[1], node.scopes)

    # Values

    def value(self, value: Any, spec: Sequence[str]) -> str:
        """A value as `value_node` would have it printed."""
        kind = type(value)
        if kind is int:
            return self._exact(value, 1, spec)
        if kind is Rational:
            return self._exact(*value.as_integer_ratio(), spec)
        if kind is tuple and value and "col" not in spec:
            if isinstance(value[0], tuple):
                return self._printer.grid("matrix", [[self.value(cell, spec) for cell in row] for row in value])
            inner = tuple([s for s in spec if s != "row"]) if spec else spec
            cells = self._mark.join([self.value(cell, inner) for cell in value])
            return self._printer.fenced("(", cells, ")")
        if kind is Formula:
            return self._formula(value.source)
        if kind is str:
            return self._source(value)
        return self._printer.formula(value_node(value, spec, self._lang))

    def _exact_once(self, top: int, bottom: int, spec: Sequence[str]) -> str:
        value = top if bottom == 1 else Rational(top, bottom)
        return self._printer.formula(value_node(value, spec, self._lang))

    # Programs

    def _block(self, node: Paragraph | DisplayMath | Table) -> list[str | Step]:
        match node:
            case Paragraph(content):
                return [*self._inlines(content), "\n\n"]
            case DisplayMath(body):
                return ["\\[", *self._math(body), "\\]\n"]
            case Table(_, header, rows):
                head, after_header, after_row, foot = self._printer.frame(node)
                pieces: list[str | Step] = [head]
                if header is not None:
                    pieces += [*self._row(header), after_header]
                return [*pieces, *self._rows(rows, after_row), foot]

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

    def _inlines(self, nodes: Sequence[Inline]) -> list[str | Step]:
        return [piece for node in nodes for piece in self._inline(node)]

    def _inline(self, node: Inline) -> list[str | Step]:
        printer, lang = self._printer, self._lang
        match node:
            case Text() | Code() | Shared():
                return [printer.inlines((node,))]
            case Hole(path, spec):
                return [functools.partial(self._shown, path, spec)]
            case InlineMath(body):
                return ["$", *self._math(body), "$"]
            case Section():
                return [_repeated(node, _joined(self._inlines(node.content)))]
            case _:
                return [lambda scopes: printer.inlines(fill_inlines((node,), scopes, lang))]

    def _shown(self, path: str, spec: Sequence[str], scopes: Scopes) -> str:
        value = lookup(path, scopes)
        return self._printer.inlines((Text(value),)) if isinstance(value, str) else f"${self.value(value, spec)}$"

    def _math(self, node: Math) -> list[str | Step]:
        printer, lang = self._printer, self._lang
        if is_fixed(node):
            return [printer.formula(node)]
        match node:
            case Hole(path, spec):
                return [lambda scopes: self.value(lookup(path, scopes), spec)]
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


def _repeated(section: Section[Any], program: Program) -> Step:
    return lambda scopes: "".join([run(program, inner) for inner in rounds(section, scopes)])


def _joined(pieces: Sequence[str | Step]) -> Program:
    """The pieces with neighbouring strings joined."""
    out: list[str | Step] = []
    for piece in pieces:
        if out and isinstance(piece, str) and isinstance(out[-1], str):
            out[-1] += piece
        else:
            out.append(piece)
    return tuple(out)
