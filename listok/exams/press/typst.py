"""Printing chunks of pieces with Typst: a broken piece hurts no other, and the bytes are the same everywhere.

A chunk is compiled by one process with one thread: builders side by side then keep all cores busy without getting in
each other's way, and what the compiler remembers of a chunk is gone with the process (see `typst_worker`).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from listok.exams.press import typst_worker
from listok.exams.press.engine import PIP, EngineError, has_typst, refuse_full_disk, run_limited, scratch_folder
from listok.exams.press.pdfs import join
from listok.exams.press.pieces import Box, Piece, Place, Printed, places_of
from listok.templates import typst_paper
from listok.templates.files import write_whole
from listok.templates.pages import Pages
from listok.templates.typst import CELL_MM, LINE_MM, escape

SECONDS: Final = 300.0
"""What a chunk may take before its first form; the worker stops single compilations much earlier."""

SECONDS_PER_PIECE: Final = 10.0

_MM_PER_POINT: Final = 25.4 / 72

# One thread; and memory from the system in large portions, of which none is given back before the end: the compiler
# allocates and frees so much that this saves a tenth of its time.
_ENVIRONMENT: Final = {
    "RAYON_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TOP_PAD_": str(2**26),
    "MALLOC_TRIM_THRESHOLD_": str(2**30),
    "MALLOC_MMAP_THRESHOLD_": str(2**30),
}


def print_chunk(preamble: str, pieces: Sequence[Piece], target: Path) -> Printed:
    """Print pieces into one PDF, and say on which of its pages each one stands.

    Pieces are what `templates.typst_paper.form` gives, each padded to whole leaves. One that does not compile is named
    with Typst's first error and its line in the piece, and left out; the others are printed. The PDF appears under
    its name only when it is whole, and its bytes depend on the arguments and the version of Typst alone.

    Raises `EngineError` where Typst is missing or can print none of the pieces; `OSError` where the disk is full.
    """
    if not has_typst():
        raise EngineError(f"typst is not installed: {PIP}")
    with scratch_folder() as folder:
        (folder / "preamble.typ").write_text(preamble, encoding="utf-8")
        for number, piece in enumerate(pieces):
            # On the line of the import, so that lines count as in the piece.
            (folder / f"{number}.typ").write_text(f'#import "preamble.typ": *;{piece.body}', encoding="utf-8")
        # -P: what lies in the folder is never taken for a module.
        command = [sys.executable, "-P", typst_worker.__file__, str(len(pieces))]
        seconds = SECONDS + SECONDS_PER_PIECE * len(pieces)
        status = run_limited(command, folder, os.environ | _ENVIRONMENT, seconds)
        if status is None:
            raise EngineError(f"typst did not finish in {seconds:g} s and was stopped")
        if status:
            refuse_full_disk(folder)
            last = (folder / "stderr").read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
            ended = f"stopped by signal {-status}" if status < 0 else f"exit status {status}"
            raise EngineError(f"typst failed: {last[:200] or ended}")
        result = json.loads((folder / "stdout").read_text(encoding="utf-8"))
        broken = tuple((pieces[number].id, error[:200]) for number, error in result["broken"])
        if not result["made"]:
            raise EngineError(f"typst failed: {broken[0][1] if broken else 'there is nothing to print'}")
        pages: list[tuple[str, int, int]] = []
        before = 0
        places: list[tuple[Place, ...]] = []
        for _, ranges in result["made"]:
            pages += [(pieces[number].id, before + first, count) for number, first, count, _ in ranges]
            places += [places_of(map(_box, boxes)) for _, _, _, boxes in ranges]
            before += sum(count for _, _, count, _ in ranges)
        sources = [folder / f"{number}.pdf" for number, _ in result["made"]]
        if len(sources) == 1:
            write_whole(target, [sources[0].read_bytes()])
        else:
            join(sources, target)
    return Printed(tuple(pages), broken, tuple(places))


def _box(told: Sequence[Any]) -> Box:
    """A rectangle as the worker gives it: of a line, its left end and its width."""
    name, rows, columns, page, *lengths = told
    x, y, width, height = (float(length.removesuffix("pt")) * _MM_PER_POINT for length in lengths)
    if rows:
        width, height = columns * CELL_MM[0], rows * CELL_MM[1]
    return Box(name, rows, columns, page, x, y if height else y - LINE_MM, x + width, y + height)


def print_test_page() -> bool:
    """Print a page to see that all is there; false, for there is no cache that could have been damaged.

    Raises `EngineError` and `OSError` as `print_chunk`.
    """
    page = typst_paper.form(Pages("Проверка", "Test", "LIS-TOK-000", escape("Съешь ещё этих мягких булок") + " $1/2$"))
    with scratch_folder() as folder:
        print_chunk(typst_paper.preamble("ru"), [Piece("test", page)], folder / "test.pdf")
    return False
