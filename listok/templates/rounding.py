"""Equalities between numbers as they are printed: where one of them was rounded, ``=`` becomes ≈."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from listok.generators.decimals import in_full
from listok.generators.exact import Fraction
from listok.templates.mathparse import children, is_fixed
from listok.templates.mathtree import Grid, Hole, Math, Operator, Row, Section, Space, atom
from listok.templates.numbers import DECIMALS
from listok.templates.paths import Scopes, reach, repeating
from listok.templates.specs import digits_of

NOISE = 1e-12
"""What a float may be off by, as a share of it, from the decimal that it stands for."""

Test = Callable[[Scopes], bool]


def is_rounded(value: Any, spec: tuple[str, ...]) -> bool:
    """Whether a hole with these words prints another number than a value is, or than one of a tuple is."""
    if isinstance(value, tuple):
        return any(is_rounded(item, spec) for item in value)
    digits = digits_of(spec)
    if isinstance(value, float):
        return math.isfinite(value) and not math.isclose(
            value, round(value, DECIMALS if digits is None else digits), rel_tol=NOISE
        )
    return digits is not None and isinstance(value, (int, Fraction)) and in_full(value, digits) is None


def rounding(nodes: Iterable[Math]) -> Test:
    """What tells, for the values of a variant, whether any number in formulas is printed rounded."""
    return _any([_test(node) for node in nodes if not is_fixed(node)])


def _test(node: Math) -> Test:
    match node:
        case Hole(path, spec):
            find = reach(path)
            return lambda scopes: is_rounded(find(scopes), spec)
        case Section():
            inner, rounds = rounding(node.content), repeating(node)
            return lambda scopes: any(inner(each) for each in rounds(scopes))
        case Grid(_, rows):
            return _any([_rows_test(row) for row in rows])
        case _:
            return rounding(children(node))


def _rows_test(row: tuple[Math, ...] | Section[tuple[Math, ...]]) -> Test:
    if not isinstance(row, Section):
        return rounding(row)
    inner, rounds = rounding([cell for cells in row.content for cell in cells]), repeating(row)
    return lambda scopes: any(inner(each) for each in rounds(scopes))


def _any(tests: Sequence[Test]) -> Test:
    return lambda scopes: any(test(scopes) for test in tests)


def sides(items: Sequence[Math], index: int) -> Row:
    """What stands at both sides of the relation at `index` of a row: as far as another relation, a wide space, the end
    of the brackets around it, or a punctuation mark in none but these."""
    before, after = items[:index][::-1], items[index + 1 :]
    return Row((*_run(before, "close", "open")[::-1], *_run(after, "open", "close")))


def _run(items: Sequence[Math], opening: str, closing: str) -> list[Math]:
    run: list[Math] = []
    depth = 0
    for item in items:
        kind = atom(item)
        depth += (kind == opening) - (kind == closing)
        wide = isinstance(item, Space) and item.width != "thin"
        if depth < 0 or (depth == 0 and (wide or kind in ("relation", "punctuation"))):
            break
        run.append(item)
    return run


def is_equality(node: Math) -> bool:
    """Whether a node is the sign ``=``."""
    return isinstance(node, Operator) and node.name == "="
