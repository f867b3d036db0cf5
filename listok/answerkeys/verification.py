"""Checks that hold for every exercise of the bank: what `listok verify` runs and the tests run on fewer seeds."""

from __future__ import annotations

import itertools
import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from listok.answerkeys.keysheet import problem_key
from listok.generators.answers import Asked, Choice, Choices, Matching
from listok.generators.bank import find
from listok.generators.exact import Fraction
from listok.generators.exercise import LEVELS, AnyExercise, AnyVariant
from listok.generators.formulas import Formula
from listok.generators.responses import ResponseError
from listok.generators.values import ListokError, agree, to_json
from listok.templates import html, latex, plain
from listok.templates.sheet import problem
from listok.templates.text import LANGS, Filled, TextError, load
from listok.workers.pool import Job, Workers

BAND = 0.25
"""Within a level the effort of a variant stays within this share of the level's median."""

SPACE = 2000
"""A level has at least so many variants, or the exercise says exactly how many in `spaces`."""

COMMONEST = 0.7
"""No answer of a part may be right for more than this share of the variants."""

SHARE_OF_DRAWS = 0.2
"""At least this share of draws is accepted."""


@dataclass
class LevelReport:
    """What was measured at one level of an exercise, and what was found wrong."""

    exercise: str
    level: int
    seeds: int
    distinct: int = 0
    space: str = ""
    effort: float = 0
    spread: float = 0
    accepted: float = 0
    commonest: float = 0
    faults: list[str] = field(default_factory=list)


def check_exercise(exercise: AnyExercise, seeds: int, *, printing: bool = True) -> list[LevelReport]:
    """Check an exercise on `seeds` seeds of every level; each report's `faults` are one line each, empty when good.

    With `printing` every printer prints every variant's sheet and key in both languages.
    """
    return _judged(exercise, [_check_level(exercise, level, seeds, printing) for level in LEVELS])


def check_exercises(
    exercises: Sequence[AnyExercise], seeds: int, workers: Workers, *, bank: Path | None = None,
    printing: bool = True, tick: Callable[[], object] = lambda: None,
) -> list[LevelReport]:  # fmt: skip
    """What `check_exercise` says of exercises of the bank, or of a folder; `tick` is called after each level."""

    def jobs() -> Iterator[Job]:
        for exercise, level in itertools.product(exercises, LEVELS):
            task = _check_level_of, (exercise.name, bank, level, seeds, printing)
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
    """Reports of all levels, with what shows only where they are compared, and with faults of the texts."""
    for lower, higher in itertools.pairwise(reports):
        if higher.effort <= lower.effort:
            higher.faults.append(
                f"effort does not grow: {lower.effort:g} at level {lower.level}, {higher.effort:g} at {higher.level}"
            )
    reports[0].faults += check_texts(exercise)
    return reports


def check_texts(exercise: AnyExercise) -> list[str]:
    """Faults of the texts: unreadable, or saying different parts and options in the two languages."""
    texts, faults = {}, []
    for lang in LANGS:
        try:
            texts[lang] = load(exercise, lang)
        except TextError as error:
            faults.append(str(error))
    if faults:
        return list(dict.fromkeys(faults))
    shapes = {lang: {name: sorted(part.options) for name, part in text.parts.items()} for lang, text in texts.items()}
    return [] if shapes["ru"] == shapes["en"] else ["the two languages say different parts or options"]


def _check_level_of(name: str, bank: Path | None, level: int, seeds: int, printing: bool) -> LevelReport:
    return _check_level(find(name, bank), level, seeds, printing)


def _check_level(exercise: AnyExercise, level: int, seeds: int, printing: bool) -> LevelReport:
    report = LevelReport(exercise.name, level, seeds)
    faults: Counter[str] = Counter()
    example: dict[str, str] = {}
    prints: set[str] = set()
    efforts: list[int] = []
    tries = 0
    answers: dict[str, Counter[str]] = {part: Counter() for part in exercise.parts}
    places: dict[str, Counter[int]] = {part: Counter() for part in exercise.parts}
    for seed in range(seeds):
        try:
            variant = exercise.variant(seed, level)
        except ListokError as error:
            report.faults.append(str(error))
            return report
        tries += variant.tries
        prints.add(variant.fingerprint)
        efforts.append(variant.effort)
        for part, key in exercise.parts.items():
            asked = variant.asked(part)
            answers[part][key.show(asked.right)] += 1
            if isinstance(key, Choice) and key.shuffle and asked.right in asked.options:
                places[part][asked.options.index(asked.right)] += 1
        for fault in variant_faults(variant, printing=printing):
            faults[fault] += 1
            example.setdefault(fault, variant.code)
    report.faults += [f"{fault} ({n} of {seeds} variants, such as {example[fault]})" for fault, n in faults.items()]
    report.distinct = len(prints)
    report.accepted = seeds / tries
    report.effort = statistics.median(efforts)
    report.spread = max(abs(effort / report.effort - 1) for effort in efforts) if report.effort else 0.0
    computed = [part for part, key in exercise.parts.items() if key.computed]
    shares = {part: answers[part].most_common(1)[0][1] / seeds for part in exercise.parts if answers[part]}
    report.commonest = max((shares[part] for part in computed), default=0)
    report.faults += _level_faults(exercise, report, places)
    for part in exercise.parts:
        if seeds >= 50 and exercise.parts[part].kind != "open" and shares[part] > COMMONEST:
            common = answers[part].most_common(1)[0][0]
            report.faults.append(f"{part}: the answer {common!r} is right in {shares[part]:.0%} of variants")
    return report


def _level_faults(exercise: AnyExercise, report: LevelReport, places: dict[str, Counter[int]]) -> Iterable[str]:
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
    if report.accepted < SHARE_OF_DRAWS:
        yield f"only {report.accepted:.0%} of draws are accepted"
    for part, counts in places.items():
        total = sum(counts.values())
        key = exercise.parts[part]
        options = len(key.options) if isinstance(key, Choice) and key.among is None else 0
        if total >= 100 and options:
            even = total / options
            if any(abs(counts[place] - even) > 5 * even**0.5 for place in range(options)):
                yield f"{part}: the right option's place is uneven: {dict(sorted(counts.items()))}"


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


def variant_faults(variant: AnyVariant, *, printing: bool) -> list[str]:
    """What is wrong with one variant, in words that fit every variant of its kind."""
    faults: list[str] = []
    try:
        variant.verify()
    except ListokError as error:
        faults.append("solve and oracle differ: " + str(error).partition("differ in ")[2].partition(";")[0])
    again = variant.exercise.read_params(to_json(variant.params))
    if again != variant.params:
        faults.append("parameters do not survive JSON")
    faults += [f"{part}: all its mistakes give one wrong answer" for part in variant.blurred_parts()]
    for part, key in variant.exercise.parts.items():
        asked = variant.asked(part)
        if key.computed and len(asked.mistakes) < 2:
            faults.append(f"{part}: fewer than two mistakes with a wrong answer")
        if isinstance(key, (Choice, Choices, Matching)):
            if len(set(asked.options)) < 2:
                faults.append(f"{part}: fewer than two different options")
            strange = _strange_options(asked)
            if strange:
                faults.append(f"{part}: the answer {strange[0]!r} is not one of its options")
                return faults
        faults += _sample_faults(part, key, asked)
    faults += _carry_faults(variant)
    if printing:
        faults += _printing_faults(variant)
    return faults


def _strange_options(asked: Asked) -> list[Any]:
    """Right answers that are not among a part's options."""
    right = asked.right if isinstance(asked.right, tuple) else (asked.right,)
    return [name for name in right if name not in asked.options]


def _sample_faults(part: str, key: Any, asked: Any) -> Iterable[str]:
    samples = key.samples(asked)
    for response in samples.right:
        try:
            if key.accepts(response, asked).score != 1:
                yield f"{part}: does not give full marks to its own answer"
        except ResponseError as error:
            yield f"{part}: cannot read its own answer: {error}"
    for response in samples.wrong:
        try:
            if key.accepts(response, asked).score == 1:
                yield f"{part}: gives full marks to a wrong answer"
        except ResponseError as error:
            yield f"{part}: cannot read a well-formed wrong answer: {error}"
    for response in samples.malformed:
        try:
            key.accepts(response, asked)
        except ResponseError:
            continue
        yield f"{part}: takes the malformed response {response[:20]!r}"


def _carry_faults(variant: AnyVariant) -> Iterable[str]:
    """Whether what follows from right answers is right, and from nothing but answers to earlier parts.

    It must also work on answers as students type them, rounded and exact, and notice when one of them changes.
    """
    exercise = variant.exercise
    for part in exercise.carry:
        names = list(exercise.parts)
        earlier = {name: exercise.parts[name] for name in names[: names.index(part)] if exercise.parts[name].field}
        right = getattr(variant.solution, exercise.parts[part].field)
        followed = variant.carried(part, {name: getattr(variant.solution, key.field) for name, key in earlier.items()})
        if followed is None or not agree(followed, right):
            yield f"{part}: what follows from right earlier answers is not right"
        typed = {name: key.read(key.show(getattr(variant.solution, key.field)), variant.asked(name))
                 for name, key in earlier.items()}  # fmt: skip
        changed = [{name: _changed(value, change)} for name, value in typed.items() for change in _CHANGES]
        values = [variant.carried(part, given) for given in (typed, *changed)]
        if values[0] is None:
            yield f"{part}: nothing is carried from answers as they are typed"
        if all(value is None or agree(value, right) for value in values[1:]):
            yield f"{part}: what is carried does not depend on the earlier answers"


_CHANGES: tuple[Callable[[Fraction], Fraction], ...] = (lambda v: v + 1, lambda v: 2 * v + 1, lambda v: v / 2)
"""Changes of an answer: two keep whole numbers whole, the last keeps a probability a probability."""


def _changed(value: Any, change: Callable[[Fraction], Fraction]) -> Any:
    """An answer with every number changed, and every formula; others stay."""
    if isinstance(value, Formula):
        return Formula(f"({value.source}) + 1")
    if isinstance(value, tuple):
        return tuple(_changed(item, change) for item in value)
    return change(Fraction(value)) if isinstance(value, (int, float, Fraction)) else value


def _printing_faults(variant: AnyVariant) -> Iterable[str]:
    points = {part: Fraction(key.points) for part, key in variant.exercise.parts.items()}
    for lang in LANGS:
        filled = Filled(variant, lang)
        blocks = problem(filled, points, 1)
        key = problem_key(filled, points, 1, mistakes=True)
        for printer in (latex.printer(lang), html.printer(lang), plain.printer(lang)):
            try:
                texts = printer.blocks(blocks), printer.blocks(key)
            except latex.UnprintableError as error:
                yield f"{lang}: {error}"
                continue
            for text in texts:
                for trace in dict.fromkeys(_TRACES.findall(text)):
                    if not (trace == "{{" and "latex" in type(printer).__module__):
                        yield f"{lang}: {trace!r} is printed"


_TRACES = re.compile(r"\{\{|\bNone\b|\bnan\b|\bFraction\(|\bHole\(")
"""What is printed where a value was not written as mathematics; a discriminant is no `nan`."""
