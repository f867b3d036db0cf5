"""Documents printed as HTML with MathML Core: every present browser shows it, and none needs a script for it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, ClassVar, assert_never

from listok.generators.figures import Scene
from listok.templates import picture_svg
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
from listok.templates.mathml import MathML, element
from listok.templates.mathtree import Hole, Math, Section, UnfilledError
from listok.templates.notation import Formulas, printed
from listok.templates.phrases import Compiler, Setting, Step

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


class Printer:
    """Prints filled documents in one language."""

    emphasis = "<em>", "</em>"
    strong = "<strong>", "</strong>"
    rule = "<hr>\n"
    together = '<div class="together">\n', "</div>\n"
    room = ""
    """What stands on both sides of the words in a cell of a table."""
    settings: ClassVar[Mapping[Setting, tuple[str, str]]] = {
        "inline": ("<math>", "</math>"),
        "tall": ('<math displaystyle="true">', "</math>"),
        "display": ('<math display="block">', "</math>"),
    }

    def __init__(self, lang: Lang) -> None:
        self.lang: Lang = lang
        self._notation = MathML(lang)
        self._formulas = Formulas(self._notation, lang)
        self._compiler = Compiler(self)
        self._drawing = functools.lru_cache(2**8)(self._drawn)

    # Mathematics

    def math(self, node: Math) -> str:
        """A formula inside a line."""
        return self._set(node, "inline")

    def display(self, node: Math) -> str:
        """A formula on a line of its own."""
        return self._set(node, "display")

    def _set(self, node: Math, setting: Setting) -> str:
        before, after = self.settings[setting]
        return f"{before}{element(printed(node, self._notation))}{after}"

    def math_step(self, node: Math, setting: Setting) -> Step:
        """What prints a formula with holes."""
        before, after = self.settings[setting]
        step = self._formulas.step(node)
        return lambda scopes: f"{before}{element(step(scopes))}{after}"

    def value_writer(self, spec: tuple[str, ...]) -> Callable[[Any], str]:
        """What prints a value in a line, written as a hole says."""
        before, after = self.settings["inline"]
        write = self._formulas.writer(spec)
        return lambda value: f"{before}{element(write(value))}{after}"

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
                return self._compiler.phrase(node)
            case Phrase():
                return self.inlines(node.content)
            case InlineMath():
                return self._set(node.body, "tall" if node.tall else "inline")
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
            case Paragraph():
                return f"<p>{self.inlines(node.content)}</p>\n"
            case BoundDisplay():
                return f"{self._compiler.display(node)}\n"
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
                return self._figure(node)
            case CodeBlock():
                return f"<pre><code>{self.words(node.text.rstrip())}</code></pre>\n"
            case Together() | Whole():
                before, after = self.together
                return f"{before}{self.blocks(node.content)}{after}"
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
        return self._listed(items)

    def _listed(self, items: Sequence[tuple[str, str]]) -> str:
        """A list of printed items with their labels."""
        lines = [
            f'<li><span class="label">{escape(label)}</span><div class="body">{body}</div></li>\n'
            for label, body in items
        ]
        return f'<ol class="items">\n{"".join(lines)}</ol>\n'

    def _figure(self, node: Figure) -> str:
        return f'<figure role="img" aria-label="{escape(node.alt)}">{self._drawing(node.scene)}</figure>\n'

    def _drawn(self, scene: Scene) -> str:
        return picture_svg.draw(scene, self.lang)

    def _table(self, node: Table) -> str:
        rows = []
        for row in node.rows:
            if isinstance(row, Section):
                raise UnfilledError(row.path)
            rows.append(self._row(row, node.align, "td"))
        header = "" if node.header is None else f"<thead>{self._row(node.header, node.align, 'th')}</thead>\n"
        body = "".join([f"{row}\n" for row in rows])
        ruled = " ruled" if node.ruled else ""
        return f'<table class="data{ruled}">\n{header}<tbody>\n{body}</tbody></table>\n'

    def _row(self, row: TableRow, align: str, tag: str) -> str:
        cells = zip(align, row.cells, strict=True)
        printed_cells = [
            f'<{tag} class="{side}">{self.room}{self.inlines(cell)}{self.room}</{tag}>' for side, cell in cells
        ]
        return f"<tr>{''.join(printed_cells)}</tr>"


def _answer(node: AnswerSlot) -> str:
    label = f"<span>{escape(node.label)}</span>"
    if node.frame:
        frame = f'<div style="height:{node.frame}mm;border:1px solid #777"></div>'
        return f'<div class="answer">{label}{frame}</div>\n'
    line = '<span class="line"></span>'
    if node.shape is None:
        rest = line * (node.lines - 1)
        first = f'<span class="first">{label}{line * min(node.lines, 1)}</span>'
        return f'<div class="answer">{first}{rest}</div>\n'
    rows, columns = node.shape
    cells = f"<tr>{'<td></td>' * columns}</tr>" * rows
    return f'<div class="answer">{line * node.lines}<span>{label}<table>{cells}</table></span></div>\n'


@functools.cache
def printer(lang: Lang) -> Printer:
    """The printer of a language; one per process, so that what it remembers serves every sheet."""
    return Printer(lang)
