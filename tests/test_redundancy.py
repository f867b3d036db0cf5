"""Both networks run at many points in floats; twins, by brute force, as neurons whose answers stay proportional."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from listok.generators.perceptrons.redundancy import EXERCISE, FALSE, TRUE, Params, Solution
from listok.generators.values import BadParams


def answers(p: Params, points: Any) -> Any:
    """What each hidden neuron gives at each point."""
    rows = np.array([[float(w) for w in row] for row in p.hidden])
    return np.maximum(0, points @ rows.T)


def some_points(p: Params, count: int = 400) -> Any:
    rng = np.random.default_rng(len(p.hidden))
    return np.column_stack([np.ones(count), rng.normal(scale=20, size=(count, len(p.x)))])


@pytest.mark.parametrize("level", [1, 2, 3])
def test_small_network_is_the_same_function(level: int) -> None:
    for seed in range(25):
        variant = EXERCISE.variant(seed, level).verify()
        p, s = variant.params, variant.solution
        h = answers(p, some_points(p))
        before = float(p.output[0]) + h @ np.array([float(v) for v in p.output[1:]])
        kept = [unit.j - 1 for unit in s.kept]
        after = float(s.merged[0]) + h[:, kept] @ np.array([float(v) for v in s.merged[1:]])
        assert before == pytest.approx(after)
        assert s.same == s.original


@pytest.mark.parametrize("level", [1, 2, 3])
def test_dead_and_twins_are_found_by_what_neurons_give(level: int) -> None:
    for seed in range(25):
        variant = EXERCISE.variant(seed, level)
        p, s = variant.params, variant.solution
        h = answers(p, some_points(p))
        dead = {j for j in range(len(p.hidden)) if np.ptp(h[:, j]) == 0 or p.output[1 + j] == 0}
        assert set(s.dead) == {f"h{j + 1}" for j in dead}
        first = [*range(len(p.hidden))]
        for i, j in combinations([j for j in first if j not in dead], 2):
            if np.linalg.matrix_rank(h[:, [i, j]], tol=1e-6) == 1:
                first[j] = min(first[j], first[i])
        assert s.twins == tuple(i + 1 for i in first)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_traps_are_set(level: int) -> None:
    """At every level a neuron differs from another by its constant alone; later there are multiples, and opposites."""
    for seed in range(15):
        s: Solution = EXERCISE.variant(seed, level).solution
        mistakes = EXERCISE.variant(seed, level).mistakes
        assert "twins" in mistakes["same_weights"]
        assert bool(mistakes["copies_only"]) == (level > 1) == any(pair.factor != 1 for pair in s.pairs)
        assert bool(mistakes["opposite"]) == (level == 3)


EXAMPLE: dict[str, Any] = {
    "hidden": [[1, 2, -1], [2, 4, -2], [1, 2, 0], [-3, 0, 0], [4, 0, 0], [5, 5, 5], [-1, -2, 1]],
    "output": [10, 3, -1, 2, 7, -2, 0, 1],
    "x": [1, 1],
}


def test_by_pencil() -> None:
    variant = EXERCISE.variant(0, 1).changed(EXAMPLE).verify()
    s = variant.solution
    assert s.dead == ("h4", "h5", "h6")
    assert s.twins == (1, 1, 3, 4, 5, 6, 7)
    assert list(s.merged) == [10 - 2 * 4, 3 - 2 * 1, 2, 1]
    assert s.parameters == (7 * 3 + 8, 3 * 3 + 4)
    assert s.original == s.same == 2 + 1 * 2 + 2 * 3
    wrong = variant.mistakes
    assert wrong["not_summed"] == {"merged": (2, 3, 2, 1), "same": 2 + 3 * 2 + 2 * 3}
    assert wrong["averaged"]["merged"] == (2, 1, 2, 1)  # the mean of 3 and -1 happens to be right
    assert ("averaged", "merged") in variant.blind_mistakes
    assert wrong["without_factor"]["merged"] == (2, 2, 2, 1)
    assert wrong["constant_lost"]["merged"] == (10, 1, 2, 1)
    assert wrong["constant_unbent"]["merged"] == (2 - 21, 1, 2, 1)
    assert wrong["opposite"]["twins"] == (1, 1, 3, 4, 5, 6, 1)
    assert wrong["no_constants"] == {"parameters": (7 * 2 + 7, 3 * 2 + 3)}
    assert wrong["dead_stay"] == {"parameters": (29, 6 * 3 + 7)}
    assert wrong["twins_stay"] == {"parameters": (29, 4 * 3 + 5)}
    assert wrong["no_relu"] == {"same": 2 + 1 * 2 + 2 * 3 - 2}


def test_the_value_follows_from_a_students_own_weights() -> None:
    variant = EXERCISE.variant(0, 1).changed(EXAMPLE)
    assert variant.carried("same", {"merged": (0, 1, 1, 1)}) == 0 + 2 + 3
    assert variant.carried("same", {"merged": (0, 1)}) is None


def test_statements_come_from_both_sides() -> None:
    assert len(TRUE) >= 8 <= len(FALSE)
    for level in (1, 2, 3):
        p = EXERCISE.variant(1, level).params
        assert set(p.statements) & set(TRUE)
        assert set(p.statements) & set(FALSE)


def relu(z: Any) -> Any:
    return np.maximum(0, z)


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def test_statements_hold_or_fail_in_numbers() -> None:
    """Networks of a few neurons, as rows (constant, weights of inputs, weight in y); the data lie at x1 < 0."""
    rng = np.random.default_rng(7)
    data = np.column_stack([np.ones(50), -1 - rng.random(50), rng.normal(size=50)])
    far = np.array([[1.0, 5.0, 0.0]])
    targets = rng.normal(size=50)

    def given(rows: Any, points: Any = data, bend: Any = relu) -> Any:
        rows = np.array(rows, dtype=float)
        return bend(points @ rows[:, :3].T) @ rows[:, 3]

    def loss(rows: Any) -> float:
        return float(np.mean((given(rows) - targets) ** 2))

    def gradient(rows: Any, neuron: int) -> Any:
        """By differences: with respect to the constant and the weights of inputs of a neuron, then its outgoing one."""
        change = np.zeros((4, *np.shape(rows)))
        change[range(4), neuron, range(4)] = 1e-6
        return np.array([(loss(rows + step) - loss(rows - step)) / 2e-6 for step in change])

    silent, other, cut = (-0.5, 1, 0, 3), (1, -2, 1, 2), (1, -2, 1, 0)
    bends = (relu, sigmoid, np.tanh)
    holds = {
        "silent_on_data": loss([silent, other]) == loss([(*silent[:3], 100), other]),
        "no_gradient": not gradient([cut, other], 0)[:3].any() and gradient([cut, other], 0)[3] != 0,
        "zero_out": all(np.allclose(given([cut, other], bend=f), given([other], bend=f)) for f in bends),
        "sum_outgoing": np.allclose(given([other, other]), given([(*other[:3], 4)])),
        "average": np.allclose(given([other, other]), given([other])),
        "rescaling": np.allclose(given([other]), given([(10, -20, 10, 0.2)])),
        "sigmoid_rescaling": np.allclose(given([other], bend=sigmoid), given([(10, -20, 10, 0.2)], bend=sigmoid)),
        "tanh_opposite": np.allclose(
            given([other, (-1, 2, -1, 5)], bend=np.tanh), given([(1, -2, 1, 2 - 5)], bend=np.tanh)
        ),
        "silent_everywhere": (given([silent, other], far) == given([other], far)).all(),
        "wakes_up": gradient([silent, other], 0).any(),
        "unique_weights": not np.allclose(given([other]), given([(2, -4, 2, 1)])),
        "cross_out": not given([(2, 0, 0, 3)]).any(),
        "sigmoid_zero": not given([(0, 0, 0, 3)], bend=sigmoid).any(),
    }
    assert {name: bool(held) for name, held in holds.items()} == {name: name in TRUE for name in holds}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"output": [1, 2, 3]}, "needs a constant and"),
        ({"x": [1]}, "x must hold 2 numbers"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadParams, match=reason):
        EXERCISE.variant(0, 1).changed(EXAMPLE).changed(changes)


def test_no_twins_no_dead_is_dull() -> None:
    changes: dict[str, Any] = {"hidden": [[1, 2, -1], [2, 4, 1]], "output": [1, 2, 3], "x": [1, 1]}
    variant = EXERCISE.variant(0, 1).changed(changes).verify()
    assert variant.dull == "no neuron is dead"
    assert variant.solution.merged == variant.params.output
