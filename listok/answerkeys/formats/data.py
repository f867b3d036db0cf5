"""Answers as data: JSON with everything about a question, CSV with one row a part; the key to every other format."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from listok.answerkeys.formats import Composer, Entry, Format, Heading, Pictures, TextFile
from listok.answerkeys.formats import Question as Printed
from listok.answerkeys.items import Item, Part
from listok.answerkeys.lowering import decimal_text, spellings
from listok.answerkeys.tables import csv_lines
from listok.generators.decimals import brief
from listok.generators.values import answer_json, to_json
from listok.templates import latex

VERSION = 1
"""Version of the JSON layout; raised when a field changes its meaning or goes."""


class Words(msgspec.Struct, frozen=True):
    """The same words as HTML (formulas as TeX between ``\\(`` and ``\\)``) and as LaTeX."""

    html: str
    latex: str


class MistakeData(msgspec.Struct, frozen=True):
    """A named mistake: the answer it gives, the share of the points it earns, and what the student is told."""

    name: str
    answer: str
    value: Any
    share: float
    feedback: Words


class OptionData(msgspec.Struct, frozen=True):
    """An option, with the letter it is printed with, and why it is right or wrong."""

    name: str
    letter: str
    text: Words
    reason: Words


class PartData(msgspec.Struct, frozen=True):
    """One part: what is asked, its key, and everything needed to mark it.

    A number is right when it is off by no more than `tolerance`, from the exact `value` or from the `answer`, which is
    rounded to `digits` places: an error of one unit of the last place, counted from either.
    """

    name: str
    letter: str
    points: float
    kind: Literal["number", "vector", "matrix", "expression", "choice", "choices", "matching", "predicate", "open"]
    question: Words
    answer: str
    value: Any
    digits: int | None
    tolerance: str
    accepted: tuple[str, ...]
    options: tuple[OptionData, ...]
    terms: tuple[Words, ...]
    mistakes: tuple[MistakeData, ...]
    solution: Words
    rubric: Words


class Question(msgspec.Struct, frozen=True):
    """One variant of an exercise in one language."""

    code: str
    exercise: str
    number: int
    version: int
    topic: str
    level: int
    lang: Literal["ru", "en"]
    title: str
    points: float
    params: Any
    stem: Words
    parts: tuple[PartData, ...]
    pictures: dict[str, str]


class Bank(msgspec.Struct, frozen=True):
    """A file of questions. `pictures` of a question holds its figures (SVG) by the name its HTML refers to."""

    format: Literal[1]
    title: str
    lang: Literal["ru", "en"]
    questions: tuple[Question, ...]


def schema() -> dict[str, Any]:
    """The JSON Schema of `Bank`."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, "title": f"listok questions, format {VERSION}", **msgspec.json.schema(Bank)}


def schema_json() -> str:
    """`schema` as the text of a file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


class _WordsPrinter:
    """Prints words both ways."""

    def __init__(self, figures: Pictures, item: Item) -> None:
        self._html, self._latex = figures.printer(item.lang), latex.printer(item.lang)
        self.unprintable = ""

    def blocks(self, blocks: Any) -> Words:
        return Words(self._html.blocks(blocks).strip(), self._tex(self._latex.blocks, blocks).strip())

    def inlines(self, inlines: Any) -> Words:
        return Words(self._html.inlines(inlines), self._tex(self._latex.inlines, inlines))

    def _tex(self, printed: Callable[[Any], str], nodes: Any) -> str:
        """Words as LaTeX; nothing where it lacks their characters, which is noted."""
        try:
            return printed(nodes)
        except latex.UnprintableError as error:
            self.unprintable = f"some of its LaTeX is left out: it {error}"
            return ""


def accepted(part: Part) -> tuple[str, ...]:
    """Ways of typing the whole answer that earn full points, the shortest first; numbers within the tolerance too."""
    key, asked = part.key, part.asked
    match key.kind:
        case "open":
            return ()
        case "number" if getattr(key, "digits", None) is None and decimal_text(asked.right, None) is None:
            return spellings(asked.right)
        case "choice" | "choices" | "matching":
            return key.samples(asked).right
        case _:
            return (key.show(asked.right),)


def part_data(part: Part, printer: _WordsPrinter) -> PartData:
    """Everything about a part."""
    key, asked = part.key, part.asked
    return PartData(
        part.name,
        part.letter,
        float(part.points),
        key.kind,  # type: ignore[arg-type]
        printer.blocks(part.question),
        key.show(asked.right),
        answer_json(asked.right),
        getattr(key, "digits", None),
        str(key.tolerance),
        accepted(part),
        tuple(
            OptionData(option.name, option.letter, printer.inlines(option.words), printer.inlines(option.reason))
            for option in part.options
        ),
        tuple(printer.inlines((term,)) for term in part.terms),
        tuple(
            MistakeData(
                mistake.name,
                key.show(mistake.value),
                answer_json(mistake.value),
                float(mistake.share),
                printer.blocks(mistake.feedback),
            )
            for mistake in part.mistakes
        ),
        printer.blocks(part.solution),
        printer.blocks(part.rubric),
    )


class Json(Composer):
    """Prints an item as one object."""

    def __init__(self, heading: Heading) -> None:
        super().__init__(heading)
        self._encoder = msgspec.json.Encoder()

    def questions(self, item: Item) -> Iterator[Printed]:
        """One question."""
        exercise = item.variant.exercise
        printer = _WordsPrinter(self.figures, item)
        stem, parts = printer.blocks(item.stem), tuple(part_data(part, printer) for part in item.parts)
        question = Question(
            item.code, exercise.name, exercise.number, exercise.version, exercise.topic, item.variant.level, item.lang,
            item.title, float(item.points), to_json(item.variant.params), stem, parts,
            {name: content.decode() for name, content in sorted(self.figures.take().items())},
        )  # fmt: skip
        if printer.unprintable:
            self.left_out(item, None, printer.unprintable)
        yield Printed(b"\n" + self._encoder.encode(question))


class JsonFile(TextFile):
    """A file of one JSON object, a question a line, so that it never has to be held whole."""

    def __init__(self, path: Path, heading: Heading) -> None:
        super().__init__(path)
        head = msgspec.json.encode({"format": VERSION, "title": heading.title, "lang": heading.lang})
        self.write(head[:-1] + b',"questions":[')
        self._first = True

    def add(self, entry: Entry) -> int:
        """Write an entry's question."""
        self.write(b"" if self._first else b",")
        self._first = False
        return super().add(entry)

    def close(self) -> None:
        """Finish the file."""
        self.write(b"\n]}\n")
        super().close()


COLUMNS = (
    "code", "exercise", "level", "lang", "part", "letter", "points", "kind", "answer", "tolerance", "accepted",
    "options", "mistakes", "question_html", "question_latex",
)  # fmt: skip
"""The columns of the CSV, one row a part; the row of a question's first part carries its stem too."""


class Csv(Composer):
    """Prints one row a part."""

    def __init__(self, heading: Heading) -> None:
        super().__init__(heading)
        self._delimiter = _delimiter(heading)

    def questions(self, item: Item) -> Iterator[Printed]:
        """One question, the rows of its parts."""
        printer = _WordsPrinter(self.figures, item)
        stem = printer.blocks(item.stem)
        rows = []
        for part in item.parts:
            key, asked, words = part.key, part.asked, printer.blocks(part.question)
            html, tex = words.html, words.latex
            if part is item.parts[0]:
                html, tex = f"{stem.html}\n{html}", f"{stem.latex}\n\n{tex}"
            options = " | ".join(f"{option.letter}) {printer.inlines(option.words).latex}" for option in part.options)
            mistakes = " | ".join(f"{name}: {key.show(wrong)}" for name, wrong in asked.mistakes.items())
            rows.append((
                item.code, item.variant.exercise.name, item.variant.level, item.lang, part.name, part.letter,
                brief(part.points), key.kind, key.show(asked.right), key.tolerance, " | ".join(accepted(part)),
                options, mistakes, html, tex,
            ))  # fmt: skip
        if printer.unprintable:
            self.left_out(item, None, printer.unprintable)
        yield Printed("".join(csv_lines(rows, self._delimiter)).encode())


class CsvFile(TextFile):
    """A table with its header, and for a spreadsheet the byte order mark of UTF-8."""

    def __init__(self, path: Path, heading: Heading) -> None:
        super().__init__(path)
        self.write(b"\xef\xbb\xbf" if heading.setting("bom", "yes") == "yes" else b"")
        self.write("".join(csv_lines([COLUMNS], _delimiter(heading))).encode())


def _delimiter(heading: Heading) -> str:
    return {"comma": ",", "semicolon": ";"}[heading.setting("separator", "comma")]


JSON = Format("json", ".json", "everything about a question, one object a line; --schema prints its schema",
              Json, JsonFile)  # fmt: skip
CSV = Format("csv", ".csv", "one row a part, for spreadsheets", Csv, CsvFile,
             {"separator": ("comma", "semicolon"), "bom": ("yes", "no")})  # fmt: skip
