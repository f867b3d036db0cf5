"""The last stage of a build: the files of the exam are put together from the chunks, and moved to their places."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from listok.answerkeys.exam_file import TAIL, head_json
from listok.answerkeys.forms import file_names
from listok.answerkeys.tables import csv_lines
from listok.exams.drawing import DrawnForms
from listok.exams.plan import LAYOUT, Plan, grid_job, print_job, text_job
from listok.exams.press.chunk_pages import BETWEEN, CSV_HEADER
from listok.exams.press.engine import EngineError
from listok.exams.press.pdfs import join, split
from listok.exams.press.pieces import decode_pieces, decode_printed
from listok.exams.work import Work
from listok.templates import page, paper, typst_paper
from listok.templates.files import is_private, private_folder
from listok.templates.pages import SIZES_MM
from listok.templates.sheet import WORDS


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
    """What a build wrote, what is missing from its PDFs, and whether the same files were all there before."""

    written: tuple[Path, ...]
    broken: tuple[Broken, ...] = ()
    found: bool = False


def prepare(plan: Plan, work: Work, forms: DrawnForms) -> None:
    """Put the files of the exam together from what the chunks gave."""
    codes = forms.codes
    _prepare_data(plan, work, head_json(dataclasses.replace(plan.exam, secret=forms.secret)))
    broken: list[Broken] = []
    for stem in plan.stems:
        _prepare_sources(plan, work, stem)
        if plan.engine is not None:
            _prepare_pdf(plan, work, stem)
            broken += _broken(plan, work, stem, codes)
            if plan.per_student:
                _split(plan, work, stem, codes)
    if plan.engine is not None:
        _prepare_layout(plan, work)
    there = [name for name in plan.pdf_names if work.prepared(name).exists()]
    nothing = plan.engine is not None and not there
    work.all_prepared([*plan.names, *there], msgspec.msgpack.encode((broken, nothing)))


def deliver(plan: Plan, work: Work) -> Built:
    """Move what is prepared to its places, and remove the work folder.

    Raises `EngineError` where no page could be printed.
    """
    written, outcome, moved = work.deliver()
    broken, nothing = msgspec.msgpack.decode(outcome, type=tuple[list[Broken], bool])
    work.finish()
    if nothing:
        raise EngineError(f"{plan.engine} could print nothing; the other files are written: {broken[0].error}")
    return Built(tuple(written), tuple(broken), found=not moved)


# --- files of one kind --------------------------------------------------------------------------------------------


def _prepare_data(plan: Plan, work: Work, head: bytes) -> None:
    """The exam file, which begins with `head`, and the answers."""
    frames = {
        "exam.json": (head, TAIL),
        "answers.json": (b"[\n", b"\n]\n"),
        "answers.csv": ("".join(["\ufeff", *csv_lines([CSV_HEADER])]).encode(), b""),
    }
    texts = [text_job(number) for number in plan.chunks]
    for name, (first, last) in frames.items():
        rows = _between(_contents(work, texts, name), BETWEEN[name])
        work.prepare(name, _framed(first, last, rows))


def _prepare_sources(plan: Plan, work: Work, stem: str) -> None:
    """A document as a web page, and as the sources of the engines."""
    kind, lang = plan.stems[stem]
    jobs = _writing_jobs(plan, stem)
    title = plan.exam.heading(lang)
    if kind == "keys":
        title += f": {WORDS['key'][lang]}"
    sections = _contents(work, jobs, f"{stem}.html")
    work.prepare(f"{stem}.html", _framed(*_frame(page.document([], lang, title)), sections))
    for suffix in plan.typeset:
        document = typst_paper.document if suffix == ".typ" else paper.document
        bodies = map(_bodies, _contents(work, jobs, stem + suffix))
        work.prepare(stem + suffix, _framed(*_frame(document([], lang, plan.exam.paper)), bodies))


def _prepare_pdf(plan: Plan, work: Work, stem: str) -> None:
    """A document as one PDF, if any of its pages could be printed."""
    chunks = [work.path(print_job(stem, job), "pdf") for job in _writing_jobs(plan, stem)]
    printed = [path for path in chunks if path.exists()]
    if printed:
        join(printed, work.prepared(f"{stem}.pdf"), private=is_private(stem))


def _prepare_layout(plan: Plan, work: Work) -> None:
    """Where answers go on the sheets that were printed, if any were: a line for each form."""
    sheets = [stem for stem, (kind, _) in plan.stems.items() if kind == "sheets"]
    stems = [stem for stem in sheets if work.prepared(f"{stem}.pdf").exists()]
    width, height = SIZES_MM[plan.exam.paper]

    def written() -> Iterator[bytes]:
        head = {"paper": plan.exam.paper, "unit": "mm", "width": width, "height": height}
        yield msgspec.json.encode(head)[:-1] + b',"sheets":{'
        for number, stem in enumerate(stems):
            yield b',\n"%s":[\n' % stem.encode() if number else b'\n"%s":[\n' % stem.encode()
            yield from _between(_layouts(plan, work, stem), b",\n")
            yield b"\n]"
        yield b"\n}}\n"

    if stems:
        work.prepare(LAYOUT, written())


def _layouts(plan: Plan, work: Work, stem: str) -> Iterator[bytes]:
    """For each form that was printed its code, the number of its pages, and where its answers go."""
    for number in plan.chunks:
        printed = decode_printed(work.path(print_job(stem, text_job(number)), "printed").read_bytes())
        for (code, _, count), places in zip(printed.pages, printed.places, strict=True):
            yield msgspec.json.encode({"form": code, "pages": count, "places": places})


def _split(plan: Plan, work: Work, stem: str, codes: Sequence[str]) -> None:
    """Every student's pages as a file of its own, in a folder that holds nothing else."""
    names = dict(zip(codes, file_names(plan.students, codes), strict=True))
    folder = work.prepared(stem)
    for number in plan.chunks:
        job = print_job(stem, text_job(number))
        pages = decode_printed(work.path(job, "printed").read_bytes()).pages
        if pages:
            if is_private(stem):
                private_folder(folder)
            else:
                folder.mkdir(exist_ok=True)
            ranges = [(first, count, folder / f"{names[code]}.pdf") for code, first, count in pages]
            split(work.path(job, "pdf"), ranges, private=is_private(stem))


def _broken(plan: Plan, work: Work, stem: str, codes: Sequence[str]) -> Iterator[Broken]:
    """What the engine could not print of a document."""
    student_of = dict(zip(codes, plan.students, strict=True))
    for written in _writing_jobs(plan, stem):
        printed = decode_printed(work.path(print_job(stem, written), "printed").read_bytes())
        for code, error in printed.broken:
            yield Broken(student_of[code].id if code in student_of else "", code, stem, error)


# --- pieces of files ----------------------------------------------------------------------------------------------


def _writing_jobs(plan: Plan, stem: str) -> list[str]:
    """The jobs that wrote a document's pages, in the order of the pages: the keys begin with the grading grid."""
    kind, _ = plan.stems[stem]
    grids = [grid_job(number) for number in plan.grids] if kind == "keys" else []
    return [*grids, *(text_job(number) for number in plan.chunks)]


def _contents(work: Work, jobs: Iterable[str], name: str) -> Iterator[bytes]:
    return (work.path(job, name).read_bytes() for job in jobs)


def _bodies(pieces: bytes) -> bytes:
    return "".join(piece.body for piece in decode_pieces(pieces)).encode()


def _frame(document: Iterable[str]) -> tuple[bytes, bytes]:
    """What stands before and after the pages of a document, from a document without any."""
    first, *rest = document
    return first.encode(), "".join(rest).encode()


def _framed(first: bytes, last: bytes, pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces
    yield last


def _between(pieces: Iterable[bytes], separator: bytes) -> Iterator[bytes]:
    for place, piece in enumerate(pieces):
        yield separator + piece if place else piece
