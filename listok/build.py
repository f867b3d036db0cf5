"""Writing an exam: sheets, keys, answers and the exam file, each whole under its name or not there at all."""

from __future__ import annotations

import csv
import functools
import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from listok.answerkeys.keysheet import GridRow, grading_grid, problem_key
from listok.answerkeys.tables import answer_rows
from listok.engine import Engine, EngineError, choose_engine, find_pdflatex, has_typst, run_pdflatex, run_typst
from listok.exam import Exam, Form, dump
from listok.generators.values import ListokError
from listok.templates import doctree as doc
from listok.templates import html, latex, page, paper, typst, typst_paper
from listok.templates.paper import Pages
from listok.templates.sheet import WORDS, problem
from listok.templates.text import Filled, Lang

CSV_HEADER = (
    "form", "student", "problem", "exercise", "code", "part", "kind", "points", "answer", "tolerance",
)  # fmt: skip


class OutputError(ListokError):
    """Files that cannot be written; nothing half-written is left under its final name."""


_LACKING: dict[Engine, tuple[str, Callable[[str], str]]] = {
    "pdflatex": ("pdfLaTeX's", latex.unprintable),
    "typst": ("Typst's", typst.unprintable),
}


def check_names(exam: Exam, source: str, engine: Engine = "pdflatex") -> None:
    """Refuse, in one line naming student and character, what the fonts of an engine cannot print."""
    whose, unprintable = _LACKING[engine]
    for form in exam.forms:
        bad = unprintable(form.student.name + form.student.group + form.student.id)
        if bad:
            raise OutputError(
                f"{source}: student {form.student.id!r}: {whose} fonts have no {bad[0]!r} "
                f"(U+{ord(bad[0]):04X}): write the name in Latin or Cyrillic letters"
            )


def engine_for(exam: Exam, source: str, name: str = "auto") -> tuple[Engine | None, str]:
    """The engine to print an exam with (see `choose_engine`), and a note to the user (or ``""``).

    With ``auto``, a name beyond pdfLaTeX's fonts takes the build to Typst, and the note says so. Raises `OutputError`
    as `check_names` where no engine that may be used can print a name.
    """
    engine = choose_engine(name)
    if name == "typst":
        check_names(exam, source, "typst")
        return engine, ""
    try:
        check_names(exam, source)
    except OutputError as error:
        if name == "pdflatex" or not has_typst():
            raise
        check_names(exam, source, "typst")
        reason = str(error).rpartition(": ")[0]
        return "typst", f"{reason}: the PDFs are made with Typst, and no .tex is written"
    return engine, ""


def write_exam(
    exam: Exam, out: Path, *, force: bool = False, pdf: bool = True, engine: Engine | None = "pdflatex",
    tick: Callable[[], object] = lambda: None,
) -> list[Path]:  # fmt: skip
    """Write every file of the exam into `out` and give their paths; `tick` is called once a form and file.

    Raises `OutputError` where files are in the way (without `force`) or cannot be written, `EngineError` where the
    engine fails; the sources and HTML files then stand. Where there is no engine the PDFs are left out.
    """
    students = [form.student for form in exam.forms]
    for_latex = engine != "typst" or not any(latex.unprintable(s.name + s.group + s.id) for s in students)
    jobs: list[tuple[str, Callable[[], Iterable[str | bytes]]]] = []
    for lang in exam.langs:
        for kind in ("sheets", "keys"):
            stem = kind if len(exam.langs) == 1 else f"{kind}.{lang}"
            if for_latex:
                jobs.append((f"{stem}.tex", functools.partial(_tex, exam, kind, lang, tick)))
            if engine == "typst":
                jobs.append((f"{stem}.typ", functools.partial(_typ, exam, kind, lang, tick)))
            jobs.append((f"{stem}.html", functools.partial(_html, exam, kind, lang, tick)))
    jobs.append(("answers.csv", functools.partial(_answers_csv, exam)))
    jobs.append(("answers.json", functools.partial(_answers_json, exam)))
    jobs.append(("exam.json", lambda: [dump(exam)]))
    printed = [name.removesuffix(".html") for name, _ in jobs if name.endswith(".html")]
    made = [f"{stem}{suffix}" for stem in printed for suffix in (".pdf", ".tex", ".typ")]
    names = dict.fromkeys([name for name, _ in jobs] + made)
    if not force:
        for name in names:
            if (out / name).exists():
                raise OutputError(f"{out / name} is there already: give another --out, or --force to replace it")
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in made:  # what an earlier build made with an engine must not stand beside new sheets
            if name not in dict(jobs):
                (out / name).unlink(missing_ok=True)
        written = [_write(out / name, pieces()) for name, pieces in jobs]
        if pdf and (engine == "typst" or (engine == "pdflatex" and find_pdflatex() is not None)):
            run, suffix = (run_typst, ".typ") if engine == "typst" else (run_pdflatex, ".tex")
            for path in [path for path in written if path.suffix == suffix]:
                target = path.with_suffix(".pdf")
                run(path, target, len(exam.forms))
                written.append(target)
                tick()
    except OSError as error:
        raise OutputError(f"{error.filename or out}: {error.strerror}; what is written whole stands, the rest "
                          f"is missing: make room and build again with --force") from None
    return written


def _write(path: Path, pieces: Iterable[str | bytes]) -> Path:
    """Write a file so that its name appears only when it is whole and on the disk."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            for piece in pieces:
                file.write(piece if isinstance(piece, bytes) else piece.encode())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _heading(exam: Exam, lang: Lang) -> str:
    return ". ".join(filter(None, (exam.course[lang], exam.title[lang])))


def _who(form: Form, lang: Lang) -> str:
    student = form.student
    if not student.name:
        return f"{WORDS['form'][lang]} {student.id}.  {WORDS['name_line'][lang]}: " + "_" * 30
    group = f"{WORDS['group'][lang]}: {student.group}" if student.group else ""
    return ".  ".join(filter(None, (f"{WORDS['student'][lang]}: {student.name}", group)))


def _pages(exam: Exam, kind: str, lang: Lang, printer: Any, tick: Callable[[], object]) -> Iterable[Pages]:
    """Every form's pages; for keys the grading grid comes first."""
    what = ".  ".join(filter(None, (_heading(exam, lang), exam.date)))
    if kind == "keys":
        rows = [
            GridRow(form.student.name or form.student.id, form.code, tuple(slot.total for slot in form.slots))
            for form in exam.forms
        ]
        for blocks in grading_grid(rows, lang):
            yield Pages(_heading(exam, lang), exam.date, "", printer.blocks(blocks))
    for form in exam.forms:
        blocks_of: list[doc.Block] = []
        if kind == "sheets" and exam.instructions[lang]:
            blocks_of.append(doc.Paragraph((doc.Text(exam.instructions[lang]),)))
        for number, slot in enumerate(form.slots, 1):
            filled = Filled(slot.variant, lang)
            if kind == "sheets":
                blocks_of += problem(filled, slot.points, number, exam.space)
            else:
                blocks_of += problem_key(filled, slot.points, number)
        label = f"{WORDS['key'][lang]}.  " if kind == "keys" else ""
        yield Pages(label + _who(form, lang), what, form.code, printer.blocks(tuple(blocks_of)))
        tick()


def _tex(exam: Exam, kind: str, lang: Lang, tick: Callable[[], object]) -> Iterable[str]:
    return paper.document(_pages(exam, kind, lang, latex.printer(lang), tick), lang, exam.paper)


def _typ(exam: Exam, kind: str, lang: Lang, tick: Callable[[], object]) -> Iterable[str]:
    return typst_paper.document(_pages(exam, kind, lang, typst.printer(lang), tick), lang, exam.paper)


def _html(exam: Exam, kind: str, lang: Lang, tick: Callable[[], object]) -> Iterable[str]:
    title = f"{_heading(exam, lang)}{': ' + WORDS['key'][lang] if kind == 'keys' else ''}"
    return page.document(_pages(exam, kind, lang, html.printer(lang), tick), lang, title)


def _rows(exam: Exam) -> Iterable[dict[str, Any]]:
    for form in exam.forms:
        for number, slot in enumerate(form.slots, 1):
            for row in answer_rows(slot.variant, slot.points):
                yield {"form": form.code, "student": form.student.id, "problem": number, **row}


class _Echo:
    """A file-like end for `csv.writer` that hands each line back."""

    def write(self, line: str) -> str:
        return line


def _answers_csv(exam: Exam) -> Iterable[str]:
    writer: Any = csv.writer(_Echo(), lineterminator="\r\n")
    yield "\ufeff" + writer.writerow(CSV_HEADER)
    for row in _rows(exam):
        yield writer.writerow([neutral(row[column]) for column in CSV_HEADER])


def neutral(cell: object) -> str:
    """A cell no spreadsheet takes for a formula: text that starts like one gets an apostrophe in front.

    A plain negative number stays as it is.
    """
    text = "" if cell is None else str(cell)
    if text[:1] in ("=", "+", "@", "\t", "\r") or (text[:1] == "-" and not _is_number(text)):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _answers_json(exam: Exam) -> Iterable[str]:
    """One object a line inside one array, so that it never has to be held whole."""
    yield "[\n"
    for place, row in enumerate(_rows(exam)):
        yield (",\n" if place else "") + json.dumps(row, ensure_ascii=False)
    yield "\n]\n"


__all__: Sequence[str] = ["EngineError", "OutputError", "check_names", "engine_for", "neutral", "write_exam"]
