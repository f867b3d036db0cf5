"""What every export format shares.

A composer prints an item: what is asked, how it is marked, what had to be left out. A writer puts what was printed into
a file, in order. So composers may work in several processes, while one writes.
"""

from __future__ import annotations

import contextlib
import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

from msgspec import Struct

from listok.answerkeys.items import Item, Part
from listok.answerkeys.lowering import Field, Numbers, Pairs, Pick, Ratio, lower
from listok.answerkeys.lowering import Format as To
from listok.generators.decimals import trimmed
from listok.generators.exact import Fraction
from listok.templates.doctree import Block
from listok.templates.sheet import points_words
from listok.templates.texhtml import Printer
from listok.templates.text import Lang


class Omission(Struct, frozen=True):
    """What a format cannot say of an exercise, or of one of its parts."""

    exercise: str
    part: str
    reason: str


class Question(Struct, frozen=True):
    """One question as a format prints it: how many questions the platform sees in it, and, for files that tell of it
    in other places too, its name there, its points, and the pictures it refers to."""

    content: bytes
    count: int = 1
    name: str = ""
    points: Fraction = Fraction(0)
    pictures: Mapping[str, bytes] = {}


class Entry(Struct, frozen=True):
    """An item as a format prints it, which any process may have done: all that a file must know to take it in."""

    code: str
    lang: Lang
    exercise: str
    number: int
    topic: str
    level: int
    title: str
    questions: tuple[Question, ...]
    omissions: tuple[Omission, ...]

    @property
    def heading(self) -> str:
        """The exercise as platforms list it: ``13. Softmax``."""
        return f"{self.number}. {self.title}"

    @property
    def heading_level(self) -> str:
        """The level as platforms list it."""
        return f"{_LEVEL[self.lang]} {self.level}"


_LEVEL: Mapping[Lang, str] = {"ru": "Уровень", "en": "Level"}


class Heading(Struct, frozen=True):
    """What the whole of an export is called, and how the user wants it: `settings` are a format's own."""

    title: str
    lang: Lang
    settings: tuple[tuple[str, str], ...] = ()

    def setting(self, name: str, default: str) -> str:
        """What the user chose, or the default."""
        return dict(self.settings).get(name, default)


class Composer(ABC):
    """Prints the items of an export. It remembers nothing that shows: several may share the items of one export."""

    def __init__(self, heading: Heading, pictures: str = "", printer: type[Printer] = Printer) -> None:
        self.heading, self.figures = heading, Pictures(pictures, printer)
        self._omissions: list[Omission] = []

    def entry(self, item: Item) -> Entry:
        """An item, printed."""
        self._omissions = []
        self.figures.take()
        questions, exercise = tuple(self.questions(item)), item.variant.exercise
        return Entry(
            item.code, item.lang, exercise.name, exercise.number, exercise.topic, item.variant.level, item.title,
            questions, tuple(self._omissions),
        )  # fmt: skip

    @abstractmethod
    def questions(self, item: Item) -> Iterable[Question]:
        """The questions that an item becomes; none where the format can ask nothing of it."""

    def lowered(self, item: Item, part: Part, to: To, told: Callable[[Field], bool] = lambda _: True) -> Field:
        """The field that asks for a part; what is lost of it is reported, where that is `told`."""
        field = lower(part, to)
        if isinstance(field, (Numbers, Pick, Pairs)) and told(field):
            for note in field.notes:
                self.left_out(item, part, note)
        return field

    def left_out(self, item: Item, part: Part | None, reason: str) -> None:
        """Report a part (or a whole item) that was left out."""
        name = part.name if part else ""
        self._omissions.append(Omission(item.variant.exercise.name, name, reason))


class Writer(Protocol):
    """Puts entries into one file of an export."""

    @property
    def size(self) -> int:
        """Bytes written so far, or a near guess."""

    def add(self, entry: Entry) -> int:
        """Write an entry; gives how many questions it became."""

    def close(self) -> None:
        """Finish the file."""

    def abandon(self) -> None:
        """Let go of the file, which will not be finished, and say nothing."""


class TextFile:
    """A file in which one question follows another; its writer, as far as all formats of the kind go."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self.size = 0

    def add(self, entry: Entry) -> int:
        """Write an entry; gives how many questions it became."""
        for question in entry.questions:
            self.write(question.content)
        return sum(question.count for question in entry.questions)

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def abandon(self) -> None:
        """Let go of the file; what is still to be written may find no room either."""
        with contextlib.suppress(OSError):
            self._file.close()

    def write(self, content: bytes) -> None:
        """Write what is no question."""
        self._file.write(content)
        self.size += len(content)


@dataclass(frozen=True)
class Format:
    """An export format: its name, the ending of its files, what it is for, what prints items for it, and what opens a
    file of it.

    `choices` holds its settings: for each the values it may take, the first being the default.
    """

    name: str
    suffix: str
    summary: str
    composer: Callable[[Heading], Composer]
    open: Callable[[Path, Heading], Writer]
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass
class Pictures:
    """The figures that a text refers to: `address` is handed to a printer, the files are collected here."""

    prefix: str = ""
    kind: type[Printer] = Printer
    files: dict[str, bytes] = field(default_factory=dict)
    _printers: dict[Lang, Printer] = field(default_factory=dict)

    def address(self, name: str, content: bytes) -> str:
        """Keep a picture's file and give the address to write into the text."""
        self.files[name] = content
        return self.prefix + name

    def printer(self, lang: Lang) -> Printer:
        """The printer of a language, whose figures are collected here."""
        if lang not in self._printers:
            self._printers[lang] = self.kind(lang, self.address)
        return self._printers[lang]

    def take(self) -> dict[str, bytes]:
        """The files collected since the last call."""
        taken = self.files
        self.files = {}
        return taken


_DECIMALS: Mapping[Lang, str] = {
    "ru": "Дробную часть отделяйте точкой, разряды ничем не отделяйте, минусом служит дефис с клавиатуры: -1234.5.",
    "en": "Write decimals with a point, no thousands marks, and the hyphen of the keyboard for a minus: -1234.5.",
}
_FRACTIONS: Mapping[Lang, str] = {
    "ru": " Обыкновенную дробь пишите через косую черту: 1/3.",
    "en": " Write a fraction with a slash: 1/3.",
}
_NOT_FRACTIONS: Mapping[Lang, str] = {
    "ru": " Число с конечной десятичной записью пишите только так: 0.5, а не 1/2.",
    "en": " Write a number that ends as a decimal only so: 0.5, not 1/2.",
}
_WHERE_ENDLESS: Mapping[Lang, str] = {
    "ru": " Если такой записи нет и округлять не просят, пишите обыкновенную дробь через косую черту, "
    "без пробелов: 1/3.",
    "en": " Where it does not end and you are not asked to round, write a fraction with a slash and no spaces: 1/3.",
}


def how_to_type(asked: Iterable[tuple[Part, Field]], lang: Lang, *, apart: bool) -> str:
    """How to type the numbers that parts ask for; nothing where they ask for none, and of fractions only where some
    number is not rounded.

    `apart`: a field takes either decimals or fractions, as on platforms that read a decimal's field by themselves:
    Moodle reads 1/2 as 1 and QTI not at all, and neither knows a typographer's minus.
    """
    typed = [(part, field) for part, field in asked if isinstance(field, Numbers)]
    exact = any(getattr(part.key, "digits", None) is None for part, _ in typed)
    if not typed:
        return ""
    if not exact:
        return _DECIMALS[lang]
    if not apart:
        return _DECIMALS[lang] + _FRACTIONS[lang]
    endless = any(isinstance(cell, Ratio) and "/" in cell.accepted[0] for _, field in typed for cell in field.cells)
    return _DECIMALS[lang] + _NOT_FRACTIONS[lang] + (_WHERE_ENDLESS[lang] if endless else "")


INSTEAD: Mapping[Lang, str] = {
    "ru": "Писать ответ здесь не нужно: выберите верный из предложенных.",
    "en": "You need not write the answer here: choose the right one among those offered.",
}
"""The words where options stand in the place of an answer that the platform could not mark."""


def question_html(printer: Printer, part: Part, field: Field) -> str:
    """What a part asks; where students choose what its own words ask them to write, a word on choosing."""
    if isinstance(field, Pick) and field.instead:
        return f"{printer.blocks(part.chosen)}<p><em>{INSTEAD[part.filled.lang]}</em></p>\n"
    return printer.blocks(part.question)


FeedbackPrinter: TypeAlias = Callable[[tuple[Block, ...]], str]
"""Prints the feedback on a mistake."""


def feedback_printer(printer: Printer, change: Callable[[str], str] = str) -> FeedbackPrinter:
    """Prints each feedback once, for it stands in every cell that its mistake spoils; `change` writes it as the format
    wants it."""

    def printed(blocks: tuple[Block, ...]) -> str:
        return change(printer.blocks(blocks))

    return functools.lru_cache(2**10)(printed)


def with_minus(spellings: Iterable[str]) -> Iterator[str]:
    """Spellings, and for negative ones those with the typographer's minus, for platforms that compare text."""
    for text in spellings:
        yield text
        if text.startswith("-"):
            yield "−" + text[1:]


def skipped(parts: Sequence[Part], lang: Lang, *, own: bool) -> str:
    """A sentence on the parts whose letters a question skips, because they are questions of their `own`, or not asked;
    nothing where it skips none."""
    letters = ", ".join(f"({part.letter})" for part in parts)
    return (_OWN if own else _NOT_ASKED)[lang][len(parts) > 1].format(letters) if parts else ""


_OWN: Mapping[Lang, tuple[str, str]] = {
    "ru": ("Часть {} — отдельный вопрос.", "Части {} — отдельные вопросы."),
    "en": ("Part {} is a question of its own.", "Parts {} are questions of their own."),
}
_NOT_ASKED: Mapping[Lang, tuple[str, str]] = {
    "ru": ("Части {} здесь нет.", "Частей {} здесь нет."),
    "en": ("Part {} is not asked here.", "Parts {} are not asked here."),
}


def part_title(part: Part, lang: Lang) -> str:
    """``(а) 2 балла``: what stands in front of a part's question."""
    return f"({part.letter}) {points_words(part.points, lang)}"


def decimal(value: Fraction, places: int = 7) -> str:
    """A number for a machine: a point, an ASCII minus, no exponent, no trailing zeros."""
    return _decimal(*value.as_integer_ratio(), places)


def rounded_up(value: Fraction, places: int) -> str:
    """A number as `decimal` writes it, never less than it is: so that parts do not fall short of a whole."""
    return _rounded_up(*value.as_integer_ratio(), places)


@functools.lru_cache(maxsize=2**10)
def _rounded_up(top: int, bottom: int, places: int) -> str:
    return decimal(Fraction(-(-top * 10**places // bottom), 10**places), places)


@functools.lru_cache(maxsize=2**12)
def _decimal(top: int, bottom: int, places: int) -> str:
    text = trimmed(f"{top / bottom:.{places}f}")
    return "0" if text == "-0" else text
