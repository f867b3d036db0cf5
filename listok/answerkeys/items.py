"""A variant as every export takes it: the words of stem and parts, keys, options, and the feedback on each mistake."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from listok.generators.answers import NONE, AnyKey, Asked, Matching
from listok.generators.exact import Fraction
from listok.generators.exercise import AnyVariant
from listok.generators.values import Value
from listok.templates import doctree as doc
from listok.templates.names import USUAL, Telling
from listok.templates.sheet import calculator_note, letters, matching_items, options_of, reason_of
from listok.templates.text import Filled, Lang, OptionText


class Mistake(Struct, frozen=True):
    """A named mistake on one part: the answer it gives, the share of the points it earns, the feedback."""

    name: str
    value: Value
    share: Fraction
    feedback: tuple[doc.Block, ...]


class Option(Struct, frozen=True):
    """An option of a part as printed; `reason` says why it is right or wrong (often empty)."""

    name: str
    letter: str
    words: tuple[doc.Inline, ...]
    reason: tuple[doc.Inline, ...]


class Part(Struct, frozen=True):
    """One part: its name, letter, points, key, and its words in the item's language."""

    name: str
    letter: str
    points: Fraction
    key: AnyKey
    asked: Asked
    filled: Filled

    @property
    def question(self) -> tuple[doc.Block, ...]:
        """What is asked, and how the answer is typed where the text says so."""
        return self.filled.blocks(self.filled.text.parts[self.name].question)

    @property
    def chosen(self) -> tuple[doc.Block, ...]:
        """What is asked of students who choose the answer among options."""
        return self.filled.blocks(self.filled.text.parts[self.name].chosen)

    @property
    def solution(self) -> tuple[doc.Block, ...]:
        """The worked solution, and why each option is right or wrong where the text says so."""
        solution = self.filled.blocks(self.filled.text.parts[self.name].solution)
        reasons = tuple(map(self._reason, (option for option in self.options if option.reason)))
        return (*solution, doc.ItemList(reasons)) if reasons else solution

    def _reason(self, option: Option) -> doc.ListItem:
        reason = reason_of(self.filled, self.name, option.name, OptionText(option.words, option.reason))
        return doc.ListItem("•", (doc.Paragraph((doc.Emphasis(option.words),)), doc.Paragraph(reason)))

    @property
    def rubric(self) -> tuple[doc.Block, ...]:
        """How a marker awards the points of an open part; empty for other kinds."""
        return self.filled.blocks(self.filled.text.parts[self.name].rubric)

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """Every named mistake that spoils this part."""
        text, filled = self.filled.text, self.filled
        return tuple(
            Mistake(name, wrong, self.asked.credit.get(name, NONE), filled.blocks(text.mistake(name, self.name)))
            for name, wrong in self.asked.mistakes.items()
        )

    @property
    def options(self) -> tuple[Option, ...]:
        """The options in the order printed; empty for kinds without options."""
        if not self.asked.options:
            return ()
        return tuple(
            Option(name, letter, text.content, text.reason)
            for name, (letter, text) in zip(self.asked.options, options_of(self.filled, self.name), strict=True)
        )

    @property
    def terms(self) -> tuple[doc.Inline, ...]:
        """What stands at the left of a matching part; empty for other kinds."""
        if not isinstance(self.key, Matching):
            return ()
        return tuple(doc.InlineMath(item, tall=True) for item in matching_items(self.filled, self.name, self.key))


@dataclass(frozen=True)
class Item:
    """One variant in one language, with the points of the parts that are asked."""

    variant: AnyVariant
    lang: Lang
    parts: tuple[Part, ...]
    filled: Filled

    @property
    def code(self) -> str:
        """What the question is called in every format."""
        return self.variant.code

    @property
    def title(self) -> str:
        return self.filled.title

    @property
    def name(self) -> str:
        """What a teacher sees in the list of a bank: ``13 Softmax · 0D8-G00-00Z``."""
        return f"{self.variant.exercise.number} {self.title} · {self.code}"

    @property
    def heading(self) -> tuple[doc.Inline, ...]:
        """The title as inlines."""
        return (doc.Text(self.title),)

    @functools.cached_property
    def stem(self) -> tuple[doc.Block, ...]:
        """The story, where one is told, the stem, and for which parts a calculator is needed."""
        note = calculator_note(self.filled, [part.name for part in self.parts])
        return (*self.filled.blocks(self.filled.beginning), *note)

    @property
    def points(self) -> Fraction:
        return sum((part.points for part in self.parts), Fraction(0))


def item_of(
    variant: AnyVariant, lang: Lang, points: Mapping[str, Fraction] | None = None, telling: Telling = USUAL
) -> Item:
    """A variant as an item: all its parts, or those in `points` with their points."""
    filled = Filled(variant, lang, telling)
    worth = points or {name: Fraction(key.points) for name, key in variant.exercise.parts.items()}
    parts = tuple(
        Part(name, letter, worth[name], variant.exercise.parts[name], variant.asked(name), filled)
        for letter, name in zip(letters(lang), worth, strict=False)
    )
    return Item(variant, lang, parts, filled)
