"""Documents printed as HTML with MathML Core: every present browser shows it, and none needs a script for it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from html import escape
from typing import Literal, assert_never

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
from listok.templates.fill import fill_blocks, fill_inlines
from listok.templates.mathtree import (
    LIMITS,
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
    Shared,
    Space,
    Symbol,
    UnfilledError,
    Words,
    atom,
    flat,
    is_prefix,
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
_SPACE = '<mspace width="0.17em"/>'
_APPLY = "<mo>&#x2061;</mo>"


class Printer:
    """Prints filled documents in one language; a `Shared` part of a text is printed once per printer."""

    def __init__(self, lang: Literal["ru", "en"]) -> None:
        self.lang = lang
        self._mark = "," if lang == "ru" else "."
        self._memo: dict[Shared[Inline] | Shared[Block], str] = {}

    # Mathematics

    def math(self, node: Math) -> str:
        """A formula inside a line."""
        return f"<math>{self.formula(node)}</math>"

    def display(self, node: Math) -> str:
        """A formula on a line of its own."""
        return f'<math display="block">{self.formula(node)}</math>'

    def formula(self, node: Math) -> str:
        """A formula as exactly one MathML element (which is what scripts and fractions count)."""
        items = flat(node)
        if len(items) == 1:
            return self._leaf(items[0], None)
        return f"<mrow>{self._items(items)}</mrow>"

    def _items(self, items: Sequence[Math]) -> str:
        """The elements of a row, with the spaces round function names that MathML leaves to the author."""
        parts: list[str] = []
        before: Atom | None = None
        for item, following in zip(items, [*items, None][1:], strict=True):
            kind = atom(item)
            if kind == "function" and before in ("ordinary", "close"):
                parts.append(_SPACE)
            parts.append(self._leaf(item, before))
            if kind == "function" and following is not None:
                parts.append(_APPLY if _opens(following) else _APPLY + _SPACE)
            # A bracketed body ends like a closing bracket; a sign that is not an operation leaves things as they were.
            before = "close" if isinstance(item, Fenced) else kind
        return "".join(parts)

    def _leaf(self, node: Math, before: Atom | None) -> str:
        match node:
            case Num():
                return self._number(node.text)
            case Symbol():
                return _symbol(node.name)
            case Operator():
                return _operator(node.name, is_prefix(before))
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
                body = self.formula(node.body)
                return f"<mrow>{_fence(node.left, 'prefix')}{body}{_fence(node.right, 'postfix')}</mrow>"
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

    def _script(self, node: Script) -> str:
        tag = "m"
        name = node.base.name if isinstance(node.base, (Operator, Function)) else ""
        limits = name in ("sum", "prod") or name in LIMITS
        if isinstance(node.base, Function) and limits:
            base = f'<mo movablelimits="true" lspace="0" rspace="0">{name}</mo>'
        else:
            base = self.formula(node.base)
            if node.sup is not None and needs_brackets(node.base):
                base = f"<mrow>{_fence('(', 'prefix')}{base}{_fence(')', 'postfix')}</mrow>"
        parts = [base]
        if node.sub is not None:
            tag += "under" if limits else "sub"
            parts.append(self.formula(node.sub))
        if node.sup is not None:
            tag += "over" if limits else "sup"
            parts.append(self.formula(node.sup))
        return f"<{tag}>{''.join(parts)}</{tag}>"

    def _grid(self, node: Grid) -> str:
        rows = []
        for row in node.rows:
            if isinstance(row, Section):
                raise UnfilledError(row.path)
            rows.append(f"<mtr>{''.join([self._cell(node.kind, i, cell) for i, cell in enumerate(row)])}</mtr>")
        display = ' displaystyle="true"' if node.kind == "aligned" else ""
        table = f"<mtable{display}>{''.join(rows)}</mtable>"
        if node.kind == "matrix":
            return f"<mrow>{_fence('(', 'prefix')}{table}{_fence(')', 'postfix')}</mrow>"
        if node.kind == "cases":
            return f"<mrow>{_fence('{', 'prefix')}{table}</mrow>"
        return table

    def _cell(self, kind: str, column: int, cell: Math) -> str:
        body = self._items(flat(cell))
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

    # Inlines

    def inlines(self, nodes: Sequence[Inline]) -> str:
        """Text with mathematics in it, within a paragraph."""
        return "".join([self._inline(node) for node in nodes])

    def _inline(self, node: Inline) -> str:
        match node:
            case Text():
                return escape(node.text)
            case InlineMath():
                if node.tall:
                    return f'<math displaystyle="true">{self.formula(node.body)}</math>'
                return self.math(node.body)
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
                return f"<code>{escape(node.text)}</code>"
            case Bound():
                return self.inlines(fill_inlines(node.content, node.scopes, node.lang))
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
            case Paragraph():
                return f"<p>{self.inlines(node.content)}</p>\n"
            case Shared():
                text = self._memo.get(node, "")
                if not text:
                    text = self._memo[node] = self.blocks(node.content)
                return text
            case DisplayMath():
                return f"{self.display(node.body)}\n"
            case BoundBlocks():
                return self.blocks(fill_blocks(node.blocks, node.scopes, node.lang))
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
                drawing = picture_svg.draw(node.scene, self.lang)
                return f'<figure role="img" aria-label="{escape(node.alt)}">{drawing}</figure>\n'
            case CodeBlock():
                return f"<pre><code>{escape(node.text.rstrip())}</code></pre>\n"
            case Together():
                return f'<div class="together">\n{self.blocks(node.content)}</div>\n'
            case Rule():
                return "<hr>\n"
            case FigureHole() | Section():
                raise UnfilledError(node.path)
            case _:
                assert_never(node)

    def _list(self, node: ItemList) -> str:
        parts = ['<ol class="items">\n']
        for item in node.items:
            if isinstance(item, Section):
                raise UnfilledError(item.path)
            label = f'<span class="label">{escape(item.label)}</span>'
            parts.append(f'<li>{label}<div class="body">{self.blocks(item.content)}</div></li>\n')
        parts.append("</ol>\n")
        return "".join(parts)

    def _table(self, node: Table) -> str:
        parts = [f'<table class="data{" ruled" if node.ruled else ""}">\n']
        if node.header is not None:
            parts.append(f"<thead>{self._cells(node.header, node.align, 'th')}</thead>\n")
        parts.append("<tbody>\n")
        for row in node.rows:
            if isinstance(row, Section):
                raise UnfilledError(row.path)
            parts.append(self._cells(row, node.align, "td") + "\n")
        parts.append("</tbody></table>\n")
        return "".join(parts)

    def _cells(self, row: TableRow, align: str, tag: str) -> str:
        cells = zip(align, row.cells, strict=True)
        parts = [f'<{tag} class="{side}">{self.inlines(cell)}</{tag}>' for side, cell in cells]
        return f"<tr>{''.join(parts)}</tr>"


def _opens(node: Math) -> bool:
    return isinstance(node, Fenced) or atom(node) == "open"


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
