"""From a printed code back to what it was printed for."""

from __future__ import annotations

from pathlib import Path

from listok.generators.bank import bank as whole_bank
from listok.generators.codes import BadCode, VariantCode
from listok.generators.exercise import AnyVariant


def variant_of(code: VariantCode, bank: Path | None = None) -> AnyVariant:
    """Draw the variant of a code again; raises `BadCode` where this listok cannot draw the same numbers."""
    exercise = whole_bank(bank).get(code.number)
    if exercise is None:
        raise BadCode(f"code {code} is of exercise {code.number}, which is not in this bank")
    if exercise.version != code.version:
        raise BadCode(
            f"code {code} was printed by version {code.version} of {exercise.name}; this listok has version "
            f"{exercise.version} and would draw other numbers: use the saved exam.json"
        )
    return exercise.variant(code.seed, code.level)
