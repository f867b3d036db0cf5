"""Least networks against straight lines tried out on points beside the borders, and layers that cannot be single."""

from __future__ import annotations

from itertools import combinations, pairwise, product
from typing import Any

import numpy as np
import pytest

from listok.generators.draw import Draw
from listok.generators.exact import Fraction
from listok.generators.perceptrons.minimal_nets import EXERCISE, Params, judged, net_works, network
from listok.generators.toolkit import planes
from listok.generators.toolkit.pictures import Picture, band, most, quadrants, stripes, triangle, wedge
from listok.generators.values import BadParams


def lines(*rows: tuple[int, int, int]) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(map(Fraction, row)) for row in rows)


def coloured(picture: Picture, points: Any) -> Any:
    table = np.array(picture.lines, dtype=float)
    inside = (points @ table[:, :2].T > table[:, 2]) == (np.array(picture.sides) > 0)
    return inside.sum(axis=1) % 2 if picture.odd else (inside.sum(axis=1) >= picture.least).astype(int)


def beside_borders(picture: Picture) -> Any:
    """Pairs of points, (pairs, 2 points, 2 coordinates), close to a border and at either side of it."""
    rng, pairs = np.random.default_rng(0), []
    for i, (a, b, c) in enumerate(np.array(picture.lines, dtype=float)):
        normal = np.array([a, b]) / np.hypot(a, b)
        along = np.array([-normal[1], normal[0]])
        foot = normal * c / np.hypot(a, b)
        others = [planes.crossing(*(planes.neuron_at(picture.lines[j], 1) for j in (i, k)))
                  for k in range(len(picture.lines)) if k != i]  # fmt: skip
        cuts = sorted(float(np.dot(np.array(x, dtype=float) - foot, along)) for x in others if x is not None)
        spots = [(cuts[0] if cuts else 0) - 3, (cuts[-1] if cuts else 0) + 3]
        spots += [x + (y - x) * t for x, y in pairwise(cuts) for t in (0.2, 0.8)]
        spots += [spots[0] - 2, spots[1] + 2]
        for spot in spots:
            pair = foot + along * spot + np.outer([1, -1] * rng.uniform(1e-3, 2e-3, 2), normal)  # no three in a line
            if len(set(coloured(picture, pair).tolist())) == 2:
                pairs.append(pair)
    return np.array(pairs)


@pytest.mark.parametrize("kind", [wedge, band, triangle, stripes, quadrants, most])
def test_fewer_lines_than_borders_leave_grey_and_white_together(kind: Any) -> None:
    for seed in range(6):
        picture = kind(Draw("test", seed), 1)
        pairs = beside_borders(picture)
        points = pairs.reshape(-1, 2)
        # Every way to cut these points in two by a line is that of a line through two of them, turned a little.
        cuts = set()
        for i, j in combinations(range(len(points)), 2):
            p, q = points[i], points[j]
            parted = (points[:, 0] - p[0]) * (q[1] - p[1]) - (points[:, 1] - p[1]) * (q[0] - p[0]) > 0
            for ends in product((False, True), repeat=2):
                parted[[i, j]] = ends
                cuts.add(sum(1 << k for k, (one, other) in enumerate(parted.reshape(-1, 2).tolist()) if one != other))
        everything = (1 << len(pairs)) - 1
        joined = {1: cuts, 2: {one | other for one, other in combinations(cuts, 2)}}
        joined[3] = {one | other for one in joined[2] for other in cuts}
        least = next(n for n in (1, 2, 3) if everything in joined[n])
        assert least == judged(1, picture).borders


def test_no_first_layer_lets_one_output_draw_quadrants() -> None:
    # Whatever further lines there are, four cells show it: two grey and two white ones with equal sums of answers.
    rng = np.random.default_rng(0)
    for seed in range(30):
        picture = quadrants(Draw("test", seed), 3)
        extra = rng.integers(-9, 10, (seed % 5, 3))
        extra = extra[(extra[:, 1:] != 0).any(axis=1)]
        neurons = np.vstack([np.array(picture.neurons, dtype=float), extra])
        pairs = beside_borders(picture)
        first = [pair for pair in pairs if len(set((pair @ neurons[0, 1:] + neurons[0, 0] > 0).tolist())) == 2]
        codes = np.array([neurons[:, 0] + pair @ neurons[:, 1:].T > 0 for pair in first], dtype=int)
        grey = np.array([coloured(picture, pair) for pair in first])
        jumps = (codes[:, 0] - codes[:, 1]) * (2 * grey[:, :1] - 1)  # towards grey
        assert any((jumps[i] == -jumps[j]).all() for i, j in combinations(range(len(jumps)), 2))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_networks_draw_their_pictures_and_mistakes_do_not(level: int) -> None:
    points = np.random.default_rng(level).uniform(-12, 12, (20_000, 2))
    for seed in range(25):
        variant = EXERCISE.variant(seed, level).verify()
        p, s = variant.params, variant.solution
        tries = [s.net, *(wrong["net"] for wrong in variant.mistakes.values() if "net" in wrong)]
        for numbers in tries:
            last = points
            for layer in planes.layers_of(numbers, s.sizes):
                w = np.array(layer, dtype=float)
                last = (w[:, 0] + last @ w[:, 1:].T > 0).astype(int)
            assert bool((last[:, 0] == coloured(p.model, points)).all()) == (net_works(p, numbers) == 1)
        for picture, count in zip(p.gallery, s.neurons, strict=True):
            built = network(picture)
            assert sum(map(len, built)) == count or count == 1
            assert set(planes.right_cells(picture.colours, picture.neurons, built)) == {1} or count == 1


def test_books_pictures() -> None:
    # A cluster surrounded by others, four stripes, and four columns that change colour at the horizontal axis.
    cluster = Picture(lines((0, 1, -1), (2, 1, 4), (-2, 1, 4)), (1, -1, -1), 3)
    columns = Picture(lines((1, 0, -2), (1, 0, 0), (1, 0, 2), (0, 1, 0)), (1, 1, 1, 1), 0)
    striped = Picture(lines((1, 0, -2), (1, 0, 0), (1, 0, 2)), (1, 1, 1), 0)
    variant = EXERCISE.with_params(Params((cluster, striped, columns), columns)).verify()
    assert variant.solution.neurons == (4, 4, 7)
    assert variant.solution.one_layer == ("picture1", "picture2")
    assert variant.solution.sizes == (4, 2, 1)


def test_what_has_no_answer_is_refused() -> None:
    crossing = Picture(lines((1, 0, 0), (0, 1, 0)), (1, 1), 2)
    for picture in (
        Picture(lines((1, 0, 0), (1, 0, 0)), (1, 1), 2),  # one line twice
        Picture(lines((1, 0, 0), (1, 0, 1)), (1, 1), 2),  # the first line is no border
        Picture(lines((1, 0, 0), (1, 0, 1)), (-1, 1), 2),  # nothing is grey
    ):
        with pytest.raises(BadParams, match="no border"):
            EXERCISE.with_params(Params((crossing, picture), crossing))
    with pytest.raises(BadParams, match="more than two directions"):
        Picture(lines((1, 0, 0), (0, 1, 0), (1, 1, 1)), (1, 1, 1), 0)
    with pytest.raises(BadParams, match="two lines at least"):
        Params((crossing, crossing), Picture(lines((1, 0, 0)), (1,), 1))
