"""Building an exam: forms are drawn, written and printed in chunks by any workers; all files are delivered together."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from listok.answerkeys.exam_file import form_json, read_lines, read_owner, read_questions
from listok.answerkeys.forms import Exam, ExamError, Student
from listok.exams.assembly import known_secret, refuse_small_spaces, settings
from listok.exams.blueprint import Blueprint
from listok.exams.chunk_forms import encode_blueprint
from listok.exams.delivery import Built, deliver, prepare
from listok.exams.drawing import DrawnForms, draw, own_secret, take
from listok.exams.keeping import Earlier, compared, note_on_other_seed
from listok.exams.plan import Plan, chunk_count, make_plan
from listok.exams.press.chunk_pdf import print_pages
from listok.exams.press.engine import Engine
from listok.exams.press.stamp import refuse_other_machine, stamp
from listok.exams.printing import print_forms, steps
from listok.exams.work import Work
from listok.generators.values import ListokError
from listok.templates.files import OutputError, output_error
from listok.workers.cluster import cluster
from listok.workers.pool import WorkerError, Workers, in_process, processes

Report: TypeAlias = Callable[[str, int, int], object]
"""Told how a stage (``"draw"``, ``"print"``) goes: its name, how much is done, how much there is to do."""


def workers_for(
    students: Sequence[Student], jobs: int, scheduler: str | None, engine: Engine | None, bank: Path | None
) -> Workers:
    """Who is to do the work for a class: processes here, no more than it has chunks, or a Dask cluster."""
    if scheduler is None:
        return processes(min(jobs, chunk_count(len(students))))
    folder = bank.absolute() if bank else None
    check = refuse_other_machine, (stamp(engine, folder), engine, folder)
    return cluster(scheduler, check, threaded=[print_pages])  # an engine is a process of its own


def build_exam(
    blueprint: Blueprint, students: Sequence[Student], out: Path, workers: Workers, *, keep: Path | None = None,
    bank: Path | None = None, engine: Engine | None = "pdflatex", pdf: bool = True, per_student: bool = False,
    force: bool = False, report: Report = lambda *_: None, say: Callable[[str], object] = lambda _: None,
) -> Built:  # fmt: skip
    """Draw a form for every student and write all files of the exam into `out`.

    The forms are those of `assemble`; students in the exam file `keep` keep theirs, and where these students or their
    names differ, that is told to `say` before anything is written. Nothing is held whole in memory.
    What was done before a kill is not done again by the same call, and a secret that was drawn is not drawn again;
    where all was done, nothing is changed.

    Raises `OutputError` where other files are in the way (without `force`) or cannot be written, `EngineError` where
    the engine prints nothing at all (the other files are delivered all the same), `WorkerError`, and what `assemble`
    does.
    """
    refuse_small_spaces(blueprint, len(students))
    secret = known_secret(blueprint)
    if keep is not None:  # refused, if need be, before anything is written
        earlier, lines = read_lines(keep)
        kept = compared(blueprint, students, (_earlier(line, keep) for line in lines), str(keep))
        students = kept.students
        for note in kept.notes:
            say(note)
        secret = secret or earlier.secret
        if earlier.secret not in (b"", secret):
            say(note_on_other_seed(kept, str(keep)))
    plan = make_plan(settings(blueprint), students, bank, engine, pdf=pdf, per_student=per_student)
    key = plan.key(encode_blueprint(blueprint), secret, _digest_of(keep) if keep else b"")
    there = None if force else _same_class(plan, secret, out)

    def drawn(work: Work) -> DrawnForms:
        own = secret or own_secret(work, there.secret if there else b"")
        try:
            return draw(plan, work, workers, blueprint, own, keep, _counter(report, "draw", len(students)))
        except ListokError as error:
            if not isinstance(error, (OutputError, WorkerError)):
                work.discard()  # the same command would end here again
            raise

    return _build(plan, key, there, drawn, out, workers, force, report)


def write_exam(
    exam: Exam, out: Path, *, force: bool = False, pdf: bool = True, engine: Engine | None = "pdflatex",
    per_student: bool = False, bank: Path | None = None,
) -> list[Path]:  # fmt: skip
    """Write all files of an exam that is in memory, in this process alone, and give their paths; see `build_exam`."""
    students = [form.student for form in exam.forms]
    plan = make_plan(exam, students, bank, engine, pdf=pdf, per_student=per_student)
    key = plan.key(plan.head, exam.secret, *map(form_json, exam.forms))
    there = None if force else _same_class(plan, exam.secret, out)
    built = _build(plan, key, there, lambda work: take(plan, work, exam), out, in_process(), force, lambda *_: None)
    return list(built.written)


def _build(
    plan: Plan, key: str, there: Exam | None, drawn: Callable[[Work], DrawnForms], out: Path, workers: Workers,
    force: bool, report: Report,
) -> Built:  # fmt: skip
    """Go through the stages, each of which leaves what it made in the work folder; `drawn` is the first.

    `there` is the exam that stands in `out`, if it may be the same.
    """
    work_folder = Work(out, key, plan.all_names, maybe_ours=there is not None, force=force)
    with _disk_errors(out), workers, work_folder as work:
        if not work.ready:
            forms = drawn(work)
            count = _counter(report, "print", len(plan.students) * steps(plan))
            print_forms(plan, work, workers, forms, count)
            prepare(plan, work, forms)
        return deliver(plan, work)


def _earlier(line: bytes, path: Path) -> Earlier:
    form = read_questions(line, path)
    return Earlier(form.code, form.student, tuple((slot.exercise, slot.level, slot.points) for slot in form.slots))


def _same_class(plan: Plan, secret: bytes, out: Path) -> Exam | None:
    """The exam, without its forms, that stands in a folder, if it is of the same settings, students and secret, where
    that is known: the same command may have put it there."""
    path = out / "exam.json"
    try:
        there, lines = read_lines(path)
        students = [read_owner(line, path).student for line in lines]
    except ExamError:
        return None
    wanted = dataclasses.replace(plan.exam, forms=(), secret=secret or there.secret)
    return there if there == wanted and students == [*plan.students] else None


def _counter(report: Report, stage: str, total: int) -> Callable[[int], None]:
    """What adds up the forms that a stage has done, and reports the sum."""
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        report(stage, done, total)

    return advance


def _digest_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


@contextlib.contextmanager
def _disk_errors(out: Path) -> Iterator[None]:
    """Raise what the disk refuses as `OutputError`: one line that says how to go on."""
    try:
        yield
    except OSError as error:
        again = "run the same command again, it goes on where it stopped"
        raise output_error(error, out, f"every file in {out} is whole", again) from None
