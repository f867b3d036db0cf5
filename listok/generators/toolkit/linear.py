"""Sums of products: vectors are rows (n), matrices are tuples of rows (m by n); entries are ints or exact fractions."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

Vector: TypeAlias = tuple[Any, ...]
Matrix: TypeAlias = tuple[Vector, ...]


def dot(a: Iterable[Any], b: Iterable[Any]) -> Any:
    """The sum of products of two vectors, both (n); 0 for none."""
    return sum(map(operator.mul, a, b))


def transposed(a: Sequence[Sequence[Any]]) -> Matrix:
    """Columns as rows: (m by n) gives (n by m)."""
    return tuple(zip(*a, strict=True))


def product(a: Sequence[Sequence[Any]], b: Sequence[Sequence[Any]]) -> Matrix:
    """The matrix product: (m by k) times (k by n) gives (m by n)."""
    columns = transposed(b)
    return tuple([tuple([dot(row, column) for column in columns]) for row in a])


def times(a: Sequence[Sequence[Any]], x: Sequence[Any]) -> Vector:
    """A matrix times a column: (m by n) times (n) gives (m)."""
    return tuple([dot(row, x) for row in a])


def outer(a: Sequence[Any], b: Sequence[Any]) -> Matrix:
    """A column times a row: (m) times (n) gives (m by n), all products of two entries."""
    return tuple([tuple([x * y for y in b]) for x in a])


def entrywise(function: Callable[..., Any], *matrices: Sequence[Sequence[Any]]) -> Matrix:
    """The function of each entry, or of the entries that stand in the same place: all (m by n)."""
    return tuple([tuple(map(function, *rows)) for rows in zip(*matrices, strict=True)])


def determinant(a: Sequence[Sequence[Any]]) -> Any:
    """The determinant of a small matrix (n by n), by its first row."""
    if not a:
        return 1
    return sum(
        (-1) ** j * entry * determinant([row[:j] + row[j + 1 :] for row in map(tuple, a[1:])])
        for j, entry in enumerate(a[0])
        if entry
    )


def solved(a: Sequence[Sequence[Any]], right: Sequence[Any]) -> Vector | None:
    """The x with a x = right for a small matrix (n by n) of fractions, by Cramer's rule; None where there is not just
    one."""
    whole = determinant(a)
    if not whole:
        return None
    columns = transposed(a)
    return tuple(determinant((*columns[:j], tuple(right), *columns[j + 1 :])) / whole for j in range(len(columns)))
