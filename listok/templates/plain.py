"""Documents printed as plain Unicode text for a terminal, at most `WIDTH` columns wide where lines can be broken."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, assert_never

from listok.templates.doctree import (
    AnswerSlot,
    Block,
    Bound,
    BoundDisplay,
    Code,
    CodeBlock,
    DisplayMath,
    Emphasis,
    Figure,
    FigureHole,
    Heading,
    Inline,
    InlineMath,
    ItemList,
    Lang,
    Paragraph,
    Phrase,
    Plural,
    Rule,
    Strong,
    Table,
    Text,
    Together,
    Whole,
)
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
    needs_brackets,
    split_number,
)
from listok.templates.notation import trees
from listok.templates.phrases import Compiler, Setting, Step

WIDTH = 100
"""Columns of a paragraph."""

_SUPERSCRIPTS = dict(
    zip(
        "0123456789+−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW′",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ′",
        strict=True,
    )
)
_SUBSCRIPTS = dict(zip("0123456789+−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "vec": "\u20d7", "dot": "\u0307"}
_SPACES = {"thin": " ", "quad": "  ", "qquad": "    "}
# Signs set without spaces round them, though they are operations.
_TIGHT = frozenset(["/", "cdot", "circ"])
# Upper end, middle, lower end, inner line, and the form for one line.
_TALL = {
    sign: tuple(parts)
    for sign, parts in [
        ("(", "⎛⎜⎝⎜("),
        (")", "⎞⎟⎠⎟)"),
        ("[", "⎡⎢⎣⎢["),
        ("]", "⎤⎥⎦⎥]"),
        ("{", "⎧⎨⎩⎪{"),
        ("}", "⎫⎬⎭⎪}"),
        ("|", "│││││"),
    ]
}


class _Picture(NamedTuple):
    """Lines of equal length; the formula around goes on at the line `axis`."""

    lines: tuple[str, ...]
    axis: int


class Printer:
    """Prints filled documents in one language.

    Spaces in a formula depend on its neighbours at both sides, and brackets on their number of lines: so its holes are
    filled first, and the whole is printed.
    """

    emphasis = strong = "", ""

    def __init__(self, lang: Lang) -> None:
        self.lang: Lang = lang
        self._mark = "," if lang == "ru" else "."
        self._compiler = Compiler(self)

    def math_step(self, node: Math, setting: Setting) -> Step:
        """What prints a formula with holes."""
        fill, write = trees(self.lang).step(node), self.display if setting == "display" else self.math
        return lambda scopes: write(fill(scopes))

    def value_writer(self, spec: tuple[str, ...]) -> Callable[[Any], str]:
        """What prints a value in a line, written as a hole says."""
        fill = trees(self.lang).writer(spec)
        return lambda value: self.math(fill(value))

    # Mathematics on one line

    def math(self, node: Math) -> str:
        """A formula on one line."""
        return self._items(flat(node), tight=False)

    def _items(self, items: Sequence[Math], tight: bool, left: Math | None = None, right: Math | None = None) -> str:
        """A row with spaces as its signs ask for, or none at all if `tight` (as in scripts).

        `left` and `right` are the neighbours of the row, if it is a piece of a longer one.
        """
        text = ""
        last = left
        before = None if left is None else _end(left)
        for item, following in zip(items, [*items, right][1:], strict=True):
            kind = atom(item)
            leaf = self._leaf(item, tight)
            if isinstance(item, Fraction) and (_multiplies(last, "close") or _multiplies(following, "open")):
                # 2 times a half is not 21/2, and a half of x or of (x + 1) is not 1/2x or 1/2(x + 1).
                leaf = f"({leaf})"
            if last is not None and not tight and not text.endswith(" ") and _apart(last, before, item):
                text += " "
            text += leaf
            operation = kind == "binary" and not is_prefix(before) and not _is_tight(item)
            if not tight and following is not None and (operation or kind in ("relation", "punctuation")):
                text += " "
            before = _end(item)
            last = item
        return text

    def _leaf(self, node: Math, tight: bool) -> str:
        match node:
            case Num():
                return self._number(node.text)
            case Symbol() | Operator():
                glyph = SYMBOLS.get(node.name)
                return glyph.unicode if glyph else node.name
            case Function():
                return node.name
            case Words():
                return node.text
            case Row():
                return self._items(flat(node), tight)
            case Fraction():
                return f"{self._factor(node.top)}/{self._factor(node.bottom)}"
            case Root():
                return f"√{self._factor(node.body)}"
            case Script():
                return self._script(node)
            case Fenced():
                return f"{node.left}{self._items(flat(node.body), tight)}{node.right}"
            case Grid():
                return self._grid(node)
            case Accent():
                body = self._items(flat(node.body), tight=True)
                return body + _ACCENTS[node.kind] if len(body) == 1 else f"{node.kind}({body})"
            case Brace():
                return f"{self._bracketed(node.body)} [{self.math(node.note)}]"
            case Space():
                return "" if tight else _SPACES[node.width]
            case Hole() | Section():
                raise UnfilledError(node.path)
            case _:
                assert_never(node)

    def _number(self, text: str) -> str:
        if "e" in text:
            digits, power = split_number(text)
            return f"{self._number(digits)}·10{_raised(power.replace('-', '−'))}"
        return text.replace("-", "−").replace(".", self._mark)

    def _bracketed(self, node: Math) -> str:
        return f"({self.math(node)})"

    def _factor(self, node: Math) -> str:
        """A part of a fraction or a root, bracketed unless it is one thing."""
        return self.math(node) if is_simple(node) else self._bracketed(node)

    def _script(self, node: Script) -> str:
        base = self._leaf(node.base, tight=not isinstance(node.base, Fenced))
        if (node.sup is not None and needs_brackets(node.base)) or (isinstance(node.base, Row) and len(base) > 1):
            base = self._bracketed(node.base)
        sub = "" if node.sub is None else _lowered(self._items(flat(node.sub), tight=True))
        sup = "" if node.sup is None else _raised(self._items(flat(node.sup), tight=True))
        return base + sub + sup

    def _rows(self, node: Grid) -> list[list[str]]:
        rows = []
        for row in node.rows:
            if isinstance(row, Section):
                raise UnfilledError(row.path)
            rows.append([self.math(cell) for cell in row])
        return rows

    def _grid(self, node: Grid) -> str:
        rows = self._rows(node)
        match node.kind:
            case "matrix":
                return f"({'; '.join([' '.join(row) for row in rows])})"
            case "plain":
                return "; ".join([" ".join(row) for row in rows])
            case "cases":
                return "{" + "; ".join([" ".join(row) for row in rows])
            case "aligned":
                return "; ".join([" ".join(row).strip() for row in rows])
            case _:
                assert_never(node.kind)

    # Mathematics on several lines

    def display(self, node: Math) -> str:
        """A formula on lines of its own, where matrices, cases and aligned equations take a line for each row."""
        pictures: list[_Picture] = []
        run: list[Math] = []
        left: Math | None = None
        for item in flat(node):
            tall = self._tall(item)
            if tall is None:
                run.append(item)
                continue
            if run:
                pictures.append(_line(self._items(run, False, left, item)))
                run = []
            pictures.append(tall)
            left = item
        if run:
            pictures.append(_line(self._items(run, False, left)))
        return "\n".join(line.rstrip() for line in _beside(pictures).lines)

    def _tall(self, node: Math) -> _Picture | None:
        """A node as a picture of several lines, or None if it goes on one line."""
        match node:
            case Grid():
                return self._tall_grid(node)
            case Fenced():
                body = [self._tall(item) for item in flat(node.body)]
                if len(body) == 1 and body[0] is not None:
                    return _fenced(node.left, body[0], node.right)
                return None
            case Script():
                base = self._tall(node.base) if node.sub is None and node.sup is not None else None
                if base is None or node.sup is None:
                    return None
                power = _raised(self._items(flat(node.sup), tight=True))
                lines = [line + (power if i == 0 else " " * len(power)) for i, line in enumerate(base.lines)]
                return _Picture(tuple(lines), base.axis)
            case _:
                return None

    def _tall_grid(self, node: Grid) -> _Picture:
        rows = self._rows(node)
        columns = max(map(len, rows))
        rows = [row + [""] * (columns - len(row)) for row in rows]
        widths = [max(_width(row[column]) for row in rows) for column in range(columns)]
        lines = []
        for row in rows:
            cells = []
            for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
                gap = " " * (width - _width(cell))
                left = node.kind == "cases" or (node.kind == "aligned" and column % 2)
                cells.append(cell + gap if left else gap + cell)
            lines.append((" " if node.kind == "aligned" else "  ").join(cells))
        picture = _Picture(tuple(lines), (len(lines) - 1) // 2)
        match node.kind:
            case "matrix":
                return _fenced("(", picture, ")")
            case "cases":
                return _fenced("{", picture, None)
            case _:
                return picture

    # Inlines

    def inlines(self, nodes: Sequence[Inline]) -> str:
        """Text with mathematics in it, on one line."""
        return "".join([self._inline(node) for node in nodes])

    def _inline(self, node: Inline) -> str:
        match node:
            case Text():
                return node.text
            case InlineMath():
                return self.math(node.body)
            case Bound():
                return self._compiler.phrase(node)
            case Emphasis() | Strong() | Phrase():
                return self.inlines(node.content)
            case Code():
                return node.text
            case Hole() | Section() | Plural():
                raise UnfilledError(node.path)
            case _:
                assert_never(node)

    # Blocks

    def blocks(self, nodes: Sequence[Block], width: int = WIDTH) -> str:
        """Blocks one under another with empty lines between, without one at the end."""
        return "\n\n".join([text for node in nodes if (text := self._block(node, width))])

    def _block(self, node: Block, width: int) -> str:
        match node:
            case Paragraph():
                return _wrapped(self.inlines(node.content), width)
            case DisplayMath():
                return textwrap.indent(self.display(node.body), "    ")
            case BoundDisplay():
                return textwrap.indent(self._compiler.display(node), "    ")
            case Heading():
                return self._heading(node)
            case ItemList():
                return self._list(node, width)
            case AnswerSlot():
                return _answer(node)
            case Table():
                return self._table(node)
            case Figure():
                return _wrapped(f"[{node.alt}]", width)
            case CodeBlock():
                return textwrap.indent(node.text.rstrip(), "    ")
            case Together() | Whole():
                return self.blocks(node.content, width)
            case Rule():
                return "─" * width
            case FigureHole() | Section():
                raise UnfilledError(node.path)
            case _:
                assert_never(node)

    def _heading(self, node: Heading) -> str:
        aside = self.inlines(node.aside)
        text = self.inlines(node.content) + (f"  ({aside})" if aside else "")
        underline = {1: "═", 2: "─", 3: ""}[node.level]
        return text + (f"\n{underline * min(_width(text), WIDTH)}" if underline else "")

    def _list(self, node: ItemList, width: int) -> str:
        parts = []
        for item in node.items:
            if isinstance(item, Section):
                raise UnfilledError(item.path)
            indent = " " * (len(item.label) + 1)
            body = textwrap.indent(self.blocks(item.content, width - len(indent)), indent)
            parts.append(f"{item.label} {body[len(indent) :]}")
        apart = any("\n\n" in part for part in parts)
        return ("\n\n" if apart else "\n").join(parts)

    def _table(self, node: Table) -> str:
        rows = []
        for row in node.rows:
            if isinstance(row, Section):
                raise UnfilledError(row.path)
            rows.append([self.inlines(cell) for cell in row.cells])
        if node.header is not None:
            rows.insert(0, [self.inlines(cell) for cell in node.header.cells])
        if not rows:
            return ""
        widths = [max(_width(row[column]) for row in rows) for column in range(len(node.align))]
        lines = []
        for texts in rows:
            cells = [_aligned(text, width, side) for text, width, side in zip(texts, widths, node.align, strict=True)]
            lines.append("  ".join(cells).rstrip())
        if node.header is not None:
            lines.insert(1, "  ".join("─" * width for width in widths))
        return "\n".join(lines)


def _end(node: Math) -> Atom:
    """What a node is to its neighbour on the right: a bracketed one ends with a closing bracket."""
    return "close" if isinstance(node, Fenced) else atom(node)


def _is_tight(node: Math) -> bool:
    return isinstance(node, Operator) and node.name in _TIGHT


def _multiplies(neighbour: Math | None, bracket: Atom) -> bool:
    """Whether a node standing next to a fraction is multiplied by it; `bracket` is the one that would face it."""
    if neighbour is None or isinstance(neighbour, (Words, Space)):
        return False
    return isinstance(neighbour, Fenced) or atom(neighbour) in ("ordinary", "function", bracket)


def _apart(last: Math, before: Atom | None, node: Math) -> bool:
    """Whether a space goes before a node; `before` is what the node before it, `last`, ends with."""
    kind = atom(node)
    if kind == "relation":
        return True
    if kind == "binary":
        return not is_prefix(before) and not _is_tight(node)
    if isinstance(last, Words) or isinstance(node, Words):
        return False
    if before == "function":
        return not (isinstance(node, Fenced) or kind == "open")
    if kind == "function":
        return before in ("ordinary", "close")
    # Digits after a letter or digit would be read as one name or number.
    return isinstance(node, Num) and before == "ordinary"


def _raised(text: str) -> str:
    if all(char in _SUPERSCRIPTS for char in text):
        return "".join([_SUPERSCRIPTS[char] for char in text])
    return f"^{text}" if len(text) == 1 else f"^({text})"


def _lowered(text: str) -> str:
    if all(char in _SUBSCRIPTS for char in text):
        return "".join([_SUBSCRIPTS[char] for char in text])
    return f"_{text}" if len(text) == 1 else f"_{{{text}}}"


def _width(text: str) -> int:
    """Columns that a text takes: accents stand over the letter before them."""
    return len(text) - sum(text.count(mark) for mark in _ACCENTS.values())


def _aligned(text: str, width: int, side: str) -> str:
    room = width - _width(text)
    before = {"l": 0, "c": room // 2, "r": room}[side]
    return " " * before + text + " " * (room - before)


def _line(text: str) -> _Picture:
    return _Picture((text,), 0)


def _beside(pictures: Sequence[_Picture]) -> _Picture:
    """Pictures side by side on one axis."""
    above = max((picture.axis for picture in pictures), default=0)
    below = max((len(picture.lines) - picture.axis for picture in pictures), default=1)
    lines = [""] * (above + below)
    for picture in pictures:
        blank = " " * _width(picture.lines[0])
        first = above - picture.axis
        for i in range(len(lines)):
            lines[i] += picture.lines[i - first] if 0 <= i - first < len(picture.lines) else blank
    return _Picture(tuple(lines), above)


def _fenced(left: str, body: _Picture, right: str | None) -> _Picture:
    """A picture between tall brackets (None: no bracket)."""
    height = len(body.lines)
    axis = height // 2 if "{" in (left, right) or "}" in (left, right) else body.axis
    starts = _side(left, height, axis)
    ends = [""] * height if right is None else _side(right, height, axis)
    lines = [f"{start}{line}{end}" for start, line, end in zip(starts, body.lines, ends, strict=True)]
    return _Picture(tuple(lines), body.axis)


def _side(sign: str, height: int, axis: int) -> list[str]:
    """A bracket of some height, one character per line."""
    if sign not in _TALL:
        return [sign] * height
    top, middle, bottom, inner, single = _TALL[sign]
    if height == 1:
        return [single]
    if height == 2 and sign in "{}":
        return ["⎰", "⎱"] if sign == "{" else ["⎱", "⎰"]
    return [top, *(middle if i == axis else inner for i in range(1, height - 1)), bottom]


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, max(width, 20), break_long_words=False, break_on_hyphens=False)


def _answer(node: AnswerSlot) -> str:
    if node.frame:
        inside = [f"│{' ' * 40}│"] * max(1, node.frame // 10)
        return "\n".join([node.label, f"┌{'─' * 40}┐", *inside, f"└{'─' * 40}┘"])
    if node.shape is None:
        return f"{node.label} {'_' * 20}" if node.lines else node.label
    rows, columns = node.shape
    return "\n".join([node.label, *["  " + " ".join(["____"] * columns)] * rows])


@functools.cache
def printer(lang: Lang) -> Printer:
    """The printer of a language; one per process, so that what it remembers serves every sheet."""
    return Printer(lang)
