"""Keys of every kind: they take what is right, refuse what is wrong or malformed, and know the mistakes."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listok.generators.answers import (
    AnyKey,
    Asked,
    Choice,
    Choices,
    Expression,
    Matching,
    Matrix,
    Number,
    Open,
    Predicate,
    Vector,
)
from listok.generators.decimals import brief, in_full, rounded, trimmed, written
from listok.generators.exact import Fraction as Q
from listok.generators.formulas import Formula
from listok.generators.responses import ResponseError

OPTIONS = ("cat", "dog", "owl")


def _line(params: Any, numbers: tuple[Q, ...]) -> Q:
    return Q(numbers[1] == params * numbers[0] + 1)


KINDS: dict[str, tuple[AnyKey, Asked]] = {
    "exact": (Number("f"), Asked(None, Q(-3, 4), {"sign": Q(3, 4)})),
    "rounded": (Number("f", digits=2), Asked(None, 1 / 3, {"upside": 3.0})),
    "vector": (Vector("f"), Asked(None, (1, -2, Q(1, 2)), {"sign": (1, 2, Q(1, 2))})),
    "rounded vector": (Vector("f", digits=1), Asked(None, (0.25, 1.0), {"other": (2.0, 1.0)})),
    "matrix": (Matrix("f"), Asked(None, ((1, 2), (3, -4)), {"flipped": ((1, 3), (2, -4))})),
    "expression": (Expression("f"), Asked(None, Formula("2*x + x*y"), {"lost": Formula("2*x")})),
    "choice": (Choice("f", options=OPTIONS), Asked(None, "dog", {}, ("owl", "dog", "cat"))),
    "choices": (Choices("f", options=OPTIONS), Asked(None, ("cat", "owl"), {}, ("owl", "dog", "cat"))),
    "matching": (Matching("f", options=OPTIONS, items="g"), Asked(None, ("dog", "cat", "dog"), {}, OPTIONS)),
    "predicate": (Predicate("f", test=_line), Asked(2, (1, 3), {"swapped": (3, 1)})),
}


@pytest.mark.parametrize("kind", KINDS)
def test_samples(kind: str) -> None:
    key, asked = KINDS[kind]
    samples = key.samples(asked)
    assert samples.right
    assert samples.wrong
    assert len(samples.malformed) >= 2
    for response in samples.right:
        assert key.accepts(response, asked).score == 1, response
    for response in samples.wrong:
        assert key.accepts(response, asked).score < 1, response
    for response in samples.malformed:
        with pytest.raises(ResponseError) as caught:
            key.accepts(response, asked)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", [kind for kind, (_, asked) in KINDS.items() if asked.mistakes])
def test_mistakes_are_recognised(kind: str) -> None:
    key, asked = KINDS[kind]
    ((name, wrong),) = asked.mistakes.items()
    verdict = key.accepts(key.show(wrong), asked)
    assert verdict.mistake == name
    assert verdict.score < 1
    assert key.accepts(key.show(asked.right), asked).mistake is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "response", ["__import__('os').system('true')", "((((" * 900, "9" * 100_000, "1e999999", "\x00"]
)
def test_hostile_responses_are_refused(kind: str, response: str) -> None:
    key, asked = KINDS[kind]
    with pytest.raises(ResponseError):
        key.accepts(response, asked)


RESPONSES = [
    ("exact", "-0.75", 1), ("exact", "-0,75", 1), ("exact", "−3/4", 1), ("exact", "-0.7500001", 0),
    ("exact", "0.75", 0),
    ("rounded", "0.33", 1), ("rounded", "0,34", 1), ("rounded", "1/3", 1), ("rounded", "0.32333333333333", 1),
    ("rounded", "0.32", 1), ("rounded", "0.31", 0), ("rounded", "0.35", 0),
    ("vector", "1; -2; 1/2", 1), ("vector", "(1; -2; 0,5)", 1), ("vector", "1 -2 0.5", 1),
    ("vector", "1; —; 0.5", Q(2, 3)), ("vector", "-; -; -", 0), ("rounded vector", "-; 1,0", Q(1, 2)),
    ("matrix", "1; 2\n-; -4", Q(3, 4)), ("matrix", "-; -\n3; -4", Q(1, 2)),
    ("vector", "1; 2; 0.5", Q(2, 3)), ("vector", "0; 0; 0", 0),
    ("matrix", "1 2\n3 -4", 1), ("matrix", "[[1, 2], [3, -4]]", 1), ("matrix", "1 2; 3 4", Q(3, 4)),
    ("expression", "x(2 + y)", 1), ("expression", "x*(y+2) + 1 - 1", 1), ("expression", "2x", 0),
    ("choice", "b", 1), ("choice", "б", 1), ("choice", "dog", 1), ("choice", "a", 0),
    ("choices", "a, c", 1), ("choices", "ca", 1), ("choices", "а в", 1), ("choices", "a", Q(1, 2)),
    ("choices", "a b c", Q(1, 2)), ("choices", "b", 0),
    ("matching", "b a b", 1), ("matching", "1b 2a 3b", 1), ("matching", "b b b", Q(2, 3)), ("matching", "c c c", 0),
    ("predicate", "1; 3", 1), ("predicate", "0.5; 2", 1), ("predicate", "-1/2; 0", 1), ("predicate", "3; 1", 0),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "response", "score"), RESPONSES)
def test_scores(kind: str, response: str, score: Q | int) -> None:
    key, asked = KINDS[kind]
    assert key.accepts(response, asked).score == score


@pytest.mark.parametrize(
    ("kind", "response"),
    [("choice", "a b"), ("choice", "d"), ("choices", "a a"), ("matching", "b a"), ("matching", "1b 2a 2b"),
     ("predicate", "1; 2; 3"), ("predicate", "1; -"), ("vector", "1 - 2"), ("matrix", "1 2; 3"),
     ("expression", "2*z"), ("expression", "2 +")],
)  # fmt: skip
def test_malformed(kind: str, response: str) -> None:
    key, asked = KINDS[kind]
    with pytest.raises(ResponseError):
        key.accepts(response, asked)


@given(st.fractions(-100, 100), st.integers(0, 5))
def test_a_rounded_answer_may_be_off_by_one_unit_of_the_last_place(value: Q, digits: int) -> None:
    key, unit = Number("f", digits=digits), Q(1, 10**digits)
    asked = Asked(None, value)
    assert key.tolerance == unit
    assert key.accepts(key.show(value), asked).score == 1
    assert key.score(value + unit, asked) == key.score(value - unit, asked) == 1
    # Keys and exports give the rounded number and the margin: who is within it is right, too.
    shown = Q(key.show(value))
    assert key.score(shown + unit, asked) == key.score(shown - unit, asked) == 1
    above, below = max(value, shown) + unit * Q(101, 100), min(value, shown) - unit * Q(101, 100)
    assert key.score(above, asked) == key.score(below, asked) == 0


@given(st.fractions(-(10**6), 10**6), st.integers(0, 8))
def test_rounding_agrees_with_decimal(value: Q, digits: int) -> None:
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        wanted = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    assert Decimal(rounded(value, digits)) == wanted
    assert not (rounded(value, digits).startswith("-") and wanted == 0)


@given(st.integers(-(10**9), 10**9), st.integers(0, 12))
def test_a_decimal_is_written_with_all_its_places_or_without_zeros_at_its_end(units: int, places: int) -> None:
    text = written(units, places)
    assert Q(text) == Q(units, 10**places)
    assert len(text.partition(".")[2]) == places
    assert Q(trimmed(text)) == Q(text)
    assert trimmed(text) == in_full(Q(units, 10**places), places)


def test_a_number_without_a_short_decimal_has_none() -> None:
    assert in_full(Q(1, 3), 30) is None
    assert in_full(Q(1, 8), 2) is None
    assert in_full(Q(-1, 8), 3) == "-0.125"
    assert in_full(-1200, 0) == "-1200"
    assert trimmed("-1200") == "-1200"
    assert [brief(points) for points in (Q(5, 2), 3, Q(1, 3))] == ["2.5", "3", "0.333333"]


HALVES = st.builds(lambda top, power: top / 2**power, st.integers(-(10**6), 10**6), st.integers(0, 9))


@given(st.floats(-1e17, 1e17) | HALVES, st.integers(0, 8))
def test_floats_are_rounded_by_what_they_are_exactly(value: float, digits: int) -> None:
    assert rounded(value, digits) == rounded(Q(value), digits)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (Q(1, 8), 2, "0.13"),
        (Q(-1, 8), 2, "-0.13"),
        (0.5, 0, "1"),
        (0.125, 2, "0.13"),
        (-0.004, 2, "0.00"),
        (12, 3, "12.000"),
        (Q(5, 1000), 2, "0.01"),
    ],
)
def test_rounding(value: Any, digits: int, text: str) -> None:
    assert rounded(value, digits) == text


def test_letters_follow_the_printed_order() -> None:
    key, asked = KINDS["choices"]
    assert isinstance(key, Choices)
    assert key.letters(["owl", "cat"], asked) == "a c"
    assert key.letters(["cat"], asked, "абв") == "в"


def test_options_may_come_from_the_parameters() -> None:
    class Params:
        statements = ("p", "q")

    assert Choices("f", among="statements").names(Params()) == ("p", "q")
    assert Choices("f", options=OPTIONS).names(Params()) == OPTIONS


def test_no_right_option_is_answered_by_none() -> None:
    key = Choices("f", options=OPTIONS)
    asked = Asked(None, (), {}, OPTIONS)
    assert key.score((), asked) == 1
    assert key.accepts("a", asked).score == 0


def test_open_parts_are_left_to_the_teacher() -> None:
    with pytest.raises(ResponseError, match="by hand"):
        Open().accepts("because", Asked(None, None))


THOUSANDS = Asked(None, Q(79510))


@pytest.mark.parametrize("response", ["79,510", "79.510", " +79,510", "(79,510)", "n = 79,510", "79.510."])
def test_a_mark_that_may_part_thousands_is_not_guessed_at(response: str) -> None:
    """English papers write 79,510 for what Russian ones would take for a decimal."""
    with pytest.raises(ResponseError, match="does it part thousands"):
        Number("f").accepts(response, THOUSANDS)


@pytest.mark.parametrize(
    ("response", "right", "score"),
    [("79510", Q(79510), 1), ("79 510", Q(79510), 1), ("79,511", Q(79510), 0), ("1,234", Q(1234, 1000), 1),
     ("1.234", Q(1234, 1000), 1), ("0,510", Q(510), 0), ("1,2340", Q(12340), 0)],
)  # fmt: skip
def test_marks_that_have_one_reading(response: str, right: Q, score: int) -> None:
    assert Number("f").accepts(response, Asked(None, right)).score == score


@pytest.mark.parametrize(
    ("key", "right", "response"),
    [
        (Vector("f"), (1, 2), "1,2"),
        (Vector("f"), (1, 2, 3, 4), "1,2 3,4"),
        (Vector("f"), (12000, 5), "12 000 5"),
        (Vector("f"), (Q(3, 2), 3), "1 1/2 3"),
        (Matrix("f"), ((1, 2), (3, 4)), "1,2; 3,4"),
        (Matrix("f"), ((1, 2), (3, 4)), "[1,2;3,4]"),
        (Matrix("f"), ((1, 2), (3, 4)), "{{1,2},{3,4}}"),
        (Matrix("f"), ((1, 2), (3, 4)), "1 2,3 4"),
        (Matrix("f"), ((1, 2), (3, 4)), "1 2 / 3 4"),
        (Matrix("f"), ((1, 2), (3, 4)), "1 2 3 4"),
    ],
)
def test_numbers_that_fit_only_in_another_reading_are_not_called_wrong(key: AnyKey, right: Any, response: str) -> None:
    with pytest.raises(ResponseError, match="expected"):
        key.accepts(response, Asked(None, right))


def test_rounded_values_of_another_shape_are_not_the_same() -> None:
    shapes: list[Any] = [1.0, (1.0,), (1.0, 1.0), ((1.0,),), ((1.0, 1.0),)]
    key = Vector("v", digits=2)
    for i, value in enumerate(shapes):
        for j, other in enumerate(shapes):
            assert key.same(value, other) is key.near(value, other) is (i == j)


@pytest.mark.parametrize(
    ("key", "right", "response"),
    [(Vector("f"), (1, 2), "1; 2; 3"), (Vector("f"), (1, 2), "1,5 2,5 3"), (Vector("f"), (1, 2, 3), "1; 2"),
     (Matrix("f"), ((1, 2), (3, 4)), "1 2 3; 4 5 6"), (Matrix("f"), ((1, 2), (3, 4)), "1 2; 3 4; 5 6"),
     (Matrix("f"), ((1, 2, 3),), "1\n2\n3")],
)  # fmt: skip
def test_another_shape_is_listed_unless_a_mistake_gives_it(key: AnyKey, right: Any, response: str) -> None:
    with pytest.raises(ResponseError, match=r"expected \d( × \d)? numbers, read \d"):
        key.accepts(response, Asked(None, right))
    cut = right[:-1] if isinstance(right[0], int) else tuple(row[:-1] for row in right)
    found = key.accepts(key.show(cut), Asked(None, right, {"short": cut}))
    assert (found.score, found.mistake) == (0, "short")


def test_a_table_of_one_row_is_typed_like_a_list() -> None:
    for response in ("1; 2; 3", "1 2 3", "[1; 2; 3]", "(1, 2, 3)"):
        assert Matrix("f").accepts(response, Asked(None, ((1, 2, 3),))).score == 1
    assert Matrix("f").accepts("7", Asked(None, ((7,),))).score == 1


@pytest.mark.parametrize("space", [-1, 201])
def test_a_frame_to_draw_in_fits_a_page(space: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 200 millimetres"):
        Open(space=space)
