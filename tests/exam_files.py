"""Whole exam files, written from and read into memory."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from listok.answerkeys.exam_file import TAIL, form_json, head_json, read_forms
from listok.answerkeys.forms import Exam


def dump(exam: Exam) -> bytes:
    """An exam as the file that a build of it leaves."""
    return head_json(exam) + b",\n".join(map(form_json, exam.forms)) + TAIL


def load(path: Path, bank: Path | None = None) -> Exam:
    """The exam of a file with all its forms."""
    exam, forms = read_forms(path, bank)
    return dataclasses.replace(exam, forms=tuple(forms))
