"""The bank: every exercise found by walking the package (or a teacher's own folder); no list to keep."""

from __future__ import annotations

import difflib
import functools
import importlib
import importlib.util
import pkgutil
import re
import sys
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import listok.generators
from listok.generators.answers import RUSSIAN_LETTERS, Choice, Choices, Matching
from listok.generators.codes import BadCode, VariantCode
from listok.generators.exercise import AnyExercise, AnyVariant, Exercise
from listok.generators.values import ListokError, shortened


class UnknownName(ListokError):
    """A name or number that is not there, with the nearest one that is."""


MOST = len(RUSSIAN_LETTERS)
"""Parts of an exercise, and options of a part: each has a letter in either language."""


def nearest(kind: str, name: object, known: Iterable[object]) -> UnknownName:
    """The error for an unknown name: what it was, and the nearest right one (or all, where they are few)."""
    names = [str(k) for k in known]
    close = difflib.get_close_matches(str(name)[:100].lower(), names, n=1, cutoff=0.5)
    if close:
        hint = f"did you mean {close[0]!r}?"
    else:
        hint = "there are: " + ", ".join(names) if len(names) <= 12 else "see `listok list`"
    return UnknownName(f"unknown {kind} {shortened(str(name))!r}; {hint}")


@functools.cache
def bank(folder: Path | None = None) -> dict[int, AnyExercise]:
    """All exercises by number, in order: the package's and, with `folder`, those of a teacher's modules besides."""
    modules = [
        importlib.import_module(info.name)
        for info in pkgutil.walk_packages(listok.generators.__path__, "listok.generators.")
        if info.name.count(".") >= 3 and not info.name.startswith("listok.generators.oracles.")
    ]
    if folder is not None:
        modules += [_load(path) for path in sorted(folder.glob("*.py")) if _holds_exercise(path)]
    found: dict[int, AnyExercise] = {}
    names: dict[str, int] = {}
    for module in modules:
        exercise = getattr(module, "EXERCISE", None)
        if not isinstance(exercise, Exercise):
            continue
        if exercise.number in found:
            raise ListokError(f"exercise number {exercise.number} is taken twice: {found[exercise.number].name} and "
                              f"{exercise.name} in {module.__name__}")
        if exercise.name in names:
            raise ListokError(f"the name {exercise.name} is taken twice: by numbers {names[exercise.name]} and "
                              f"{exercise.number}")
        _check_fields(exercise)
        found[exercise.number] = exercise
        names[exercise.name] = exercise.number
    return dict(sorted(found.items()))


def _check_fields(exercise: AnyExercise) -> None:
    """Refuse an exercise whose keys name fields that its solution does not have, whose names could not stand in files
    of all kinds, or that has more parts or options than there are letters."""
    known = [field.name for field in fields(exercise.solution_type)]
    for part, key in exercise.parts.items():
        if key.field and key.field not in known:
            raise ListokError(f"{exercise.name}: the key of part {part!r}: {nearest('field', key.field, known)}")
        if isinstance(key, (Choice, Choices, Matching)) and key.among is None and len(key.options) > MOST:
            raise ListokError(f"{exercise.name}: part {part!r} has {len(key.options)} options; there are letters for "
                              f"{MOST}")  # fmt: skip
    if len(exercise.parts) > MOST:
        raise ListokError(f"{exercise.name}: it has {len(exercise.parts)} parts; there are letters for {MOST}")
    for kind, names in (("part", exercise.parts), ("mistake", exercise.mistakes)):
        for name in names:
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,59}", name):
                raise ListokError(f"{exercise.name}: {shortened(repr(name))} cannot name a {kind}: take Latin letters, "
                                  "digits and _, 60 at most")  # fmt: skip


def find(name: str | int, folder: Path | None = None) -> AnyExercise:
    """The exercise of that number or name; raises `UnknownName` with the nearest one."""
    exercises = bank(folder)
    text = str(name).strip()
    if text.isdecimal() and len(text) <= 6:
        number = int(text)
        if number in exercises:
            return exercises[number]
        near = min(exercises, key=lambda each: abs(each - number))
        raise UnknownName(f"unknown exercise {text!r}; the nearest number is {near} (see `listok list`)")
    for exercise in exercises.values():
        if exercise.name == text.replace("_", "-"):
            return exercise
    raise nearest("exercise", text, [exercise.name for exercise in exercises.values()])


def variant_of(code: VariantCode, folder: Path | None = None) -> AnyVariant:
    """Draw the variant of a code again; raises `BadCode` where this listok cannot draw the same numbers."""
    exercise = bank(folder).get(code.number)
    if exercise is None:
        raise BadCode(f"code {code} is of exercise {code.number}, which is not in this bank")
    if exercise.version != code.version:
        raise BadCode(
            f"code {code} was printed by version {code.version} of {exercise.name}; this listok has version "
            f"{exercise.version} and would draw other numbers: use the saved exam.json"
        )
    return exercise.variant(code.seed, code.level)


def _holds_exercise(path: Path) -> bool:
    """Whether a file is meant as an exercise: no other program that lies in a teacher's folder may run."""
    return re.search(r"^EXERCISE\b", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE) is not None


def _load(path: Path) -> ModuleType:
    name = f"listok_bank_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ListokError(f"{path}: cannot be read as a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ListokError(f"{path}: {type(error).__name__}: {error}") from error
    return module
