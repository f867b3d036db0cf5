"""Marking one problem of a form: partial credit, named mistakes, and answers that follow from a student's own.

An error is carried forward: where a part builds on earlier ones, and the answer is wrong but follows from the earlier
answers as the student gave them, its points are earned, because the step that this part asks for is right.
"""

from __future__ import annotations

import dataclasses
import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from listok.generators.answers import Asked, Choice, Choices, Matching, Open
from listok.generators.decimals import brief
from listok.generators.exact import Fraction
from listok.generators.exercise import AnyVariant
from listok.generators.messages import Message, message
from listok.generators.responses import MAX_LENGTH, ResponseError, read_number
from listok.generators.values import Value, leaves
from listok.templates import plain
from listok.templates.sheet import letters, options_of
from listok.templates.text import LANGS, Filled, Lang

Outcome: TypeAlias = Literal[
    "right", "partial", "wrong", "carried", "missing", "unreadable", "by-hand", "to-be-marked"
]
"""What became of a part. Points of an unreadable part and of one still to be marked are pending."""

SHOWN = 200
"""Characters of a response that are kept for showing it."""

_BREAKS = (Exception, SystemExit)
"""What marking a readable response may stumble over: a teacher's own test may divide by a number that is typed."""


@dataclass(frozen=True, slots=True)
class Response:
    """What was typed for one part: the answer, points given by hand, and why neither can be used (or nothing)."""

    answer: str = ""
    points: str = ""
    fault: Message | None = None


@dataclass(frozen=True, slots=True)
class PartMark:
    """One part of one student's form, marked. `answer` is the response as it may be shown, `value` what was read,
    `reason` why the part is pending."""

    part: str
    maximum: Fraction
    score: Fraction
    outcome: Outcome
    answer: str = ""
    mistake: str | None = None
    reason: Message | None = None
    value: Value = None

    @property
    def points(self) -> Fraction:
        return self.score * self.maximum

    @property
    def pending(self) -> bool:
        return self.outcome in ("unreadable", "to-be-marked")


@dataclass(frozen=True, slots=True)
class ProblemMarks:
    """One problem of one student's form, marked: which variant it was, its effort, and its parts."""

    exercise: str
    code: str
    effort: int
    parts: tuple[PartMark, ...]

    @property
    def points(self) -> Fraction:
        return sum((part.points for part in self.parts), Fraction(0))

    @property
    def maximum(self) -> Fraction:
        return sum((part.maximum for part in self.parts), Fraction(0))


@dataclass(frozen=True, slots=True)
class FormMarks:
    """One student's form, marked; `absent` where nothing at all was handed in."""

    form: str
    student: str
    name: str
    group: str
    problems: tuple[ProblemMarks, ...]
    absent: bool = False

    @property
    def points(self) -> Fraction:
        return sum((problem.points for problem in self.problems), Fraction(0))

    @property
    def maximum(self) -> Fraction:
        return sum((problem.maximum for problem in self.problems), Fraction(0))

    @property
    def pending(self) -> Fraction:
        """Points that nobody has decided on yet: of unreadable parts, and of those to be marked by hand."""
        return sum((part.maximum for problem in self.problems for part in problem.parts if part.pending), Fraction(0))


def mark_problem(
    variant: AnyVariant, points: Mapping[str, Fraction], responses: Mapping[str, Response],
    langs: Sequence[Lang] = LANGS,
) -> tuple[PartMark, ...]:  # fmt: skip
    """Mark the parts of one problem that carry points; parts without a response are missing. `langs` are the languages
    in which it was printed.

    Only earlier answers that were read and are not right are carried forward. Where a part in between was not asked or
    not answered, what follows for it from the answers before is taken in its place.
    """
    own: dict[str, Value] = {}  # the student's wrong answers so far, and what follows from them
    marks = []
    for part in variant.exercise.parts:
        mark = None
        if part in points:
            mark = _mark(variant, part, points[part], responses.get(part, Response()), own, langs)
            marks.append(mark)
        if mark is None or mark.value is None or mark.outcome == "carried":
            value = _followed(variant, part, own)  # with all its digits, where the student may have rounded
        else:
            value = mark.value if _believable(variant, part, mark.value) else None
        if value is not None and not _is_right(variant, part, value):
            own[part] = value
    order = {part: place for place, part in enumerate(points)}
    return tuple(sorted(marks, key=lambda mark: order[mark.part]))


def _mark(
    variant: AnyVariant, part: str, maximum: Fraction, response: Response, own: Mapping[str, Value],
    langs: Sequence[Lang],
) -> PartMark:  # fmt: skip
    found = _judged(variant, part, maximum, response, own, langs)
    if response.points.strip() and not response.fault:
        try:
            given = read_number(response.points)
        except ResponseError as error:
            return _unread(part, maximum, response, message("unreadable_points", fault=error.message))
        if not 0 <= given <= maximum:
            fault = message("points_out_of_range", most=brief(maximum), given=brief(given))
            return _unread(part, maximum, response, fault)
        score = given / maximum if maximum else Fraction(0)
        return dataclasses.replace(found, score=score, outcome="by-hand", reason=None)
    return found


def _judged(
    variant: AnyVariant, part: str, maximum: Fraction, response: Response, own: Mapping[str, Value],
    langs: Sequence[Lang],
) -> PartMark:  # fmt: skip
    key = variant.exercise.parts[part]
    nothing = Fraction(0)
    if response.fault:
        return _unread(part, maximum, response, response.fault)
    if isinstance(key, Open):
        return PartMark(part, maximum, nothing, "to-be-marked", shown_response(response.answer))
    if is_blank(response.answer, none_is_an_answer=isinstance(key, Choices)):
        return PartMark(part, maximum, nothing, "missing")
    asked = _in_words(variant, part, variant.asked(part), langs)
    try:
        value = key.read(response.answer, asked)
        verdict = key.judge(value, asked)
    except ResponseError as error:
        return _unread(part, maximum, response, error.message)
    except _BREAKS as error:
        return _unread(part, maximum, response, message("cannot_be_marked", error=type(error).__name__))
    answer = shown_response(response.answer)
    if verdict.score == 1:
        return PartMark(part, maximum, verdict.score, "right", answer, value=value)
    if _follows(variant, part, value, own):
        if _trivial(variant, part, value):
            return PartMark(part, maximum, nothing, "to-be-marked", answer, reason=message("all_zeros"), value=value)
        return PartMark(part, maximum, Fraction(1), "carried", answer, value=value)
    outcome: Outcome = "partial" if verdict.score else "wrong"
    return PartMark(part, maximum, verdict.score, outcome, answer, verdict.mistake, value=value)


def _unread(part: str, maximum: Fraction, response: Response, reason: Message) -> PartMark:
    return PartMark(part, maximum, Fraction(0), "unreadable", shown_response(response.answer), reason=reason)


# --- carrying errors forward --------------------------------------------------------------------------------------


def _followed(variant: AnyVariant, part: str, own: Mapping[str, Value]) -> Value | None:
    """What follows for a part from a student's own wrong answers."""
    try:
        value = variant.carried(part, own) if own else None
    except _BREAKS:
        return None
    return value if value is not None and _believable(variant, part, value) else None


def _trivial(variant: AnyVariant, part: str, value: Value) -> bool:
    """Whether all numbers of an answer are zero that should not be: zeros follow from zeros without any work."""
    numbers, right = (
        [leaf for leaf in leaves(answer) if _is_number(leaf)] for answer in (value, _right(variant, part))
    )
    return bool(numbers) and not any(numbers) and any(right)


def _follows(variant: AnyVariant, part: str, value: Value, own: Mapping[str, Value]) -> bool:
    """Whether an answer follows from a student's own wrong answers.

    Where these were asked for rounded, the student may have gone on with more digits than were written down: the answer
    may then be off by as much as the roundings together can change it, as long as that leaves something to judge by.
    """
    follows = _followed(variant, part, own)
    if follows is None:
        return False
    if _same(variant, part, value, follows):
        return True
    tolerance = variant.exercise.parts[part].tolerance
    if not tolerance or _shape(value) != _shape(follows):
        return False
    margins = _roundings(variant, part, own, follows)
    if not any(margins) or max(margins) > WIDEST * tolerance:
        return False
    return all(
        abs(given - Fraction(expected)) <= tolerance + margin
        for given, expected, margin in zip(leaves(value), leaves(follows), margins, strict=True)
    )


WIDEST = 20
"""Roundings on the way that may change an answer by more units of its last place than this tell nothing."""


def _roundings(variant: AnyVariant, part: str, own: Mapping[str, Value], follows: Value) -> list[Fraction]:
    """For each number of what follows, how far roundings of the answers before it can move it, to first order."""
    margins = [Fraction(0)] * len(leaves(follows))
    for name, value in own.items():
        half = variant.exercise.parts[name].tolerance / 2
        for nudged in _nudged(value, half) if half else ():
            moved = _followed(variant, part, {**own, name: nudged})
            if moved is not None and _shape(moved) == _shape(follows):
                pairs = zip(margins, leaves(moved), leaves(follows), strict=True)
                margins = [margin + abs(Fraction(a) - Fraction(b)) for margin, a, b in pairs]
    return margins


def _nudged(value: Value, by: Fraction) -> Iterator[Value]:
    """An answer with one of its numbers moved, for each of them."""
    if isinstance(value, tuple):
        for place, item in enumerate(value):
            for other in _nudged(item, by):
                yield (*value[:place], other, *value[place + 1 :])
    elif _is_number(value):
        yield value + by


def _right(variant: AnyVariant, part: str) -> Value:
    return getattr(variant.solution, variant.exercise.parts[part].field)


def _is_right(variant: AnyVariant, part: str, value: Value) -> bool:
    return _same(variant, part, value, _right(variant, part))


def _same(variant: AnyVariant, part: str, value: Value, other: Value) -> bool:
    try:
        return variant.exercise.parts[part].same(value, other)
    except _BREAKS:
        return False


def _believable(variant: AnyVariant, part: str, value: Value) -> bool:
    """Whether a value has the shape of the right answer and is finite, so that later parts can build on it."""
    key = variant.exercise.parts[part]
    if isinstance(key, Open):
        return False
    finite = all(math.isfinite(leaf) for leaf in leaves(value) if isinstance(leaf, float))
    return finite and _shape(value) == _shape(_right(variant, part))


def _shape(value: Value) -> tuple[object, ...]:
    return tuple(map(_shape, value)) if isinstance(value, tuple) and not _names(value) else ()


def _names(value: tuple[Value, ...]) -> bool:
    """Whether a tuple holds the names of options, whose number is part of the answer."""
    return all(isinstance(item, str) for item in value)


def _is_number(leaf: object) -> bool:
    return isinstance(leaf, (int, float, Fraction)) and not isinstance(leaf, bool)


# --- responses ----------------------------------------------------------------------------------------------------


def _in_words(variant: AnyVariant, part: str, asked: Asked, langs: Sequence[Lang]) -> Asked:
    """The part with the words of its options in both languages, for responses that spell them out, and with the letters
    before them, where they were printed in one language."""
    if not isinstance(variant.exercise.parts[part], (Choice, Choices, Matching)):
        return asked
    texts = [
        plain.printer(lang).inlines(text.content)
        for lang in LANGS
        for _, text in options_of(Filled(variant, lang), part)
    ]
    return dataclasses.replace(asked, texts=tuple(texts), printed=letters(langs[0]) if len(langs) == 1 else "")


def is_blank(answer: str, *, none_is_an_answer: bool = False) -> bool:
    """Whether nothing was answered: no visible character, or the lone dash that learning systems export."""
    if len(answer) > MAX_LENGTH:
        return False
    visible = "".join(c for c in answer if unicodedata.category(c) not in ("Cc", "Cf")).strip()
    return not visible or (visible in ("-", "–", "—", "−") and not none_is_an_answer)


def shown_response(answer: str) -> str:
    """A response on one line, shortened, without characters that nobody sees or that turn the text around."""
    line = " ".join(answer[: 8 * SHOWN].split())
    visible = "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return visible if len(visible) <= SHOWN else visible[: SHOWN - 1] + "…"


