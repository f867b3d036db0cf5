"""The whole bank: every exercise, level and language, on fewer seeds than `listok verify --thorough` takes."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import re
import sys
import types
import typing
from typing import Any

import pytest
from conftest import Plant, python

from listok.answerkeys.keysheet import problem_key
from listok.answerkeys.verification import check_exercises, variant_faults
from listok.generators.bank import UnknownName, bank, find, nearest, variant_of
from listok.generators.exact import Fraction
from listok.generators.exercise import LEVELS, AnyExercise
from listok.generators.figures import Scene
from listok.generators.formulas import Formula
from listok.generators.values import to_json
from listok.templates import html, latex, plain
from listok.templates.sheet import problem
from listok.templates.text import LANGS, Filled, load, path_of
from listok.workers.pool import processes

SEEDS = 40
CLASS = 300
EXERCISES = list(bank().values())
by_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
by_level = pytest.mark.parametrize("level", LEVELS)
by_lang = pytest.mark.parametrize("lang", LANGS)


def test_the_bank_holds_the_first_exercises() -> None:
    assert {2, 5, 10, 13, 15, 17, 18, 19, 25, 31, 32, 40, 48} <= set(bank())
    assert list(bank()) == sorted(bank())


# --- what an author must write ------------------------------------------------------------------------------------


@by_exercise
def test_name_number_and_summary(exercise: AnyExercise) -> None:
    module = sys.modules[exercise.draw.__module__]
    file = f"listok/generators/{exercise.topic}/{exercise.module}.py"
    assert exercise.name == exercise.module.replace("_", "-"), (
        f"{file}: name the exercise as its module, with dashes: name={exercise.module.replace('_', '-')!r}"
    )
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", exercise.name), (
        f"{file}: small Latin letters, digits and dashes"
    )
    assert 1 <= exercise.number < 512, f"{file}: number is from 1 to 511: it has nine bits in a code"
    assert 1 <= exercise.version < 16, f"{file}: version is from 1 to 15: it has four bits in a code"
    assert exercise.summary.endswith("."), (
        f"{file}: start with a docstring of one sentence that says what the student practises; `listok list` shows it"
    )
    assert "\n" not in exercise.summary
    assert len(exercise.summary) <= 160, f"{file}: the docstring's first paragraph is the catalogue line: shorten it"
    assert module.EXERCISE is exercise


@by_exercise
def test_texts_are_there(exercise: AnyExercise) -> None:
    for lang in LANGS:
        path = path_of(exercise, lang)
        assert path.exists(), (
            f"write {path.parent.parent.name}/{lang}/{path.name}: `# Title`, the stem, then for each part of "
            f"{', '.join(exercise.parts)} a `## part` with its question and a `### solution`"
        )
        text = load(exercise, lang)
        assert text.title, f"{path}: the first line is `# Title`"
    ru, en = (load(exercise, lang) for lang in LANGS)
    for part in exercise.parts:
        assert sorted(ru.parts[part].options) == sorted(en.parts[part].options), f"{part}: options differ by language"
        for text, lang in ((ru, "ru"), (en, "en")):
            assert text.parts[part].question, f"{lang}: part {part!r} asks nothing"
            assert text.parts[part].solution, f"{lang}: part {part!r} has an empty `### solution`"
    assert re.search("[а-яё]", ru.title.lower()), f"the Russian title is {ru.title!r}"
    assert not re.search("[а-яё]", en.title.lower()), f"the English title is {en.title!r}"


@by_exercise
def test_fields_are_of_kinds_that_can_be_stored(exercise: AnyExercise) -> None:
    for kind in (exercise.params_type, exercise.solution_type):
        _check_fields(kind, kind.__name__)


def _check_fields(kind: Any, place: str) -> None:
    if dataclasses.is_dataclass(kind):
        assert kind.__dataclass_params__.frozen, f"{place}: write @dataclass(frozen=True)"  # type: ignore[attr-defined]
        for name, inner in typing.get_type_hints(kind).items():
            if not name.startswith("_"):
                _check_fields(inner, f"{place}.{name}")
        return
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (tuple, typing.Union, types.UnionType):
        for inner in args:
            _check_fields(inner, place)
    elif origin is typing.Literal:
        assert all(isinstance(value, str) for value in args), place
    else:
        allowed = (int, float, bool, str, Fraction, Formula, Scene, type(None), Ellipsis)
        assert kind in allowed, (
            f"{place}: {kind} is not one of int, Fraction, float, bool, str, Formula, tuple, dataclass"
        )


NAMES_ONLY = ("str", "tuple[str, ...]")
"""What a helper of both ways may return: names of variables, which are no arithmetic."""


@by_exercise
def test_solve_and_oracle_share_no_code(exercise: AnyExercise) -> None:
    module = sys.modules[exercise.draw.__module__]
    tree = ast.parse(inspect.getsource(module))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}

    def reached(name: str, seen: set[str]) -> set[str]:
        for node in ast.walk(functions[name]):
            if isinstance(node, ast.Name) and node.id in functions and node.id not in seen:
                seen.add(node.id)
                reached(node.id, seen)
        return seen

    shared = reached(exercise.solve.__name__, set()) & reached(exercise.oracle.__name__, set())
    shared -= {name for name in shared if ast.unparse(functions[name].returns or ast.Constant(0)) in NAMES_ONLY}
    assert not shared, f"{', '.join(sorted(shared))} serve both solve and oracle: a slip there would go unnoticed"
    assert "solve" not in reached(exercise.oracle.__name__, set())


@by_exercise
def test_computed_parts_have_mistakes(exercise: AnyExercise) -> None:
    variant = exercise.variant(0)
    for part, key in exercise.parts.items():
        if key.computed:
            spoiling = [name for name, wrong in variant.mistakes.items() if key.field in wrong]
            assert len(spoiling) >= 2, f"{part}: name two mistakes or more that give a wrong {key.field!r}"


@by_exercise
def test_every_mistake_spoils_a_part(exercise: AnyExercise) -> None:
    asked_for = {key.field for key in exercise.parts.values()}
    spoiling: set[str] = set()
    for level, seed in itertools.product(LEVELS, range(10)):
        for name, wrong in exercise.variant(seed, level).mistakes.items():
            assert set(wrong) <= asked_for, f"mistake {name} reports {set(wrong) - asked_for}, which no part asks for"
            if wrong:
                spoiling.add(name)
    idle = [name for name in exercise.mistakes if name not in spoiling]
    assert not idle, f"{', '.join(idle)}: no wrong answer in 30 variants"


# --- every variant ------------------------------------------------------------------------------------------------


@by_level
@by_exercise
def test_variants(exercise: AnyExercise, level: int) -> None:
    faults: dict[str, str] = {}
    for seed in range(SEEDS):
        variant = exercise.variant(seed, level)
        for fault in variant_faults(variant, printing=seed % 4 == 0):
            faults.setdefault(fault, f"listok show {variant.code}")
    assert not faults


@by_level
@by_exercise
def test_keys_do_not_say_that_a_number_equals_itself(exercise: AnyExercise, level: int) -> None:
    points = {part: Fraction(key.points) for part, key in exercise.parts.items()}
    printer = plain.printer("en")
    for seed in range(10):
        variant = exercise.variant(seed, level)
        key = printer.blocks(problem_key(Filled(variant, "en"), points, 1, mistakes=False))
        sides = [[side.strip(" .,;") for side in re.split("[=≈]", line)] for line in key.splitlines()]
        twice = [left for line in sides for left, right in itertools.pairwise(line) if left == right != ""]
        assert not twice, f"listok show {variant.code} --key: {twice[0]} = {twice[0]}"


@by_exercise
def test_levels(exercise: AnyExercise) -> None:
    with processes(1) as workers:
        reports = check_exercises([exercise], 60, workers, printing=False)
    assert {report.level: report.faults for report in reports} == {1: [], 2: [], 3: []}


@by_level
@by_exercise
def test_the_first_three_hundred_seeds_differ(exercise: AnyExercise, level: int) -> None:
    """Or the exercise says that there are not so many variants."""
    prints = {exercise.variant(seed, level).fingerprint for seed in range(CLASS)}
    assert len(prints) == min(CLASS, exercise.spaces.get(level, CLASS))


@by_exercise
def test_a_code_draws_its_variant_again(exercise: AnyExercise) -> None:
    from listok.generators.codes import VariantCode, read_code

    variant = exercise.variant(16_777_215, 3)
    code = read_code(variant.code.lower().replace("-", " "))
    assert isinstance(code, VariantCode)
    assert variant_of(code).params == variant.params
    assert exercise.read_params(to_json(variant.params)) == variant.params


@pytest.mark.parametrize("hash_seed", [1, 2026])
def test_other_processes_draw_and_print_the_same(hash_seed: int) -> None:
    assert python("-c", PRINT_ALL, hash_seed=hash_seed) == digests()


PRINT_ALL = """
import sys
sys.path.insert(0, "tests")
from test_bank import digests
print(digests(), end="")
"""


def digests() -> str:
    """A line per exercise, level and language: fingerprint of the numbers and a digest of every print."""
    import hashlib

    lines = []
    for exercise in bank().values():
        for level in LEVELS:
            variant = exercise.variant(11, level)
            for lang in LANGS:
                filled = Filled(variant, lang)
                points = {part: Fraction(key.points) for part, key in exercise.parts.items()}
                blocks = problem(filled, points, 1)
                printed = "".join(p.printer(lang).blocks(blocks) for p in (latex, html, plain))
                lines.append(f"{variant.code} {variant.fingerprint} {hashlib.sha256(printed.encode()).hexdigest()}\n")
    return "".join(lines)


# --- finding ------------------------------------------------------------------------------------------------------


@by_exercise
def test_every_exercise_is_found_by_number_and_name(exercise: AnyExercise) -> None:
    for name in (exercise.number, str(exercise.number), exercise.name, exercise.module, f" {exercise.name} "):
        assert find(name) is exercise


@pytest.mark.parametrize(
    ("name", "hint"),
    [("convolution-by-hnad", "did you mean 'convolution-by-hand'?"), ("SOFTMAX", "did you mean 'softmax'?"),
     (0, f"the nearest number is {min(bank())}"), ("999", f"the nearest number is {max(bank())}"), ("", "listok list"),
     ("zzz", "listok list"), ("9" * 5000, "listok list"), ("-40", "unknown exercise")],
)  # fmt: skip
def test_an_unknown_name_gets_the_nearest(name: str | int, hint: str) -> None:
    with pytest.raises(UnknownName) as caught:
        find(name)
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_few_names_are_all_told() -> None:
    assert str(nearest("level", "x", ["one", "two"])) == "unknown level 'x'; there are: one, two"


def test_a_teachers_folder_stands_beside_the_package(plant: Plant) -> None:
    planted = plant()
    assert find(planted.name, planted.folder) is planted.exercise
    assert find(40, planted.folder) is find(40)
    assert planted.number not in bank()
    assert planted.exercise.topic == ""
    assert planted.exercise.module == planted.name.replace("-", "_")
