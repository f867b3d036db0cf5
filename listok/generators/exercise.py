"""What an exercise is, and a variant of it: drawn, solved twice, with the wrong answers that named mistakes give."""

from __future__ import annotations

import contextlib
import functools
import math
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Generic, TypeAlias, TypeVar

from listok.generators.answers import AnyKey, Asked, Choice, Choices, Matching
from listok.generators.codes import SEEDS, BadCode, VariantCode
from listok.generators.draw import Draw
from listok.generators.effort import effort
from listok.generators.exact import Fraction
from listok.generators.faults import OWN, blamed
from listok.generators.mistakes import Mistake
from listok.generators.oracles import disagreements, solve_again
from listok.generators.tidiness import untidy
from listok.generators.values import (
    BadParams,
    ListokError,
    Value,
    fingerprint,
    from_json,
    leaves,
    shortened,
    to_json,
)

P = TypeVar("P")
S = TypeVar("S")

NOTHING: Mapping[str, Value] = MappingProxyType({})
"""No answers of a student's own: what `solve` is `given` when it finds the right solution."""

TRIES = 400
LEVELS = (1, 2, 3)

OFF = 0.2
"""Draws that take a student longer or shorter than their level says, by more than this share, are thrown away."""


class Disagreement(ListokError):
    """`solve` and `oracle` gave different answers, at these `paths`: a bug, and the variant is not handed out."""

    def __init__(self, name: str, code: str, paths: str) -> None:
        super().__init__(name, code, paths)
        self.paths = paths

    def __str__(self) -> str:
        name, code, paths = self.args
        return (f"{name} {code or 'with these numbers'}: the two solutions differ in {paths}; this variant is not "
                "handed out, please report it")


def nothing_wrong(_params: Any, _solution: Any) -> str | None:
    """The check of an exercise none of whose draws is dull."""
    return None


@dataclass(frozen=True, kw_only=True, eq=False)
class Exercise(Generic[P, S]):
    """One exercise of the bank.

    `draw` constructs parameters for a level; `solve` finds the solution, and raises `BadParams` where there is none;
    `check` gives the reason why parameters that have a solution are dull all the same, or None: such a draw is thrown
    away, but a teacher may set such numbers. The oracle, which finds the solution in another way, stands in a module of
    its own (see `oracles`). `spaces` holds the exact number of variants of a level where it is small by nature.

    `minutes` says how long a variant of each level takes; how it is measured stands in `effort`, to which `terms` tells
    what the solution does not hold one by one. `repeats` names fields of the parameters, and `long` parts, that may
    hold what is untidy elsewhere (see `tidiness`): equal items, and long answers.

    `mistakes` are those that `wrong` and `instead` make. `carry` names the parts that build on earlier ones: what
    follows from a student's own answers is `solve` with these as its argument `given`, by the names of their fields.
    """

    number: int
    draw: Callable[[Draw, int], P]
    solve: Callable[..., S]
    minutes: tuple[float, float, float]
    parts: Mapping[str, AnyKey]
    mistakes: Mapping[str, Mistake]
    check: Callable[[P, S], str | None] = nothing_wrong
    terms: Mapping[str, Callable[[P, S], int]] = field(default_factory=dict)
    repeats: Sequence[str] = ()
    long: Sequence[str] = ()
    spaces: Mapping[int, int] = field(default_factory=dict)
    carry: Sequence[str] = ()
    version: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", {part: _named(key, part) for part, key in self.parts.items()})
        for name in self.carry:
            if name not in self.parts:
                raise ValueError(f"{self.name}: {name!r} carries answers forward but is no part of this exercise")

    @functools.cached_property
    def name(self) -> str:
        """What the exercise is called: as its module, with dashes."""
        return self.module.replace("_", "-")

    @functools.cached_property
    def credit(self) -> Mapping[str, Fraction]:
        """The share of a part's points that a mistake earns, of the mistakes that earn one."""
        return {name: mistake.credit for name, mistake in self.mistakes.items() if mistake.credit}

    @functools.cached_property
    def params_type(self) -> type[P]:
        """The dataclass of the parameters, as `draw` declares it."""
        return typing.cast(type[P], typing.get_type_hints(self.draw)["return"])

    @functools.cached_property
    def solution_type(self) -> type[S]:
        """The dataclass of the solution, as `solve` declares it."""
        return typing.cast(type[S], typing.get_type_hints(self.solve)["return"])

    @functools.cached_property
    def asked(self) -> tuple[str, ...]:
        """The fields of the solution that are asked for."""
        return tuple(dict.fromkeys(key.field for key in self.parts.values() if key.field))

    @functools.cached_property
    def calculator(self) -> tuple[str, ...]:
        """The parts that may need a calculator: they ask for rounded numbers, and the field may hold floats, which only
        irrational functions give."""
        kinds = typing.get_type_hints(self.solution_type)
        rounded = [part for part, key in self.parts.items() if getattr(key, "digits", None) is not None]
        return tuple(part for part in rounded if _may_be_float(kinds.get(self.parts[part].field)))

    @property
    def summary(self) -> str:
        """What the student practises: the first sentence of the module's docstring."""
        module = __import__(self.draw.__module__, fromlist=["__doc__"])
        return (module.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")

    @property
    def topic(self) -> str:
        """The folder the exercise lives in: ``backprop``, ``convolutions``; empty for a teacher's own folder."""
        return self.draw.__module__.rpartition(".")[0].rpartition(".")[2]

    @property
    def module(self) -> str:
        """The module's own name, by which its texts are found."""
        return self.draw.__module__.split(".")[-1].removeprefix(OWN)

    def code(self, seed: int, level: int = 1) -> VariantCode:
        """The code of a variant; raises `BadCode` for a seed or level out of range."""
        if level not in LEVELS:
            raise BadCode("level_out_of_range", level=level)
        return VariantCode(self.number, level, self.version, seed)

    def variant(self, seed: int = 0, level: int = 1) -> Variant[P, S]:
        """The variant of that seed and level, the same on every machine.

        Draws until the numbers have an answer and are not dull.
        """
        for attempt in self.attempts(seed, level):
            if isinstance(attempt, Variant):
                return attempt
        raise self.exhausted(seed, level)

    def exhausted(self, seed: int, level: int) -> ListokError:
        """The error for a seed none of whose draws was good."""
        return ListokError(
            f"{self.name}: no good numbers in {TRIES} draws (level {level}, seed {seed}): a fault of its draw"
        )

    def attempts(self, seed: int, level: int) -> Iterator[Variant[P, S] | str]:
        """The draws of a seed one by one, `TRIES` at most: a variant, or the reason why the draw is thrown away.

        Raises `ExerciseFault` where the exercise breaks down.
        """
        code = str(self.code(seed, level))
        stream = Draw("content", self.name, self.version, level, seed)
        for tried in range(1, TRIES + 1):
            with self.blamed(code):
                attempt = self._solved_draw(stream, level, code, tried)
                if isinstance(attempt, Variant):
                    attempt = attempt._off_its_level or attempt.dull or attempt
            yield attempt

    def efforts(self, level: int, count: int) -> list[int]:
        """The efforts of so many draws, taken as they come, of which those without an answer are left out."""
        code = str(self.code(0, level))
        stream = Draw("sample", self.name, self.version, level)
        with self.blamed(code):
            attempts = [self._solved_draw(stream, level, code, tried) for tried in range(1, count + 1)]
            return [attempt.effort for attempt in attempts if isinstance(attempt, Variant)]

    def _solved_draw(self, stream: Draw, level: int, code: str, tried: int) -> Variant[P, S] | str:
        """A draw with its solution, or the reason why there is none."""
        params = _of_type(self.params_type, self.draw(stream, level), "draw")
        try:
            solution = _of_type(self.solution_type, self.solve(params), "solve")
        except BadParams as error:
            return str(error)
        return Variant(self, level, params, solution, code, tried)

    def blamed(self, code: str = "") -> contextlib.AbstractContextManager[None]:
        """Raise whatever this exercise's code raises inside as `ExerciseFault`, with the code of a variant at work."""
        return blamed(self.name, self.module, code)

    def with_params(self, params: P, level: int = 1, code: str = "") -> Variant[P, S]:
        """The variant with given parameters, dull ones too; raises `BadParams` with the reason where they have no
        answer."""
        with self.blamed(code):
            solved = self._solved(params)
        if isinstance(solved, str):
            raise BadParams(f"{self.name}: {solved}")
        return Variant(self, level, params, solved, code, 1)

    def _solved(self, params: P) -> S | str:
        """The solution for parameters, or why there is none."""
        try:
            return self.solve(params)
        except BadParams as error:
            return str(error)
        except (ArithmeticError, ValueError, IndexError, LookupError) as error:
            return f"these numbers cannot be solved ({shortened(str(error), 200)})"

    def read_params(self, data: Any) -> P:
        """Parameters from JSON data; raises `BadParams`."""
        with self.blamed():
            try:
                return from_json(self.params_type, data)
            except BadParams as error:
                refused = str(error)
        raise BadParams(f"{self.name}: {refused}")

    def field_value(self, variant: Variant[P, S], path: str) -> Value:
        """The value of a field of the solution or the parameters."""
        source = variant.solution if hasattr(variant.solution, path) else variant.params
        return getattr(source, path)


@dataclass(frozen=True, eq=False)
class Variant(Generic[P, S]):
    """One draw of an exercise, solved. `code` is empty for numbers that were set by hand; `tries` counts the draws."""

    exercise: Exercise[P, S]
    level: int
    params: P
    solution: S
    code: str
    tries: int = 1

    @functools.cached_property
    def mistakes(self) -> dict[str, Mapping[str, Value]]:
        """For each named mistake, the wrong values of the fields it spoils."""
        exercise = self.exercise
        with self.blamed():
            return {
                name: mistake.answers(exercise.solve, self.params, self.solution, exercise.asked)
                for name, mistake in exercise.mistakes.items()
            }

    def blamed(self) -> contextlib.AbstractContextManager[None]:
        """Raise whatever is raised inside, where this variant is at work, as `ExerciseFault` with its code."""
        return self.exercise.blamed(self.code)

    @functools.cached_property
    def fingerprint(self) -> str:
        """Equal for variants with the same numbers."""
        return fingerprint((self.exercise.name, self.params))

    @functools.cached_property
    def effort(self) -> int:
        """The seconds that a good student's pencil takes."""
        exercise = self.exercise
        with self.blamed():
            options = {part: len(key.names(self.params)) for part, key in exercise.parts.items()
                       if isinstance(key, (Choice, Choices, Matching))}  # fmt: skip
            terms = {name: _of_type(int, count(self.params, self.solution), "terms")
                     for name, count in exercise.terms.items()}  # fmt: skip
            return effort(self.solution, exercise.parts, options, terms)

    @property
    def _off_its_level(self) -> str | None:
        """Why these numbers make more or less work than their level says; None where they do not."""
        planned = 60 * self.exercise.minutes[self.level - 1]
        if abs(self.effort - planned) <= OFF * planned:
            return None
        return f"{'more' if self.effort > planned else 'less'} work than {planned / 60:g} minutes"

    def layout(self, purpose: str) -> Draw:
        """A stream for what does not change the numbers: names, the order of options."""
        return Draw(purpose, self.exercise.name, self.fingerprint)

    @functools.cached_property
    def blind_mistakes(self) -> frozenset[tuple[str, str]]:
        """Mistakes that go unnoticed, as (mistake, part): they give the right answer with these numbers."""
        blind = set()
        keys = self.exercise.parts.items()
        for mistake, wrong in self.mistakes.items():
            for part, key in keys:
                if key.field in wrong and key.near(wrong[key.field], getattr(self.solution, key.field)):
                    blind.add((mistake, part))
        return frozenset(blind)

    @functools.cached_property
    def dull(self) -> str | None:
        """Why these numbers would not be drawn though they have an answer; None where they might be.

        Either the exercise's `check` says so, or they are untidy, or a wrong answer could not be told from the right
        one or from another.
        """
        exercise = self.exercise
        with self.blamed():
            reason = exercise.check(self.params, self.solution)
        reason = reason or untidy(self.params, self.solution, exercise.parts, exercise.repeats, exercise.long)
        if reason:
            return str(reason)
        if self.blind_mistakes:
            mistake, part = min(self.blind_mistakes)
            return f"{part}: the mistake {mistake} gives the right answer"
        blurred = self.blurred_parts()
        return f"{blurred[0]}: all its mistakes give one wrong answer" if blurred else None

    def blurred_parts(self) -> list[str]:
        """Parts all of whose mistakes give one and the same wrong answer, so that none could be told from another."""
        blurred = []
        for part, key in self.exercise.parts.items():
            wrong = [values[key.field] for values in self.mistakes.values() if key.field in values]
            if len(wrong) > 1 and all(key.same(wrong[0], other) for other in wrong[1:]):
                blurred.append(part)
        return blurred

    def verify(self) -> Variant[P, S]:
        """This variant, if the oracle agrees with every field of its solution; raises `Disagreement` otherwise."""
        with self.blamed():
            wrong = disagreements(self.solution, solve_again(self.exercise.draw.__module__, self.params))
        if wrong:
            raise Disagreement(self.exercise.name, self.code, shortened(", ".join(map(str, wrong)), 200))
        return self

    def needs_calculator(self, part: str) -> bool:
        """Whether a part needs a calculator with these numbers."""
        if part not in self.exercise.calculator:
            return False
        answer = getattr(self.solution, self.exercise.parts[part].field)
        return any(isinstance(number, float) for number in leaves(answer))

    def options(self, part: str) -> tuple[str, ...]:
        """The names of a part's options in the order printed; empty for kinds without options."""
        if part not in self._orders:  # sheet and key ask several times
            self._orders[part] = self._ordered(part)
        return self._orders[part]

    @functools.cached_property
    def _orders(self) -> dict[str, tuple[str, ...]]:
        return {}

    def _ordered(self, part: str) -> tuple[str, ...]:
        key = self.exercise.parts[part]
        if not isinstance(key, (Choice, Choices, Matching)):
            return ()
        names = key.names(self.params)
        return self.layout(f"options {part}").shuffled(names) if key.shuffle else names

    def asked(self, part: str) -> Asked:
        """The part as its key needs it for marking."""
        key = self.exercise.parts[part]
        right = getattr(self.solution, key.field) if key.field else None
        wrong = {
            name: values[key.field]
            for name, values in self.mistakes.items()
            if key.field in values and (name, part) not in self.blind_mistakes
        }
        return Asked(self.params, right, wrong, self.options(part), self.exercise.credit)

    def carried(self, part: str, given: Mapping[str, Value]) -> Value | None:
        """The answer to a part that follows from a student's own answers to earlier parts (values by part).

        Earlier answers that were not given are taken for right. None where the exercise does not say, no earlier answer
        was given, or nothing follows.
        """
        parts = self.exercise.parts
        if part not in self.exercise.carry:
            return None
        earlier = [name for name in list(parts)[: list(parts).index(part)] if parts[name].field]
        if not any(name in given for name in earlier):
            return None
        right = {parts[name].field: getattr(self.solution, parts[name].field) for name in earlier}
        fields = right | {parts[name].field: given[name] for name in earlier if name in given}
        with self.blamed():
            try:
                follows = getattr(self.exercise.solve(self.params, given=fields), parts[part].field)
            except (ArithmeticError, ValueError, TypeError, LookupError, ListokError):
                return None  # an answer of another shape, or a division by the student's zero
        finite = all(math.isfinite(leaf) for leaf in leaves(follows) if isinstance(leaf, float))
        return follows if finite else None  # a logarithm of the student's zero

    def changed(self, changes: Mapping[str, Any]) -> Variant[P, S]:
        """This variant with some parameters set by hand (JSON data by name); raises `BadParams`."""
        known = [f.name for f in fields(self.params)]  # type: ignore[arg-type]
        for name in changes:
            if name not in known:
                from listok.generators.bank import nearest

                raise BadParams(f"{self.exercise.name}: {nearest('parameter', name, known)}")
        data = to_json(self.params) | dict(changes)
        return self.exercise.with_params(self.exercise.read_params(data), self.level)


def _of_type(kind: type[P], value: P, function: str) -> P:
    if not isinstance(value, kind):
        raise TypeError(f"{function} gives {type(value).__name__}, and not {kind.__name__} as it says")
    return value


def _may_be_float(kind: Any) -> bool:
    """Whether a value of a type, or an item of one, may be a float."""
    return kind is float or any(map(_may_be_float, typing.get_args(kind)))


def _named(key: AnyKey, part: str) -> AnyKey:
    """A key with the field it reads: its own, or the one called as the part."""
    return key if key.kind == "open" or key.field else replace(key, field=part)


AnyExercise: TypeAlias = Exercise[Any, Any]
AnyVariant: TypeAlias = Variant[Any, Any]

__all__ = ["LEVELS", "SEEDS", "AnyExercise", "AnyVariant", "Disagreement", "Exercise", "Variant"]
