"""Computation graph: derivatives by small differences, paths by powers of the adjacency matrix, a case by pencil."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from conftest import differing

from listok.answerkeys.marking.grading import Response, mark_problem
from listok.generators.backprop.computation_graph import EXERCISE, Params
from listok.generators.exact import Fraction
from listok.generators.formulas import Formula, children, equivalent, evaluate
from listok.generators.toolkit.graphs import Node, edges_of
from listok.generators.values import BadParams

TINY = Fraction(1, 10**9)
BOOK = (
    Node("square", ("x",), (1,)),
    Node("product", ("x", "y"), (1,)),
    Node("sum", ("x", "y"), (1, 1)),
    Node("sum", ("v1", "v2"), (1, 1)),
    Node("square", ("v3",), (1,)),
    Node("sum", ("v4", "v5"), (1, 1)),
)

LINE = (Node("sum", ("x", "y"), (3, -2)), Node("sum", ("v1", "x"), (5, 1)))
"""16 x - 10 y: both derivatives are numbers."""

CANCELLING = (Node("product", ("x", "y"), (1,)), Node("product", ("x", "y"), (-1,)), Node("sum", ("v1", "v2"), (1, 1)))
"""x y - x y: both derivatives are 0 everywhere."""


def slope(f: Formula, x: Fraction, y: Fraction, dx: int, dy: int) -> float:
    after = evaluate(f, {"x": x + dx * TINY, "y": y + dy * TINY})
    before = evaluate(f, {"x": x - dx * TINY, "y": y - dy * TINY})
    return float((after - before) / (2 * TINY))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_derivatives_are_slopes_of_the_printed_formula(level: int) -> None:
    for seed in range(25):
        variant = EXERCISE.variant(seed, level)
        p, s = variant.params, variant.solution
        for x, y in ((Fraction(p.x), Fraction(p.y)), (Fraction(3, 2), Fraction(-2)), (Fraction(-1, 3), Fraction(5))):
            at = {"x": x, "y": y}
            assert float(evaluate(s.dx, at)) == pytest.approx(slope(p.f, x, y, 1, 0), abs=1e-6)
            assert float(evaluate(s.dy, at)) == pytest.approx(slope(p.f, x, y, 0, 1), abs=1e-6)
        assert s.gradient == tuple(evaluate(d, {"x": p.x, "y": p.y}) for d in (s.dx, s.dy))
        assert s.values[-1] == evaluate(p.f, {"x": p.x, "y": p.y})


@pytest.mark.parametrize("level", [1, 2, 3])
def test_paths_are_counted_by_powers_of_the_adjacency_matrix(level: int) -> None:
    for seed in range(25):
        variant = EXERCISE.variant(seed, level)
        names = variant.params.names
        size = len(names)
        adjacency = np.zeros((size, size), dtype=int)
        for edge in edges_of(variant.params.named):
            adjacency[names.index(edge.source), names.index(edge.target)] += 1
        ways = np.sum([np.linalg.matrix_power(adjacency, length) for length in range(1, size)], axis=0)
        assert list(variant.solution.paths) == ways[:2, -1].tolist()


def test_a_case_by_pencil() -> None:
    variant = EXERCISE.with_params(Params(BOOK, 3, -1)).verify()
    s = variant.solution
    assert (s.dx, s.dy) == (Formula("4x + 3y"), Formula("3x + 2y"))
    assert s.paths == (3, 2)
    assert s.values == (3, -1, 9, -3, 2, 6, 4, 10)
    assert [route.value for route in s.x_routes] == [6, -1, 4]
    assert variant.mistakes["doubled_square"]["paths"] == (5, 3)
    assert variant.mistakes["square_without_two"]["gradient"] == (3 - 1 + 2, 3 + 2)


SUM_OF_LETTERS = ("sum", ("x", "y"), (1, 1))


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        ((("square", ("x",), (1,)), ("cube", ("v1",), (1,))), "there are sum, product, square"),
        ((("square", ("x",), (1,)), ("product", ("x", "y"), (1,))), "must be used"),
        ((("sum", ("x", "v2"), (1, 1)), ("sum", ("v1", "y"), (1, 1))), "not x, y or an earlier node"),
        ((("product", ("x", "x"), (1,)), ("product", ("x", "y"), (1,))), "inputs must not hold anything twice"),
        ((("product", ("x",), (1,)), ("product", ("x", "y"), (1,))), "takes 2 different inputs"),
        ((("sum", ("x", "y"), (1,)), ("square", ("v1",), (1,))), "a sum has two factors"),
        ((SUM_OF_LETTERS, ("square", ("v1",), (0,))), "factors must not hold a 0"),
        ((SUM_OF_LETTERS, ("square", ("v1",), (100,))), "factors must lie between -99 and 99"),
        ((SUM_OF_LETTERS, *(("square", (f"v{i}",), (1,)) for i in range(1, 6))), "degree is over 8"),
        ((SUM_OF_LETTERS,), "nodes must hold 2 to 10 items"),
    ],
)
def test_bad_graphs_are_refused_with_the_reason(nodes: Sequence[Any], reason: str) -> None:
    with pytest.raises(BadParams, match=reason):
        Params(tuple(Node(*node) for node in nodes), 1, 1)


def test_the_oracle_agrees_where_the_numbers_are_degenerate() -> None:
    for point in ((2, -2), (0, 0), (100, -100)):
        assert differing(EXERCISE, Params(BOOK, *point)) == []
    assert differing(EXERCISE, Params(LINE, 1, 1)) == []


@pytest.mark.parametrize(
    ("nodes", "point", "gradient", "reason"),
    [
        (BOOK, (2, -2), (2, 2), "contributes nothing"),
        (BOOK, (3, -4), (0, 1), "a partial derivative is zero"),
        (BOOK, (100, 100), (700, 500), "too large"),
        (CANCELLING, (2, 3), (0, 0), "cancel"),
        (LINE, (1, 1), (16, -10), "does not depend on both"),
    ],
)
def test_dull_points_are_taken_with_the_reason(
    nodes: tuple[Node, ...], point: tuple[int, int], gradient: tuple[int, int], reason: str
) -> None:
    variant = EXERCISE.with_params(Params(nodes, *point)).verify()
    assert variant.solution.gradient == gradient
    assert reason in str(variant.dull)


def test_a_wrong_derivative_is_carried_into_the_gradient() -> None:
    """f = xy (x + y) at (2, 3): a student who loses a path in df/dx and goes on rightly."""
    nodes = (Node("product", ("x", "y"), (1,)), Node("sum", ("x", "y"), (1, 1)), Node("product", ("v1", "v2"), (1,)))
    variant = EXERCISE.with_params(Params(nodes, 2, 3))
    typed = {"dx": "2xy", "dy": "x^2 + 2xy", "gradient": "12; 16"}  # df/dx = 2xy + y^2 is 21 there
    points = {part: Fraction(1) for part in typed}
    marks = mark_problem(variant, points, {part: Response(text) for part, text in typed.items()})
    assert [mark.outcome for mark in marks] == ["wrong", "right", "carried"]
    marks = mark_problem(variant, points, {part: Response(text) for part, text in (typed | {"dx": ""}).items()})
    assert [mark.outcome for mark in marks] == ["missing", "right", "partial"]


def test_a_bad_node_is_named_by_its_place() -> None:
    good = {"operation": "sum", "inputs": ["x", "y"], "factors": [1, 1]}
    cube = {"operation": "cube", "inputs": ["v1"], "factors": [1]}
    with pytest.raises(BadParams, match=r"'cube'.* in nodes\[1\]"):
        EXERCISE.variant(0).changed({"nodes": [good, cube]})


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_derivative_with_its_quantities_written_out_has_a_term_for_each_path(level: int) -> None:
    for seed in range(40):
        variant = EXERCISE.variant(seed, level)
        p, s = variant.params, variant.solution
        for between, derivative, count in zip((p.x_substituted, p.y_substituted), (s.dx, s.dy), s.paths, strict=True):
            assert set(between.variables) <= {"x", "y"}
            assert len(children(between.tree)) == count
            assert equivalent(between, derivative)
