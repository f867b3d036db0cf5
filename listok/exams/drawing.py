"""The first stage of a build: all forms are drawn in chunks; then students whose variants are taken draw again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from listok.answerkeys.exam_file import form_json, read_lines, read_owner, slot_data
from listok.answerkeys.forms import Exam
from listok.answerkeys.keysheet import Maxima
from listok.exams.assembly import free_slot, in_turn, places, refuse_equal_codes
from listok.exams.blueprint import Blueprint
from listok.exams.chunk_forms import Summary, decode_summary, draw_forms, encode_blueprint, summarize_forms
from listok.exams.plan import Plan, chunk_count, draw_job, other_job
from listok.exams.secret import new_secret
from listok.exams.work import Work
from listok.templates.files import write_whole
from listok.workers.pool import Job, Task, Workers


@dataclass(frozen=True)
class DrawnForms:
    """What the build knows of the forms once all are drawn.

    `secret` is what they were drawn from. `codes` are in the order of the class, `maxima` what the forms can earn.
    `changes` holds the slots that were drawn anew, by the student's row and the slot, both counted from 0.
    """

    secret: bytes
    codes: Sequence[str]
    maxima: Maxima
    changes: Mapping[tuple[int, int], bytes]


def draw(
    plan: Plan, work: Work, workers: Workers, blueprint: Blueprint, secret: bytes, keep: Path | None,
    advance: Callable[[int], object],
) -> DrawnForms:  # fmt: skip
    """Draw the forms of all students; they are those of `assemble`. `advance` is told of forms that are drawn."""
    others = _spread(plan, work, keep) if keep else 0
    encoded = encode_blueprint(blueprint)
    tasks: dict[str, Callable[[], Task]] = {}
    for number in plan.chunks:
        tasks[draw_job(number)] = functools.partial(_draw_task, plan, work, encoded, secret, number, keep)
    for number in range(others):
        tasks[other_job(number)] = functools.partial(_other_task, plan, work, number, keep)
    forms = {draw_job(number): len(plan.students_of(number)) for number in plan.chunks}

    def jobs() -> Iterator[Job]:
        for name, task in tasks.items():
            if work.done(name):
                advance(forms.get(name, 0))
            else:
                yield Job(name, task)

    def finished(job: Job, files: Mapping[str, bytes]) -> Iterable[Job]:
        work.keep(job.name, files)
        advance(forms.get(job.name, 0))
        return ()

    workers.run(jobs(), finished)
    summaries = [decode_summary(work.path(draw_job(number), "summary").read_bytes()) for number in plan.chunks]
    absent = (decode_summary(work.path(other_job(number), "summary").read_bytes()) for number in range(others))
    return _resolve(plan, work, blueprint, secret, summaries, absent)


def take(plan: Plan, work: Work, exam: Exam) -> DrawnForms:
    """Forms that are drawn already, in place of `draw`."""
    for number in plan.chunks:
        forms = exam.forms[plan.rows_of(number)]
        work.keep(draw_job(number), {"forms": b"\n".join(map(form_json, forms))})
    maxima = Maxima.of([slot.total for slot in form.slots] for form in exam.forms)
    return DrawnForms(exam.secret, [form.code for form in exam.forms], maxima, {})


def own_secret(work: Work, earlier: bytes) -> bytes:
    """The secret of a build that was given none: drawn when it began, or that of an `earlier` one, if there is any."""
    path = work.path("secret")
    if not path.exists():
        write_whole(path, [earlier or new_secret()], private=True)  # whole and on the disk before any form is
    return path.read_bytes()


# --- chunks -------------------------------------------------------------------------------------------------------


def _draw_task(plan: Plan, work: Work, blueprint: bytes, secret: bytes, number: int, keep: Path | None) -> Task:
    path = _kept_path(work, draw_job(number))
    lines = path.read_bytes().splitlines() if path.exists() else []
    kept = {read_owner(line, str(keep)).student.id: line for line in lines}
    return draw_forms, (blueprint, secret, plan.bank, plan.students_of(number), kept, str(keep))


def _other_task(plan: Plan, work: Work, number: int, keep: Path | None) -> Task:
    lines = _kept_path(work, other_job(number)).read_bytes().splitlines()
    return summarize_forms, (plan.bank, lines, str(keep))


def _spread(plan: Plan, work: Work, keep: Path) -> int:
    """Put the forms of an earlier build beside the chunks of their students, and those of others into chunks.

    Gives the number of those other chunks.
    """
    for old in work.path("kept").parent.glob("kept-*"):
        old.unlink()
    chunk_of = {student.id: plan.place_of(row)[0] for row, student in enumerate(plan.students)}
    others = 0
    for line in read_lines(keep)[1]:
        owner = read_owner(line, keep).student.id
        if owner in chunk_of:
            name = draw_job(chunk_of[owner])
        else:
            name = other_job(plan.place_of(others)[0])
            others += 1
        with _kept_path(work, name).open("ab") as file:
            file.write(line + b"\n")
    return chunk_count(others)


def _kept_path(work: Work, job: str) -> Path:
    """Where the forms of an earlier build wait for the job that reads them."""
    return work.path(f"kept-{job}")


# --- variants that two students would share -----------------------------------------------------------------------


def _resolve(
    plan: Plan, work: Work, blueprint: Blueprint, secret: bytes, summaries: Sequence[Summary], absent: Iterable[Summary]
) -> DrawnForms:
    """Let students whose variants are taken draw again, one after another, as `assemble` does.

    `absent` are the summaries of forms whose students are not in the class: nobody else gets their variants.
    """
    taken: dict[int, set[bytes]] = {}
    for chunk in (*summaries, *absent):
        for place, kept in enumerate(chunk.kept):
            for number, fingerprint in chunk.variants(place) if kept else ():
                taken.setdefault(number, set()).add(fingerprint)
    codes = [code for chunk in summaries for code in chunk.codes]
    refuse_equal_codes(codes)
    if not work.done("resolve"):
        changes = list(_changes(plan, blueprint, secret, summaries, taken))
        work.keep("resolve", {"changes": msgspec.msgpack.encode(changes)})
    data = work.path("resolve", "changes").read_bytes()
    changes = msgspec.msgpack.decode(data, type=list[tuple[int, int, bytes]])
    maxima = functools.reduce(Maxima.joined, (chunk.maxima for chunk in summaries))
    return DrawnForms(secret, codes, maxima, {(row, slot): data for row, slot, data in changes})


def _changes(
    plan: Plan, blueprint: Blueprint, secret: bytes, summaries: Sequence[Summary], taken: dict[int, set[bytes]]
) -> Iterator[tuple[int, int, bytes]]:
    """The slots drawn anew: whose (by row), which, and what is there now."""
    row_of = {student.id: row for row, student in enumerate(plan.students)}
    for student in in_turn(secret, plan.students):
        row = row_of[student.id]
        number, place = plan.place_of(row)
        chunk = summaries[number]
        if chunk.kept[place]:
            continue
        for slot, (exercise, fingerprint) in enumerate(chunk.variants(place)):
            others = taken.setdefault(exercise, set())
            if fingerprint not in others:
                others.add(fingerprint)
                continue
            where = list(places(blueprint, secret, student.key))[slot]
            new = free_slot(secret, student.key, where, others, len(plan.students), attempt=1)
            yield row, slot, msgspec.json.encode(slot_data(new))
