"""What all exports to Moodle share: the file, its categories, and the common elements of a question."""

from __future__ import annotations

import base64
import functools
import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from lxml import etree
from msgspec.structs import replace

from listok.answerkeys.formats import (
    Composer,
    Entry,
    Heading,
    Pictures,
    Question,
    TextFile,
    decimal,
    how_to_type,
    part_title,
    skipped,
)
from listok.answerkeys.formats.elements import plain
from listok.answerkeys.items import Item, Part
from listok.answerkeys.lowering import CellMistake, Field, LeftOut, Numbers, Pick
from listok.generators.exact import Fraction
from listok.generators.values import ListokError
from listok.templates.doctree import Table
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
_GAP = re.compile(r"\{(?=[0-9]*:[A-Z_]+:)")
_EMOTICONS = (
    ":-)", ":)", ":-D", ";-)", ":-/", "V-.", ":-P", ":-p", "B-)", "^-)", "8-)", ":o)", ":-(", ":(", "8-.", ":-I", ":-X",
    "8-o", "P-|", "8-[", "(grr)", "xx-P", "|-.", "}-]", "(h)", "(heart)", "(y)", "(n)", "(martin)", "( )",
)  # fmt: skip
"""What a Moodle as it is installed makes pictures of."""
_PICTURED = re.compile(rf"(?:&\w+)?(?:{'|'.join(map(re.escape, _EMOTICONS))})")
"""An emoticon, with the entity to whose end it may belong."""


class MoodlePrinter(Printer):
    """Words in which Moodle takes nothing for a gap of a cloze, and makes no picture of an emoticon."""

    def words(self, text: str) -> str:
        html = _GAP.sub("&#123;", super().words(text))
        return _PICTURED.sub(lambda found: f'<span class="nolink">{found[0]}</span>', html)

    def _table(self, node: Table) -> str:
        """A table of data, with room below it: Moodle's themes leave none."""
        return super()._table(node).replace("<table ", f"<table {ROOM_BELOW} ", 1)


ROOM_BELOW = 'style="margin-bottom: 1em"'
"""What keeps a table or a gap from the words after it."""


def has_grade(share: Fraction) -> bool:
    """Whether Moodle's list has a share."""
    return not share or _nearest(*share.as_integer_ratio())[1]


def graded(field: Field) -> tuple[Field, str]:
    """A field of which Moodle has all grades, and what was left out for that: what a mistake earns is the next lower
    grade, and options of which so many are right that each has none cannot be asked."""
    match field:
        case Numbers(rows) if not all(
            has_grade(wrong.mistake.share) for row in rows for cell in row for wrong in cell.mistakes
        ):
            lower = [[replace(cell, mistakes=tuple(map(_lowered, cell.mistakes))) for cell in row] for row in rows]
            return replace(field, rows=tuple(map(tuple, lower))), _NO_GRADE
        case Pick(options, many) if not all(has_grade(option.share) for option in options):
            if many:
                return LeftOut(_TOO_MANY), ""
            return replace(field, options=tuple(replace(o, share=_grade_below(o.share)) for o in options)), _NO_GRADE
    return field, ""


_NO_GRADE = "what a mistake's answer earns is rounded down: Moodle has no such grade"
_TOO_MANY = "it is left out: Moodle has no grade for one of so many right options"


def _lowered(wrong: CellMistake) -> CellMistake:
    return replace(wrong, mistake=replace(wrong.mistake, share=_grade_below(wrong.mistake.share)))


def _grade_below(share: Fraction) -> Fraction:
    if has_grade(share):
        return share
    return max(Fraction(str(known)) / 100 for known in GRADES if known < 100 * share)


def grade(share: Fraction) -> str:
    """A share as a per cent of Moodle's list: the nearest one; raises `ListokError` where none is near."""
    text, near = _nearest(*share.as_integer_ratio())
    if not near:
        raise ListokError(f"Moodle has no grade of {float(100 * share):g} %")
    return text


@functools.lru_cache(maxsize=2**10)
def _nearest(top: int, bottom: int) -> tuple[str, bool]:
    """The grade of Moodle's list that is nearest to a share, and whether it is near."""
    percent = 100 * abs(top) / bottom
    near = min(GRADES, key=lambda known: abs(known - percent))
    return ("-" if top < 0 and near else "") + str(near), abs(near - percent) <= 0.001


class MoodleComposer(Composer):
    """Prints items as elements of Moodle XML."""

    def __init__(self, heading: Heading) -> None:
        super().__init__(heading, "@@PLUGINFILE@@/", MoodlePrinter)

    def questions(self, item: Item) -> Iterator[Question]:
        """The questions that an item becomes, an element each."""
        for element in self.elements(item):
            yield Question(xml_of(element))

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
            self.write(xml_of(element))

    def close(self) -> None:
        """Finish the file."""
        self.write(b"</quiz>\n")
        super().close()


def xml_of(element: Element) -> bytes:
    """An element as it stands in a file."""
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


def figures_in(html: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those of some pictures to which a text refers."""
    return {name: content for name, content in files.items() if f"/{name}" in html}


def question(
    kind: str, item: Item, part: Part | None, points: Fraction, figures: Pictures, body: Callable[[Printer], str]
) -> Element:
    """A question with its name, text, points and worked solution: of a whole item, or of one part.

    `body` prints what follows the stem.
    """
    element = etree.Element("question", type=kind)
    text_of(etree.SubElement(element, "name"), item.name + (f".{part.name}" if part else ""))
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


def beside(own: Sequence[Part], left_out: Sequence[Part], lang: Lang) -> str:
    """Sentences on the parts whose letters a question skips: questions of their `own`, and those `left_out`."""
    words = (skipped(own, lang, own=True), skipped(left_out, lang, own=False))
    return "".join(f'<p><em><span class="nolink">{each}</span></em></p>\n' for each in words if each)


def hint(item: Item, asked: Iterable[tuple[Part, Field]]) -> str:
    """The sentences on how to type numbers, where some are asked for."""
    text = how_to_type(asked, item.lang, apart=True)
    return f"<p><em>{text}</em></p>\n" if text else ""
