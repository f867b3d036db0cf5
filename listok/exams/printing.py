"""The second stage of a build: the pages of every chunk are written, and printed by an engine."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping

from listok.answerkeys.keysheet import GridRow
from listok.exams.drawing import DrawnForms
from listok.exams.plan import Plan, draw_job, grid_job, print_job, text_job
from listok.exams.press.chunk_pages import write_grid, write_pages
from listok.exams.press.chunk_pdf import print_pages
from listok.exams.work import Work
from listok.templates import paper, typst_paper
from listok.templates.text import Lang
from listok.workers.pool import Job, Task, Workers


def steps(plan: Plan) -> int:
    """How many times a form is counted: once for its pages, and once for each PDF it is in."""
    return 1 + (len(plan.stems) if plan.engine is not None else 0)


def print_forms(
    plan: Plan, work: Work, workers: Workers, forms: DrawnForms, advance: Callable[[int], object]
) -> None:
    """Write every chunk's pages, and print them. `advance` is told of forms that are one of the `steps` on."""
    tasks: dict[str, Callable[[], Task]] = {}
    for number in plan.grids:
        tasks[grid_job(number)] = functools.partial(_grid_task, plan, forms, number)
    for number in plan.chunks:
        tasks[text_job(number)] = functools.partial(_text_task, plan, work, forms, number)
    sizes = _sizes(plan)

    def prints(written: str) -> Iterator[Job]:
        """The jobs that print what a job has written."""
        for stem, (kind, lang) in plan.stems.items() if plan.engine else ():
            if kind == "sheets" and written not in sizes:
                continue  # the grading grid stands in the keys alone
            name = print_job(stem, written)
            if work.done(name):
                advance(sizes.get(name, 0))
            else:
                yield Job(name, functools.partial(_print_task, plan, work, written, stem, lang))

    def jobs() -> Iterator[Job]:
        for name, task in tasks.items():
            if work.done(name):
                advance(sizes.get(name, 0))
                yield from prints(name)
            else:
                yield Job(name, task)

    def finished(job: Job, files: Mapping[str, bytes]) -> Iterable[Job]:
        work.keep(job.name, files)
        advance(sizes.get(job.name, 0))
        return prints(job.name) if job.name in tasks else ()

    workers.run(jobs(), finished)


def _sizes(plan: Plan) -> dict[str, int]:
    """How many forms a job brings one step on; none where it is not listed."""
    sizes: dict[str, int] = {}
    for number in plan.chunks:
        count = len(plan.students_of(number))
        written = text_job(number)
        sizes[written] = count
        sizes |= {print_job(stem, written): count for stem in plan.stems}
    return sizes


def _grid_task(plan: Plan, forms: DrawnForms, number: int) -> Task:
    start, students = plan.grid_of(number)
    codes = forms.codes[start : start + len(students)]
    rows = [GridRow(student.name or student.id, code) for student, code in zip(students, codes, strict=True)]
    maxima = (list(map(str, forms.maxima.problems)), str(forms.maxima.total))
    return write_grid, (plan.head, rows, maxima, start, plan.typeset)


def _text_task(plan: Plan, work: Work, forms: DrawnForms, number: int) -> Task:
    lines = work.path(draw_job(number), "forms").read_bytes().splitlines()
    changes = {}
    for (row, slot), data in forms.changes.items():
        chunk, place = plan.place_of(row)
        if chunk == number:
            changes[place, slot] = data
    return write_pages, (plan.head, plan.bank, lines, changes, plan.typeset)


def _print_task(plan: Plan, work: Work, written: str, stem: str, lang: Lang) -> Task:
    suffix, preamble = (".typ", typst_paper.preamble) if plan.engine == "typst" else (".tex", paper.preamble)
    pieces = work.path(written, f"{stem}{suffix}").read_bytes()
    return print_pages, (plan.engine, preamble(lang, plan.exam.paper), pieces)
