"""What the tests of all export formats share: exported files, and what a model student would type into them."""

from __future__ import annotations

import decimal
import functools
import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from listok.answerkeys.composing import Request, Saved
from listok.answerkeys.exam_file import slot_data
from listok.answerkeys.export import Report, export
from listok.answerkeys.formats import Heading
from listok.answerkeys.forms import Slot
from listok.answerkeys.items import Item, Part, item_of
from listok.answerkeys.lowering import Decimal, Essay, Field, LeftOut, Numbers, Pairs, Pick, lower
from listok.generators.bank import bank, find
from listok.generators.exact import Fraction
from listok.generators.exercise import AnyVariant
from listok.templates.names import Telling
from listok.workers.pool import in_process

NAMES = [exercise.name for exercise in bank().values()]
LANGS = ("ru", "en")
SAMPLES = [(name, LANGS[place % 2]) for place, name in enumerate(NAMES)]
"""Each exercise in one of the languages, in turn, or the tests would take twice as long; with the variable
LISTOK_THOROUGH set, in both."""
if os.environ.get("LISTOK_THOROUGH"):
    SAMPLES = [(name, lang) for name in NAMES for lang in LANGS]

COUNT = 2
"""Variants of each exercise, level and language that every exporter's test plays through."""

FORM = Telling(form="form")
"""How all items are told: as those of one form."""

HOSTILE = "<b>&amp; \"'</b>]]> //$course$\x07{}~#=: =cmd|' /C calc'!A0"
"""A title that every format must take as plain words."""


def different(name: str, level: int, count: int) -> list[AnyVariant]:
    """Different variants of an exercise and level."""
    found: dict[str, AnyVariant] = {}
    for seed in itertools.count():
        if len(found) == count:
            break
        variant = find(name).variant(seed, level)
        found.setdefault(variant.fingerprint, variant)
    return list(found.values())


@functools.cache
def items(name: str, lang: str) -> tuple[Item, ...]:
    """Items of an exercise at all levels."""
    return tuple(
        item_of(variant, lang, telling=FORM)  # type: ignore[arg-type]
        for level in (1, 2, 3)
        for variant in different(name, level, COUNT)
    )


def exported(
    to: str, out: Path, chosen: Iterable[Item], *, title: str = "listok", choices: Mapping[str, str] | None = None,
    **limits: int,
) -> Report:  # fmt: skip
    """Items as files of a format."""
    some = list(chosen)
    slots = [Slot(item.variant, {part.name: part.points for part in item.parts}) for item in some]
    source = Saved("items", [(FORM.form, msgspec.json.encode(slot_data(slot))) for slot in slots])
    request = Request(to, Heading(title, some[0].lang, tuple((choices or {}).items())))
    return export([source], request, in_process(), out, "questions", **limits)  # type: ignore[arg-type]


def file_of(to: str, out: Path, chosen: tuple[Item, ...], **more: object) -> bytes:
    """Items as the one file of a format."""
    (path,) = exported(to, out, chosen, **more).files  # type: ignore[arg-type]
    return path.read_bytes()


@dataclass(frozen=True)
class Wrong:
    """A wrong answer of a named mistake in one gap: what is typed, not rounded, what it earns of the gap, a bit of what
    is said, and for decimals how far a number may be off to be taken for it."""

    response: str
    share: Fraction
    said: str
    tolerance: Fraction | None = None


@dataclass(frozen=True)
class Gap:
    """One place for a response: its part, its share of the item's points, the right response, and for decimals how far
    it may be off."""

    part: str
    kind: str
    share: Fraction
    right: str
    tolerance: Fraction | None
    wrong: tuple[Wrong, ...]
    exact: str = ""


def fields(item: Item, to: str) -> Iterator[tuple[Part, Field]]:
    """The parts of an item as a format asks for them; those left out and essays are not among them."""
    for part in item.parts:
        field = lower(part, to)  # type: ignore[arg-type]
        if not isinstance(field, (LeftOut, Essay)):
            yield part, field


def cells(part: Part, field: Numbers, share: Fraction) -> Iterator[Gap]:
    """The gaps of numbers."""
    for cell in field.cells:
        if isinstance(cell, Decimal):
            wrong = tuple(
                Wrong(one.key, one.mistake.share, one.mistake.name, one.tolerance) for one in cell.mistakes
            )
            yield Gap(part.name, "number", share / len(field.cells), cell.text, cell.tolerance, wrong, cell.exact)
        else:
            wrong = tuple(
                Wrong(text, one.mistake.share, one.mistake.name) for one in cell.mistakes for text in typed(one.text)
            )
            yield Gap(part.name, "text", share / len(field.cells), cell.accepted[0], None, wrong)


def typed(fraction: str) -> Iterator[str]:
    """A fraction as students type it: as it is, with the minus of a typographer, and as a decimal where that ends."""
    value, texts = Fraction(fraction), [fraction]
    if 10**18 % value.denominator == 0 and value.denominator > 1:
        texts.append(f"{decimal.Decimal(value.numerator) / value.denominator:f}")
    for text in texts:
        yield text
        if value < 0:
            yield text.replace("-", "−")


def total(item: Item, to: str) -> Fraction:
    """Points of the parts that are asked and not left to a marker."""
    return sum((part.points for part, _ in fields(item, to)), Fraction(0))


def inside(gap: Gap, share: str) -> tuple[str, str]:
    """Numbers below and above the right one, rounded and exact, off by a share of the tolerance."""
    assert gap.tolerance is not None
    off = gap.tolerance * Fraction(share)
    keys = sorted(Fraction(text) for text in (gap.right, gap.exact or gap.right))
    return tuple(f"{float(key + sign * off):.12f}" for key, sign in zip(keys, (-1, 1), strict=True))  # type: ignore[return-value]


def outside(gap: Gap) -> Iterator[tuple[str, Fraction]]:
    """Numbers just beyond the tolerance, and what they earn: nothing, unless they are a mistake's."""
    for text in inside(gap, "1.1"):
        near = (w.share for w in gap.wrong if w.tolerance and abs(Fraction(text) - Fraction(w.response)) <= w.tolerance)
        yield text, next(near, Fraction(0))


__all__ = ["COUNT", "HOSTILE", "LANGS", "NAMES", "Gap", "Pairs", "Pick", "cells", "different", "exported", "fields",
           "file_of", "inside", "items", "outside", "total"]  # fmt: skip
