r"""Moodle XML for sites with the Formulas plugin: fractions may be typed, and formulas are compared as functions.

Facts about the plugin that decide much here. Boxes of one part are marked together, and one empty box makes all of
them wrong; so every cell is a part of the plugin's, put into the table by its placeholder. Such a part says one thing
when it is wrong and one when it is partly right, whatever was typed; so both list the wrong answers that mistakes give.
A variable in braces is replaced by its value even inside TeX; a space after the brace prevents it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from lxml import etree

from listok.answerkeys.formats import FeedbackPrinter, Format, decimal, feedback_printer
from listok.answerkeys.formats.moodle_typed import Typed, TypedComposer, body, bound, key_of, middle
from listok.answerkeys.formats.moodle_xml import Element, MoodleFile, figures_in, html_of, question, text_of
from listok.answerkeys.items import Item, Mistake, Part
from listok.answerkeys.lowering import Algebra, Cell, Numbers, Ratio, unpaid
from listok.generators.exact import Fraction

NUMERIC, ALGEBRAIC = "10", "1000"
"""Types of answers: a number that may be typed as a fraction, and a formula."""


@dataclass(frozen=True, slots=True)
class _Box:
    """A part of the plugin's: its points, type of answer, key, the test of a right answer, and the wrong ones: as
    shown, the test that knows one (none for those that earn nothing), the mistake."""

    points: Fraction
    type: str
    key: str
    test: str
    wrong: tuple[tuple[str, str, Mistake], ...]

    @property
    def correctness(self) -> str:
        """The grading criterion: 1 where the answer is right, the share of a mistake where it is that mistake's."""
        text = "0"
        for _, test, mistake in reversed(self.wrong):
            if mistake.share:
                text = f"({test} ? {decimal(mistake.share)} : {text})"
        return f"{self.test} ? 1 : {text}" if text != "0" else self.test


class Formulas(TypedComposer):
    """Prints items for a Moodle with the Formulas plugin."""

    format = "moodle-formulas"

    def typed(self, item: Item, asked: Sequence[tuple[Part, Typed]], others: str) -> Element:
        """One ``formulas`` question, with a part for every cell and formula."""
        boxes = [box for part, field in asked for box in _boxes(part, field)]
        for part, field in asked:
            if isinstance(field, Algebra) and any(mistake.share for _, mistake in field.mistakes):
                self.left_out(item, part, "the share that a mistake's answer earns is left out: the Formulas plugin "
                                          "does not tell one wrong formula from another")  # fmt: skip
        variables = _variables([field for _, field in asked if isinstance(field, Algebra)])
        escape_braces = escaping(tuple(variables))
        element = question(
            "formulas", item, None, sum((box.points for box in boxes), Fraction(0)), self.figures,
            lambda printer: body(printer, item, asked, map("\ue000#p{}\ue001".format, range(len(boxes))), others),
        )  # fmt: skip
        for text in element.iterfind("./*[@format='html']/text"):
            text.text = escape_braces(text.text or "").replace("\ue000", "{").replace("\ue001", "}")
        text_of(etree.SubElement(element, "varsrandom"), "")
        spans = " ".join(f"{name} = {{{span}}};" for name, span in variables.items())
        text_of(etree.SubElement(element, "varsglobal"), spans)
        text_of(etree.SubElement(element, "answernumbering"), "none")
        print_feedback = feedback_printer(self.figures.printer(item.lang), escape_braces)
        parts = [_part(number, box, print_feedback, self.figures.files) for number, box in enumerate(boxes)]
        element.extend(parts)
        self.figures.take()
        return element


def _boxes(part: Part, field: Typed) -> Iterator[_Box]:
    match field:
        case Numbers():
            points = part.points / len(field.cells)
            for cell in field.cells:
                yield _number(cell, points)
        case Algebra(text, _, mistakes):
            wrong = tuple((formula, "", unpaid(mistake)) for formula, mistake in mistakes)
            yield _Box(part.points, ALGEBRAIC, f'"{text}"', "_err < 1e-6", wrong)


def _number(cell: Cell, points: Fraction) -> _Box:
    wrong = []
    for one in cell.mistakes:
        reach = bound(cell) if isinstance(cell, Ratio) else one.tolerance
        wrong.append((one.text, f"abs(_0 - ({one.key})) <= {decimal(reach, 18)}", one.mistake))
    off = f"abs(_0 - ({middle(cell)}))" if middle(cell) != key_of(cell) else "_err"
    return _Box(points, NUMERIC, key_of(cell), f"{off} <= {decimal(bound(cell), 18)}", tuple(wrong))


def _is_fraction(box: _Box) -> bool:
    return box.type == NUMERIC and "/" in box.key


def _decimal_of(key: str) -> str:
    return decimal(Fraction(key), 4)


def _variables(fields: Sequence[Algebra]) -> dict[str, str]:
    """The variables of the formulas, each with the numbers at which functions are compared: not near a pole of a
    quotient, and on both sides of the kink of a `max`."""
    quotient = any("/" in text for field in fields for text in (field.text, *(wrong for wrong, _ in field.mistakes)))
    names = sorted({name for field in fields for name in field.variables})
    return dict.fromkeys(names, "1:10:0.1" if quotient else "-10:10:0.1")


def escaping(variables: tuple[str, ...]) -> Callable[[str], str]:
    """Escapes the braces of a text that would be read as places for values of these variables."""
    names = "|".join([*map(re.escape, variables), "_[0-9u]", "[#=]"])
    pattern = re.compile(r"\{(?=" + f"(?:{names}))")
    return lambda text: pattern.sub("{ ", text)


def _part(number: int, box: _Box, print_feedback: FeedbackPrinter, files: Mapping[str, bytes]) -> Element:
    """A part as an element; `files` collects the figures of its feedback."""
    element = etree.Element("answers")
    for name, value in (
        ("partindex", str(number)), ("placeholder", f"#p{number}"), ("answermark", decimal(box.points, 15)),
        ("answertype", box.type), ("numbox", "1"), ("vars1", ""), ("answer", box.key), ("answernotunique", "1"),
        ("emptyallowed", "0"), ("vars2", ""), ("correctness", box.correctness), ("unitpenalty", "1"), ("postunit", ""),
        ("ruleid", "1"), ("otherrule", ""),
    ):  # fmt: skip
        text_of(etree.SubElement(element, name), value)
    html_of(element, "subqtext", "{_0}")
    # The plugin shows the fraction 7/12 as 0.58333333333333 when it tells the right answer.
    html_of(element, "feedback", f"<p>{box.key} ≈ {_decimal_of(box.key)}</p>" if _is_fraction(box) else "")
    html_of(element, "correctfeedback", "")
    for name, partly in (("partiallycorrectfeedback", True), ("incorrectfeedback", False)):
        lines = [
            f"<p><strong>{escape(shown)}</strong></p>\n{print_feedback(mistake.feedback)}"
            for shown, _, mistake in box.wrong
            if bool(mistake.share) == partly and mistake.feedback
        ]
        text = "".join(lines)
        html_of(element, name, text, figures_in(text, files))
    return element


FORMAT = Format(
    "moodle-formulas", ".xml", "Moodle XML for sites with the Formulas plugin: fractions and formulas are typed",
    Formulas, MoodleFile,
)  # fmt: skip
