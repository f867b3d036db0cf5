"""Oracles: each solves an exercise once more, the computer's way, and is loaded only when a variant is verified.

An oracle is a module named as the exercise's. Its `solve` takes the parameters and gives every value of the solution
by its path: `{"states": ..., "steps.dv": ...}`, where `steps.dv` is the `dv` of each of the `steps`. It shares nothing
with the exercise and imports nothing of it; arrays, lists, SymPy's numbers and formulas, or formulas as text, may stand
as they come.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import importlib.util
import sys
import types
import typing
from collections.abc import Callable, Mapping
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

from listok.generators.exact import Fraction
from listok.generators.faults import blamed
from listok.generators.formulas import Formula, parse_formula
from listok.generators.values import ListokError, Value, agree

Oracle = Callable[[Any], Mapping[str, Any]]

FOLDER = "oracles"
"""Where oracles stand: in this package, and in a teacher's own folder of exercises."""


def solve_again(module: str, params: Any) -> Mapping[str, Any]:
    """What the oracle of the exercise in a module makes of the fields of parameters, without any method of theirs."""
    return oracle_of(module)(bare(params))


def bare(value: Any) -> Any:
    """A dataclass as its fields alone, down to those of its items, so that no method serves both solutions."""
    if dataclasses.is_dataclass(value):
        kind: Any = type(value)
        return types.SimpleNamespace(**{name: bare(getattr(value, name)) for name in _fields(kind)})
    if isinstance(value, tuple) and value and (dataclasses.is_dataclass(value[0]) or isinstance(value[0], tuple)):
        return tuple(map(bare, value))
    return value


@functools.cache
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@functools.cache
def oracle_of(module: str) -> Oracle:
    """The oracle of the exercise in a module; raises `ListokError` where there is none."""
    name = module.rpartition(".")[2]
    if module.startswith("listok.generators."):
        found = importlib.import_module(f"listok.generators.{FOLDER}.{name}")
    else:
        found = _own(Path(str(sys.modules[module].__file__)))
    solve: Oracle | None = getattr(found, "solve", None)
    if not callable(solve):
        raise ListokError(f"{found.__file__}: an oracle is a function `solve`, and there is none")
    return solve


def _own(exercise: Path) -> types.ModuleType:
    """The oracle of an exercise of a teacher's own: the module of the same name in the folder `oracles`."""
    path = exercise.parent / FOLDER / exercise.name
    if not path.is_file():
        raise ListokError(f"{path} is missing: an exercise is solved a second time there, by `solve`")
    return load_file(path, f"listok_oracle_{exercise.stem}")


class _Loader(SourceFileLoader):
    """Loads a module from its text alone, so that nothing is written beside it."""

    def get_code(self, fullname: str) -> types.CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def load_file(path: Path, name: str) -> types.ModuleType:
    """Run a file of a teacher's folder as a module of that name, and leave nothing beside it.

    Raises `ExerciseFault` with file and place.
    """
    spec = importlib.util.spec_from_file_location(name, path, loader=_Loader(name, str(path)))
    if spec is None or spec.loader is None:
        raise ListokError(f"{path}: cannot be read as a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with blamed(str(path), path.stem):
            spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def disagreements(solution: Any, found: Mapping[str, Any]) -> list[str]:
    """The paths at which a solution and an oracle differ, or of which the oracle says nothing."""
    kind: Any = type(solution)
    if not isinstance(found, Mapping):
        raise TypeError(f"the oracle gives {type(found).__name__}, and not the values of the solution by their paths")
    missing = [path for path in paths_of(kind) if path not in found]
    wrong = [path for path, value in found.items() if not _same(at(solution, path), plain(value))]
    return [*missing, *wrong]


def _same(ours: Value, theirs: Value) -> bool:
    """Whether two values agree; the oracle may give a formula as text."""
    if isinstance(ours, Formula) and isinstance(theirs, str):
        theirs = Formula.of(parse_formula(theirs))
    return agree(ours, theirs)


@functools.cache
def paths_of(kind: Any) -> tuple[str, ...]:
    """The paths of all values in a dataclass: fields, and the fields of dataclasses in them, however many there are."""
    hints = typing.get_type_hints(kind)
    found: list[str] = []
    for field in dataclasses.fields(kind):
        inner = _record_in(hints[field.name])
        found += [field.name] if inner is None else [f"{field.name}.{path}" for path in paths_of(inner)]
    return tuple(found)


def _record_in(hint: Any) -> Any:
    """The dataclass that a type is, or holds in tuples; None where there is none."""
    if dataclasses.is_dataclass(hint):
        return hint
    inner = (_record_in(argument) for argument in typing.get_args(hint))
    return next((kind for kind in inner if kind is not None), None)


def at(value: Any, path: str) -> Value:
    """The value at a path; where records stand in a tuple, the values of all of them, None where a record is absent."""
    for name in path.split("."):
        value = _column(value, name)
    return value


def _column(value: Any, name: str) -> Value:
    if isinstance(value, tuple):
        return tuple([_column(item, name) for item in value])
    return None if value is None else getattr(value, name)


def plain(value: Any) -> Value:
    """What NumPy and SymPy give, as solutions hold it: tuples, Python's numbers, fractions, formulas."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (tuple, list, range)):
        return tuple(map(plain, value))
    if hasattr(value, "free_symbols"):
        if value.is_Rational:
            return Fraction(int(value.p), int(value.q))
        from listok.generators.formulas.symbolic import from_sympy

        return float(value) if value.is_number else from_sympy(value)
    return value


__all__ = [
    "FOLDER", "Oracle", "at", "bare", "disagreements", "load_file", "oracle_of", "paths_of", "plain", "solve_again",
]  # fmt: skip
