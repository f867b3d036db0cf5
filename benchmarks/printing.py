"""Paper per second: the engines side by side with one cold pdflatex run per document, and with the floor.

All on the same forms of examples/midterm.toml, sheets and keys with worked solutions, in one run of this program. The
seconds are processor time of the programs that set the pages, so they are per core and hold on a busy machine; the
ratios hold when the machine's speed drifts too. The floor is what TeX needs to typeset without writing a PDF.

With --memory whole builds are run, and the largest process of each is reported.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from listok.answerkeys.forms import Exam
from listok.answerkeys.keysheet import problem_key
from listok.exams.assembly import assemble
from listok.exams.blueprint import read_blueprint
from listok.exams.press import pdflatex
from listok.exams.press import typst as typst_press
from listok.exams.press.pieces import Piece
from listok.exams.press.tex import format_of
from listok.exams.roster import numbered
from listok.templates import latex, paper, typst, typst_paper
from listok.templates.pages import Pages
from listok.templates.sheet import problem
from listok.templates.text import Filled

EXAMPLE = Path(__file__).parent.parent / "examples" / "midterm.toml"
CHUNK = 50
KINDS = ("sheets", "keys")
BUILD = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@dataclass(frozen=True)
class Spent:
    """What printing some forms took: their number, pages, processor time and wall time in seconds."""

    forms: int
    pages: int
    seconds: float
    wall: float


def pages_of(exam: Exam, kind: str, printer: Any) -> Iterator[Pages]:
    """The pages of every form, with a printer's blocks."""
    for form in exam.forms:
        blocks: list[Any] = []
        for number, slot in enumerate(form.slots, 1):
            filled = Filled(slot.variant, "ru")
            if kind == "sheets":
                blocks += problem(filled, slot.points, number, exam.space)
            else:
                blocks += problem_key(filled, slot.points, number)
        yield Pages(f"Вариант {form.student.id}", exam.title["ru"], form.code, printer.blocks(tuple(blocks)))


def timed(forms: int, work: Callable[[], int]) -> Spent:
    """What a piece of work and the programs it runs take; it gives the number of pages."""
    before, start = _processor(), time.perf_counter()
    pages = work()
    return Spent(forms, pages, _processor() - before, time.perf_counter() - start)


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def by_chunks(engine: Any, preamble: str, pieces: Sequence[Sequence[Piece]], folder: Path) -> int:
    """Print with one of our engines, in chunks; gives the number of pages."""
    pages = 0
    for kind in pieces:
        for start in range(0, len(kind), CHUNK):
            done = engine.print_chunk(preamble, kind[start : start + CHUNK], folder / "chunk.pdf")
            if done.broken:
                raise SystemExit(f"broken: {done.broken[0]}")
            pages += sum(count for _, _, count in done.pages)
    return pages


def floor(preamble: str, pieces: Sequence[Sequence[Piece]], folder: Path) -> int:
    """Typeset with pdfLaTeX as our engine does, without writing a PDF."""
    kept = format_of(preamble.partition(pdflatex.BEGIN_DOCUMENT)[0])
    pages = 0
    for kind in pieces:
        for start in range(0, len(kind), CHUNK):
            run = pdflatex.typeset(kept, kind[start : start + CHUNK], folder, draft=True)
            pages += sum(count for _, count in run.pages)
    return pages


def cold(preamble: str, pieces: Sequence[Sequence[Piece]], folder: Path) -> None:
    """One run of pdflatex per document, a sheet or a key, with nothing prepared."""
    for kind in pieces:
        for piece in kind:
            (folder / "cold.tex").write_text(preamble + piece.body + paper.FOOT, encoding="utf-8")
            subprocess.run(["pdflatex", "-interaction=batchmode", "-halt-on-error", "cold.tex"], cwd=folder,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)  # fmt: skip


def row(name: str, spent: Spent, best: Spent) -> None:
    """A line of the table: rates per core, and how many times as long as our pdfLaTeX engine per form."""
    ratio = (spent.seconds / spent.forms) / (best.seconds / best.forms)
    pages = f"{spent.pages / spent.seconds:9.1f}" if spent.pages else " " * 9
    each = 1000 * spent.seconds / spent.forms
    print(f"{name:34} {spent.forms / spent.seconds:9.1f} {pages} {each:9.1f} {ratio:9.2f}")


def speed(forms: int, sample: int) -> None:
    """Print the table of speeds."""
    exam = assemble(read_blueprint(EXAMPLE), numbered(forms))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tex = [[Piece(run.code, paper.form(run)) for run in pages_of(exam, kind, latex.printer("ru"))]
               for kind in KINDS]  # fmt: skip
        typ = [[Piece(run.code, typst_paper.form(run)) for run in pages_of(exam, kind, typst.printer("ru"))]
               for kind in KINDS]  # fmt: skip
        head, typst_head = paper.preamble("ru"), typst_paper.preamble("ru")
        by_chunks(pdflatex, head, [kind[:1] for kind in tex], folder)  # what is prepared once is prepared now
        few = [kind[:sample] for kind in tex]
        cold(head, [kind[:1] for kind in few], folder)
        # Runs are taken in turns and the quickest of each counts: other work on the machine only ever adds.
        ours, least, slow, other = (
            min((timed(*each) for _ in range(rounds)), key=lambda spent: spent.seconds)
            for rounds, each in (
                (2, (forms, lambda: by_chunks(pdflatex, head, tex, folder))),
                (2, (forms, lambda: floor(head, tex, folder))),
                (2, (len(few[0]), lambda: cold(head, few, folder) or 0)),
                (1, (forms, lambda: by_chunks(typst_press, typst_head, typ, folder))),
            )
        )
    print(f"{forms} forms, sheet and key each; per core:")
    print(f"{'':34} {'forms/s':>9} {'pages/s':>9} {'ms/form':>9} {'times':>9}")
    row("pdfLaTeX, in chunks", ours, ours)
    row("  its floor (-draftmode)", least, ours)
    row(f"  one cold run a document ({slow.forms} forms)", slow, ours)
    row("Typst, in chunks", other, ours)
    print(f"pdfLaTeX is at {ours.seconds / least.seconds:.2f} times its floor, and "
          f"{slow.seconds / slow.forms / (ours.seconds / ours.forms):.1f} times as fast as cold runs")


def memory(sizes: Sequence[int], engine: str) -> None:
    """Print the largest process of whole builds."""
    print(f"whole builds with {engine}:\n{'forms':>9} {'peak, MB':>9} {'wall, s':>9} {'forms/s':>9}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            build = [sys.executable, "-m", "listok", "build", str(EXAMPLE), "--copies", str(size), "--engine", engine,
                     "--out", str(Path(folder) / "out")]  # fmt: skip
            start = time.perf_counter()
            done = subprocess.run([sys.executable, "-c", BUILD, *build], stdout=subprocess.PIPE, text=True, check=True)
            wall = time.perf_counter() - start
        print(f"{size:9} {int(done.stdout) / 1024:9.0f} {wall:9.1f} {size / wall:9.1f}", flush=True)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=300, help="forms (default: 300)")
    parser.add_argument("--sample", type=int, default=6, help="forms for the cold runs, scaled up (default: 6)")
    parser.add_argument("--memory", action="store_true", help="measure whole builds instead")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10000], help="forms of the whole builds")
    parser.add_argument("--engine", choices=["pdflatex", "typst"], default="pdflatex", help="of the whole builds")
    arguments = parser.parse_args()
    if arguments.memory:
        memory(arguments.sizes, arguments.engine)
    else:
        speed(arguments.n, arguments.sample)


if __name__ == "__main__":
    main()
