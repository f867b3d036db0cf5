"""What is measured and judged over many variants of a level: their number, effort, answers, and draws thrown away."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from listok.answerkeys.verification.authoring import author_faults
from listok.answerkeys.verification.variants import given_away, variant_faults
from listok.generators.answers import Choice
from listok.generators.bank import find
from listok.generators.exercise import LEVELS, OFF, AnyExercise, AnyVariant, Variant
from listok.generators.values import ListokError
from listok.workers.pool import Job, Workers

BAND = 0.25
"""Within a level the effort of a variant stays within this share of the level's median."""

GROWTH = 1.25
"""The median effort of a level is at least so many times that of the level below."""

CHANCE = 0.25
"""By this, divided by the root of the number of seeds, the ratio of two medians may fall short by chance."""

PLANNED = 0.1
"""The median effort is what the exercise says, to this share."""

ENOUGH = 50
"""Variants from which medians and shares are judged."""

SAMPLE = 60
"""Draws by which the effort that an exercise says is judged before any of them is thrown away for it."""

ALIKE = 0.2
"""Two parts may have one and the same answer in no more than this share of the variants."""

SPACE = 2000
"""A level has at least so many variants, or the exercise says exactly how many in `spaces`. In a class of 300 some 22
problems are then drawn a second time, for which no student waits, and no two students get the same."""

COMMONEST = 0.7
"""No answer of a part may be right for more than this share of the variants."""

COMMONEST_COMPUTED = 0.5
"""The same for parts whose answer is computed."""

IDLE = 10
"""A mistake that gives no wrong answer in so many variants of every level is none."""

SHARE_OF_DRAWS = 0.2
"""At least this share of draws is accepted."""


PRINTED = 10
"""Every so many variants are printed: printing takes most of the time, and finds its faults in few of them."""


@dataclass
class LevelReport:
    """What was measured at one level of an exercise, and what was found wrong.

    `rejected` counts the draws that were thrown away by their reasons, `mistakes` the variants in which a mistake gives
    a wrong answer.
    """

    exercise: str
    level: int
    seeds: int
    distinct: int = 0
    space: str = ""
    effort: float = 0
    spread: float = 0
    accepted: float = 0
    commonest: float = 0
    rejected: dict[str, int] = field(default_factory=dict)
    mistakes: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def check_exercises(
    exercises: Sequence[AnyExercise], seeds: int, workers: Workers, *, bank: Path | None = None,
    printing: bool = True, tick: Callable[[], object] = lambda: None,
) -> list[LevelReport]:  # fmt: skip
    """Check exercises of the bank, or of a folder, on `seeds` seeds of every level.

    Each report's `faults` are one line each, empty when good. With `printing` every printer prints the sheets and
    keys of every `PRINTED`th variant in both languages. `tick` is called after each level.
    """

    def jobs() -> Iterator[Job]:
        for exercise, level in itertools.product(exercises, LEVELS):
            task = _check_level, (exercise.name, bank, level, seeds, printing)
            yield Job.of(f"{exercise.name}, level {level}", task)

    done = workers.in_order(jobs())
    reports: list[LevelReport] = []
    for exercise in exercises:
        own = []
        for report in itertools.islice(done, len(LEVELS)):
            own.append(report)
            tick()
        reports += _judged(exercise, own)
    return reports


def _judged(exercise: AnyExercise, reports: list[LevelReport]) -> list[LevelReport]:
    """Reports of all levels, with what shows only where they are compared, and with faults of what the author wrote."""
    for lower, higher in itertools.pairwise(reports):
        seeds = min(lower.seeds, higher.seeds)
        if seeds >= ENOUGH and higher.effort < (GROWTH - CHANCE / seeds**0.5) * lower.effort:
            higher.faults.append(
                f"effort does not grow by a quarter: a variant takes {lower.effort / 60:.1f} minutes at level "
                f"{lower.level}, {higher.effort / 60:.1f} at level {higher.level}"
            )
    variants = sum(report.seeds for report in reports)
    for mistake in exercise.mistakes:
        if variants >= 3 * IDLE and not any(report.mistakes.get(mistake) for report in reports):
            reports[0].faults.append(f"the mistake {mistake} gives no wrong answer in {variants} variants")
    reports[0].faults += author_faults(exercise)
    return reports


def _check_level(name: str, bank: Path | None, level: int, seeds: int, printing: bool) -> LevelReport:
    exercise = find(name, bank)
    report = LevelReport(exercise.name, level, seeds)
    tally = _Tally(exercise)
    report.faults += _planned_faults(exercise, level)
    if report.faults:
        return report
    for seed in range(seeds):
        code = str(exercise.code(seed, level))
        try:
            with exercise.blamed(code):
                tally.add(_drawn(exercise, level, seed, tally.rejected), printing and seed % PRINTED == 0)
        except ListokError as error:  # whatever a fault in an exercise may raise
            report.faults.append(str(error) if code in str(error) else f"{error} ({code})")
            report.rejected = dict(tally.rejected.most_common())
            return report
    tally.tell(report)
    report.faults += _level_faults(exercise, report, tally)
    return report


def _planned_faults(exercise: AnyExercise, level: int) -> Iterator[str]:
    """Whether draws, taken as they come, make about the work that the exercise says."""
    try:
        efforts = exercise.efforts(level, SAMPLE)
    except ListokError as error:
        yield str(error)
        return
    if not efforts:
        return
    drawn, planned = statistics.median(efforts) / 60, exercise.minutes[level - 1]
    if abs(drawn - planned) > OFF * planned:
        yield f"draws take {drawn:.1f} minutes in the median, and not {planned:g} as `minutes` says"


def _drawn(exercise: AnyExercise, level: int, seed: int, rejected: Counter[str]) -> AnyVariant:
    """The variant of a seed; why the draws before it were thrown away is counted."""
    for attempt in exercise.attempts(seed, level):
        if isinstance(attempt, Variant):
            return attempt
        rejected[attempt] += 1
    raise exercise.exhausted(seed, level)


class _Tally:
    """What is counted over the variants of a level."""

    def __init__(self, exercise: AnyExercise) -> None:
        self._exercise = exercise
        self.variants = 0
        self.rejected: Counter[str] = Counter()
        self.answers: dict[str, Counter[str]] = {part: Counter() for part in exercise.parts}
        self.alike: Counter[tuple[str, str]] = Counter()
        self.printed = 0
        self.given: Counter[tuple[str, str]] = Counter()
        self.places: dict[str, Counter[int]] = {part: Counter() for part in exercise.parts}
        self._faults: Counter[str] = Counter()
        self._example: dict[str, str] = {}
        self._fingerprints: set[str] = set()
        self._efforts: list[int] = []
        self._mistakes: Counter[str] = Counter()

    def add(self, variant: AnyVariant, printing: bool) -> None:
        self.variants += 1
        self._fingerprints.add(variant.fingerprint)
        self._efforts.append(variant.effort)
        self._mistakes.update(name for name, wrong in variant.mistakes.items() if wrong)
        for part, key in self._exercise.parts.items():
            asked = variant.asked(part)
            self.answers[part][key.show(asked.right)] += 1
            if isinstance(key, Choice) and key.shuffle and asked.right in asked.options:
                self.places[part][asked.options.index(asked.right)] += 1
        self.alike.update(_alike(variant))
        if printing:
            self.printed += 1
            self.given.update(given_away(variant))
        for fault in variant_faults(variant, printing=printing):
            self._faults[fault] += 1
            self._example.setdefault(fault, variant.code)

    def commonest(self, part: str) -> tuple[str, float]:
        """The answer of a part that is right most often, and in which share of the variants it is."""
        answer, count = self.answers[part].most_common(1)[0]
        return answer, count / self.variants

    def tell(self, report: LevelReport) -> None:
        """Put what was counted into a report."""
        report.distinct = len(self._fingerprints)
        report.accepted = self.variants / (self.variants + self.rejected.total())
        report.effort = statistics.median(self._efforts)
        if report.effort:
            report.spread = max(abs(effort / report.effort - 1) for effort in self._efforts)
        computed = [part for part, key in self._exercise.parts.items() if key.computed]
        report.commonest = max((self.commonest(part)[1] for part in computed), default=0)
        report.rejected, report.mistakes = dict(self.rejected.most_common()), dict(self._mistakes)
        for fault, count in self._faults.items():
            example = self._example[fault]
            report.faults.append(f"{fault} ({count} of {self.variants} variants, such as {example})")


def _alike(variant: AnyVariant) -> Iterator[tuple[str, str]]:
    """Pairs of parts that are computed, of one kind, and have one and the same answer."""
    keys = [(part, key) for part, key in variant.exercise.parts.items() if key.computed]
    for (part, key), (other, its) in itertools.combinations(keys, 2):
        answers = [getattr(variant.solution, each.field) for each in (key, its)]
        if key.kind == its.kind and key.same(*answers):
            yield part, other


def _level_faults(exercise: AnyExercise, report: LevelReport, tally: _Tally) -> Iterable[str]:
    seeds = report.seeds
    declared = exercise.spaces.get(report.level)
    if declared is not None:
        report.space = str(declared)
        if report.distinct > declared:
            yield f"says it has {declared} variants, but {report.distinct} were drawn"
    else:
        report.space, least = _space(seeds, report.distinct)
        if least < SPACE and seeds >= 100:
            yield f"about {report.space} variants only; give the exact number in `spaces` or draw more freely"
    if report.spread > BAND + 1e-9:
        yield f"effort spreads by {report.spread:.0%} round its median, more than {BAND:.0%}"
    planned = exercise.minutes[report.level - 1]
    if seeds >= ENOUGH and abs(report.effort / 60 - planned) > PLANNED * planned:
        yield f"variants take {report.effort / 60:.1f} minutes in the median, and not {planned:g} as `minutes` says"
    for (part, other), count in tally.alike.items():
        if seeds >= ENOUGH and count > ALIKE * seeds:
            yield f"{part} and {other} have the same answer in {count / seeds:.0%} of variants"
    for (part, place), count in tally.given.items():
        if count > ALIKE * tally.printed:
            where = f"the question of {place}" if place else "the stem"
            yield f"{where} gives away the answer of {part} ({count} of {tally.printed} variants that were printed)"
    if report.accepted < SHARE_OF_DRAWS:
        yield f"only {report.accepted:.0%} of draws are accepted"
    for part, counts in tally.places.items():
        total = sum(counts.values())
        key = exercise.parts[part]
        options = len(key.options) if isinstance(key, Choice) and key.among is None else 0
        if total >= 100 and options:
            even = total / options
            if any(abs(counts[place] - even) > 5 * even**0.5 for place in range(options)):
                yield f"{part}: the right option's place is uneven: {dict(sorted(counts.items()))}"
    for part, key in exercise.parts.items():
        answer, share = tally.commonest(part)
        most = COMMONEST_COMPUTED if key.computed else COMMONEST
        if seeds >= ENOUGH and key.kind != "open" and share > most:
            yield f"{part}: the answer {answer!r} is right in {share:.0%} of variants"


def _space(seeds: int, distinct: int) -> tuple[str, float]:
    """An estimate of the number of variants from repeats among `seeds` draws, and a bound to judge by.

    With r repeats among n even draws the space is about n (n - 1) / 2 r (birthday estimate). The bound takes three
    standard deviations off the number of repeats, so that chance alone condemns no exercise.
    """
    repeats = seeds - distinct
    pairs = seeds * (seeds - 1) / 2
    if repeats == 0:
        return f">{pairs / 3:.0f}" if pairs else "?", float("inf")
    return f"~{pairs / repeats:.0f}", pairs / max(0.5, repeats - 3 * repeats**0.5)


