r"""Documents printed as Typst, for the compiler of the PyPI package `typst` and the fonts inside it.

All words are Typst string literals and every sign of a formula is escaped, so nothing that stands in a text or a name
can be read as an order. The macros give the same measures as those of `latex`.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any, assert_never

from listok.generators.exact import Fraction as Rational
from listok.templates import picture_typst
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
    TableRow,
    Text,
    Together,
    Whole,
)
from listok.templates.mathtree import (
    LIMITS,
    SYMBOLS,
    AccentKind,
    Delimiter,
    Fenced,
    Function,
    GridKind,
    Hole,
    Math,
    Num,
    Operator,
    Section,
    Space,
    Symbol,
    UnfilledError,
    Words,
    needs_brackets,
    split_number,
)
from listok.templates.notation import Formulas, Leaf, PutScripts, printed
from listok.templates.paths import showing
from listok.templates.phrases import Compiler, Setting, Step

# `pitch` is what a ruled line for writing takes of the page: 7 mm and the space between paragraphs, as in LaTeX.
MACROS = (
    picture_typst.MACROS
    + """
#let serif = ("New Computer Modern", "New Computer Modern Math", "DejaVu Sans Mono")
// Without ligatures: the font would make dashes of hyphens and quotation marks of commas. The weight is of formulas.
#set text(font: serif, size: 10.95pt, weight: 450, ligatures: false, overhang: false, hyphenate: false)
// Line by line instead of the whole paragraph at once: that is quicker by an eighth and reads as well.
#set par(justify: true, linebreaks: "simple", leading: 6.0pt, spacing: 8.9pt)
#set block(spacing: 8.9pt)
#show math.equation: set text(font: ("New Computer Modern Math", "New Computer Modern", "DejaVu Sans Mono"))
#show math.equation.where(block: true): set block(above: 11pt, below: 11pt, breakable: false)
// Not the language's own `raw`, which would look for keywords to colour.
#let mono = ("DejaVu Sans Mono", "New Computer Modern")
#let code-text(words) = text(font: mono, size: 9.2pt, hyphenate: false, words)
#let listing(..lines) = block(width: 100%, {
  set text(font: mono, size: 9.2pt, hyphenate: false)
  set par(justify: false, leading: 5pt)
  lines.pos().join(linebreak())
})
#set math.mat(row-gap: 1.4pt, column-gap: 10pt)
#let head(above, title, aside) = block(above: above, below: 9.1pt, sticky: true, width: 100%, {
  set par(justify: false)
  title; h(1fr); box(aside)
})
#let sheet-title(title, aside) = head(9pt, text(size: 12pt, strong(title)), aside)
#let problem(title, aside) = head(16pt, strong(title), aside)
#let subhead(title, aside) = head(13pt, strong(emph(title)), aside)
#let item(label, inside, body, sticky: false, below: 10.9pt, ragged: false) = block(
  above: 10.9pt, below: below, inset: (left: 2.1em), width: 100%, sticky: sticky, {
    set par(justify: false) if ragged
    if inside [#h(-2.1em)#box(width: 2.1em, label)#h(0pt)] else { place(dx: -2.1em, label) }
    body
  })
// An item of one paragraph needs no block.
#let bullet(label, body) = par(hanging-indent: 2.1em, spacing: 10.9pt)[#box(width: 2.1em, label)#h(0pt)#body]
// What goes on in an item; a question stays with the room for its answer, so the two are blocks of their own.
#let continued(above, body, sticky: false, below: 10.9pt) = block(
  above: above, below: below, inset: (left: 2.1em), width: 100%, sticky: sticky, body)
#let keep(body, below: 8.9pt) = block(width: 100%, below: below, sticky: true, body)
#let pitch = 8.4mm
// Where an answer goes, for who prints many forms at once: the name, rows and columns of cells, the upper left corner
// (of a line its left end), width and height.
#let answer-place(name, rows: 0, columns: 0) = if name != "" {
  layout(size => [#metadata((name, rows, columns, here().position(), size.width, size.height))<answer-place>])
}
#let hand(name) = box(width: 1fr, height: 0pt, stroke: (bottom: .4pt), answer-place(name))
// A line for writing, which may end a page if it is `free` to; `left` is the room for an item's label.
#let ruled(name, label, left, above, below, free) = block(
  width: 100%, above: above, below: below, sticky: not free,
  inset: (top: if label == none { pitch } else { pitch - .683em }, left: left),  // words have a height of their own
  { label; hand(name) })
// Neither the first nor the last line of an answer stands alone on a page.
#let answer(name, label, lines, left: 0pt) = {
  ruled(name, label + h(.33em), left, 2.3pt, if lines == 1 { 9.1pt } else { 0pt }, lines == 1)
  for n in range(1, lines) { ruled(name, none, left, 0pt, if n == lines - 1 { 9.1pt } else { 0pt }, n != lines - 2) }
}
#let cell-lines(rows, columns) = {
  let (w, h) = (14mm * columns, 8mm * rows)
  for n in range(rows + 1) { (curve.move((0mm, 8mm * n)), curve.line((w, 8mm * n))) }
  for n in range(columns + 1) { (curve.move((14mm * n, 0mm)), curve.line((14mm * n, h))) }
}
#let cells(name, label, work, rows, columns, left: 0pt) = {
  for n in range(work) { ruled("", none, left, if n == 0 { 2.3pt } else { 0pt }, 0pt, n < work - 1) }
  block(width: 100%, above: 11pt, below: 11pt, breakable: false, inset: (left: left), {
    label; h(.33em)
    box(baseline: 50% - .25em, {
      place(answer-place(name, rows: rows, columns: columns))
      curve(stroke: .4pt, ..cell-lines(rows, columns))
    })
  })
}
#let frame(name, label, height, left: 0pt) = block(
  width: 100%, above: 11pt, below: 11pt, breakable: false, inset: (left: left), {
    label; v(7pt, weak: true)
    rect(width: 100%, height: height, stroke: .4pt, inset: 0pt, answer-place(name))
  })
#let together(body) = block(above: 16pt, below: 9.1pt, breakable: false, sticky: true, width: 100%, body)
#let thin-rule = line(length: 100%, stroke: .4pt)
// A matrix without brackets: a table would have each of its cells set three times.
#let booktabs(body) = std.align(center, block(
  above: 13pt, below: 13pt, breakable: false, stroke: (y: .9pt), inset: (y: 4.5pt), {
    set par(leading: 0pt)  // a tall formula would take a share of it off the inset
    body
  }))
#let tabular = math.mat.with(delim: none, row-gap: 6pt, column-gap: 12pt)
#let head-rule = (hline: 1, stroke: .5pt)
#let ruled-table(align, header, body) = std.align(center, block(above: 13pt, below: 13pt, breakable: false, {
  set par(justify: false)
  table(columns: align.len(), align: align, stroke: .4pt, inset: (x: 6pt, y: 5.5pt),
    ..if header != none { (table.header(..header), table.hline(stroke: .9pt)) }, ..body)
}))
"""
)

LINE_MM = 7.0
"""How high the room above a line for writing is."""

CELL_MM = (14.0, 8.0)
"""Width and height of a cell for a number."""

# The characters of New Computer Modern, Regular, as inside the package `typst` 0.15, up to the letter-like signs, and
# the signs that names are printed with in LaTeX too.
_RANGES = (
    "20-7E A0-377 37A-37F 384-38A 38C 38E-3A1 3A3-4FF 512-513 51A-51D 531-556 559-58A 58D-58F 591-5C7 5D0-5EA "
    "5EF-5F4 60B E3F 10D0-10FF 13A0-13F5 13F8-13FD 1D00-1F15 1F18-1F1D 1F20-1F45 1F48-1F4D 1F50-1F57 1F59 1F5B 1F5D "
    "1F5F-1F7D 1F80-1FB4 1FB6-1FC4 1FC6-1FD3 1FD6-1FDB 1FDD-1FEF 1FF2-1FF4 1FF6-1FFE 2000-200A 2010-2014 2016 "
    "2018-2022 2024 2026 202F-2031 2039-203B 203D 203F-2040 2044-2046 2052 2054 207F-2080 20A0-20C0 2103 2116-2117 "
    "211E 2120 2122 2190-2193 21D2 2208 2212 221A 221E 2248 2260 2264-2265"
)
_PRINTABLE = tuple(
    (int(first, 16), int(last or first, 16)) for first, _, last in (run.partition("-") for run in _RANGES.split())
)


def unprintable(text: str) -> str:
    """The characters of a name that the text font lacks (each once, in order); empty if it can be printed."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        dict.fromkeys(char for char in composed if not any(low <= ord(char) <= high for low, high in _PRINTABLE))
    )


_LITERAL = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": " ", "\t": " "} | {chr(code): None for code in range(32) if code not in (9, 10)}
)
_CODE_LITERAL = str.maketrans(
    {"\\": "\\\\", '"': '\\"', " ": "\u00a0", "\t": "\u00a0" * 4} | {chr(code): None for code in range(32) if code != 9}
)


def literal(text: str) -> str:
    """Any text as a Typst string, quotes included, that holds its very characters."""
    if not text.isascii():
        # A dash keeps to the word before it.
        text = unicodedata.normalize("NFC", text).replace(" —", "\u00a0—")
    return f'"{text.translate(_LITERAL)}"'


def _code(line: str) -> str:
    """A line of program text as a Typst string: its spaces stay as they are."""
    return f'"{line.translate(_CODE_LITERAL)}"'


def escape(text: str) -> str:
    """Any text as Typst markup that prints its very characters."""
    return f"#{literal(text)}"


def _glyph(name: str) -> str:
    """A named sign as it stands in a formula; ASCII signs and brackets are escaped: many have a meaning in Typst."""
    glyph = SYMBOLS[name]
    sign = glyph.unicode
    if name == "colon":
        return 'class("punctuation", \\:)'
    if name in ("lvert", "lVert"):
        return f'class("opening", \\{sign})'
    if name in ("rvert", "rVert"):
        return f'class("closing", \\{sign})'
    return f"\\{sign}" if sign.isascii() or glyph.role in ("open", "close") else sign


_GLYPHS = {chr(code): chr(code) for code in (*range(65, 91), *range(97, 123))} | {
    name: _glyph(name) for name in SYMBOLS
}
_ACCENTS = {"hat": "hat", "bar": "macron", "tilde": "tilde", "vec": "arrow", "dot": "dot"}
_SPACES = {"thin": "thin", "quad": "quad", "qquad": "wide"}
_HEADINGS = {1: "sheet-title", 2: "problem", 3: "subhead"}
_EMPTY = '""'
_PRIME = SYMBOLS["prime"].unicode
_ITALIC = {chr(65 + n): chr(0x1D434 + n) for n in range(26)} | {chr(97 + n): chr(0x1D44E + n) for n in range(26)}
_ITALIC["h"] = "ℎ"
_NUMBER = r'−?(?:[0-9]+(?:\.[0-9]+)?|"[0-9]+,[0-9]+")'
_NUMBERS = re.compile(rf"{_NUMBER}|\\\({_NUMBER}(?:\\[;,]{_NUMBER})*\\\)")
_PLAINLY = str.maketrans({'"': None, "\\": None})
_MARKS = re.compile(r"\\([;,])")
_SHORT = 24
"""A list of so many characters in Typst stays on one line; a longer one must find its way round the end of it."""
_PLAIN = frozenset("()[]")
_TALL = re.compile("[∑∏∫]|(?:frac|mat|cases|sqrt|lr|underbrace|hat|macron|attach)[(]")
# Functions that Typst knows by the same name and sets the same way.
_KNOWN = frozenset(("cos", "cosh", "exp", "ln", "log", "max", "min", "sin", "sinh", "tan", "tanh"))
_ALIGN = {"l": "left", "c": "center", "r": "right"}


def _join(parts: Iterable[str]) -> str:
    """Parts of a formula side by side: Typst would read neighbouring letters or digits as one name or number."""
    text = ""
    for part in parts:
        if text and part and _in_name(text[-1]) and _in_name(part[0]):
            text += " "
        text += part
    return text


def _as_text(formula: str) -> str:
    """A letter, a number or a list of numbers as a string that looks the same; empty for other formulas.

    A formula costs Typst as much as five words.
    """
    if formula.isascii() and formula.isalpha() and len(formula) == 1:
        return f'"{_ITALIC[formula]}"'
    if not _NUMBERS.fullmatch(formula):
        return ""
    spaced = _MARKS.sub("\\1\u202f" if len(formula) <= _SHORT else "\\1\u2009", formula)
    return f'"{spaced.translate(_PLAINLY)}"'


def _in_name(char: str) -> bool:
    return char.isalnum() or char == "·"


class TypstMath:
    """The notation of Typst in one language: a printed formula is text without the dollar signs."""

    def __init__(self, lang: str) -> None:
        self._russian = lang == "ru"

    def leaf(self, node: Leaf) -> str:
        match node:
            case Num():
                return self._number(node.text)
            case Symbol() | Operator():
                return _GLYPHS[node.name]
            case Function():
                if node.name in _KNOWN:
                    return node.name
                limits = ", limits: #true" if node.name in LIMITS else ""
                return f"op({literal(node.name)}{limits})"
            case Words():
                return literal(node.text)
            case Space():
                return f" {_SPACES[node.width]} "
            case _:
                assert_never(node)

    def _number(self, text: str) -> str:
        digits, power = split_number(text)
        sign = ""
        if digits.startswith("-"):
            sign, digits = "−", digits[1:]
        # As a string, so that a decimal comma brings no space.
        number = sign + (f'"{digits.replace(".", ",")}"' if self._russian and "." in digits else digits)
        return f"{number} · 10^({power.replace('-', '−')})" if power else number

    def row(self, parts: Sequence[str]) -> str:
        return _join(parts)

    def fraction(self, top: str, bottom: str) -> str:
        return f"frac({top}, {bottom})"

    def root(self, body: str) -> str:
        return f"sqrt({body})"

    def fenced(self, left: Delimiter, body: str, right: Delimiter) -> str:
        first, last = (f"\\{sign}" if sign else "" for sign in (left, right))
        # As in LaTeX, a line may break inside round and square brackets that need not grow.
        grow = not (left in _PLAIN and right in _PLAIN) or _TALL.search(body)
        return f"lr({first}{body}{last})" if grow else f"{first}{body}{last}"

    def grid(self, kind: GridKind, rows: Sequence[Sequence[str]]) -> str:
        match kind:
            case "plain" | "matrix":
                body = "; ".join(", ".join(cell or _EMPTY for cell in row) for row in rows)
                fence = '"("' if kind == "matrix" else "#none"
                # Fractions in neighbouring rows would make a tower.
                gap = "row-gap: #4.6pt, " if "frac(" in body else ""
                # As in LaTeX the cells of a matrix inside a line are of the line's size: hence `display`.
                return f"display(mat(delim: {fence}, {gap}{body}))"
            case "cases":
                # Odd columns are set flush right, even ones flush left: the empty ones make all flush left.
                return f"display(cases(gap: #6pt, {', '.join('&' + ' quad && '.join(row) for row in rows)}))"
            case "aligned":
                lines = [" & ".join(f"{'quad ' if n and n % 2 == 0 else ''}{c}" for n, c in enumerate(r)) for r in rows]
                return f"mat(delim: #none, row-gap: #7pt, {'; '.join(f'display({line})' for line in lines)})"
            case _:
                assert_never(kind)

    def accent(self, kind: AccentKind, body: str) -> str:
        return f"{_ACCENTS[kind]}({body})"

    def brace(self, body: str, note: str) -> str:
        return f"underbrace({body}, {note})"

    def script(self, base: Math, raised: bool) -> PutScripts[str]:
        text = printed(base, self)
        if raised and needs_brackets(base):
            text = f"lr(\\({text}\\))"
        simple = isinstance(base, (Symbol, Fenced, Function)) or 0 < len(text) <= 2

        def put(sub: str | None, sup: str | None) -> str:
            if sup and not sup.strip(_PRIME):
                sup = f"primes(#{len(sup)})"
            if simple:
                return text + (f"_({sub})" if sub else "") + (f"^({sup})" if sup else "")
            scripts = (f", b: {sub}" if sub else "") + (f", t: {sup}" if sup else "")
            return f"attach({text or _EMPTY}{scripts})"

        return put


class Printer:
    """Prints filled documents in one language."""

    emphasis = "#emph[", "]"
    strong = "#strong[", "]"

    def __init__(self, lang: Lang) -> None:
        self.lang: Lang = lang
        self._notation = TypstMath(lang)
        self._formulas = Formulas(self._notation, lang)
        self._compiler = Compiler(self)
        self._cells_of: dict[Phrase, Step] = {}

    # Mathematics

    def formula(self, node: Math) -> str:
        """A formula without the signs that open and close mathematics."""
        return printed(node, self._notation)

    def math(self, node: Math) -> str:
        """A formula inside a line."""
        return f"${self.formula(node)}$"

    def display(self, node: Math) -> str:
        """A formula on a line of its own."""
        return f"$ {self.formula(node)} $"

    def label(self, content: str | Rational | float) -> str:
        """The content of a figure's label, as code: a formula as text, or a number."""
        return _in_line(self._formulas.writer(())(content))

    def math_step(self, node: Math, setting: Setting) -> Step:
        """What prints a formula with holes."""
        step = self._formulas.step(node)
        return lambda scopes: _set(step(scopes), setting)

    def value_writer(self, spec: tuple[str, ...]) -> Callable[[Any], str]:
        """What prints a value in a line, written as a hole says."""
        write = self._formulas.writer(spec)
        return lambda value: _set(write(value), "inline")

    # Inlines

    def inlines(self, nodes: Sequence[Inline]) -> str:
        """Text with mathematics in it, within a paragraph."""
        return "".join([self._inline(node) for node in nodes])

    def _inline(self, node: Inline) -> str:
        match node:
            case Text():
                return escape(node.text)
            case Bound():
                return self._compiler.phrase(node)
            case InlineMath():
                return _set(self.formula(node.body), "tall" if node.tall else "inline")
            case Phrase():
                return self.inlines(node.content)
            case Emphasis():
                return f"#emph[{self.inlines(node.content)}]"
            case Strong():
                return f"#strong[{self.inlines(node.content)}]"
            case Code():
                return f"#code-text({_code(node.text)})"
            case Hole() | Section() | Plural():
                raise UnfilledError(node.path)
            case _:
                assert_never(node)

    # Blocks

    def blocks(self, nodes: Sequence[Block]) -> str:
        """Blocks one under another; the result ends with an empty line."""
        return "".join(
            [
                self._kept(node) if _holds(node, after) else self._block(node)
                for node, after in zip(nodes, [*nodes[1:], None], strict=True)
            ]
        )

    def _kept(self, node: Block) -> str:
        """A block that stays on the page of what follows it; of a list only the last item does."""
        match node:
            case ItemList():
                return self._list(node, kept=True)
            case Paragraph() | DisplayMath() | BoundDisplay() | Table():
                return f"#keep[\n{self._block(node)}]\n\n"
            case _:
                return self._block(node)

    def _block(self, node: Block) -> str:
        match node:
            case Paragraph():
                words = self.inlines(node.content)
                return f"#par(justify: false)[{words}]\n\n" if node.ragged else f"{words}\n\n"
            case BoundDisplay():
                return f"{self._compiler.display(node)}\n\n"
            case DisplayMath():
                return f"{self.display(node.body)}\n\n"
            case Heading():
                title, aside = self.inlines(node.content), self.inlines(node.aside)
                return f"#{_HEADINGS[node.level]}[{title}][{aside}]\n\n"
            case ItemList():
                return self._list(node)
            case AnswerSlot():
                return _answer(node)
            case Table():
                return self._table(node)
            case Figure():
                return f"{picture_typst.draw(node.scene, self.label)}\n\n"
            case CodeBlock():
                lines = node.text.rstrip().split("\n")
                return f"#listing({', '.join([_code(line) for line in lines])})\n\n"
            case Together():
                return f"#together[\n{self.blocks(node.content)}]\n\n"
            case Whole():
                *held, last = node.content
                return f"#keep(below: 4.7pt)[\n{self.blocks(held)}]\n\n{self._block(last)}"
            case Rule():
                return "#thin-rule\n\n"
            case FigureHole() | Section():
                raise UnfilledError(node.path)
            case _:
                assert_never(node)

    def _list(self, node: ItemList, kept: bool = False) -> str:
        parts = []
        for item in node.items:
            if isinstance(item, Section):
                raise UnfilledError(item.path)
            if len(item.content) == 1 and isinstance(item.content[0], Whole):
                parts.append(self._whole_item(item.label, item.content[0].content))
                continue
            content = item.content
            inside = bool(content) and isinstance(content[0], Paragraph)
            head = f"#item({literal(item.label)}, {'true' if inside else 'false'}"
            slot = content[-1] if content else None
            if inside and len(content) == 2 and isinstance(slot, AnswerSlot):
                space = "2.3pt" if slot.shape is None and not slot.frame else "11pt"
                parts.append(f"{head}, sticky: true, below: {space})[{self._block(content[0])}]\n")
                parts.append(_answer(slot, ", left: 2.1em"))
            elif inside and len(content) > 1 and isinstance(content[0], Paragraph):
                flush = ", ragged: true" if content[0].ragged else ""
                parts.append(f"{head}, sticky: true, below: 8.9pt{flush})[{self.inlines(content[0].content)}\n\n]\n")
                stays = ", sticky: true" if kept and item is node.items[-1] else ""
                parts.append(f"#continued(8.9pt{stays})[{self.blocks(content[1:])}]\n\n")
            elif len(content) == 1 and inside and not kept:
                parts.append(f"#bullet({literal(item.label)})[{self._block(content[0])}]\n\n")
            else:
                sticky = ", sticky: true, below: 4.7pt" if kept and item is node.items[-1] else ""
                parts.append(f"{head}{sticky})[{self.blocks(content)}]\n\n")
        return "".join(parts)

    def _whole_item(self, label: str, content: Sequence[Block]) -> str:
        """An item that stays on one page if it fits on one: all blocks but the last stay on the page of the next."""
        first, *held, last = content
        inside, flush, question = "false", "", self._block(first)
        if isinstance(first, Paragraph):
            inside, question = "true", f"{self.inlines(first.content)}\n\n"
            flush = ", ragged: true" if first.ragged else ""
        head = f"#item({literal(label)}, {inside}, sticky: true, below: 8.9pt{flush})[{question}]\n"
        rest = f"#continued(8.9pt, sticky: true, below: 4.7pt)[{self.blocks(held)}]\n\n"
        if isinstance(last, AnswerSlot):
            return head + rest + _answer(last, ", left: 2.1em")
        return f"{head}{rest}#continued(8.9pt)[{self._block(last)}]\n\n"

    def _table(self, node: Table) -> str:
        rows = []
        for row in node.rows:
            if isinstance(row, Section):
                raise UnfilledError(row.path)
            rows.append(row)
        if node.ruled:
            align = "".join(f"{_ALIGN[letter]}, " for letter in node.align)
            header = "none" if node.header is None else f"({self._cells(node.header)})"
            return f"#ruled-table(({align}), {header}, (\n{''.join([self._cells(row) for row in rows])}))\n\n"
        rule = ""
        if node.header is not None:
            rows, rule = [node.header, *rows], "augment: #head-rule, "
        lines = "; ".join([", ".join(map(self._cell, row.cells, node.align)) for row in rows])
        return f"#booktabs($display(tabular({rule}{lines}))$)\n\n"

    def _cell(self, cell: Sequence[Inline], align: str) -> str:
        """A cell of a table as one of a matrix, which the sign of alignment pushes left or right."""
        match cell:
            case (Bound(phrase, scopes),):
                step = self._cells_of.get(phrase)
                if step is None:
                    step = self._cells_of[phrase] = self._cell_step(phrase)
                printed_cell = step(scopes)
            case (Text(text),):
                printed_cell = literal(text)
            case (InlineMath(body, False),):
                printed_cell = self.formula(body)
            case _:
                printed_cell = _words_of_cell(self.inlines(cell))
        return f"{'&' * (align == 'l')}{printed_cell or _EMPTY}{'&' * (align == 'r')}"

    def _cell_step(self, phrase: Phrase) -> Step:
        """What prints the words of a cell: as a formula, if it is nothing else."""
        match phrase.content:
            case (Text(text),):
                return lambda scopes: literal(text)
            case (InlineMath(body, False),):
                return self._formulas.step(body)
            case (Hole(path, spec),):
                write = self._formulas.writer(spec)
                return showing(path, lambda value: literal(value) if isinstance(value, str) else write(value))
            case _:
                return lambda scopes: _words_of_cell(self._compiler.phrase(Bound(phrase, scopes)))

    def _cells(self, row: TableRow) -> str:
        return "".join([f"[{self.inlines(cell)}], " for cell in row.cells])


LED_TO = (ItemList, DisplayMath, BoundDisplay, Table, Figure)
"""What words stay on the page of, if it follows them."""


def _holds(block: Block, after: Block | None) -> bool:
    """Whether a block stays on the page of what follows it: an answer, or what its words lead to."""
    return isinstance(after, AnswerSlot) or (isinstance(block, Paragraph) and isinstance(after, LED_TO))


def _in_line(formula: str) -> str:
    """A formula inside a line, as code."""
    return _as_text(formula) or f"${formula}$"


def _set(formula: str, setting: Setting) -> str:
    """A formula inside a line or on a line of its own, as markup."""
    match setting:
        case "inline":
            said = _in_line(formula)
            return said if said[0] == "$" else f"#{said}"
        case "tall":
            return f"$display({formula})$"
        case "display":
            return f"$ {formula} $"
        case _:
            assert_never(setting)


def _words_of_cell(words: str) -> str:
    return f"#[{words}] " if words else ""  # the space keeps a semicolon out of the code


def _answer(node: AnswerSlot, place: str = "") -> str:
    label = f"{literal(node.name)}, {literal(node.label)}"
    if node.frame:
        return f"#frame({label}, {node.frame}mm{place})\n\n"
    if node.shape is None:
        return f"#answer({label}, {node.lines}{place})\n\n" if node.lines else f"#{literal(node.label)}\n\n"
    rows, columns = node.shape
    return f"#cells({label}, {node.lines}, {rows}, {columns}{place})\n\n"


@functools.cache
def printer(lang: Lang) -> Printer:
    """The printer of a language; one per process, so that what it remembers serves every sheet."""
    return Printer(lang)
