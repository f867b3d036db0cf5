"""Find dead neurons and twins in a ReLU network, merge them away, and check that the smaller network is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from listok.generators.answers import Choices, Number, Open, Vector
from listok.generators.bounds import Checked, Distinct, OneOf, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import ONE, ZERO, Fraction, Row, Rows
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.figures import Scene, dense_edges, layered_network
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit import parameters
from listok.generators.toolkit.activations import relu
from listok.generators.toolkit.linear import dot, transposed
from listok.generators.toolkit.statements import dull
from listok.generators.values import Value

LARGEST = 1000
NAMES = tuple(f"h{j}" for j in range(1, 9))

TRUE = ("sum_outgoing", "stay_equal", "rescaling", "tanh_opposite", "silent_on_data", "no_gradient", "many_networks",
        "same_loss", "zero_out")  # fmt: skip
FALSE = ("relu_opposite", "small_weights", "cross_out", "average", "sigmoid_rescaling", "same_weights",
         "unique_weights", "silent_everywhere", "wakes_up", "sigmoid_zero")  # fmt: skip
STATEMENTS = TRUE + FALSE

Likeness: TypeAlias = Callable[[Row, Row], Fraction | None]
"""By what a row is a multiple of another one; None where it is none that counts."""


@dataclass(frozen=True)
class Entry:
    """A row of the table: the neuron's name, its constant and weights, and the weight that it goes into y with."""

    name: str
    row: Row
    out: Fraction


@dataclass(frozen=True)
class Params(Checked):
    """`hidden` has the constant and the weights of each neuron, `output` the constant of y and the neurons' weights in
    it; `x` is the point to compute both networks at, `statements` are the options printed."""

    hidden: Annotated[Rows, Size(2, 8, each=(2, 5)), Within(-LARGEST, LARGEST, finest=100)]
    output: Annotated[Row, Size(3, 9), Within(-LARGEST, LARGEST, finest=100)]
    x: Annotated[Row, Size(1, 4), Within(-LARGEST, LARGEST, finest=100)]
    statements: Annotated[tuple[str, ...], Size(2, 12), OneOf(STATEMENTS), Distinct()]

    def rules(self) -> Iterator[str]:
        if len(self.output) != len(self.hidden) + 1:
            yield f"output needs a constant and {len(self.hidden)} weights, not {len(self.output)} numbers"
        if len(self.x) != len(self.hidden[0]) - 1:
            yield f"x must hold {len(self.hidden[0]) - 1} numbers, a weight of each neuron for each, not {len(self.x)}"

    @property
    def names(self) -> tuple[str, ...]:
        return NAMES[: len(self.hidden)]

    @property
    def table(self) -> tuple[Entry, ...]:
        return tuple(
            Entry(f"h_{{{j}}}", row, v) for j, (row, v) in enumerate(zip(self.hidden, self.output[1:], strict=True), 1)
        )

    @property
    def constant(self) -> Fraction:
        return self.output[0]

    @property
    def small(self) -> Scene:
        """The network that is left."""
        return small_network(self, solve(self))


@dataclass(frozen=True)
class Unit:
    """Neuron `j` at the point: its sum `z`, its answer `h`, and the weight `v` that it goes into y with."""

    j: int
    z: Fraction
    h: Fraction
    v: Fraction


@dataclass(frozen=True)
class Twin:
    """Neuron `j` gives `factor` times what neuron `first` gives, and goes into y with weight `v`."""

    j: int
    first: int
    factor: Fraction
    v: Fraction

    @property
    def equal(self) -> bool:
        return self.factor == 1


@dataclass(frozen=True)
class Moved:
    """What neuron `j`, whatever the inputs, adds to y: its answer `h` to its constant `b`, times `v`."""

    j: int
    b: Fraction
    h: Fraction
    v: Fraction


@dataclass(frozen=True)
class Kept:
    """A neuron of the small network, its weight `v` before, that of its `twins`, and what it goes out with now."""

    j: int
    v: Fraction
    twins: tuple[Twin, ...]
    out: Fraction
    h: Fraction

    @property
    def alone(self) -> bool:
        return not self.twins


@dataclass(frozen=True)
class Solution:
    """`cut` are the dead neurons from which no arrow leads to y, `moved` those that do not see the inputs. `original`
    and `same` are the values of both networks at the point, `sizes` the hidden neurons before and after."""

    units: tuple[Unit, ...]
    cut: tuple[int, ...]
    moved: tuple[Moved, ...]
    dead: tuple[str, ...]
    pairs: tuple[Twin, ...]
    twins: tuple[int, ...]
    kept: tuple[Kept, ...]
    merged: Row
    sizes: tuple[int, int]
    parameters: tuple[int, int]
    original: Fraction
    same: Fraction
    true_ones: tuple[str, ...]

    @property
    def constant_now(self) -> Fraction:
        return self.merged[0]

    @property
    def some_dead(self) -> bool:
        return bool(self.dead)

    @property
    def some_cut(self) -> bool:
        return bool(self.cut)

    @property
    def some_moved(self) -> bool:
        return bool(self.moved)

    @property
    def left(self) -> int:
        """How many hidden neurons are left."""
        return self.sizes[1]


def draw(d: Draw, level: int) -> Params:
    # numbers of inputs, of further neurons, and of dead ones
    inputs, more, deaths = d.choice(
        (
            ((2, 0, 1), (2, 0, 2), (3, 0, 1)),
            ((2, 1, 2), (2, 2, 1), (3, 1, 2), (3, 2, 1)),
            ((3, 1, 1), (3, 1, 2), (3, 2, 1)),
        )[level - 1]
    )
    largest, most = ((2, 3), (4, 4), (6, 5))[level - 1]
    x = [d.integer(*((1, 2), (1, 4), (2, 5))[level - 1]) * d.sign() for _ in range(inputs)]

    def drawn(*, on: bool) -> list[int]:
        """A neuron that is on or off at the point."""
        row = d.integers(inputs + 1, -largest, largest, exclude=(0,))
        z = row[0] + dot(row[1:], x)
        return [w if (z > 0) == on else -w for w in row]

    # A neuron with twins, each a multiple of it, and one with the same weights that another constant turns off.
    first = drawn(on=True)
    factors = ((1,), (d.integer(2, 3),), d.shuffled((1, 2)))[level - 1]
    decoy = [-dot(first[1:], x) - d.integer(1, 4), *first[1:]]
    rows = [(first, d.integer(1, 3) * max(factors) * d.sign()), (decoy, d.integer(1, most) * d.sign())]
    rows += [([k * w for w in first], d.integer(1, most) * d.sign()) for k in factors]
    if level == 3:
        rows.append(([-w for w in first], d.integer(1, most) * d.sign()))
    rows += [(drawn(on=True), d.integer(1, most) * d.sign()) for _ in range(more)]
    # Dead ones: without an arrow to y, or without weights, and then the constant counts where it is above 0.
    blind = [d.integer(1, 4) * (d.sign() if level == 1 else 1), *[0] * inputs]
    dead = [(blind, d.integer(1, most) * d.sign()), (drawn(on=True), 0)]
    rows += (dead if level == 3 else d.shuffled(dead))[:deaths]

    rows = [*d.shuffled(rows)]
    size = (3, 6, 10)[level - 1]
    count = d.integer(1, size - 1)
    statements = {*d.distinct(TRUE, min(count, len(TRUE))), *d.distinct(FALSE, size - count)}
    return Params(
        hidden=tuple(tuple(map(Fraction, row)) for row, _ in rows),
        output=(Fraction(d.integer(-5, 5, exclude=(0,))), *(Fraction(v) for _, v in rows)),
        x=tuple(map(Fraction, x)),
        statements=tuple(name for name in STATEMENTS if name in statements),
    )


def multiple(one: Row, other: Row) -> Fraction | None:
    """By what positive factor all numbers of a row are those of another one; None where there is none."""
    factor = any_multiple(one, other)
    return factor if factor is not None and factor > 0 else None


def any_multiple(one: Row, other: Row) -> Fraction | None:
    """The same, of any sign but 0."""
    place = next((i for i, w in enumerate(other) if w), None)
    if place is None or one[place] == 0:
        return None
    factor = one[place] / other[place]
    return factor if one == tuple(factor * w for w in other) else None


def solve(
    p: Params,
    *,
    given: Mapping[str, Value] = NOTHING,
    likeness: Likeness = multiple,
    bend: Callable[[Fraction], Fraction] = relu,
    join: Callable[[Sequence[Fraction], Sequence[Fraction]], Fraction] = dot,
    move: Callable[[Fraction], Fraction] = relu,
) -> Solution:
    """The dead are found, then the twins among the living; one of each kind is kept, with the weights of all.

    A mistake has another idea of `likeness`, forgets to `bend` the sums, finds the weight of a kept neuron from the
    factors and weights of its kind by another rule (`join`), or moves into the constant of y something else than the
    answer of a neuron that sees no input (`move`).
    """
    c, *v = p.output
    dead = [v_j == 0 or not any(row[1:]) for row, v_j in zip(p.hidden, v, strict=True)]
    alive = [j for j in range(len(v)) if not dead[j]]
    sums = [row[0] + dot(row[1:], p.x) for row in p.hidden]
    answers = [bend(z) for z in sums]

    firsts: list[int] = []
    pairs, twins = [], [*range(1, len(v) + 1)]
    for j in alive:
        for i in firsts:
            factor = likeness(p.hidden[j], p.hidden[i])
            if factor is not None:
                pairs.append(Twin(j + 1, i + 1, factor, v[j]))
                twins[j] = i + 1
                break
        else:
            firsts.append(j)

    kept = []
    for i in firsts:
        kind = tuple(pair for pair in pairs if pair.first == i + 1)
        out = join((ONE, *(pair.factor for pair in kind)), (v[i], *(pair.v for pair in kind)))
        kept.append(Kept(i + 1, v[i], kind, out, answers[i]))
    moved = tuple(
        Moved(j + 1, row[0], move(row[0]), v[j])
        for j, row in enumerate(p.hidden)
        if v[j] and not any(row[1:])
    )
    constant = c + sum((dead_one.h * dead_one.v for dead_one in moved), ZERO)
    merged = given.get("merged", (constant, *(unit.out for unit in kept)))

    return Solution(
        units=tuple(Unit(j + 1, sums[j], answers[j], v[j]) for j in range(len(v))),
        cut=tuple(j + 1 for j in range(len(v)) if v[j] == 0),
        moved=moved,
        dead=tuple(name for name, is_dead in zip(p.names, dead, strict=True) if is_dead),
        pairs=tuple(pairs),
        twins=tuple(twins),
        kept=tuple(kept),
        merged=merged,
        sizes=(len(v), len(kept)),
        parameters=(total(p, len(v)), total(p, len(kept))),
        original=c + dot(v, answers),
        same=sum((w * h for w, h in zip(merged, (ONE, *(unit.h for unit in kept)), strict=True)), ZERO),
        true_ones=tuple(name for name in p.statements if name in TRUE),
    )


def total(p: Params, neurons: int, bias: int = 1) -> int:
    """The parameters of the network with so many hidden neurons."""
    return parameters.dense(len(p.x), neurons, bias) + parameters.dense(neurons, 1, bias)


def check(p: Params, s: Solution) -> str | None:
    if not s.dead:
        return "no neuron is dead"
    if not s.pairs:
        return "no neuron has a twin"
    if not all(s.merged):
        return "the small network has a 0 among its weights"
    if all(unit.h for unit in s.kept) or not any(unit.h and unit.twins for unit in s.kept):
        return "at this point no neuron of the small network is off, or none of those with twins is on"
    if s.same == 0:
        return "the value at the point is 0"
    return dull(p.statements, TRUE)


def small_network(p: Params, s: Solution) -> Scene:
    """The network that is left."""
    names = [f"h_{{{unit.j}}}" for unit in s.kept]
    rows = [p.hidden[unit.j - 1] for unit in s.kept]
    into = [[None, *(w or None for w in row)] for row in transposed(rows)]
    layers = (["1", *(f"x_{i}" for i in range(1, len(p.x) + 1))], ["1", *names], ["y"])
    edges = (*dense_edges(0, into), *dense_edges(1, [[w or None] for w in s.merged]))
    return layered_network(layers, edges, shapes=("circle", "box", "circle"))


def same_weights(one: Row, other: Row) -> Fraction | None:
    return multiple(one[1:], other[1:])


def equal(one: Row, other: Row) -> Fraction | None:
    return ONE if one == other else None


def mean_of(_factors: Sequence[Fraction], weights: Sequence[Fraction]) -> Fraction:
    return sum(weights, ZERO) / len(weights)


def last_numbers(s: Solution) -> tuple[int, ...]:
    """For each neuron the last one of its kind."""
    last = {first: j for j, first in enumerate(s.twins, 1)}
    return tuple(last[first] for first in s.twins)


EXERCISE = Exercise(
    number=7,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(8.2, 10.6, 13.6),
    repeats=("hidden",),
    parts={
        "dead": Choices(among="names", options=NAMES, shuffle=False),
        "twins": Vector(points=2),
        "merged": Vector(points=3),
        "parameters": Vector(),
        "same": Number(points=2),
        "statements": Choices("true_ones", among="statements", options=STATEMENTS, points=2),
        "why": Open(points=2),
    },
    mistakes={
        "same_weights": wrong(likeness=lambda p: same_weights),
        "opposite": wrong(likeness=lambda p: any_multiple),
        "copies_only": wrong(likeness=lambda p: equal),
        "last_number": instead(twins=lambda p, s: last_numbers(s)),
        "not_summed": wrong(join=lambda p: lambda factors, weights: weights[0], spoils="merged same"),
        "averaged": wrong(join=lambda p: mean_of, spoils="merged same"),
        "without_factor": wrong(join=lambda p: lambda factors, weights: sum(weights, ZERO)),
        "constant_lost": wrong(move=lambda p: lambda b: ZERO),
        "constant_unbent": wrong(move=lambda p: lambda b: b),
        "no_constants": instead(parameters=lambda p, s: tuple(total(p, n, bias=0) for n in s.sizes)),
        "twins_stay": instead(parameters=lambda p, s: (s.parameters[0], total(p, s.sizes[0] - len(s.dead)))),
        "dead_stay": instead(parameters=lambda p, s: (s.parameters[0], total(p, s.sizes[0] - len(s.pairs)))),
        "no_relu": wrong(bend=lambda p: lambda z: z, spoils="same"),
    },
    carry=("same",),
)
