"""Logical functions, and the step neurons that compute them: 1 where the neuron's sum is above 0, else 0.

A neuron is its constant and then the weights of its inputs. A table holds the values of a function of two or three
variables, its inputs in the order 00, 01, 10, 11 (000, ..., 111).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from typing import TypeAlias

from listok.generators.exact import HALF, ONE, ZERO, Fraction, Row
from listok.generators.figures import Scene, dense_edges, layered_network
from listok.generators.formulas import Formula, linear
from listok.generators.toolkit.activations import step
from listok.generators.toolkit.linear import dot

Inputs: TypeAlias = tuple[int, ...]
Table: TypeAlias = tuple[int, ...]
Neuron: TypeAlias = Row

OR = (-HALF, ONE, ONE)
AND = (-3 * HALF, ONE, ONE)


def inputs_of(table: Sequence[object]) -> tuple[Inputs, ...]:
    """The inputs that a table has values, or rows, for: four or eight."""
    return _inputs(len(table))


@cache
def _inputs(rows: int) -> tuple[Inputs, ...]:
    return tuple(product((0, 1), repeat=rows.bit_length() - 1))


def total(neuron: Neuron, x: Inputs) -> Fraction:
    """The sum z of a neuron: its constant and the weights of the inputs that are 1."""
    constant, *weights = neuron
    return constant + Fraction(dot(weights, x))


def in_letters(table: Table, places: Sequence[int] = (1, 2, 3)) -> str | None:
    r"""A function in LaTeX, where it is one AND, one OR or one XOR of inputs or of their negations: `x_{1} \wedge \neg
    x_{2}`; None for another, and for a constant. Inputs that change nothing are left out; `places` number them."""
    inputs = inputs_of(table)
    values = dict(zip(inputs, table, strict=True))
    matters = [i for i in range(len(inputs[0])) if any(values[x] != values[_flipped(x, i)] for x in inputs)]
    if not matters:
        return None
    # The rows in which the inputs that do not matter are 0 tell all.
    rows = {x: f for x, f in values.items() if all(i in matters or not on for i, on in enumerate(x))}
    for value, sign in ((1, " \\wedge "), (0, " \\vee ")):
        single = [x for x, f in rows.items() if f == value]
        if len(single) == 1:
            x = single[0]
            return sign.join(("" if x[i] == value else "\\neg ") + f"x_{{{places[i]}}}" for i in matters)
    odd = [(sum(x) + f) % 2 for x, f in rows.items()]
    if len(set(odd)) > 1:
        return None
    parity = " \\oplus ".join(f"x_{{{places[i]}}}" for i in matters)
    return f"\\neg ({parity})" if odd[0] else parity


@cache
def in_formula(table: Table) -> str | None:
    """As `in_letters`, and also where a function of three inputs joins one of them, by AND, OR or XOR, to a function of
    the two others that can be written so."""
    alone = in_letters(table)
    if alone is not None or len(table) < 8:
        return alone
    inputs = inputs_of(table)
    for i in range(3):
        # The function of the others where this input is 0, and where it is 1.
        off, on = (tuple(f for x, f in zip(inputs, table, strict=True) if x[i] == value) for value in (0, 1))
        x, not_x = f"x_{{{i + 1}}}", f"\\neg x_{{{i + 1}}}"
        forms = [
            (not any(off), x, "\\wedge", on),
            (not any(on), not_x, "\\wedge", off),
            (all(on), x, "\\vee", off),
            (all(off), not_x, "\\vee", on),
            (on == tuple(1 - f for f in off), x, "\\oplus", off),
        ]
        for holds, first, sign, rest in forms:
            inner = in_letters(rest, [place for place in (1, 2, 3) if place != i + 1]) if holds else None
            if inner is not None:
                return f"{first} {sign} {inner}" if inner.startswith("\\neg (") else f"{first} {sign} ({inner})"
    return None


@cache
def written_tables(length: int) -> tuple[Table, ...]:
    """The functions of so many values that have a formula."""
    return tuple(table for table in product((0, 1), repeat=length) if in_formula(table) is not None)


def alike(table: Table, other: Table) -> bool:
    """Whether two functions are the same; one of two inputs is also one of three, the last of which changes nothing."""
    if len(table) < len(other):
        table, other = other, table
    return table == (other if len(other) == len(table) else tuple(f for f in other for _ in range(2)))


def _flipped(x: Inputs, place: int) -> Inputs:
    return tuple(on ^ (i == place) for i, on in enumerate(x))


def written(neuron: Neuron, name: str = "x") -> Formula:
    """The sum of a neuron as a formula of its inputs: x1 - x2 - 0.5."""
    constant, *weights = neuron
    return Formula.of(linear([(w, f"{name}{i}") for i, w in enumerate(weights, 1)], constant))


def outputs(neuron: Neuron, inputs: Sequence[Inputs]) -> Table:
    """What a neuron gives for each of the inputs."""
    return tuple(step(total(neuron, x)) for x in inputs)


def share_right(table: Table, answers: Table) -> Fraction:
    """The share of answers that are right beyond what a constant answer gets right."""
    wrong = sum(a != b for a, b in zip(table, answers, strict=True))
    spare = min(sum(table), len(table) - sum(table))
    return max(ZERO, 1 - Fraction(wrong, spare)) if spare else Fraction(wrong == 0)


@dataclass(frozen=True)
class TableRow:
    """The inputs, and what stands beside them."""

    x: Inputs
    values: tuple[Fraction | int, ...]


def rows_of(*columns: Iterable[Fraction | int]) -> tuple[TableRow, ...]:
    """The rows of a table whose columns are given, with the inputs before them."""
    rows = list(zip(*columns, strict=True))
    return tuple(map(TableRow, inputs_of(rows), rows))


def unshifted(neuron: Neuron) -> Neuron:
    """The constant is what it would be if no input were negated."""
    return (neuron[0] + sum(w for w in neuron[1:] if w < 0), *neuron[1:])


def on_border(neuron: Neuron) -> Neuron:
    """The sum is 0 where it should be just above."""
    return (neuron[0] - HALF, *neuron[1:])


def cost(*neurons: Neuron) -> int:
    """How large the weights are, all together."""
    return int(sum(abs(w) for _, *weights in neurons for w in weights))


@cache
def neuron_of(table: Table) -> Neuron | None:
    """The neuron with the smallest weights that computes a function, if there is one.

    The weight of an input has the sign of its Chow parameter: the ones of the function where the input is 1, less
    those where it is 0. It is 2 if that is the single largest of three, else 1; three variables need no other weights
    (O'Donnell, Analysis of Boolean Functions, section 5.1). The constant puts zero halfway between the sums with the
    answer 1 and those with 0.
    """
    inputs = inputs_of(table)
    chow = [sum(f if on else -f for on, f in zip(column, table, strict=True)) for column in zip(*inputs, strict=True)]
    sizes = [abs(c) for c in chow]
    uneven = len(chow) == 3 and all(chow) and sizes.count(max(sizes)) == 1
    signs = [(c > 0) - (c < 0) for c in chow]
    weights = [2 * s if uneven and size == max(sizes) else s for s, size in zip(signs, sizes, strict=True)]

    sums = [dot(weights, x) for x in inputs]
    high = min([z for z, f in zip(sums, table, strict=True) if f], default=max(sums) + 1)
    low = max([z for z, f in zip(sums, table, strict=True) if not f], default=min(sums) - 1)
    return (Fraction(-high - low, 2), *map(Fraction, weights)) if high > low else None


@cache
def separable_tables(length: int) -> dict[Table, Neuron]:
    """The functions of so many values that one neuron computes, with the neuron."""
    found = {table: neuron_of(table) for table in product((0, 1), repeat=length)}
    return {table: neuron for table, neuron in found.items() if neuron is not None}


@cache
def pair_of(table: Table) -> tuple[Neuron, Neuron, Neuron] | None:
    """Two hidden neurons with the smallest weights, and OR or AND of them, that compute a function, if there are any.

    Under OR both together cover the ones of the function, and neither is 1 elsewhere; under AND they cover its zeros.
    """
    neurons = separable_tables(len(table))
    found = []
    for gate, value in ((OR, 1), (AND, 0)):
        places = {part: {i for i, h in enumerate(part) if h == value} for part in (*neurons, table)}
        parts = [part for part in neurons if places[part] <= places[table]]
        for one, other in combinations(parts, 2):
            if places[one] | places[other] == places[table]:
                found.append((cost(neurons[one], neurons[other]), gate == AND, one, other, gate))
    if not found:
        return None
    *_, one, other, gate = min(found)
    return neurons[one], neurons[other], gate


def pair_cost(table: Table) -> int:
    """How large the weights of its two hidden neurons are; 0 where two are not enough."""
    pair = pair_of(table)
    return cost(*pair[:2]) if pair else 0


@cache
def clash_in(table: Table) -> tuple[Inputs, ...]:
    """Two inputs with 1 and two with 0 of the same sum: no neuron can tell them apart. () if there are none."""
    ones = [x for x, f in zip(inputs_of(table), table, strict=True) if f]
    zeros = [x for x, f in zip(inputs_of(table), table, strict=True) if not f]
    for a, b in combinations(ones, 2):
        for c, d in combinations(zeros, 2):
            if all(i + j == k + m for i, j, k, m in zip(a, b, c, d, strict=True)):
                return a, b, c, d
    return ()


@dataclass(frozen=True)
class Judgement:
    """What is known of a function: the neuron that computes it, or, where there is none, two inputs with 1 and two with
    0 that have the same sum (`clash`); and the least number of neurons."""

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
        return written(self.neuron)


@cache
def judged(table: Table) -> Judgement:
    neuron = neuron_of(table)
    if neuron is not None:
        return Judgement(neuron, clash=(), count=1)
    return Judgement(neuron=(), clash=clash_in(table), count=3 if pair_of(table) else 4)


@dataclass(frozen=True)
class Net:
    """The sums of a network's hidden neurons and of its output, for function number `k`."""

    k: int
    hidden: tuple[Formula, ...]
    output: Formula


def net_of(k: int, table: Table) -> Net | None:
    """The smallest network for a function that no single neuron computes: with two hidden neurons, or, for the parity
    of three inputs and its negation, with three, which count the ones. (No other function of three inputs needs so
    many.)"""
    if neuron_of(table) is not None:
        return None
    pair = pair_of(table)
    if pair is not None:
        *hidden, output = pair
    else:
        hidden = [(HALF - count, ONE, ONE, ONE) for count in (1, 2, 3)]
        sign = -ONE if table[0] else ONE
        output = (-sign * HALF, sign, -sign, sign)
    return Net(k, tuple(map(written, hidden)), written(output, "h"))


def network_outputs(hidden: Sequence[Neuron], output: Neuron, inputs: Sequence[Inputs]) -> Table:
    """What a network with one hidden layer gives for each of the inputs."""
    return outputs(output, list(zip(*(outputs(neuron, inputs) for neuron in hidden), strict=True)))


@cache
def network_scene(hidden: tuple[Neuron, ...], output: Neuron) -> Scene:
    """A network of hidden neurons and an output, drawn with its constants and weights."""
    inputs = ["1", *(f"x_{i}" for i in range(1, len(hidden[0])))]
    into = [[None, *(weight or None for weight in weights)] for weights in zip(*hidden, strict=True)]
    names = ["1", *(f"h_{j}" for j in range(1, len(hidden) + 1))]
    return layered_network((inputs, names, ["y"]), (*dense_edges(0, into), *dense_edges(1, [[w] for w in output])))
