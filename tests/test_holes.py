"""What a compiled phrase prints is what its words print with values in place of the holes, in every notation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import astuple

from listok.generators.bank import bank
from listok.generators.exact import Fraction
from listok.templates import html, latex, plain, typst
from listok.templates.doctree import (
    Block,
    Bound,
    BoundDisplay,
    DisplayMath,
    Emphasis,
    Inline,
    InlineMath,
    ItemList,
    ListItem,
    Paragraph,
    Phrase,
    Plural,
    Strong,
    Text,
)
from listok.templates.fill import fill_blocks
from listok.templates.mathparse import parse
from listok.templates.mathtree import Hole, Section
from listok.templates.names import Telling
from listok.templates.notation import trees, value_node
from listok.templates.paths import Scopes, lookup, rounds
from listok.templates.plurals import plural
from listok.templates.texhtml import MathMLPrinter, Printer
from listok.templates.text import LANGS, Lang, load


def address(name: str, content: bytes) -> str:
    assert content
    return name


PRINTERS: Mapping[str, Callable[[Lang], Any]] = {
    "latex": latex.Printer,
    "typst": typst.Printer,
    "plain": plain.Printer,
    "html": html.Printer,
    "texhtml": lambda lang: Printer(lang, address),
    "mathml": lambda lang: MathMLPrinter(lang, address),
}


def filled(nodes: Sequence[Inline], scopes: Scopes, lang: Lang) -> tuple[Inline, ...]:
    """Inlines with the values in place of the holes."""
    out: list[Inline] = []
    for node in nodes:
        match node:
            case Hole(path, spec):
                value = lookup(path, scopes)
                out.append(Text(value) if isinstance(value, str) else InlineMath(value_node(value, spec, lang)))
            case Section():
                out += [each for inner in rounds(node, scopes) for each in filled(node.content, inner, lang)]
            case InlineMath(body, tall):
                out.append(InlineMath(trees(lang).step(body)(scopes), tall))
            case Plural(path, forms):
                out.append(Text(plural(lookup(path, scopes), forms, lang)))
            case Emphasis(content):
                out.append(Emphasis(filled(content, scopes, lang)))
            case Strong(content):
                out.append(Strong(filled(content, scopes, lang)))
            case _:
                out.append(node)
    return tuple(out)


def bound(node: Any) -> Iterator[Bound | BoundDisplay]:
    """Every phrase and display of a document that is bound to values."""
    if isinstance(node, (Bound, BoundDisplay)):
        yield node
    elif isinstance(node, (tuple, list)):
        for each in node:
            yield from bound(each)
    elif isinstance(node, Struct):
        yield from bound(astuple(node))


def assert_printed_as_filled(printer: Any, node: Bound | BoundDisplay, lang: Lang) -> None:
    if isinstance(node, Bound):
        assert printer.inlines((node,)) == printer.inlines(filled(node.phrase.content, node.scopes, lang))
    else:
        shown = DisplayMath(trees(lang).step(node.display.body)(node.scopes))
        assert printer.blocks((node,)) == printer.blocks((shown,))


@pytest.mark.parametrize("kind", PRINTERS)
@pytest.mark.parametrize("number", sorted(bank()))
def test_every_text(number: int, kind: str) -> None:
    exercise = bank()[number]
    for lang in LANGS:
        printer, text = PRINTERS[kind](lang), load(exercise, lang)
        pieces = [text.stem, *text.stories]
        pieces += (p for part in text.parts.values() for p in (part.question, part.solution, part.rubric))
        pieces += [sentence for part in text.parts.values() for sentence in part.mistakes.values()]
        count = 0
        for variant in (exercise.variant(seed, level) for level in (1, 2, 3) for seed in (0, 1)):
            scopes = (variant.solution, variant.params, Telling().cast(variant, lang))
            for node in bound([fill_blocks(blocks, scopes, lang) for blocks in pieces]):
                assert_printed_as_filled(printer, node, lang)
                count += 1
        assert count > 100


def words(text: str) -> Paragraph:
    return Paragraph((Phrase((Text(text), Hole("n"))),))


def numbered(*texts: str) -> ItemList:
    return ItemList(tuple(ListItem("#", (words(text),)) for text in texts))


SHAPES: dict[str, tuple[tuple[Block, ...], str]] = {
    "lists become one and count on": (
        (numbered("a", "b"), Section("some", False, (numbered("c"),)), numbered("d")), "1. a5 2. b5 3. c5 4. d5",
    ),
    "turns of items": (
        (
            Section("items", False, (words("a"), Section("@last", True, (numbered("b"),)))),
            Section("items.rest", False, (numbered("c"),)),
            Paragraph((Phrase((Hole("items.n"), Hole("items.length"))),)),
        ),
        "a0 1. b0 a1 1. b1 a2 1. c1 2. c2 (0, 1, 2)3",
    ),
    "nothing shown": ((Section("none", False, (numbered("a"),)),), ""),
    "no list between lists": (
        (numbered("a"), Section("none", False, (words("b"),)), numbered("c")), "1. a5 2. c5",
    ),
    "words between lists": ((numbered("a"), Section("some", False, (words("b"),)), numbered("c")), "1. a5 b5 1. c5"),
    "sections in sections": (
        (
            Section("items", False, (Section("some", False, (numbered("a"),)), words("b"), numbered("c"))),
            Section("none", True, (Section("some", False, (numbered("d"),)), words("e"))),
        ),
        "1. a0 b0 1. c0 2. a1 b1 1. c1 2. a2 b2 1. c2 2. d5 e5",
    ),
    "lists in lists": (
        (ItemList((Section("items", False, (ListItem("#", (words("a"), numbered("b"))),)),)), numbered("c")),
        "1. a0 1. b0 2. a1 1. b1 3. a2 1. b2 4. c5",
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_that_texts_may_take(shape: str) -> None:
    blocks, wanted = SHAPES[shape]
    items = tuple(SimpleNamespace(n=n) for n in range(3))
    scopes = (SimpleNamespace(n=5, some=True, none=(), items=items), SimpleNamespace(), SimpleNamespace())
    assert " ".join(plain.Printer("en").blocks(fill_blocks(blocks, scopes, "en")).split()) == wanted


@pytest.mark.parametrize("kind", PRINTERS)
def test_words_with_holes_in_them(kind: str) -> None:
    phrase = Phrase((Emphasis((Hole("n"),)), Strong((Hole("name"),)), Plural("n", ("one", "more")),
                 Section("items", False, (Hole("@number"), Section("@last", True, (Text(", "),)))),
                 InlineMath(Hole("n"), tall=True)))  # fmt: skip
    printer = PRINTERS[kind]("en")
    for n, items in ((5, (1, 2)), (1, ())):
        values = SimpleNamespace(n=n, name="<x_1>", items=items)
        assert_printed_as_filled(printer, Bound(phrase, (values, SimpleNamespace(), SimpleNamespace())), "en")


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
        phrase = Phrase((InlineMath(body), InlineMath(body, tall=True), Hole("n"), Text(" "), Hole("n", ("col",))))
        display = DisplayMath(body)
        for value in VALUES:
            if ":" in source and not isinstance(value, (int, float, Fraction)):
                continue  # the ways of writing are for numbers
            for shown in (True, False):
                items = (SimpleNamespace(n=value), SimpleNamespace(n=3))
                values: Any = SimpleNamespace(n=value, some=shown, none=() if shown else items, items=items)
                scopes = (values, SimpleNamespace(), SimpleNamespace())
                assert_printed_as_filled(printer, Bound(phrase, scopes), lang)
                assert_printed_as_filled(printer, BoundDisplay(display, scopes), lang)
