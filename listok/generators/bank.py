"""The bank: every exercise found among the files of the package (or a teacher's own folder); no list to keep."""

from __future__ import annotations

import ast
import difflib
import functools
import importlib
import re
import typing
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import listok.generators
from listok.generators.answers import RUSSIAN_LETTERS, Choice, Choices, Key, Matching
from listok.generators.codes import BadCode, VariantCode
from listok.generators.exact import Fraction
from listok.generators.exercise import LEVELS, AnyExercise, AnyVariant, Exercise
from listok.generators.faults import OWN, blamed, exception_line
from listok.generators.mistakes import Mistake
from listok.generators.oracles import load_file
from listok.generators.values import ListokError, shortened, shown


class UnknownName(ListokError):
    """A name or number that is not there, with the nearest one that is."""


NUMBERS, VERSIONS = 511, 15
"""The largest number of an exercise, and of its versions: codes have nine and four bits for them."""

MOST_DIGITS = 12

GROWTH = Fraction(5, 4)
"""How many times as long a variant takes as one of the level below, at least."""

LONGEST = 60
"""Minutes that no problem takes."""
"""Decimal places to which an answer may be asked: floats are computed to some more."""

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


@dataclass(frozen=True)
class Source:
    """Where an exercise stands: its number, its module, and the file."""

    number: int
    module: str
    path: Path

    @property
    def name(self) -> str:
        """What the exercise is called: as its module, with dashes."""
        return _name_of(self.path)

    @property
    def topic(self) -> str:
        """The folder of the package that it stands in; empty for a teacher's own folder."""
        return self.module.rpartition(".")[0].rpartition(".")[2]


def _name_of(path: Path) -> str:
    return path.stem.replace("_", "-")


@dataclass(frozen=True)
class Survey:
    """All exercises by number, in order, none of them loaded, and by name what is wrong with files that hold none.

    A file that is broken breaks no command that does not need its exercise.
    """

    found: Mapping[int, Source]
    broken: Mapping[str, str]


@functools.cache
def survey(folder: Path | None = None) -> Survey:
    """The package's exercises and, with `folder`, a teacher's own besides.

    Of the teacher's own, those that take a number or a name of the package's are broken, and all that share one.
    """
    found = {source.number: source for source in _package_sources()}
    names = {source.name: source for source in found.values()}
    if folder is None:
        return Survey(dict(sorted(found.items())), {})
    own, broken = _sources_in(folder)
    for source in own:
        sharing = [found[source.number]] if source.number in found else []
        sharing += [other for other in own if other.number == source.number]
        if len(sharing) > 1:
            first, second = sharing[:2]
            broken[source.name] = (f"exercise number {source.number} is taken twice: {first.name} and {second.name} "
                                   f"in {second.path}")
        elif source.name in names:
            broken[source.name] = (f"the name {source.name} is taken twice: by numbers {names[source.name].number} "
                                   f"and {source.number}")
    found |= {source.number: source for source in own if source.name not in broken}
    return Survey(dict(sorted(found.items())), broken)


def sources(folder: Path | None = None) -> Mapping[int, Source]:
    """All exercises that were found, by number, in order, none of them loaded: a command that needs one need not wait
    for the others. See `survey`."""
    return survey(folder).found


@functools.cache
def _package_sources() -> tuple[Source, ...]:
    """The package's exercises: modules of its topics that have an `EXERCISE`, whose number is read from the text."""
    found = []
    for path in sorted(Path(listok.generators.__path__[0]).glob("*/*.py")):
        stated = re.search(r"^EXERCISE = Exercise\(\s*number=(\d+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        if stated:
            module = f"{listok.generators.__name__}.{path.parent.name}.{path.stem}"
            found.append(Source(int(stated[1]), module, path))
    return tuple(found)


def _sources_in(folder: Path) -> tuple[list[Source], dict[str, str]]:
    """The exercises of a teacher's folder, and by name what is wrong with files that should hold one.

    No other program that lies there may run, so nothing is run to find them. Folders, dangling links and hidden files,
    such as an editor's locks, are no modules.
    """
    found, broken = [], {}
    for path in sorted(folder.glob("*.py")):
        if path.name.startswith(".") or not path.is_file():
            continue
        try:
            number = _number_in(path)
        except ListokError as error:
            broken[_name_of(path)] = f"{path}: {error}"
            continue
        if number is not None:
            found.append(Source(number, OWN + path.stem, path))
    return found, broken


def _number_in(path: Path) -> int | None:
    """The number that a module states for its exercise, None where it has none; raises `ListokError`."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        if "EXERCISE" not in text:
            return None
        with warnings.catch_warnings(action="ignore"):  # of what the author may mean, Python speaks when it runs
            stated = _stated_exercise(ast.parse(text))
    except OSError as error:
        raise ListokError(f"cannot be read ({error.strerror})") from None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ListokError(f"not Python: {exception_line(error)}") from None
    if stated is None:
        return None
    if "." in path.stem:
        raise ListokError("the file must be called by small Latin letters, digits and _")
    line = f"line {stated.lineno}"
    if not isinstance(stated, ast.Call) or ast.unparse(stated.func).rpartition(".")[2] != "Exercise":
        raise ListokError(f"{line}: EXERCISE must be Exercise(...), with its number in it, as in number=401")
    number = next((word.value for word in stated.keywords if word.arg == "number"), None)
    if not isinstance(number, ast.Constant) or type(number.value) is not int:
        raise ListokError(f"{line}: EXERCISE must state its number, as in number=401")
    _check_range("number", number.value, NUMBERS)
    return number.value


def _stated_exercise(tree: ast.Module) -> ast.expr | None:
    """What a module says its `EXERCISE` is, None where it has none."""
    for node in tree.body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and target.id == "EXERCISE" for target in targets):
            return node.value
    return None


def bank(folder: Path | None = None) -> dict[int, AnyExercise]:
    """All exercises by number, in order, loaded; raises `ListokError` where one of them is broken."""
    exercises, faults = sound(folder)
    for fault in faults:
        raise ListokError(fault)
    return exercises


def sound(folder: Path | None = None) -> tuple[dict[int, AnyExercise], list[str]]:
    """All exercises that can be loaded, by number, in order, and what is wrong with the others, one line each."""
    known = survey(folder)
    exercises, faults = {}, list(known.broken.values())
    for number, source in known.found.items():
        try:
            exercises[number] = exercise_of(source)
        except ListokError as error:
            faults.append(str(error))
    return exercises, faults


@functools.cache
def exercise_of(source: Source) -> AnyExercise:
    """The exercise of a module, which is loaded. Raises `ListokError` with the file where that fails."""
    own = not source.module.startswith(listok.generators.__name__)
    module = load_file(source.path, source.module) if own else importlib.import_module(source.module)
    exercise = getattr(module, "EXERCISE", None)
    if not isinstance(exercise, Exercise) or exercise.number != source.number:
        raise ListokError(f"{source.path}: EXERCISE must be an Exercise with the number {source.number}")
    with blamed(str(source.path), source.path.stem):
        _check_kinds(exercise, source)
        _check_fields(exercise)
    return exercise


_KINDS: Mapping[str, tuple[Any, str]] = {
    "draw": (Callable, "a function"),
    "solve": (Callable, "a function"),
    "terms": (Mapping, "functions by names of fields"),
    "repeats": ((tuple, list), "names of fields"),
    "long": ((tuple, list), "names of parts"),
    "check": (Callable, "a function"),
    "parts": (Mapping, "keys by the names of parts"),
    "mistakes": (Mapping, "mistakes by their names"),
    "spaces": (Mapping, "whole numbers by levels"),
    "carry": ((tuple, list), "names of parts"),
}
"""What the fields of an exercise must be, and how that is said."""


def _check_kinds(exercise: AnyExercise, source: Source) -> None:
    """Refuse an exercise whose fields are of wrong types, before any of them is used."""

    def fail(what: str, wanted: str, value: object) -> ListokError:
        return ListokError(f"{source.path}: {what} must be {wanted}, not {shown(value)}")

    for name, (kind, wanted) in _KINDS.items():
        if not isinstance(getattr(exercise, name), kind):
            raise fail(name, wanted, getattr(exercise, name))
    times = exercise.minutes
    numbers = isinstance(times, tuple) and all(type(time) in (int, float) for time in times)
    if not numbers or len(times) != len(LEVELS):
        raise fail("minutes", "three numbers, one a level, such as (4, 6, 8)", times)
    if not 0 < GROWTH * times[0] <= times[1] <= times[2] / GROWTH < LONGEST:
        raise fail("minutes", "above 0 and below an hour, and each a quarter more than the one before", times)
    for part, key in exercise.parts.items():
        if not isinstance(key, Key):
            raise fail(f"the key of part {shown(part)}", "a kind of answer, such as Number()", key)
        if type(key.points) is not int or key.points < 1:
            raise fail(f"points of part {shown(part)}", "a whole number from 1 on", key.points)
        digits = getattr(key, "digits", None)
        if digits is not None and (type(digits) is not int or not 0 <= digits <= MOST_DIGITS):
            raise fail(f"digits of part {shown(part)}", f"a whole number from 0 to {MOST_DIGITS}", digits)
    for name, mistake in exercise.mistakes.items():
        if not isinstance(mistake, Mistake):
            raise fail(f"mistake {shown(name)}", "made by wrong(...) or instead(...)", mistake)
        if not isinstance(mistake.credit, (int, Fraction)) or not 0 <= mistake.credit < 1:
            raise fail(f"credit of mistake {shown(name)}", "a fraction from 0 to 1", mistake.credit)
    for name in exercise.long:
        if name not in exercise.parts:
            raise fail("long", "names of parts", exercise.long)
    for count in exercise.terms.values():
        if not callable(count):
            raise fail("terms", _KINDS["terms"][1], exercise.terms)
    for level, space in exercise.spaces.items():
        if level not in LEVELS or type(space) is not int or space < 1:
            raise fail("spaces", "whole numbers by levels", exercise.spaces)
    for name, kind in (("draw", "Params"), ("solve", "Solution")):
        function = getattr(exercise, name)
        if function.__module__ != source.module:
            raise ListokError(f"{source.path}: {name} must be a function of this file")
        given = typing.get_type_hints(function).get("return")
        if not is_dataclass(given):
            raise ListokError(f"{source.path}: {name} must say that it returns a dataclass, as in -> {kind}:")
        typing.get_type_hints(given)  # a type that is not there is noticed now, and with its file


def _check_range(what: str, value: object, most: int) -> None:
    if type(value) is not int or not 1 <= value <= most:
        raise ListokError(f"{what} is a whole number from 1 to {most}, as codes hold it, not {shown(value)}")


def _check_fields(exercise: AnyExercise) -> None:
    """Refuse an exercise whose keys name fields that its solution does not have, whose version or names could not
    stand in codes and in files of all kinds, or that has more parts or options than there are letters."""
    try:
        _check_range("version", exercise.version, VERSIONS)
    except ListokError as error:
        raise ListokError(f"{exercise.name}: {error}") from None
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
            if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,59}", name):
                raise ListokError(f"{exercise.name}: {shown(name)} cannot name a {kind}: take Latin letters, digits "
                                  "and _, 60 at most")  # fmt: skip


def find(name: str | int, folder: Path | None = None) -> AnyExercise:
    """The exercise of that number or name; raises `UnknownName` with the nearest one, `ListokError` where the exercise
    is broken."""
    known = survey(folder)
    text = str(name).strip() if isinstance(name, str) else shown(name)
    if text.isdecimal() and len(text) <= 6:
        number = int(text)
        if number in known.found:
            return exercise_of(known.found[number])
        near = min(known.found, key=lambda each: abs(each - number))
        unread = f"; {next(iter(known.broken.values()))}" if known.broken else ""  # it may be the one that is meant
        raise UnknownName(f"unknown exercise {text!r}; the nearest number is {near} (see `listok list`){unread}")
    wanted = text.replace("_", "-")
    for source in known.found.values():
        if source.name == wanted:
            return exercise_of(source)
    if wanted in known.broken:
        raise ListokError(known.broken[wanted])
    raise nearest("exercise", text, [source.name for source in known.found.values()])


def variant_of(code: VariantCode, folder: Path | None = None) -> AnyVariant:
    """Draw the variant of a code again; raises `BadCode` where this listok cannot draw the same numbers."""
    if code.number not in sources(folder):
        raise BadCode("code_of_no_exercise", code=str(code), number=code.number)
    exercise = find(code.number, folder)
    if exercise.version != code.version:
        raise BadCode(
            "code_of_another_version",
            code=str(code),
            printed=code.version,
            exercise=exercise.name,
            here=exercise.version,
        )
    return exercise.variant(code.seed, code.level)
