"""What a compiled text prints is what its filled blocks print, in every notation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from listok.generators.bank import bank
from listok.generators.exact import Fraction
from listok.templates import html, latex
from listok.templates.doctree import (
    Block,
    BoundBlocks,
    DisplayMath,
    Emphasis,
    InlineMath,
    ItemList,
    ListItem,
    Paragraph,
    Plural,
    Strong,
    Text,
)
from listok.templates.fill import fill_blocks
from listok.templates.mathparse import parse
from listok.templates.mathtree import Hole, Section, Shared
from listok.templates.names import Cast
from listok.templates.texhtml import MathMLPrinter, Printer
from listok.templates.text import LANGS, Lang, load


def address(name: str, content: bytes) -> str:
    assert content
    return name


PRINTERS: Mapping[str, Callable[[Lang], Any]] = {
    "latex": latex.Printer,
    "html": html.Printer,
    "texhtml": lambda lang: Printer(lang, address),
    "mathml": lambda lang: MathMLPrinter(lang, address),
}


@pytest.mark.parametrize("kind", PRINTERS)
@pytest.mark.parametrize("number", sorted(bank()))
def test_every_text(number: int, kind: str) -> None:
    exercise = bank()[number]
    for lang in LANGS:
        printer, text = PRINTERS[kind](lang), load(exercise, lang)
        pieces = [text.stem, *(p for part in text.parts.values() for p in (part.question, part.solution, part.rubric))]
        pieces += [sentence for part in text.parts.values() for sentence in part.mistakes.values()]
        for variant in (exercise.variant(seed, level) for level in (1, 2, 3) for seed in (0, 1)):
            scopes = (variant.solution, variant.params, Cast(variant, lang))
            for blocks in pieces:
                compiled = printer.blocks((BoundBlocks(blocks, scopes, lang),))
                assert compiled == printer.blocks(fill_blocks(blocks, scopes, lang))


def words(text: str) -> Paragraph:
    return Paragraph((Text(text), InlineMath(Hole("n"))))


def numbered(*texts: str) -> ItemList:
    return ItemList(tuple(ListItem("#", (words(text),)) for text in texts))


SHAPES: dict[str, tuple[Block, ...]] = {
    "lists become one and count on": (numbered("a", "b"), Section("some", False, (numbered("c"),)), numbered("d")),
    "turns of items": (
        Section("items", False, (words("a"), Section("@last", True, (Paragraph((Hole("@number"),)), numbered("b"))))),
        Section("items.rest", False, (numbered("c"),)), Paragraph((Hole("items.n"), Hole("items.length"))),
    ),
    "nothing shown": (Section("none", False, (numbered("a"),)),),
    "a paragraph that may part lists": (numbered("a"), Section("none", False, (words("b"),)), numbered("c")),
    "lists and paragraphs repeated": (Section("some", False, (words("a"), numbered("b"))), numbered("c")),
    "words before each list": (
        Section("some", False, (words("a"), numbered("b"))),
        Section("items", False, (words("c"), numbered("d"))),
        Section("none", True, (Section("some", False, (words("e"), numbered("f"))), numbered("g"))),
    ),
    "lists that may begin": (
        Section("items", False, (Section("some", False, (numbered("a"),)), words("b"), numbered("c"))),
        words("d"), Section("some", False, (numbered("e"), words("f"))), Section("some", False, (words("g"),)),
    ),
    "repeated for items": (Section("items", False, (numbered("a"), Section("n", True, (numbered("b"),)))),),
    "shared lists stay apart": (Shared((numbered(),)), numbered("a")),
    "a display after a paragraph": (words("a"), DisplayMath(Hole("n")), words("b")),
    "words with holes in them": (
        Paragraph((Emphasis((Hole("n"),)), Strong((Hole("name"),)), Plural("n", ("one", "more")))),
        Paragraph((InlineMath(Hole("n"), tall=True),)),
    ),
}


@pytest.mark.parametrize("kind", PRINTERS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("lang", LANGS)
def test_shapes_that_texts_may_take(shape: str, lang: Literal["ru", "en"], kind: str) -> None:
    blocks = SHAPES[shape]
    if lang == "ru":
        blocks = tuple(b for b in blocks if shape != "words with holes in them")
    printer = PRINTERS[kind](lang)
    # The same program runs for every variant, also where other sections are shown.
    for some, none in ((True, False), (False, True), ((1, 2), ())):
        items = tuple(SimpleNamespace(n=n) for n in range(3))
        values: Any = SimpleNamespace(n=5, name="<x_1>", some=some, none=none, items=items)
        scopes = (values, SimpleNamespace(), SimpleNamespace())
        assert printer.blocks((BoundBlocks(blocks, scopes, lang),)) == printer.blocks(
            fill_blocks(blocks, scopes, lang)
        )


# How an element of MathML is written depends on its neighbours, so holes stand here beside all sorts of them.
FORMULAS = (
    r"{{n}}", r"-{{n}}", r"{{n}} - {{n}}", r"{{n:+}} + {{n}}", r"({{n}}) - x", r"x {{n:()}} - {{n:coef}} y",
    r"{{n:coef}}x {{n:+coef}}y", r"{{n}} \max(x, {{n}})", r"\max {{n}}", r"\ln {{n}} - {{n:()}}^2",
    r"\sum_{i={{n}}}^{5} i", r"\max_{x < {{n}}} {{n}} \cdot x", r"x_{{{n}}}^{{{n}}}", r"{{n}}^{2}", r"{{n}}_{i}",
    r"{{n:()}}^{x} - 1",
    r"\frac{{{n}}}{x - {{n}}}", r"\sqrt{{{n}}}", r"\sqrt{x + {{n}}} - 1", r"\left(x - {{n}}\right) - {{n}}",
    r"\left[{{n}}\right]^2", r"\hat{{{n}}} + 1", r"\underbrace{x + {{n}}}_{{{n}}}",
    r"{{#items}} {{^@first}} + {{/@first}} x_{{{@number}}} {{/items}} - {{items.length}}",
    r"\frac{{{items.first.n}}}{{{items.rest.0.n}}}", r"{{items.rest.n}} - {{items.last.n}}^2",
    r"x {{#some}} + {{n}} {{/some}} - 1", r"{{#items}} {{n:+}} x {{/items}}", r"{{#none}} {{n}} {{/none}}",
    r"\ln {{#items}} ({{n}}) {{/items}}", r"{{^none}} - {{n}} {{/none}} - y",
    r"\begin{pmatrix} {{n}} & x - {{n}} \\ -{{n}} & 0 \end{pmatrix}^\top",
    r"\begin{cases} {{n}}, & x < {{n}} \\ -{{n}}, & x \ge {{n}} \end{cases}",
    r"\begin{aligned} x &= {{n}} - 1 \\ {{#items}} -x &= {{n}} - {{n}} \\ {{/items}} y &= {{n}} \end{aligned}",
    r"\begin{aligned} {{#items}} x_{{{@number}}} &= {{n}} {{^@last}} + {{/@last}} \\ {{/items}} \end{aligned}",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    5, -5, 1, -1, 0, Fraction(1, 2), Fraction(-1, 2), Fraction(1, 3), Fraction(-2, 3), 0.25, -0.25, 1e-9, float("-inf"),
    (1, 2), (-1, Fraction(-2, 3)), ((1, -2), (Fraction(1, 3), 0)), "x - 1", "-x", r"\max", r"\sum", "(", "x^2", "+",
)  # fmt: skip


@pytest.mark.parametrize("kind", PRINTERS)
@pytest.mark.parametrize("source", FORMULAS)
def test_formulas_round_values_of_every_kind(source: str, kind: str) -> None:
    body = parse(source)
    for lang in LANGS:
        printer = PRINTERS[kind](lang)
        blocks = (Paragraph((InlineMath(body), InlineMath(body, tall=True), Hole("n"))), DisplayMath(body))
        for value in VALUES:
            if ":" in source and not isinstance(value, (int, float, Fraction)):
                continue  # the ways of writing are for numbers
            for shown in (True, False):
                items = (SimpleNamespace(n=value), SimpleNamespace(n=3))
                values: Any = SimpleNamespace(n=value, some=shown, none=() if shown else items, items=items)
                scopes = (values, SimpleNamespace(), SimpleNamespace())
                compiled = printer.blocks((BoundBlocks(blocks, scopes, lang),))
                assert compiled == printer.blocks(fill_blocks(blocks, scopes, lang))
