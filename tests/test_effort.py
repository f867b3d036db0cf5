"""Effort is measured on the numbers of a solution, by their digits; untidy numbers are told from tidy ones."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from listok.generators.answers import AnyKey, Choice, Number, Open, Vector
from listok.generators.bank import bank
from listok.generators.effort import CALCULATED, IDEA, NUMBER, OPTION, QUESTION, STEM, SYMBOL, digits, effort
from listok.generators.exact import Fraction
from listok.generators.exercise import LEVELS, OFF
from listok.generators.formulas import Formula
from listok.generators.tidiness import short, untidy


@pytest.mark.parametrize(
    ("number", "long"),
    [(0, 0), (7, 1), (-7, 1), (500, 1), (25, 2), (3836250, 6), (Fraction(1, 2), 1), (Fraction(1, 5), 1),
     (Fraction(1, 4), 2), (Fraction(-5, 4), 3), (Fraction(1, 8), 3), (Fraction(1, 1000), 1), (Fraction(1, 3), 2),
     (Fraction(273, 341), 6), (Fraction(4, 1), 1), (Fraction(51629, 160000), 8), (Fraction(3, 20), 2)],
)  # fmt: skip
def test_digits_are_those_that_are_written(number: int | Fraction, long: int) -> None:
    assert digits(number) == long


@pytest.mark.parametrize("bottom", [1, 2, 4, 8, 16, 5, 25, 125, 10, 20, 40, 80, 250, 1024, 3125])
def test_the_digits_of_a_decimal_are_those_of_its_text(bottom: int) -> None:
    for top in range(1, 300, 7):
        value = Fraction(top, bottom)
        places = next(k for k in range(20) if 10**k % value.denominator == 0)
        text = str(value.numerator * 10**places // value.denominator)
        assert digits(value) == len(text.rstrip("0"))


@dataclass(frozen=True)
class Step:
    x: Fraction
    shown: bool


@dataclass(frozen=True)
class Solution:
    steps: tuple[Step, ...]
    total: int
    word: str


def test_every_number_takes_a_moment_and_the_square_of_its_digits() -> None:
    none = Solution((), 0, "many words that nobody writes")
    bare = effort(none, {}, {}, {})
    assert bare == STEM + NUMBER
    assert effort(Solution((), 12, ""), {}, {}, {}) == bare + 4
    assert effort(Solution((Step(Fraction(20), True), Step(Fraction(1, 3), False)), 0, ""), {}, {}, {}) == (
        bare + NUMBER + 1 + NUMBER + 4
    )


def test_long_multiplication_takes_longer() -> None:
    """What one student multiplies as 20 by 25 and another as 3836250 by 10743750 is not the same work."""
    easy, hard = (effort(Solution((), product, ""), {}, {}, {}) for product in (20 * 25, 3836250 * 10743750))
    assert hard > easy + 60


def test_terms_options_and_ideas_take_time() -> None:
    solution = Solution((Step(Fraction(1), True),) * 3, 5, "up")
    parts: dict[str, AnyKey] = {"total": Number("total"), "word": Choice("word", options=("up", "down")), "why": Open()}
    plain = effort(solution, {}, {}, {})
    assert effort(solution, parts, {"word": 2}, {}) == plain + 3 * QUESTION + 2 * OPTION + IDEA
    assert effort(solution, {}, {}, {"total": 9}) == plain + 8 * NUMBER


def test_formulas_take_time_by_their_symbols_and_what_is_calculated_always_the_same() -> None:
    @dataclass(frozen=True)
    class Two:
        formula: Formula
        share: float

    shorter, longer = Two(Formula("x"), 0.1), Two(Formula("x + 2*y"), 0.123456)
    assert effort(shorter, {}, {}, {}) == STEM + SYMBOL + CALCULATED
    assert effort(longer, {}, {}, {}) > effort(shorter, {}, {}, {})
    assert effort(Two(shorter.formula, longer.share), {}, {}, {}) == effort(shorter, {}, {}, {})


@pytest.mark.parametrize("exercise", bank().values(), ids=lambda exercise: exercise.name)
def test_what_an_exercise_says_holds_for_every_variant(exercise) -> None:  # type: ignore[no-untyped-def]
    for level in LEVELS:
        for seed in range(5):
            variant = exercise.variant(seed, level)
            planned = 60 * exercise.minutes[level - 1]
            assert abs(variant.effort - planned) <= OFF * planned
            assert variant.dull is None


def test_short_numbers() -> None:
    assert all(map(short, (5, 0.1234567, Fraction(99, 100), Fraction(1, 97), Fraction(1, 10_000), Fraction(3, 625))))
    assert not any(map(short, (Fraction(1, 101), Fraction(1, 20_000), Fraction(51629, 160_000), Fraction(273, 341))))


def test_equal_rows_and_long_answers_are_untidy() -> None:
    @dataclass(frozen=True)
    class Params:
        rows: tuple[tuple[int, ...], ...]
        values: tuple[int, ...] = (1, 1)

    @dataclass(frozen=True)
    class Answers:
        shares: tuple[Fraction, ...]

    tidy, twins = Params(((1, 2), (2, 1))), Params(((1, 2), (1, 2)))
    plain, awkward = Answers((Fraction(1, 2), Fraction(1, 3))), Answers((Fraction(1, 2), Fraction(1, 341)))
    parts: dict[str, AnyKey] = {"shares": Vector("shares")}
    assert untidy(tidy, plain, parts, (), ()) is None
    assert untidy(twins, plain, parts, (), ()) == "rows: two items are equal"
    assert untidy(twins, plain, parts, ("rows",), ()) is None
    assert untidy(tidy, awkward, parts, (), ()) == "shares: the answer is long"
    assert untidy(tidy, awkward, parts, (), ("shares",)) is None
    assert untidy(tidy, awkward, {"shares": Vector("shares", digits=3)}, (), ()) is None
