"""A variant as a student sees it: heading, story, stem, lettered parts, options, room for the answers."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection, Iterable, Mapping
from typing import assert_never

from listok.generators.answers import (
    ENGLISH_LETTERS,
    RUSSIAN_LETTERS,
    AnyKey,
    Choice,
    Choices,
    Expression,
    Matching,
    Matrix,
    Number,
    Open,
    Predicate,
    Vector,
)
from listok.generators.decimals import brief
from listok.generators.exact import Fraction
from listok.generators.values import Value
from listok.templates import doctree as doc
from listok.templates import mathtree as mt
from listok.templates.notation import value_node
from listok.templates.numbers import number_node, uneven
from listok.templates.plurals import plural
from listok.templates.text import Filled, Lang, OptionText

WORDS: Mapping[str, Mapping[Lang, str]] = {
    "problem": {"ru": "Задача", "en": "Problem"},
    "answer": {"ru": "Ответ", "en": "Answer"},
    "student": {"ru": "Студент", "en": "Student"},
    "group": {"ru": "Группа", "en": "Group"},
    "form": {"ru": "Вариант", "en": "Form"},
    "date": {"ru": "Дата", "en": "Date"},
    "page": {"ru": "с.", "en": "p."},
    "total": {"ru": "Итого", "en": "Total"},
    "key": {"ru": "Ключ", "en": "Key"},
    "grid": {"ru": "Ведомость", "en": "Grading grid"},
    "name_line": {"ru": "Фамилия, имя", "en": "Name"},
    "true": {"ru": "Верно.", "en": "True."},
    "false": {"ru": "Неверно.", "en": "False."},
    "pick_one": {"ru": "Выберите один вариант.", "en": "Choose one option."},
    "pick_some": {"ru": "Выберите все верные варианты.", "en": "Choose all that are right."},
    "pick_each": {"ru": "Для каждого пункта укажите букву.", "en": "Give a letter for each item."},
}

_CALCULATOR: Mapping[Lang, tuple[str, str, str]] = {
    "ru": (
        "Понадобится калькулятор.",
        "В пункте {} понадобится калькулятор.",
        "В пунктах {} и {} понадобится калькулятор.",
    ),
    "en": (
        "You will need a calculator.",
        "You will need a calculator in part {}.",
        "You will need a calculator in parts {} and {}.",
    ),
}
"""What is said where all parts, one, or some of them need a calculator."""

EXTRA = {"compact": 0, "normal": 1, "roomy": 2}
"""How often the blueprint's answer space adds a part's further ruled lines."""


def letters(lang: Lang) -> str:
    """The letters that number parts and options."""
    return RUSSIAN_LETTERS if lang == "ru" else ENGLISH_LETTERS


def points_words(points: Fraction, lang: Lang) -> str:
    """``2 балла``, ``1 point``; a fraction takes the genitive singular in Russian, the plural in English."""
    return _points_words(*points.as_integer_ratio(), lang)


def _total(points: Iterable[Fraction]) -> tuple[int, int]:
    """The sum of points, as numerator and denominator."""
    pairs = [worth.as_integer_ratio() for worth in points]
    if {bottom for _, bottom in pairs} <= {1}:  # the usual case, without a sum of fractions
        return sum([top for top, _ in pairs]), 1
    return sum(itertools.starmap(Fraction, pairs), Fraction(0)).as_integer_ratio()


def points_text(points: Fraction | float, lang: Lang) -> str:
    """Points as a bare number, with the decimal separator of the language."""
    text = brief(points)
    return text.replace(".", ",") if lang == "ru" else text


@functools.lru_cache(maxsize=1024)
def _points_words(top: int, bottom: int, lang: Lang) -> str:
    if bottom != 1:
        return f"{points_text(top / bottom, lang)}\u00a0{'балла' if lang == 'ru' else 'points'}"
    forms = ("балл", "балла", "баллов") if lang == "ru" else ("point", "points")
    return f"{top}\u00a0{plural(top, forms, lang)}"


def problem(
    filled: Filled, points: Mapping[str, Fraction], number: int | None = None, space: str = "normal"
) -> tuple[doc.Block, ...]:
    """One problem of a sheet: only the parts that carry points, lettered where there is more than one.

    `number` counts it within the form; `space` is the answer space (none, compact, normal, roomy).
    """
    beginning = opening(filled, points, number)
    items = []
    for letter, part in zip(letters(filled.lang), points, strict=False):
        asked, options = question(filled, part)
        name = part if number is None else f"{number}.{part}"
        body: tuple[doc.Block, ...] = (*asked, *options, *_room(filled, part, points[part], space, name))
        if options:
            body = (doc.Whole(body),)
        items.append(doc.ListItem(f"({letter})", body, lead=len(asked)))
    if len(items) == 1:
        return (*beginning, *items[0].content)
    return (*beginning, doc.ItemList(tuple(items)))


def opening(filled: Filled, points: Mapping[str, Fraction], number: int | None = None) -> tuple[doc.Block, ...]:
    """What stands before the parts that carry points: heading, story, stem, and where a calculator is needed."""
    heading = heading_of(filled, points, number)
    beginning = filled.beginning
    first = doc.Together((heading, *filled.blocks(beginning[:1])))
    return (first, *filled.blocks(beginning[1:]), *calculator_note(filled, points))


def question(filled: Filled, part: str) -> tuple[tuple[doc.Block, ...], tuple[doc.Block, ...]]:
    """What a part asks, and its options, if it has any."""
    return filled.blocks(filled.text.parts[part].question), _options(filled, part)


def calculator_note(filled: Filled, parts: Collection[str]) -> tuple[doc.Block, ...]:
    """For which of the parts asked, lettered in this order, a calculator is needed; nothing where it is for none."""
    letter = dict(zip(parts, letters(filled.lang), strict=False))
    *others, last = [f"({letter[part]})" for part in parts if filled.variant.needs_calculator(part)] or [""]
    if not last:
        return ()
    for_all, for_one, for_some = _CALCULATOR[filled.lang]
    if len(others) + 1 == len(parts):
        said = for_all
    else:
        said = for_some.format(", ".join(others), last) if others else for_one.format(last)
    return (doc.Paragraph((doc.Text(said),)),)


def heading_of(filled: Filled, points: Mapping[str, Fraction], number: int | None, code: str = "") -> doc.Heading:
    """``Задача 3. Свёртка своими руками``, with the points (and, for teachers, the code) at the right."""
    total = _points_words(*_total(points.values()), filled.lang)
    title = filled.title if number is None else f"{WORDS['problem'][filled.lang]} {number}. {filled.title}"
    aside = (doc.Text(f"{total}, "), doc.Code(code)) if code else (doc.Text(total),)
    return doc.Heading(2, (doc.Text(title),), aside)


def options_of(filled: Filled, part: str) -> tuple[tuple[str, OptionText], ...]:
    """A part's options as printed: the letter, the words and the reason."""
    names = filled.variant.options(part)
    return tuple((letter, filled.option(part, name)) for letter, name in zip(letters(filled.lang), names, strict=False))


def reason_of(filled: Filled, part: str, name: str, text: OptionText) -> tuple[doc.Inline, ...]:
    """Why an option is right or wrong, and first which of the two, where each stands for itself."""
    key = filled.variant.exercise.parts[part]
    if not isinstance(key, Choices):
        return text.reason
    verdict = "true" if name in getattr(filled.variant.solution, key.field) else "false"
    return (doc.Strong((doc.Text(WORDS[verdict][filled.lang]),)), doc.Text(" "), *text.reason)


def matching_items(filled: Filled, part: str, key: Matching) -> tuple[mt.Math, ...]:
    """What stands at the left of a matching part, in the order of its key."""
    variant = filled.variant
    values = variant.exercise.field_value(variant, key.items)
    return tuple(value_node(value, (), filled.lang) for value in values)


_TALL = doc.Phrase((doc.InlineMath(mt.Hole("."), tall=True),))
"""A formula that stands by itself, as tall as it needs to be."""


def _options(filled: Filled, part: str) -> tuple[doc.Block, ...]:
    key = filled.variant.exercise.parts[part]
    if not isinstance(key, (Choice, Choices, Matching)):
        return ()
    blocks: list[doc.Block] = []
    if isinstance(key, Matching):
        values = filled.variant.exercise.field_value(filled.variant, key.items)
        items = [doc.Paragraph((doc.Bound(_TALL, (value,)),)) for value in values]
        blocks.append(doc.ItemList(tuple(doc.ListItem(f"{n}.", (item,)) for n, item in enumerate(items, 1))))
    ask = "pick_each" if isinstance(key, Matching) else "pick_some" if isinstance(key, Choices) else "pick_one"
    blocks.append(doc.Paragraph((doc.Emphasis((doc.Text(WORDS[ask][filled.lang]),)),)))
    blocks.append(
        doc.ItemList(
            tuple(
                doc.ListItem(f"{letter})", (doc.Paragraph(text.content),)) for letter, text in options_of(filled, part)
            )
        )
    )
    return tuple(blocks)


def _room(filled: Filled, part: str, points: Fraction, space: str, name: str) -> tuple[doc.Block, ...]:
    words = points_words(points, filled.lang)
    if space == "none":
        return (doc.Paragraph((doc.Emphasis((doc.Text(words),)),)),)
    key = filled.variant.exercise.parts[part]
    label = f"{WORDS['answer'][filled.lang]} ({words})"
    if isinstance(key, Open) and key.space:
        return (doc.AnswerSlot(label, 0, frame=key.space, name=name),)
    least, more, shape = _size(key, getattr(filled.variant.solution, key.field) if key.field else None)
    return (doc.AnswerSlot(label, least + more * EXTRA[space], shape, name=name),)


def _size(key: AnyKey, value: Value) -> tuple[int, int, tuple[int, int] | None]:
    """Ruled lines at compact space, how many more each wider space gives, and the cells of a matrix."""
    match key:
        case Choice() | Choices() | Matching():
            return 1, 0, None
        case Number() | Vector() | Expression() | Predicate():
            return 1, 2, None
        case Matrix():
            return 0, 3, (len(value), len(value[0]))
        case Open():
            return 3, 3, None
        case _:
            assert_never(key)


def answer(filled: Filled, part: str) -> tuple[doc.Inline, ...]:
    """The right answer of a part as it is printed in keys; empty for a part marked by rubric."""
    key = filled.variant.exercise.parts[part]
    value = getattr(filled.variant.solution, key.field) if key.field else None
    return shown(filled, part, key, value)


def shown(filled: Filled, part: str, key: AnyKey, value: Value) -> tuple[doc.Inline, ...]:
    """A value of a part, right or wrong, as it is printed in keys."""
    lang = filled.lang
    spec = _writing(key, value)
    match key:
        case Number() | Vector() | Matrix() | Expression():
            margin = key.tolerance if spec and isinstance(key, Number) else None
            return (doc.Bound(_with_margin(spec, margin), (value,)),)
        case Predicate():
            said = {"ru": "например, ", "en": "for example, "}[lang]
            return (doc.Text(said), doc.InlineMath(value_node(value, spec, lang)))
        case Choice():
            return (doc.Text(_letters(filled, part, (value,))),)
        case Choices():
            return (doc.Text(_letters(filled, part, value) or "—"),)
        case Matching():
            chosen = _letters(filled, part, value).split(", ")
            return (doc.Text(", ".join(f"{n}{letter}" for n, letter in enumerate(chosen, 1))),)
        case Open():
            return ()
        case _:
            assert_never(key)


def _writing(key: AnyKey, value: Value) -> tuple[str, ...]:
    """How the numbers of an answer are written: rounded as they are asked for, and those of a list all in one way."""
    digits = getattr(key, "digits", None)
    if digits is not None:
        return (str(digits),)
    if getattr(key, "alike", False):
        return ("alike",)
    rows = (value,) if isinstance(key, Vector) else value if isinstance(key, Matrix) else ()
    cells = [cell for cell in itertools.chain(*rows) if isinstance(cell, (int, Fraction))]
    return ("dec",) if uneven(cells) else ()


@functools.cache
def _with_margin(spec: tuple[str, ...], margin: Fraction | None) -> doc.Phrase:
    """A hole for an answer, and for a rounded one what it may be off by: `` ± 0.001``."""
    hole = mt.Hole(".", spec)
    if margin is None:
        return doc.Phrase((doc.InlineMath(hole),))
    return doc.Phrase((doc.InlineMath(mt.Row((hole, mt.Operator("pm"), number_node(margin, int(spec[0]))))),))


def _letters(filled: Filled, part: str, names: tuple[str, ...]) -> str:
    order = filled.variant.options(part)
    picked = sorted(names, key=order.index) if not isinstance(filled.variant.exercise.parts[part], Matching) else names
    return ", ".join(letters(filled.lang)[order.index(name)] for name in picked)
