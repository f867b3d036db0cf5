"""Documents printed as HTML with MathML Core: every present browser shows it, and none needs a script for it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, ClassVar, Literal, TypeAlias, assert_never

from listok.generators.figures import Scene
from listok.generators.remember import remembering
from listok.templates import picture_svg
from listok.templates.doctree import (
    AnswerSlot,
    Block,
    Bound,
    BoundBlocks,
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
    Paragraph,
    Plural,
    Rule,
    Strong,
    Table,
    TableRow,
    Text,
    Together,
)
from listok.templates.holes import Compiler, Frame, Step
from listok.templates.mathml_holes import Chunk, MathMLFormulas, chunk_of, element, has_limits, in_a_row, script_tag
from listok.templates.mathtree import (
    SYMBOLS,
    Accent,
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
    Shared,
    Space,
    Symbol,
    UnfilledError,
    Words,
    flat,
    needs_brackets,
    split_number,
)

STYLE = """
@page { size: A4; margin: 16mm; }
body { max-width: 178mm; margin: 1.5rem auto; padding: 0 1rem; font: 11pt/1.45 Georgia, "Times New Roman", serif;
  color: #111; background: #fff; }
math { font-size: 1.08em; }
math[display="block"] { margin: .6em 0; overflow-x: auto; overflow-y: hidden; }
h1 { font-size: 1.35em; } h2 { font-size: 1.1em; margin: 1.2em 0 .3em; } h3 { font-size: 1em; margin: .8em 0 .2em; }
h1, h2, h3 { display: flex; justify-content: space-between; gap: 1em; break-after: avoid; }
.aside { font-weight: normal; white-space: nowrap; }
p { margin: .4em 0; orphans: 2; widows: 2; }
ol.items { list-style: none; margin: .3em 0; padding: 0; }
ol.items > li { display: flex; gap: .5em; }
ol.items > li > .label { flex: none; min-width: 1.6em; margin: .4em 0; }
ol.items > li > .body { flex: 1; min-width: 0; }
table.data { border-collapse: collapse; margin: .6em auto; border-block: 1.5px solid; break-inside: avoid; }
table.data thead { border-bottom: 1px solid; }
table.data th, table.data td { padding: .15em .7em; font-weight: normal; }
table.ruled th, table.ruled td { border: 1px solid #777; height: 1.6em; }
.l { text-align: left; } .c { text-align: center; } .r { text-align: right; }
figure { margin: .8em auto; text-align: center; break-inside: avoid; }
figure svg { max-width: 100%; height: auto; }
pre { margin: .6em 0; overflow-x: auto; font-size: .9em; } code { font-family: "DejaVu Sans Mono", Menlo, monospace; }
.answer { margin: .5em 0; break-inside: avoid; }
.answer .line { display: block; height: 7mm; border-bottom: 1px solid #777; }
.answer .first { display: flex; align-items: flex-end; } .answer .first .line { flex: 1; margin-left: .5em; }
.answer table { display: inline-table; vertical-align: middle; margin-left: .5em; border-collapse: collapse; }
.answer table td { width: 14mm; height: 8mm; border: 1px solid #777; }
.together { break-inside: avoid; }
hr { border: 0; border-top: 1px solid; }
@media print { body { max-width: none; margin: 0; padding: 0; } math[display="block"] { overflow: visible; } }
"""
"""The style sheet of a page, for the screen and for A4 paper."""

_ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~", "vec": "→", "dot": "˙"}
_SPACES = {"thin": "0.17em", "quad": "1em", "qquad": "2em"}

Setting: TypeAlias = Literal["inline", "tall", "display"]
"""How a formula is set: in a line, in a line as tall as a displayed one, or on a line of its own."""


class Printer:
    """Prints filled documents in one language; a `Shared` part of a text is printed once per printer."""

    paragraph = "<p>", "</p>\n"
    emphasis = "<em>", "</em>"
    strong = "<strong>", "</strong>"
    rule = "<hr>\n"
    settings: ClassVar[Mapping[Setting, tuple[str, str]]] = {
        "inline": ("<math>", "</math>"),
        "tall": ('<math displaystyle="true">', "</math>"),
        "display": ('<math display="block">', "</math>"),
    }

    def __init__(self, lang: Literal["ru", "en"]) -> None:
        self.lang = lang
        self._mark = "," if lang == "ru" else "."
        self._memo: dict[Shared[Inline] | Shared[Block], str] = {}
        self._formulas = MathMLFormulas(self, lang)
        self._holes = Compiler(self, lang)
        self._drawing = remembering(2**8, self._drawn)

    # Mathematics

    def math(self, node: Math) -> str:
        """A formula inside a line."""
        return self._set("inline", node)

    def display(self, node: Math) -> str:
        """A formula on a line of its own."""
        return self._set("display", node)

    def _set(self, setting: Setting, node: Math) -> str:
        before, after = self.settings[setting]
        return f"{before}{self.formula(node)}{after}"

    def _set_pieces(self, setting: Setting, node: Math) -> list[str | Step]:
        before, after = self.settings[setting]
        return [before, *self._formulas.pieces(node), after]

    def inline_math(self, node: Math, tall: bool) -> list[str | Step]:
        """A formula with holes inside a line, compiled."""
        return self._set_pieces("tall" if tall else "inline", node)

    def display_math(self, node: Math) -> list[str | Step]:
        """A formula with holes on a line of its own, compiled."""
        return [*self._set_pieces("display", node), "\n"]

    def value_math(self, spec: tuple[str, ...]) -> Callable[[Any], str]:
        """What prints a value inside a line, written as a hole says."""
        write = self._formulas.writer(spec)
        before, after = self.settings["inline"]
        return lambda value: f"{before}{element(write(value))}{after}"

    def formula(self, node: Math) -> str:
        """A formula as exactly one MathML element (which is what scripts and fractions count)."""
        return element(self.chunk(node))

    def chunk(self, node: Math) -> Chunk:
        """A formula as elements for a row of its own or of others'."""
        return in_a_row([self._item(item) for item in flat(node)])

    def _item(self, node: Math) -> Chunk:
        text = self._leaf(node)
        return chunk_of(node, text, _operator(node.name, False) if isinstance(node, Operator) else text)

    def _leaf(self, node: Math) -> str:
        match node:
            case Num():
                return self._number(node.text)
            case Symbol():
                return _symbol(node.name)
            case Operator():
                return _operator(node.name, True)
            case Function():
                return f"<mi>{escape(node.name)}</mi>"
            case Words():
                # MathML drops spaces at the ends of an element.
                text = node.text
                head, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
                words = escape(text.strip())
                return f"<mtext>{'&#xA0;' * len(head)}{words}{'&#xA0;' * len(tail) if words else ''}</mtext>"
            case Row() | Shared():
                return self.formula(node)
            case Fraction():
                return f"<mfrac>{self.formula(node.top)}{self.formula(node.bottom)}</mfrac>"
            case Root():
                return f"<msqrt>{self.formula(node.body)}</msqrt>"
            case Script():
                return self._script(node)
            case Fenced():
                return self.fenced(node.left, self.formula(node.body), node.right)
            case Grid():
                return self._grid(node)
            case Accent():
                stretch = "" if node.kind == "bar" else ' stretchy="false"'
                return f'<mover accent="true">{self.formula(node.body)}<mo{stretch}>{_ACCENTS[node.kind]}</mo></mover>'
            case Brace():
                braced = f"<munder>{self.formula(node.body)}<mo>⏟</mo></munder>"
                return f"<munder>{braced}{self.formula(node.note)}</munder>"
            case Space():
                return f'<mspace width="{_SPACES[node.width]}"/>'
            case Hole() | Section():
                raise UnfilledError(node.path)
            case _:
                assert_never(node)

    def _number(self, text: str) -> str:
        if "e" in text:
            digits, power = split_number(text)
            factor = f"<msup><mn>10</mn><mn>{_minus(power)}</mn></msup>"
            return f"<mrow>{self._number(digits)}<mo>⋅</mo>{factor}</mrow>"
        return f"<mn>{_minus(text).replace('.', self._mark)}</mn>"

    def fenced(self, left: str, body: str, right: str) -> str:
        """A printed body between brackets."""
        return f"<mrow>{_fence(left, 'prefix')}{body}{_fence(right, 'postfix')}</mrow>"

    def _script(self, node: Script) -> str:
        below = "" if node.sub is None else self.formula(node.sub)
        above = "" if node.sup is None else self.formula(node.sup)
        tag = script_tag(node)
        return f"<{tag}>{self.base(node.base, node.sup is not None)}{below}{above}</{tag}>"

    def base(self, node: Math, raised: bool) -> str:
        """What scripts are put on; `raised` where one of them is a power."""
        if isinstance(node, Function) and has_limits(node):
            return f'<mo movablelimits="true" lspace="0" rspace="0">{node.name}</mo>'
        text = self.formula(node)
        return self.fenced("(", text, ")") if raised and needs_brackets(node) else text

    def _grid(self, node: Grid) -> str:
        rows = []
        for row in node.rows:
            if isinstance(row, Section):
                raise UnfilledError(row.path)
            rows.append([self.chunk(cell).text for cell in row])
        return self.grid(node.kind, rows)

    def grid(self, kind: str, rows: Sequence[Sequence[str]]) -> str:
        """Rows of printed cells as a matrix, cases or aligned equations."""
        lines = [f"<mtr>{''.join([_cell(kind, i, body) for i, body in enumerate(row)])}</mtr>" for row in rows]
        display = ' displaystyle="true"' if kind == "aligned" else ""
        table = f"<mtable{display}>{''.join(lines)}</mtable>"
        if kind == "matrix":
            return self.fenced("(", table, ")")
        if kind == "cases":
            return self.fenced("{", table, "")
        return table

    # Inlines

    def words(self, text: str) -> str:
        """Words as they stand in HTML."""
        return escape(text)

    def inlines(self, nodes: Sequence[Inline]) -> str:
        """Text with mathematics in it, within a paragraph."""
        return "".join([self._inline(node) for node in nodes])

    def _inline(self, node: Inline) -> str:
        match node:
            case Text():
                return self.words(node.text)
            case Bound():
                return self._holes.inlines(node)
            case InlineMath():
                return self._set("tall" if node.tall else "inline", node.body)
            case Shared():
                text = self._memo.get(node, "")
                if not text:
                    text = self._memo[node] = self.inlines(node.content)
                return text
            case Emphasis():
                return f"<em>{self.inlines(node.content)}</em>"
            case Strong():
                return f"<strong>{self.inlines(node.content)}</strong>"
            case Code():
                return f"<code>{self.words(node.text)}</code>"
            case Hole() | Section() | Plural():
                raise UnfilledError(node.path)
            case _:
                assert_never(node)

    # Blocks

    def blocks(self, nodes: Sequence[Block]) -> str:
        """Blocks one under another."""
        return "".join([self._block(node) for node in nodes])

    def _block(self, node: Block) -> str:
        match node:
            case BoundBlocks():
                return self._holes.blocks(node)
            case Paragraph():
                return f"<p>{self.inlines(node.content)}</p>\n"
            case Shared():
                text = self._memo.get(node, "")
                if not text:
                    text = self._memo[node] = self.blocks(node.content)
                return text
            case DisplayMath():
                return f"{self.display(node.body)}\n"
            case Heading():
                aside = f'<span class="aside">{self.inlines(node.aside)}</span>' if node.aside else ""
                return f"<h{node.level}><span>{self.inlines(node.content)}</span>{aside}</h{node.level}>\n"
            case ItemList():
                return self._list(node)
            case AnswerSlot():
                return _answer(node)
            case Table():
                return self._table(node)
            case Figure():
                return self.figure(node.scene, lambda: node.alt)
            case CodeBlock():
                return f"<pre><code>{self.words(node.text.rstrip())}</code></pre>\n"
            case Together():
                return f'<div class="together">\n{self.blocks(node.content)}</div>\n'
            case Rule():
                return self.rule
            case FigureHole() | Section():
                raise UnfilledError(node.path)
            case _:
                assert_never(node)

    def _list(self, node: ItemList) -> str:
        items = []
        for item in node.items:
            if isinstance(item, Section):
                raise UnfilledError(item.path)
            items.append((item.label, self.blocks(item.content)))
        return self.listed(items)

    def listed(self, items: Sequence[tuple[str, str]]) -> str:
        """A list of printed items with their labels."""
        lines = [
            f'<li><span class="label">{escape(label)}</span><div class="body">{body}</div></li>\n'
            for label, body in items
        ]
        return f'<ol class="items">\n{"".join(lines)}</ol>\n'

    def figure(self, scene: Scene, alt: Callable[[], str]) -> str:
        """A scene, and the words that stand for it."""
        return f'<figure role="img" aria-label="{escape(alt())}">{self._drawing(scene)}</figure>\n'

    def _drawn(self, scene: Scene) -> str:
        return picture_svg.draw(scene, self.lang)

    def _table(self, node: Table) -> str:
        frame = self.frame(node)
        parts = [frame.head, *([] if node.header is None else [self._cells(node.header, frame.header)]), frame.body]
        for row in node.rows:
            if isinstance(row, Section):
                raise UnfilledError(row.path)
            parts.append(self._cells(row, frame.row))
        return "".join([*parts, frame.foot])

    def frame(self, node: Table) -> Frame:
        """What stands around the cells of a table."""
        head = f'<table class="data{" ruled" if node.ruled else ""}">\n'
        header = _around("<thead><tr>", node.align, "th", "</tr></thead>\n")
        return Frame(head, header, "<tbody>\n", _around("<tr>", node.align, "td", "</tr>\n"), "</tbody></table>\n")

    def _cells(self, row: TableRow, around: Sequence[str]) -> str:
        cells = zip(around[:-1], row.cells, strict=True)
        return "".join([f"{before}{self.inlines(cell)}" for before, cell in cells]) + around[-1]


def _around(start: str, align: str, tag: str, end: str) -> tuple[str, ...]:
    """What stands before, between and after the cells of a row."""
    opened = [f'<{tag} class="{side}">' for side in align]
    return (start + opened[0], *(f"</{tag}>{each}" for each in opened[1:]), f"</{tag}>{end}")


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


def _fence(sign: str, form: str) -> str:
    return f'<mo form="{form}" fence="true" stretchy="true">{sign}</mo>' if sign else ""


def _answer(node: AnswerSlot) -> str:
    label = f"<span>{escape(node.label)}</span>"
    line = '<span class="line"></span>'
    if node.shape is None:
        rest = line * (node.lines - 1)
        first = f'<span class="first">{label}{line * min(node.lines, 1)}</span>'
        return f'<div class="answer">{first}{rest}</div>\n'
    rows, columns = node.shape
    cells = f"<tr>{'<td></td>' * columns}</tr>" * rows
    return f'<div class="answer">{line * node.lines}<span>{label}<table>{cells}</table></span></div>\n'


@functools.cache
def printer(lang: Literal["ru", "en"]) -> Printer:
    """The printer of a language; one per process, so that what it remembers serves every sheet."""
    return Printer(lang)
