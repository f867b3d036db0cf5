"""What a compiled text prints is what its filled blocks print."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Literal

import pytest

from listok.generators.bank import bank
from listok.templates import latex
from listok.templates.doctree import (
    Block,
    BoundBlocks,
    DisplayMath,
    Emphasis,
    InlineMath,
    Item,
    ItemList,
    Paragraph,
    Plural,
    Strong,
    Text,
)
from listok.templates.fill import fill_blocks
from listok.templates.mathtree import Hole, Section, Shared
from listok.templates.names import Cast
from listok.templates.text import LANGS, load


@pytest.mark.parametrize("number", sorted(bank()))
def test_every_text(number: int) -> None:
    exercise = bank()[number]
    for lang in LANGS:
        text = load(exercise, lang)
        pieces = [text.stem, *(p for part in text.parts.values() for p in (part.question, part.solution, part.rubric))]
        pieces += [sentence for part in text.parts.values() for sentence in part.mistakes.values()]
        for variant in (exercise.variant(seed, level) for level in (1, 2, 3) for seed in (0, 1)):
            scopes = (variant.solution, variant.params, Cast(variant, lang))
            for blocks in pieces:
                compiled = latex.printer(lang).blocks((BoundBlocks(blocks, scopes, lang),))
                assert compiled == latex.printer(lang).blocks(fill_blocks(blocks, scopes, lang))


def words(text: str) -> Paragraph:
    return Paragraph((Text(text), InlineMath(Hole("n"))))


def numbered(*texts: str) -> ItemList:
    return ItemList(tuple(Item("#", (words(text),)) for text in texts))


SHAPES: dict[str, tuple[Block, ...]] = {
    "lists become one and count on": (numbered("a", "b"), Section("some", False, (numbered("c"),)), numbered("d")),
    "nothing shown": (Section("none", False, (numbered("a"),)),),
    "a paragraph that may part lists": (numbered("a"), Section("none", False, (words("b"),)), numbered("c")),
    "lists and paragraphs repeated": (Section("some", False, (words("a"), numbered("b"))), numbered("c")),
    "repeated for items": (Section("items", False, (numbered("a"), Section("n", True, (numbered("b"),)))),),
    "shared lists stay apart": (Shared((numbered(),)), numbered("a")),
    "a display after a paragraph": (words("a"), DisplayMath(Hole("n")), words("b")),
    "words with holes in them": (
        Paragraph((Emphasis((Hole("n"),)), Strong((Hole("name"),)), Plural("n", ("one", "more")))),
        Paragraph((InlineMath(Hole("n"), tall=True),)),
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("lang", LANGS)
def test_shapes_that_texts_may_take(shape: str, lang: Literal["ru", "en"]) -> None:
    blocks = SHAPES[shape]
    if lang == "ru":
        blocks = tuple(b for b in blocks if shape != "words with holes in them")
    printer = latex.Printer(lang)
    # The same program runs for every variant, also where other sections are shown.
    for some, none in ((True, False), (False, True), ((1, 2), ())):
        items = tuple(SimpleNamespace(n=n) for n in range(3))
        values: Any = SimpleNamespace(n=5, name="<x_1>", some=some, none=none, items=items)
        scopes = (values, SimpleNamespace(), SimpleNamespace())
        assert printer.blocks((BoundBlocks(blocks, scopes, lang),)) == printer.blocks(
            fill_blocks(blocks, scopes, lang)
        )
