"""What makes numbers untidy to read or to write, for any exercise: equal items side by side, and long answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from listok.generators.answers import AnyKey, Matrix, Number, Vector
from listok.generators.exact import Fraction
from listok.generators.values import Value, leaves

LARGEST_DENOMINATOR = 100
"""Of an answer that is given as a fraction."""

MOST_PLACES = 4
"""Of an answer that is given as a decimal."""


def untidy(
    params: Any, solution: Any, parts: Mapping[str, AnyKey], repeats: Sequence[str], long: Sequence[str]
) -> str | None:
    """What is untidy with parameters and solution (dataclasses), in a few words; None where nothing is.

    Rows and records of a list are to differ, but in the fields that `repeats` names. An exact answer is to be short,
    but in the parts that `long` names.
    """
    for name, items in _lists(params):
        if name not in repeats and len(set(items)) < len(items):
            return f"{name}: two items are equal"
    for part, key in parts.items():
        exact = isinstance(key, (Number, Vector, Matrix)) and key.digits is None
        if exact and part not in long and not all(map(short, leaves(getattr(solution, key.field)))):
            return f"{part}: the answer is long"
    return None


def short(number: Value) -> bool:
    """Whether an exact number is quickly written: a decimal of few places, or a fraction with a small denominator."""
    if not isinstance(number, Fraction):
        return True
    denominator = number.denominator
    return denominator <= LARGEST_DENOMINATOR or 10**MOST_PLACES % denominator == 0


def _lists(value: Value, name: str = "") -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Tuples of rows or records inside parameters, with the name of the field that holds them."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _lists(getattr(value, field.name), field.name)
    elif isinstance(value, tuple) and value and (isinstance(value[0], tuple) or dataclasses.is_dataclass(value[0])):
        yield name, value
        for item in value:
            yield from _lists(item, name)
