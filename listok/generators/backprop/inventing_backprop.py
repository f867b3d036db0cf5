"""Differentiate a chain of units by all its weights, see which factors come again and again, and so invent backprop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Annotated

from listok.generators.answers import Expression, Matching, Open, Vector
from listok.generators.bounds import Checked, NonZero, OneOf, Positive, Size, Within
from listok.generators.decimals import in_full
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, ZERO, Fraction, Row
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.figures import Scene, named_graph
from listok.generators.formulas import Formula
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit import descent
from listok.generators.toolkit.activations import IDENTITY, SQUARE, Activation, leaky
from listok.generators.toolkit.layers import chain_backward, chain_forward
from listok.generators.values import Value

KINDS = {"none": "t", "leaky": "f(t)", "square": "t^2"}
"""What a unit makes of a number t; f is leaky ReLU."""

MOST = 6
SHARED = tuple(f"to_{k}" for k in range(1, MOST + 1))
"""What two derivatives may share: all that has come back to unit k."""


@dataclass(frozen=True)
class Params(Checked):
    """The input x, the target y, the weights w_1 to w_N of a chain, the function of each unit (`kinds`) with the slope
    `leak` of leaky ReLU, the rate eta; the weight `asked` for in letters; the `pairs` of weights whose derivatives are
    compared; the number of weights of a `long` chain in which multiplications are counted."""

    x: Annotated[Fraction, Within(-100, 100, finest=100), NonZero()]
    y: Annotated[Fraction, Within(-10000, 10000, finest=10000)]
    weights: Annotated[Row, Size(2, MOST), Within(-100, 100, finest=100), NonZero()]
    kinds: Annotated[tuple[str, ...], Size(2, MOST), OneOf(tuple(KINDS))]
    leak: Annotated[Fraction, Within(0, 1, finest=100)]
    eta: Annotated[Fraction, Positive(), Within(0, 10, finest=10**6)]
    asked: Annotated[int, Within(1, MOST)]
    pairs: Annotated[tuple[tuple[int, ...], ...], Size(1, 6, each=(2, 2)), Within(1, MOST)]
    long: Annotated[int, Within(2, 1000)]

    def rules(self) -> Iterator[str]:
        if len(self.kinds) != len(self.weights):
            yield "kinds must hold as many names as there are weights"
        if self.asked > len(self.weights):
            yield f"asked must be the number of a weight, at most {len(self.weights)}"
        if not all(i < j <= len(self.weights) for i, j in self.pairs):
            yield f"pairs must hold numbers of two weights, the smaller first, at most {len(self.weights)}"

    @property
    def count(self) -> int:
        return len(self.weights)

    @property
    def net(self) -> Scene:
        """Each unit with its function; the last one, where it has none, is called as the forecast. In a long chain
        there is no room for names of weights."""
        labels = {str(k): KINDS[kind] for k, kind in enumerate(self.kinds, 1)}
        if self.kinds[-1] == "none":
            labels[str(self.count)] = r"\hat y"
        names = ["x", *labels]
        edges = [(start, end, f"w_{end}" if self.count < 6 else None) for start, end in pairwise(names)]
        return named_graph([[name] for name in names], edges, labels=labels)

    @property
    def comparisons(self) -> tuple[str, ...]:
        by = r"\frac{{\partial L}}{{\partial w_{}}}".format
        return tuple(rf"{by(i)}, \quad {by(j)}" for i, j in self.pairs)

    @property
    def offered(self) -> tuple[str, ...]:
        return SHARED[: self.count]

    @property
    def products(self) -> tuple[str, ...]:
        """What has come back to each unit, in letters."""
        letters = (to_unit(self, k) for k in range(1, self.count + 1))
        return tuple(" ".join("_".join(name) if len(name) > 1 else name for name in names) for names in letters)


@dataclass(frozen=True)
class Step:
    """Unit k: `came` in, h = w times that, o = f(h), `slope` = f'(h); dL/dh = `delta` and dL/dw = `by_w`. It is made of
    the `behind` of the unit after it, dL/dh there, and of the weight `ahead`, 0 both at the last unit."""

    k: int
    w: Fraction
    came: Fraction
    h: Fraction
    o: Fraction
    slope: Fraction
    behind: Fraction
    ahead: Fraction
    delta: Fraction
    by_w: Fraction
    kind: str
    last: bool

    @property
    def bent(self) -> bool:
        return self.kind != "none"

    @property
    def function(self) -> str:
        return KINDS[self.kind]


@dataclass(frozen=True)
class Solution:
    """`chain` is the derivative by the weight that is asked for, in letters; `fell` tells whether the step of descent
    lowers the loss."""

    formula: Formula
    steps: tuple[Step, ...]
    forward: Row
    residual: Fraction
    chain: Formula
    repeated: tuple[str, ...]
    deltas: Row
    gradient: Row
    counts: tuple[int, ...]
    updated: Row
    fell: bool

    @property
    def back(self) -> tuple[Step, ...]:
        return self.steps[::-1]


# The functions of the units, level by level, and the sums that may come into a unit: a pencil likes them, and the
# function shows (1 squared is 1, and a positive number passes leaky ReLU unchanged).
SHAPES = {
    1: ("leaky none none", "none leaky none"),
    2: ("leaky none square none", "none leaky square none", "none square leaky none", "square none leaky none"),
    3: ("none none square square none leaky", "square square none none none leaky"),
}
WEIGHTS = tuple(sign * Fraction(w) for w in ("1/2", "2", "3", "4", "5") for sign in (1, -1))
MISSES = {1: (-4, -3, -2, 2, 3, 4), 2: (-6, -4, -3, 3, 4, 6), 3: (-5, -4, -3, 3, 4, 5)}
SUMS = {
    "none": tuple(Fraction(n, 2) for n in range(-12, 13) if n),
    "leaky": tuple(map(Fraction, (-2, -3, -4, -5, -6, -8, -10))),
    "square": tuple(map(Fraction, (-3, -2, 2, 3))),
}
FINER = (HALF, Fraction(1, 4), Fraction(1, 5), Fraction(1, 10))
LEAKS = {1: (HALF, Fraction(1, 5), Fraction(1, 10)), 2: FINER, 3: FINER}
LONG = {1: (5, 9), 2: (21, 39), 3: (21, 39)}
RATES = tuple(Fraction(1, n) for n in (10, 20, 50, 100, 200, 500))


def draw(d: Draw, level: int) -> Params:
    kinds = tuple(d.choice(SHAPES[level]).split())
    leak = d.choice(LEAKS[level])
    weights: list[Fraction] = []
    while len(weights) < len(kinds):
        x = o = Fraction(d.choice((-6, -4, -3, -2, 2, 3, 4, 6)))
        weights = []
        for kind in kinds:
            fitting = [w for w in WEIGHTS if w * o in SUMS[kind]]
            if not fitting:
                break
            weights.append(d.choice(fitting))
            o = function(kind, leak).value(weights[-1] * o)
    numbers = range(1, len(kinds) + 1)
    p = Params(
        x=x,
        y=o - d.choice(MISSES[level]),
        weights=tuple(weights),
        kinds=kinds,
        leak=leak,
        eta=RATES[-1],
        asked=d.integer(1, len(kinds) - 1),
        pairs=d.distinct([(i, j) for j in numbers for i in range(1, j)], 3),
        long=d.integer(*LONG[level]),
    )
    return next((q for q in (replace(p, eta=eta) for eta in RATES) if solve(q).fell), p)


def function(kind: str, leak: Fraction) -> Activation:
    return {"none": IDENTITY, "leaky": leaky(leak), "square": SQUARE}[kind]


def loss(p: Params, weights: Row) -> Fraction:
    units = chain_forward(p.x, weights, [function(kind, p.leak) for kind in p.kinds])
    miss: Fraction = units[-1].o - p.y
    return HALF * miss**2


def solve(
    p: Params,
    *,
    given: Mapping[str, Value] = NOTHING,
    forecast_first: bool = True,
    slopes: bool = True,
    at_output: bool = False,
    own_weight: bool = False,
    downhill: bool = True,
) -> Solution:
    """Forward along the chain; then what comes back to each unit, once for all weights before it.

    A mistake changes one thing: a residual that does not have the `forecast_first`, `slopes` taken as 1, or taken
    `at_output`, where they are f'(o); a derivative that has its `own_weight` as well; a step that does not go
    `downhill`.
    """
    functions = [function(kind, p.leak) for kind in p.kinds]
    if not slopes:
        functions = [Activation(f.value, IDENTITY.slope) for f in functions]
    if at_output:
        functions = [Activation(f.value, lambda h, f=f: f.slope(f.value(h))) for f in functions]  # type: ignore[misc]
    units = chain_forward(p.x, p.weights, functions)
    forward = given.get("forward", tuple([unit.o for unit in units]))
    came = (p.x, *forward[:-1])

    residual = forward[-1] - p.y if forecast_first else p.y - forward[-1]
    deltas = given.get("deltas", tuple([delta.d_h for delta in chain_backward(units, residual)]))
    by_w = tuple([delta * o for delta, o in zip(deltas, came, strict=True)])
    if own_weight:
        by_w = tuple([g * w for g, w in zip(by_w, p.weights, strict=True)])
    gradient = given.get("gradient", by_w)
    updated = descent.step(p.weights, gradient, p.eta if downhill else -p.eta)

    steps = []
    behind, ahead = (*deltas[1:], ZERO), (*p.weights[1:], ZERO)
    for k, (unit, kind) in enumerate(zip(units, p.kinds, strict=True)):
        weight = unit.w, came[k], unit.h, unit.o, unit.slope
        steps.append(Step(k + 1, *weight, behind[k], ahead[k], deltas[k], by_w[k], kind, last=k + 1 == p.count))
    return Solution(
        formula=formula(p),
        steps=tuple(steps),
        forward=forward,
        residual=residual,
        chain=chain(p, forecast_first, slopes, own_weight),
        repeated=tuple(f"to_{max(pair)}" for pair in p.pairs),
        deltas=deltas,
        gradient=gradient,
        counts=(p.long**2, 3 * p.long - 2),
        updated=updated,
        fell=loss(p, updated) < loss(p, p.weights),
    )


def formula(p: Params) -> Formula:
    """The forecast in letters."""
    text, leak = "x", in_full(p.leak, 4) or f"({p.leak})"
    for k, kind in enumerate(p.kinds, 1):
        h = f"w{k}*{text}"
        text = {"none": h, "square": f"({h})^2", "leaky": f"max({h}, {f'{leak}*{h}' if p.leak else 0})"}[kind]
    return Formula(text)


def to_unit(p: Params, k: int) -> list[str]:
    """The factors of dL/dh_k in letters: the residual, then weights and slopes from the last unit back."""
    factors = ["r"]
    for j in range(p.count, k - 1, -1):
        factors += [f"s{j}"] if p.kinds[j - 1] != "none" else []
        factors += [f"w{j}"] if j > k else []
    return factors


def chain(p: Params, forecast_first: bool, slopes: bool, own_weight: bool) -> Formula:
    """dL/dw in letters, of the weight that is asked for."""
    factors = [name for name in to_unit(p, p.asked) if slopes or name[0] != "s"]
    factors += [f"w{p.asked}"] if own_weight else []
    factors.append("x" if p.asked == 1 else f"o{p.asked - 1}")
    return Formula(("" if forecast_first else "-") + "*".join(factors))


def check(p: Params, s: Solution) -> str | None:
    if any(step.bent and step.slope in (0, ONE) for step in s.steps):
        return "a function leaves its derivative at 0 or 1, so that it teaches nothing"
    if s.residual == 0:
        return "the forecast is exact, there is nothing to learn"
    if not s.fell:
        return "the step of descent does not lower the loss"
    return None


EXERCISE = Exercise(
    number=20,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(8.5, 10.8, 14.2),
    parts={
        "formula": Expression(points=1),
        "forward": Vector(points=1),
        "chain": Expression(points=2),
        "repeated": Matching(among="offered", options=SHARED, items="comparisons", points=2),
        "deltas": Vector(points=2),
        "gradient": Vector(points=2),
        "updated": Vector(points=1),
        "counts": Vector(points=2),
        "scheme": Open(points=2, space=50),
    },
    mistakes={
        "linear": wrong(lambda p: replace(p, kinds=("none",) * p.count), spoils="formula forward"),
        "relu": wrong(lambda p: replace(p, leak=ZERO) if "leaky" in p.kinds else None, spoils="formula forward"),
        "reversed_residual": wrong(forecast_first=False, spoils="chain deltas gradient", credit=HALF),
        "no_slopes": wrong(slopes=False),
        "slope_at_output": wrong(at_output=True),
        "own_weight": wrong(own_weight=True),
        "ascent": wrong(downhill=False),
        "factors_counted": instead(counts=lambda p, s: (p.long * (p.long + 1), 5 * p.long - 3), credit=HALF),
        "all_as_long": instead(counts=lambda p, s: (p.long * (2 * p.long - 1), s.counts[1]), credit=HALF),
    },
    carry=("deltas", "gradient", "updated"),
)
