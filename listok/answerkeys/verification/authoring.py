"""What an author must have written: names, fields, an oracle of its own, and texts. Nothing is drawn here."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from listok.generators.exact import Fraction
from listok.generators.exercise import AnyExercise
from listok.generators.figures import Scene
from listok.generators.formulas import Formula
from listok.generators.oracles import oracle_of
from listok.generators.values import ListokError
from listok.templates.text import LANGS, ExerciseText, load

SUMMARY = 160
"""Characters of the docstring's first sentence, which is the exercise's line in the catalogue."""

FEWEST_STORIES = 2
"""Stories that a text has at least, if it has any."""

STORABLE = (int, float, bool, str, Fraction, Formula, Scene, type(None), Ellipsis)

ORACLES_MAY_USE = ("listok.generators.exact", "listok.generators.formulas", "listok.generators.oracles.tools")
"""What an oracle may import of listok: nothing with which the exercise itself computes."""


def author_faults(exercise: AnyExercise) -> list[str]:
    """What is wrong with an exercise whatever its numbers, one line each."""
    checks: list[Callable[[AnyExercise], Iterator[str]]] = [_name_faults, _field_faults, _oracle_faults]
    faults: list[str] = []
    for check in checks:
        try:
            with exercise.blamed():
                faults += check(exercise)
        except ListokError as error:
            faults.append(str(error))
    return [*faults, *check_texts(exercise)]


def _name_faults(exercise: AnyExercise) -> Iterator[str]:
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", exercise.name):
        yield f"the module {exercise.module}.py must be called by small Latin letters, digits and _"
    if not exercise.summary.endswith("."):
        yield "the module must start with a docstring of one sentence that says what the student practises"
    if len(exercise.summary) > SUMMARY:
        yield f"the docstring's first sentence is the catalogue line: {SUMMARY} characters at most"


def _field_faults(exercise: AnyExercise) -> Iterator[str]:
    for kind in (exercise.params_type, exercise.solution_type):
        yield from _kind_faults(kind, kind.__name__)


def _kind_faults(kind: Any, place: str) -> Iterator[str]:
    """Why values of a type could not be stored."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        if not _is_frozen(kind):
            yield f"{place}: write @dataclass(frozen=True)"
        hints = typing.get_type_hints(kind)
        for field in dataclasses.fields(kind):
            yield from _kind_faults(hints[field.name], f"{place}.{field.name}")
    elif origin in (tuple, typing.Union, types.UnionType):
        for inner in arguments:
            yield from _kind_faults(inner, place)
    elif origin is not typing.Literal and kind not in STORABLE:
        yield f"{place}: {kind} is not one of int, Fraction, float, bool, str, Formula, tuple, dataclass"


def _is_frozen(kind: Any) -> bool:
    return bool(kind.__dataclass_params__.frozen)


def _oracle_faults(exercise: AnyExercise) -> Iterator[str]:
    """Where the oracle and the exercise share code."""
    module = exercise.draw.__module__
    try:
        oracle = oracle_of(module)
    except ListokError as error:
        yield str(error)
        return
    for name in _imported(inspect.getfile(oracle)):
        if name.split(".")[0] == "listok" and not name.startswith(ORACLES_MAY_USE):
            yield f"its oracle imports {name}: what the exercise computes with would hide a fault of both"
        elif name == module.rpartition(".")[2]:
            yield f"its oracle imports the exercise {name}"
    for name in _imported(str(sys.modules[module].__file__)):
        if name.startswith("listok.generators.oracles"):
            yield f"it imports {name}, which is for oracles"


def _imported(path: str) -> list[str]:
    """The modules that a file imports, at its head or inside functions."""
    found = []
    for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


def check_texts(exercise: AnyExercise) -> list[str]:
    """Faults of the texts: unreadable, or saying different parts and options in the two languages."""
    texts: dict[str, ExerciseText] = {}
    faults: list[str] = []
    for lang in LANGS:
        try:
            texts[lang] = load(exercise, lang)
        except ListokError as error:
            faults.append(str(error))
    if faults:
        return list(dict.fromkeys(faults))
    return [*_word_faults(texts), *_shape_faults(texts), *_story_faults(texts)]


def _shape_faults(texts: dict[str, ExerciseText]) -> Iterator[str]:
    shapes = [{name: sorted(part.options) for name, part in text.parts.items()} for text in texts.values()]
    if shapes[0] != shapes[1]:
        yield "the two languages say different parts or options"
    typed = [{name for name, part in text.parts.items() if part.chosen != part.question} for text in texts.values()]
    if typed[0] != typed[1]:
        yield f"only one language has a `### typing` of part {', '.join(sorted(typed[0] ^ typed[1]))}"


def _story_faults(texts: dict[str, ExerciseText]) -> Iterator[str]:
    counts = {lang: len(text.stories) for lang, text in texts.items()}
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{count} in {lang}" for lang, count in counts.items())
        yield f"the two languages tell different numbers of stories: {said}"
    elif 0 < max(counts.values()) < FEWEST_STORIES:
        yield "has fewer than two stories: a class would see the same one too often"


def _word_faults(texts: dict[str, ExerciseText]) -> Iterator[str]:
    for lang, text in texts.items():
        if bool(re.search("[а-яё]", text.title.lower())) != (lang == "ru"):
            yield f"{lang}: the title is {text.title!r}"
        for name, part in text.parts.items():
            if not part.chosen:
                yield f"{lang}: part {name!r} asks nothing"
            if not part.solution:
                yield f"{lang}: part {name!r} has an empty `### solution`"
