"""Move all weights of a chain together, or layer by layer from its end, each layer seeing the later ones moved, and see
which way was better this time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from listok.generators.answers import Choice, Choices, Number, Open, Vector
from listok.generators.bounds import Checked, Distinct, NonZero, OneOf, Positive, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, ZERO, Fraction, Row
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.figures import Scene, named_graph
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit import descent
from listok.generators.toolkit.activations import IDENTITY, Activation, leaky
from listok.generators.toolkit.layers import Unit, chain_backward, chain_forward
from listok.generators.toolkit.statements import dull, some
from listok.generators.values import BadParams, Value, leaves

TRUE = (
    "no_winner",
    "almost_the_same",
    "both_fall",
    "both_rest",
    "same_last",
    "other_direction",
    "nesterov_one_point",
    "fresh_passes",
)
FALSE = (
    "in_turn_always",
    "together_always",
    "is_nesterov",
    "steepest_at_any_length",
    "in_turn_never_rises",
    "one_layer_differs",
    "moves_at_rest",
    "first_step_decides",
    "order_indifferent",
)
STATEMENTS = TRUE + FALSE
RIVALS = (("no_winner", "in_turn_always"), ("no_winner", "together_always"), ("both_rest", "moves_at_rest"))
"""Statements of which one denies the other."""

WAYS = ("together", "in_turn", "equal")


@dataclass(frozen=True)
class Params(Checked):
    """The input x, the target y, the weights w_1 to w_N of a chain; its units but the last have leaky ReLU with the
    slope `leak` to the left of zero (1 is no activation); the rate eta; the names of the statements printed."""

    x: Annotated[Fraction, Within(-100, 100, finest=100), NonZero()]
    y: Annotated[Fraction, Within(-10000, 10000, finest=100)]
    weights: Annotated[Row, Size(2, 5), Within(-100, 100, finest=100), NonZero()]
    leak: Annotated[Fraction, Positive(), Within(0, 1, finest=100)]
    eta: Annotated[Fraction, Positive(), Within(0, 10, finest=10**6)]
    statements: Annotated[tuple[str, ...], Size(2, len(STATEMENTS)), OneOf(STATEMENTS), Distinct()]

    @property
    def count(self) -> int:
        return len(self.weights)

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(str(k) for k in range(1, self.count + 1))

    @property
    def bent(self) -> bool:
        return self.leak != 1

    @property
    def net(self) -> Scene:
        labels = {name: "f" if self.bent else "h_" + name for name in self.numbers[:-1]}
        names = ["x", *labels, r"\hat y"]
        weights = (f"w_{name}" for name in self.numbers)
        edges = [(*ends, w) for ends, w in zip(pairwise(names), weights, strict=True)]
        return named_graph([[name] for name in names], edges, labels=labels)


@dataclass(frozen=True)
class Pass:
    """Unit k on the way forwards: `came` in, h = w times that, o = f(h)."""

    k: str
    w: Fraction
    came: Fraction
    h: Fraction
    o: Fraction
    last: bool


@dataclass(frozen=True)
class Move:
    """Weight k moves: dL/dh is made of `behind`, dL/dh of the unit after it, and of the weight `ahead` (both 0 at the
    last unit); times what `came` in it is dL/dw."""

    k: str
    before: Fraction
    behind: Fraction
    ahead: Fraction
    slope: Fraction
    d_h: Fraction
    came: Fraction
    d_w: Fraction
    after: Fraction
    last: bool

    @property
    def bends(self) -> bool:
        return self.slope != 1


@dataclass(frozen=True)
class Solution:
    """Moves stand in the order in which they are found, from the last weight to the first. `forecasts` and `losses` are
    those before, after all weights have moved together, and after they have moved in turn; `ratio` tells how many times
    as far the first weight moves in turn."""

    units: tuple[Pass, ...]
    residual: Fraction
    at_once: tuple[Move, ...]
    together: Row
    turns: tuple[Move, ...]
    in_turn: Row
    ratio: Fraction
    forecasts: Row
    losses: Row
    better: str
    true_ones: tuple[str, ...]

    @property
    def rises(self) -> bool:
        return max(self.losses[1:]) > self.losses[0]


SIZES = {1: (1, 1, 2, 2, 3), 2: (1, 1, 2, 2, 3), 3: (1, 2, 3)}
INPUTS = {1: (1, 2, 3), 2: (1, 1, 2), 3: (2, 4)}
PUSHES = {1: (ONE, Fraction(2)), 2: (HALF, ONE, ONE, ONE), 3: (HALF, ONE, Fraction(2))}
"""The rate times the residual, in size: what the products of weights are multiplied by when a weight moves."""
MISSES = {1: (8, 10, 16, 20), 2: (10, 20, 40), 3: (40, 60, 80, 100, 160)}


def draw(d: Draw, level: int) -> Params:
    """A chain of two weights; then of three; then of four, with an activation."""
    way = d.choice(("together", "in_turn"))
    statements = some(d, TRUE, FALSE, (4, 5, 8)[level - 1], RIVALS)
    leak = d.choice((HALF, HALF, HALF / 2)) if level == 3 else ONE
    for _ in range(400):
        weights = tuple(Fraction(d.sign() * d.choice(SIZES[level])) for _ in range(level + 1))
        x, miss = Fraction(d.sign() * d.choice(INPUTS[level])), Fraction(d.choice(MISSES[level]))
        eta = d.choice(PUSHES[level]) / miss
        forecast = run(x, weights, leak)[-1].o
        # Four weights that all grow go too far, so the forecast is to come nearer to zero.
        miss *= d.sign() if level < 3 else 1 if forecast > 0 else -1
        p = Params(x, forecast - miss, weights, leak, eta, statements)
        s = solve(p)
        shown = leaves((s.units, s.together, s.in_turn, s.losses))
        if s.better == way and check(p, s) is None and all(map(brief, shown)):
            break
    return p


def brief(number: object) -> bool:
    return not isinstance(number, Fraction) or 1000 % number.denominator == 0


def run(x: Fraction, weights: Sequence[Fraction], leak: Fraction, *, slopes: bool = True) -> tuple[Unit, ...]:
    """The chain forwards; its last unit has no activation."""
    bend = leaky(leak) if slopes else Activation(leaky(leak).value, IDENTITY.slope)
    return chain_forward(x, weights, [bend] * (len(weights) - 1) + [IDENTITY])


def solve(
    p: Params,
    *,
    given: Mapping[str, Value] = NOTHING,
    slopes: bool = True,
    forecast_first: bool = True,
    two: int = 1,
    from_end: bool = True,
    fresh: bool = False,
) -> Solution:
    """Forward once; back with the old weights; and back once more, each weight moving before the one before it.

    A mistake changes one thing: `slopes` taken as 1; a residual that does not have the `forecast_first`; a `two` that
    the loss does not have; weights that move in turn, but not `from_end`; a `fresh` way forwards before each of them.
    """
    units = run(p.x, p.weights, p.leak, slopes=slopes)
    residual = units[-1].o - p.y
    d_forecast = two * residual if forecast_first else -residual

    def moves(units: Sequence[Unit], through: Sequence[Fraction], d_forecast: Fraction) -> list[Move]:
        found = []
        deltas = chain_backward(units, d_forecast, through=through)
        behinds, aheads = (*[delta.d_h for delta in deltas[1:]], ZERO), (*through[1:], ZERO)
        for k, (w, unit, delta) in enumerate(zip(p.weights, units, deltas, strict=True)):
            after = descent.step((w,), (delta.d_w,), p.eta)[0]
            move = unit.slope, delta.d_h, unit.o_in, delta.d_w, after
            found.append(Move(str(k + 1), w, behinds[k], aheads[k], *move, last=k + 1 == p.count))
        return found

    at_once = moves(units, p.weights, d_forecast)
    together = given.get("together", tuple([move.after for move in at_once]))

    current, turns = list(p.weights), []
    for k in reversed(range(p.count)) if from_end else range(p.count):
        seen = units
        if fresh or not from_end:
            seen = run(p.x, current, p.leak, slopes=slopes)
        turns.append(moves(seen, current, seen[-1].o - p.y if fresh else d_forecast)[k])
        current[k] = turns[-1].after
    in_turn = given.get("in_turn", tuple(current))

    if together[0] == p.weights[0]:
        raise BadParams("the first weight does not move, so that there is nothing to compare")
    forecasts = tuple([run(p.x, weights, p.leak)[-1].o for weights in (p.weights, together, in_turn)])
    losses = given.get("losses", tuple([HALF * (forecast - p.y) ** 2 for forecast in forecasts]))
    return Solution(
        units=tuple([Pass(str(k), u.w, u.o_in, u.h, u.o, last=k == p.count) for k, u in enumerate(units, 1)]),
        residual=residual,
        at_once=tuple(reversed(at_once)),
        together=together,
        turns=tuple(turns),
        in_turn=in_turn,
        ratio=(in_turn[0] - p.weights[0]) / (together[0] - p.weights[0]),
        forecasts=forecasts,
        losses=losses,
        better="equal" if losses[1] == losses[2] else "together" if losses[1] < losses[2] else "in_turn",
        true_ones=tuple(name for name in p.statements if name in TRUE),
    )


def check(p: Params, s: Solution) -> str | None:
    if not max(s.losses[1:]) < s.losses[0]:
        return "one of the ways does not lower the loss"
    if s.better == "equal":
        return "both ways come to the same loss"
    if abs(s.ratio) == 1:
        return "the first weight moves as far in both ways"
    if 0 in s.in_turn:
        return "a weight becomes 0, and nothing goes back through it"
    if p.bent and all(unit.h > 0 for unit in s.units[:-1]):
        return "the activation leaves everything as it is"
    return dull(p.statements, TRUE, RIVALS)


def quotient(top: Fraction, bottom: Fraction) -> Fraction | None:
    return top / bottom if bottom else None


EXERCISE = Exercise(
    number=26,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(8.4, 10.7, 14),
    version=2,
    parts={
        "together": Vector(points=2),
        "in_turn": Vector(points=3),
        "ratio": Number(),
        "losses": Vector(points=2),
        "better": Choice(options=WAYS, shuffle=False),
        "statements": Choices("true_ones", among="statements", options=STATEMENTS, points=2),
        "why": Open(points=2),
    },
    mistakes={
        "reversed_residual": wrong(forecast_first=False, spoils="together in_turn", credit=HALF),
        "doubled": wrong(two=2, credit=HALF, spoils="together in_turn"),
        "no_slopes": wrong(lambda p: p if p.bent else None, slopes=False, spoils="together in_turn"),
        "from_start": wrong(from_end=False, spoils="in_turn"),
        "fresh": wrong(fresh=True, spoils="in_turn"),
        "inverse": instead(ratio=lambda p, s: quotient(ONE, s.ratio)),
        "subtracted": instead(ratio=lambda p, s: s.in_turn[0] - s.together[0]),
        "of_weights": instead(ratio=lambda p, s: quotient(s.in_turn[0], s.together[0])),
        "whole_squares": instead(losses=lambda p, s: tuple([2 * loss for loss in s.losses]), credit=HALF),
        "misses": instead(losses=lambda p, s: tuple([abs(f - p.y) for f in s.forecasts])),
        "larger_is_better": instead(better=lambda p, s: {"together": "in_turn", "in_turn": "together"}.get(s.better)),
    },
    carry=("ratio", "losses"),
)
