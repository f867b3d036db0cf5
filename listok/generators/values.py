"""The values that parameters and solutions are made of, on their way to JSON and back, and when two of them agree."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import math
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import msgspec

from listok.generators.exact import Fraction
from listok.generators.formulas import Formula, equivalent

Scalar: TypeAlias = int | Fraction | float
Value: TypeAlias = Any  # int, Fraction, float, bool, str, Formula, a frozen dataclass, or a tuple of these

T = TypeVar("T")

RELATIVE = 1e-9
"""Two floats computed in two ways agree when they differ by no more than this share of the larger (or of 1)."""


class ListokError(Exception):
    """Something a user can cause and mend; its text is one line that says what, where, and what to do."""


class BadParams(ListokError, ValueError):
    """Parameters of the wrong shape or type, or numbers on which the exercise breaks down.

    (A `ValueError`, so that reading JSON adds the place of the record that refused its numbers.)
    """


def fraction(value: object) -> Fraction:
    """Read an exact number: an int, ``"1/2"``, ``"0.25"`` or a finite float as it is printed (0.1 is 1/10).

    Raises `ValueError` for anything else.
    """
    if isinstance(value, bool):
        raise ValueError("expected a number, got true/false")
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    if isinstance(value, float) and math.isfinite(value):
        return Fraction(repr(value))
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,40}(/\d{1,40}|\.\d{1,40})?", value.strip()):
        try:
            return Fraction(value.strip())
        except ZeroDivisionError:
            raise ValueError(f"{value!r} divides by zero") from None
    raise ValueError(f"expected a number such as 3, 0.5 or 1/2, got {shown(value)}")


def shortened(text: str, most: int = 60) -> str:
    """A text for a message, not too long."""
    return text if len(text) <= most else text[: most - 1] + "…"


def shown(value: object) -> str:
    """A value of any kind for a message, as Python writes it, not too long."""
    try:
        return shortened(repr(value))
    except Exception:  # a whole number of more digits than Python writes, or an exercise's own code
        if isinstance(value, int):
            return shortened(hex(value))
        return f"a value of type {type(value).__name__}"


LONGEST_FAULT = 300
"""Characters of a fault that a parser tells in its own words, which may repeat what it has read."""

LONGEST_LINE = 500
"""Characters of a line that is said to a user, whatever was typed."""


def one_line(text: str, most: int = LONGEST_LINE) -> str:
    """A message as it is shown: one line of at most so many characters, none of which moves the cursor.

    A longer one loses its middle: it begins with the place, and ends with what to do.
    """
    rest = 2 * most // 5
    if len(text) > 20 * most:
        text = text[: 10 * most] + text[-10 * most :]
    line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in " ".join(text.split()))
    return line if len(line) <= most else f"{line[: most - rest - 1]}…{line[-rest:]}"


def to_json(value: Value) -> Any:
    """Turn a value into what JSON can hold: fractions as ``"1/2"``, formulas as text, dataclasses as objects."""
    return msgspec.to_builtins(value, enc_hook=_encode)


def answer_json(value: Value) -> Any:
    """An answer as JSON data: as `to_json`, but of a float no more than `FLOAT_DIGITS` significant digits."""
    return _without_noise(to_json(value))


FLOAT_DIGITS = 10
"""Digits of a float that are the same everywhere: the last of all 16 vary with the processor and Python's version."""


def _without_noise(data: Any) -> Any:
    if isinstance(data, float):
        return float(f"{data:.{FLOAT_DIGITS}g}")
    if isinstance(data, dict):
        return {name: _without_noise(item) for name, item in data.items()}
    return [_without_noise(item) for item in data] if isinstance(data, (list, tuple)) else data


def from_json(kind: type[T], data: Any) -> T:
    """Read a value of type `kind` (a frozen dataclass, usually) from JSON data; raises `BadParams` with one line."""
    try:
        return msgspec.convert(data, kind, dec_hook=_decode)
    except msgspec.ValidationError as error:
        said = str(error).replace("`", "").replace("$.", "").replace(" - at ", " in ")
        raise BadParams(shortened(said, LONGEST_FAULT)) from None


def _encode(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Formula):
        return value.source
    raise TypeError(f"no JSON form for {type(value).__name__}")


def _decode(kind: type, data: Any) -> Any:
    if kind is Fraction:
        return fraction(data)
    if kind is Formula:
        if not isinstance(data, str):
            raise ValueError(f"expected a formula as text, got {shown(data)}")
        return Formula(data)
    raise TypeError(f"no reading for {kind.__name__}")


def fingerprint(value: Value) -> str:
    """A digest that is equal for equal parameters, whatever the machine, process or hash seed."""
    return hashlib.sha256(msgspec.json.encode(value, enc_hook=_encode, order="sorted")).hexdigest()


def agree(left: Value, right: Value) -> bool:
    """Whether two independently computed values are the same: exactly, but floats to `RELATIVE` and formulas as
    functions of their variables."""
    kind = type(left)
    if kind is type(right):
        return _way(kind)(left, right)  # type: ignore[arg-type]
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    if isinstance(left, (int, float, Fraction)) and isinstance(right, (int, float, Fraction)):
        if isinstance(left, float) or isinstance(right, float):
            return _close(left, right)
        return bool(left == right)
    return False


# Every draw compares hundreds of numbers, so how two values of a type are compared is looked up.

_close = functools.partial(math.isclose, rel_tol=RELATIVE, abs_tol=RELATIVE)


@functools.cache
def _way(kind: Any) -> Callable[[Any, Any], bool]:
    """How two values of one type are compared."""
    if kind is Fraction:
        # Its own comparison would first look for kinds of numbers that do not occur here.
        return lambda left, right: left is right or bool(left.as_integer_ratio() == right.as_integer_ratio())
    if kind is tuple:
        return _tuples_agree
    if kind is Formula:
        return lambda left, right: left is right or equivalent(left, right)
    if issubclass(kind, float):
        return _close
    if dataclasses.is_dataclass(kind):
        get = _all_of([f.name for f in dataclasses.fields(kind)])
        return lambda left, right: left is right or all(map(agree, get(left), get(right)))
    if issubclass(kind, msgspec.Struct):  # a figure
        parts = msgspec.structs.astuple
        return lambda left, right: left is right or all(map(agree, parts(left), parts(right)))
    return lambda left, right: bool(left == right)


_EXACT = frozenset((int, str, bool))


def _tuples_agree(left: tuple[Value, ...], right: tuple[Value, ...]) -> bool:
    kinds = set(map(type, left))
    if len(kinds) == 1 and kinds == set(map(type, right)):
        (kind,) = kinds
        if kind in _EXACT:
            return left == right
        return len(left) == len(right) and all(map(_way(kind), left, right))
    return len(left) == len(right) and all(map(agree, left, right))


def _all_of(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """What takes the values of all these attributes."""
    if len(names) > 1:
        return operator.attrgetter(*names)
    return lambda value: tuple([getattr(value, name) for name in names])


def leaves(value: Value) -> list[Any]:
    """The scalars inside nested tuples, row by row."""
    if isinstance(value, tuple):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]
