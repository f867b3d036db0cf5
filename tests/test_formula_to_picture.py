"""The formula on the sheet, computed by another library at many points, against the network that the key draws."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
import sympy

from listok.generators.exact import Fraction
from listok.generators.figures import Arrow
from listok.generators.perceptrons.formula_to_picture import EXERCISE, Params, tables
from listok.generators.values import BadParams

BOOK: dict[str, Any] = {"layers": [[[1, 3, 4], [7, 3, 2]], [[6, 4, 2]]], "x": [2, -2]}
"""max(0; 6 + 4 max(0; 1 + 3 x1 + 4 x2) + 2 max(0; 7 + 3 x1 + 2 x2))"""


def printed(p: Params) -> Any:
    """The formula of the stem as SymPy reads it from its text."""
    names = {f"x{i}": sympy.Symbol(f"x{i}") for i in range(1, 5)}
    terms = [term.weight * sympy.sympify(term.neuron.source, locals=names | {"max": sympy.Max}) for term in p.outer]
    return sympy.Max(0, sum(terms) + p.constant)


def run(layers: list[Any], x: Any) -> float:
    for layer in layers:
        rows = np.array([[float(w) for w in row] for row in layer])
        x = np.maximum(0, rows[:, 0] + rows[:, 1:] @ x)
    return float(x[0])


@pytest.mark.parametrize("level", [1, 2, 3])
def test_network_of_the_key_is_the_formula_of_the_stem(level: int) -> None:
    rng = np.random.default_rng(level)
    for seed in range(8):
        variant = EXERCISE.variant(seed, level).verify()
        p, s = variant.params, variant.solution
        layers, formula = tables(p, s.weights), printed(p)
        for x in (p.x, *rng.integers(-5, 6, (4, len(p.x))).tolist()):
            point = {f"x{i}": int(n) for i, n in enumerate(x, 1)}
            assert run(layers, np.array(x, dtype=float)) == pytest.approx(float(formula.subs(point)))
        assert run(layers, np.array(p.x, dtype=float)) == pytest.approx(float(s.value))
        assert s.count == sum(isinstance(item, Arrow) for item in p.net.items)


@pytest.mark.parametrize("level", [2, 3])
def test_hidden_neurons_are_taken_in_any_order(level: int) -> None:
    variant = EXERCISE.variant(5, level)
    key, asked, p = EXERCISE.parts["weights"], variant.asked("weights"), variant.params
    for order in permutations(range(3)):
        first = [p.layers[0][j] for j in order]
        second = [(row[0], *(row[1 + j] for j in order)) for row in p.layers[1]]
        rows = [*first, *second, *(row for layer in p.layers[2:] for row in layer)]
        typed = "; ".join(str(w) for row in rows for w in row)
        assert key.accepts(typed, asked).score == 1
        if order != (0, 1, 2):  # the rows alone, without the weights that lead out of them
            rows = [*first, *(row for layer in p.layers[1:] for row in layer)]
            assert key.accepts("; ".join(str(w) for row in rows for w in row), asked).score < 1


def test_books_numbers() -> None:
    variant = EXERCISE.variant(0, 1).changed(BOOK).verify()
    s = variant.solution
    assert list(s.weights) == [1, 3, 4, 7, 3, 2, 6, 4, 2]
    assert s.count == 9
    assert s.value == 6 + 4 * 0 + 2 * 9
    assert variant.dull is None
    key, asked = EXERCISE.parts["weights"], variant.asked("weights")
    assert key.accepts("7 3 2 1 3 4 6 2 4", asked).score == 1
    verdict = key.accepts("1 3 4 7 3 2 6 2 4", asked)
    assert (verdict.score, verdict.mistake) == (Fraction(2, 3), "outer_swapped")


def test_mistakes_by_pencil() -> None:
    wrong = EXERCISE.variant(0, 1).changed(BOOK).mistakes
    assert wrong["no_constants"] == {"count": 6, "value": 2 * 2}
    assert wrong["hidden_only"] == {"count": 6}
    assert wrong["outer_constant"] == {"count": 8}
    assert wrong["missing_drawn"] == wrong["drawn_twice"] == wrong["signs_lost"] == {}
    assert wrong["constant_last"] == {"weights": (3, 4, 1, 3, 2, 7, 4, 2, 6)}
    deep = [[[1, 2], [0, 3]], [[1, 1, 1], [0, 0, 2]], [[5, 1, 1]]]
    assert EXERCISE.variant(0, 1).changed({"layers": deep, "x": [1]}).solution.count == 3 + 4 + 3
    # drawn twice, the second neuron (one arrow into it) is there once more: 2 + 1 + 1 into the first layer
    assert EXERCISE.variant(0, 1).changed({"layers": deep, "x": [1]}).mistakes["drawn_twice"] == {"count": 4 + 4 + 3}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"layers": [[[1, 2], [3, 4]], [[1, 2, 3]]]}, "layer 1 needs"),
        ({"layers": [[[1, 2, 3], [3, 4, 5]], [[1, 2, 3], [1, 2, 3]]]}, "the last layer is the output"),
        ({"layers": [[[1, 2, 3], [3, 4, 5]], [[1, 2, 0]]]}, "no arrow leads out"),
    ],
)
def test_what_is_no_such_network_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadParams, match=reason):
        EXERCISE.variant(0, 1).changed(changes)
