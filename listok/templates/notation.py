"""Formulas in any notation: one walk prints what has no holes, compiles what has, and prints the values in them.

A notation says how each construct is written, given its printed parts. What has no holes is printed once; for each
variant only the constructs around holes are put together again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, assert_never

from listok.generators.exact import Fraction as Rational
from listok.generators.formulas import Formula
from listok.generators.values import Scalar, leaves
from listok.templates.formula_tree import formula_node
from listok.templates.mathparse import is_fixed, parse
from listok.templates.mathtree import (
    Accent,
    AccentKind,
    Brace,
    Delimiter,
    Fenced,
    Fraction,
    Function,
    Grid,
    GridKind,
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
)
from listok.templates.paths import Scopes, repeating, showing
from listok.templates.rounding import is_equality, rounding, sides
from listok.templates.specs import one_form, scalar_node

K = TypeVar("K")
T = TypeVar("T")
Leaf: TypeAlias = Num | Symbol | Operator | Function | Words | Space
PutScripts: TypeAlias = Callable[[T | None, T | None], T]

REMEMBERED = 2**14
"""How many numbers of a kind a writer remembers."""


class Notation(Protocol[T]):
    """How formulas are written: `T` is a printed formula, with whatever its neighbours must know of it.

    Rows are put together piece by piece: a row of rows is the row of all their parts.
    """

    def leaf(self, node: Leaf) -> T: ...
    def row(self, parts: Sequence[T]) -> T: ...
    def fraction(self, top: T, bottom: T) -> T: ...
    def root(self, body: T) -> T: ...
    def fenced(self, left: Delimiter, body: T, right: Delimiter) -> T: ...
    def grid(self, kind: GridKind, rows: Sequence[Sequence[T]]) -> T: ...
    def accent(self, kind: AccentKind, body: T) -> T: ...
    def brace(self, body: T, note: T) -> T: ...

    def script(self, base: Math, raised: bool) -> PutScripts[T]:
        """What puts an index and a power (`raised`: there is one) on a base; how depends on what the base is."""
        ...


def printed(node: Math, notation: Notation[T]) -> T:
    """A formula without holes; raises `UnfilledError` where there is one."""
    match node:
        case Num() | Symbol() | Operator() | Function() | Words() | Space():
            return notation.leaf(node)
        case Row(items):
            return notation.row([printed(item, notation) for item in items])
        case Script(base, sub, sup):
            below = None if sub is None else printed(sub, notation)
            above = None if sup is None else printed(sup, notation)
            return notation.script(base, sup is not None)(below, above)
        case Grid(kind, rows):
            cells: list[list[T]] = []
            for row in rows:
                if isinstance(row, Section):
                    raise UnfilledError(row.path)
                cells.append([printed(cell, notation) for cell in row])
            return notation.grid(kind, cells)
        case Fraction(top, bottom):
            return notation.fraction(printed(top, notation), printed(bottom, notation))
        case Fenced(left, body, right):
            return notation.fenced(left, printed(body, notation), right)
        case Root(body):
            return notation.root(printed(body, notation))
        case Accent(accent, body):
            return notation.accent(accent, printed(body, notation))
        case Brace(body, note):
            return notation.brace(printed(body, notation), printed(note, notation))
        case Hole() | Section():
            raise UnfilledError(node.path)
        case _:
            assert_never(node)


class Formulas(Generic[T]):
    """Compiles formulas with holes, and prints values, in one notation and language."""

    def __init__(self, notation: Notation[T], lang: str) -> None:
        self._notation, self._lang = notation, lang
        self._mark = notation.leaf(Operator(";" if lang == "ru" else ","))
        self._formula = functools.lru_cache(2**12)(lambda formula: printed(formula_node(formula, lang), notation))
        self._source = functools.lru_cache(2**12)(lambda source: printed(parse(source), notation))
        self.writer = functools.cache(self._writer)

    def step(self, node: Math) -> Callable[[Scopes], T]:
        """What prints a formula for the values of a variant."""
        notation = self._notation
        if is_fixed(node):
            fixed = printed(node, notation)
            return lambda scopes: fixed
        match node:
            case Hole(path, spec):
                return showing(path, self.writer(spec))
            case Row(items):
                return self._row(items)
            case Section():
                return self._row((node,))
            case Script():
                return self._script(node)
            case Grid():
                return self._grid(node)
            case Fraction():
                top, bottom = self.step(node.top), self.step(node.bottom)
                return lambda scopes: notation.fraction(top(scopes), bottom(scopes))
            case Fenced(left, _, right):
                body = self.step(node.body)
                return lambda scopes: notation.fenced(left, body(scopes), right)
            case Root():
                body = self.step(node.body)
                return lambda scopes: notation.root(body(scopes))
            case Accent(kind):
                body = self.step(node.body)
                return lambda scopes: notation.accent(kind, body(scopes))
            case Brace():
                body, note = self.step(node.body), self.step(node.note)
                return lambda scopes: notation.brace(body(scopes), note(scopes))
            case _:
                raise AssertionError(f"{type(node).__name__} cannot hold a hole")

    def _row(self, items: Sequence[Math]) -> Callable[[Scopes], T]:
        row = self._notation.row
        steps: list[Callable[[Scopes], T]] = []
        fixed: list[Math] = []

        def put_together() -> None:
            if fixed:
                steps.append(self.step(fixed[0] if len(fixed) == 1 else Row(tuple(fixed))))
                fixed.clear()

        opened = _opened(items)
        for index, item in enumerate(opened):
            if is_equality(item) and not is_fixed(around := sides(opened, index)):
                put_together()
                steps.append(self._equality(rounding(around.items)))
            elif is_fixed(item):
                fixed.append(item)
            else:
                put_together()
                steps.append(self._section(item) if isinstance(item, Section) else self.step(item))
        put_together()
        return lambda scopes: row([step(scopes) for step in steps])

    def _equality(self, rounded: Callable[[Scopes], bool]) -> Callable[[Scopes], T]:
        """``=``, or ≈ where a number beside it was rounded."""
        exact, near = self._notation.leaf(Operator("=")), self._notation.leaf(Operator("approx"))
        return lambda scopes: near if rounded(scopes) else exact

    def _section(self, section: Section[Math]) -> Callable[[Scopes], T]:
        row, content, rounds = self._notation.row, self._row(section.content), repeating(section)
        return lambda scopes: row([content(inner) for inner in rounds(scopes)])

    def _script(self, node: Script) -> Callable[[Scopes], T]:
        script, raised = self._notation.script, node.sup is not None
        sub = _nothing if node.sub is None else self.step(node.sub)
        sup = _nothing if node.sup is None else self.step(node.sup)
        if is_fixed(node.base):
            put = script(node.base, raised)
            return lambda scopes: put(sub(scopes), sup(scopes))
        base = trees(self._lang).step(node.base)
        return lambda scopes: script(base(scopes), raised)(sub(scopes), sup(scopes))

    def _grid(self, node: Grid) -> Callable[[Scopes], T]:
        grid, kind = self._notation.grid, node.kind
        groups: list[tuple[Callable[[Scopes], Sequence[Scopes]], list[list[Callable[[Scopes], T]]]]] = []
        for row in node.rows:
            rounds, rows = (repeating(row), row.content) if isinstance(row, Section) else (_once, (row,))
            groups.append((rounds, [[self.step(cell) for cell in cells] for cells in rows]))

        def step(scopes: Scopes) -> T:
            shown = []
            for rounds, rows in groups:
                for inner in rounds(scopes):
                    shown += [[cell(inner) for cell in cells] for cells in rows]
            return grid(kind, shown)

        return step

    # Values

    def _writer(self, spec: tuple[str, ...]) -> Callable[[Any], T]:
        """What prints a value written as a hole says: a number, a list or column, a matrix, a formula, or a string of
        the LaTeX subset."""
        notation, column = self._notation, "col" in spec
        if "alike" in spec:
            others = tuple(word for word in spec if word != "alike")
            return lambda value: self.writer((one_form(leaves(value)), *others))(value)

        def other(value: Any) -> T:
            if isinstance(value, tuple):
                if value and isinstance(value[0], tuple):
                    return notation.grid("matrix", [[write(cell) for cell in row] for row in value])
                cells = [write(item) for item in value]
                return notation.grid("matrix", [[cell] for cell in cells]) if column else self._list(cells)
            if isinstance(value, Formula):
                return self._formula(value)
            if isinstance(value, str):
                return self._source(value)
            return made(value)

        def made(value: Scalar) -> T:
            return printed(scalar_node(value, spec), notation)

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

    def _list(self, cells: Sequence[T]) -> T:
        """``(1; 2,5)`` in Russian, ``(1, 2.5)`` in English."""
        items = [self._mark] * (2 * len(cells) - 1)
        items[::2] = cells
        return self._notation.fenced("(", self._notation.row(items), ")")


class _Remembered(dict[K, T]):
    """What `make` makes, looked up as fast as in any dictionary; all is forgotten when it is too much."""

    def __init__(self, make: Callable[[K], T]) -> None:
        self._make = make

    def __missing__(self, key: K) -> T:
        if len(self) >= REMEMBERED:
            self.clear()
        made = self[key] = self._make(key)
        return made


class Trees:
    """The notation whose formulas are trees themselves: holes are filled, and nothing is printed."""

    def leaf(self, node: Leaf) -> Math:
        return node

    def row(self, parts: Sequence[Math]) -> Math:
        return Row(tuple(parts))

    def fraction(self, top: Math, bottom: Math) -> Math:
        return Fraction(top, bottom)

    def root(self, body: Math) -> Math:
        return Root(body)

    def fenced(self, left: Delimiter, body: Math, right: Delimiter) -> Math:
        return Fenced(left, body, right)

    def grid(self, kind: GridKind, rows: Sequence[Sequence[Math]]) -> Math:
        return Grid(kind, tuple(map(tuple, rows)))

    def accent(self, kind: AccentKind, body: Math) -> Math:
        return Accent(kind, body)

    def brace(self, body: Math, note: Math) -> Math:
        return Brace(body, note)

    def script(self, base: Math, raised: bool) -> PutScripts[Math]:
        return functools.partial(Script, base)


@functools.cache
def trees(lang: str) -> Formulas[Math]:
    """What fills formulas with the values of a variant."""
    return Formulas(Trees(), lang)


def value_node(value: Any, spec: tuple[str, ...], lang: str) -> Math:
    """A value as a formula, written as a hole says."""
    return trees(lang).writer(spec)(value)


def _opened(items: Sequence[Math]) -> list[Math]:
    """The items of a row with rows inside it opened up."""
    return [leaf for item in items for leaf in (_opened(item.items) if isinstance(item, Row) else (item,))]


def _once(scopes: Scopes) -> Sequence[Scopes]:
    return (scopes,)


def _nothing(scopes: Scopes) -> None:
    return None
