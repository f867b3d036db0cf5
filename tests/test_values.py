"""Numbers on their way to JSON and back, and when two of them agree."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from conftest import python
from hypothesis import given
from hypothesis import strategies as st

from listok.generators.exact import Fraction
from listok.generators.figures import Label, Scene
from listok.generators.formulas import Formula
from listok.generators.oracles import at, disagreements, paths_of
from listok.generators.values import (
    RELATIVE,
    BadParams,
    agree,
    answer_json,
    fingerprint,
    fraction,
    from_json,
    leaves,
    to_json,
)


@dataclass(frozen=True)
class Inner:
    name: str
    rate: Fraction


@dataclass(frozen=True)
class Outer:
    count: int
    flag: bool
    size: float
    matrix: tuple[tuple[int, ...], ...]
    line: Formula
    inner: tuple[Inner, ...]
    maybe: Fraction | None = None


VALUE = Outer(3, True, 0.1, ((1, 2), (3, 4)), Formula("2*x + 1"), (Inner("ё", Fraction(1, 3)),), Fraction(-2))
DIGEST = "6ae06c29db2a7e828ac17add46afe8edb5ae5f5cfec9025284367cba2209a7b1"


def test_json_holds_fractions_and_formulas_as_text() -> None:
    data = json.loads(json.dumps(to_json(VALUE)))
    assert data["inner"] == [{"name": "ё", "rate": "1/3"}]
    assert data["line"] == "2*x + 1"
    assert data["matrix"] == [[1, 2], [3, 4]]
    assert from_json(Outer, data) == VALUE


FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.fractions().map(Fraction), st.integers(-(10**12), 10**12), FLOATS, st.text())
def test_json_round_trip(rate: Fraction, count: int, size: float, name: str) -> None:
    value = Outer(count, False, size, ((count,),), Formula("x"), (Inner(name, rate),))
    if any(len(part) > 40 for part in str(rate).strip("-").split("/")):
        return
    again = from_json(Outer, json.loads(json.dumps(to_json(value))))
    assert again == value
    assert fingerprint(again) == fingerprint(value)


BAD = [
    ({"count": "three"}, "count"),
    ({"count": 1.5}, "count"),
    ({"flag": 1}, "flag"),
    ({"matrix": [[1, "x"]]}, "matrix"),
    ({"matrix": 7}, "matrix"),
    ({"inner": [{"name": "a"}]}, "rate"),
    ({"inner": [{"name": "a", "rate": "1/0"}]}, "divides by zero"),
    ({"inner": [{"name": "a", "rate": "one"}]}, "expected a number"),
    ({"inner": [{"name": "a", "rate": True}]}, "true/false"),
    ({"line": 5}, "formula"),
]


def test_answers_leave_out_digits_that_vary_from_machine_to_machine() -> None:
    noisy = (0.1 + 0.2, (1 / 3, Fraction(1, 3)), {"a": 0.7 * 3}, "0.30000000000000004", True, 7)
    assert answer_json(noisy) == [0.3, [0.3333333333, "1/3"], {"a": 2.1}, "0.30000000000000004", True, 7]


@pytest.mark.parametrize(("change", "named"), BAD)
def test_bad_data_is_refused_in_one_line_naming_the_place(change: dict[str, Any], named: str) -> None:
    with pytest.raises(BadParams) as caught:
        from_json(Outer, to_json(VALUE) | change)
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [(3, Fraction(3)), ("1/2", Fraction(1, 2)), ("-0.25", Fraction(-1, 4)), (0.1, Fraction(1, 10)),
     (" 7 ", Fraction(7)),
     ("+2/4", Fraction(1, 2)), (1e-3, Fraction(1, 1000))],
)  # fmt: skip
def test_numbers_are_read_exactly(text: object, value: Fraction) -> None:
    assert fraction(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "x", "1/0", "1e9", "1,5", "0x10", "1/2/3", "9" * 41, float("nan"), float("inf"), True, None, [1], "٣/x"],
)
def test_what_is_no_number_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"expected a number|divides by zero"):
        fraction(text)


def test_fingerprints_are_pinned_and_the_same_in_another_process() -> None:
    assert fingerprint(VALUE) == DIGEST
    code = "from listok.generators.values import fingerprint; print(fingerprint((1, 'a', {'b': 1, 'a': 2})))"
    assert python("-c", code, hash_seed=1) == python("-c", code, hash_seed=77)


def test_fingerprints_tell_values_apart() -> None:
    values = [1, "1", (1,), ((1,),), (1, 2), (2, 1), Fraction(1, 2), 0.5]
    assert len({fingerprint(value) for value in values}) >= 7


@pytest.mark.parametrize(
    ("left", "right"),
    [(1, Fraction(1)), (0.1, Fraction(1, 10)), (1.0, 1 + RELATIVE / 2), ("a", "a"), (True, True),
     ((1, (2, 0.5)), (1, (2, Fraction(1, 2)))), (Formula("2*(x + 1)"), Formula("2*x + 2")),
     (Inner("a", Fraction(1)), Inner("a", Fraction(1))),
     (Scene(9.0, 9.0, (Label((1.0, 2.0), "x"),)), Scene(9.0, 9.0, (Label((1.0, 2.0 + RELATIVE / 2), "x"),)))],
)  # fmt: skip
def test_agreeing_values(left: Any, right: Any) -> None:
    assert agree(left, right)
    assert agree(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [(1, 2), (1, True), (0, False), (1.0, 1 + 1e-6), (Fraction(1, 3), Fraction(1, 3) + Fraction(1, 10**15)), ("1", 1),
     ((1, 2), (1,)), ((1, 2), (2, 1)), ((1,), 1), (Formula("x"), Formula("x + 1")), (Formula("x"), "x"),
     (Inner("a", Fraction(1)), Inner("b", Fraction(1))), (1.0, "1.0"), (float("nan"), float("nan")),
     (Scene(9.0, 9.0, (Label((1.0, 2.0), "x"),)), Scene(9.0, 9.0, (Label((1.0, 2.0), "y"),)))],
)  # fmt: skip
def test_differing_values(left: Any, right: Any) -> None:
    assert not agree(left, right)
    assert not agree(right, left)


def test_what_differs_is_named() -> None:
    other = Outer(3, False, 0.1, ((1, 2), (3, 5)), Formula("1 + 2*x"), VALUE.inner, Fraction(-2))
    assert disagreements(VALUE, by_path(other)) == ["flag", "matrix"]
    assert disagreements(VALUE, by_path(VALUE)) == []


def by_path(value: Outer) -> dict[str, Any]:
    """Every value inside, as an oracle gives it."""
    return {path: at(value, path) for path in paths_of(Outer)}


def test_leaves() -> None:
    assert leaves(((1, 2), (3, (4,)))) == [1, 2, 3, 4]
    assert leaves(5) == [5]
