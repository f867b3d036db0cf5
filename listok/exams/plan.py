"""The plan of a build: the chunks of its class, the jobs that make them, and the names of all files."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from listok.answerkeys.exam_file import head_json
from listok.answerkeys.forms import Exam, Student
from listok.answerkeys.keysheet import ROWS_PER_PAGE
from listok.exams.engine_choice import source_suffixes
from listok.exams.press.chunk_pages import KINDS, stem_of
from listok.exams.press.engine import Engine, find_pdflatex
from listok.exams.press.stamp import stamp
from listok.templates.text import LANGS, Lang

CHUNK = 50
"""Students in a chunk. A constant: where chunks begin must not depend on the machine, or its PDFs would."""

GRID_CHUNK = 10 * ROWS_PER_PAGE
"""Students in a chunk of the grading grid."""


LAYOUT = "layout.json"
"""The file that tells where answers go on printed sheets."""


@dataclass(frozen=True)
class Plan:
    """All that a build knows before it begins.

    `engine` is None where no PDF is made, `bank` an absolute path. `typeset` holds the suffixes of the engines'
    sources that are written. The forms of `exam` are not looked at.
    """

    exam: Exam
    students: Sequence[Student]
    bank: Path | None
    engine: Engine | None
    per_student: bool
    typeset: tuple[str, ...]

    @functools.cached_property
    def head(self) -> bytes:
        """The head of the exam file without the secret, which the writers of pages do not need."""
        return head_json(dataclasses.replace(self.exam, secret=b""))

    @functools.cached_property
    def stems(self) -> Mapping[str, tuple[str, Lang]]:
        """The names of the documents without suffix, with the kind and the language of each."""
        return {stem_of(kind, lang, self.exam): (kind, lang) for lang in self.exam.langs for kind in KINDS}

    # --- chunks

    @property
    def chunks(self) -> range:
        """The numbers of the chunks."""
        return range(chunk_count(len(self.students)))

    @property
    def grids(self) -> range:
        """The numbers of the chunks of the grading grid."""
        return range(-(-len(self.students) // GRID_CHUNK))

    def rows_of(self, chunk: int) -> slice:
        """Where a chunk stands in the class."""
        return slice(chunk * CHUNK, (chunk + 1) * CHUNK)

    def students_of(self, chunk: int) -> Sequence[Student]:
        """The students of a chunk."""
        return self.students[self.rows_of(chunk)]

    def grid_of(self, number: int) -> tuple[int, Sequence[Student]]:
        """How many students stand before a chunk of the grading grid, and its own."""
        start = number * GRID_CHUNK
        return start, self.students[start : start + GRID_CHUNK]

    def place_of(self, row: int) -> tuple[int, int]:
        """The chunk of a student, and the place in it; `row` counts the class from 0."""
        return divmod(row, CHUNK)

    # --- files

    @property
    def names(self) -> list[str]:
        """The files of this exam, PDFs aside."""
        texts = [f"{stem}{suffix}" for stem in self.stems for suffix in (*self.typeset, ".html")]
        return [*texts, "answers.csv", "answers.json", "exam.json"]

    @property
    def pdf_names(self) -> list[str]:
        """The PDFs of this exam, the folders of those for each student, and where answers go on them."""
        return [f"{stem}.pdf" for stem in self.stems] + (list(self.stems) if self.per_student else []) + [LAYOUT]

    @property
    def all_names(self) -> list[str]:
        """Names that this build or another, with other options, may put into the folder."""
        stems = [f"{kind}{lang}" for kind in KINDS for lang in ("", *(f".{lang}" for lang in LANGS))]
        made = [f"{stem}{suffix}" for stem in stems for suffix in (".tex", ".typ", ".html", ".pdf", "")]
        return list(dict.fromkeys([*self.names, *made, LAYOUT]))

    def key(self, *parts: bytes) -> str:
        """A name for all that the files depend on."""
        options = (self.typeset, self.per_student, CHUNK, stamp(self.engine, self.bank))
        roster = [(student.id, student.name, student.group) for student in self.students]
        digest = hashlib.sha256(msgspec.json.encode((options, roster)))
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()[:32]


def make_plan(
    exam: Exam, students: Sequence[Student], bank: Path | None, engine: Engine | None, *, pdf: bool, per_student: bool
) -> Plan:
    """The plan of a build; without `pdf`, or where pdfLaTeX is wanted and missing, no engine prints."""
    installed = engine == "typst" or (engine == "pdflatex" and find_pdflatex() is not None)
    printing = engine if pdf and installed else None
    return Plan(
        exam,
        students,
        bank=bank.absolute() if bank else None,
        engine=printing,
        per_student=per_student and printing is not None,
        typeset=source_suffixes(exam, students, engine),
    )


def chunk_count(forms: int) -> int:
    """How many chunks so many forms make."""
    return -(-forms // CHUNK)


# --- jobs --------------------------------------------------------------------------------------------------------


def draw_job(chunk: int) -> str:
    """The job that draws a chunk."""
    return f"draw-{chunk:05}"


def other_job(number: int) -> str:
    """The job that summarizes forms of an earlier build whose students are not in the roster."""
    return f"other-{number:05}"


def text_job(chunk: int) -> str:
    """The job that writes a chunk's pages."""
    return f"text-{chunk:05}"


def grid_job(number: int) -> str:
    """The job that writes pages of the grading grid."""
    return f"grid-{number:05}"


def print_job(stem: str, written: str) -> str:
    """The job that prints, of one document, the pages that another job has written."""
    return f"print-{stem}-{written}"
