"""Verification: the checks that hold for every exercise, a teacher's own included."""

from __future__ import annotations

from listok.answerkeys.verification.authoring import check_texts
from listok.answerkeys.verification.levels import LevelReport, check_exercises
from listok.answerkeys.verification.variants import variant_faults

__all__ = ["LevelReport", "check_exercises", "check_texts", "variant_faults"]
