"""The pages of a chunk: what a worker of a build writes of forms that are drawn, in every language and notation.

The functions here are stateless: they take bytes, give bytes and look at no folder of the build. So any executor may
run them, on this machine or another, once or twice.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from listok.answerkeys.exam_file import form_json, read_form, read_head
from listok.answerkeys.forms import Exam, Form
from listok.answerkeys.keysheet import GridRow, Maxima, grading_grid, problem_key
from listok.answerkeys.tables import answer_rows, csv_lines
from listok.exams.press.pieces import Piece, encode_pieces
from listok.generators.exact import Fraction
from listok.templates import doctree as doc
from listok.templates import html, latex, page, paper, typst, typst_paper
from listok.templates.pages import Pages
from listok.templates.sheet import WORDS, problem
from listok.templates.text import Filled, Lang

KINDS = ("sheets", "keys")

CSV_HEADER = (
    "form", "student", "problem", "exercise", "code", "part", "kind", "points", "answer", "tolerance",
)  # fmt: skip

BETWEEN = {"exam.json": b",\n", "answers.json": b",\n", "answers.csv": b""}
"""The files made of rows of data, and what stands between the rows of one chunk and the next."""


def write_pages(
    head: bytes, bank: Path | None, lines: Sequence[bytes], changes: Mapping[tuple[int, int], bytes],
    typeset: Sequence[str],
) -> dict[str, bytes]:  # fmt: skip
    """Everything that is written of a chunk of forms.

    `changes` are slots (form and slot counted from 0) drawn anew; `typeset` the suffixes of the engines' sources that
    are wanted. Gives rows for ``exam.json``, ``answers.csv`` and ``answers.json``, and for each stem (`stem_of`) the
    sections of its ``.html`` and the pieces (see `decode_pieces`) of its ``.tex`` and ``.typ``.
    """
    exam = read_head(head)
    forms = [read_form(_changed(line, place, changes), "exam.json", bank) for place, line in enumerate(lines)]
    rows = list(_rows(forms))
    files: dict[str, bytes] = {
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
) -> dict[str, bytes]:  # fmt: skip
    """Pages of the grading grid, which go before the keys: the same files of the keys' stems as in `write_pages`.

    `before` is how many rows other pages hold.
    """
    exam = read_head(head)
    most = Maxima(tuple(map(Fraction, maxima[0])), Fraction(maxima[1]))
    files: dict[str, bytes] = {}
    for lang in exam.langs:
        blocks = tuple(itertools.chain.from_iterable(grading_grid(rows, lang, most, before)))
        run = _PageBlocks(exam.heading(lang), exam.date, "", blocks)
        files |= _printed(stem_of("keys", lang, exam), lang, typeset, ["grid"], [run])
    return files


def stem_of(kind: str, lang: Lang, exam: Exam) -> str:
    """The name of a file without its suffix: it names the language where there are two."""
    return kind if len(exam.langs) == 1 else f"{kind}.{lang}"


@dataclass(frozen=True, slots=True)
class _PageBlocks:
    """A run of pages before it is printed: the two lines of its header, what its QR symbol says, and what it holds."""

    who: str
    what: str
    code: str
    blocks: tuple[doc.Block, ...]


def _printed(
    stem: str, lang: Lang, typeset: Sequence[str], ids: Sequence[str], runs: Sequence[_PageBlocks]
) -> dict[str, bytes]:
    """Runs of pages in every notation wanted."""

    def pages(printer: Any) -> Iterator[Pages]:
        return (Pages(run.who, run.what, run.code, printer.blocks(run.blocks)) for run in runs)

    _, *sections, _ = page.document(pages(html.printer(lang)), lang, "")
    files = {f"{stem}.html": "".join(sections).encode()}
    engines = ((".tex", latex.printer, paper.form), (".typ", typst.printer, typst_paper.form))
    for suffix, printer, form in engines:
        if suffix in typeset:
            sources = map(form, pages(printer(lang)))
            files[stem + suffix] = encode_pieces(map(Piece, ids, sources))
    return files


def _changed(line: bytes, place: int, changes: Mapping[tuple[int, int], bytes]) -> bytes:
    mine = {slot: data for (form, slot), data in changes.items() if form == place}
    if not mine:
        return line
    form = msgspec.json.decode(line)
    for slot, data in mine.items():
        form["slots"][slot] = msgspec.json.decode(data)
    return msgspec.json.encode(form)


def _runs(exam: Exam, form: Form, lang: Lang) -> tuple[_PageBlocks, _PageBlocks]:
    """A form's sheet and its key (in the order of `KINDS`), which tell of the same people."""
    filled = [Filled(slot.variant, lang, exam.telling(form)) for slot in form.slots]
    sheet: list[doc.Block] = []
    if exam.instructions[lang]:
        sheet.append(doc.Paragraph((doc.Text(exam.instructions[lang]),)))
    key: list[doc.Block] = []
    for number, (slot, text) in enumerate(zip(form.slots, filled, strict=True), 1):
        with slot.variant.blamed():
            sheet += problem(text, slot.points, number, exam.space)
            key += problem_key(text, slot.points, number)
    who, what = _who(form, lang), exam.dated_heading(lang)
    of_key = f"{WORDS['key'][lang]}.  {who}"
    return _PageBlocks(who, what, form.code, tuple(sheet)), _PageBlocks(of_key, what, form.code, tuple(key))


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
