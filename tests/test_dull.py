"""Dull numbers, which only teachers set: solved twice, printed, marked and exported as all others are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from exporting import exported

from listok.answerkeys.composing import FORMATS
from listok.answerkeys.items import item_of
from listok.answerkeys.marking.grading import Response, mark_problem
from listok.answerkeys.verification import variant_faults
from listok.generators.bank import bank, find
from listok.generators.exact import Fraction
from listok.generators.exercise import AnyVariant

DULL: dict[int, dict[str, Any]] = {
    1: {"slopes": [1, -1], "constants": [1, 2], "output": [1, 1]},
    2: {"x": [10, 1, 20], "hidden": [[5, -2], [-60, -80], ["1/2", 2]], "output": [1, "1/5"], "bias": 4},
    3: {"layers": [[[1, 1, 2], [5, 4, 2]], [[6, 4, 2]]], "x": [1, 1]},
    4: {"rows": [[-2, 0, 0], [-3, -3, 1]]},
    5: {"functions": [[0, 0, 0, 1], [0, 0, 0, 1], [0, 1, 1, 0]]},
    6: {"neuron": [0, 1, 1, 1]},
    7: {"statements": ["stay_equal", "rescaling"]},
    8: {"gallery": [{"lines": [[1, 1, 0]], "sides": [1], "least": 1},
                    {"lines": [[1, -1, -3]], "sides": [-1], "least": 1}]},
    9: {"x": 4},
    10: {"sizes": [2000, 1000, 10]},
    11: {"p": "1/2"},
    12: {"xs": [1, 2, 3], "ys": [0, 1, 0]},
    13: {"logits": [[1, 1, 1], [2, 2, 2]], "classes": [1, 2], "statements": ["value", "scale", "majority"]},
    14: {"rate": 5},
    15: {"xs": [1, 2], "ys": [2, 1], "w0": 1, "eta": 1, "order": [1, 2, 1], "few": 2},
    16: {"xs": [10, 3], "ys": [0, 1], "w": 1, "b": -2, "logs": False, "eta": "1/100", "asked": "w"},
    17: {"targets": [2, 2, 2], "eta": "1/2", "start": 2, "statements": ["biased", "scale_free"]},
    18: {"rates": [{"c": 1, "p": 1}, {"c": 2, "p": 1}]},
    19: {"x": 0, "y": 0},
    20: {"y": 3},
    21: {"upstream": [[0, 1], [2, 3]]},
    22: {"inputs": [[0, 0, 0], [2, 1, -3]]},
    23: {"inputs": [[0, 0]]},
    24: {"statements": ["twins_forever", "as_narrow"]},
    25: {"inputs": [[0, 0], [0, 0]], "first": [[1, 2], [3, 4]], "targets": [0, 0]},
    26: {"eta": 1},
    31: {"logits": [1, 2, 5], "hot_temperature": 10, "cold_temperature": "1/10", "likely": 3, "rare": 2},
    32: {"ys": [5, 5, 5]},
    40: {"image": [[0] * 5] * 5, "kernel": [[0, 0], [0, 0]], "pool": 3},
    48: {"ys": [0, 2, -3, 1], "v": "1/2", "w": "1/2", "u": "1/2", "leak": 0, "eta": "1/10"},
}  # fmt: skip

STARVED = (
    "fewer than two mistakes",
    "mistakes give one wrong answer",
    "does not depend on the earlier answers",
    "nothing is carried from answers as they are typed",
)
"""What cannot be otherwise where nothing can be done wrong, or where a probability is 0 or 1 as it is typed."""


def dull(number: int) -> AnyVariant:
    return find(number).variant(0, 1).changed(DULL[number])


def test_every_exercise_has_dull_numbers_here() -> None:
    assert DULL.keys() == bank().keys()


@pytest.mark.parametrize("number", DULL)
def test_dull_numbers_are_solved_twice_and_printed(number: int) -> None:
    variant = dull(number)
    assert variant.dull
    assert [fault for fault in variant_faults(variant, printing=True) if not any(s in fault for s in STARVED)] == []


@pytest.mark.parametrize("number", DULL)
def test_right_answers_to_dull_numbers_are_right(number: int) -> None:
    variant = dull(number)
    keys = {part: key for part, key in variant.exercise.parts.items() if key.field}
    typed = {part: Response(key.show(variant.asked(part).right)) for part, key in keys.items()}
    marks = mark_problem(variant, dict.fromkeys(keys, Fraction(1)), typed)
    assert {mark.part: mark.outcome for mark in marks} == dict.fromkeys(keys, "right")


@pytest.mark.parametrize("to", FORMATS)
def test_dull_numbers_are_exported(tmp_path: Path, to: str) -> None:
    report = exported(to, tmp_path / "out", [item_of(dull(number), "en") for number in DULL])
    assert report.files
