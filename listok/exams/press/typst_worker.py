"""The process that compiles Typst: `typst_press` runs it as a program, in a folder that holds nothing but its input.

The folder holds ``preamble.typ`` and each piece as ``NUMBER.typ``, from 0; the command line says how many there are.
Pieces are compiled `BATCH` at a time into one PDF (``NUMBER.pdf``, of its first piece), each batch in a fork of this
process: the compiler is loaded once, what it remembers of a batch goes with the fork, and neither a crash nor an
endless loop reaches other batches. A batch that fails is halved until the broken pieces stand alone; one that had to be
stopped is taken apart at once. What became of all pieces is printed as JSON.

Nothing of listok is imported here: whatever starts threads must not be loaded in a process that forks.
"""

from __future__ import annotations

import bisect
import json
import os
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

BATCH = 16
"""Pieces in one compilation: the more, the better they share fonts; each takes some 10 MB."""

BASE_SECONDS = 10
SECONDS_PER_PIECE = 1
"""Processor time that a compilation may take; a piece of eight pages takes a tenth of a second."""

PATIENCE = 6
"""How many times as long it may take by the clock: it may have to wait for a processor, but not for ever."""

MEMORY = 4 * 2**30
"""Address space that a compilation may take, in bytes."""

_START, _END, _PLACE = "<first-page>", "<last-page>", "<answer-place>"


def main(count: int) -> dict[str, list[Any]]:
    """Compile the pieces of the working folder.

    Gives under ``made`` the first piece of each PDF with its ranges (piece, first page, number of pages, and where
    answers go: name, rows and columns, page within the piece, x, y, width, height), and under ``broken`` each piece
    that failed with its error in one line.
    """
    import typst

    made: list[Any] = []
    broken: list[Any] = []
    batches = [range(start, min(start + BATCH, count)) for start in range(count - 1, -1, -1) if start % BATCH == 0]
    while batches:
        batch = batches.pop()
        result, stopped = _in_fork(typst, batch)
        if isinstance(result, list):
            made.append((batch[0], result))
        elif len(batch) == 1:
            broken.append((batch[0], result))
        else:
            size = 1 if stopped else len(batch) // 2
            batches += reversed([batch[start : start + size] for start in range(0, len(batch), size)])
    return {"made": made, "broken": broken}


def _in_fork(typst: Any, batch: Sequence[int]) -> tuple[list[Any] | str, bool]:
    """Compile a batch in a fork of this process: its ranges or the error, and whether the fork had to be stopped."""
    answer = Path("answer.json")
    answer.unlink(missing_ok=True)
    child = os.fork()
    if not child:
        status = 1
        try:
            seconds = BASE_SECONDS + SECONDS_PER_PIECE * len(batch)
            for kind, most in (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0):
                _, hard = resource.getrlimit(kind)
                if hard == resource.RLIM_INFINITY or hard > most:  # a lower limit of the user's stays
                    resource.setrlimit(kind, (most, most))
            signal.alarm(PATIENCE * seconds)
            answer.write_text(json.dumps(_compile(typst, batch)), encoding="utf-8")
            status = 0
        except Exception as error:
            print(error, file=sys.stderr, flush=True)
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"the compiler was stopped by signal {os.WTERMSIG(status)}: it took too long or too much memory", True
    if status:
        raise SystemExit(1)  # the fork has printed why: the disk is full
    result: list[Any] | str = json.loads(answer.read_text(encoding="utf-8"))
    return result, False


def _compile(typst: Any, batch: Sequence[int]) -> list[tuple[int, int, int, list[Any]]] | str:
    preamble = Path("preamble.typ").read_text(encoding="utf-8")
    # Each piece is a file of its own, so that an open bracket or a definition ends with it.
    Path("main.typ").write_text(
        preamble + "".join([f'#include "{number}.typ"\n' for number in batch]), encoding="utf-8"
    )
    try:
        compiler = typst.Compiler(
            input="main.typ", root=".", ignore_system_fonts=True, package_path=".", package_cache_path="."
        )
        pdf = compiler.compile(format="pdf", timestamp=0, pdf_tags=False)
        starts, ends, told = (json.loads(compiler.query(label, field="value")) for label in (_START, _END, _PLACE))
    except typst.TypstError as error:
        return _one_line(error)
    if not len(starts) == len(ends) == len(batch):
        return "it is not one whole run of pages"
    Path(f"{batch[0]}.pdf").write_bytes(pdf)
    places: list[list[Any]] = [[] for _ in batch]
    for name, rows, columns, at, *size in told:
        piece = bisect.bisect_right(starts, at["page"]) - 1
        places[piece].append((name, rows, columns, at["page"] - starts[piece] + 1, at["x"], at["y"], *size))
    # Every piece is padded to whole leaves.
    return [
        (number, start, (end - start + 2) // 2 * 2, mine)
        for number, start, end, mine in zip(batch, starts, ends, places, strict=True)
    ]


def _one_line(error: Any) -> str:
    """The message, and where it is: ``unknown variable: x (line 7)``."""
    message = " ".join(error.message.split())
    place = error.diagnostic.partition(".typ:")[2].partition(":")[0]
    return f"{message} (line {place})" if place.isdigit() else message


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
