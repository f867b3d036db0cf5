"""Building an exam: chunks of forms are drawn, written and printed by any workers, and all files delivered together."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgspec

from listok.answerkeys.keysheet import ROWS_PER_PAGE, GridRow, Maxima
from listok.answerkeys.tables import csv_lines
from listok.exams.blueprint import Blueprint
from listok.exams.exam import (
    TAIL,
    Exam,
    form_json,
    free_slot,
    head_json,
    in_turn,
    places,
    read_lines,
    refuse_equal_codes,
    refuse_small_spaces,
    settings,
    slot_data,
)  # fmt: skip
from listok.exams.press.chunks import (
    BETWEEN,
    CHUNK,
    CSV_HEADER,
    KINDS,
    Files,
    Marks,
    draw_forms,
    heading,
    mark_forms,
    print_pages,
    read_marks,
    read_pieces,
    read_printed,
    stem_of,
    write_grid,
    write_pages,
    write_plan,
)  # fmt: skip
from listok.exams.press.engine import Engine, EngineError, choose_engine, find_pdflatex, has_typst
from listok.exams.press.pdfs import join, split
from listok.exams.press.stamp import stamp
from listok.exams.roster import Student
from listok.exams.work import Work
from listok.generators.values import ListokError
from listok.templates import latex, page, paper, typst, typst_paper
from listok.templates.files import OutputError, output_error
from listok.templates.sheet import WORDS
from listok.templates.text import LANGS, Lang
from listok.workers.pool import Job, Task, WorkerError, Workers, here, processes

GRID_CHUNK = 10 * ROWS_PER_PAGE
"""Students in a chunk of the grading grid."""

Report: TypeAlias = Callable[[str, int, int], object]
"""Told how a stage (``"draw"``, ``"print"``) goes: its name, how much is done, how much there is to do."""


@dataclass(frozen=True)
class Broken:
    """A form that the engine could not print: whose, which, in which PDF it is missing, and the first error."""

    student: str
    form: str
    stem: str
    error: str

    def __str__(self) -> str:
        whose = f"student {self.student!r}, form {self.form}" if self.student else self.form
        return f"{whose}: could not be printed and is not in {self.stem}.pdf: {self.error}"


@dataclass(frozen=True)
class Built:
    """What a build wrote, and what is missing from its PDFs."""

    written: tuple[Path, ...]
    broken: tuple[Broken, ...] = ()


# --- names and engines --------------------------------------------------------------------------------------------

_LACKING: Mapping[Engine, tuple[str, Callable[[str], str]]] = {
    "pdflatex": ("pdfLaTeX's", latex.unprintable),
    "typst": ("Typst's", typst.unprintable),
}


def check_names(students: Iterable[Student], source: str, engine: Engine = "pdflatex") -> None:
    """Refuse, in one line naming row, student and character, what the fonts of an engine cannot print."""
    whose, unprintable = _LACKING[engine]
    for student in students:
        bad = unprintable(student.name + student.group + student.id)
        if bad:
            row = f"row {student.row}: " if student.row else ""
            raise OutputError(
                f"{source}: {row}student {student.id!r}: {whose} fonts have no {bad[0]!r} "
                f"(U+{ord(bad[0]):04X}): write the name in Latin or Cyrillic letters"
            )


def check_words(exam: Exam | Blueprint, source: str, engine: Engine = "pdflatex") -> None:
    """Refuse, in one line naming the key and the character, what the fonts of an engine cannot print of a blueprint."""
    whose, unprintable = _LACKING[engine]
    for key, words in _words(exam):
        bad = unprintable(words)
        if bad:
            raise OutputError(f"{source}: {key}: {whose} fonts have no {bad[0]!r} (U+{ord(bad[0]):04X}): "
                              f"use Latin or Cyrillic letters")  # fmt: skip


def _words(exam: Exam | Blueprint) -> Iterator[tuple[str, str]]:
    """What a blueprint itself says on the pages, by its keys."""
    yield "date", exam.date
    for lang in exam.langs:
        yield from (("title", exam.title[lang]), ("course", exam.course[lang]))
        yield "instructions", exam.instructions[lang]


def engine_for(
    blueprint: Blueprint, students: Sequence[Student], sources: tuple[str, str], name: str = "auto"
) -> tuple[Engine | None, str]:
    """The engine to print a class with (see `choose_engine`), and a note to the user (or ``""``).

    `sources` are the names of the files of blueprint and roster. With ``auto``, a character beyond pdfLaTeX's fonts
    takes the build to Typst, and the note says so. Raises `OutputError` as `check_words` and `check_names` where no
    engine that may be used can print all of them.
    """

    def check(engine: Engine) -> None:
        check_words(blueprint, sources[0], engine)
        check_names(students, sources[1], engine)

    engine = choose_engine(name)
    if name == "typst":
        check("typst")
        return engine, ""
    try:
        check("pdflatex")
    except OutputError as error:
        if name == "pdflatex" or not has_typst():
            raise
        check("typst")
        reason = str(error).rpartition(": ")[0]
        return "typst", f"{reason}: the PDFs are made with Typst, and no .tex is written"
    return engine, ""


def workers_for(
    students: Sequence[Student], jobs: int, scheduler: str | None, engine: Engine | None, bank: Path | None
) -> Workers:
    """Who is to do the work for a class: processes here, no more than it has chunks, or a Dask cluster."""
    if scheduler is not None:
        from listok.workers.cluster import cluster  # Dask is an extra, and slow to load

        return cluster(scheduler, engine, bank.absolute() if bank else None)
    return processes(min(jobs, -(-len(students) // CHUNK)))


# --- the build ----------------------------------------------------------------------------------------------------


def build_exam(
    blueprint: Blueprint, students: Sequence[Student], out: Path, workers: Workers, *, keep: Path | None = None,
    bank: Path | None = None, engine: Engine | None = "pdflatex", pdf: bool = True, per_student: bool = False,
    force: bool = False, report: Report = lambda *_: None,
) -> Built:  # fmt: skip
    """Draw a form for every student and write all files of the exam into `out`.

    The forms are those of `assemble`; students in the exam file `keep` keep theirs. Nothing is held whole in memory.
    What was done before a kill is not done again by the same call.

    Raises `OutputError` where files are in the way (without `force`) or cannot be written, `EngineError` where the
    engine prints nothing at all (the other files are delivered all the same), `WorkerError`, and what `assemble` does.
    """
    refuse_small_spaces(blueprint, len(students))
    if keep is not None:
        read_lines(keep)  # what is no exam file is refused before anything is written
    plan = write_plan(blueprint)
    made = _Making(settings(blueprint), students, bank, engine, pdf, per_student, report)
    key = made.key(plan, _digest_of(keep) if keep else b"")
    with _saying(out), workers, Work(out, key, made.all_names, force=force) as work:
        if not work.ready:
            try:
                made.draw(work, workers, plan, keep)
                forms = made.resolve(work, blueprint)
            except ListokError as error:
                if not isinstance(error, (OutputError, WorkerError)):
                    work.discard()  # the same command would end here again
                raise
            made.print(work, workers, forms)
            made.prepare(work, forms)
        return made.deliver(work)


def write_exam(
    exam: Exam, out: Path, *, force: bool = False, pdf: bool = True, engine: Engine | None = "pdflatex",
    per_student: bool = False, bank: Path | None = None,
) -> list[Path]:  # fmt: skip
    """Write all files of an exam that is in memory, in this process alone, and give their paths; see `build_exam`."""
    made = _Making(exam, [form.student for form in exam.forms], bank, engine, pdf, per_student, lambda *_: None)
    key = made.key(head_json(exam), *map(form_json, exam.forms))
    with _saying(out), here() as workers, Work(out, key, made.all_names, force=force) as work:
        if not work.ready:
            forms = made.take(work, exam)
            made.print(work, workers, forms)
            made.prepare(work, forms)
        return list(made.deliver(work).written)


@dataclass(frozen=True)
class _Forms:
    """What the build knows of the forms once all are drawn: their codes, what they can earn, which slots changed."""

    codes: list[str]
    maxima: Maxima
    changes: dict[tuple[int, int], bytes]


class _Making:
    """One exam on its way to paper: the stages of a build, each of which leaves what it made in the work folder."""

    def __init__(
        self, exam: Exam, students: Sequence[Student], bank: Path | None, engine: Engine | None, pdf: bool,
        per_student: bool, report: Report,
    ) -> None:  # fmt: skip
        self.exam, self.head, self.students = exam, head_json(exam), students
        self.bank = bank.absolute() if bank else None
        self.report = report
        there = engine == "typst" or (engine == "pdflatex" and find_pdflatex() is not None)
        self.engine = engine if pdf and there else None
        self.per_student = per_student and self.engine is not None
        texts = (*(words for _, words in _words(exam)), *(s.name + s.group + s.id for s in students))
        for_latex = engine != "typst" or not any(map(latex.unprintable, texts))
        self.typeset = tuple(
            suffix for suffix, wanted in ((".tex", for_latex), (".typ", engine == "typst")) if wanted
        )
        self.stems = {stem_of(kind, lang, exam): (kind, lang) for lang in exam.langs for kind in KINDS}
        self.chunks = range(-(-len(students) // CHUNK))
        self.grids = range(-(-len(students) // GRID_CHUNK))

    # --- names

    @property
    def names(self) -> list[str]:
        """The files of this exam, PDFs aside."""
        texts = [f"{stem}{suffix}" for stem in self.stems for suffix in (*self.typeset, ".html")]
        return [*texts, "answers.csv", "answers.json", "exam.json"]

    @property
    def all_names(self) -> list[str]:
        """What this build or another, with other options, may put into the folder."""
        stems = [f"{kind}{lang}" for kind in KINDS for lang in ("", *(f".{lang}" for lang in LANGS))]
        made = [f"{stem}{suffix}" for stem in stems for suffix in (".tex", ".typ", ".html", ".pdf", "")]
        return list(dict.fromkeys(self.names + made))

    def key(self, *parts: bytes) -> str:
        """A name for all that the files depend on."""
        options = (self.typeset, self.per_student, CHUNK, stamp(self.engine, self.bank))
        roster = [(student.id, student.name, student.group) for student in self.students]
        digest = hashlib.sha256(msgspec.json.encode((options, roster)))
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()[:32]

    # --- drawing

    def draw(self, work: Work, workers: Workers, plan: bytes, keep: Path | None) -> None:
        """Draw every chunk, as if each student were alone."""
        others = self._spread(work, keep) if keep else 0
        done = 0

        def advance(name: str) -> None:
            nonlocal done
            done += self._size(name)
            self.report("draw", done, len(self.students))

        def jobs() -> Iterator[Job]:
            tasks: dict[str, Callable[[], Task]] = {}
            for number in self.chunks:
                tasks[_draw(number)] = functools.partial(self._draw_task, work, plan, number, keep)
            for number in range(others):
                tasks[_other(number)] = functools.partial(self._other_task, work, number, keep)
            for name, task in tasks.items():
                if work.done(name):
                    advance(name)
                else:
                    yield Job(name, task)

        def finished(job: Job, files: Files) -> Iterable[Job]:
            work.keep(job.name, files)
            advance(job.name)
            return ()

        workers.run(jobs(), finished)
        work.keep("others", {"count": str(others).encode()})

    def _draw_task(self, work: Work, plan: bytes, number: int, keep: Path | None) -> Task:
        return draw_forms, (plan, self.bank, self._of(number), _kept(work, number), str(keep))

    def _other_task(self, work: Work, number: int, keep: Path | None) -> Task:
        return mark_forms, (self.bank, _lines(work.path(f"kept-{_other(number)}")), str(keep))

    def _size(self, job: str) -> int:
        """How many forms a job brings one step on."""
        number = int(job.rpartition("-")[2])
        return 0 if "grid" in job or "other" in job else len(self._of(number))

    def _spread(self, work: Work, keep: Path) -> int:
        """Put the forms of an earlier build beside the chunks of their students, and those of others into chunks."""
        for old in work.path("kept").parent.glob("kept-*"):
            old.unlink()
        chunk_of = {student.id: place // CHUNK for place, student in enumerate(self.students)}
        others = 0
        for line in read_lines(keep)[1]:
            owner = msgspec.json.decode(line, type=_Owned).student.id
            if owner in chunk_of:
                name = _draw(chunk_of[owner])
            else:
                name = _other(others // CHUNK)
                others += 1
            with work.path(f"kept-{name}").open("ab") as file:
                file.write(line + b"\n")
        return -(-others // CHUNK)

    def _of(self, chunk: int) -> Sequence[Student]:
        return self.students[chunk * CHUNK : (chunk + 1) * CHUNK]

    def resolve(self, work: Work, blueprint: Blueprint) -> _Forms:
        """Let students whose variants are taken draw again, one after another, as `assemble` does."""
        marks = [read_marks(work.path(_draw(number), "marks").read_bytes()) for number in self.chunks]
        taken: dict[int, set[bytes]] = {}
        for chunk in (*marks, *self._others(work)):
            for place, kept in enumerate(chunk.kept):
                for number, found in chunk.of(place) if kept else ():
                    taken.setdefault(number, set()).add(found)
        codes = [code for chunk in marks for code in chunk.codes]
        refuse_equal_codes(codes)
        if not work.done("resolve"):
            changes = list(self._changes(blueprint, marks, taken))
            work.keep("resolve", {"changes": msgspec.msgpack.encode(changes)})
        data = work.path("resolve", "changes").read_bytes()
        changes = msgspec.msgpack.decode(data, type=list[tuple[int, int, bytes]])
        maxima = functools.reduce(Maxima.joined, (chunk.maxima for chunk in marks))
        return _Forms(codes, maxima, {(row, slot): data for row, slot, data in changes})

    def _changes(
        self, blueprint: Blueprint, marks: Sequence[Marks], taken: dict[int, set[bytes]]
    ) -> Iterator[tuple[int, int, bytes]]:
        """The slots drawn anew: whose (by row), which, and what is there now."""
        row_of = {student.id: row for row, student in enumerate(self.students)}
        for student in in_turn(blueprint.seed, self.students):
            row = row_of[student.id]
            chunk, place = marks[row // CHUNK], row % CHUNK
            if chunk.kept[place]:
                continue
            for slot, (number, found) in enumerate(chunk.of(place)):
                others = taken.setdefault(number, set())
                if found not in others:
                    others.add(found)
                    continue
                where = list(places(blueprint, student.id))[slot]
                new = free_slot(blueprint.seed, student.id, where, others, len(self.students), attempt=1)
                yield row, slot, msgspec.json.encode(slot_data(new))

    def _others(self, work: Work) -> Iterator[Marks]:
        for number in range(int(work.path("others", "count").read_bytes())):
            yield read_marks(work.path(_other(number), "marks").read_bytes())

    def take(self, work: Work, exam: Exam) -> _Forms:
        """Forms that are drawn already, in place of `draw` and `resolve`."""
        for number in self.chunks:
            forms = exam.forms[number * CHUNK : (number + 1) * CHUNK]
            work.keep(_draw(number), {"forms": b"\n".join(map(form_json, forms))})
        maxima = Maxima.of([slot.total for slot in form.slots] for form in exam.forms)
        return _Forms([form.code for form in exam.forms], maxima, {})

    # --- printing

    def print(self, work: Work, workers: Workers, forms: _Forms) -> None:
        """Write every chunk's pages, and print them."""
        total, done = len(self.students) * (1 + len(self.stems) * (self.engine is not None)), 0

        def advance(name: str) -> None:
            nonlocal done
            done += self._size(name)
            self.report("print", done, total)

        def prints(name: str) -> Iterator[Job]:
            """The jobs that print what a job has written."""
            for stem, (kind, lang) in self.stems.items() if self.engine else ():
                job = _print(stem, name)
                if kind == "sheets" and name.startswith("grid"):
                    continue
                if work.done(job):
                    advance(job)
                else:
                    yield Job(job, functools.partial(self._print_task, work, name, stem, lang))

        def jobs() -> Iterator[Job]:
            tasks: dict[str, Callable[[], Task]] = {}
            for number in self.grids:
                tasks[_grid(number)] = functools.partial(self._grid_task, forms, number)
            for number in self.chunks:
                tasks[_text(number)] = functools.partial(self._text_task, work, forms, number)
            for name, task in tasks.items():
                if work.done(name):
                    advance(name)
                    yield from prints(name)
                else:
                    yield Job(name, task)

        def finished(job: Job, files: Files) -> Iterable[Job]:
            work.keep(job.name, files)
            advance(job.name)
            return () if job.name.startswith("print") else prints(job.name)

        workers.run(jobs(), finished)

    def _text_task(self, work: Work, forms: _Forms, number: int) -> Task:
        lines = _lines(work.path(_draw(number), "forms"))
        return write_pages, (self.head, self.bank, lines, _within(forms.changes, number), self.typeset)

    def _print_task(self, work: Work, written: str, stem: str, lang: Lang) -> Task:
        pieces = work.path(written, stem + self._source).read_bytes()
        return print_pages, (self.engine, self._preamble(lang), pieces)

    @property
    def _source(self) -> str:
        return ".typ" if self.engine == "typst" else ".tex"

    def _preamble(self, lang: Lang) -> str:
        preamble = typst_paper.preamble if self.engine == "typst" else paper.preamble
        return preamble(lang, self.exam.paper)

    def _grid_task(self, forms: _Forms, number: int) -> Task:
        start = number * GRID_CHUNK
        rows = [
            GridRow(student.name or student.id, code)
            for student, code in zip(self.students[start : start + GRID_CHUNK], forms.codes[start:], strict=False)
        ]
        maxima = (list(map(str, forms.maxima.problems)), str(forms.maxima.total))
        return write_grid, (self.head, rows, maxima, start, self.typeset)

    # --- delivery

    def prepare(self, work: Work, forms: _Forms) -> None:
        """Put the files of the exam together from what the chunks gave."""
        texts = [_text(number) for number in self.chunks]
        frames = {"exam.json": (self.head, TAIL), "answers.json": (b"[\n", b"\n]\n"),
                  "answers.csv": ("".join(["\ufeff", *csv_lines([CSV_HEADER])]).encode(), b"")}  # fmt: skip
        for name, (first, last) in frames.items():
            work.prepare(name, _framed(first, last, _between(_contents(work, texts, name), BETWEEN[name])))
        broken: list[Broken] = []
        printed = False
        for stem, (kind, lang) in self.stems.items():
            jobs = [*(_grid(number) for number in self.grids if kind == "keys"), *texts]
            title = f"{heading(self.exam, lang)}{': ' + WORDS['key'][lang] if kind == 'keys' else ''}"
            sections = _contents(work, jobs, f"{stem}.html")
            work.prepare(f"{stem}.html", _framed(*_frame(page.document([], lang, title)), sections))
            for suffix in self.typeset:
                document = typst_paper.document if suffix == ".typ" else paper.document
                bodies = map(_bodies, _contents(work, jobs, stem + suffix))
                work.prepare(stem + suffix, _framed(*_frame(document([], lang, self.exam.paper)), bodies))
            if self.engine is not None:
                made = [_print(stem, job) for job in jobs]
                broken += self._broken(work, stem, made, forms.codes)
                made = [job for job in made if work.path(job, "pdf").exists()]
                if made:
                    join([work.path(job, "pdf") for job in made], work.prepared(f"{stem}.pdf"))
                    printed = True
                if self.per_student:
                    self._split(work, stem, forms.codes)
        made = [f"{stem}.pdf" for stem in self.stems] + (list(self.stems) if self.per_student else [])
        there = [name for name in made if work.prepared(name).exists()]
        nothing = self.engine is not None and not printed
        work.all_prepared([*self.names, *there], msgspec.msgpack.encode((broken, nothing)))

    def _broken(self, work: Work, stem: str, jobs: Sequence[str], codes: Sequence[str]) -> Iterator[Broken]:
        student_of = dict(zip(codes, self.students, strict=True))
        for job in jobs:
            for code, error in read_printed(work.path(job, "printed").read_bytes()).broken:
                yield Broken(student_of[code].id if code in student_of else "", code, stem, error)

    def _split(self, work: Work, stem: str, codes: Sequence[str]) -> None:
        """Every student's pages as a file of its own, in a folder that holds nothing else."""
        names = dict(zip(codes, file_names(self.students, codes), strict=True))
        folder = work.prepared(stem)
        for number in self.chunks:
            job = _print(stem, _text(number))
            pages = read_printed(work.path(job, "printed").read_bytes()).pages
            if pages:
                folder.mkdir(exist_ok=True)
                ranges = [(first, count, folder / f"{names[code]}.pdf") for code, first, count in pages]
                split(work.path(job, "pdf"), ranges)

    def deliver(self, work: Work) -> Built:
        """Move what is prepared to its places, and remove the work folder."""
        written, outcome = work.deliver()
        broken, nothing = msgspec.msgpack.decode(outcome, type=tuple[list[Broken], bool])
        work.finish()
        if nothing:
            raise EngineError(f"{self.engine} could print nothing; the other files are written: {broken[0].error}")
        return Built(tuple(written), tuple(broken))


class _Owner(msgspec.Struct):
    id: str


class _Owned(msgspec.Struct):
    """As much of a form as tells whose it is."""

    student: _Owner


def file_names(students: Sequence[Student], codes: Sequence[str]) -> list[str]:
    """A file name for each student, without suffix: the id where every system takes it, else with the form's code."""
    ids = [student.id for student in students]
    times = Counter(id_.casefold() for id_ in ids)
    names = []
    for id_, code in zip(ids, codes, strict=True):
        safe = re.sub(r"[^\w-]", "_", id_)
        good = safe == id_ and times[id_.casefold()] == 1 and not _RESERVED.fullmatch(id_) and not id_.startswith("-")
        names.append(id_ if good else f"{safe.strip('-')}-{code}".lstrip("-"))
    return names


_RESERVED = re.compile(r"con|prn|aux|nul|(com|lpt)\d", re.IGNORECASE)
"""What some systems do not take for the name of a file."""


def _draw(number: int) -> str:
    return f"draw-{number:05}"


def _other(number: int) -> str:
    return f"other-{number:05}"


def _text(number: int) -> str:
    return f"text-{number:05}"


def _grid(number: int) -> str:
    return f"grid-{number:05}"


def _print(stem: str, job: str) -> str:
    return f"print-{stem}-{job}"


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def _kept(work: Work, number: int) -> dict[str, bytes]:
    path = work.path(f"kept-{_draw(number)}")
    lines = _lines(path) if path.exists() else []
    return {msgspec.json.decode(line, type=_Owned).student.id: line for line in lines}


def _within(changes: Mapping[tuple[int, int], bytes], number: int) -> dict[tuple[int, int], bytes]:
    """The changes in a chunk, its forms counted from 0."""
    return {(row % CHUNK, slot): data for (row, slot), data in changes.items() if row // CHUNK == number}


def _contents(work: Work, jobs: Iterable[str], name: str) -> Iterator[bytes]:
    return (work.path(job, name).read_bytes() for job in jobs)


def _bodies(pieces: bytes) -> bytes:
    return "".join(piece.body for piece in read_pieces(pieces)).encode()


def _frame(document: Iterable[str]) -> tuple[bytes, bytes]:
    """What stands before and after the pieces of a document, from a document without any."""
    first, *rest = document
    return first.encode(), "".join(rest).encode()


def _framed(first: bytes, last: bytes, pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces
    yield last


def _between(pieces: Iterable[bytes], comma: bytes) -> Iterator[bytes]:
    for place, piece in enumerate(pieces):
        yield comma + piece if place else piece


def _digest_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


@contextlib.contextmanager
def _saying(out: Path) -> Iterator[None]:
    """What the disk refuses, in one line that says how to go on."""
    try:
        yield
    except OSError as error:
        again = "run the same command again, it goes on where it stopped"
        raise output_error(error, out, f"every file in {out} is whole", again) from None


__all__: Sequence[str] = [
    "Broken", "Built", "EngineError", "build_exam", "check_names", "check_words", "engine_for",
    "file_names", "write_exam",
]  # fmt: skip
