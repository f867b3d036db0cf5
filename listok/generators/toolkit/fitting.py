"""The simplest weights of a ReLU neuron without a constant that give the answers of a small table."""

from __future__ import annotations

from functools import cache
from itertools import combinations

from listok.generators.exact import ZERO, Fraction, Row, Rows
from listok.generators.toolkit.activations import relu
from listok.generators.toolkit.linear import dot, solved
from listok.generators.values import BadParams


@cache
def weights_for(rows: Rows, targets: Row) -> tuple[tuple[int, ...], Row]:
    """The simplest weights that hit a table, and the places of the rows they are found from.

    A target above 0 is an equation, a target 0 says that the sum is at most 0. Where weights do all this, there are
    some that take as many rows as possible for equations (a corner of the polyhedron of weights), all weights but as
    many being 0.
    """
    if not any(targets):
        return (), (ZERO,) * len(rows[0])
    size = len(rows[0])
    found = []
    for count in range(1, size + 1):
        for basis in combinations(range(len(rows)), count):
            for columns in combinations(range(size), count):
                some = solved([[rows[i][j] for j in columns] for i in basis], [targets[i] for i in basis])
                if some is not None:
                    weights = [ZERO] * size
                    for j, w in zip(columns, some, strict=True):
                        weights[j] = Fraction(w)
                    if hits(rows, targets, tuple(weights)) == 1:
                        found.append((simplicity(tuple(weights)), basis, tuple(weights)))
    if not found:
        raise BadParams("no weights hit this table")
    _, basis, best = min(found)
    return basis, best


def simplicity(weights: Row) -> tuple[Fraction | int, ...]:
    """Sorts simple weights first: small denominators, then few weights, then small ones."""
    return (max(w.denominator for w in weights), sum(w != 0 for w in weights), sum(map(abs, weights)))


def hits(rows: Rows, targets: Row, weights: Row) -> Fraction:
    """The share of rows for which a ReLU neuron without a constant gives the target; 0 for a neuron that is always
    off."""
    answers = [relu(Fraction(dot(weights, row))) for row in rows]
    right = Fraction(sum(a == t for a, t in zip(answers, targets, strict=True)), len(rows))
    return right if right == 1 or any(answers) else ZERO
