"""What a marked class shows: its parts' statistics, its mistakes, variants that were harder, answers that coincide."""

from __future__ import annotations

import math
import statistics as basic
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from listok.answerkeys.marking.grading import FormMarks, PartMark
from listok.answerkeys.marking.statistics import (
    SIGNIFICANCE,
    Coincidence,
    Effect,
    Given,
    coincidences,
    compare_means,
    correlate,
    cronbach_alpha,
    discrimination,
    facility,
    holm,
    residuals,
)
from listok.generators.exact import Fraction
from listok.generators.values import Value, leaves

_Total: TypeAlias = tuple[Fraction, Fraction]
"""The points of a form, and their maximum."""

AskedPart: TypeAlias = tuple[int, str, str]
"""A part as the class met it: the problem's number in the form, the exercise, the part."""


@dataclass(frozen=True, slots=True)
class PartLine:
    """One part over the class. `asked` students had it; `marked` of them have a decided score, missing answers being
    zeros; the statistics are of these."""

    part: AskedPart
    maximum: Fraction
    asked: int
    marked: int
    facility: float | None
    discrimination: float | None
    missing: int
    carried: int
    pending: int


@dataclass(frozen=True, slots=True)
class MistakeLine:
    """How many students made a mistake, of those who had the exercise."""

    exercise: str
    mistake: str
    students: int
    asked: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether some students had it harder with a problem than the rest of their forms leads to expect.

    `alternatives`: those who got one of several exercises drawn at that place; `variant`: those who shared one variant;
    `effort`: the correlation with the seconds that a student's own variant takes. `effect` is None where
    there are too few to tell, `p` is corrected for all comparisons of the report.
    """

    kind: Literal["alternatives", "variant", "effort"]
    problem: int
    exercise: str
    code: str
    effect: Effect | None
    p: float = 1.0

    @property
    def matters(self) -> bool:
        return self.effect is not None and self.p < SIGNIFICANCE


@dataclass(frozen=True, slots=True)
class Analysis:
    """A class in numbers; `shares` are the students' totals as shares of their maxima."""

    shares: tuple[float, ...]
    absent: int
    mean: float | None
    median: float | None
    deviation: float | None
    alpha: float | None
    problems: int
    parts: tuple[PartLine, ...]
    mistakes: tuple[MistakeLine, ...]
    comparisons: tuple[Comparison, ...]
    shared_variants: bool
    pairs: tuple[Coincidence, ...]


def analyse(forms: Sequence[FormMarks]) -> Analysis:
    """The analysis of a class; students who handed in nothing are counted and otherwise left out."""
    present = [form for form in forms if not form.absent]
    totals = [(form.points, form.maximum) for form in present]  # they are asked for once a part: exact sums are slow
    shares = tuple(_share(*total) for total in totals)
    by_problem = [[float(problem.points) for problem in form.problems] for form in present]
    regular = len({len(row) for row in by_problem}) == 1
    comparisons, shared = _comparisons(present, totals)
    return Analysis(
        shares=shares,
        absent=len(forms) - len(present),
        mean=basic.fmean(shares) if shares else None,
        median=basic.median(shares) if shares else None,
        deviation=basic.stdev(shares) if len(shares) > 1 else None,
        alpha=cronbach_alpha(by_problem) if regular else None,
        problems=len(by_problem[0]) if by_problem else 0,
        parts=tuple(_part_lines(present, totals)),
        mistakes=tuple(_mistake_lines(present)),
        comparisons=comparisons,
        shared_variants=shared,
        pairs=tuple(coincidences(_answers(present), len(present))),
    )


def _share(points: Fraction, maximum: Fraction) -> float:
    return float(points / maximum) if maximum else 0.0


def _parts(form: FormMarks) -> Iterable[tuple[AskedPart, PartMark]]:
    for number, problem in enumerate(form.problems, 1):
        for part in problem.parts:
            yield (number, problem.exercise, part.part), part


def _part_lines(forms: Sequence[FormMarks], totals: Sequence[_Total]) -> Iterable[PartLine]:
    met: dict[AskedPart, list[tuple[_Total, PartMark]]] = {}
    for form, total in zip(forms, totals, strict=True):
        for part, mark in _parts(form):
            met.setdefault(part, []).append((total, mark))
    for part in sorted(met, key=lambda part: part[:2]):  # stable: parts stay in the order of the form
        pairs = met[part]
        decided = [(total, mark) for total, mark in pairs if not mark.pending]
        scores = [float(mark.score) for _, mark in decided]
        rest = [_share(points - mark.points, most - mark.maximum) for (points, most), mark in decided]
        outcomes = Counter(mark.outcome for _, mark in pairs)
        yield PartLine(
            part, max(mark.maximum for _, mark in pairs), len(pairs), len(decided), facility(scores),
            discrimination(scores, rest), outcomes["missing"], outcomes["carried"],
            outcomes["unreadable"] + outcomes["to-be-marked"],
        )  # fmt: skip


def _mistake_lines(forms: Sequence[FormMarks]) -> Iterable[MistakeLine]:
    asked: Counter[str] = Counter()
    made: Counter[tuple[str, str]] = Counter()
    for form in forms:
        asked.update({problem.exercise for problem in form.problems})
        made.update({
            (problem.exercise, part.mistake)
            for problem in form.problems for part in problem.parts if part.mistake is not None
        })  # fmt: skip
    lines = [MistakeLine(name, mistake, students, asked[name]) for (name, mistake), students in made.items()]
    return sorted(lines, key=lambda line: (-line.students / line.asked, -line.students, line.exercise, line.mistake))


# --- harder than the others ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Attempt:
    exercise: str
    code: str
    effort: int
    share: float
    rest: float


def _comparisons(forms: Sequence[FormMarks], totals: Sequence[_Total]) -> tuple[tuple[Comparison, ...], bool]:
    """All comparisons, with their chances corrected together; and whether any variant was shared."""
    at: defaultdict[int, list[_Attempt]] = defaultdict(list)
    for form, (points, most) in zip(forms, totals, strict=True):
        for number, problem in enumerate(form.problems, 1):
            if any(part.pending for part in problem.parts):
                continue
            earned, maximum = problem.points, problem.maximum
            rest, share = _share(points - earned, most - maximum), _share(earned, maximum)
            at[number].append(_Attempt(problem.exercise, problem.code, problem.effort, share, rest))
    found: list[Comparison] = []
    shared = False
    for number in sorted(at):
        attempts = at[number]
        left = residuals([a.share for a in attempts], [a.rest for a in attempts]).tolist()
        exercises = sorted({a.exercise for a in attempts})
        if len(exercises) > 1:
            found += [
                Comparison("alternatives", number, name, "", _against([a.exercise == name for a in attempts], left))
                for name in (exercises[:1] if len(exercises) == 2 else exercises)  # two mirror each other
            ]
        for name in exercises:
            own = [a for a in attempts if a.exercise == name]
            over = residuals([a.share for a in own], [a.rest for a in own]).tolist()
            efforts = [a.effort for a in own]
            if len(set(efforts)) > 1:
                found.append(Comparison("effort", number, name, "", correlate(efforts, over)))
            codes = [code for code, count in sorted(Counter(a.code for a in own).items()) if code and count > 1]
            shared = shared or bool(codes)
            found += [
                Comparison("variant", number, name, code, _against([a.code == code for a in own], over))
                for code in codes
            ]
    tested = [one for one in found if one.effect is not None]
    chances = dict(zip(map(id, tested), holm([one.effect.p for one in tested if one.effect]), strict=True))
    return (
        tuple(replace(one, p=chances.get(id(one), 1.0)) for one in found),
        shared,
    )


def _against(members: Sequence[bool], values: Sequence[float]) -> Effect | None:
    inside = [value for value, member in zip(values, members, strict=True) if member]
    outside = [value for value, member in zip(values, members, strict=True) if not member]
    return compare_means(inside, outside)


# --- coinciding answers -------------------------------------------------------------------------------------------


def _answers(forms: Sequence[FormMarks]) -> dict[Hashable, list[Given]]:
    """Answers that are computed: a wrong option is one of a few, and coinciding on it tells nothing."""
    answers: dict[Hashable, list[Given]] = {}
    for place, form in enumerate(forms):
        for number, problem in enumerate(form.problems, 1):
            for part in problem.parts:
                if part.value is None or _is_option(part.value) or not _complete(part.value):
                    continue
                unexplained = part.outcome in ("wrong", "partial") and part.mistake is None
                given = Given(place, part.value, problem.code, unexplained)
                answers.setdefault((number, problem.exercise, part.part), []).append(given)
    return answers


def _is_option(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, tuple) and all(isinstance(item, str) for item in value))


def _complete(value: Value) -> bool:
    """Whether no cell is empty: what two students left out is not an answer that they share."""
    return not any(isinstance(leaf, float) and math.isnan(leaf) for leaf in leaves(value))
