"""Cells of the plane, and networks tried on all of them, against many points taken at random."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from listok.generators.exact import Fraction
from listok.generators.toolkit.linear import determinant, solved
from listok.generators.toolkit.planes import all_cells, answer, crossing, layers_of, middle, reach, right_cells


def rows(*lines: tuple[int, ...]) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(map(Fraction, line)) for line in lines)


@pytest.mark.parametrize("seed", range(20))
def test_every_cell_is_found_and_no_other(seed: int) -> None:
    random = Random(seed)
    lines = rows(*((random.randint(-9, 9), random.choice((-2, -1, 1, 2)), random.randint(-2, 2)) for _ in range(4)))
    found = all_cells(lines)
    far = 3 * float(reach(lines)) + 3
    points = np.random.default_rng(seed).uniform(-far, far, (20_000, 2))
    near = np.array([crossing(a, b) or (0, 0) for i, a in enumerate(lines) for b in lines[:i]], dtype=float)
    spread = np.random.default_rng(seed + 1).uniform(-0.05, 0.05, (2000, 1, 2))
    points = np.concatenate([points, (near + spread).reshape(-1, 2)])
    table = np.array(lines, dtype=float)
    codes = {tuple(map(int, code)) for code in table[:, 0] + points @ table[:, 1:].T > 0}
    assert codes <= set(found)
    for code, cell in found.items():  # small cells, which no random point may hit, prove themselves
        x, y = middle(cell)
        assert tuple(int(c + a * x + b * y > 0) for c, a, b in lines) == code


def test_a_network_is_right_in_a_cell_only_if_it_is_right_everywhere() -> None:
    lines = rows((-1, 1, 1), (1, -1, 1))
    colours = {code: int(code == (1, 1)) for code in all_cells(lines)}
    assert len(colours) == 4
    good = layers_of(rows((-1, 1, 1, 1, -1, 1, -3, 2, 2))[0], (2, 1))
    assert good == (rows((-1, 1, 1), (1, -1, 1)), rows((-3, 2, 2)))
    assert right_cells(colours, lines, good) == (1, 1, 1, 1)
    moved = layers_of((Fraction(-101, 100), *good[0][0][1:], *good[0][1], *good[1][0]), (2, 1))
    assert sum(right_cells(colours, lines, moved)) == 3  # a thin strip of one cell is wrong
    nothing = layers_of((Fraction(0),) * 9, (2, 1))
    assert sum(right_cells(colours, lines, nothing)) == 3
    assert answer(good, (0, 3)) == 1
    assert answer(good, (3, 0)) == 0


def test_linear_systems_are_solved_exactly() -> None:
    a = rows((2, 1, 0), (1, -1, 3), (0, 4, 1))
    assert determinant(a) == round(np.linalg.det(np.array(a, dtype=float)))
    x = solved(a, (1, 2, 3))
    assert x is not None
    assert [sum(w * v for w, v in zip(row, x, strict=True)) for row in a] == [1, 2, 3]
    assert solved(rows((1, 2), (2, 4)), (1, 2)) is None
