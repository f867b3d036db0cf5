"""The whole bank: every exercise, level and language, on fewer seeds than `listok verify --thorough` takes."""

from __future__ import annotations

import pytest
from conftest import Plant, python

from listok.answerkeys.verification import check_exercises
from listok.answerkeys.verification.authoring import author_faults
from listok.generators.bank import UnknownName, bank, find, nearest, variant_of
from listok.generators.exact import Fraction
from listok.generators.exercise import LEVELS, AnyExercise
from listok.generators.oracles import disagreements, paths_of, solve_again
from listok.generators.values import to_json
from listok.templates import html, latex, plain
from listok.templates.sheet import problem
from listok.templates.text import LANGS, Filled
from listok.workers.pool import in_process

SEEDS = 60
EXERCISES = list(bank().values())
by_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)


def test_the_bank_holds_the_first_exercises() -> None:
    assert {2, 5, 10, 13, 15, 17, 18, 19, 25, 31, 32, 40, 48} <= set(bank())
    assert list(bank()) == sorted(bank())


# --- what `listok verify` checks ----------------------------------------------------------------------------------


@by_exercise
def test_what_the_author_wrote(exercise: AnyExercise) -> None:
    assert author_faults(exercise) == []


@by_exercise
def test_every_level_passes_verification(exercise: AnyExercise) -> None:
    with in_process() as workers:
        reports = check_exercises([exercise], SEEDS, workers)
    assert {report.level: report.faults for report in reports} == {1: [], 2: [], 3: []}


@by_exercise
def test_a_planted_mistake_of_the_board_is_noticed(exercise: AnyExercise) -> None:
    """Every value of a solution is one that the oracle knows: whichever is changed, the two differ in it."""
    variant = exercise.variant(5, 2)
    found = dict(solve_again(exercise.draw.__module__, variant.params))
    assert disagreements(variant.solution, found) == []
    for path in paths_of(type(variant.solution)):
        changed = {**found, path: ("something else",)}
        assert disagreements(variant.solution, changed) == [path]
        left_out = {name: value for name, value in found.items() if name != path}
        assert disagreements(variant.solution, left_out) == [path]


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
