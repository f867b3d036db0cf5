"""What is wrong with one variant: its solutions, its keys, what is carried forward, and what is printed of it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from listok.answerkeys.keysheet import problem_key
from listok.generators.answers import Asked, Choice, Choices, Expression, Matching, Number, Vector
from listok.generators.exact import Fraction
from listok.generators.exercise import AnyVariant, Disagreement
from listok.generators.faults import ExerciseFault, blamed
from listok.generators.formulas import Formula
from listok.generators.responses import ResponseError
from listok.generators.values import ListokError, agree, to_json
from listok.templates import doctree as doc
from listok.templates import html, latex, plain
from listok.templates.sheet import answer, problem
from listok.templates.text import LANGS, Filled


def variant_faults(variant: AnyVariant, *, printing: bool) -> list[str]:
    """What is wrong with one variant, one line each, in words that fit every variant of its kind.

    Whatever a check raises is a fault as well. With `printing` every printer prints the variant's sheet and key in both
    languages.
    """
    checks: list[tuple[str, Callable[[AnyVariant], Iterable[str]]]] = [
        ("the solutions", _solution_faults),
        ("the parameters", _parameter_faults),
        ("the mistakes", _mistake_faults),
        ("the keys", _key_faults),
        ("what is carried forward", _carry_faults),
    ]
    if printing:
        checks.append(("printing", _printing_faults))
    module = variant.exercise.module
    return [fault for what, check in checks for fault in _caught(what, check(variant), module)]


def _caught(what: str, faults: Iterable[str], module: str) -> Iterator[str]:
    """Faults one by one; what their check raises is the last of them."""
    try:
        with blamed(what, module):
            yield from faults
    except ExerciseFault as error:
        yield f"{what}: {error.line}"
    except ListokError as error:
        yield str(error)


def _solution_faults(variant: AnyVariant) -> Iterator[str]:
    try:
        variant.verify()
    except Disagreement as error:
        yield f"solve and oracle differ: {error.paths}"


def _parameter_faults(variant: AnyVariant) -> Iterator[str]:
    again = variant.exercise.read_params(to_json(variant.params))
    if again != variant.params:
        yield "parameters do not survive JSON"


def _mistake_faults(variant: AnyVariant) -> Iterator[str]:
    exercise = variant.exercise
    for mistake, wrong in variant.mistakes.items():
        for field in wrong:
            if field not in exercise.asked:
                yield f"the mistake {mistake} gives {field!r}, which no part asks for"
    for part in variant.blurred_parts():
        yield f"{part}: all its mistakes give one wrong answer"
    for part, key in exercise.parts.items():
        if key.computed and len(variant.asked(part).mistakes) < 2:
            yield f"{part}: fewer than two mistakes with a wrong answer"


def _key_faults(variant: AnyVariant) -> Iterator[str]:
    for part, key in variant.exercise.parts.items():
        asked = variant.asked(part)
        if isinstance(key, (Choice, Choices, Matching)):
            if len(set(asked.options)) < 2:
                yield f"{part}: fewer than two different options"
            strange = _strange_options(asked)
            if strange:
                yield f"{part}: the answer {strange[0]!r} is not one of its options"
                continue
        yield from _sample_faults(part, key, asked)


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


_CHANGES: tuple[Callable[[Fraction], Fraction], ...] = (
    lambda v: v + 1, lambda v: 2 * v + 1, lambda v: v + 3, lambda v: v / 2,
)  # fmt: skip
"""Changes of an answer: three keep whole numbers whole, the last keeps a probability a probability. Two of the three
differ whatever the answer is, 0 too, so that a distance from it which one of them leaves as it was gives no alarm."""


def _changed(value: Any, change: Callable[[Fraction], Fraction]) -> Any:
    """An answer with every number changed, and every formula; others stay."""
    if isinstance(value, Formula):
        return Formula(f"({value.source}) + 1")
    if isinstance(value, tuple):
        return tuple(_changed(item, change) for item in value)
    return change(Fraction(value)) if isinstance(value, (int, float, Fraction)) else value


def _printing_faults(variant: AnyVariant) -> Iterator[str]:
    points = {part: Fraction(key.points) for part, key in variant.exercise.parts.items()}
    for lang in LANGS:
        filled = Filled(variant, lang)
        sheet = problem(filled, points, 1)
        key = problem_key(filled, points, 1, mistakes=True)
        for printer in (latex.printer(lang), html.printer(lang), plain.printer(lang)):
            try:
                texts = printer.blocks(sheet), printer.blocks(key)
            except latex.UnprintableError as error:
                yield f"{lang}: {error}"
                continue
            for text in texts:
                for trace in dict.fromkeys(_TRACES.findall(text)):
                    if not (trace == "{{" and "latex" in type(printer).__module__):
                        yield f"{lang}: {trace!r} is printed"
        solution = plain.printer(lang).blocks(problem_key(filled, points, 1, mistakes=False))
        for side in equal_sides(solution):
            yield f"{lang}: the key says that {side} = {side}"


def given_away(variant: AnyVariant) -> Iterator[tuple[str, str]]:
    """Parts whose answer, if it is more than one short number, can be read in the stem or in another part's question:
    the part, and where its answer stands (the part, or an empty text for the stem)."""
    filled = Filled(variant, "en")
    printer = plain.printer("en")
    texts = {"": printer.blocks(filled.blocks(filled.text.stem))}
    texts |= {name: printer.blocks(filled.blocks(part.question)) for name, part in filled.text.parts.items()}
    for part, key in variant.exercise.parts.items():
        if isinstance(key, (Number, Vector, Expression)):
            told = printer.blocks((doc.Paragraph(answer(filled, part)),)).strip()
            if len(told) >= LONG_ENOUGH:
                yield from ((part, place) for place, text in texts.items() if place != part and told in text)


LONG_ENOUGH = 5
"""Characters of an answer that would not stand elsewhere by chance."""


def equal_sides(text: str) -> Iterator[str]:
    """What a text says to be equal to itself."""
    for line in text.splitlines():
        sides = [side.strip(" .,;") for side in re.split("[=≈]", line)]
        for left, right in itertools.pairwise(sides):
            if left == right != "":
                yield left


_TRACES = re.compile(r"\{\{|\bNone\b|\bnan\b|\bFraction\(|\bHole\(")
"""What is printed where a value was not written as mathematics; a discriminant is no `nan`."""
