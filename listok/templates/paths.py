"""Paths: how the holes and sections of a text name the values of a variant.

A path starts with a name: of a field or property of what is repeated around it, of the solution, the parameters or the
cast. ``.`` is the item itself, and a name with ``@`` tells of the repetition. The steps after it lead on: the name of a
field, the index of an item, or a word of `TUPLE_WORDS`.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, TypeAlias, TypeVar

from listok.generators.exact import Fraction
from listok.generators.faults import OWN, ExerciseFault, Leave, exception_line
from listok.generators.formulas import Formula
from listok.generators.values import ListokError
from listok.templates.mathtree import Section

T = TypeVar("T")
Scopes: TypeAlias = tuple[Any, ...]
"""What names are looked up in: the solution, the parameters and the cast, then for each section around a `turn` and the
item it is the turn of, innermost last."""

PATH = r"(?:@?[A-Za-z_]\w*(?:\.\w+)*|\.(?:\w+(?:\.\w+)*)?)"
"""A path, as a regular expression."""

ROOTS = 3

TUPLE_WORDS: Mapping[str, Callable[[tuple[Any, ...]], Any]] = {
    "length": len,
    "first": lambda items: items[0],
    "last": lambda items: items[-1],
    "rest": lambda items: items[1:],
    "initial": lambda items: items[:-1],
}
"""What can be taken of any tuple, besides its items by their indexes; `rest` is all but the first item, `initial` all
but the last."""

TURN_NAMES: Mapping[str, type] = {"@number": int, "@first": bool, "@last": bool}
"""What can be said of a repetition, and of which type it is: its number, counted from 1, and whether it is the first or
the last one."""

OPTION = "@option"
"""The name of an option, as a variable of formulas, in the text that options without one of their own share."""

_NAMELESS = (int, float, Fraction, str, tuple, Formula)
"""Items whose own attributes (`tuple.count`, `int.numerator`) are not meant by any name."""


@functools.cache
def split_path(path: str) -> tuple[str, tuple[str | int, ...]]:
    """The name that a path starts with (``.`` for the item itself), and its further steps."""
    if path.startswith("."):
        first, rest = ".", path[1:].split(".") if len(path) > 1 else []
    else:
        first, *rest = path.split(".")
    return first, tuple(int(step) if step.isdecimal() else step for step in rest)


def lookup(path: str, scopes: Scopes) -> Any:
    """The value of a path: its first name is looked for in the items of the sections around, innermost first, then in
    the solution, the parameters and the cast. Raises `KeyError` where it is in none of them."""
    first, rest = split_path(path)
    if first == ".":
        return _follow(scopes[-1], rest, path)
    place = _place(first, scopes)
    try:
        return _follow(getattr(scopes[place], first), rest, path)
    except (ListokError, Leave):
        raise
    except (Exception, SystemExit) as error:
        raise _fault(error, path, scopes) from error


def reach(path: str) -> Callable[[Scopes], Any]:
    """`lookup` for one path in one place of a text, where the scopes are always of the same types: it remembers in
    which of them the name was found."""
    return showing(path, _itself)


def showing(path: str, write: Callable[[Any], T]) -> Callable[[Scopes], T]:
    """`write` of what `reach` finds."""
    first, rest = split_path(path)
    if first == ".":
        return lambda scopes: write(_follow(scopes[-1], rest, path) if rest else scopes[-1])
    place = -1

    def shown(scopes: Scopes) -> T:
        nonlocal place
        if place < 0:
            place = _place(first, scopes)
        try:
            value = getattr(scopes[place], first)
            return write(_follow(value, rest, path) if rest else value)
        except (ListokError, Leave):
            raise
        except (Exception, SystemExit) as error:
            raise _fault(error, path, scopes) from error

    return shown


def _fault(error: BaseException, path: str, scopes: Scopes) -> ExerciseFault:
    """What to raise where a property breaks down, or gives a value that is not of the type it says."""
    module = type(scopes[0]).__module__.rpartition(".")[2].removeprefix(OWN)
    return ExerciseFault(f"{module}.py: {{{{{path}}}}}", exception_line(error, module))


def _itself(value: T) -> T:
    return value


def _place(name: str, scopes: Scopes) -> int:
    """The index of the scope that a name belongs to."""
    count = len(scopes)
    order = itertools.chain(range(count - 1, ROOTS - 1, -1), range(min(ROOTS, count)))
    for place in order:
        if not isinstance(scopes[place], _NAMELESS) and hasattr(scopes[place], name):
            return place
    raise KeyError(name)


def _follow(value: Any, steps: Sequence[str | int], path: str) -> Any:
    for step in steps:
        if not isinstance(value, tuple):
            value = getattr(value, str(step))
        elif isinstance(step, str) and step not in TUPLE_WORDS:
            value = tuple([getattr(item, step) for item in value])
        else:
            try:
                value = value[step] if isinstance(step, int) else TUPLE_WORDS[step](value)
            except IndexError:
                raise ListokError(f"{{{{{path}}}}}: a tuple of {len(value)} items has no item {step!r}") from None
    return value


def repetitions(items: Sequence[Any], scopes: Scopes) -> list[Scopes]:
    """The scopes for each of the items that a section is repeated for."""
    last = len(items)
    return [(*scopes, _turn(number, number == last), item) for number, item in enumerate(items, 1)]


@functools.lru_cache(2**10)
def _turn(number: int, last: bool) -> SimpleNamespace:
    return SimpleNamespace(**{"@number": number, "@first": number == 1, "@last": last})


def rounds(section: Section[Any], scopes: Scopes) -> Sequence[Scopes]:
    """The scopes in which a section's content is to be filled, once for each time it is shown."""
    return _rounds(lookup(section.path, scopes), section.inverted, scopes)


def repeating(section: Section[Any]) -> Callable[[Scopes], Sequence[Scopes]]:
    """`rounds` for a section in one place of a text, as `reach` is for a path."""
    get, inverted = reach(section.path), section.inverted
    return lambda scopes: _rounds(get(scopes), inverted, scopes)


def _rounds(value: Any, inverted: bool, scopes: Scopes) -> Sequence[Scopes]:
    if isinstance(value, tuple) and not inverted:
        return repetitions(value, scopes)
    return () if bool(value) is inverted else (scopes,)
