"""The words of all exercises: one notation in each language, and signs of equality that mean what they say."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product

import pytest

from listok.answerkeys.items import item_of
from listok.answerkeys.keysheet import problem_key
from listok.generators.bank import bank, find
from listok.generators.exact import Fraction
from listok.generators.exercise import AnyExercise
from listok.generators.figures import Label
from listok.templates import plain
from listok.templates.doctree import Figure
from listok.templates.notation import value_node
from listok.templates.sheet import problem
from listok.templates.text import LANGS, Filled, Lang, path_of

NO_ARITHMETIC = (2, 5, 8, 13, 16, 18, 19, 21, 22, 23, 25, 31)
"""Exercises whose keys have few lines of bare arithmetic."""
EXACT = (2, 4, 5, 6, 8, 10, 17, 18, 19, 20, 21, 22, 32)
"""Exercises that round nothing."""
EXERCISES = sorted(bank().values(), key=lambda exercise: exercise.number)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_a_maximum_parts_its_numbers_as_the_language_does(exercise: AnyExercise) -> None:
    russian, english = (path_of(exercise, lang).read_text(encoding="utf-8") for lang in ("ru", "en"))
    assert not re.search(r"max\([ &]*0,", russian)
    assert not re.search(r"max\([ &]*0;", english)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_quotes_are_those_of_the_language(exercise: AnyExercise) -> None:
    russian, english = (path_of(exercise, lang).read_text(encoding="utf-8") for lang in ("ru", "en"))
    assert not re.search('["“”]', russian)
    assert not re.search('["«»„]', english)
    assert re.sub("[^«»]", "", russian) in "«»" * 99
    assert re.sub("[^“”]", "", english) in "“”" * 99


NUMBERS = r"[−+·/() .0-9]*\d\)*"
EQUALITY = re.compile(rf"(?<=[=≈] )(?=({NUMBERS}) ([=≈]) ({NUMBERS})(?:[.,;](?: |$)| [=≈]))")
"""Two sides made of numbers alone, the left one with a sign of equality before it, and the sign between them."""


def value_of(source: str) -> Fraction | None:
    """The exact value of arithmetic as it is printed; None for half of it, such as what a bracket has cut off."""
    exact = re.sub(r"\d+(?:\.\d+)?", r"Fraction('\g<0>')", source.translate({ord("−"): "-", ord("·"): "*"}))
    try:
        return eval(exact, {"Fraction": Fraction})  # type: ignore[no-any-return]  # numbers and signs are all there is
    except (SyntaxError, TypeError):
        return None


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_equal_is_printed_between_equal_numbers_alone(exercise: AnyExercise) -> None:
    found = 0
    for level, seed in product((1, 2, 3), range(8)):
        filled = Filled(exercise.variant(seed, level), "en")
        points = {part: key.points for part, key in exercise.parts.items()}
        printed = " ".join(plain.printer("en").blocks(problem_key(filled, points)).split())
        for left, sign, right in EQUALITY.findall(printed):
            sides = value_of(left), value_of(right)
            if None not in sides:
                assert sign == "≈" or sides[0] == sides[1], f"{filled.variant.code}: {left} {sign} {right}"
                found += 1
        # Rounded numbers may come out equal by chance, exact ones are never said to be near.
        assert "≈" not in printed or exercise.number not in EXACT
    assert found > 10 or exercise.number in NO_ARITHMETIC


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_the_words_for_a_figure_tell_all_its_numbers_where_the_problem_needs_it(
    exercise: AnyExercise, lang: Lang
) -> None:
    for level, seed in product((1, 2, 3), range(3)):
        filled = Filled(exercise.variant(seed, level), lang)
        questions = [filled.text.stem, *(filled.text.parts[part].question for part in exercise.parts)]
        for figure in [block for blocks in questions for block in filled.blocks(blocks) if isinstance(block, Figure)]:
            drawn = [item.content for item in figure.scene.items if isinstance(item, Label)]
            numbers = [
                plain.printer(lang).math(value_node(label, (), lang)) for label in drawn if type(label) is not str
            ]
            told = re.findall(r"(?<![₀-₉\d])−?\d+(?:[.,/]\d+)*", figure.alt)
            assert not Counter(numbers) - Counter(told)


@pytest.mark.parametrize(
    ("number", "parts", "said"),
    [
        (31, ("plain", "hot", "limits", "odds"), ("В пунктах (а), (б) и (г) понадобится калькулятор.",
                                                  "You will need a calculator in parts (a), (b) and (d).")),
        (31, ("limits", "odds"), ("В пункте (б) понадобится калькулятор.",
                                  "You will need a calculator in part (b).")),
        (31, ("odds",), ("Понадобится калькулятор.", "You will need a calculator.")),
        (31, ("limits", "bot"), ("", "")),
        (40, ("map", "average_pool"), ("", "")),
    ],
)  # fmt: skip
def test_a_sheet_says_for_which_parts_a_calculator_is_needed(
    number: int, parts: tuple[str, ...], said: tuple[str, str]
) -> None:
    points = dict.fromkeys(parts, Fraction(1))
    for lang, note in zip(LANGS, said, strict=True):
        variant = find(number).variant(3)
        sheet = plain.printer(lang).blocks(problem(Filled(variant, lang), points))
        exported = plain.printer(lang).blocks(item_of(variant, lang, points).stem)
        for printed in (sheet, exported):
            assert note in printed
            assert ("альк" in printed or "calc" in printed) == bool(note)


def test_a_part_whose_numbers_happen_to_be_exact_needs_no_calculator() -> None:
    regression = find(16)
    assert regression.calculator == ("probabilities", "step", "loss")
    exact, rounded = regression.variant(0, 1), regression.variant(0, 2)
    assert isinstance(exact.solution.probabilities[0], Fraction)
    assert not exact.needs_calculator("probabilities")
    assert rounded.needs_calculator("probabilities")


ELSEWHERE = re.compile(
    r"\b(перв|последн|следующ|предыдущ|прошл)\w+( \w+)? (вопрос|пункт|ответ)"
    r"|\b(first|last|next|previous)( \w+)? questions?\b|\bprevious (part|answer)|\b(question|part)s? before\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_no_question_leans_on_its_place_among_the_others(exercise: AnyExercise, lang: Lang) -> None:
    """A blueprint may ask some parts alone, and exports make a question of each."""
    points = {part: key.points for part, key in exercise.parts.items()}
    for level in (1, 2, 3):
        filled = Filled(exercise.variant(1, level), lang)
        for pages in (problem(filled, points), problem_key(filled, points)):
            printed = " ".join(plain.printer(lang).blocks(pages).split())
            assert not (found := ELSEWHERE.search(printed)), found
