"""Formulas with holes as MathML: compiled to elements of rows and steps that print the values between them.

What stands round an element depends on its neighbours: a minus is a sign or an operation by what comes before it, a
function's name is parted from what it is applied to. So an element carries what its neighbours must know, and rows
are put together of such elements, whether they were printed once and for all or just now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeAlias

from msgspec import Struct

from listok.generators.exact import Fraction as Rational
from listok.templates.fill import fill_math
from listok.templates.holes import (
    Step,
    Values,
    base_writer,
    grid_rows,
    joined,
    list_mark,
    run,
)
from listok.templates.mathparse import is_fixed
from listok.templates.mathtree import (
    LIMITS,
    Fenced,
    Fraction,
    Function,
    Grid,
    Hole,
    Math,
    Operator,
    Root,
    Row,
    Script,
    Section,
    atom,
)
from listok.templates.paths import Scopes, reach, rounds, showing

SPACE = '<mspace width="0.17em"/>'
"""What parts a function's name from the factor before it, or from an argument without brackets."""

_NUMBERS = frozenset([int, Rational, float])
_APPLY = "<mo>&#x2061;</mo>"


class Chunk(Struct, frozen=True):
    """Printed elements side by side, and what their neighbours in a row must know of them.

    `text` is how they stand at the start of a row or after a sign, `after` how they stand after an operand (a letter,
    a number, a closing bracket); `size` counts them. `opens`: they start with a bracket; `operand`: they end with an
    operand; `function`: they end with the name of a function.
    """

    text: str
    after: str
    size: int = 1
    opens: bool = False
    operand: bool = True
    function: bool = False


_NOTHING = Chunk("", "", 0, operand=False)
ChunkStep: TypeAlias = Callable[[Scopes], Chunk]
RowPieces: TypeAlias = list[Chunk | ChunkStep]


def in_a_row(chunks: Iterable[Chunk]) -> Chunk:
    """Chunks side by side, with the spaces round function names that MathML leaves to the author."""
    present = [chunk for chunk in chunks if chunk.size]
    if len(present) < 2:
        return present[0] if present else _NOTHING
    first = last = present[0]
    size, rest = first.size, []
    for chunk in present[1:]:
        if last.function:
            rest.append(_APPLY if chunk.opens else _APPLY + SPACE)
        rest.append(chunk.after if last.operand else chunk.text)
        size += chunk.size
        last = chunk
    tail = "".join(rest)
    text = first.text + tail
    after = text if first.after is first.text else first.after + tail
    return Chunk(text, after, size, first.opens, last.operand, last.function)


def element(chunk: Chunk) -> str:
    """A row as exactly one element, which is what scripts and fractions count."""
    return chunk.text if chunk.size == 1 else f"<mrow>{chunk.text}</mrow>"


def chunk_of(node: Math, text: str, after: str) -> Chunk:
    """One printed element as its neighbours know it; `after` is how it stands after an operand."""
    kind = atom(node)
    bracketed = isinstance(node, Fenced)
    if kind == "function":
        return Chunk(text, SPACE + after, 1, False, False, True)
    return Chunk(text, after, 1, bracketed or kind == "open", bracketed or kind in ("ordinary", "close"), False)


class Leaves(Protocol):
    """What the printer of filled formulas does for the compiler."""

    def chunk(self, node: Math) -> Chunk: ...
    def fenced(self, left: str, body: str, right: str) -> str: ...
    def grid(self, kind: str, rows: Sequence[Sequence[str]]) -> str: ...
    def base(self, node: Math, raised: bool) -> str: ...


class MathMLFormulas:
    """Compiles formulas in one language; `writer` gives what prints a value written as a hole says."""

    def __init__(self, printer: Leaves, lang: str) -> None:
        self._printer, self._lang = printer, lang
        self._mark = printer.chunk(list_mark(lang))
        self.writer = Values(self, lang).writer

    def number(self, node: Math) -> Chunk:
        """A value that has become a formula."""
        return self._printer.chunk(node)

    def row_list(self, cells: Sequence[Chunk]) -> Chunk:
        """Printed values as a list on the line."""
        items = [self._mark] * (2 * len(cells) - 1)
        items[::2] = cells
        text = self._printer.fenced("(", element(in_a_row(items)), ")")
        return Chunk(text, text, opens=True)

    def matrix(self, rows: Sequence[Sequence[Chunk]]) -> Chunk:
        """Printed values as a matrix."""
        text = self._printer.grid("matrix", [[cell.text for cell in row] for row in rows])
        return Chunk(text, text)

    def pieces(self, node: Math) -> list[str | Step]:
        """A formula as strings and steps that make one element."""
        if isinstance(node, (Fraction, Root, Grid)) and not is_fixed(node):
            return self._leaf(node)
        row = self._row(node)
        if len(row) == 1:
            (only,) = row
            return [element(only)] if isinstance(only, Chunk) else [lambda scopes: element(only(scopes))]
        return [lambda scopes: element(_printed(row, scopes))]

    def _inner(self, node: Math) -> list[str | Step]:
        """A formula as the elements of a row that stands round it."""
        row = self._row(node)
        if all(isinstance(piece, Chunk) for piece in row):
            return [_printed(row, ()).text]
        return [lambda scopes: _printed(row, scopes).text]

    def _row(self, node: Math) -> RowPieces:
        """What stands side by side, with neighbours that never change put together."""
        out: RowPieces = []
        for piece in self._items(node):
            if out and isinstance(piece, Chunk) and isinstance(out[-1], Chunk):
                out[-1] = in_a_row((out[-1], piece))
            else:
                out.append(piece)
        return out or [_NOTHING]

    def _items(self, node: Math) -> RowPieces:
        printer, lang = self._printer, self._lang
        if is_fixed(node):
            return [printer.chunk(node)]
        match node:
            case Hole(path, spec):
                return [showing(path, self.writer(spec))]
            case Row(items):
                return [piece for item in items for piece in self._items(item)]
            case Section(_, _, content):
                inside = self._row(Row(content))
                return [lambda scopes: in_a_row([_printed(inside, inner) for inner in rounds(node, scopes)])]
            case Script(Hole(path, spec)):
                return [self._power_of_hole(node, path, spec)]
            case Script(base) if not is_fixed(base):
                return [lambda scopes: printer.chunk(fill_math(node, scopes, lang))]
            case Fraction() | Root() | Grid() | Fenced() | Script():
                program = joined(self._leaf(node))
                like = chunk_of(node, "", "")
                space = like.after

                def step(scopes: Scopes) -> Chunk:
                    text = run(program, scopes)
                    after = space + text if space else text
                    return Chunk(text, after, 1, like.opens, like.operand, like.function)

                return [step]
            case _:
                return [lambda scopes: printer.chunk(fill_math(node, scopes, lang))]

    def _leaf(self, node: Fraction | Root | Grid | Fenced | Script) -> list[str | Step]:
        """A node that is one element, its parts compiled."""
        printer, lang = self._printer, self._lang
        match node:
            case Fraction(top, bottom):
                return ["<mfrac>", *self.pieces(top), *self.pieces(bottom), "</mfrac>"]
            case Root(body):
                return ["<msqrt>", *self.pieces(body), "</msqrt>"]
            case Fenced(left, body, right):
                inside = joined(self.pieces(body))
                return [lambda scopes: printer.fenced(left, run(inside, scopes), right)]
            case Grid(kind):
                rows = grid_rows(node, lambda _, cell: self._inner(cell))
                if rows is not None:
                    return [lambda scopes: printer.grid(kind, rows(scopes))]
                return [lambda scopes: printer.chunk(fill_math(node, scopes, lang)).text]
            case Script(base):
                return self._script(node, [printer.base(base, node.sup is not None)])

    def _script(self, node: Script, base: list[str | Step]) -> list[str | Step]:
        tag = script_tag(node)
        below = [] if node.sub is None else self.pieces(node.sub)
        above = [] if node.sup is None else self.pieces(node.sup)
        return [f"<{tag}>", *base, *below, *above, f"</{tag}>"]

    def _power_of_hole(self, node: Script, path: str, spec: tuple[str, ...]) -> ChunkStep:
        """A value with scripts: a number is an operand; anything else is filled in and printed."""
        printer, lang, get = self._printer, self._lang, reach(path)
        raised = node.sup is not None
        write = base_writer(spec, lang, lambda value: printer.base(value, raised))
        program = joined(self._script(node, [showing(path, write)]))

        def step(scopes: Scopes) -> Chunk:
            if type(get(scopes)) not in _NUMBERS:
                return printer.chunk(fill_math(node, scopes, lang))
            text = run(program, scopes)
            return Chunk(text, text)

        return step


def has_limits(base: Math) -> bool:
    """Whether scripts go under and over what they belong to."""
    name = base.name if isinstance(base, (Operator, Function)) else ""
    return name in ("sum", "prod") or name in LIMITS


def script_tag(node: Script) -> str:
    """The element that puts scripts on a base."""
    limits = has_limits(node.base)
    below = "" if node.sub is None else "under" if limits else "sub"
    above = "" if node.sup is None else "over" if limits else "sup"
    return f"m{below}{above}"


def _printed(row: Sequence[Any], scopes: Scopes) -> Chunk:
    return in_a_row([piece if type(piece) is Chunk else piece(scopes) for piece in row])
