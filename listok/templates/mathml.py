"""Formulas as MathML Core.

What stands round an element depends on its neighbours: a minus is a sign or an operation by what comes before it, a
function's name is parted from what it is applied to. So an element carries what its neighbours must know.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import assert_never

from msgspec import Struct

from listok.templates.mathtree import (
    LIMITS,
    SYMBOLS,
    AccentKind,
    Atom,
    Delimiter,
    Function,
    GridKind,
    Math,
    Num,
    Operator,
    Space,
    Symbol,
    Words,
    atom,
    needs_brackets,
    split_number,
)
from listok.templates.notation import Leaf, PutScripts, printed

_SPACE = '<mspace width="0.17em"/>'
"""What parts a function's name from the factor before it, or from an argument without brackets."""
_APPLY = "<mo>&#x2061;</mo>"
_ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~", "vec": "→", "dot": "˙"}
_SPACES = {"thin": "0.17em", "quad": "1em", "qquad": "2em"}


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


def in_a_row(chunks: Iterable[Chunk]) -> Chunk:
    """Chunks side by side, with the spaces round function names that MathML leaves to the author."""
    present = [chunk for chunk in chunks if chunk.size]
    if len(present) < 2:
        return present[0] if present else _NOTHING
    first = last = present[0]
    size, rest = first.size, []
    for chunk in present[1:]:
        if last.function:
            rest.append(_APPLY if chunk.opens else _APPLY + _SPACE)
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


class MathML:
    """The notation of MathML in one language: a printed formula is a `Chunk`."""

    def __init__(self, lang: str) -> None:
        self._mark = "," if lang == "ru" else "."

    def leaf(self, node: Leaf) -> Chunk:
        match node:
            case Num():
                text = self._number(node.text)
                return Chunk(text, text)
            case Symbol():
                text = _symbol(node.name)
                return Chunk(text, text)
            case Operator():
                return _chunk(atom(node), _operator(node.name, True), _operator(node.name, False))
            case Function():
                text = f"<mi>{escape(node.name)}</mi>"
            case Words():
                # MathML drops spaces at the ends of an element.
                words = node.text
                head, tail = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
                inner = escape(words.strip())
                text = f"<mtext>{'&#xA0;' * len(head)}{inner}{'&#xA0;' * len(tail) if inner else ''}</mtext>"
            case Space():
                text = f'<mspace width="{_SPACES[node.width]}"/>'
            case _:
                assert_never(node)
        return _chunk(atom(node), text, text)

    def _number(self, text: str) -> str:
        if "e" in text:
            digits, power = split_number(text)
            factor = f"<msup><mn>10</mn><mn>{_minus(power)}</mn></msup>"
            return f"<mrow>{self._number(digits)}<mo>⋅</mo>{factor}</mrow>"
        return f"<mn>{_minus(text).replace('.', self._mark)}</mn>"

    def row(self, parts: Sequence[Chunk]) -> Chunk:
        return in_a_row(parts)

    def fraction(self, top: Chunk, bottom: Chunk) -> Chunk:
        return _operand(f"<mfrac>{element(top)}{element(bottom)}</mfrac>")

    def root(self, body: Chunk) -> Chunk:
        return _operand(f"<msqrt>{element(body)}</msqrt>")

    def fenced(self, left: Delimiter, body: Chunk, right: Delimiter) -> Chunk:
        text = _fenced(left, element(body), right)
        return Chunk(text, text, opens=True)

    def grid(self, kind: GridKind, rows: Sequence[Sequence[Chunk]]) -> Chunk:
        lines = [f"<mtr>{''.join([_cell(kind, i, cell.text) for i, cell in enumerate(row)])}</mtr>" for row in rows]
        display = ' displaystyle="true"' if kind == "aligned" else ""
        table = f"<mtable{display}>{''.join(lines)}</mtable>"
        if kind == "matrix":
            table = _fenced("(", table, ")")
        elif kind == "cases":
            table = _fenced("{", table, "")
        return _operand(table)

    def accent(self, kind: AccentKind, body: Chunk) -> Chunk:
        stretch = "" if kind == "bar" else ' stretchy="false"'
        return _operand(f'<mover accent="true">{element(body)}<mo{stretch}>{_ACCENTS[kind]}</mo></mover>')

    def brace(self, body: Chunk, note: Chunk) -> Chunk:
        return _operand(f"<munder><munder>{element(body)}<mo>⏟</mo></munder>{element(note)}</munder>")

    def script(self, base: Math, raised: bool) -> PutScripts[Chunk]:
        kind, limits = atom(base), _has_limits(base)
        if limits and isinstance(base, Function):
            text = f'<mo movablelimits="true" lspace="0" rspace="0">{base.name}</mo>'
        else:
            text = element(printed(base, self))
            if raised and needs_brackets(base):
                text = _fenced("(", text, ")")

        def put(sub: Chunk | None, sup: Chunk | None) -> Chunk:
            below = "" if sub is None else "under" if limits else "sub"
            above = "" if sup is None else "over" if limits else "sup"
            scripts = "".join([element(each) for each in (sub, sup) if each is not None])
            whole = f"<m{below}{above}>{text}{scripts}</m{below}{above}>"
            return _chunk(kind, whole, whole)

        return put


def _operand(text: str) -> Chunk:
    return Chunk(text, text)


def _chunk(kind: Atom, text: str, after: str) -> Chunk:
    """One printed element as its neighbours know it; `after` is how it stands after an operand."""
    if kind == "function":
        return Chunk(text, _SPACE + after, 1, False, False, True)
    return Chunk(text, after, 1, kind == "open", kind in ("ordinary", "close"), False)


def _has_limits(base: Math) -> bool:
    """Whether scripts go under and over what they belong to."""
    name = base.name if isinstance(base, (Operator, Function)) else ""
    return name in ("sum", "prod") or name in LIMITS


_TALL = re.compile("<(mfrac|mtable|msqrt|munder|mover>)")


def _fenced(left: str, body: str, right: str) -> str:
    # Browsers keep room at the sides of brackets that may grow.
    grows = "true" if _TALL.search(body) else "false"
    return f"<mrow>{_fence(left, 'prefix', grows)}{body}{_fence(right, 'postfix', grows)}</mrow>"


def _fence(sign: str, form: str, grows: str) -> str:
    return f'<mo form="{form}" fence="true" stretchy="{grows}">{sign}</mo>' if sign else ""


def _cell(kind: str, column: int, body: str) -> str:
    if kind == "cases":
        return f'<mtd style="text-align:left">{body}</mtd>'
    if kind == "aligned":
        # Right and left columns meet at the relation, as in LaTeX.
        if column % 2 == 0:
            # Chromium moves what stands in a cell only by its own value; Firefox reads the first one.
            return f'<mtd style="text-align:right;text-align:-webkit-right;padding-right:0">{body}</mtd>'
        # An empty start makes the sign after it a relation between two sides.
        return f'<mtd style="text-align:left;padding-left:0"><mrow><mi></mi>{body}</mrow></mtd>'
    return f"<mtd>{body}</mtd>"


def _minus(text: str) -> str:
    return text.replace("-", "−")


@functools.cache
def _symbol(name: str) -> str:
    glyph = SYMBOLS.get(name)
    if glyph is None:
        return f"<mi>{name}</mi>"
    # Capital Greek is upright in LaTeX, as are the signs that are no letters at all.
    upright = name == "infty" or not glyph.unicode.isalpha() or (glyph.unicode.isupper() and len(name) > 1)
    if name == "prime" or name.endswith("dots"):
        return f"<mo>{glyph.unicode}</mo>"
    return f'<mi mathvariant="normal">{escape(glyph.unicode)}</mi>' if upright else f"<mi>{glyph.unicode}</mi>"


@functools.cache
def _operator(name: str, prefix: bool) -> str:
    glyph = SYMBOLS[name]
    sign = escape(glyph.unicode)
    match glyph.role:
        case "open" | "close":
            form = "postfix" if glyph.role == "close" else "prefix"
            return f'<mo form="{form}" stretchy="false">{sign}</mo>'
        case "operator":
            return f'<mo form="prefix">{sign}</mo>' if prefix and name in "+-" else f"<mo>{sign}</mo>"
        case "slash":
            return f'<mo lspace="0" rspace="0">{sign}</mo>'
        case "punctuation":
            return f'<mo lspace="0" rspace="0.17em">{sign}</mo>'
        case "relation":
            # A vertical bar or colon between two sides; the others stand in the browser's own dictionary.
            between = name in ("mid", "parallel", ":")
            return (
                f'<mo lspace="0.28em" rspace="0.28em" stretchy="false">{sign}</mo>' if between else f"<mo>{sign}</mo>"
            )
        case "arrow":
            return f'<mo stretchy="false">{sign}</mo>'
        case "big" | "letter":
            return f"<mo>{sign}</mo>"
        case _:
            assert_never(glyph.role)
