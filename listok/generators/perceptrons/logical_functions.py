"""Build logical functions from step neurons, and tell which of them one neuron can do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from typing import Annotated

from listok.generators.answers import Choices, Predicate, Vector
from listok.generators.bounds import Checked, OneOf, Size
from listok.generators.draw import Draw
from listok.generators.exact import Fraction, Row
from listok.generators.exercise import Exercise
from listok.generators.figures import Scene
from listok.generators.formulas import Formula
from listok.generators.mistakes import instead
from listok.generators.toolkit import logic
from listok.generators.toolkit.activations import step
from listok.generators.toolkit.logic import AND, OR, Judgement, Net, Neuron, Table, TableRow
from listok.generators.values import BadParams

NAMES = ("f1", "f2", "f3", "f4")
WEIGHTS = {1: 4, 2: 5, 3: 7}
"""The sum of the weights of the hidden neurons in the network to be built: functions of one form have the same."""
HARD = {1: (0, 1), 2: (1, 2, 2), 3: (2, 3, 3, 3)}
"""How many of the tables are of functions that no neuron computes."""
COUNTS = {1: ((1, 3), (1, 4)), 2: ((1, 3), (1, 4), (3, 4)), 3: ((1, 3, 3, 4), (3, 3, 3, 4), (3, 3, 3, 4))}
"""The least numbers of neurons that are asked for."""


@dataclass(frozen=True)
class Params(Checked):
    """Functions, each as the column of its values: three or four that are printed as tables, one to build of a `single`
    neuron, one to build of a network with two hidden neurons (a `double` one), and some whose neurons are to be
    `counted`. These others are printed as formulas, so no part tells of a function that another part asks of."""

    functions: Annotated[tuple[Table, ...], Size(3, 4, each=(4, 8)), OneOf((0, 1))]
    single: Annotated[Table, Size(4, 8), OneOf((0, 1))]
    double: Annotated[Table, Size(4, 8), OneOf((0, 1))]
    counted: Annotated[tuple[Table, ...], Size(2, 4, each=(4, 8)), OneOf((0, 1))]

    def rules(self) -> Iterator[str]:
        for table in (self.functions[0], self.single, self.double, self.counted[0]):
            if len(table) not in (4, 8):
                yield "a function has 4 values (two variables) or 8 (three variables)"
                return
        for table in (self.single, self.double, *self.counted):
            if logic.in_formula(table) is None:
                yield f"there is no short formula for the function {''.join(map(str, table))}"

    @property
    def three_functions(self) -> bool:
        return len(self.functions) == 3

    @property
    def three(self) -> bool:
        return len(self.functions[0]) == 8

    @property
    def names(self) -> tuple[str, ...]:
        return NAMES[: len(self.functions)]

    @property
    def rows(self) -> tuple[TableRow, ...]:
        return logic.rows_of(*self.functions)

    @property
    def single_formula(self) -> str:
        return logic.in_formula(self.single) or ""

    @property
    def double_formula(self) -> str:
        return logic.in_formula(self.double) or ""

    @property
    def single_of_three(self) -> bool:
        return len(self.single) == 8

    @property
    def double_of_three(self) -> bool:
        return len(self.double) == 8

    @property
    def formulas(self) -> tuple[str, ...]:
        return tuple(logic.in_formula(table) or "" for table in self.counted)

    @property
    def nets(self) -> tuple[Net, ...]:
        """A network for each of the counted functions that no single neuron computes."""
        nets = (logic.net_of(k, table) for k, table in enumerate(self.counted, 1))
        return tuple(net for net in nets if net is not None)


@dataclass(frozen=True)
class Solution:
    """The sums `z` of the neuron and of the network's output, and the answers `h` of its hidden neurons, are in the
    order of a table's rows. `network` holds the constant and weights of both hidden neurons, then of the output."""

    neuron: Neuron
    neuron_z: Row
    judgements: tuple[Judgement, ...]
    separable: tuple[str, ...]
    network: Row
    h1: Table
    h2: Table
    verdicts: tuple[Judgement, ...]
    counts: tuple[int, ...]

    @property
    def neuron_rows(self) -> tuple[TableRow, ...]:
        """The inputs, the sum and the answer."""
        return logic.rows_of(self.neuron_z, map(step, self.neuron_z))

    @property
    def network_rows(self) -> tuple[TableRow, ...]:
        """The inputs, what the hidden neurons give, and what the output gives."""
        return logic.rows_of(self.h1, self.h2, logic.outputs(self.output, list(zip(self.h1, self.h2, strict=True))))

    @property
    def neuron_sum(self) -> Formula:
        return logic.written(self.neuron)

    @property
    def hidden(self) -> tuple[Neuron, Neuron]:
        size = len(self.network) // 2 - 1
        return self.network[:size], self.network[size:-3]

    @property
    def output(self) -> Neuron:
        return self.network[-3:]

    @property
    def sums(self) -> Net:
        return logic.Net(1, tuple(map(logic.written, self.hidden)), logic.written(self.output, "h"))

    @property
    def joined_by_or(self) -> bool:
        return self.output == OR

    @property
    def net(self) -> Scene:
        return logic.network_scene(self.hidden, self.output)


@cache
def built(level: int) -> tuple[tuple[Table, ...], tuple[Table, ...]]:
    """The functions to build of one neuron, of two inputs at level 1, and of a network: a XOR of two inputs at level 1,
    or its negation. At level 3 weights are larger. The neuron has a negated input, so that forgetting it shows."""
    singles = []
    for table in logic.written_tables(4 if level == 1 else 8):
        weights = (logic.neuron_of(table) or ())[1:]
        if weights and all(weights) and min(weights) < 0 and (max(map(abs, weights)) == 2) == (level == 3):
            singles.append(table)
    return tuple(singles), tuple(table for table in countable(3) if logic.pair_cost(table) == WEIGHTS[level])


@cache
def judgeable(inputs: int) -> tuple[tuple[Table, ...], tuple[Table, ...]]:
    """The functions that one neuron computes, if there is more to them than one input, and those that none does, but
    for parities, which are left to be counted."""
    simple, hard = [], []
    for table in product((0, 1), repeat=2**inputs):
        neuron = logic.neuron_of(table)
        if neuron is None and logic.judged(table).count == 3:
            hard.append(table)
        elif neuron is not None and logic.cost(neuron) > 1:
            simple.append(table)
    return tuple(simple), tuple(hard)


@cache
def countable(count: int) -> tuple[Table, ...]:
    """Functions of three inputs that need so many neurons and have a formula."""
    known = [table for table in logic.written_tables(8) if logic.judged(table).count == count]
    return tuple(table for table in known if count > 1 or logic.cost(logic.judged(table).neuron) > 1)


def unlike(table: Table, level: int) -> bool:
    """Whether a function to be counted is of another form than those to be built, whose questions tell how many neurons
    will do."""
    if logic.judged(table).count == 1:
        return (logic.in_letters(table) is None) == (level < 3)
    return logic.pair_cost(table) not in (WEIGHTS[1], WEIGHTS[level])


def draw(d: Draw, level: int) -> Params:
    singles, doubles = built(level)
    single, double = d.choice(singles), d.choice(doubles)
    taken = [single, double]

    def other(pool: tuple[Table, ...]) -> Table:
        table = d.choice([table for table in pool if not any(logic.alike(table, one) for one in taken)])
        taken.append(table)
        return table

    simple, hard = judgeable(2 if level == 1 else 3)
    hard_ones = d.choice(HARD[level])
    functions = d.shuffled([other(hard if i < hard_ones else simple) for i in range(3 if level == 1 else 4)])
    kinds = [tuple(table for table in countable(count) if unlike(table, level)) for count in d.choice(COUNTS[level])]
    counted = d.shuffled([other(kind) for kind in kinds])
    return Params(functions, single, double, counted)


def solve(p: Params) -> Solution:
    """Two functions are built, and tried on all inputs; the others are judged."""
    neuron = logic.neuron_of(p.single)
    if neuron is None:
        raise BadParams("no single neuron computes the function `single`")
    pair = logic.pair_of(p.double)
    if pair is None:
        raise BadParams("no network with two hidden neurons computes the function `double`")
    first, second, output = pair
    inputs = logic.inputs_of(p.double)
    h1, h2 = logic.outputs(first, inputs), logic.outputs(second, inputs)

    judgements, verdicts = (tuple(map(logic.judged, tables)) for tables in (p.functions, p.counted))
    return Solution(
        neuron=neuron,
        neuron_z=tuple(logic.total(neuron, x) for x in logic.inputs_of(p.single)),
        judgements=judgements,
        separable=tuple(name for name, judgement in zip(p.names, judgements, strict=True) if judgement.separable),
        network=first + second + output,
        h1=h1,
        h2=h2,
        verdicts=verdicts,
        counts=tuple(verdict.count for verdict in verdicts),
    )


def check(p: Params, s: Solution) -> str | None:
    tables = (*p.functions, p.single, p.double, *p.counted)
    if any(logic.alike(one, other) for one, other in combinations(tables, 2)):
        return "two of the functions are the same, so one part may tell the answer of another"
    if any(len(set(table)) == 1 for table in tables):
        return "one of the functions is constant"
    if logic.neuron_of(p.double) is not None:
        return "one neuron is enough for the function of which a network is to be built"
    return None


def neuron_works(p: Params, numbers: Row) -> Fraction:
    """How far a neuron computes the function to be built of one neuron."""
    return logic.share_right(p.single, logic.outputs(numbers, logic.inputs_of(p.single)))


def network_works(p: Params, numbers: Row) -> Fraction:
    """How far a network of three neurons computes the function to be built of three."""
    inputs = logic.inputs_of(p.double)
    size = len(inputs[0]) + 1
    hidden, output = (numbers[:size], numbers[size : 2 * size]), numbers[2 * size :]
    return logic.share_right(p.double, logic.network_outputs(hidden, output, inputs))


EXERCISE = Exercise(
    number=5,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(9.5, 12, 15.1),
    terms={"counts": lambda p, s: 4},  # it takes a while to see whether one neuron will do, or two hidden ones
    version=2,
    parts={
        "neuron": Predicate(test=neuron_works, points=2),
        "separable": Choices(among="names", shuffle=False, points=2),
        "network": Predicate(test=network_works, points=3),
        "counts": Vector(points=2),
    },
    mistakes={
        "no_negation": instead(neuron=lambda p, s: (logic.unshifted(s.neuron)[0], *map(abs, s.neuron[1:]))),
        "unshifted": instead(neuron=lambda p, s: logic.unshifted(s.neuron)),
        "border": instead(
            neuron=lambda p, s: logic.on_border(s.neuron),
            network=lambda p, s: s.network[:-3] + logic.on_border(s.output),
        ),
        "one_neuron": instead(counts=lambda p, s: (1,) * len(s.counts)),
        "no_output": instead(counts=lambda p, s: tuple(n - (n > 1) for n in s.counts)),
        "row_by_row": instead(counts=lambda p, s: tuple(sum(table) + 1 for table in p.counted)),
        "gate_swapped": instead(network=lambda p, s: s.network[:-3] + (AND if s.output == OR else OR)),
    },
)
