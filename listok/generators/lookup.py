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
        raise BadCode("code_of_no_exercise", code=str(code), number=code.number)
    if exercise.version != code.version:
        raise BadCode(
            "code_of_another_version",
            code=str(code),
            printed=code.version,
            exercise=exercise.name,
            here=exercise.version,
        )
    return exercise.variant(code.seed, code.level)
