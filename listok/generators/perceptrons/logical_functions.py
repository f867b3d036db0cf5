"""Build logical functions from step neurons, and tell which of them one neuron can do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Annotated

from listok.generators.answers import Choices, Predicate, Vector
from listok.generators.bounds import Checked, OneOf, Size
from listok.generators.draw import Draw
from listok.generators.exact import HALF, Fraction, Row
from listok.generators.exercise import Exercise
from listok.generators.figures import Scene, dense_edges, layered_network
from listok.generators.formulas import Formula
from listok.generators.mistakes import instead
from listok.generators.toolkit import logic
from listok.generators.toolkit.activations import step
from listok.generators.toolkit.logic import AND, OR, Inputs, Neuron, Table
from listok.generators.values import BadParams

NAMES = ("f1", "f2", "f3", "f4", "f5")


@dataclass(frozen=True)
class TableRow:
    x: Inputs
    values: tuple[int, ...]


@dataclass(frozen=True)
class Gate:
    """A function that is one AND, OR or XOR: its number, and it in LaTeX."""

    k: int
    formula: str


@dataclass(frozen=True)
class Net:
    """The sums of a network of two hidden neurons and an output, for function number `k`."""

    k: int
    first: Formula
    second: Formula
    output: Formula


@dataclass(frozen=True)
class Params(Checked):
    """Three tables to five; `single` and `double` are the numbers (from 1) of the functions to build of one neuron and
    of two hidden neurons and an output."""

    functions: Annotated[tuple[Table, ...], Size(3, 5, each=(4, 8)), OneOf((0, 1))]
    single: int
    double: int

    def rules(self) -> Iterator[str]:
        if len(self.functions[0]) not in (4, 8):
            yield "every function has 4 values (two variables), or every one has 8 (three variables)"
        count = len(self.functions)
        if not 1 <= self.single <= count or not 1 <= self.double <= count:
            yield f"single and double are numbers of functions, 1 to {count}, not {self.single} and {self.double}"

    @property
    def three_functions(self) -> bool:
        return len(self.functions) == 3

    @property
    def four_functions(self) -> bool:
        return len(self.functions) == 4

    @property
    def five_functions(self) -> bool:
        return len(self.functions) == 5

    @property
    def three(self) -> bool:
        return len(self.functions[0]) == 8

    @property
    def names(self) -> tuple[str, ...]:
        return NAMES[: len(self.functions)]

    @property
    def rows(self) -> tuple[TableRow, ...]:
        inputs = logic.inputs_of(self.functions[0])
        return tuple(TableRow(x, tuple(values)) for x, *values in zip(inputs, *self.functions, strict=True))

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The functions that have a name."""
        formulas = enumerate(map(logic.in_letters, self.functions), 1)
        return tuple(Gate(k, formula) for k, formula in formulas if formula is not None)

    @property
    def some_gates(self) -> bool:
        return bool(self.gates)

    @property
    def some_nets(self) -> bool:
        return bool(self.nets)

    @property
    def nets(self) -> tuple[Net, ...]:
        """A network for each function that two hidden neurons and an output compute, and no single neuron."""
        nets = []
        for k, table in enumerate(self.functions, 1):
            pair = logic.pair_of(table) if logic.neuron_of(table) is None else None
            if pair is not None:
                first, second, output = pair
                nets.append(Net(k, logic.written(first), logic.written(second), logic.written(output, "h")))
        return tuple(nets)


@dataclass(frozen=True)
class Judgement:
    """What is known of function number `k`: the neuron that computes it, or, where there is none, two inputs with 1 and
    two with 0 that have the same sum (`clash`); and the least number of neurons."""

    k: int
    neuron: Neuron
    clash: tuple[Inputs, ...]
    count: int

    @property
    def separable(self) -> bool:
        return self.count == 1

    @property
    def three_hidden(self) -> bool:
        return self.count == 4

    @property
    def sum(self) -> Formula:
        return logic.written(self.neuron)


@dataclass(frozen=True)
class NeuronRow:
    x: Inputs
    z: Fraction
    y: int


@dataclass(frozen=True)
class NetworkRow:
    x: Inputs
    h1: int
    h2: int
    z: Fraction
    y: int


@dataclass(frozen=True)
class Solution:
    """`network` holds the constant and the weights of both hidden neurons, then of the output."""

    judgements: tuple[Judgement, ...]
    neuron: Neuron
    neuron_rows: tuple[NeuronRow, ...]
    separable: tuple[str, ...]
    counts: tuple[int, ...]
    hidden: tuple[Neuron, ...]
    output: Neuron
    network: Row
    network_rows: tuple[NetworkRow, ...]

    @property
    def neuron_sum(self) -> Formula:
        return logic.written(self.neuron)

    @property
    def hidden_sums(self) -> tuple[Formula, ...]:
        return tuple(map(logic.written, self.hidden))

    @property
    def output_sum(self) -> Formula:
        return logic.written(self.output, "h")

    @property
    def joined_by_or(self) -> bool:
        return self.output == OR

    @property
    def net(self) -> Scene:
        return network_scene(self.hidden, self.output)


@cache
def network_scene(hidden: tuple[Neuron, ...], output: Neuron) -> Scene:
    variables = len(hidden[0]) - 1
    inputs = ["1", *(f"x_{i}" for i in range(1, variables + 1))]
    into = [[None, *(weight or None for weight in weights)] for weights in zip(*hidden, strict=True)]
    out = [[weight] for weight in output]
    return layered_network((inputs, ["1", "h_1", "h_2"], ["y"]), (*dense_edges(0, into), *dense_edges(1, out)))


@cache
def pools(level: int) -> tuple[tuple[Table, ...], ...]:
    """The functions to draw from: to build of one neuron, to build of three, separable, not separable."""
    length = 4 if level == 1 else 8
    simple, singles, doubles, hard = [], [], [], []
    for table in product((0, 1), repeat=length):
        neuron, pair = logic.neuron_of(table), logic.pair_of(table)
        if neuron is None:
            if pair is not None and (logic.cost(*pair[:2]) <= 4) == (level < 3):
                doubles.append(table)
            # Level 2 leaves out the functions that three neurons cannot do.
            if pair is not None or level == 3:
                hard.append(table)
        elif logic.cost(neuron) > (level > 1):
            simple.append(table)
            gate = sum(table) in (1, length - 1)
            # A negated input, so that forgetting the negation shows.
            if all(neuron[1:]) and min(neuron[1:]) < 0 and gate == (level < 3):
                singles.append(table)
    return tuple(singles), tuple(doubles), tuple(simple), tuple(hard)


def draw(d: Draw, level: int) -> Params:
    singles, doubles, simple, hard = pools(level)
    single, double = d.choice(singles), d.choice(doubles)
    tables = [single, double]
    # Functions of two variables are few: there is one more of them, and the two hard ones come less often.
    extra, seldom = (3, 6) if level == 1 else (2, 2)
    for _ in range(extra):
        pool = [table for table in (hard if d.below(seldom) == 0 else simple) if table not in tables]
        tables.append(d.choice(pool or [table for table in simple if table not in tables]))
    functions = d.shuffled(tables)
    return Params(functions, functions.index(single) + 1, functions.index(double) + 1)


@cache
def judged(k: int, table: Table) -> Judgement:
    neuron = logic.neuron_of(table)
    if neuron is not None:
        return Judgement(k, neuron, clash=(), count=1)
    return Judgement(k, neuron=(), clash=logic.clash_in(table), count=3 if logic.pair_of(table) else 4)


def solve(p: Params) -> Solution:
    """Each function is judged; two are built, and tried on all inputs."""
    judgements = tuple(judged(k, table) for k, table in enumerate(p.functions, 1))
    counts = tuple(judgement.count for judgement in judgements)
    inputs = logic.inputs_of(p.functions[0])

    neuron = logic.neuron_of(p.functions[p.single - 1])
    if neuron is None:
        raise BadParams(f"no neuron computes function {p.single}")
    sums = [logic.total(neuron, x) for x in inputs]

    built = logic.pair_of(p.functions[p.double - 1])
    if built is None:
        raise BadParams(f"no network of three neurons computes function {p.double}")
    first, second, output = built
    h1, h2 = logic.outputs(first, inputs), logic.outputs(second, inputs)
    output_sums = [logic.total(output, h) for h in zip(h1, h2, strict=True)]

    return Solution(
        judgements=judgements,
        neuron=neuron,
        neuron_rows=tuple(map(NeuronRow, inputs, sums, map(step, sums))),
        separable=tuple(f"f{judgement.k}" for judgement in judgements if judgement.separable),
        counts=counts,
        hidden=(first, second),
        output=output,
        network=first + second + output,
        network_rows=tuple(map(NetworkRow, inputs, h1, h2, output_sums, map(step, output_sums))),
    )


def check(p: Params, s: Solution) -> str | None:
    if len(set(p.functions)) < len(p.functions):
        return "two of the functions are the same"
    if any(len(set(table)) == 1 for table in p.functions):
        return "one of the functions is constant"
    if s.counts[p.double - 1] == 1:
        return f"one neuron is enough for function {p.double}, of which a network is to be built"
    return None


def neuron_works(p: Params, numbers: Row) -> Fraction:
    """How far a neuron computes the function to be built of one neuron."""
    table = p.functions[p.single - 1]
    return logic.share_right(table, logic.outputs(numbers, logic.inputs_of(table)))


def network_works(p: Params, numbers: Row) -> Fraction:
    """How far a network of three neurons computes the function to be built of three."""
    table = p.functions[p.double - 1]
    inputs = logic.inputs_of(table)
    size = len(inputs[0]) + 1
    first, second, output = numbers[:size], numbers[size : 2 * size], numbers[2 * size :]
    hidden = list(zip(logic.outputs(first, inputs), logic.outputs(second, inputs), strict=True))
    return logic.share_right(table, logic.outputs(output, hidden))


def unshifted(neuron: Neuron) -> Neuron:
    """The constant is what it would be if no input were negated."""
    return (neuron[0] + sum(w for w in neuron[1:] if w < 0), *neuron[1:])


def on_border(neuron: Neuron) -> Neuron:
    """The sum is 0 where it should be just above."""
    return (neuron[0] - HALF, *neuron[1:])


def neuron_on_border(s: Solution) -> Neuron | None:
    """None where the neuron's sum is never above 0, so that it may be lower as well."""
    return on_border(s.neuron) if any(row.y for row in s.neuron_rows) else None


def network_on_border(s: Solution) -> Row | None:
    """None where the sum of the output neuron is never above 0."""
    return with_output(s, on_border(s.output)) if any(row.y for row in s.network_rows) else None


def with_output(s: Solution, output: Neuron) -> Row:
    return s.hidden[0] + s.hidden[1] + output


EXERCISE = Exercise(
    number=5,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(11.8, 16, 20),
    parts={
        "neuron": Predicate(test=neuron_works, points=2),
        "separable": Choices(among="names", shuffle=False, points=2),
        "counts": Vector(points=2),
        "network": Predicate(test=network_works, points=3),
    },
    mistakes={
        "no_negation": instead(neuron=lambda p, s: (unshifted(s.neuron)[0], *map(abs, s.neuron[1:]))),
        "unshifted": instead(neuron=lambda p, s: unshifted(s.neuron)),
        "border": instead(neuron=lambda p, s: neuron_on_border(s), network=lambda p, s: network_on_border(s)),
        "one_neuron": instead(counts=lambda p, s: (1,) * len(s.counts)),
        "no_output": instead(counts=lambda p, s: tuple(n - (n > 1) for n in s.counts)),
        "row_by_row": instead(counts=lambda p, s: tuple(sum(table) + 1 for table in p.functions)),
        "gate_swapped": instead(network=lambda p, s: with_output(s, AND if s.output == OR else OR)),
    },
)
