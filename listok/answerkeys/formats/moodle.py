r"""Moodle XML for any site, without plugins: numerical, multichoice, matching, essay, and cloze for several parts.

Facts about Moodle that decide much here: weights in cloze are whole numbers, any other leaves the code in the text.
Answers and feedback in cloze are decoded once from HTML entities, so what is to stay one is escaped twice; ``}`` and
``#`` take a backslash, and ``~`` has no escape but an entity, whose own ``#`` takes one, too: from Moodle 5.2 on a bare
one ends the answer even there. Grades are only those of Moodle's list.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from html import escape

from lxml import etree

from listok.answerkeys.formats import (
    FeedbackPrinter,
    Format,
    Heading,
    Pictures,
    decimal,
    question_html,
    with_minus,
)
from listok.answerkeys.formats.moodle_xml import (
    ROOM_BELOW,
    Element,
    MoodleComposer,
    MoodleFile,
    beside,
    figures_in,
    grade,
    graded,
    has_grade,
    hint,
    html_of,
    question,
    text_of,
    titled,
)
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
    PickOption,
    Ratio,
    mistake_spellings,
)
from listok.generators.exact import Fraction
from listok.templates import plain, sheet
from listok.templates.doctree import Block
from listok.templates.texhtml import Printer

MOST_MARKS = 90_000
"""What the weights of a cloze sum up to at most: Moodle takes the sum for the mark, and has no place for 100,000."""

TRUTHS = {"ru": ("верно", "неверно"), "en": ("true", "false")}


class MoodlePlain(MoodleComposer):
    """Prints items for a Moodle without plugins."""

    def __init__(self, heading: Heading) -> None:
        super().__init__(heading)
        self._several = heading.setting("several", "menus")

    def elements(self, item: Item) -> Iterator[Element]:
        """One question where an item has one part, else a cloze and an essay for each open part."""
        asked: list[tuple[Part, Field]] = []
        essays: list[Part] = []
        lost: list[Part] = []
        for part in item.parts:
            field = self.lowered(item, part, "moodle")
            if not (isinstance(field, Pick) and field.many and self._several == "menus"):  # menus are right or wrong
                field, reason = graded(field)
                if reason:
                    self.left_out(item, part, reason)
            if isinstance(field, LeftOut):
                self.left_out(item, part, field.reason)
                lost.append(part)
            elif isinstance(field, Essay):
                essays.append(part)
            else:
                asked.append((part, field))
        match asked:
            case []:
                pass
            case [(part, Numbers(((Decimal() as cell,),)))] if not essays:
                yield _numerical(self.figures, item, part, cell)
            case [(part, Pick() as pick)] if not essays and all(has_grade(option.share) for option in pick.options):
                yield multichoice(self.figures, item, part, pick)
            case [(part, Pairs() as pairs)] if not essays:
                yield matching(self.figures, item, part, pairs)
            case _:
                yield self._cloze(item, asked, beside(essays, lost, item.lang))
        for part in essays:
            yield essay(self.figures, item, part)

    def _cloze(self, item: Item, asked: Sequence[tuple[Part, Field]], others: str) -> Element:
        weights = whole_weights([(part.points, self._count(field)) for part, field in asked])

        def body(printer: Printer) -> str:
            pieces = []
            for (part, field), weight in zip(asked, weights, strict=True):
                asks = titled(part, item.lang) + question_html(printer, part, field)
                pieces.append(asks + self._gaps(printer, part, field, weight))
            return "".join(pieces) + others + hint(item, asked)

        # Moodle takes the sum of the weights for the default mark of a cloze, whatever a file says.
        points = sum(weight * self._count(field) for (_, field), weight in zip(asked, weights, strict=True))
        return question("cloze", item, None, Fraction(points), self.figures, body)

    def _count(self, field: Field) -> int:
        """Gaps that a field takes."""
        match field:
            case Numbers():
                return len(field.cells)
            case Pick(options, True) if self._several == "menus":
                return len(options)
            case Pairs(terms):
                return len(terms)
            case _:
                return 1

    def _gaps(self, printer: Printer, part: Part, field: Field, weight: int) -> str:
        """The gaps of one part, each of the given weight."""
        match field:
            case Numbers(rows, shape):
                print_feedback = functools.lru_cache(2**10)(functools.partial(_pop_up, plain.printer(printer.lang)))
                wide = max(LEAST_WIDTH, *(len(text) for cell in field.cells for text in _texts(cell)))
                gaps = [[number_gap(print_feedback, cell, weight, wide) for cell in row] for row in rows]
                return gap_line(gaps[0][0]) if shape == "number" else table(gaps)
            case Pick(options, False):
                return gap_line(f"{{{weight}:MULTICHOICE_V:{'~'.join(_alternatives(printer, options))}}}")
            case Pick(options, True) if self._several == "multiresponse":
                return gap_line(f"{{{weight}:MULTIRESPONSE:{'~'.join(_alternatives(printer, options))}}}")
            case Pick(options, True):
                yes, no = TRUTHS[part.filled.lang]
                return table([
                    [_menu((yes, no), yes if option.right else no, weight), printer.inlines(option.words)]
                    for option in options
                ])
            case Pairs(terms, options, right):
                letters = _letters(part, len(options))
                names = [option.name for option in options]
                listed = "".join(
                    f"<p>{letter}) {printer.inlines(option.words)}</p>\n"
                    for letter, option in zip(letters, options, strict=True)
                )
                return listed + table([
                    [printer.inlines(term), _menu(letters, letters[names.index(name)], weight)]
                    for term, name in zip(terms, right, strict=True)
                ])
            case _:
                raise TypeError(f"{field} has no gap")


def whole_weights(parts: Sequence[tuple[Fraction, int]]) -> list[int]:
    """The smallest whole weights of a gap in each part that keep the parts' points in proportion, as near as
    `MOST_MARKS` allows."""
    each = [points / count for points, count in parts]
    scale = math.lcm(*(share.denominator for share in each))
    whole = [int(share * scale) for share in each]
    common = math.gcd(*whole)
    whole = [weight // common for weight in whole]
    total = sum(weight * count for weight, (_, count) in zip(whole, parts, strict=True))
    return whole if total <= MOST_MARKS else [max(1, round(Fraction(weight * MOST_MARKS, total))) for weight in whole]


LEAST_WIDTH = 8
"""Characters that a gap for a number takes at least, lest its width say how long the answer is."""
MOST_DIGITS = 15
"""Digits that Moodle keeps of a number."""


def _texts(cell: Cell) -> Iterator[str]:
    """The answers of a gap, by the longest of which Moodle makes it wide; it keeps numbers as floats."""
    if isinstance(cell, Decimal):
        for text in (*cell.keys, *(wrong.key for wrong in cell.mistakes)):
            yield f"{float(text):.{MOST_DIGITS}g}"
    else:
        yield from with_minus(cell.accepted)
        for wrong in cell.mistakes:
            yield from with_minus(mistake_spellings(wrong.text))


def _filler(cell: Cell, wide: int) -> str:
    """A last answer, worth nothing, that makes a gap so wide; a number so near the key that it is never come to."""
    if not isinstance(cell, Decimal):
        return f"%0%{'-' * wide}"
    key = cell.text if abs(cell.value) >= Fraction(1, 1000) else "0.1"
    key += "" if "." in key else "."
    wide = min(wide, MOST_DIGITS + sum(sign in key for sign in "-."))
    return f"%0%{key.ljust(wide - 1, '0')}1:0" if len(key) < wide else ""


def number_gap(print_feedback: FeedbackPrinter, cell: Cell, weight: int, wide: int = 0) -> str:
    """A gap of a cloze for a number, with the wrong numbers that are known and the feedback on them; as `wide` as other
    gaps."""
    filler = [_filler(cell, wide)] if wide > max(map(len, _texts(cell))) else []
    match cell:
        case Decimal(_, tolerance, mistakes):
            reach = decimal(tolerance, 12)
            answers = [f"={text}:{reach}" for text in cell.keys]
            answers += [
                f"%{grade(wrong.mistake.share)}%{wrong.key}:{decimal(wrong.tolerance, 12)}"
                f"#{print_feedback(wrong.mistake.feedback)}"
                for wrong in mistakes
            ]
            return f"{{{weight}:NUMERICAL:{'~'.join([*answers, *filter(None, filler)])}}}"
        case Ratio(accepted, mistakes):
            answers = [f"={text}" for text in with_minus(accepted)]
            answers += [
                f"%{grade(wrong.mistake.share)}%{text}#{print_feedback(wrong.mistake.feedback)}"
                for wrong in mistakes
                for text in with_minus(mistake_spellings(wrong.text))
            ]
            return f"{{{weight}:SHORTANSWER:{'~'.join([*answers, *filler])}}}"


def _alternatives(printer: Printer, options: Sequence[PickOption]) -> Iterator[str]:
    for option in options:
        sign = "=" if option.share == 1 else f"%{grade(option.share)}%"
        feedback = f"#{escape_in_cloze(_line(printer.blocks(option.feedback)))}" if option.feedback else ""
        yield sign + escape_in_cloze(printer.inlines(option.words)) + feedback


def _line(html: str) -> str:
    """A single paragraph as the words in it: Moodle's editor takes one for the end of the paragraph around the gap."""
    inside = html.strip().removeprefix("<p>").removesuffix("</p>")
    return html if "<p>" in inside else inside


def _menu(offered: Sequence[str], right: str, weight: int) -> str:
    return f"{{{weight}:MULTICHOICE:{'~'.join(('=' if word == right else '%0%') + word for word in offered)}}}"


def _letters(part: Part, count: int) -> str:
    return sheet.letters(part.filled.lang)[:count]


def gap_line(gap: str) -> str:
    """A gap in a line of its own."""
    return f"<div {ROOM_BELOW}>{gap}</div>\n"


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table of gaps and words."""
    cells = [[f'<td style="padding-right: .5em">{cell}</td>' for cell in row] for row in rows]
    lines = "\n".join(f"<tr>{''.join(row)}</tr>" for row in cells)
    return f"<table {ROOM_BELOW}><tbody>\n{lines}\n</tbody></table>\n"


def _pop_up(printer: plain.Printer, blocks: tuple[Block, ...]) -> str:
    """The feedback on a wrong number: Moodle has it in a pop-up, in which MathJax does not set formulas."""
    text = escape(" ".join(printer.blocks(blocks).split()), quote=False)
    return escape_in_cloze(f'<span class="nolink">{text}</span>')  # no filter turns (n) into a picture


def escape_in_cloze(text: str) -> str:
    """HTML inside an answer of a cloze gap, where ``}``, ``#`` and ``~`` are signs of its own."""
    twice = text.strip().replace("\n", " ").replace("&", "&amp;")
    return twice.replace("}", "\\}").replace("#", "\\#").replace("~", r"&\#126;")


def _numerical(figures: Pictures, item: Item, part: Part, cell: Decimal) -> Element:
    printer = figures.printer(item.lang)
    asked = [(part, Numbers(((cell,),), "number"))]
    element = question(
        "numerical", item, part, part.points, figures, lambda p: p.blocks(part.question) + hint(item, asked)
    )
    answers = [("100", text, cell.tolerance, "") for text in cell.keys]
    answers += [
        (grade(wrong.mistake.share), wrong.key, wrong.tolerance, printer.blocks(wrong.mistake.feedback))
        for wrong in cell.mistakes
    ]
    files = figures.take()
    for fraction, text, tolerance, feedback in answers:
        answer = etree.SubElement(element, "answer", fraction=fraction, format="plain_text")
        text_of(answer, text)
        html_of(answer, "feedback", feedback, figures_in(feedback, files))
        etree.SubElement(answer, "tolerance").text = decimal(tolerance, 12)
    return element


def multichoice(figures: Pictures, item: Item, part: Part, pick: Pick) -> Element:
    element = question("multichoice", item, part, part.points, figures, lambda p: question_html(p, part, pick))
    printer = figures.printer(item.lang)
    etree.SubElement(element, "single").text = "false" if pick.many else "true"
    etree.SubElement(element, "shuffleanswers").text = "true"
    etree.SubElement(element, "answernumbering").text = "abc"
    for option in pick.options:
        answer = etree.SubElement(element, "answer", fraction=grade(option.share), format="html")
        text_of(answer, printer.inlines(option.words))
        html_of(answer, "feedback", printer.blocks(option.feedback))
    return element


def matching(figures: Pictures, item: Item, part: Part, pairs: Pairs) -> Element:
    """Moodle's menus of a matching show no formulas: they hold letters, and the options stand in the text."""
    letters = _letters(part, len(pairs.options))
    names = [option.name for option in pairs.options]

    def body(printer: Printer) -> str:
        listed = "".join(
            f"<p>{letter}) {printer.inlines(option.words)}</p>\n"
            for letter, option in zip(letters, pairs.options, strict=True)
        )
        return printer.blocks(part.question) + listed

    element = question("matching", item, part, part.points, figures, body)
    printer = figures.printer(item.lang)
    etree.SubElement(element, "shuffleanswers").text = "true"
    for term, name in zip(pairs.terms, pairs.right, strict=True):
        sub = etree.SubElement(element, "subquestion", format="html")
        text_of(sub, printer.inlines(term))
        text_of(etree.SubElement(sub, "answer"), letters[names.index(name)])
    for letter, name in zip(letters, names, strict=True):
        if name not in pairs.right:
            sub = etree.SubElement(element, "subquestion", format="html")
            text_of(sub, "")
            text_of(etree.SubElement(sub, "answer"), letter)
    return element


def essay(figures: Pictures, item: Item, part: Part) -> Element:
    element = question("essay", item, part, part.points, figures, lambda p: p.blocks(part.question))
    for name, value in (
        ("responseformat", "editor"), ("responserequired", "1"), ("responsefieldlines", "15"), ("attachments", "1"),
        ("attachmentsrequired", "0"),
    ):  # fmt: skip
        etree.SubElement(element, name).text = value
    printer = figures.printer(item.lang)
    html_of(element, "graderinfo", printer.blocks(part.rubric), figures.take())
    html_of(element, "responsetemplate", "")
    return element


FORMAT = Format(
    "moodle", ".xml", "Moodle XML without plugins; several parts become one cloze question",
    MoodlePlain, MoodleFile, {"several": ("menus", "multiresponse")},
)  # fmt: skip
