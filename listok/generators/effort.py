"""Effort: the seconds that a good student's pencil takes, by one rule for all exercises.

The numbers of the worked solution tell it. Each of them is found and written down once, and finding it takes the longer
the more digits it has: in long multiplication the products of single digits are as many as the product of the factors'
lengths, which grows as the square of the length of the result. What a calculator gives takes as long whatever it is.
Reading and choosing are counted by what there is to read.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from listok.generators.answers import AnyKey, Choice, Choices, Matching
from listok.generators.exact import Fraction
from listok.generators.formulas import Constant, Formula, Node, children
from listok.generators.values import Value

STEM, QUESTION = 30, 10
"""Seconds to read a problem's stem, and the question of a part."""

OPTION = 10
"""To read an option, or an item to be matched, and to judge it."""

IDEA = 60
"""To find an answer that is not computed: any weights that work, a few words."""

NUMBER, SYMBOL = 4, 2
"""To see what is next and write it down: a number of the solution, a term of a sum, a sign or letter of a formula."""

CALCULATED = 15
"""To type an expression into a calculator and to write down what it gives."""


def effort(solution: Value, parts: Mapping[str, AnyKey], options: Mapping[str, int], terms: Mapping[str, int]) -> int:
    """The seconds a problem takes.

    `solution` is a dataclass of numbers, formulas, tuples and further dataclasses. `options` counts the options of
    each part that has some. `terms` names fields whose every number is a sum of so many terms that the solution does
    not hold one by one, as those of a convolution.
    """
    seconds = STEM
    for name in _fields(solution.__class__):
        value = getattr(solution, name)
        seconds += _seconds(value)
        if name in terms:
            seconds += NUMBER * (terms[name] - 1) * _count(value)
    for part, key in parts.items():
        seconds += QUESTION
        if isinstance(key, (Choice, Choices, Matching)):
            seconds += OPTION * options[part]
        elif key.kind in ("predicate", "open"):
            seconds += IDEA
    return seconds


def digits(number: int | Fraction) -> int:
    """The digits that make a number long, zeros at the end left out: 1 for 500 and 0.2, 2 for 1/3 and 0.25, 0 for 0.

    A fraction that ends is taken for a decimal, another has the digits of its numerator and its denominator.
    """
    top, bottom = abs(number.numerator), number.denominator
    if bottom == 1:
        return len(str(top).rstrip("0"))
    rest = bottom
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest > 1:
        return len(str(top)) + len(str(bottom))
    places = 1
    while 10**places % bottom:
        places += 1
    return len(str(top * 10**places // bottom).rstrip("0"))


@functools.cache
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()


def _seconds(value: Value) -> int:
    """The seconds that all numbers and formulas inside a value take. Words, figures and truth values take none."""
    if isinstance(value, (bool, str)):
        return 0
    if isinstance(value, (int, Fraction)):
        return NUMBER + digits(value) ** 2
    if isinstance(value, float):
        return CALCULATED
    if isinstance(value, tuple):
        return sum(map(_seconds, value))
    if isinstance(value, Formula):
        return _formula_seconds(value)
    total = 0
    for name in _fields(value.__class__):
        total += _seconds(getattr(value, name))
    return total


@functools.lru_cache(maxsize=4096)
def _formula_seconds(formula: Formula) -> int:
    return _node_seconds(formula.tree)


def _node_seconds(node: Node) -> int:
    own = digits(node.value) ** 2 if isinstance(node, Constant) else 0
    return SYMBOL + own + sum(map(_node_seconds, children(node)))


def _count(value: Any) -> int:
    return sum(map(_count, value)) if isinstance(value, tuple) else 1
