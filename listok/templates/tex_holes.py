"""Formulas with holes as TeX: compiled to literal strings with steps between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from listok.templates.fill import fill_math
from listok.templates.holes import (
    Step,
    Values,
    base_writer,
    grid_rows,
    joined,
    list_mark,
    repeated,
    run,
)
from listok.templates.mathparse import is_fixed
from listok.templates.mathtree import Fenced, Fraction, Grid, Hole, Math, Row, Script, Section
from listok.templates.paths import showing


class Leaves(Protocol):
    """What the printer of filled formulas does for the compiler."""

    def formula(self, node: Math) -> str: ...
    def base(self, node: Math, raised: bool) -> str: ...
    def fenced(self, left: str, body: str, right: str) -> str: ...
    def grid(self, kind: str, rows: Sequence[Sequence[str]]) -> str: ...


class TexFormulas:
    """Compiles formulas in one language; `writer` gives what prints a value written as a hole says."""

    def __init__(self, printer: Leaves, lang: str) -> None:
        self._printer, self._lang = printer, lang
        self._mark = printer.formula(list_mark(lang))
        self.writer = Values(self, lang).writer

    def number(self, node: Math) -> str:
        """A value that has become a formula."""
        return self._printer.formula(node)

    def row_list(self, cells: Sequence[str]) -> str:
        """Printed values as a list on the line."""
        return self._printer.fenced("(", self._mark.join(cells), ")")

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        """Printed values as a matrix."""
        return self._printer.grid("matrix", rows)

    def pieces(self, node: Math) -> list[str | Step]:
        """A formula as strings and steps."""
        printer, lang = self._printer, self._lang
        if is_fixed(node):
            return [printer.formula(node)]
        match node:
            case Hole(path, spec):
                return [showing(path, self.writer(spec))]
            case Row(items):
                return [piece for item in items for piece in self.pieces(item)]
            case Section():
                return [repeated(node, joined([piece for item in node.content for piece in self.pieces(item)]))]
            case Fraction(top, bottom):
                return ["\\frac{", *self.pieces(top), "}{", *self.pieces(bottom), "}"]
            case Fenced(left, body, right):
                inside = joined(self.pieces(body))
                return [lambda scopes: printer.fenced(left, run(inside, scopes), right)]
            case Script(base, sub, sup):
                pieces = [self._base(base, sup is not None)]
                pieces += [] if sub is None else ["_{", *self.pieces(sub), "}"]
                pieces += [] if sup is None else ["^{", *self.pieces(sup), "}"]
                return pieces
            case Grid(kind):
                rows = grid_rows(node, lambda _, cell: self.pieces(cell))
                if rows is not None:
                    return [lambda scopes: printer.grid(kind, rows(scopes))]
                return [lambda scopes: printer.formula(fill_math(node, scopes, lang))]
            case _:
                return [lambda scopes: printer.formula(fill_math(node, scopes, lang))]

    def _base(self, base: Math, raised: bool) -> str | Step:
        printer, lang = self._printer, self._lang
        if is_fixed(base):
            return printer.base(base, raised)
        if not isinstance(base, Hole):
            return lambda scopes: printer.base(fill_math(base, scopes, lang), raised)
        return showing(base.path, base_writer(base.spec, lang, lambda node: printer.base(node, raised)))
