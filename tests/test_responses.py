"""Reading what students type: what is read, what is refused, and that nothing typed can hang or crash the reader."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listok.generators.exact import Fraction
from listok.generators.formulas import Formula
from listok.generators.responses import (
    MAX_LENGTH,
    ResponseError,
    read_formula,
    read_matching,
    read_matrix,
    read_number,
    read_numbers,
    read_options,
)

HALF = Fraction(1, 2)
NAMES = ("relu", "leaky relu", "x-1", "none at all")
ENGLISH, RUSSIAN = "abcd", "абвг"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3", Fraction(3)),
        (" +3 ", Fraction(3)),
        ("-3", Fraction(-3)),
        ("−3", Fraction(-3)),
        ("–0,5", -HALF),
        ("0.5", HALF),
        ("0,5", HALF),
        (".5", HALF),
        (",5", HALF),
        ("1/2", HALF),
        ("-1 / 2", -HALF),
        ("1⁄2", HALF),
        ("0,5/2", Fraction(1, 4)),
        ("1 1/2", Fraction(3, 2)),
        ("-1 1/2", Fraction(-3, 2)),
        ("2e-3", Fraction(1, 500)),
        ("1,5E2", Fraction(150)),
        ("2·10^-3", Fraction(1, 500)),
        ("2*10**-3", Fraction(1, 500)),
        ("2 × 10^(-3)", Fraction(1, 500)),
        ("2·10⁻³", Fraction(1, 500)),
        ("10^3", Fraction(1000)),
        ("1 000", Fraction(1000)),
        ("12\u00a0000\u202f000,5", Fraction(24_000_001, 2)),
        ("1,234", Fraction(1234, 1000)),
        ("\u200e0.5\u200f", HALF),
        ("007", Fraction(7)),
    ],
)
def test_a_number(typed: str, value: Fraction) -> None:
    found = read_number(typed)
    assert isinstance(found, Fraction)
    assert found == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("107.", 107), ("w=1.4", "7/5"), ("w_1 = -3", -3), ("(107)", 107), ("½", "1/2"), ("1½", "3/2"), ("-2 ¾", "-11/4"),
     ("0.748.", "0.748"), ("1/4.", "1/4"), ("w = 1,4.", "7/5"), ("[107]", 107), ("n = (-3)", -3),
     ("≈0.748", "0.748"), ("≈ 0,748", "0.748"), ("0.748 315", "0.748315"),
     ("7.48x10^-1", "0.748"), ("7,48 х 10⁻¹", "0.748"), ("1.4000000000000001", "1.4"), ("0.30000000000000004", "0.3"),
     ("-1234.5000000000002", "-1234.5"), ("0.12345678901234", "0.12345678901234")],
)  # fmt: skip
def test_numbers_as_people_and_programs_write_them(text: str, value: int | str) -> None:
    assert read_number(text) == Fraction(value)


@pytest.mark.parametrize("text", ["1; (-2)", "(1); (-2)", "(1; (-2))", "[1]; -2", "1.; -2.0."])
def test_a_number_of_a_list_may_stand_in_brackets(text: str) -> None:
    assert read_numbers(text) == (1, -2)


@pytest.mark.parametrize("text", ["1; (2; 3)", "1; 2)", "(1 2) (3 4)", "1; (2", "1; ((-2))"])
def test_brackets_in_a_list_hold_one_number(text: str) -> None:
    with pytest.raises(ResponseError):
        read_numbers(text)


def test_several_ways_in_one_list() -> None:
    assert read_numbers("w1 = 1; w2 = ½; 3.") == (1, Fraction(1, 2), 3)


@pytest.mark.parametrize("text", ["b and d", "b, d", "b & d", "b и d"])
def test_options_may_be_joined_by_a_word(text: str) -> None:
    assert read_options(text, "abcd", ["p", "q", "r", "s"]) == (1, 3)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "?",
        "x",
        "nan",
        "inf",
        "1/0",
        "1..2",
        "1,234.5",
        "1.000.000",
        "1,2,3",
        "50%",
        "1 2",
        "10 00",
        "1 3/2",
        "1 000 00",
        "1;2",
        "--3",
        "+-3",
        "1e",
        "2e-300",
        "10^999",
        "0x10",
        "1_000",
        "٣",
        "9**9**9**9",
        "1/-2",
        "True",
        "1" * 41,
    ],
)
def test_not_a_number(typed: str) -> None:
    with pytest.raises(ResponseError) as caught:
        read_number(typed)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("1; 2; 3", (1, 2, 3)),
        ("1;2;3;", (1, 2, 3)),
        ("(1; 2)", (1, 2)),
        ("[1 2]", (1, 2)),
        ("1 2\n3\t4", (1, 2, 3, 4)),
        ("1, 2, 3", (1, 2, 3)),
        ("1 , 2 ,3", (1, 2, 3)),
        ("0,5; 1,5", (HALF, Fraction(3, 2))),
        ("0,5 1,5", (HALF, Fraction(3, 2))),
        ("0,5, 1,5", (HALF, Fraction(3, 2))),
        ("[0,5 1,5]", (HALF, Fraction(3, 2))),
        ("[0,5; 1,5]", (HALF, Fraction(3, 2))),
        ("0,5", (HALF,)),
        ("[1,2,3]", (1, 2, 3)),
        ("[1,5]", (1, 5)),
        ("[1, 2, 3]", (1, 2, 3)),
        ("1.5,2.5", (Fraction(3, 2), Fraction(5, 2))),
        ("(1.5,2.5)", (Fraction(3, 2), Fraction(5, 2))),
        ("1,-2", (1, -2)),
        ("1/2 1/3", (HALF, Fraction(1, 3))),
        ("1 1/2; 12 000", (Fraction(3, 2), 12_000)),
        ("1 1/2", (1, HALF)),
        ("2 * 10^-3, 1", (Fraction(1, 500), 1)),
        ("2*10^(-3); 1", (Fraction(1, 500), 1)),
        ("−1; −2", (-1, -2)),
    ],
)
def test_numbers(typed: str, values: tuple[Any, ...]) -> None:
    assert read_numbers(typed) == values


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "()",
        "[]",
        ";",
        "1;;2",
        "1; x",
        "1/0; 1",
        "1,2,3",
        "0,5,1,5",
        "(1,5)",
        "[1, 2,5]",
        "1,-2,3",
        "1, 2,",
        "(1; 2",
        "((1; 2))",
        "1 - 2",
        "(1)(2)",
        "1,234.5",
        "(" * 50,
        "1 nan",
    ],
)
def test_not_numbers(typed: str) -> None:
    with pytest.raises(ResponseError) as caught:
        read_numbers(typed)
    assert "\n" not in str(caught.value)


SQUARE = ((1, 2), (3, 4))


@pytest.mark.parametrize(
    ("typed", "table"),
    [
        ("1 2; 3 4", SQUARE),
        ("1 2;3 4;", SQUARE),
        ("(1 2; 3 4)", SQUARE),
        ("[1, 2; 3, 4]", SQUARE),
        ("1 2\n3 4", SQUARE),
        ("1 2\r\n\r\n3 4\r\n", SQUARE),
        ("1; 2\n3; 4", SQUARE),
        ("1 2;\n3 4;", SQUARE),
        ("1, 2,\n3, 4", SQUARE),
        ("[[1,2],[3,4]]", SQUARE),
        ("[[1, 2],\n [3, 4]]", SQUARE),
        ("((1; 2); (3; 4))", SQUARE),
        ("[1 2] [3 4]", SQUARE),
        ("1 2", ((1, 2),)),
        ("[1,2]", ((1, 2),)),
        ("1; 2", ((1,), (2,))),
        ("5", ((5,),)),
        ("0,5 1; -1/2 2", ((HALF, 1), (-HALF, 2))),
        ("[[0.5, 1.5]]", ((HALF, Fraction(3, 2)),)),
    ],
)
def test_a_matrix(typed: str, table: tuple[tuple[Any, ...], ...]) -> None:
    assert read_matrix(typed) == table


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "1 2; 3",
        "1 2; x 3",
        "[[1,2],[3]]",
        "[[1,2],[3,4]",
        "[[1,2] x [3,4]]",
        "[[[1,2]]",
        "[[]]",
        "1 2;; 3 4",
        "(" * 50,
    ],
)
def test_not_a_matrix(typed: str) -> None:
    with pytest.raises(ResponseError) as caught:
        read_matrix(typed)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "labels", "places"),
    [
        ("b", ENGLISH, (1,)),
        (" B) ", ENGLISH, (1,)),
        ("(b)", ENGLISH, (1,)),
        ("d, a", ENGLISH, (0, 3)),
        ("a) c)", ENGLISH, (0, 2)),
        ("acd", ENGLISH, (0, 2, 3)),
        ("а, b", ENGLISH, (0, 1)),  # a Cyrillic а
        ("б", RUSSIAN, (1,)),
        ("АВ", RUSSIAN, (0, 2)),
        ("абв", RUSSIAN, (0, 1, 2)),
        ("a; г", RUSSIAN, (0, 3)),  # a Latin a
        ("Leaky  ReLU", ENGLISH, (1,)),
        ("relu, x-1", ENGLISH, (0, 2)),
        ("the first one", ENGLISH, (0,)),
        ("none at all", ENGLISH, (3,)),
        ("-", ENGLISH, ()),
        ("нет", RUSSIAN, ()),
    ],
)
def test_options(typed: str, labels: str, places: tuple[int, ...]) -> None:
    assert read_options(typed, labels, NAMES, ("The first one", "", "", "")) == places


@pytest.mark.parametrize("typed", ["", "?", "zz", "e", "aa", "a b a", "б", "a relu", "1", "(" * 50])
def test_not_options(typed: str) -> None:
    with pytest.raises(ResponseError) as caught:
        read_options(typed, ENGLISH, NAMES)
    assert "\n" not in str(caught.value)


def test_letters_of_the_other_alphabet_are_not_guessed() -> None:
    for typed in ("с", "В", "е"):  # Cyrillic
        with pytest.raises(ResponseError):
            read_options(typed, "abcde", ())


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("b a c", ENGLISH),
        ("bac", ENGLISH),
        ("b, a, c", ENGLISH),
        ("1-b 2-a 3-c", ENGLISH),
        ("3-c, 1-b, 2-a", ENGLISH),
        ("1 - b; 2 — a; 3 → c", ENGLISH),
        ("1) b 2) a 3) c", ENGLISH),
        ("1b 2a 3c", ENGLISH),
        ("1b2a3c", ENGLISH),
        ("1: B\n2: A\n3: C", ENGLISH),
        ("1-leaky 2-relu 3-x-1", ENGLISH),
        ("leaky relu x-1", ENGLISH),
        ("1-б 2-а 3-в", RUSSIAN),
        ("1б2а3в", RUSSIAN),
        ("бав", RUSSIAN),
    ],
)
def test_matching(typed: str, labels: str) -> None:
    assert read_matching(typed, 3, labels, ("relu", "leaky", "x-1", "h2")) == (1, 0, 2)


def test_matching_may_repeat_an_option() -> None:
    assert read_matching("a a b", 3, ENGLISH, ()) == (0, 0, 1)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "?",
        "b a",
        "b a c d",
        "1-b 2-a",
        "1-b 1-a 3-c",
        "1-b 2-a 4-c",
        "0-a 1-b 2-c",
        "1-b 2-a 3-z",
        "1 2 3",
        "1- 2- 3-",
        "b a z",
        "1b2a3z",
        "1ba2c",
        "(" * 50,
        "99999999999-a",
    ],
)
def test_not_matching(typed: str) -> None:
    with pytest.raises(ResponseError) as caught:
        read_matching(typed, 3, ENGLISH, ())
    assert "\n" not in str(caught.value)


def test_a_formula() -> None:
    assert read_formula("y = 2x_1 + xy", ("x1", "x", "y")) == Formula("2*x1 + x*y")
    assert read_formula("f(x) = 2x", ("x",)) == Formula("2*x")
    assert read_formula("2x", ("x",)) == Formula("2x")
    for typed in ("2 = 3", "x = y = 2", "2x +", "", "y =", "import os"):
        with pytest.raises(ResponseError):
            read_formula(typed, ("x", "y"))


READERS: list[Callable[[str], object]] = [
    read_number,
    read_numbers,
    read_matrix,
    lambda text: read_formula(text, ("x", "y")),
    lambda text: read_options(text, ENGLISH, NAMES),
    lambda text: read_matching(text, 3, RUSSIAN, NAMES),
]


@pytest.mark.parametrize(
    "hostile",
    [
        "__import__('os').system('x')",
        "9**9**9**9",
        "(" * 10_000,
        "[" * MAX_LENGTH,
        "[]" * (MAX_LENGTH // 2),
        "1" * 10_000_000,
        "1 " * (MAX_LENGTH // 2) + "x",
        " " * (MAX_LENGTH - 1) + "x",
        "1" + " " * (MAX_LENGTH - 2) + "x",
        "1" * MAX_LENGTH,
        "1," * (MAX_LENGTH // 2),
        "1-" * (MAX_LENGTH // 2),
        "1 000 " * 600 + "x",
        "{0.__class__}",
        "\0",
        "1\0; 2",
        "\u202e1\u202c ?",
        "=cmd|' /C calc'!A0",
        "٣٤",
        "¹",
        "\ud800",
    ],
)
def test_hostile_text_is_refused_quickly(hostile: str) -> None:
    for reader in READERS:
        start = time.process_time()
        with pytest.raises(ResponseError) as caught:
            reader(hostile)
        assert time.process_time() - start < 0.5
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 300


@settings(max_examples=400, deadline=1000)
@given(st.text(max_size=80) | st.text("0123456789.,;/-+eE*^()[]{} \n\tабвabcx¹⁻=%→\u202e\u00a0", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for reader in READERS:
        with contextlib.suppress(ResponseError):
            reader(text)


FRACTIONS = st.fractions(-1000, 1000, max_denominator=1000)


@given(st.lists(st.lists(FRACTIONS, min_size=2, max_size=2), min_size=1, max_size=4), st.booleans())
def test_what_keys_print_reads_back(rows: list[list[Fraction]], typographic: bool) -> None:
    table = tuple(map(tuple, rows))
    dash = (lambda text: text.replace("-", "−")) if typographic else str
    assert read_matrix(dash("; ".join(" ".join(map(str, row)) for row in rows))) == table
    if len(rows) > 1:
        assert read_matrix(dash("\n".join("; ".join(map(str, row)) for row in rows))) == table
    assert read_numbers(dash("; ".join(map(str, rows[0])))) == table[0]
    assert read_numbers(dash("(" + ", ".join(map(str, rows[0])) + ")")) == table[0]
    assert read_number(dash(str(rows[0][0]))) == table[0][0]
