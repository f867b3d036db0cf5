"""One sheet does not give away the class: the attack of `attack.py`, in small, finds what is weak and nothing else."""

from __future__ import annotations

import hashlib
import itertools
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from attack import (
    Sheet,
    an_exam,
    fits,
    older_code,
    rules_that_hold,
    sheet_of,
    sheets_of,
    traces,
    try_older_codes,
    try_seeds,
    try_weak_secrets,
)

from listok.answerkeys.forms import Exam
from listok.exams.build import write_exam

SECONDS = 60.0
"""An end to every search, on a machine however slow; what is to be found is found long before."""


@pytest.fixture(scope="module")
def exam() -> Exam:
    """An exam without a seed."""
    return an_exam(None, students=150)


@pytest.fixture(scope="module")
def sheet(exam: Exam) -> Sheet:
    return sheet_of(exam, "2026-07")


# --- an exam without a seed ---------------------------------------------------------------------------------------


def test_nothing_is_found_where_there_is_no_seed(sheet: Sheet) -> None:
    for attack, tries in ((try_older_codes, 20_000), (try_weak_secrets, 20_000), (try_seeds, 12)):
        tried = attack(sheet, SECONDS, tries)
        assert tried.found == []
        assert tried.tries == tries


def test_no_rule_gives_a_neighbours_sheet(exam: Exam) -> None:
    assert rules_that_hold(sheets_of(exam)) == []


def test_the_secret_alone_gives_the_sheet(exam: Exam, sheet: Sheet) -> None:
    assert fits(sheet, exam.secret)
    for byte in range(32):
        near = bytearray(exam.secret)
        near[byte] ^= 1
        assert not fits(sheet, bytes(near))


@pytest.mark.parametrize("seed", [None, "trombone walrus ledger pancake"])
def test_neither_secret_nor_seed_stands_in_what_students_are_handed(tmp_path: Path, seed: str | None) -> None:
    exam = an_exam(seed, students=2)
    write_exam(exam, tmp_path, engine="typst")
    assert (tmp_path / "sheets.pdf").exists()
    assert traces(tmp_path, exam, seed) == []
    (tmp_path / "sheets.txt").write_text(f"{exam.secret.hex()} {seed}", encoding="utf-8")
    assert traces(tmp_path, exam, seed)[:1] == ["sheets.txt: the secret in hexadecimal"]


# --- the attack is one --------------------------------------------------------------------------------------------


def test_a_seed_that_can_be_guessed_is_found() -> None:
    sheet = sheet_of(an_exam("01.12.2026", students=3), "2026-02")
    assert try_seeds(sheet, SECONDS, 100).found == ["seed '01.12.2026'"]


@pytest.mark.parametrize(
    "secret",
    [bytes(32), bytes(range(32)), hashlib.sha256(b"20261201").digest(), (77).to_bytes(32, "big"),
     random.Random(50).randbytes(32), np.random.RandomState(3).bytes(32)],
    ids=["zeros", "counting", "plain hash", "small number", "Python's generator", "NumPy's generator"],
)  # fmt: skip
def test_a_secret_that_is_badly_made_is_found(secret: bytes) -> None:
    sheet = sheet_of(an_exam(None, students=2, secret=secret), "2026-02")
    assert try_weak_secrets(sheet, SECONDS, 20_000).found == [f"secret {secret.hex()}"]


def test_a_code_made_of_the_plain_seed_is_found(sheet: Sheet) -> None:
    older = replace(sheet, code=older_code("20261201", sheet.student) + "0")
    assert try_older_codes(older, SECONDS, 1000).found == ["plain seed '20261201'"]


def test_rules_are_found_where_there_are_some(exam: Exam) -> None:
    sheets = sheets_of(exam)

    def with_first(sheet: Sheet, seed: int) -> Sheet:
        return replace(sheet, problems=(replace(sheet.problems[0], seed=seed), *sheet.problems[1:]))

    same = rules_that_hold([with_first(each, 12345) for each in sheets])
    assert any("come twice" in rule for rule in same)
    assert any("mostly the same" in rule for rule in same)
    inside = rules_that_hold([with_first(each, each.problems[1].seed ^ 5) for each in sheets])
    assert any("0 further on" in rule for rule in inside)
    along = [with_first(each, before.problems[1].seed) for before, each in itertools.pairwise(sheets)]
    assert any("1 further on" in rule for rule in rules_that_hold(along))
