"""What the workers of a build do: draw a chunk of forms, write its pages, print them.

A chunk is `CHUNK` students in the order of the roster. Every function here takes bytes and gives bytes, has no state
and looks at no folder of the build: so any executor may run it, on this machine or another, once or twice.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from listok.answerkeys.keysheet import GridRow, Maxima, grading_grid, problem_key
from listok.answerkeys.tables import answer_rows, csv_lines
from listok.exams.blueprint import Blueprint, Item, Task
from listok.exams.exam import MARK, Exam, Form, Slot, drawn, form_json, mark, places, read_form, read_head
from listok.exams.press import pdflatex
from listok.exams.press import typst as typst_press
from listok.exams.press.engine import Engine, EngineError
from listok.exams.press.pieces import Piece, Printed
from listok.exams.roster import Student
from listok.generators.bank import find
from listok.generators.codes import form_code
from listok.generators.exact import Fraction
from listok.generators.values import fraction
from listok.templates import doctree as doc
from listok.templates import html, latex, page, paper, typst, typst_paper
from listok.templates.paper import Pages
from listok.templates.sheet import WORDS, problem
from listok.templates.text import Filled, Lang

CHUNK = 50
"""Forms in a chunk. A constant: where chunks begin must not depend on the machine, or its PDFs would."""

KINDS = ("sheets", "keys")

CSV_HEADER = (
    "form", "student", "problem", "exercise", "code", "part", "kind", "points", "answer", "tolerance",
)  # fmt: skip

BETWEEN = {"exam.json": b",\n", "answers.json": b",\n", "answers.csv": b""}
"""The files made of rows of data, and what stands between the rows of one chunk and the next."""

Files: TypeAlias = dict[str, bytes]
"""What a piece of work gives back: named contents, kept in the build's work folder."""


# --- drawing ------------------------------------------------------------------------------------------------------


_NUMBER = 2
"""Bytes that hold an exercise's number."""


@dataclass(frozen=True)
class Marks:
    """What the build must know of a chunk's forms to see that no variant is handed out twice, packed for many forms."""

    codes: list[str]
    kept: list[bool]
    slots: list[bytes]
    problems: list[str]
    total: str

    def of(self, form: int) -> list[tuple[int, bytes]]:
        """For each slot of a form the exercise's number and the variant's mark (see `mark`)."""
        packed = self.slots[form]
        return [
            (int.from_bytes(packed[at : at + _NUMBER]), packed[at + _NUMBER : at + _NUMBER + MARK])
            for at in range(0, len(packed), _NUMBER + MARK)
        ]

    @property
    def maxima(self) -> Maxima:
        return Maxima(tuple(map(Fraction, self.problems)), Fraction(self.total))


def draw_forms(
    plan: bytes, bank: Path | None, students: Sequence[Student], kept: Mapping[str, bytes], keep: str = ""
) -> Files:
    """Draw and verify the forms of a chunk of students, each as if the class were empty.

    Students in `kept` have a form already: a line of the exam file `keep`. Gives ``forms`` (a line each) and ``marks``.
    """
    blueprint = read_plan(plan, bank)
    forms = [
        dataclasses.replace(read_form(kept[student.id], keep, bank), student=student)
        if student.id in kept
        else _drawn_form(blueprint, student)
        for student in students
    ]
    lines = b"\n".join(map(form_json, forms))
    return {"forms": lines, "marks": _marks(forms, [student.id in kept for student in students])}


def mark_forms(bank: Path | None, lines: Sequence[bytes], keep: str) -> Files:
    """The ``marks`` of forms of an earlier build whose students are not in the roster."""
    forms = [read_form(line, keep, bank) for line in lines]
    return {"marks": _marks(forms, [True] * len(forms))}


def read_marks(data: bytes) -> Marks:
    """Marks from what `draw_forms` gave."""
    return msgspec.msgpack.decode(data, type=Marks)


def _drawn_form(blueprint: Blueprint, student: Student) -> Form:
    slots = tuple(
        Slot(drawn(blueprint.seed, student.id, place).verify(), place.task.points)
        for place in places(blueprint, student.id)
    )
    return Form(form_code(blueprint.seed, student.id), student, slots)


def _marks(forms: Sequence[Form], kept: list[bool]) -> bytes:
    most = Maxima.of([slot.total for slot in form.slots] for form in forms)
    slots = [
        b"".join(slot.variant.exercise.number.to_bytes(_NUMBER) + mark(slot.variant) for slot in form.slots)
        for form in forms
    ]
    marks = Marks([form.code for form in forms], kept, slots, list(map(str, most.problems)), str(most.total))
    return msgspec.msgpack.encode(marks)


def write_plan(blueprint: Blueprint) -> bytes:
    """A blueprint as bytes that another process or machine can read; exercises go by their names."""
    items = [
        [
            item.pick,
            [[task.exercise.name, task.level, {part: str(worth) for part, worth in task.points.items()}]
             for task in item.tasks],
        ]
        for item in blueprint.items
    ]  # fmt: skip
    fields = {field.name: getattr(blueprint, field.name) for field in dataclasses.fields(blueprint)}
    return msgspec.json.encode(fields | {"items": items})


@functools.lru_cache(2)
def read_plan(data: bytes, bank: Path | None) -> Blueprint:
    """A blueprint from its bytes."""
    fields = msgspec.json.decode(data)
    items = tuple(
        Item(
            tuple(
                Task(find(name, bank), level, {part: fraction(worth) for part, worth in points.items()})
                for name, level, points in tasks
            ),
            pick,
        )
        for pick, tasks in fields["items"]
    )
    return Blueprint(**(fields | {"items": items, "langs": tuple(fields["langs"])}))


# --- pages --------------------------------------------------------------------------------------------------------


def write_pages(
    head: bytes, bank: Path | None, lines: Sequence[bytes], changes: Mapping[tuple[int, int], bytes],
    typeset: Sequence[str],
) -> Files:  # fmt: skip
    """Everything that is written of a chunk of forms.

    `changes` are slots (form and slot counted from 0) drawn anew; `typeset` the suffixes of the engines' sources that
    are wanted. Gives rows for ``exam.json``, ``answers.csv`` and ``answers.json``, and for each stem (`stem_of`) the
    sections of its ``.html`` and the pieces (see `read_pieces`) of its ``.tex`` and ``.typ``.
    """
    exam = read_head(head)
    forms = [read_form(_changed(line, place, changes), "exam.json", bank) for place, line in enumerate(lines)]
    rows = list(_rows(forms))
    files: Files = {
        "exam.json": b",\n".join(map(form_json, forms)),
        "answers.csv": "".join(csv_lines([row[column] for column in CSV_HEADER] for row in rows)).encode(),
        "answers.json": ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode(),
    }
    codes = [form.code for form in forms]
    for lang in exam.langs:
        for kind, runs in zip(KINDS, zip(*[_runs(exam, form, lang) for form in forms], strict=True), strict=True):
            files |= _printed(stem_of(kind, lang, exam), lang, typeset, codes, runs)
    return files


def write_grid(
    head: bytes, rows: Sequence[GridRow], maxima: tuple[Sequence[str], str], before: int, typeset: Sequence[str]
) -> Files:  # fmt: skip
    """Pages of the grading grid, which go before the keys: the same files of the keys' stems as in `write_pages`.

    `before` is how many rows other pages hold.
    """
    exam = read_head(head)
    most = Maxima(tuple(map(Fraction, maxima[0])), Fraction(maxima[1]))
    files: Files = {}
    for lang in exam.langs:
        blocks = tuple(itertools.chain.from_iterable(grading_grid(rows, lang, most, before)))
        run = _Run(heading(exam, lang), exam.date, "", blocks)
        files |= _printed(stem_of("keys", lang, exam), lang, typeset, ["grid"], [run])
    return files


def stem_of(kind: str, lang: Lang, exam: Exam) -> str:
    """The name of a file without its suffix: it names the language where there are two."""
    return kind if len(exam.langs) == 1 else f"{kind}.{lang}"


def heading(exam: Exam, lang: Lang) -> str:
    """Course and title of an exam."""
    return ". ".join(filter(None, (exam.course[lang], exam.title[lang])))


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of pages not yet printed: the two lines of its header, what its QR symbol says, and what it holds."""

    who: str
    what: str
    code: str
    blocks: tuple[doc.Block, ...]


def _printed(stem: str, lang: Lang, typeset: Sequence[str], ids: Sequence[str], runs: Sequence[_Run]) -> Files:
    """Runs of pages in every form wanted."""

    def pages(printer: Any) -> Iterator[Pages]:
        return (Pages(run.who, run.what, run.code, printer.blocks(run.blocks)) for run in runs)

    _, *sections, _ = page.document(pages(html.printer(lang)), lang, "")
    files = {f"{stem}.html": "".join(sections).encode()}
    engines = ((".tex", latex.printer, paper.form), (".typ", typst.printer, typst_paper.form))
    for suffix, printer, form in engines:
        if suffix in typeset:
            pieces = [(id_, form(run)) for id_, run in zip(ids, pages(printer(lang)), strict=True)]
            files[stem + suffix] = msgspec.msgpack.encode(pieces)
    return files


def read_pieces(data: bytes) -> list[Piece]:
    """Pieces of paper from what `write_pages` gave."""
    return [Piece(*pair) for pair in msgspec.msgpack.decode(data)]


def _changed(line: bytes, place: int, changes: Mapping[tuple[int, int], bytes]) -> bytes:
    mine = {slot: data for (form, slot), data in changes.items() if form == place}
    if not mine:
        return line
    form = msgspec.json.decode(line)
    for slot, data in mine.items():
        form["slots"][slot] = msgspec.json.decode(data)
    return msgspec.json.encode(form)


def _runs(exam: Exam, form: Form, lang: Lang) -> tuple[_Run, _Run]:
    """A form's sheet and its key (in the order of `KINDS`), which tell of the same people."""
    filled = [Filled(slot.variant, lang) for slot in form.slots]
    sheet: list[doc.Block] = []
    if exam.instructions[lang]:
        sheet.append(doc.Paragraph((doc.Text(exam.instructions[lang]),)))
    key: list[doc.Block] = []
    for number, (slot, text) in enumerate(zip(form.slots, filled, strict=True), 1):
        sheet += problem(text, slot.points, number, exam.space)
        key += problem_key(text, slot.points, number)
    who, what = _who(form, lang), ".  ".join(filter(None, (heading(exam, lang), exam.date)))
    of_key = f"{WORDS['key'][lang]}.  {who}"
    return _Run(who, what, form.code, tuple(sheet)), _Run(of_key, what, form.code, tuple(key))


def _who(form: Form, lang: Lang) -> str:
    student = form.student
    if not student.name:
        return f"{WORDS['form'][lang]} {student.id}.  {WORDS['name_line'][lang]}: " + "_" * 30
    group = f"{WORDS['group'][lang]}: {student.group}" if student.group else ""
    return ".  ".join(filter(None, (f"{WORDS['student'][lang]}: {student.name}", group)))


def _rows(forms: Sequence[Form]) -> Iterator[dict[str, Any]]:
    for form in forms:
        for number, slot in enumerate(form.slots, 1):
            for row in answer_rows(slot.variant, slot.points):
                yield {"form": form.code, "student": form.student.id, "problem": number, **row}


# --- paper --------------------------------------------------------------------------------------------------------


def print_pages(engine: Engine, preamble: str, pieces: bytes) -> Files:
    """Print the pieces that `write_pages` gave: a ``pdf``, and ``printed`` (see `read_printed`).

    A chunk of which nothing could be printed has no ``pdf``, and all its pieces are broken.
    """
    parts = read_pieces(pieces)
    with tempfile.TemporaryDirectory(prefix="listok-") as folder:
        target = Path(folder) / "chunk.pdf"
        try:
            printed = _PRESSES[engine](preamble, parts, target)
        except EngineError as error:
            nothing = Printed((), tuple((piece.id, str(error)) for piece in parts))
            return {"printed": msgspec.msgpack.encode(nothing)}
        return {"pdf": target.read_bytes(), "printed": msgspec.msgpack.encode(printed)}


def read_printed(data: bytes) -> Printed:
    """What `print_pages` said of a chunk."""
    return msgspec.msgpack.decode(data, type=Printed)


_PRESSES: Mapping[Engine, Callable[[str, Sequence[Piece], Path], Printed]] = {
    "pdflatex": pdflatex.print_chunk,
    "typst": typst_press.print_chunk,
}
