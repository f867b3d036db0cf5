"""Draw the ReLU network that a formula of nested maxima describes, list its weights, and compute its answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise, permutations, product
from typing import Annotated

from listok.generators.answers import Number, Open, Predicate
from listok.generators.bounds import Checked, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import ZERO, Fraction, Row, Rows
from listok.generators.exercise import Exercise
from listok.generators.figures import NetworkEdge, Scene, dense_edges, layered_network
from listok.generators.formulas import Call, Constant, Formula, Node, Variable, linear
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit.activations import relu
from listok.generators.toolkit.linear import dot, transposed

LARGEST = 1000
LETTERS = ("h", "g")
"""Of the hidden layers' neurons."""


@dataclass(frozen=True)
class Outer:
    """A term under the outer maximum: its weight, and the hidden neuron as a formula."""

    weight: Fraction
    neuron: Formula


@dataclass(frozen=True)
class Params(Checked):
    """The network's `layers`, the output last: for each neuron its constant and then its weights, 0 where there is no
    arrow. Two layers (one hidden) or three. `x` is the point at which the network is to be computed."""

    layers: Annotated[tuple[Rows, ...], Size(2, 3), Within(-LARGEST, LARGEST, finest=100)]
    x: Annotated[Row, Size(1, 4), Within(-LARGEST, LARGEST, finest=100)]

    def rules(self) -> Iterator[str]:
        inputs = len(self.x)
        for number, layer in enumerate(self.layers, 1):
            if not 1 <= len(layer) <= 4 or any(len(row) != inputs + 1 for row in layer):
                yield f"layer {number} needs 1 to 4 rows, each with a constant and {inputs} weights"
                return
            inputs = len(layer)
        if inputs != 1:
            yield f"the last layer is the output, one row, not {inputs}"
        for number, layer in enumerate(self.layers[1:], 1):
            if not all(map(any, transposed(layer)[1:])):
                yield f"no arrow leads out of a neuron of layer {number}, so that the formula would not show it"

    @property
    def deep(self) -> bool:
        return len(self.layers) == 3

    @property
    def shared(self) -> bool:
        """Whether a maximum stands in the formula more than once."""
        return self.deep and any(sum(map(bool, column)) > 1 for column in transposed(self.layers[1])[1:])

    @property
    def some_constant(self) -> bool:
        return self.constant != 0

    @property
    def outer(self) -> tuple[Outer, ...]:
        (_, *weights), neurons = self.layers[-1][0], self.hidden_formulas
        return tuple(Outer(w, Formula.of(neuron)) for w, neuron in zip(weights, neurons, strict=True) if w)

    @property
    def constant(self) -> Fraction:
        return self.layers[-1][0][0]

    @property
    def net(self) -> Scene:
        """The picture, with no arrow where the weight is 0."""
        columns = [["1", *(f"x_{i}" for i in range(1, len(self.x) + 1))]]
        edges: list[NetworkEdge] = []
        for place, (layer, letter) in enumerate(zip(self.layers, self.letters, strict=True)):
            constant = [] if letter == "y" else ["1"]
            columns.append(constant + [name_of(letter, j) for j in range(1, len(layer) + 1)])
            into = [[None for _ in constant] + [w or None for w in row] for row in transposed(layer)]
            edges += dense_edges(place, into)
        return layered_network(columns, edges, shapes=("circle", "box", "box", "box"))

    @property
    def letters(self) -> tuple[str, ...]:
        """By which the neurons of each layer are called."""
        return (*LETTERS[: len(self.layers) - 1], "y")

    @property
    def hidden_formulas(self) -> tuple[Node, ...]:
        """The neurons of the last hidden layer, written out down to the inputs."""
        below: tuple[Node, ...] = tuple(Variable(f"x{i}") for i in range(1, len(self.x) + 1))
        for layer in self.layers[:-1]:
            below = tuple(Call("max", (Constant(ZERO), linear(zip(w, below, strict=True), b))) for b, *w in layer)
        return below


def name_of(letter: str, j: int) -> str:
    """A neuron's name in LaTeX; there is one y only."""
    return letter if letter == "y" else f"{letter}_{{{j}}}"


@dataclass(frozen=True)
class Term:
    w: Fraction
    x: Fraction


@dataclass(frozen=True)
class Neuron:
    """A neuron by its name, its constant and weights in a `row`; at the point, what comes in (`inputs`, as many as
    weights), its sum `z`, and its answer `h`."""

    name: str
    row: Row
    inputs: Row
    z: Fraction
    h: Fraction

    @property
    def b(self) -> Fraction:
        return self.row[0]

    @property
    def terms(self) -> tuple[Term, ...]:
        """What the arrows bring."""
        return tuple(Term(w, x) for w, x in zip(self.row[1:], self.inputs, strict=True) if w)


@dataclass(frozen=True)
class Solution:
    """`weights` are the rows of all `neurons`, one after another; `arrows` counts the arrows into each layer."""

    neurons: tuple[Neuron, ...]
    weights: Row
    arrows: tuple[int, ...]
    count: int
    value: Fraction

    @property
    def hidden(self) -> tuple[Neuron, ...]:
        return self.neurons[:-1]

    @property
    def output(self) -> Neuron:
        return self.neurons[-1]


def draw(d: Draw, level: int) -> Params:
    sizes, most = (((2, 2, 1), 5), ((3, 3, 1), 6), ((3, 3, 2, 1), 7))[level - 1]
    x = d.distinct((-4, -3, -2, -1, 1, 2, 3, 4), sizes[0])
    layers: list[list[list[int]]] = []
    below = x
    for inputs, neurons in pairwise(sizes[:-1]):
        rows = [[d.integer(-most, most, exclude=(0,)) for _ in range(inputs + 1)] for _ in range(neurons)]
        # Some arrows are missing, in different rows and columns, so that nothing is left out.
        missing, places = d.integer(0, 2), range(inputs + 1)
        if layers:  # each neuron sees two of three: one of the maxima below stands in the formula twice
            missing, places = neurons, range(1, inputs + 1)
        for row, place in zip(d.distinct(rows, missing), d.distinct(places, missing), strict=True):
            row[place] = 0
        wanted = d.shuffled([True, False, *(d.flip() for _ in range(neurons - 2))])
        for j, (row, on) in enumerate(zip(rows, wanted, strict=True)):
            if (row[0] + dot(row[1:], below) > 0) != on:
                rows[j] = [-w for w in row]
        layers.append(rows)
        below = tuple(relu(b + dot(w, below)) for b, *w in rows)
    output = [size * d.sign() for size in d.distinct(range(1, most + 1), sizes[-2] + 1)]
    if output[0] + dot(output[1:], below) < 0:
        output = [-w for w in output]
    return Params(
        tuple(tuple(tuple(map(Fraction, row)) for row in layer) for layer in (*layers, [output])),
        tuple(map(Fraction, x)),
    )


def solve(p: Params, *, constants: bool = True, inner: bool = True) -> Solution:
    """Each maximum is a neuron: its row is read off, and its answer computed from those below.

    A mistake leaves out the `constants`, or the `inner` maxima.
    """
    below, neurons = p.x, []
    for layer, letter in zip(p.layers, p.letters, strict=True):
        answers = []
        for j, (b, *w) in enumerate(layer, 1):
            z = dot(w, below) + (b if constants else 0)
            h = relu(z) if inner or letter == "y" else z
            answers.append(h)
            neurons.append(Neuron(name_of(letter, j), (b, *w), below, z, h))
        below = tuple(answers)

    kept = [[row if constants else row[1:] for row in layer] for layer in p.layers]
    arrows = tuple(sum(map(bool, chain(*layer))) for layer in kept)
    return Solution(
        neurons=tuple(neurons),
        weights=tuple(chain(*(neuron.row for neuron in neurons))),
        arrows=arrows,
        count=sum(arrows),
        value=below[0],
    )


def check(p: Params, s: Solution) -> str | None:
    if not all(map(any, transposed(p.layers[0])[1:])):
        return "an input is nowhere in the formula"
    for layer, letter in zip(p.layers[:-1], p.letters[:-1], strict=True):
        on = [neuron.z > 0 for neuron in s.hidden if neuron.name.startswith(letter)]
        if len(on) > 1 and (all(on) or not any(on)):
            return "the neurons of a hidden layer are all on or all off: its maxima do nothing"
        if any(not any(row[1:]) for row in layer):
            return "a neuron sees nothing but its constant"
    if s.value == 0:
        return "the output is off: the answer is 0"
    if s.value > LARGEST:
        return f"the answer is above {LARGEST}"
    return None


def tables(p: Params, numbers: Sequence[Fraction]) -> list[Rows]:
    """Numbers one after another as the layers of a network."""
    rest, layers = list(numbers), []
    for layer in p.layers:
        size = len(layer[0])
        layers.append(tuple(tuple(rest[j * size : (j + 1) * size]) for j in range(len(layer))))
        rest = rest[len(layer) * size :]
    return layers


def right_rows(p: Params, numbers: Row) -> Fraction:
    """The share of neurons whose constant and weights are right, the neurons of each hidden layer in any order."""
    answer, best = tables(p, numbers), 0
    for orders in product(*(permutations(range(len(layer))) for layer in p.layers)):
        right, below = 0, tuple(range(len(p.x)))
        for layer, rows, order in zip(p.layers, answer, orders, strict=True):
            wanted = [(layer[j][0], *(layer[j][1 + i] for i in below)) for j in order]
            right += sum(map(tuple.__eq__, wanted, rows))
            below = order
        best = max(best, right)
    return Fraction(best, sum(map(len, p.layers)))


def swapped(p: Params) -> Params:
    """The weights under the outer maximum given to the hidden neurons in reverse order."""
    constant, *weights = p.layers[-1][0]
    return replace(p, layers=(*p.layers[:-1], ((constant, *weights[::-1]),)))


def repeated(p: Params) -> int | None:
    """The arrows where a maximum that stands in the formula twice is drawn twice; None where none does."""
    if not p.shared:
        return None
    first, second, output = p.layers
    into = [sum(map(bool, row)) for row in first]
    drawn = sum(bool(w) * (1 + n) for row in second for w, n in zip(row[1:], into, strict=True))
    return drawn + sum(bool(row[0]) for row in second) + sum(map(bool, output[0]))


EXERCISE = Exercise(
    number=3,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(6.1, 8.15, 10.4),
    parts={
        "drawing": Open(points=3, space=70),
        "weights": Predicate(test=right_rows, points=2),
        "count": Number(),
        "value": Number(points=2),
    },
    mistakes={
        "constant_last": instead(weights=lambda p, s: (*chain(*((*n.row[1:], n.row[0]) for n in s.neurons)),)),
        "signs_lost": instead(weights=lambda p, s: tuple(map(abs, s.weights)) if min(s.weights) < 0 else None),
        "outer_swapped": wrong(swapped, spoils="weights value"),
        "no_constants": wrong(constants=False, spoils="count value"),
        "hidden_only": instead(count=lambda p, s: s.count - s.arrows[-1]),
        "outer_constant": instead(count=lambda p, s: s.count - 1 if p.constant else None),
        "missing_drawn": instead(count=lambda p, s: len(s.weights) if ZERO in s.weights else None),
        "drawn_twice": instead(count=lambda p, s: repeated(p)),
        "no_inner_max": wrong(inner=False, spoils="value"),
    },
)
