"""What all exports to Moodle share: the file, its categories, and the common elements of a question."""

from __future__ import annotations

import base64
import functools
import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from lxml import etree

from listok.answerkeys.formats import (
    HINTS_APART,
    Composer,
    Entry,
    Heading,
    Pictures,
    Question,
    TextFile,
    decimal,
    part_title,
)
from listok.answerkeys.formats.elements import plain
from listok.answerkeys.items import Item, Part
from listok.generators.values import ListokError
from listok.templates.texhtml import Printer
from listok.templates.text import Lang

Element: TypeAlias = etree._Element

GRADES = (
    100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667, 14.28571, 12.5, 11.11111,
    10, 5, 0,
)  # fmt: skip
"""Per cent that an answer may earn in Moodle, or cost with a minus sign; a file with any other is refused."""

_NAME = str.maketrans({"/": "//", "<": "‹", ">": "›"})
_SPACE = re.compile(r"\s+")


def grade(share: Fraction) -> str:
    """A share as a per cent of Moodle's list: the nearest one; raises `ListokError` where none is near."""
    return _grade(*share.as_integer_ratio())


@functools.lru_cache(maxsize=2**10)
def _grade(top: int, bottom: int) -> str:
    percent = 100 * abs(top) / bottom
    near = min(GRADES, key=lambda known: abs(known - percent))
    if abs(near - percent) > 0.001:
        raise ListokError(f"Moodle has no grade of {percent:g} %")
    return ("-" if top < 0 and near else "") + str(near)


class MoodleComposer(Composer):
    """Prints items as elements of Moodle XML."""

    def __init__(self, heading: Heading) -> None:
        super().__init__(heading, "@@PLUGINFILE@@/")

    def questions(self, item: Item) -> Iterator[Question]:
        """The questions that an item becomes, an element each."""
        for element in self.elements(item):
            yield Question(_written(element))

    @abstractmethod
    def elements(self, item: Item) -> Iterator[Element]:
        """The elements of an item's questions."""


_BESIDE = {"ru": "Отдельные части", "en": "Separate parts"}


class MoodleFile(TextFile):
    """A file of questions, sorted into a category for each exercise and level; what an item has beside its first
    question is in a category within it, so that a random question of the former is always a whole variant."""

    def __init__(self, path: Path, heading: Heading) -> None:
        super().__init__(path)
        self._title = heading.title
        self._category = ""
        self.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n')

    def add(self, entry: Entry) -> int:
        """Write an entry's questions, each after its category where it is a new one; gives how many they were."""
        names = (self._title, entry.heading, entry.heading_level)
        for number, question in enumerate(entry.questions):
            self._enter(category((*names, _BESIDE[entry.lang]) if number else names))
            self.write(question.content)
        return len(entry.questions)

    def _enter(self, name: str) -> None:
        if name != self._category:
            self._category = name
            element = etree.Element("question", type="category")
            text_of(etree.SubElement(element, "category"), name)
            text_of(etree.SubElement(element, "info", format="html"), "")
            self.write(_written(element))

    def close(self) -> None:
        """Finish the file."""
        self.write(b"</quiz>\n")
        super().close()


def _written(element: Element) -> bytes:
    return etree.tostring(element, encoding="UTF-8") + b"\n"


def literal(text: str) -> etree.CDATA | str:
    """A text as it stands in a file: as one piece. Moodle's reader drops every piece that is white space alone, and a
    piece ends at each escaped sign: of ``&lt;b&gt;a&lt;/b&gt; &lt;b&gt;b&lt;/b&gt;`` the space would be lost."""
    try:
        return etree.CDATA(text)
    except ValueError:  # characters that XML forbids, or the end of such a piece
        return plain(text)


@functools.lru_cache(2**8)
def category(names: tuple[str, ...]) -> str:
    """A category's path: a slash in a name is doubled, and signs of a tag, which Moodle refuses, become quotes.

    It names no context, which would send the questions elsewhere than into the bank on whose page they are imported.
    """
    return "/".join(("top", *(_SPACE.sub(" ", plain(name)).strip().translate(_NAME) for name in names)))


def text_of(parent: Element, text: str) -> None:
    """Put a ``text`` element into another."""
    etree.SubElement(parent, "text").text = literal(text)


def html_of(parent: Element, name: str, text: str, files: Mapping[str, bytes] | None = None) -> Element:
    """Put an element with HTML and its pictures into another."""
    element = etree.SubElement(parent, name, format="html")
    text_of(element, text)
    for file, content in sorted((files or {}).items()):
        attached = etree.SubElement(element, "file", name=file, path="/", encoding="base64")
        attached.text = base64.b64encode(content).decode("ascii")
    return element


def question(
    kind: str, item: Item, part: Part | None, points: Fraction, figures: Pictures, body: Callable[[Printer], str]
) -> Element:
    """A question with its name, text, points and worked solution: of a whole item, or of one part.

    `body` prints what follows the stem.
    """
    element = etree.Element("question", type=kind)
    text_of(etree.SubElement(element, "name"), item.code + (f".{part.name}" if part else ""))
    printer = figures.printer(item.lang)
    text = f"<h4>{printer.inlines(item.heading)}</h4>\n{printer.blocks(item.stem)}{body(printer)}"
    html_of(element, "questiontext", text, figures.take())
    parts = (part,) if part else item.parts
    solution = "".join([titled(each, item.lang) + printer.blocks(each.solution) for each in parts])
    html_of(element, "generalfeedback", solution, figures.take())
    etree.SubElement(element, "defaultgrade").text = decimal(points)
    etree.SubElement(element, "penalty").text = "0"
    etree.SubElement(element, "hidden").text = "0"
    etree.SubElement(element, "idnumber").text = f"{item.code}{f'.{part.name}' if part else ''}-{item.lang}"
    return element


def titled(part: Part, lang: Lang) -> str:
    """The line in front of a part, kept from Moodle's emoticons, among which (h) is a heart, (n) and (y) are thumbs."""
    return f'<p><strong><span class="nolink">{part_title(part, lang)}</span></strong></p>\n'


def hint(item: Item) -> str:
    """The sentences on how to type numbers."""
    return f"<p><em>{HINTS_APART[item.lang]}</em></p>\n"
