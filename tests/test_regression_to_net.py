"""The network run arrow by arrow in floats, and the book's picture in letters."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy

from listok.generators.exact import Fraction
from listok.generators.formulas import evaluate
from listok.generators.perceptrons.regression_to_net import DEEP, EXERCISE, LUCKY, SOUND, Params
from listok.generators.values import BadParams


def run(p: Params, x: float, *, bend: bool) -> float:
    """All paths through the picture, a hidden neuron at a time."""
    def out(total: float) -> float:
        return max(0.0, total) if bend else total

    hidden = [out(float(b) + float(a) * x) for b, a in zip(p.constants, p.slopes, strict=True)]
    if p.middle:
        hidden = [out(sum(h * float(row[k]) for h, row in zip(hidden, p.middle, strict=True)))
                  for k in range(len(p.output))]  # fmt: skip
    return sum(h * float(w) for h, w in zip(hidden, p.output, strict=True))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_network_agrees_with_formula_line_and_repair(level: int) -> None:
    for seed in range(25):
        variant = EXERCISE.variant(seed, level).verify()
        p, s = variant.params, variant.solution
        xs = np.array([-7.0, 0.0, 2.5, 100.0])
        values = [run(p, x, bend=False) for x in xs]
        assert [float(evaluate(s.formula, {"x": Fraction(x)})) for x in xs] == pytest.approx(values)
        assert np.polyfit(xs, values, 1)[::-1] == pytest.approx([float(g) for g in s.collapsed])
        assert [run(p, float(x), bend=True) for x in p.xs] == pytest.approx([float(y) for y in s.repair])


def test_the_point_is_felt_in_the_numbers() -> None:
    """The points are on a line before ReLU, and never after it."""
    for seed, level in product(range(40), (1, 2, 3)):
        s = EXERCISE.variant(seed, level).solution
        assert len(set(np.diff(s.line))) == 1
        assert len(set(np.diff(s.repair))) > 1


def test_books_picture_in_letters() -> None:
    """y = (w1 w11 + w2 w12) + (w1 w21 + w2 w22) x, with the book's letters, at numbers of any kind."""
    w11, w12, w21, w22, w1, w2, x = sympy.symbols("w11 w12 w21 w22 w1 w2 x")
    y = sympy.Poly(sympy.expand(w1 * (w11 + w21 * x) + w2 * (w12 + w22 * x)), x)
    for numbers in ((3, -1, 2, 5, 4, -2), (1, 1, 1, 1, 1, 1), (0, 2, -5, 0, 3, 1)):
        values = dict(zip((w11, w12, w21, w22, w1, w2), numbers, strict=True))
        a, b, c, e, *output = map(Fraction, numbers)
        variant = EXERCISE.variant(0, 1).changed(
            {"constants": [str(a), str(b)], "slopes": [str(c), str(e)], "output": list(map(str, output))}
        ).verify()
        assert variant.solution.collapsed == tuple(int(y.coeff_monomial(x**n).subs(values)) for n in (0, 1))


def test_a_wrong_formula_is_carried_on() -> None:
    variant = EXERCISE.variant(0, 1)
    key = EXERCISE.parts["formula"]
    given = key.read("2(3 - x) + 5x", variant.asked("formula"))
    assert variant.carried("collapsed", {"formula": given}) == (6, 3)


def test_mistakes_by_pencil() -> None:
    changes: dict[str, Any] = {"constants": [4, 2], "slopes": [-3, 1], "output": [-2, -1], "xs": [0, 1, 2]}
    variant = EXERCISE.variant(0, 1).changed(changes)
    assert variant.solution.collapsed == (-10, 5)  # -8 + 6x - 2 - x
    assert variant.solution.repair == (-10, -5, -4)  # hidden (4, 2), (1, 3), (0, 4)
    wrong = variant.mistakes
    assert wrong["swapped_outputs"]["collapsed"] == (-8, 1)
    assert wrong["transposed"]["collapsed"] == (-5, -5)  # 4 + 2x and -3 + x
    assert wrong["lost_constants"]["collapsed"] == (0, 5)
    assert wrong["lost_outputs"] == {"collapsed": (6, -2), "repair": (6, 4, 4)}
    assert wrong["no_relu"] == {"repair": (-10, -5, 0)}
    assert wrong["relu_at_the_end"] == {"repair": (0, 0, 0)}


def test_wrong_reasons_get_cleverer() -> None:
    for level in (1, 2, 3):
        reasons = EXERCISE.variant(3, level).params.reasons
        assert [sum(name in kind for name in reasons) for kind in (SOUND, DEEP, LUCKY)] == [1, 1, level + 1]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"slopes": [1, 2, 3]}, "same hidden units"),
        ({"output": [1]}, "a weight for each of 2 hidden units"),
        ({"middle": [[1, 2]]}, "2 rows"),
        ({"xs": [0, 2, 1]}, "from left to right"),
        ({"reasons": ["too_few", "untrained"]}, "exactly one of"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadParams, match=reason):
        EXERCISE.variant(0, 1).changed(changes)


def test_dull_numbers_are_taken_with_the_reason() -> None:
    flat = EXERCISE.variant(0, 1).changed({"constants": [1, 2], "slopes": [1, 1], "output": [1, -1]}).verify()
    assert flat.dull == "the network is constant: x does not matter"
    on = EXERCISE.variant(0, 1).changed({"constants": [9, 8], "slopes": [1, 2], "output": [1, 1]}).verify()
    assert on.dull == "with ReLU the points still lie on one line"
