"""What all exports to Moodle share: the file, its categories, and the common elements of a question."""

from __future__ import annotations

import base64
import functools
import re
import xml.etree.ElementTree as ET
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

from listok.answerkeys.formats import HINTS, Composer, Entry, Heading, Pictures, Question, TextFile, decimal, part_title
from listok.answerkeys.formats.elements import encoded, plain
from listok.answerkeys.items import Item, Part
from listok.generators.values import ListokError
from listok.templates.texhtml import Printer

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
    def elements(self, item: Item) -> Iterator[ET.Element]:
        """The elements of an item's questions."""


class MoodleFile(TextFile):
    """A file of questions, sorted into a category for each exercise and level."""

    def __init__(self, path: Path, heading: Heading) -> None:
        super().__init__(path)
        self._title = heading.title
        self._category = ""
        self.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n')

    def add(self, entry: Entry) -> int:
        """Write an entry's questions, after their category where it is a new one; gives how many they were."""
        name = category((self._title, entry.heading, entry.heading_level))
        if entry.questions and name != self._category:
            self._category = name
            element = ET.Element("question", type="category")
            text_of(ET.SubElement(element, "category"), name)
            text_of(ET.SubElement(element, "info", format="html"), "")
            self.write(_written(element))
        return super().add(entry)

    def close(self) -> None:
        """Finish the file."""
        self.write(b"</quiz>\n")
        super().close()


def _written(element: ET.Element) -> bytes:
    return encoded(ET.tostring(element, encoding="unicode") + "\n")


@functools.lru_cache(2**8)
def category(names: tuple[str, ...]) -> str:
    """A category's path: a slash in a name is doubled, and signs of a tag, which Moodle refuses, become quotes."""
    return "/".join(("$course$/top", *(_SPACE.sub(" ", plain(name)).strip().translate(_NAME) for name in names)))


def text_of(parent: ET.Element, text: str) -> None:
    """Put a ``text`` element into another."""
    ET.SubElement(parent, "text").text = text


def html_of(parent: ET.Element, name: str, text: str, files: Mapping[str, bytes] | None = None) -> ET.Element:
    """Put an element with HTML and its pictures into another."""
    element = ET.SubElement(parent, name, format="html")
    text_of(element, text)
    for file, content in sorted((files or {}).items()):
        attached = ET.SubElement(element, "file", name=file, path="/", encoding="base64")
        attached.text = base64.b64encode(content).decode("ascii")
    return element


def question(
    kind: str, item: Item, part: Part | None, points: Fraction, figures: Pictures, body: Callable[[Printer], str]
) -> ET.Element:
    """A question with its name, text, points and worked solution: of a whole item, or of one part.

    `body` prints what follows the stem.
    """
    element = ET.Element("question", type=kind)
    text_of(ET.SubElement(element, "name"), item.code + (f".{part.name}" if part else ""))
    printer = figures.printer(item.lang)
    text = f"<h4>{printer.inlines(item.heading)}</h4>\n{printer.blocks(item.stem)}{body(printer)}"
    html_of(element, "questiontext", text, figures.take())
    parts = (part,) if part else item.parts
    solution = "".join(
        [f"<p><strong>{part_title(each, item.lang)}</strong></p>\n{printer.blocks(each.solution)}" for each in parts]
    )
    html_of(element, "generalfeedback", solution, figures.take())
    ET.SubElement(element, "defaultgrade").text = decimal(points)
    ET.SubElement(element, "penalty").text = "0"
    ET.SubElement(element, "hidden").text = "0"
    ET.SubElement(element, "idnumber").text = f"{item.code}{f'.{part.name}' if part else ''}-{item.lang}"
    return element


def hint(item: Item) -> str:
    """The sentence on how to type numbers."""
    return f"<p><em>{HINTS[item.lang]}</em></p>\n"
