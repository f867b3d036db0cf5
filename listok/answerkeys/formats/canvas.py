r"""QTI 1.2 packages for Canvas, Classic Quizzes and New Quizzes alike.

Canvas draws single questions from a group, so parts that are questions of their own cannot be drawn together: a student
would compute part (b) on other numbers than part (a). A variant's parts stay together in one of two ways:

* ``parts = blanks``: the whole variant is one question with a blank for every answer, and one variant of each exercise
  and level is drawn for a student. Canvas compares blanks as text and gives each the same share. So a number is
  accepted in every spelling of every value within its tolerance that has the places asked for, options are picked by
  their numbers, and open parts are left out. A variant with one part is a question of its own kind.
* ``parts = split``: every part is a question of its own kind with its own points, numbers with their tolerance, and
  nothing is drawn: the package holds a quiz for every variant.

Facts about Canvas that decide the rest: a number's key stands inside ``or``, with the bounds `vargte` and `varlte`
(bounds with `vargt` may be read as significant digits). Every key of a number, a blank or a single choice earns the
full mark, so what a mistake gives cannot earn a part of it, nor have feedback of its own where it is typed: common
mistakes are told together after a wrong answer. Idents of answers are numbers, as in Canvas's own files, because the
importer makes its own of them, and no two blanks may share one. The type stands first among an item's fields, and a
blank's name stands in its `response_lid` once more: New Quizzes looks there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from listok.answerkeys.formats import (
    Composer,
    Entry,
    Format,
    Heading,
    decimal,
    how_to_type,
    part_title,
    question_html,
    skipped,
    with_minus,
)  # fmt: skip
from listok.answerkeys.formats import Question as Printed
from listok.answerkeys.formats.elements import Elements, Xml, document, encoded, filled, plain
from listok.answerkeys.items import Item, Part
from listok.answerkeys.lowering import (
    LESS,
    OTHER_SPELLINGS,
    Decimal,
    Essay,
    Field,
    LeftOut,
    Numbers,
    Pairs,
    Pick,
    Ratio,
    typed_spellings,
)
from listok.answerkeys.package import Package
from listok.generators.decimals import written
from listok.generators.exact import Fraction
from listok.templates import sheet
from listok.templates.doctree import Inline
from listok.templates.files import private_file
from listok.templates.texhtml import Printer
from listok.templates.text import Lang

QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
META = "http://canvas.instructure.com/xsd/cccv1p0"
MANIFEST = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"

TYPED_PLACES = 4
"""Classic Quizzes rounds what is typed into the field of a number to so many places: what has more is asked for as
text."""
LONGEST = 16 * 2**10
"""Characters of a question's text; Classic Quizzes puts a sentence of its own in the place of a longer one."""
SLACK = Fraction(1, 10**6)
"""By how much of itself a tolerance is widened: New Quizzes takes the difference of two floats for it, which may come
out a little less."""

_EXACT = {
    "ru": "Числа сверяются как текст: если просят округлить, пишите ровно столько знаков.",
    "en": "Numbers are compared as text: where rounding is asked for, give exactly that many places.",
}
_DECIMAL = {
    "ru": "Пишите десятичную дробь с точкой, разряды ничем не отделяйте: 1234.5. Дробь вида 1/3 здесь не принимается.",
    "en": "Write a decimal with a point and no thousands marks: 1234.5. A fraction such as 1/3 is not accepted here.",
}
"""For the field of a number: both Quizzes take a fraction for no number at all."""
_PICK = {"ru": "Впишите номер верного варианта:", "en": "Type the number of the right option:"}
_PICK_MANY = {
    "ru": "Впишите «да» у каждого верного варианта и «нет» у каждого неверного.",
    "en": "Type “yes” beside every right option and “no” beside every wrong one.",
}
_PAIRS = {
    "ru": "Впишите в каждое поле номер подходящего варианта.",
    "en": "Type into each field the number of the option that fits.",
}
_YES = {"ru": ("да", "верно", "+", "1"), "en": ("yes", "true", "+", "1")}
_NO = {"ru": ("нет", "неверно", "-", "−", "0"), "en": ("no", "false", "-", "−", "0")}
_MISTAKES = {"ru": "Частые ошибки", "en": "Common mistakes"}
_GOT = {"ru": "Если получилось", "en": "If you got"}
_PICKED = {"ru": "Если выбран вариант", "en": "If you picked option"}
_VERSION = {"ru": "Вариант", "en": "Version"}

_CUT_OFF = re.compile("_(?:ans|str)$", re.IGNORECASE)
"""What the converter of Classic Quizzes takes off the end of an ident, as if it were one of D2L's."""
_BLANK = re.compile(r"\\\(.*?\\\)|\\\[.*?\\\]|<[^>]*>|\[(?=[A-Za-z0-9_.-]+\])", re.DOTALL)
"""What Classic Quizzes takes for the beginning of a blank, or what is none though it looks so."""
_FORMULA = re.compile(r"\\\((.*?)\\\)|\\\[(.*?)\\\]", re.DOTALL)


def _no_blanks(text: str) -> str:
    """HTML in which no word in brackets is a blank: an invisible sign keeps the bracket from the word."""
    return _BLANK.sub(lambda found: found[0] if found[0] != "[" else "[&#8288;", text)


def _pictures(text: str) -> str:
    """HTML with its formulas as the pictures that Canvas's own editor makes of TeX."""
    return _FORMULA.sub(_picture, text)


def _picture(found: re.Match[str]) -> str:
    tex = html.unescape(found[1] or found[2])
    address = quote(quote(tex, safe=""), safe="")  # Canvas decodes it twice
    alt = html.escape(tex)
    return (f'<img class="equation_image" title="{alt}" src="/equation_images/{address}" alt="LaTeX: {alt}" '
            f'data-equation-content="{alt}"/>')  # fmt: skip


# --- small makers of elements ----------------------------------------------------------------------------------------


_element = Elements()


def _material(text: str, kind: Literal["html", "plain"] = "html") -> Xml:
    return _element("material", _element("mattext", text=text, texttype=f"text/{kind}"))


def _label(ident: str, text: str, kind: Literal["html", "plain"]) -> Xml:
    return _element("response_label", _material(text, kind), ident=ident)


_SPELLING = _label("%s", "%s", "plain")


def _is(value: str, place: str = "response1") -> Xml:
    return _element("varequal", text=value, respident=place)


def _earn(test: Xml, points: str = "100", action: str = "Set") -> Xml:
    """The condition under which the score is set, out of 100, or added to."""
    setvar = _element("setvar", text=points, action=action, varname="SCORE")
    last = {"continue": "No"} if action == "Set" else {}
    return _element("respcondition", _element("conditionvar", test), setvar, **last)


def _tell(test: Xml, name: str) -> Xml:
    shown = _element("displayfeedback", feedbacktype="Response", linkrefid=name)
    return _element("respcondition", _element("conditionvar", test), shown, **{"continue": "Yes"})


def _share(count: int) -> str:
    return decimal(Fraction(100, count), 4)


# --- what a question is made of --------------------------------------------------------------------------------------


@dataclass
class _Question:
    """A question while it is put together: its type in Canvas, its text, what is answered, how it is marked, and the
    feedback on an answer (by its ident) and, part by part, on a wrong one."""

    kind: str
    text: str
    responses: list[Xml] = dataclasses.field(default_factory=list)
    conditions: list[Xml] = dataclasses.field(default_factory=list)
    feedback: dict[str, str] = dataclasses.field(default_factory=dict)
    mistakes: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)


def decimals(cell: Decimal) -> tuple[str, ...]:
    """A decimal as it may be typed where text is compared, the key itself first: every value within its tolerance that
    has the key's places, with a point or a comma, with zeros at the end or without, with a zero in front or without,
    with either minus; the key also with a plus, and an exact one as a fraction."""
    places = len(cell.text.partition(".")[2])
    key = int(cell.text.replace(".", ""))
    reach = cell.tolerance.numerator * 10**places // cell.tolerance.denominator
    found: dict[str, None] = {}
    for step in sorted(range(-reach, reach + 1), key=abs):
        whole, _, part = written(abs(key + step), places).partition(".")
        short = part.rstrip("0")
        wholes = (whole, "") if whole == "0" and part else (whole,)
        texts = [f"{each}{point}{end}" for each in wholes for end in (part, short) if end for point in ".,"]
        if not short:
            texts += [whole] if places else [whole, f"{whole}.0", f"{whole},0"]
        for text in texts:
            if key + step >= 0:
                found[text] = None
            if key + step < 0 or (key + step == 0 and reach):  # -0.0003 is rounded to -0.000
                found.update(dict.fromkeys((f"-{text}", f"−{text}")))
    if key > 0:
        found[f"+{cell.text}"] = None
    if not reach and cell.value.denominator > 1:
        found.update(dict.fromkeys(with_minus(typed_spellings(cell.value, OTHER_SPELLINGS))))
    return tuple(found)


class Blanks:
    """Puts together a question of blanks: each has a name of its own, which stands in brackets in the text."""

    def __init__(self, printer: Printer, lang: Lang, text: str) -> None:
        self._printer, self._lang, self._text = printer, lang, text
        self.accepted: dict[str, tuple[str, ...]] = {}

    def gap(self, name: str, accepted: Iterable[str]) -> str:
        """A blank; the name is changed where the text holds it in brackets for a reason of its own, and where its end
        would be cut off, or where another blank has it."""
        if not name[0].isalpha():
            name = f"a{name}"
        while name in self.accepted or f"[{name}]" in self._text or _CUT_OFF.search(f"response_{name}"):
            name += "_"
        self.accepted[name] = tuple(accepted)
        return f"[{name}]"

    def body(self, part: Part, field: Field) -> str:
        """The blanks of a part, and what is typed into them."""
        lang, name, inlines = self._lang, part.name, self._inlines
        match field:
            case Numbers(rows, shape):
                if shape == "number":
                    return f"<p>{self.gap(name, _spellings(rows[0][0]))}</p>\n"
                return _table([
                    [self.gap(f"{name}_{i}_{j}", _spellings(cell)) for j, cell in enumerate(row, 1)]
                    for i, row in enumerate(rows, 1)
                ])  # fmt: skip
            case Pick(options, True):
                rows_of = [
                    [self.gap(f"{name}_{n}", (_YES if option.right else _NO)[lang]), inlines(option.words)]
                    for n, option in enumerate(options, 1)
                ]
                return f"<p><em>{_PICK_MANY[lang]}</em></p>\n" + _table(rows_of)
            case Pick(options, False):
                (right,) = [n for n, option in enumerate(options, 1) if option.right]
                gap = self.gap(name, _number(right))
                return self._listed(field) + f"<p><em>{_PICK[lang]}</em> {gap}</p>\n"
            case Pairs(terms, options, rights):
                names = [option.name for option in options]
                rows_of = [
                    [inlines(term), self.gap(f"{name}_{n}", _number(names.index(right) + 1))]
                    for n, (term, right) in enumerate(zip(terms, rights, strict=True), 1)
                ]
                return self._listed(field) + f"<p><em>{_PAIRS[lang]}</em></p>\n" + _table(rows_of)
            case _:
                raise TypeError(f"{field} has no blank")

    def _inlines(self, nodes: tuple[Inline, ...]) -> str:
        return _no_blanks(self._printer.inlines(nodes))

    def _listed(self, field: Pick | Pairs) -> str:
        """Options with the numbers by which they are picked."""
        words = (self._inlines(option.words) for option in field.options)
        return "".join(f"<p>{n}) {text}</p>\n" for n, text in enumerate(words, 1))

    def finish(self, question: _Question) -> None:
        """Put the blanks' keys into a question."""
        last = 1000
        for name, accepted in self.accepted.items():
            first = last + 1
            labels = [filled(_SPELLING, str(ident), text) for ident, text in enumerate(accepted, first)]
            last += len(labels)
            place = f"response_{name}"
            shown = _element("material", _element("mattext", text=name))
            question.responses.append(_element("response_lid", shown, _element("render_choice", *labels), ident=place))
            question.conditions.append(_earn(_is(str(first), place), _share(len(self.accepted)), "Add"))


def _spellings(cell: Decimal | Ratio) -> tuple[str, ...]:
    return decimals(cell) if isinstance(cell, Decimal) else tuple(with_minus(cell.accepted))


def _number(place: int) -> tuple[str, ...]:
    return str(place), f"{place})", f"{place}."


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tbody>\n{lines}\n</tbody></table>\n"


# --- the kinds of questions ------------------------------------------------------------------------------------------


class _Builder:
    """Puts the questions of one item together."""

    def __init__(self, printer: Printer, item: Item, shown: Callable[[str], str]) -> None:
        self._printer, self._item, self._lang, self._shown = printer, item, item.lang, shown
        self._stem = f"<h4>{printer.inlines(item.heading)}</h4>\n{printer.blocks(item.stem)}"

    def native(self, part: Part, field: Field) -> _Question:
        """A part as a question of its own kind."""
        text = self._stem + self._asked(part, field)
        match field:
            case Numbers(((Decimal() as cell,),)) if len(cell.text.partition(".")[2]) <= TYPED_PLACES:
                return self._numerical(part, field, text, cell)
            case Pick():
                return self._choice(field, text)
            case Pairs():
                return self._matching(part, field, text)
            case Essay():
                return self.essay([part])
            case _:
                return self.blanks([(part, field)])

    def blanks(self, asked: Sequence[tuple[Part, Field]]) -> _Question:
        """Parts as one question of blanks."""
        stem, *texts = map(_no_blanks, (self._stem, *(self._asked(part, field) for part, field in asked)))
        blanks = Blanks(self._printer, self._lang, stem + "".join(texts))
        bodies = [text + blanks.body(part, field) for text, (part, field) in zip(texts, asked, strict=True)]
        words = how_to_type(asked, self._lang, apart=False)
        hint = f"<p><em>{words} {_EXACT[self._lang]}</em></p>\n" if words else ""
        question = _Question("fill_in_multiple_blanks_question", stem + "".join(bodies) + hint)
        blanks.finish(question)
        for part, field in asked:
            label = f"<p><strong>({part.letter})</strong></p>\n" if len(asked) > 1 else ""
            question.mistakes[label] = tuple(dict.fromkeys(self._mistakes(part, field, picked=True)))
        return question

    def essay(self, parts: Sequence[Part]) -> _Question:
        """Open parts as one question that a person marks."""
        asked = "".join(self._asked(part, Essay(part.rubric)) for part in parts)
        question = _Question("essay_question", self._stem + asked)
        question.responses.append(_fib())
        other = _element("conditionvar", _element("other"))
        question.conditions.append(_element("respcondition", other, **{"continue": "No"}))
        return question

    def solution(self, parts: Iterable[Part]) -> str:
        """Worked solutions of parts, and for open ones the rubric: Canvas has no place that only markers see."""
        return "".join(
            f"<p><strong>{part_title(part, self._lang)}</strong></p>\n"
            + self._printer.blocks(part.solution)
            + self._printer.blocks(part.rubric)
            for part in parts
        )

    def _asked(self, part: Part, field: Field) -> str:
        title = f"<p><strong>{part_title(part, self._lang)}</strong></p>\n" if len(self._item.parts) > 1 else ""
        return title + question_html(self._printer, part, field)

    def _mistakes(self, part: Part, field: Field, *, picked: bool = False) -> Iterator[str]:
        """The feedback on each mistake of a part, with what it gives where that is short."""
        blocks = self._printer.blocks
        match field:
            case Numbers(((_,),)):
                for mistake in part.mistakes:
                    shown = self._printer.inlines(sheet.shown(part.filled, part.name, part.key, mistake.value))
                    yield f"<p><em>{_GOT[self._lang]}</em> {shown}:</p>\n{blocks(mistake.feedback)}"
            case Numbers():
                for mistake in part.mistakes:
                    yield blocks(mistake.feedback)
            case Pick(options) if picked:
                for place, option in enumerate(options, 1):
                    if option.feedback and not option.right:
                        yield f"<p><em>{_PICKED[self._lang]} {place}:</em></p>\n{blocks(option.feedback)}"

    def _numerical(self, part: Part, field: Numbers, text: str, cell: Decimal) -> _Question:
        question = _Question("numerical_question", f"{text}<p><em>{_DECIMAL[self._lang]}</em></p>\n")
        question.responses.append(_fib("Decimal"))
        reach = cell.tolerance * (1 + SLACK)
        for text in cell.keys:  # bounds must be as far from the number below as above
            low, high = (decimal(Fraction(text) + sign * reach, 12) for sign in (-1, 1))
            bounds = _element(
                "and",
                _element("vargte", text=low, respident="response1"),
                _element("varlte", text=high, respident="response1"),
            )
            question.conditions.append(_earn(_element("or", _is(text), bounds)))
        question.mistakes[""] = tuple(self._mistakes(part, field))
        return question

    def _choice(self, pick: Pick, text: str) -> _Question:
        question = _Question("multiple_answers_question" if pick.many else "multiple_choice_question", text)
        idents = [str(1000 + n) for n, _ in enumerate(pick.options, 1)]
        labels = [
            _label(ident, self._shown(self._printer.inlines(option.words)), "html")
            for ident, option in zip(idents, pick.options, strict=True)
        ]
        choice = _element("response_lid", _element("render_choice", *labels), ident="response1",
                          rcardinality="Multiple" if pick.many else "Single")  # fmt: skip
        question.responses.append(choice)
        for ident, option in zip(idents, pick.options, strict=True):
            if option.feedback:
                question.feedback[ident] = self._printer.blocks(option.feedback)
                question.conditions.append(_tell(_is(ident), f"{ident}_fb"))
        right = [
            _is(ident) if option.right else _element("not", _is(ident))
            for ident, option in zip(idents, pick.options, strict=True)
            if option.right or pick.many
        ]
        question.conditions.append(_earn(_element("and", *right) if pick.many else right[0]))
        return question

    def _matching(self, part: Part, pairs: Pairs, text: str) -> _Question:
        """Menus show no formulas: they hold letters, and the options stand in the text."""
        letters = sheet.letters(self._lang)[: len(pairs.options)]
        words = (self._printer.inlines(option.words) for option in pairs.options)
        listed = "".join(f"<p>{letter}) {each}</p>\n" for letter, each in zip(letters, words, strict=True))
        question = _Question("matching_question", text + listed)
        names = [option.name for option in pairs.options]
        for n, (term, right) in enumerate(zip(pairs.terms, pairs.right, strict=True), 1):
            place = f"response_{n}"
            labels = [_label(str(1000 + k), letter, "plain") for k, letter in enumerate(letters, 1)]
            menu = _element("render_choice", *labels)
            material = _material(self._shown(self._printer.inlines(term)))
            question.responses.append(_element("response_lid", material, menu, ident=place))
            test = _is(str(1001 + names.index(right)), place)
            question.conditions.append(_earn(test, _share(len(pairs.terms)), "Add"))
        return question


def _fib(kind: str = "") -> Xml:
    box = _element("render_fib", _element("response_label", ident="answer1"), **({"fibtype": kind} if kind else {}))
    return _element("response_str", box, ident="response1", rcardinality="Single")


def _item(
    question: _Question, words: str, ident: str, title: str, points: Fraction, solution: str, lang: Lang,
    shown: Callable[[str], str],
) -> Xml:  # fmt: skip
    """A question with its text as an element of QTI; `shown` makes printed HTML what Canvas is to show."""
    entries = (("question_type", question.kind), ("points_possible", decimal(points)))
    fields = [
        _element("qtimetadatafield", _element("fieldlabel", text=name), _element("fieldentry", text=value))
        for name, value in entries
    ]
    metadata = _element("itemmetadata", _element("qtimetadata", *fields))
    text = _material(words)
    texts = {"general_fb": solution}
    always = [_tell(_element("other"), "general_fb")]
    lists = [
        label + "<ul>\n" + "".join(f"<li>{each}</li>\n" for each in mistakes) + "</ul>\n"
        for label, mistakes in question.mistakes.items()
        if mistakes
    ]
    if lists:
        texts["general_incorrect_fb"] = f"<p><strong>{_MISTAKES[lang]}</strong></p>\n" + "".join(lists)
        always.append(_tell(_element("other"), "general_incorrect_fb"))
    texts |= {f"{answer}_fb": text for answer, text in question.feedback.items()}
    score = _element("decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    feedback = [
        _element("itemfeedback", _element("flow_mat", _material(shown(each))), ident=name)
        for name, each in texts.items()
    ]
    return _element(
        "item", metadata, _element("presentation", text, *question.responses),
        _element("resprocessing", _element("outcomes", score), *always, *question.conditions), *feedback,
        ident=ident, title=title,
    )  # fmt: skip


class Canvas(Composer):
    """Prints an item as one question for a group, or as a question for each part."""

    def __init__(self, heading: Heading) -> None:
        super().__init__(heading, "$IMS-CC-FILEBASE$/figures/")
        self._shown = _pictures if heading.setting("math", "tex") == "equation" else str
        self._split = _is_split(heading)

    def questions(self, item: Item) -> Iterator[Printed]:
        """The questions that an item becomes."""
        builder = _Builder(self.figures.printer(item.lang), item, self._shown)
        fields: list[tuple[Part, Field]] = []
        for part in item.parts:
            lowered = self.lowered(item, part, "canvas", lambda field: not isinstance(field, Numbers))
            if isinstance(lowered, LeftOut):
                self.left_out(item, part, lowered.reason)
                continue
            fields.append((part, lowered))
            if _earns_part(lowered):
                self.left_out(item, part, "the share that a mistake's answer earns is left out: Canvas marks such an "
                                          "answer as right or wrong")  # fmt: skip
        if self._split:
            for part, asked in fields:
                yield from self._printed(item, builder.native(part, asked), builder, [part])
        elif fields:
            yield from self._together(item, builder, fields)

    def _together(self, item: Item, builder: _Builder, fields: Sequence[tuple[Part, Field]]) -> Iterator[Printed]:
        asked: Sequence[tuple[Part, Field]] = [pair for pair in fields if not isinstance(pair[1], Essay)]
        match asked:
            case []:
                asked = fields
                question = builder.essay([part for part, _ in fields])
            case [(part, each)]:
                question = builder.native(part, each)
            case _:
                question = builder.blanks(asked)
                if len({part.points / _count(each) for part, each in asked}) > 1:
                    self.left_out(item, None, "the points of parts are left out: Canvas gives every blank of a "
                                              "question the same; --set parts=split keeps them")  # fmt: skip
        names = {part.name for part, _ in asked}
        others = skipped([part for part in item.parts if part.name not in names], item.lang, own=False)
        question.text += f"<p><em>{others}</em></p>\n" if others else ""
        for part, each in fields:
            if isinstance(each, Essay) and asked is not fields:
                self.left_out(item, part, "it is left out: an open part cannot be drawn together with the others; "
                                          "--set parts=split keeps it")  # fmt: skip
        yield from self._printed(item, question, builder, [part for part, _ in asked])

    def _printed(self, item: Item, question: _Question, builder: _Builder, parts: Sequence[Part]) -> Iterator[Printed]:
        words, pictures = self._shown(f"<div>{question.text}</div>"), self.figures.take()
        if len(words) > LONGEST:
            self.left_out(item, parts[0] if self._split else None, f"it is left out: Canvas drops a text of more than "
                          f"{LONGEST} characters; --set math=tex and parts=split make shorter ones")  # fmt: skip
            return
        points = sum((part.points for part in parts), Fraction(0))
        alone = f"{item.code}.{parts[0].name}" if self._split else item.code
        ident = f"q-{alone.replace('.', '-')}-{item.lang}"
        title = item.name + alone.removeprefix(item.code)
        element = _item(question, words, ident, title, points, builder.solution(parts), item.lang, self._shown)
        pictures |= self.figures.take()
        yield Printed(encoded(element + "\n"), name=ident, points=points, pictures=pictures)


def _is_split(heading: Heading) -> bool:
    return heading.setting("parts", "blanks") == "split"


# --- the package -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Span:
    """Where an item stands in the file of items, and its points."""

    start: int
    length: int
    points: Fraction


@dataclass
class _Group:
    """Variants of which one is drawn, each worth the same."""

    title: str
    points: Fraction
    spans: list[_Span] = dataclasses.field(default_factory=list)


class CanvasFile:
    """Takes questions into a file of their own as they come, and at its end puts the quizzes together: a quiz is one
    document, and figures are written into the package between its questions."""

    def __init__(self, path: Path, heading: Heading) -> None:
        self._title, self._lang, self._split = plain(heading.title), heading.lang, _is_split(heading)
        self._package = Package(path)
        stem = path.name.removesuffix(".zip.part")
        self._items_path, self._quiz_path = (path.with_name(f"{stem}.{name}.zip.part") for name in ("items", "quiz"))
        private_file(self._items_path).close()
        self._items = self._items_path.open("w+b")
        self._written = 0
        self._content = hashlib.sha256()
        self._groups: dict[tuple[str, int, Fraction], _Group] = {}
        self._versions: list[list[_Span]] = []
        self._met: Counter[tuple[str, int]] = Counter()
        self._pictures: dict[str, None] = {}

    @property
    def size(self) -> int:
        return self._package.size + self._written

    def add(self, entry: Entry) -> int:
        """Write an entry: into a group, or into the quiz of its version."""
        spans, place = list(map(self._span, entry.questions)), (entry.exercise, entry.level)
        if self._split:
            version = self._met[place]
            self._met[place] += 1
            if version == len(self._versions):
                self._versions.append([])
            self._versions[version] += spans
            return len(spans)
        title = f"{entry.heading}. {entry.heading_level}"
        for span in spans:
            self._groups.setdefault((*place, span.points), _Group(title, span.points)).spans.append(span)
        return len(spans)

    def _span(self, question: Printed) -> _Span:
        for name, picture in sorted(question.pictures.items()):
            self._package.add(f"figures/{name}", picture)
            self._pictures[name] = None
        self._items.write(question.content)
        self._content.update(question.name.encode() + b"\n")
        span = _Span(self._written, len(question.content), question.points)
        self._written += span.length
        return span

    def close(self) -> None:
        """Put the quizzes and the manifest together."""
        # Canvas takes quizzes of one identifier for one quiz: what holds other questions needs another.
        code = f"listok-{self._content.hexdigest()[:16]}"
        quizzes: list[str] = []
        if self._split:
            for number, spans in enumerate(self._versions, 1):
                title = f"{self._title}. {_VERSION[self._lang]} {number}"
                quizzes.append(self._quiz(f"{code}-{number}", title, [_Group("", Fraction(0), spans)]))
        else:
            quizzes.append(self._quiz(code, self._title, self._groups.values()))
        self._items.close()
        self._items_path.unlink()
        self._package.add("imsmanifest.xml", document(_manifest(code, quizzes, self._pictures)))
        self._package.close()

    def abandon(self) -> None:
        """Let go of the package and of the file of questions."""
        self._package.abandon()
        with contextlib.suppress(OSError):
            self._items.close()

    def _quiz(self, ident: str, title: str, groups: Iterable[_Group]) -> str:
        """Write a quiz; a group without a title is a plain row of questions."""
        total = Fraction(0)
        with private_file(self._quiz_path) as quiz:
            quiz.write(encoded(
                f'<?xml version="1.0" encoding="UTF-8"?>\n{_element.start("questestinterop", xmlns=QTI)}\n'
                f'{_element.start("assessment", ident=ident, title=title)}\n'
                f'{_element.start("section", ident="root_section")}\n'
            ))  # fmt: skip
            for number, group in enumerate(groups, 1):
                if group.title:
                    quiz.write(encoded(_drawn(f"{ident}-group-{number}", group)))
                    total += group.points
                else:
                    total += sum((span.points for span in group.spans), Fraction(0))
                for span in group.spans:
                    self._items.seek(span.start)
                    quiz.write(self._items.read(span.length))
                quiz.write(b"</section>\n" if group.title else b"")
            quiz.write(b"</section>\n</assessment>\n</questestinterop>\n")
        self._package.add_file(f"{ident}/{ident}.xml", self._quiz_path)
        self._quiz_path.unlink()
        self._package.add(f"{ident}/assessment_meta.xml", document(_meta(ident, title, total)))
        return ident


def _drawn(ident: str, group: _Group) -> str:
    """The beginning of a section of which one question is drawn."""
    points = _element("points_per_item", text=decimal(group.points))
    drawn = _element(
        "selection", _element("selection_number", text="1"), _element("selection_extension", points)
    )
    return f"{_element.start('section', ident=ident, title=group.title)}\n{_element('selection_ordering', drawn)}\n"


def _count(asked: Field) -> int:
    """Blanks that a field takes."""
    match asked:
        case Numbers():
            return len(asked.cells)
        case Pick(options, True):
            return len(options)
        case Pairs(terms):
            return len(terms)
        case _:
            return 1


def _earns_part(asked: Field) -> bool:
    """Whether some mistake's answer should earn a part of the points."""
    match asked:
        case Numbers():
            return any(wrong.mistake.share for cell in asked.cells for wrong in cell.mistakes) or LESS in asked.notes
        case Pick(options, False):
            return any(option.share and not option.right for option in options)
        case _:
            return False


def _meta(ident: str, title: str, points: Fraction) -> Xml:
    """The settings of a quiz: one attempt, not published, options in the order of the file."""
    settings = {
        "title": title, "description": "", "shuffle_answers": "false", "scoring_policy": "keep_highest",
        "hide_results": "", "quiz_type": "assignment", "points_possible": decimal(points), "allowed_attempts": "1",
        "one_question_at_a_time": "false", "cant_go_back": "false", "available": "false",
    }  # fmt: skip
    children = [_element(name, text=value) for name, value in settings.items()]
    return _element("quiz", *children, identifier=ident, xmlns=META)


def _manifest(code: str, quizzes: Iterable[str], pictures: Iterable[str]) -> Xml:
    resources = []
    for ident in quizzes:
        files = _element("file", href=f"{ident}/{ident}.xml"), _element("dependency", identifierref=f"{ident}-meta")
        resources.append(_element("resource", *files, identifier=ident, type="imsqti_xmlv1p2"))
        meta = f"{ident}/assessment_meta.xml"
        resources.append(_element("resource", _element("file", href=meta), identifier=f"{ident}-meta", href=meta,
                                  type="associatedcontent/imscc_xmlv1p1/learning-application-resource"))  # fmt: skip
    for name in sorted(pictures):
        path = f"figures/{name}"
        resources.append(_element("resource", _element("file", href=path), identifier=name.partition(".")[0],
                                  href=path, type="webcontent"))  # fmt: skip
    about = _element("metadata", _element("schema", text="IMS Content"), _element("schemaversion", text="1.1.3"))
    return _element(
        "manifest", about, _element("organizations"), _element("resources", *resources),
        identifier=f"{code}-manifest", xmlns=MANIFEST,
    )


FORMAT = Format(
    "canvas", ".zip", "Canvas, Classic and New Quizzes; one variant of each exercise is drawn for a student",
    Canvas, CanvasFile, {"parts": ("blanks", "split"), "math": ("tex", "equation")},
)  # fmt: skip
