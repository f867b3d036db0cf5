"""Marking an exam: typed or exported responses become points, feedback for students and a report for the teacher."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from listok.answerkeys.exam_file import read_forms, read_students
from listok.answerkeys.forms import Exam, Form, Slot, Student, file_names
from listok.answerkeys.marking.analysis import analyse
from listok.answerkeys.marking.feedback import number_text, problem_feedback, summary
from listok.answerkeys.marking.grading import (
    FormMarks,
    PartMark,
    ProblemMarks,
    Response,
    is_blank,
    mark_problem,
)
from listok.answerkeys.marking.places import Rows, answers_in_gaps, place_of, short_response
from listok.answerkeys.marking.report import ClassReport, class_report
from listok.answerkeys.marking.response_table import Cell, Column, ResponseRow, ResponseTable
from listok.answerkeys.tables import csv_lines
from listok.generators.exact import Fraction
from listok.generators.messages import Message, message
from listok.templates import html, page, plain
from listok.templates.files import OutputError, is_private, output_error, private_folder, write_whole
from listok.templates.pages import Pages
from listok.templates.sheet import WORDS, letters
from listok.templates.text import Filled, Lang, load

FEEDBACK = "feedback"
MARKS, PARTS, EVERYBODY, REPORT = "marks.csv", "marks-parts.csv", f"{FEEDBACK}.html", "report.html"
"""The folder for one file a student, and the stem of the file for all."""

PARTS_HEADER = (
    "form", "student", "problem", "exercise", "code", "part", "maximum", "points", "score", "verdict", "mistake",
    "carried", "answer", "reason",
)  # fmt: skip


@dataclass
class Graded:
    """A class marked: a row a form, in the exam's order; what of the table was passed over, and what was not marked,
    one line each; and, for the report, the words of each mistake that was met, as HTML and as plain text, by exercise
    and mistake, and the exercises' titles."""

    forms: list[FormMarks] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)
    sentences: dict[tuple[str, str], str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)


# --- marking ------------------------------------------------------------------------------------------------------


class Grader:
    """Marks forms one by one and remembers the little that the report needs of each."""

    def __init__(
        self, students: Mapping[str, Student], table: ResponseTable, lang: Lang, printed: Sequence[Lang]
    ) -> None:
        """`students` by the codes of their forms; `lang` is the language of mistakes' words and exercises' titles,
        `printed` those of the sheets."""
        self.lang = lang
        self.printed = printed
        self._letters = letters(printed[0]) if len(printed) == 1 else ""
        self.rows = Rows(students, table)
        self.graded = Graded(notes=self.rows.notes)
        self._printer = html.printer(lang)
        self._columns = table.columns
        self._fitting: set[Column] = set()
        self._used: set[Column] = set()
        self._unplaced: dict[Column, list[Message]] = {}
        self._reasons: dict[Column, Message] = {}

    def mark(self, form: Form) -> FormMarks:
        """Mark a form; what of its rows cannot be placed is noted when all forms are marked."""
        rows = self.rows.of.get(form.code, [])
        for column in self._columns:
            if column not in self._fitting:
                found = place_of(form, column, self._letters)
                if isinstance(found, Message):
                    self._reasons.setdefault(column, found)
                else:
                    self._fitting.add(column)
        responses = self._responses(form, rows)
        problems = []
        for place, slot in enumerate(form.slots):
            with slot.variant.blamed():
                marks = mark_problem(slot.variant, slot.points, responses.get(place, {}), self.printed)
                problems.append(ProblemMarks(slot.variant.exercise.name, slot.variant.code, slot.variant.effort, marks))
                self._remember(slot, marks)
        student = self.rows.called(form.student, form.code)
        absent = not any(row.cells for row in rows)
        marked = FormMarks(form.code, student.id, student.name, student.group, tuple(problems), absent=absent)
        self.graded.forms.append(marked)
        return marked

    def _responses(self, form: Form, rows: Sequence[ResponseRow]) -> dict[int, dict[str, Response]]:
        """The answers of a form, by slot and part. Two different answers to one part cannot be chosen between."""
        cells: defaultdict[tuple[int, str], list[Cell]] = defaultdict(list)
        for row in rows:
            for cell in row.cells:
                place = place_of(form, cell.column, self._letters)
                if cell.gaps and not cell.column.points:
                    several = answers_in_gaps(form, cell, place)
                    self._fitting.add(cell.column)
                    if isinstance(several, dict):
                        self._used.add(cell.column)
                        for where, answer in several.items():
                            cells[where].append(Cell(cell.column, answer))
                        continue
                    place = several
                if isinstance(place, Message):
                    if not is_blank(cell.text):
                        note = message("cell", row=row.number, column=short_response(cell.column.title), what=place)
                        self._unplaced.setdefault(cell.column, []).append(note)
                    continue
                self._used.add(cell.column)
                cells[place].append(cell)
        if any(len(found) > len({cell.column.points for cell in found}) for found in cells.values()):
            what = message("several_answers", student=form.student.id)
            if len(rows) > 1:
                numbers = ", ".join(str(row.number) for row in rows[:12])
                self.graded.notes.append(message("rows", rows=numbers, what=what))
            else:
                self.graded.notes.append(message("row", row=rows[0].number, what=what))
        responses: dict[int, dict[str, Response]] = {}
        for (slot, part), found in cells.items():
            typed = dict.fromkeys(cell.text.strip() for cell in found if not cell.column.points)
            points = dict.fromkeys(cell.text.strip() for cell in found if cell.column.points)
            fault = None
            if len(points) > 1:
                fault = message("different_points", count=len(points), typed=_listed(points))
            elif len(typed) > 1 and not points:  # where there are points, they decide
                fault = message("different_answers", count=len(typed), typed=_listed(typed))
            first = next(iter(typed), "") if len(typed) < 2 else " | ".join(map(short_response, typed))
            responses.setdefault(slot, {})[part] = Response(first, next(iter(points), ""), fault)
        return responses

    def _remember(self, slot: Slot, marks: Sequence[PartMark]) -> None:
        name = slot.variant.exercise.name
        if name not in self.graded.titles:
            self.graded.titles[name] = load(slot.variant.exercise, self.lang).title
        for mark in marks:
            if mark.mistake is not None and (name, mark.mistake) not in self.graded.examples:
                filled = Filled(slot.variant, self.lang)
                words = filled.blocks(filled.text.mistake(mark.mistake, mark.part))
                self.graded.examples[name, mark.mistake] = self._printer.blocks(words)
                self.graded.sentences[name, mark.mistake] = plain.printer(self.lang).blocks(words)

    def finish(self) -> Graded:
        """The class, with notes on columns and rows that could not be placed and on parts that nobody answered."""
        notes = self.graded.notes
        for column in self._columns:
            if column not in self._fitting:
                why = self._reasons.get(column, message("no_forms"))
                notes.append(message("column_fits_no_form", column=short_response(column.title), why=why))
                continue
            notes += self._unplaced.get(column, ())
            if column not in self._used and not column.points:
                notes.append(message("empty_column", column=short_response(column.title)))
        unanswered: dict[tuple[int, str, str], bool] = {}
        for form in self.graded.forms:
            if form.absent:
                continue
            for number, problem in enumerate(form.problems, 1):
                for mark in problem.parts:
                    place = (number, problem.exercise, mark.part)
                    silent = mark.outcome == "missing" or (mark.outcome == "to-be-marked" and not mark.answer)
                    unanswered[place] = unanswered.get(place, True) and silent
        notes += [
            message("nobody_answered", problem=number, exercise=exercise, part=part)
            for (number, exercise, part), nobody in unanswered.items()
            if nobody
        ]
        self.graded.unmarked = list(_unmarked(self.graded.forms))
        return self.graded


def _unmarked(forms: Sequence[FormMarks]) -> Iterator[str]:
    for marked in forms:
        for number, problem in enumerate(marked.problems, 1):
            for mark in problem.parts:
                if mark.reason:
                    what = "unreadable" if mark.outcome == "unreadable" else "to be marked by hand"
                    yield f"student {marked.student!r}, problem {number}, part {mark.part}: {what}: {mark.reason}"
    absent = [marked.student for marked in forms if marked.absent]
    if absent:
        shown = ", ".join(absent[:5]) + (f" and {len(absent) - 5} more" if len(absent) > 5 else "")
        yield f"no answers of {len(absent)} of {len(forms)} students: {shown}"


def _listed(typed: Iterable[str]) -> str:
    return ", ".join(repr(short_response(text)) for text in typed)


# --- files --------------------------------------------------------------------------------------------------------


def grade_exam(
    exam_file: Path, table: ResponseTable, out: Path, lang: Lang | None = None, *, per_student: bool = False,
    show_answers: bool = False, force: bool = False, bank: Path | None = None,
    tick: Callable[[], object] = lambda: None,
) -> tuple[Graded, list[Path]]:  # fmt: skip
    """Mark every form of an exam file and write marks.csv, marks-parts.csv, feedback.html and report.html into `out`.

    With `per_student` each student's feedback is a file of its own, too. Right answers are shown only with
    `show_answers`. Forms are read, marked and forgotten one by one; `tick` is called once a form. Raises `OutputError`
    where files are in the way (without `force`) or cannot be written; a file is there whole or not at all. Raises
    `ExamError` where the exam file cannot be read.
    """
    folder = out / FEEDBACK
    if not force:
        for path in [*(out / name for name in (MARKS, PARTS, EVERYBODY, REPORT)), *([folder] if per_student else [])]:
            if path.exists():
                raise OutputError(f"{path} is there already: give another --out, or --force to replace it")
    students = read_students(exam_file)
    names = dict(zip(students, file_names(list(students.values()), list(students)), strict=True))
    exam, forms = read_forms(exam_file, bank)
    language: Lang = lang or exam.langs[0]
    grader = Grader(students, table, language, exam.langs)
    try:
        out.mkdir(parents=True, exist_ok=True)
        if per_student:
            private_folder(folder)

        def feedback() -> Iterator[Pages]:
            for form in forms:
                sheet = _feedback(exam, form, grader.mark(form), language, show_answers)
                if per_student:
                    title = f"{exam.heading(language)}: {form.student.id}"
                    _write(out, f"{FEEDBACK}/{names[form.code]}.html", page.document([sheet], language, title))
                tick()
                yield sheet

        everybody = _write(out, EVERYBODY, page.document(feedback(), language, exam.heading(language)))
        graded = grader.finish()
        marks = _write(out, MARKS, _marks_csv(graded, language))
        parts = _write(out, PARTS, _parts_csv(graded, language))
        what = ".  ".join(filter(None, (exam.course[language], exam.date)))
        report = ClassReport(exam.title[language], what, graded.forms, analyse(graded.forms), graded.titles,
                             graded.examples, graded.sentences, graded.notes)  # fmt: skip
        page_for_teacher = _write(out, REPORT, class_report(report, language))
        return graded, [marks, parts, everybody, page_for_teacher, *([folder] if per_student else [])]
    except OSError as error:
        state = "what is written whole stands, the rest is missing"
        raise output_error(error, out, state, "grade again with --force") from None


def _write(out: Path, name: str, pieces: Iterable[str]) -> Path:
    return write_whole(out / name, pieces, private=is_private(name))


def _feedback(exam: Exam, form: Form, marks: FormMarks, lang: Lang, show_answers: bool) -> Pages:
    student = form.student
    group = f"{WORDS['group'][lang]}: {student.group}" if student.group else ""
    who = f"{WORDS['student'][lang]}: {student.name}" if student.name else f"{WORDS['form'][lang]} {student.id}"
    blocks = list(summary(marks, lang))
    if not marks.absent:
        for number, (slot, problem) in enumerate(zip(form.slots, marks.problems, strict=True), 1):
            with slot.variant.blamed():
                filled = Filled(slot.variant, lang, exam.telling(form))
                blocks += problem_feedback(filled, problem, number, show_answers=show_answers)
    what = exam.dated_heading(lang)
    body = html.printer(lang).blocks(tuple(blocks))
    return Pages(".  ".join(filter(None, (who, group))), what, form.code, body)


def _table(rows: Iterable[Iterable[object]], lang: Lang) -> Iterator[str]:
    """CSV as a spreadsheet of that language opens it by a double click: with a decimal comma, semicolons part cells."""
    yield "\ufeff"
    yield from csv_lines(rows, ";" if lang == "ru" else ",")


def _marks_csv(graded: Graded, lang: Lang) -> Iterator[str]:
    number = functools.partial(_number, lang=lang)
    count = max((len(form.problems) for form in graded.forms), default=0)
    header = ("student", "name", "group", "form", *map(str, range(1, count + 1)), "total", "maximum", "percent",
              "pending")  # fmt: skip

    def rows() -> Iterator[Sequence[object]]:
        yield header
        for form in graded.forms:
            who = (form.student, form.name, form.group, form.form)
            if form.absent:
                yield (*who, *[""] * (count + 1), number(form.maximum), "", "")
                continue
            points = [number(problem.points) for problem in form.problems]
            points += [""] * (count - len(points))
            percent = number(100 * form.points / form.maximum) if form.maximum else ""
            yield (*who, *points, number(form.points), number(form.maximum), percent, number(form.pending))

    return _table(rows(), lang)


def _parts_csv(graded: Graded, lang: Lang) -> Iterator[str]:
    def rows() -> Iterator[Sequence[object]]:
        yield PARTS_HEADER
        for form in graded.forms:
            if form.absent:
                continue
            for place, problem in enumerate(form.problems, 1):
                for mark in problem.parts:
                    yield (
                        form.form, form.student, place, problem.exercise, problem.code, mark.part,
                        _number(mark.maximum, lang), _number(mark.points, lang), _number(mark.score, lang),
                        mark.outcome, mark.mistake or "", "yes" if mark.outcome == "carried" else "", mark.answer,
                        mark.reason or "",
                    )  # fmt: skip

    return _table(rows(), lang)


def _number(value: Fraction, lang: Lang) -> str:
    return number_text(value, lang).replace("−", "-")


def verdicts(graded: Graded) -> Mapping[str, int]:
    """How many parts came out which way, over the students who handed something in."""
    return Counter(
        mark.outcome for form in graded.forms if not form.absent for problem in form.problems for mark in problem.parts
    )


__all__ = ["Graded", "Grader", "grade_exam", "verdicts"]
