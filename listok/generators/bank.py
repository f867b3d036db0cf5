"""The bank: every exercise found among the files of the package (or a teacher's own folder); no list to keep."""

from __future__ import annotations

import ast
import difflib
import functools
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType

import listok.generators
from listok.generators.answers import RUSSIAN_LETTERS, Choice, Choices, Matching
from listok.generators.codes import BadCode, VariantCode
from listok.generators.exercise import AnyExercise, AnyVariant, Exercise
from listok.generators.values import ListokError, shortened


class UnknownName(ListokError):
    """A name or number that is not there, with the nearest one that is."""


NUMBERS, VERSIONS = 511, 15
"""The largest number of an exercise, and of its versions: codes have nine and four bits for them."""

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
        return self.path.stem.replace("_", "-")


@functools.cache
def sources(folder: Path | None = None) -> Mapping[int, Source]:
    """All exercises by number, in order, none of them loaded: a command that needs one need not wait for the others.

    They are the package's and, with `folder`, a teacher's own besides. Raises `ListokError` where two have one number
    or one name.
    """
    own = () if folder is None else _sources_in(folder)
    found: dict[int, Source] = {}
    names: dict[str, int] = {}
    for source in (*_package_sources(), *own):
        if source.number in found:
            raise ListokError(f"exercise number {source.number} is taken twice: {found[source.number].name} and "
                              f"{source.name} in {source.path}")  # fmt: skip
        if source.name in names:
            raise ListokError(f"the name {source.name} is taken twice: by numbers {names[source.name]} and "
                              f"{source.number}")  # fmt: skip
        found[source.number] = source
        names[source.name] = source.number
    return dict(sorted(found.items()))


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


def _sources_in(folder: Path) -> list[Source]:
    """The exercises of a teacher's folder. No other program that lies there may run, so nothing is run to find them."""
    found = []
    for path in sorted(folder.glob("*.py")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if "EXERCISE" not in text:
            continue
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError) as error:
            raise ListokError(f"{path}: not Python: {error}") from None
        call = _exercise_call(tree)
        if call is None:
            continue
        number = next((word.value for word in call.keywords if word.arg == "number"), None)
        if not isinstance(number, ast.Constant) or type(number.value) is not int:
            raise ListokError(f"{path}: line {call.lineno}: EXERCISE must state its number, as in number=401")
        found.append(Source(number.value, f"listok_bank_{path.stem}", path))
    return found


def _exercise_call(tree: ast.Module) -> ast.Call | None:
    """The call that makes a module's `EXERCISE`, None where it has none."""
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        if any(isinstance(target, ast.Name) and target.id == "EXERCISE" for target in node.targets):
            return node.value
    return None


def bank(folder: Path | None = None) -> dict[int, AnyExercise]:
    """All exercises by number, in order, loaded; see `sources`."""
    return {number: exercise_of(source) for number, source in sources(folder).items()}


@functools.cache
def exercise_of(source: Source) -> AnyExercise:
    """The exercise of a module, which is loaded. Raises `ListokError` with the file where that fails."""
    module = _load(source)
    exercise = getattr(module, "EXERCISE", None)
    if not isinstance(exercise, Exercise) or exercise.number != source.number:
        raise ListokError(f"{source.path}: EXERCISE must be an Exercise with the number {source.number}")
    _check_fields(exercise)
    return exercise


def _check_fields(exercise: AnyExercise) -> None:
    """Refuse an exercise whose keys name fields that its solution does not have, whose number, version or names could
    not stand in codes and in files of all kinds, or that has more parts or options than there are letters."""
    for what, value, most in (("number", exercise.number, NUMBERS), ("version", exercise.version, VERSIONS)):
        if type(value) is not int or not 1 <= value <= most:
            raise ListokError(f"{exercise.name}: {what} is a whole number from 1 to {most}, as codes hold it, not "
                              f"{shortened(repr(value))}")  # fmt: skip
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
    known = sources(folder)
    text = str(name).strip()
    if text.isdecimal() and len(text) <= 6:
        number = int(text)
        if number in known:
            return exercise_of(known[number])
        near = min(known, key=lambda each: abs(each - number))
        raise UnknownName(f"unknown exercise {text!r}; the nearest number is {near} (see `listok list`)")
    for source in known.values():
        if source.name == text.replace("_", "-"):
            return exercise_of(source)
    raise nearest("exercise", text, [source.name for source in known.values()])


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


def _load(source: Source) -> ModuleType:
    if source.module.startswith(listok.generators.__name__):
        return importlib.import_module(source.module)
    spec = importlib.util.spec_from_file_location(source.module, source.path)
    if spec is None or spec.loader is None:
        raise ListokError(f"{source.path}: cannot be read as a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[source.module] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise ListokError(f"{source.path}: {type(error).__name__}: {error}") from error
    return module
