"""All neurons with small weights at once, as arrays, and all pairs of them under OR and AND."""

from __future__ import annotations

from functools import cache
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np

from listok.generators.exact import Fraction

HALF = Fraction(1, 2)
GATES = np.array([[-1, 2, 2], [-3, 2, 2]], dtype=object) * HALF  # OR and AND: a constant and two weights


class Functions(NamedTuple):
    """All functions of some variables, each at the place that its values make when read as a binary number."""

    inputs: Any  # (rows, variables)
    counts: Any  # (functions): the least number of neurons, 4 where three will not do
    neurons: Any  # (functions, 1 + variables): constant and weights, where one neuron is enough
    pairs: Any  # (functions, 3): the gate, and the places of what the hidden neurons compute, where three will do
    clashes: Any  # (functions, 4, variables): two inputs with 1 and two with 0 of the same sum, where there are any


def solve(p: Any) -> dict[str, Any]:
    known, (single,) = places_of([p.single])
    neuron = known.neurons[single]
    z = neuron[0] + known.inputs @ neuron[1:]

    known, (double,) = places_of([p.double])
    gate, *two = known.pairs[double]
    hidden, output = known.neurons[two], GATES[gate]
    h = (hidden[:, 0] + known.inputs @ hidden[:, 1:].T > 0).astype(int)
    judged, counted = judgements("judgements", p.functions), judgements("verdicts", p.counted)
    return {
        "neuron": neuron,
        "neuron_z": z,
        **judged,
        "separable": [f"f{i}" for i in (judged["judgements.count"] == 1).nonzero()[0] + 1],
        "network": np.concatenate([hidden.ravel(), output]),
        "h1": h[:, 0],
        "h2": h[:, 1],
        **counted,
        "counts": counted["verdicts.count"],
    }


def places_of(tables: Any) -> tuple[Functions, Any]:
    """All functions of as many variables, and the places of these."""
    rows = np.array(tables)
    return all_functions(rows.shape[1]), rows @ binary(rows.shape[1])


def judgements(name: str, tables: Any) -> dict[str, Any]:
    known, places = places_of(tables)
    return {
        f"{name}.neuron": [known.neurons[k] if known.counts[k] == 1 else () for k in places],
        f"{name}.clash": [known.clashes[k] if known.counts[k] > 1 else () for k in places],
        f"{name}.count": known.counts[places],
    }


def binary(rows: int) -> Any:
    """What each value of a table is worth when they are read as a binary number, (rows)."""
    return 2 ** np.arange(rows)[::-1]


@cache
def all_functions(rows: int) -> Functions:
    variables = rows.bit_length() - 1
    inputs = np.array(list(product((0, 1), repeat=variables)))
    neurons, separable = all_neurons(inputs)
    pairs, paired = all_pairs(neurons, separable)
    counts = np.full(2**rows, 4)
    counts[paired] = 3
    counts[separable] = 1
    return Functions(inputs, counts, neurons.astype(object) * HALF, pairs, all_clashes(inputs))


def all_neurons(inputs: Any) -> tuple[Any, Any]:
    """For each function the doubled constant and weights of its smallest neuron, and which functions have one."""
    rows, variables = inputs.shape
    weights = np.array(sorted(product(range(-2, 3), repeat=variables), key=lambda w: sum(map(abs, w))))
    constants = np.array(sorted(range(-13, 14, 2), key=abs))  # halves, so that no sum is 0
    tables = 2 * (weights @ inputs.T)[:, None, :] + constants[:, None] > 0
    separable, first = np.unique(tables @ binary(rows), return_index=True)
    which, constant = np.divmod(first, len(constants))
    neurons = np.zeros((2**rows, 1 + variables), dtype=int)
    neurons[separable] = np.column_stack([constants[constant], 2 * weights[which]])
    return neurons, separable


def all_pairs(neurons: Any, separable: Any) -> tuple[Any, Any]:
    """For each function the gate and the two functions of the smallest pair, and which functions have one."""
    costs = np.abs(neurons[:, 1:]).sum(axis=1)
    one, other = (np.tile(separable[side], 2) for side in np.triu_indices(len(separable), k=1))
    gate = np.repeat([0, 1], len(one) // 2)
    joined = np.where(gate == 0, one | other, one & other)
    order = np.lexsort([other, one, gate, costs[one] + costs[other]])  # the last is looked at first
    paired, first = np.unique(joined[order], return_index=True)
    pairs = np.zeros((len(neurons), 3), dtype=int)
    pairs[paired] = np.column_stack([gate, one, other])[order[first]]
    return pairs, paired


def all_clashes(inputs: Any) -> Any:
    """For each function the first of its clashes."""
    tables = np.arange(2 ** len(inputs))[:, None] & binary(len(inputs)) > 0
    twos = np.array(list(combinations(range(len(inputs)), 2)))
    sums = inputs[twos].sum(axis=1)
    ones, zeros = (sums[:, None] == sums).all(axis=2).nonzero()
    clash = tables[:, twos[ones]].all(axis=2) & ~tables[:, twos[zeros]].any(axis=2)
    return inputs[np.hstack([twos[ones], twos[zeros]])[clash.argmax(axis=1)]]
