"""Take a linear layer backwards: shapes, the right product of matrices, derivatives by inputs, weights and biases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from listok.generators.answers import Choice, Matrix, Number, Open, Vector
from listok.generators.bounds import Checked, OneOf, Positive, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, Fraction, Row, Rows
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit.layers import linear_d_bias, linear_d_input, linear_d_weights
from listok.generators.toolkit.linear import entrywise, transposed
from listok.generators.values import Value

Grid: TypeAlias = Annotated[Rows, Size(1, 6, each=(1, 6)), Within(-1000, 1000, finest=1000)]

PRODUCTS = ("dz_wt", "dz_w", "wt_dz", "xt_dz", "dzt_x", "placewise")
"""dZ W^T, dZ W, W^T dZ, X^T dZ, dZ^T X, and the product of what stands in the same place."""


@dataclass(frozen=True)
class Params(Checked):
    """Inputs X (n by k); weights W (k by m, or m by k where they are `turned`, Z = X W^T + b); `upstream`, dL/dZ (n by
    m); which derivative's formula is `asked` for, X or W; the sizes n, k, m of a `big` layer; the row and the column,
    from 1, of a weight that grows by `nudge`."""

    inputs: Grid
    weights: Grid
    upstream: Grid
    turned: bool
    asked: Annotated[str, OneOf(("X", "W"))]
    big: Annotated[tuple[int, ...], Size(3, 3), Within(1, 10**6)]
    place: Annotated[tuple[int, ...], Size(2, 2), Within(1, 6)]
    nudge: Annotated[Fraction, Positive(), Within(0, 1, finest=1000)]

    def rules(self) -> Iterator[str]:
        n, k, m = len(self.inputs), len(self.inputs[0]), len(self.upstream[0])
        rows, columns = (m, k) if self.turned else (k, m)
        if len(self.upstream) != n:
            yield f"upstream must hold {n} rows, as inputs does"
        if (len(self.weights), len(self.weights[0])) != (rows, columns):
            yield f"weights must hold {rows} rows of {columns} numbers"
        elif self.place[0] > rows or self.place[1] > columns:
            yield f"place must be a row up to {rows} and a column up to {columns}"

    @property
    def of_inputs(self) -> bool:
        """Whether the formula for dL/dX is asked for."""
        return self.asked == "X"

    @property
    def factor(self) -> Rows:
        """What dZ is multiplied by on the way back to the inputs: W^T, or W where it is turned."""
        return self.weights if self.turned else transposed(self.weights)

    @property
    def inputs_transposed(self) -> Rows:
        return transposed(self.inputs)

    @property
    def upstream_transposed(self) -> Rows:
        return transposed(self.upstream)


@dataclass(frozen=True)
class Solution:
    """`shapes`: rows and columns of dL/dX and dL/dW, and the length of dL/db, in the big layer; `formula` names the
    right product; `slope` is the derivative by the weight that grows, and `change` what that does to the loss."""

    shapes: tuple[int, ...]
    formula: str
    d_input: Rows
    d_weights: Rows
    d_bias: Row
    slope: Fraction
    change: Fraction


SIZES = {
    1: ((2, 3, 1), (3, 2, 1), (3, 1, 2), (2, 1, 3)),
    2: ((3, 4, 1), (3, 1, 4), (4, 3, 1), (4, 1, 3)),
    3: ((2, 3, 4), (2, 4, 3), (3, 2, 4), (3, 4, 2), (4, 2, 3), (4, 3, 2)),
}
"""Observations, inputs and outputs by level; sides differ, for in a square nothing warns of a transposition."""

ENTRIES = {1: (-3, -2, -1, 1, 2, 3)} | {
    level: tuple(n for n in range(-most, most + 1) if abs(n) > 1) for level, most in ((2, 6), (3, 7))
}
BATCHES, FEATURES, OUTPUTS = (16, 32, 64, 128, 256), (20, 50, 100, 300, 768, 784), (2, 5, 10, 40, 500)


def draw(d: Draw, level: int) -> Params:
    n, k, m = d.choice(SIZES[level])
    turned = level == 3
    rows, columns = (m, k) if turned else (k, m)
    return Params(
        inputs=grid(d, n, k, ENTRIES[level]),
        weights=grid(d, rows, columns, ENTRIES[level]),
        upstream=grid(d, n, m, ENTRIES[level]),
        turned=turned,
        asked=d.choice(("X", "W")),
        big=(d.choice(BATCHES), d.choice(FEATURES), d.choice(OUTPUTS)),
        place=(d.integer(1, rows), d.integer(1, columns)),
        nudge=Fraction(d.choice((1, 2, 5)), 100),
    )


def grid(d: Draw, rows: int, columns: int, entries: tuple[int, ...]) -> Rows:
    return tuple(tuple(Fraction(d.choice(entries)) for _ in range(columns)) for _ in range(rows))


def solve(
    p: Params, *, given: Mapping[str, Value] = NOTHING, upstream: Rows | None = None, share: Fraction = ONE
) -> Solution:
    """One product for the inputs, one for the weights, a sum of columns for the biases.

    A mistake takes another `upstream` derivative, or multiplies by a `share` what is summed over the observations.
    """
    X, W, d_Z = p.inputs, transposed(p.weights) if p.turned else p.weights, upstream or p.upstream
    d_X = linear_d_input(d_Z, W)
    d_W = linear_d_weights(X, d_Z)
    if p.turned:
        d_W = transposed(d_W)
    d_W = given.get("d_weights", entrywise(lambda g: share * g, d_W))
    d_b = tuple([share * g for g in linear_d_bias(d_Z)])

    n, k, m = p.big
    row, column = p.place
    slope = d_W[row - 1][column - 1]
    return Solution(
        shapes=(n, k, m, k, m) if p.turned else (n, k, k, m, m),
        formula=("dz_w" if p.turned else "dz_wt") if p.of_inputs else ("dzt_x" if p.turned else "xt_dz"),
        d_input=d_X,
        d_weights=d_W,
        d_bias=d_b,
        slope=slope,
        change=p.nudge * slope,
    )


def check(p: Params, s: Solution) -> str | None:
    matrices = (p.inputs, p.weights, p.upstream)
    if not all(any(line) for matrix in matrices for line in (*matrix, *transposed(matrix))):
        return "a matrix has a row or a column of zeros"
    if s.change == 0:
        return "the loss does not depend on the weight that grows"
    if len(set(s.d_bias)) < len(s.d_bias):
        return "two biases have the same derivative"
    return None


def ones(p: Params) -> Rows:
    """A derivative of 1 by every output, as if the loss were their sum."""
    return entrywise(lambda g: ONE, p.upstream)


def of_one_observation(p: Params, s: Solution) -> Fraction:
    """The change that the first observation alone would make."""
    row, column = p.place[::-1] if p.turned else p.place
    return p.nudge * p.inputs[0][row - 1] * p.upstream[0][column - 1]


def of_one_output(p: Params, s: Solution) -> Rows | None:
    """dL/dX as if the first output were the only one."""
    first = [row[:1] for row in p.upstream]
    return linear_d_input(tuple(first), transposed(p.factor[:1])) if len(p.factor) > 1 else None


def on_its_side(matrix: Rows) -> Rows | None:
    """The transposed matrix, where that can be told from a matter of writing."""
    return transposed(matrix) if len(matrix) > 1 and len(matrix[0]) > 1 else None


def turned_shapes(p: Params, s: Solution) -> tuple[int, ...]:
    (n, k), weights = p.big[:2], s.shapes[2:4]
    return (k, n, *weights[::-1], s.shapes[4])


EXERCISE = Exercise(
    number=22,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(5.7, 7.2, 9.3),
    terms={
        "d_input": lambda p, s: len(p.upstream[0]),
        "d_weights": lambda p, s: len(p.inputs),
        "d_bias": lambda p, s: len(p.inputs),
    },
    parts={
        "shapes": Vector(points=1),
        "formula": Choice(options=PRODUCTS, points=1),
        "d_input": Matrix(points=2),
        "d_weights": Matrix(points=2),
        "d_bias": Vector(points=1),
        "change": Number(points=1),
        "derivation": Open(points=2),
    },
    mistakes={
        "turned_shapes": instead(shapes=turned_shapes, credit=HALF),
        "as_outputs": instead(shapes=lambda p, s: (p.big[0], p.big[2]) * 2 + (p.big[2],)),
        "on_its_side": instead(
            d_input=lambda p, s: on_its_side(s.d_input), d_weights=lambda p, s: on_its_side(s.d_weights), credit=HALF
        ),
        "no_upstream": wrong(upstream=ones, spoils="d_input d_weights d_bias"),
        "averaged": wrong(share=lambda p: Fraction(1, len(p.inputs)), spoils="d_weights d_bias", credit=HALF),
        "one_output": instead(d_input=of_one_output),
        "row_sums": instead(d_bias=lambda p, s: linear_d_bias(transposed(p.upstream))),
        "one_observation": instead(change=of_one_observation),
        "whole_slope": instead(change=lambda p, s: s.slope),
    },
    carry=("change",),
)
