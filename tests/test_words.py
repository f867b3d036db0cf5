"""The words of all exercises: one notation in each language."""

from __future__ import annotations

import re

import pytest

from listok.generators.bank import bank
from listok.generators.exercise import AnyExercise
from listok.templates.text import path_of

EXERCISES = sorted(bank().values(), key=lambda exercise: exercise.number)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_a_maximum_parts_its_numbers_as_the_language_does(exercise: AnyExercise) -> None:
    russian, english = (path_of(exercise, lang).read_text(encoding="utf-8") for lang in ("ru", "en"))
    assert not re.search(r"max\([ &]*0,", russian)
    assert not re.search(r"max\([ &]*0;", english)
