"""QTI 2.1, 2.2 and 3.0 content packages: one item a variant, and a test that draws one variant of each exercise.

Numbers are marked by bounds (`gte` and `lte`), the one way that all engines measured do alike: `equal` with a tolerance
is refused by one, ignored by another, and gives full marks to any text in a third. Items are written in the names of
version 2 and respelt for version 3.

Two things are written otherwise in version 3, for a player in use keeps an outcome that is computed as text in the
language of the browser. There 0.25 is `0,25`, read back as 25, and in any language thirds lose their digits: so steps
are counted, which are whole, and the points that they make are looked up at the end. And a list that grows keeps its
last entry alone: so each sentence has an outcome of its own.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

from listok.answerkeys.formats import (
    Composer,
    Entry,
    Format,
    Heading,
    Question,
    decimal,
    feedback_printer,
    how_to_type,
    part_title,
    question_html,
    rounded_up,
    skipped,
    with_minus,
)  # fmt: skip
from listok.answerkeys.formats.elements import Elements, Xml, document, filled, plain
from listok.answerkeys.items import Item, Part
from listok.answerkeys.lowering import (
    Cell,
    CellMistake,
    Decimal,
    Essay,
    Field,
    LeftOut,
    Numbers,
    Pairs,
    Pick,
    Ratio,
    mistake_spellings,
)
from listok.answerkeys.package import Package
from listok.generators.answers import NONE
from listok.generators.exact import Fraction
from listok.templates import sheet
from listok.templates.phrases import Setting
from listok.templates.texhtml import MathMLPrinter, Printer

MATHML = "http://www.w3.org/1998/Math/MathML"
MOST_STEPS, MOST_TOTALS = 2**16, 2**10
"""Steps in which the points of an item may be counted, and how many sums of them may be looked up."""

SOLUTION = "SOLUTIONMODAL"
"""The outcome by which OpenOlat knows a worked solution: it shows that to the marker and among results."""


@dataclass(frozen=True)
class Version:
    """How a version of QTI spells what all have."""

    number: int
    code: str
    item_namespace: str
    manifest_namespace: str
    schema: str
    schema_version: str


V21 = Version(2, "v2p1", "http://www.imsglobal.org/xsd/imsqti_v2p1", "http://www.imsglobal.org/xsd/imscp_v1p1",
              "QTIv2.1 Package", "1.0.0")  # fmt: skip
V22 = Version(2, "v2p2", "http://www.imsglobal.org/xsd/imsqti_v2p2", "http://www.imsglobal.org/xsd/imscp_v1p1",
              "QTIv2.2 Package", "1.0.0")  # fmt: skip
V30 = Version(3, "v3p0", "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
              "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1", "QTI Package", "3.0.0")  # fmt: skip

# --- elements --------------------------------------------------------------------------------------------------------


class _Count(NamedTuple):
    """How points are added up: in `outcome`, in steps of `step` points; `totals` are the numbers of steps that answers
    can make, the greatest first. Without a step, points themselves are added up."""

    outcome: str = "SCORE"
    step: Fraction = NONE
    totals: tuple[int, ...] = ()

    def worth(self, points: Fraction) -> str:
        """What is added for so many points."""
        if self.step:
            return _quotient(*points.as_integer_ratio(), *self.step.as_integer_ratio())
        return _points(points) if points > 0 else decimal(points, 8)


class _Near(NamedTuple):
    """What happens when a response is near a number: the points that are earned and the feedback that is told ("" for
    none); `zero`: 0 is near it, too."""

    zero: bool
    points: str
    told: str


class _Elements(Elements):
    """Makes elements in the spelling of a version, and the rules that marking is made of."""

    def __init__(self, version: int) -> None:
        super().__init__(kebab=version == 3)
        self.version = version
        # The same few stand in every item, again and again.
        self.value = functools.lru_cache(2**12)(self._value)
        self.variable = functools.lru_cache(2**10)(self._variable)
        self.earned = functools.lru_cache(2**10)(self._earned)
        self.told = functools.lru_cache(2**10)(self._told)
        self.number = functools.lru_cache(2**10)(self._number)
        self.near_one = functools.lru_cache(2**12)(self._near_one)
        self.gap = functools.lru_cache(2**10)(self._gap)
        self.score = functools.lru_cache(2**8)(self._score)

    def _value(self, base: str, text: str) -> Xml:
        return self("baseValue", baseType=base, text=text)

    def _variable(self, name: str) -> Xml:
        return self("variable", identifier=name)

    def set(self, name: str, value: Xml) -> Xml:
        return self("setOutcomeValue", value, identifier=name)

    def earn(self, outcome: str, points: Xml) -> Xml:
        return self.set(outcome, self("sum", self.variable(outcome), points))

    def _earned(self, outcome: str, points: str) -> Xml:
        return self.earn(outcome, self.value("float", points))

    def outcome_of(self, name: str) -> str:
        """The outcome variable that shows a feedback."""
        if self.version == 3:
            return f"said-{name}"
        return SOLUTION if name == "solution" else "FEEDBACK"

    def _told(self, name: str) -> Xml:
        value, outcome = self.value("identifier", name), self.outcome_of(name)
        return self.set(outcome, self("multiple", self.variable(outcome), value) if outcome == "FEEDBACK" else value)

    def html(self, html: str) -> Xml:
        """Printed HTML, in which only formulas have elements that begin with an m. In version 2 these have the prefix
        that the root declares: where the root tells no prefix, TAO's importer looks for it through the whole item anew
        for each formula, which takes minutes."""
        return Xml(html) if self.version == 3 else Xml(html.replace("<m", "<m:m").replace("</m", "</m:m"))

    def content(self, html: str) -> Xml:
        """What a feedback or a rubric holds, which has an element of its own in version 3."""
        return self("contentBody", self.html(html)) if self.version == 3 else self.html(html)

    def _gap(self, name: str) -> Xml:
        return self("textEntryInteraction", responseIdentifier=name, expectedLength="8")

    def _number(self, name: str) -> Xml:
        """The declaration of a response that is a number, with ``%s`` for its key."""
        key = self("correctResponse", self("value", text="%s"))
        return self("responseDeclaration", key, identifier=name, cardinality="single", baseType="float")

    def _near_one(self, name: str, equal: bool, outcome: str, numbers: Sequence[_Near]) -> Xml:
        """The rule for a response that is a number: what it earns and is told when near the first of some numbers, or
        else the next; with ``%s`` twice for each, as `_Builder._near` gives them."""
        branches = []
        for number, near in enumerate(numbers):
            test, actions = self._test(name, equal, near.zero), []
            if near.points:
                actions.append(self.earned(outcome, near.points))
            if near.told:
                actions.append(self.told(near.told))
            actions = actions or [self.earned(outcome, "0")]  # a branch needs something to do
            branches.append(self("responseElseIf" if number else "responseIf", test, *actions))
        return self("responseCondition", *branches)

    def _test(self, name: str, equal: bool, zero: bool) -> Xml:
        """The test for a number, with ``%s`` twice: for the tolerance and the number (`equal`), or for the bounds;
        `zero`: they admit 0, for which a player in use takes a blank response."""
        response, number = self.variable(name), self.value("float", "%s")
        if equal:
            return self("equal", response, number, toleranceMode="absolute", tolerance="%s")
        blank = (self.answered(name),) if zero else ()
        return self("and", *blank, self("gte", response, number), self("lte", response, number))

    def _score(self, count: _Count, whole: Fraction) -> Xml:
        """Make the score of what was added up: no more than the whole, or of steps the points that they are worth."""
        if not count.step:
            most = self.value("float", decimal(whole))
            return self.when(self("gt", self.variable("SCORE"), most), self.set("SCORE", most))
        branches = [
            self(
                "responseElseIf" if number else "responseIf",
                self("gte", self.variable(count.outcome), self.value("float", str(steps))),
                self.set("SCORE", self.value("float", _points(steps * count.step))),
            )
            for number, steps in enumerate(count.totals)
        ]
        return self("responseCondition", *branches)

    def mapped(self, outcome: str, name: str) -> Xml:
        """Earn what the mapping of a response gives; asked of a blank one, a player in use stops and marks nothing."""
        return self.when(self.answered(name), self.earn(outcome, self("mapResponse", identifier=name)))

    def answered(self, name: str) -> Xml:
        return self("not", self("isNull", self.variable(name)))

    def right(self, name: str) -> Xml:
        return self("match", self.variable(name), self("correct", identifier=name))

    def when(self, test: Xml, *actions: Xml) -> Xml:
        return self("responseCondition", self("responseIf", test, *actions))

    def table(self, rows: Sequence[Sequence[Xml]]) -> Xml:
        return self("table", self("tbody", *(self("tr", *row) for row in rows)))


@functools.cache
def _elements(version: int) -> _Elements:
    return _Elements(version)


def _points(share: Fraction) -> str:
    """Points to eight places."""
    return rounded_up(share, 8)


@functools.lru_cache(2**10)
def _quotient(top: int, bottom: int, step_top: int, step_bottom: int) -> str:
    return decimal(Fraction(top * step_bottom, bottom * step_top))


class _MathMLPrinter(MathMLPrinter):
    """Formulas of version 3, which name their namespace, for what is round them is no HTML."""

    settings: ClassVar[Mapping[Setting, tuple[str, str]]] = {
        setting: (before.replace("<math ", f'<math xmlns="{MATHML}" '), after)
        for setting, (before, after) in MathMLPrinter.settings.items()
    }


# --- one item --------------------------------------------------------------------------------------------------------


class _Builder:
    """Puts one item together: declarations, body, response processing, feedback."""

    def __init__(self, make: _Elements, printer: Printer, equal: bool, count: _Count) -> None:
        self._make, self._printer, self._equal, self._count = make, printer, equal, count
        self._print_feedback = feedback_printer(printer)
        self.declarations: list[Xml] = []
        self.rules: list[Xml] = []
        self.feedback: dict[str, str] = {}

    def declare(
        self, name: str, base: str, right: Sequence[str], mapping: Sequence[Xml] = (), cardinality: str = "single"
    ) -> None:
        """Declare a response with its key, and with the mapping of its values to points where it has one."""
        make = self._make
        key = make("correctResponse", *(make("value", text=text) for text in right))
        self.declarations.append(
            make("responseDeclaration", key, *mapping, identifier=name, cardinality=cardinality, baseType=base)
        )

    def tell(self, name: str, html: str) -> str:
        """Keep a feedback for the end of the item, and give its name; an empty one has none."""
        if not html.strip():
            return ""
        self.feedback[name] = html
        return name

    def told(self, name: str, html: str) -> list[Xml]:
        """What makes a feedback appear; an empty one needs nothing."""
        return [self._make.told(name)] if self.tell(name, html) else []

    def mapping(self, entries: Mapping[str, Fraction], whole: Fraction) -> list[Xml]:
        """Let a response's values earn points each, and the whole no less than nothing and no more than its share."""
        worth = self._count.worth
        listed = [self._make("mapEntry", mapKey=key, mappedValue=worth(share)) for key, share in entries.items()]
        return [self._make("mapping", *listed, lowerBound="0", upperBound=worth(whole), defaultValue="0")]

    def _earned(self, points: Fraction) -> Xml:
        return self._make.earned(self._count.outcome, self._count.worth(points))

    # Fields

    def cell(self, part: str, name: str, cell: Cell, points: Fraction) -> Xml:
        """A gap for a number, with its marking."""
        make, outcome = self._make, self._count.outcome
        match cell:
            case Decimal(text, tolerance, mistakes, exact):
                self.declarations.append(filled(make.number(name), text))
                near, zero = self._near(text, tolerance, exact)
                branches, numbers = [_Near(zero, self._count.worth(points), "")], [*near]
                for wrong in mistakes:
                    near, zero = self._near(wrong.key, wrong.tolerance)
                    branches.append(_Near(zero, *self._mistake(part, wrong, points)))
                    numbers += near
                self.rules.append(filled(make.near_one(name, self._equal, outcome, tuple(branches)), *numbers))
            case Ratio(accepted, mistakes):
                entries = dict.fromkeys(with_minus(accepted), points)
                self.declare(name, "string", accepted[:1], self.mapping(entries, points))
                self.rules.append(make.mapped(outcome, name))
                for wrong in mistakes:
                    typed = [
                        make("match", make.variable(name), make.value("string", text))
                        for text in with_minus(mistake_spellings(wrong.text))
                    ]
                    test = make("or", *typed) if len(typed) > 1 else typed[0]
                    earned, told = self._mistake(part, wrong, points)
                    actions = ([make.earned(outcome, earned)] if earned else []) + ([make.told(told)] if told else [])
                    if actions:
                        self.rules.append(make.when(test, *actions))
        return make.gap(name)

    def _mistake(self, part: str, wrong: CellMistake, points: Fraction) -> tuple[str, str]:
        """What a mistake earns, and what the student is told: once, in however many cells of a part it shows."""
        earned = self._count.worth(points * wrong.mistake.share) if wrong.mistake.share else ""
        return earned, self.tell(f"m-{part}-{wrong.mistake.name}", self._print_feedback(wrong.mistake.feedback))

    def _near(self, text: str, tolerance: Fraction, exact: str = "") -> tuple[tuple[str, str], bool]:
        """The two numbers by which a response is compared with a number, also as it is `exact`, and whether 0 is near
        that."""
        (low, high), zero = _bounds(text, exact, *tolerance.as_integer_ratio())
        if self._equal:
            value = Fraction(text)
            # The key may lie so far below and above the response, not the other way round.
            return (f"{decimal(Fraction(high) - value, 12)} {decimal(value - Fraction(low), 12)}", text), False
        return (low, high), zero

    def body(self, part: Part, field: Field) -> Iterator[Xml]:
        """What a part adds to the body of the item."""
        make, printer, name, points = self._make, self._printer, _response(part.name), part.points
        match field:
            case Numbers(rows, shape):
                each = points / len(field.cells)
                if shape == "number":
                    yield make("p", self.cell(name, name, rows[0][0], each))
                else:
                    yield make.table([
                        [make("td", self.cell(name, f"{name}-{i}-{j}", cell, each)) for j, cell in enumerate(row, 1)]
                        for i, row in enumerate(rows, 1)
                    ])  # fmt: skip
            case Pick(options, many):
                right = [f"o-{name}-{n}" for n, option in enumerate(options, 1) if option.right]
                if many:
                    shares = {
                        f"o-{name}-{n}": points * option.share for n, option in enumerate(options, 1) if option.share
                    }
                    self.declare(name, "identifier", right, self.mapping(shares, points), "multiple")
                    self.rules.append(make.mapped(self._count.outcome, name))
                else:
                    self.declare(name, "identifier", right)
                    self.rules.append(self._single(name, field, points))
                words = [make.html(f"<p>{printer.inlines(option.words)}</p>") for option in options]
                choices = [make("simpleChoice", each, identifier=f"o-{name}-{n}") for n, each in enumerate(words, 1)]
                most = "0" if many else "1"
                yield make("choiceInteraction", *choices, responseIdentifier=name, shuffle="false", maxChoices=most)
            case Pairs(terms, options, right_names):
                letters = sheet.letters(part.filled.lang)[: len(options)]
                for letter, option in zip(letters, options, strict=True):
                    yield make.html(f"<p>{letter}) {printer.inlines(option.words)}</p>")
                names = [option.name for option in options]
                earned = self._earned(points / len(terms))
                lines = []
                for n, (term, chosen) in enumerate(zip(terms, right_names, strict=True), 1):
                    place = f"{name}-{n}"
                    self.declare(place, "identifier", (f"o-{place}-{names.index(chosen) + 1}",))
                    self.rules.append(make.when(make.right(place), earned))
                    choices = [
                        make("inlineChoice", text=letter, identifier=f"o-{place}-{k}")
                        for k, letter in enumerate(letters, 1)
                    ]
                    menu = make("inlineChoiceInteraction", *choices, responseIdentifier=place, shuffle="false")
                    lines.append([make("td", make.html(f"<p>{printer.inlines(term)}</p>")), make("td", menu)])
                yield make.table(lines)
            case Essay(rubric):
                self.declarations.append(
                    make("responseDeclaration", identifier=name, cardinality="single", baseType="string")
                )
                use = {"use": "scoring"} if make.version == 3 else {}
                yield make("rubricBlock", make.content(printer.blocks(rubric)), view="scorer", **use)
                if make.version == 2:
                    self.tell("solution", printer.blocks(rubric))  # for the marker, to whom OpenOlat shows no rubric
                yield make("extendedTextInteraction", responseIdentifier=name, expectedLines="10")
            case _:
                raise TypeError(f"{field} has no interaction")

    def _single(self, name: str, pick: Pick, points: Fraction) -> Xml:
        make = self._make
        branches = [make("responseIf", make.right(name), self._earned(points))]
        for place, option in enumerate(pick.options, 1):
            test = make("match", make.variable(name), make.value("identifier", f"o-{name}-{place}"))
            actions = []
            if option.share and not option.right:
                actions.append(self._earned(points * option.share))
            actions += self.told(f"m-{name}-{place}", self._printer.blocks(option.feedback))
            if actions and not option.right:
                branches.append(make("responseElseIf", test, *actions))
        return make("responseCondition", *branches)


_TAKEN = frozenset({
    "SCORE", "MAXSCORE", "STEPS", "FEEDBACK", "completionStatus", "numAttempts", "duration", "comment",
})  # fmt: skip
"""Names of outcomes, and those that QTI gives to every item."""


def _response(part: str) -> str:
    """The identifier of a part's response: another than a part's name where that is an outcome's, or a letter, in whose
    place in formulas OpenOlat would put what was answered."""
    return f"r-{part}" if part in _TAKEN or len(part) == 1 else part


@functools.lru_cache(2**14)
def _bounds(text: str, exact: str, top: int, bottom: int) -> tuple[tuple[str, str], bool]:
    """The least and the greatest number that a decimal, rounded or exact, and its tolerance admit, and whether 0 is
    among them."""
    cell = Decimal(text, Fraction(top, bottom), (), exact)
    low, high = cell.low, cell.high
    return (decimal(low, 12), decimal(high, 12)), low <= 0 <= high


def _earnings(part: Part, field: Field) -> Iterator[tuple[Fraction, ...]]:
    """What each response of a part may earn, besides nothing."""
    match field:
        case Numbers():
            each = part.points / len(field.cells)
            for cell in field.cells:
                yield (each, *(each * wrong.mistake.share for wrong in cell.mistakes if wrong.mistake.share))
        case Pick(options, True):
            sums = {NONE}
            for option in options:
                sums |= {earned + part.points * option.share for earned in sums}
            yield tuple(sorted({min(max(earned, NONE), part.points) for earned in sums}))
        case Pick(options, False):
            yield tuple(part.points * option.share for option in options if option.share)
        case Pairs(terms, _, _):
            yield from [(part.points / len(terms),)] * len(terms)


@functools.lru_cache(2**10)
def steps_of(earnings: tuple[tuple[tuple[int, int], ...], ...]) -> _Count:
    """How points are counted in steps, where what each response may earn is not whole: fractions as pairs. Points that
    would make too many steps to look up are added up as they are."""
    bottom = math.lcm(*(each for shares in earnings for _, each in shares))
    whole = [[top * bottom // each for top, each in shares] for shares in earnings]
    step = math.gcd(*(share for shares in whole for share in shares))
    if bottom == 1 or sum(max(shares, default=0) for shares in whole) // step > MOST_STEPS:
        return _Count()
    reached = 1  # bit n: answers can make n steps
    for shares in whole:
        reached |= functools.reduce(operator.or_, (reached << share // step for share in shares))
    if reached.bit_count() > MOST_TOTALS:
        return _Count()
    bits = f"{reached:b}"
    totals = tuple(steps for steps, bit in zip(range(len(bits) - 1, 0, -1), bits[:-1], strict=True) if bit == "1")
    return _Count("STEPS", Fraction(step, bottom), totals)


def _item(
    version: Version, item: Item, identifier: str, asked: Sequence[tuple[Part, Field]], others: Sequence[str],
    printer: Printer, equal: bool,
) -> Xml:  # fmt: skip
    """An item's document: the stem, the parts given, their marking, and their worked solution as feedback; `others` are
    sentences on parts that it skips."""
    make, count = _elements(version.number), _Count()
    if version.number == 3:
        earnings = [each for part, field in asked for each in _earnings(part, field)]
        count = steps_of(tuple([tuple([share.as_integer_ratio() for share in each]) for each in earnings]))
    builder = _Builder(make, printer, equal, count)
    body = [make.html(f"<h4>{printer.inlines(item.heading)}</h4>{printer.blocks(item.stem)}")]
    for part, field in asked:
        label = f"<p><strong>{part_title(part, item.lang)}</strong></p>" if len(item.parts) > 1 else ""
        body.append(make.html(label + question_html(printer, part, field)))
        body += builder.body(part, field)
    notes = (*others, how_to_type(asked, item.lang, apart=True))
    body += [make("p", make("em", text=note)) for note in notes if note]
    whole = sum((part.points for part, _ in asked), Fraction(0))
    processing = []
    if builder.rules:
        solution = "".join(
            f"<p><strong>{part_title(part, item.lang)}</strong></p>{printer.blocks(part.solution)}" for part, _ in asked
        )
        shown = builder.told("solution", solution)
        processing = [make("responseProcessing", *builder.rules, make.score(count, whole), *shown)]
    feedback = [
        make(
            "modalFeedback", make.content(html),
            outcomeIdentifier=make.outcome_of(name), identifier=name, showHide="show",
        )
        for name, html in builder.feedback.items()
    ]
    told_in = tuple(dict.fromkeys([make.outcome_of(name) for name in builder.feedback]))
    by_hand = any(isinstance(field, Essay) for _, field in asked)
    title = f"{item.name}.{asked[0][0].name}" if by_hand else item.name
    outcomes = _outcomes(version.number, decimal(whole), by_hand, count.outcome, told_in)
    spaces = {"xmlns": version.item_namespace} | ({"xmlns:m": MATHML} if version.number == 2 else {})
    return make(
        "assessmentItem", *builder.declarations, outcomes, make("itemBody", *body), *processing, *feedback,
        identifier=identifier, title=title, adaptive="false", timeDependent="false", **spaces,
    )  # fmt: skip


@functools.lru_cache(2**10)
def _outcomes(version: int, whole: str, by_hand: bool, sum_in: str, told_in: tuple[str, ...]) -> Xml:
    """Declarations of what an item tells: its score, what it is counted in, its feedback."""
    make, declared = _elements(version), []
    score = {"normalMaximum": whole}
    if by_hand and version == 3:
        score["externalScored"] = "human"
    outcomes = {"SCORE": ("0", score), "MAXSCORE": (whole, {})}
    outcomes.setdefault(sum_in, ("0", {}))
    for name, (default, more) in outcomes.items():
        start = make("defaultValue", make("value", text=default))
        declared.append(
            make("outcomeDeclaration", start, identifier=name, cardinality="single", baseType="float", **more)
        )
    for name in told_in:
        many = "multiple" if name == "FEEDBACK" else "single"
        declared.append(make("outcomeDeclaration", identifier=name, cardinality=many, baseType="identifier"))
    return Xml("".join(declared))


class Qti(Composer):
    """Prints an item as a document; an open part, which a person marks, becomes a document of its own beside it."""

    def __init__(self, version: Version, heading: Heading) -> None:
        super().__init__(heading, "figures/")
        self._version = version
        self._mathml = heading.setting("math", "mathml") == "mathml"
        self._equal = heading.setting("marking", "bounds") == "equal"
        self._printers: dict[str, Printer] = {}

    def questions(self, item: Item) -> Iterator[Question]:
        """The documents that an item becomes."""
        fields = [(part, self.lowered(item, part, "qti")) for part in item.parts]
        for part, field in fields:
            if isinstance(field, LeftOut):
                self.left_out(item, part, field.reason)
        asked = [(part, field) for part, field in fields if not isinstance(field, (LeftOut, Essay))]
        if asked:
            own = [part for part, field in fields if isinstance(field, Essay)]
            lost = [part for part, field in fields if isinstance(field, LeftOut)]
            others = skipped(own, item.lang, own=True), skipped(lost, item.lang, own=False)
            yield self._question(item, f"q-{item.code}-{item.lang}", asked, others)
        for part, field in fields:
            if isinstance(field, Essay):
                yield self._question(item, f"q-{item.code}-{part.name}-{item.lang}", [(part, field)])

    def _question(
        self, item: Item, identifier: str, asked: Sequence[tuple[Part, Field]], others: Sequence[str] = ()
    ) -> Question:
        root = _item(self._version, item, identifier, asked, others, self._printer(item), self._equal)
        if self._version.number == 3 and not self._mathml:
            root = Xml(root.replace("{{", "{ {"))  # a player in use takes the text for a template of its own
        return Question(document(root), name=identifier, pictures=self.figures.take())

    def _printer(self, item: Item) -> Printer:
        if not self._mathml:
            return self.figures.printer(item.lang)
        if item.lang not in self._printers:
            mathml = MathMLPrinter if self._version.number == 2 else _MathMLPrinter
            self._printers[item.lang] = mathml(item.lang, self.figures.address)
        return self._printers[item.lang]


# --- the package -----------------------------------------------------------------------------------------------------


class QtiFile:
    """A package that takes documents as they come, and at its end the test and the manifest."""

    def __init__(self, version: Version, path: Path, heading: Heading) -> None:
        self._version, self._title = version, plain(heading.title)
        self._package = Package(path)
        self._resources: list[tuple[str, tuple[str, ...]]] = []
        self._sections: dict[str, list[tuple[str, tuple[str, ...]]]] = {}

    @property
    def size(self) -> int:
        return self._package.size + 300 * len(self._resources)

    def add(self, entry: Entry) -> int:
        """Write an entry's documents with their pictures."""
        for question in entry.questions:
            self._package.add(f"items/{question.name}.xml", question.content)
            pictures = [(f"items/figures/{name}", content) for name, content in sorted(question.pictures.items())]
            for path, content in pictures:
                self._package.add(path, content)
            self._resources.append((question.name, tuple(path for path, _ in pictures)))
        names = tuple(question.name for question in entry.questions)
        if names:
            section = f"{entry.heading}. {entry.heading_level}"
            self._sections.setdefault(section, []).append((f"v-{entry.code}", names))
        return len(names)

    def close(self) -> None:
        """Write the test and the manifest."""
        self._package.add("test.xml", document(_test(self._version, self._title, self._sections)))
        self._package.add("imsmanifest.xml", document(_manifest(self._version, self._resources)))
        self._package.close()

    def abandon(self) -> None:
        """Let go of the package."""
        self._package.abandon()


def _test(version: Version, title: str, sections: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]) -> Xml:
    """One section an exercise and level, of which one variant is drawn."""
    make = _elements(version.number)
    listed = []
    for number, (name, variants) in enumerate(sections.items(), 1):
        drawn = [make("selection", select="1")]
        for identifier, names in variants:
            refs = [make("assessmentItemRef", identifier=f"ref-{each}", href=f"items/{each}.xml") for each in names]
            if len(refs) > 1:
                refs = [make("assessmentSection", *refs, identifier=identifier, title=name, visible="false")]
            drawn += refs
        listed.append(make("assessmentSection", *drawn, identifier=f"section-{number}", title=name, visible="true"))
    # One attempt, which is the default, and after it the feedback, which by default is not shown.
    control = make("itemSessionControl", maxAttempts="1", showFeedback="true")
    part = make("testPart", control, *listed, identifier="part", navigationMode="nonlinear",
                submissionMode="individual")  # fmt: skip
    start = make("defaultValue", make("value", text="0"))
    score = make("outcomeDeclaration", start, identifier="SCORE", cardinality="single", baseType="float")
    total = make("sum", make("testVariables", variableIdentifier="SCORE"))
    processing = make("outcomeProcessing", make.set("SCORE", total))
    return make("assessmentTest", score, part, processing, identifier="test", title=title, xmlns=version.item_namespace)


def _manifest(version: Version, resources: Sequence[tuple[str, tuple[str, ...]]]) -> Xml:
    make = _elements(2)
    kind = f"imsqti_item_xml{version.code}"
    listed, needed = [], []
    for identifier, pictures in resources:
        href = f"items/{identifier}.xml"
        files = [make("file", href=path) for path in (href, *pictures)]
        listed.append(make("resource", *files, identifier=identifier, type=kind, href=href))
        needed.append(make("dependency", identifierref=identifier))
    test = make("resource", make("file", href="test.xml"), *needed, identifier="test",
                type=f"imsqti_test_xml{version.code}", href="test.xml")  # fmt: skip
    metadata = make("metadata", make("schema", text=version.schema), make("schemaversion", text=version.schema_version))
    return make("manifest", metadata, make("organizations"), make("resources", *listed, test), identifier="manifest",
                xmlns=version.manifest_namespace)  # fmt: skip


def _format(name: str, version: Version, summary: str) -> Format:
    return Format(
        name, ".zip", summary, functools.partial(Qti, version), functools.partial(QtiFile, version),
        {"math": ("mathml", "tex"), "marking": ("bounds", "equal")},
    )  # fmt: skip


QTI21 = _format("qti21", V21, "QTI 2.1 package, for OpenOlat, TAO, ONYX and most others")
QTI22 = _format("qti22", V22, "QTI 2.2 package, where 2.1 is not wanted (OpenOlat refuses it)")
QTI30 = _format("qti30", V30, "QTI 3.0 package")
