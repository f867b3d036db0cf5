r"""GIFT, Moodle's plain text format: one question a part, for it knows neither several parts nor pictures.

``~ = # { } :`` take a backslash, and a backslash another; a blank line would end the question. Moodle's page takes a
GIFT file only as `text/plain`; it goes by the ending, and by the content where it does not know the ending, as
with ``.gift``: HTML in it makes a `text/html`, which is refused. So the ending is ``.txt``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from listok.answerkeys.formats import (
    Composer,
    Entry,
    FeedbackPrinter,
    Format,
    Heading,
    Question,
    TextFile,
    decimal,
    feedback_printer,
    how_to_type,
    question_html,
    with_minus,
)
from listok.answerkeys.formats.elements import plain
from listok.answerkeys.formats.moodle_xml import MoodlePrinter, category, grade, graded, titled
from listok.answerkeys.items import Item, Part
from listok.answerkeys.lowering import (
    Cell,
    Decimal,
    Essay,
    Field,
    LeftOut,
    Numbers,
    Pairs,
    Pick,
    mistake_spellings,
)
from listok.templates.texhtml import Printer

_SIGNS = str.maketrans({sign: "\\" + sign for sign in "\\~=#{}:"})
_PLACE = {"ru": "Здесь запишите число на месте {place}.", "en": "Write here the number at place {place}."}
_CELL = {
    "ru": "Здесь запишите число в строке {row} и столбце {column}.",
    "en": "Write here the number in row {row} and column {column}.",
}


class Gift(Composer):
    """Prints one question a part, and one a cell of a vector or matrix."""

    def __init__(self, heading: Heading) -> None:
        super().__init__(heading, printer=MoodlePrinter)

    def questions(self, item: Item) -> Iterator[Question]:
        """The questions of an item's parts; a part is left out where its words need a picture."""
        printer = self.figures.printer(item.lang)
        stem = printer.blocks(item.stem)
        if self.figures.take():
            self.left_out(item, None, "it is left out: GIFT files hold no pictures")
            return
        for part in item.parts:
            field, reason = graded(self.lowered(item, part, "gift"))
            if reason:
                self.left_out(item, part, reason)
            text = f"{stem}{titled(part, item.lang)}{question_html(printer, part, field)}"
            pictures = self.figures.take()
            solution = printer.blocks(part.solution)
            if self.figures.take():
                solution = ""
                self.left_out(item, part, "its worked solution is left out: GIFT files hold no pictures")
            if pictures:
                self.left_out(item, part, "it is left out: GIFT files hold no pictures")
            elif isinstance(field, LeftOut):
                self.left_out(item, part, field.reason)
            else:
                for suffix, more, answers in _questions(item, part, field, printer):
                    yield Question(question_text(f"{item.name}.{part.name}{suffix}", text + more, answers, solution))


def question_text(name: str, text: str, answers: list[str], solution: str) -> bytes:
    """A question with its answers, each written already, and its worked solution as general feedback."""
    lines = [f"  {line}\n" for line in (*answers, *([f"####{escape(solution)}"] if solution else ()))]
    body = "".join(["\n", *lines]) if lines else ""
    return f"::{escape(name)}::[html]{escape(text)}{{{body}}}\n\n".encode()


class GiftFile(TextFile):
    """A file of questions, sorted into a category for each exercise."""

    def __init__(self, path: Path, heading: Heading) -> None:
        super().__init__(path)
        self._title = heading.title
        self._category = ""

    def add(self, entry: Entry) -> int:
        """Write an entry's questions, after their category where it is a new one."""
        name = category((self._title, entry.heading))
        if entry.questions and name != self._category:
            self._category = name
            self.write(f"$CATEGORY: {name}\n\n".encode())
        return super().add(entry)


def _questions(item: Item, part: Part, field: Field, printer: Printer) -> Iterator[tuple[str, str, list[str]]]:
    """For each question that a part becomes: what is added to its name, to its text, and its answers."""
    match field:
        case Numbers(rows, shape):
            print_feedback = feedback_printer(printer, escape)
            for i, row in enumerate(rows, 1):
                for j, cell in enumerate(row, 1):
                    how = how_to_type([(part, Numbers(((cell,),), shape))], item.lang, apart=True)
                    hint = f"<p><em>{how}</em></p>"
                    if shape == "number":
                        yield "", hint, _number(cell, print_feedback)
                    elif shape == "vector":
                        where = _PLACE[item.lang].format(place=j)
                        yield f".{j}", f"<p>{where}</p>{hint}", _number(cell, print_feedback)
                    else:
                        where = _CELL[item.lang].format(row=i, column=j)
                        yield f".{i}.{j}", f"<p>{where}</p>{hint}", _number(cell, print_feedback)
        case Pick(options, many):
            answers = []
            for option in options:
                sign = "=" if option.right and not many else f"~%{grade(option.share)}%" if option.share else "~"
                feedback = f"#{escape(printer.blocks(option.feedback))}" if option.feedback else ""
                answers.append(sign + escape(printer.inlines(option.words)) + feedback)
            yield "", "", answers
        case Pairs(terms, options, right):
            words = {option.name: printer.inlines(option.words) for option in options}
            matched = [(printer.inlines(term), words[name]) for term, name in zip(terms, right, strict=True)]
            unmatched = [("", words[option.name]) for option in options if option.name not in right]
            yield "", "", [f"={escape(term)} -> {escape(answer)}" for term, answer in matched + unmatched]
        case Essay():
            yield "", "", []
        case _:
            raise TypeError(f"GIFT cannot ask for {field}")


def _number(cell: Cell, print_feedback: FeedbackPrinter) -> list[str]:
    if isinstance(cell, Decimal):
        keys = [f"=%100%{text}:{decimal(cell.tolerance, 12)}" for text in cell.keys]
        answers = [f"#\n{keys[0]}", *keys[1:]]
        for wrong in cell.mistakes:
            margin = decimal(wrong.tolerance, 12)
            answers.append(f"=%{grade(wrong.mistake.share)}%{wrong.key}:{margin}#{print_feedback(wrong.mistake.feedback)}")
        return answers
    answers = [f"=%100%{escape(text)}" for text in with_minus(cell.accepted)]
    for wrong in cell.mistakes:
        for text in with_minus(mistake_spellings(wrong.text)):
            answers.append(f"=%{grade(wrong.mistake.share)}%{escape(text)}#{print_feedback(wrong.mistake.feedback)}")
    return answers


def escape(text: str) -> str:
    """Text on one line, with the signs of GIFT taken literally."""
    return re.sub(r"\s*\n\s*", " ", plain(text)).strip().translate(_SIGNS)


FORMAT = Format("gift", ".gift.txt", "Moodle's plain text; one question a part, no pictures", Gift, GiftFile)
