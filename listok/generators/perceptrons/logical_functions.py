"""Build logical functions from step neurons, and tell which of them one neuron can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations, product
from math import lcm
from typing import TypeAlias

from listok.generators.answers import Choices, Predicate, Vector
from listok.generators.draw import Draw
from listok.generators.exact import Fraction
from listok.generators.exercise import Exercise
from listok.generators.figures import Scene, dense_edges, layered_network
from listok.generators.values import BadParams, Value

Table: TypeAlias = tuple[int, ...]
"""The values of a function, the rows of its inputs in the order 00, 01, 10, 11 (000, ..., 111)."""
Neuron: TypeAlias = tuple[Fraction, ...]
"""The constant, then the weights of the inputs."""
Inputs: TypeAlias = tuple[int, ...]

HALF = Fraction(1, 2)
ONE = Fraction(1)
NAMES = ("f1", "f2", "f3", "f4", "f5")
OR, AND = (-HALF, ONE, ONE), (-3 * HALF, ONE, ONE)


@dataclass(frozen=True)
class TableRow:
    x: Inputs
    f1: int
    f2: int
    f3: int
    f4: int
    f5: int = 0  # not printed where there are four functions


@dataclass(frozen=True)
class Params:
    """Four tables or five; `single` and `double` are the numbers (from 1) of the functions to build of one neuron and
    of two hidden neurons and an output."""

    functions: tuple[Table, ...]
    single: int
    double: int

    def __post_init__(self) -> None:
        if len(self.functions) not in (4, 5):
            raise BadParams(f"functions holds 4 or 5 tables, not {len(self.functions)}")
        if {len(table) for table in self.functions} not in ({4}, {8}):
            raise BadParams("every function has 4 values (two variables), or every one has 8 (three variables)")
        if any(value not in (0, 1) for table in self.functions for value in table):
            raise BadParams("the values of functions are 0 and 1")
        if not 1 <= self.single <= self.count or not 1 <= self.double <= self.count:
            raise BadParams(
                f"single and double are numbers of functions, 1 to {self.count}, not {self.single} and {self.double}"
            )

    @property
    def count(self) -> int:
        return len(self.functions)

    @property
    def five(self) -> bool:
        return self.count == 5

    @property
    def names(self) -> tuple[str, ...]:
        return NAMES[: self.count]

    @property
    def single_table(self) -> Table:
        return self.functions[self.single - 1]

    @property
    def double_table(self) -> Table:
        return self.functions[self.double - 1]

    @property
    def variables(self) -> int:
        return 2 if len(self.functions[0]) == 4 else 3

    @property
    def three(self) -> bool:
        return self.variables == 3

    @property
    def rows(self) -> tuple[TableRow, ...]:
        return tuple(TableRow(x, *values) for x, *values in zip(_inputs(self.variables), *self.functions, strict=True))


@dataclass(frozen=True)
class Judgement:
    """What is known of function number `k`: the neuron that computes it, or, where there is none, two rows with 1 and
    two rows with 0 that have the same sum (`clash`); and the least number of neurons."""

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

    @cached_property
    def sum(self) -> str:
        return written(self.neuron)


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
    network: tuple[Fraction, ...]
    network_rows: tuple[NetworkRow, ...]

    @property
    def neuron_sum(self) -> str:
        return written(self.neuron)

    @property
    def first_sum(self) -> str:
        return written(self.hidden[0])

    @property
    def second_sum(self) -> str:
        return written(self.hidden[1])

    @property
    def output_sum(self) -> str:
        return written(self.output, "h")

    @property
    def joined_by_or(self) -> bool:
        return self.output == OR

    @property
    def net(self) -> Scene:
        return _net(self.hidden, self.output)


@cache
def _net(hidden: tuple[Neuron, ...], output: Neuron) -> Scene:
    variables = len(hidden[0]) - 1
    inputs = ["1", *(f"x_{i + 1}" for i in range(variables))]
    into = [[neuron[i] or None for neuron in hidden] for i in range(variables + 1)]
    layers = (inputs, ["1", "h_1", "h_2"], ["y"])
    edges = (*dense_edges(0, [[None, *row] for row in into]), *dense_edges(1, [[w] for w in output]))
    return layered_network(layers, edges)


@cache
def written(neuron: Neuron, name: str = "x") -> str:
    """A neuron's sum as mathematics: ``x_{1} - x_{2} - 0.5``."""
    text = ""
    for i, w in enumerate(neuron[1:], 1):
        if w:
            sign = " - " if w < 0 else " + " if text else ""
            text += f"{sign}{'' if abs(w) == 1 else abs(w)}{name}_{{{i}}}"
    return f"{text} {'-' if neuron[0] < 0 else '+'} {float(abs(neuron[0]))}" if text else f"{float(neuron[0])}"


@cache
def _inputs(variables: int) -> tuple[Inputs, ...]:
    return tuple(product((0, 1), repeat=variables))


def _sum(neuron: Neuron, x: Sequence[int]) -> Fraction:
    return neuron[0] + sum(w for w, on in zip(neuron[1:], x, strict=True) if on)


def _outputs(neuron: Neuron, rows: Sequence[Sequence[int]]) -> Table:
    # Only the signs of the sums count, so whole multiples of the weights serve, which are quicker to add.
    scale = lcm(*(w.denominator for w in neuron))
    constant, *weights = [w.numerator * (scale // w.denominator) for w in neuron]
    return tuple(int(constant + sum(w for w, on in zip(weights, x, strict=True) if on) > 0) for x in rows)


# --- the first way: Chow parameters, then covering or cutting with two neurons


@cache
def _neuron(table: Table) -> Neuron | None:
    """The smallest neuron of a function. Signs and order of its weights are those of the Chow parameters (rows with 1
    where the input is 1, less those where it is 0); up to three variables a weight is 2 if its parameter is the
    single largest of three, else 1."""
    rows = _inputs(2 if len(table) == 4 else 3)
    chow = [sum(f * (2 * on - 1) for f, on in zip(table, column, strict=True)) for column in zip(*rows, strict=True)]
    sizes = [abs(c) for c in chow]
    uneven = len(sizes) == 3 and min(sizes) > 0 and sizes.count(max(sizes)) == 1
    weights = [(c > 0) - (c < 0) if not uneven or abs(c) < max(sizes) else 2 if c > 0 else -2 for c in chow]
    sums = [sum(w for w, on in zip(weights, x, strict=True) if on) for x in rows]
    high = min((s for s, f in zip(sums, table, strict=True) if f), default=max(sums) + 1)
    low = max((s for s, f in zip(sums, table, strict=True) if not f), default=min(sums) - 1)
    return (Fraction(-high - low, 2), *map(Fraction, weights)) if high > low else None


@cache
def _separable(length: int) -> tuple[Table, ...]:
    return tuple(table for table in product((0, 1), repeat=length) if _neuron(table) is not None)


def _cost(*neurons: Neuron | None) -> int:
    return int(sum(abs(w) for neuron in neurons if neuron for w in neuron[1:]))


@cache
def _pair(table: Table) -> tuple[Table, Table, Neuron] | None:
    """Two hidden neurons whose OR (or AND) is the function: the ones with the smallest weights."""
    found = []
    for gate, value in ((OR, 1), (AND, 0)):
        # Under OR a hidden neuron may only be 1 where the function is; under AND it may only be 0 where it is.
        parts = [
            part for part in _separable(len(table))
            if all(f == value for h, f in zip(part, table, strict=True) if h == value)
        ]  # fmt: skip
        for one, other in combinations(parts, 2):
            if all(value in (a, b) for a, b, f in zip(one, other, table, strict=True) if f == value):
                found.append((_cost(_neuron(one), _neuron(other)), gate == AND, one, other, gate))
    return min(found)[2:] if found else None


@cache
def _clash(table: Table) -> tuple[Inputs, ...]:
    """Two rows with 1 and two with 0 of the same sum: no neuron can tell them apart. () if there are none."""
    rows = _inputs(2 if len(table) == 4 else 3)
    ones = [x for x, f in zip(rows, table, strict=True) if f]
    zeros = [x for x, f in zip(rows, table, strict=True) if not f]
    for a, b in combinations(ones, 2):
        for c, d in combinations(zeros, 2):
            if all(i + j == k + m for i, j, k, m in zip(a, b, c, d, strict=True)):
                return a, b, c, d
    return ()


@cache
def _judge(k: int, table: Table) -> Judgement:
    neuron = _neuron(table)
    if neuron is not None:
        return Judgement(k, neuron, (), 1)
    return Judgement(k, (), _clash(table), 3 if _pair(table) else 4)


@cache
def _built_of_one(table: Table) -> tuple[Neuron, tuple[NeuronRow, ...]] | None:
    neuron = _neuron(table)
    if neuron is None:
        return None
    rows = _inputs(2 if len(table) == 4 else 3)
    return neuron, tuple(NeuronRow(x, _sum(neuron, x), y) for x, y in zip(rows, table, strict=True))


@cache
def _built_of_three(table: Table) -> tuple[Neuron, Neuron, Neuron, tuple[NetworkRow, ...]] | None:
    pair = _pair(table)
    if pair is None:
        return None
    one, other, output = pair
    first, second = _neuron(one), _neuron(other)
    assert first is not None
    assert second is not None
    rows = _inputs(2 if len(table) == 4 else 3)
    checked = (
        NetworkRow(x, a, b, _sum(output, (a, b)), y) for x, a, b, y in zip(rows, one, other, table, strict=True)
    )
    return first, second, output, tuple(checked)


def solve(p: Params) -> Solution:
    judgements = tuple(_judge(k, table) for k, table in enumerate(p.functions, 1))
    single, double = _built_of_one(p.single_table), _built_of_three(p.double_table)
    if single is None:
        raise BadParams(f"no neuron computes function {p.single}")
    if double is None or judgements[p.double - 1].count != 3:
        raise BadParams(f"function {p.double} needs {judgements[p.double - 1].count} neurons, it must need 3")
    neuron, neuron_rows = single
    first, second, output, network_rows = double
    return Solution(
        judgements,
        neuron,
        neuron_rows,
        tuple(name for name, judgement in zip(p.names, judgements, strict=True) if judgement.separable),
        tuple(judgement.count for judgement in judgements),
        (first, second),
        output,
        (*first, *second, *output),
        network_rows,
    )


# --- the second way: every neuron with small weights, every pair of them under every gate


@cache
def _all_neurons(variables: int) -> dict[Table, Neuron]:
    """Every function some neuron with weights up to 2 computes, with the neuron of smallest weights."""
    best: dict[Table, Neuron] = {}
    for weights in sorted(product(range(-2, 3), repeat=variables), key=lambda ws: sum(map(abs, ws))):
        for twice in range(-13, 14, 2):
            table = tuple(
                int(twice + 2 * sum(w * on for w, on in zip(weights, x, strict=True)) > 0)
                for x in product((0, 1), repeat=variables)
            )
            # A constant function has no nearest threshold of its own: half is taken.
            if any(weights) or twice in (-1, 1):
                best.setdefault(table, (Fraction(twice, 2), *map(Fraction, weights)))
    return best


@cache
def _all_pairs(variables: int) -> dict[Table, tuple[Table, Table, Neuron]]:
    """Every function that a gate over two neurons computes, with the pair of smallest weights."""
    neurons = _all_neurons(variables)
    best: dict[Table, tuple[int, bool, Table, Table, Neuron]] = {}
    for (one, first), (other, second) in combinations(sorted(neurons.items()), 2):
        weight = sum(abs(int(w)) for w in (*first[1:], *second[1:]))
        for late, (gate, threshold) in enumerate(((OR, 1), (AND, 2))):
            table = tuple(int(a + b >= threshold) for a, b in zip(one, other, strict=True))
            offer = (weight, bool(late), one, other, gate)
            if table not in neurons and (table not in best or offer < best[table]):
                best[table] = offer
    return {table: offer[2:] for table, offer in best.items()}


@cache
def _least_clash(table: Table, variables: int) -> tuple[Inputs, ...]:
    """The first of all clashes, by the sums of pairs."""
    rows = list(product((0, 1), repeat=variables))
    by_sum: dict[tuple[int, ...], list[list[tuple[Inputs, Inputs]]]] = {}
    for i, j in combinations(range(len(rows)), 2):
        if table[i] == table[j]:
            total = tuple(a + b for a, b in zip(rows[i], rows[j], strict=True))
            by_sum.setdefault(total, [[], []])[table[i]].append((rows[i], rows[j]))
    return min(((*ones[0], *zeros[0]) for zeros, ones in by_sum.values() if zeros and ones), default=())


@cache
def _tried(neuron: Neuron) -> tuple[NeuronRow, ...]:
    tried = []
    for x in product((0, 1), repeat=len(neuron) - 1):
        z = neuron[0] + sum(w * on for w, on in zip(neuron[1:], x, strict=True))
        tried.append(NeuronRow(x, z, 1 if z > 0 else 0))
    return tuple(tried)


@cache
def _tried_together(first: Neuron, second: Neuron, gate: Neuron) -> tuple[NetworkRow, ...]:
    tried = []
    for one, other in zip(_tried(first), _tried(second), strict=True):
        z = gate[0] + gate[1] * one.y + gate[2] * other.y
        tried.append(NetworkRow(one.x, one.y, other.y, z, 1 if z > 0 else 0))
    return tuple(tried)


def oracle(p: Params) -> Solution:
    variables = len(p.functions[0]).bit_length() - 1
    neurons, pairs = _all_neurons(variables), _all_pairs(variables)
    counts = tuple(1 if table in neurons else 3 if table in pairs else 4 for table in p.functions)
    if counts[p.single - 1] != 1 or counts[p.double - 1] != 3:
        raise BadParams("the functions to build need other numbers of neurons")
    neuron = neurons[p.functions[p.single - 1]]
    one, other, gate = pairs[p.functions[p.double - 1]]
    hidden = (neurons[one], neurons[other])
    return Solution(
        judgements=tuple(
            Judgement(k + 1, neurons.get(table, ()), _least_clash(table, variables), counts[k])
            for k, table in enumerate(p.functions)
        ),
        neuron=neuron,
        neuron_rows=_tried(neuron),
        separable=tuple(f"f{k + 1}" for k, count in enumerate(counts) if count == 1),
        counts=counts,
        hidden=hidden,
        output=gate,
        network=hidden[0] + hidden[1] + gate,
        network_rows=_tried_together(*hidden, gate),
    )


# --- drawing and marking


@cache
def _pools(level: int) -> tuple[tuple[Table, ...], ...]:
    """The functions to draw from: to build of one neuron, to build of three, separable, not separable."""
    length = 4 if level == 1 else 8
    simple, singles, doubles, hard = [], [], [], []
    for table in product((0, 1), repeat=length):
        neuron, pair = _neuron(table), _pair(table)
        if neuron is None:
            cheap = pair is not None and _cost(_neuron(pair[0]), _neuron(pair[1])) <= 4
            if pair is not None and cheap == (level < 3):
                doubles.append(table)
            # Level 2 leaves out the functions that three neurons cannot do.
            if pair is not None or level == 3:
                hard.append(table)
        elif _cost(neuron) > (level > 1):
            simple.append(table)
            gate = sum(table) in (1, length - 1)
            # A negated input, so that forgetting the negation shows.
            if all(neuron[1:]) and min(neuron[1:]) < 0 and gate == (level < 3):
                singles.append(table)
    return tuple(singles), tuple(doubles), tuple(simple), tuple(hard)


def draw(d: Draw, level: int) -> Params:
    singles, doubles, simple, hard = _pools(level)
    single, double = d.choice(singles), d.choice(doubles)
    tables = [single, double]
    # Functions of two variables are few: there is one more of them, and the two hard ones come less often.
    extra, seldom = (3, 6) if level == 1 else (2, 2)
    for _ in range(extra):
        pool = [table for table in (hard if d.below(seldom) == 0 else simple) if table not in tables]
        tables.append(d.choice(pool or [table for table in simple if table not in tables]))
    functions = d.shuffled(tables)
    return Params(functions, functions.index(single) + 1, functions.index(double) + 1)


def check(p: Params, s: Solution) -> str | None:
    if len(set(p.functions)) < len(p.functions):
        return "two of the functions are the same"
    if any(len(set(table)) == 1 for table in p.functions):
        return "one of the functions is constant"
    return None


def effort(p: Params, s: Solution) -> int:
    return 3 * len(p.functions[0]) + 8 * _cost(s.neuron, *s.hidden) + 2 * sum(s.counts)


def _share(table: Table, outputs: Table) -> Fraction:
    """The share of rows that are right beyond what a constant answer gets right."""
    wrong = sum(a != b for a, b in zip(table, outputs, strict=True))
    spare = min(sum(table), len(table) - sum(table))
    return max(Fraction(0), 1 - Fraction(wrong, spare)) if spare else Fraction(wrong == 0)


def neuron_works(p: Params, numbers: tuple[Fraction, ...]) -> Fraction:
    """How far a neuron computes the function to be built of one neuron."""
    return _share(p.single_table, _outputs(numbers, _inputs(p.variables)))


def network_works(p: Params, numbers: tuple[Fraction, ...]) -> Fraction:
    """How far a network of three neurons computes the function to be built of three."""
    rows, size = _inputs(p.variables), p.variables + 1
    first, second = _outputs(numbers[:size], rows), _outputs(numbers[size : 2 * size], rows)
    return _share(p.double_table, _outputs(numbers[2 * size :], list(zip(first, second, strict=True))))


def _single(p: Params) -> Neuron:
    built = _built_of_one(p.single_table)
    if built is None:
        raise BadParams(f"no neuron computes function {p.single}")
    return built[0]


def _plain_constant(neuron: Neuron) -> Fraction:
    """The constant the neuron would have if none of its inputs were negated."""
    return neuron[0] + sum(w for w in neuron[1:] if w < 0)


def _with_output(p: Params, change: Callable[[Neuron], Neuron]) -> Mapping[str, Value]:
    """The network with its output neuron changed."""
    built = _built_of_three(p.double_table)
    if built is None:
        raise BadParams(f"function {p.double} cannot be built of three neurons")
    return {"network": built[0] + built[1] + change(built[2])}


def no_negation(p: Params) -> Mapping[str, Value]:
    neuron = _single(p)
    return {"neuron": (_plain_constant(neuron), *map(abs, neuron[1:]))}


def unshifted(p: Params) -> Mapping[str, Value]:
    neuron = _single(p)
    return {"neuron": (_plain_constant(neuron), *neuron[1:])}


def _on_border(neuron: Neuron) -> Neuron:
    return (neuron[0] - HALF, *neuron[1:])


def border(p: Params) -> Mapping[str, Value]:
    return {"neuron": _on_border(_single(p)), **_with_output(p, _on_border)}


def gate_swapped(p: Params) -> Mapping[str, Value]:
    return _with_output(p, lambda gate: AND if gate == OR else OR)


def one_neuron(p: Params) -> Mapping[str, Value]:
    return {"counts": (1,) * len(p.functions)}


def no_output(p: Params) -> Mapping[str, Value]:
    counts = (_judge(k, table).count for k, table in enumerate(p.functions, 1))
    return {"counts": tuple(n - (n > 1) for n in counts)}


def row_by_row(p: Params) -> Mapping[str, Value]:
    return {"counts": tuple(sum(table) + 1 for table in p.functions)}


EXERCISE = Exercise(
    number=5,
    name="logical-functions",
    version=1,
    draw=draw,
    solve=solve,
    oracle=oracle,
    check=check,
    effort=effort,
    parts={
        "neuron": Predicate("neuron", test=neuron_works, points=2),
        "separable": Choices("separable", among="names", shuffle=False, points=2),
        "counts": Vector("counts", points=2),
        "network": Predicate("network", test=network_works, points=3),
    },
    mistakes={
        "no_negation": no_negation,
        "unshifted": unshifted,
        "border": border,
        "one_neuron": one_neuron,
        "no_output": no_output,
        "row_by_row": row_by_row,
        "gate_swapped": gate_swapped,
    },
)
