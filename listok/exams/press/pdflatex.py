r"""Printing a chunk of pieces with pdfLaTeX, at the speed of typesetting.

The pieces travel as T2A bytes, not as UTF-8: TeX takes a Cyrillic letter in UTF-8 for two commands and their
definitions, in T2A for a letter. The pages come out the same.

Each piece stands between two messages with the number of pages sent so far, so that TeX's output tells where every
piece landed, and which piece it was in when it failed. Between them, as its pages are sent, it tells the corners of
where answers go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from listok.exams.press.engine import EngineError, scratch_folder
from listok.exams.press.pieces import Box, Piece, Place, Printed, places_of
from listok.exams.press.tex import SECONDS, clear_cache, first_error, format_of, run_tex
from listok.templates import latex, paper
from listok.templates.files import write_whole
from listok.templates.pages import Pages

SECONDS_PER_PIECE: Final = 0.5

BEGIN_DOCUMENT: Final = r"\begin{document}"

# T2A holds the alphabet where code page 1251 does, and a few more signs in single places; everything else is named by
# the bytes of its UTF-8, as inputenc's own tables are.
_T2A = {code: chr(code - 0x410 + 0xC0) for code in range(0x410, 0x450)}
_T2A |= {0x401: "\x9c", 0x451: "\xbc", 0x2116: "\x9d", 0xAB: "\xbe", 0xBB: "\xbf"}
# No form reads or writes a file: TeX's commands for that are taken away (`openin_any` means nothing to TeX since 2026).
_HEAD = r"""\count255=128 \loop\catcode\count255=11 \ifnum\count255<255 \advance\count255 1 \repeat
\def\ListokChar#1{\ifcsname u8:#1\endcsname\csname u8:#1\endcsname\else\errmessage{Unicode character #1 is unknown}\fi}
\def\ListokSay#1#2{\message{<listok #1 #2 \the\ListokShipped>}}
\def\AnswerMark#1#2{\pdfsavepos\write16{<listok at #1 \the\csname @tempcnta\endcsname\space
  \the\pdflastxpos\space\number\dimexpr\pdfpageheight-\pdflastypos sp-#2\relax>}}
\def\VBegin#1{\ListokSay{begin}{#1}\begingroup}
\def\VEnd#1{\endgroup\ifnum\currentgrouplevel>0 \errmessage{A group or environment is not closed}\fi\ListokSay{end}{#1}}
\def\ListokLock#1{\ifx!#1\else\expandafter\let\csname#1\endcsname\undefined
  \expandafter\let\csname tex_#1:D\endcsname\undefined\expandafter\ListokLock\fi}
\nofiles
\begin{document}
\setbox0\hbox{$x$}% loads the last fonts
\ListokLock{input}{@@input}{openin}{openout}{pdfximage}{pdfobj}{pdfmapfile}{mapfile}{pdfprimitive}{primitive}%
  {pdffiledump}{filedump}{pdfmdfivesum}{mdfivesum}{pdffilesize}{filesize}{pdffilemoddate}{filemoddate}!
"""
_MESSAGE = re.compile(rb"<listok (begin|end) (\d+) (\d+)>")
_MARK = re.compile(rb"<listok at (\S+) (\d+) (\d+) (\d+) (-?\d+) (-?\d+)>")
_SP_PER_MM: Final = 65536 * 72.27 / 25.4


class _Table(dict[int, str]):
    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = char if code < 128 else f"\\ListokChar{{{char.encode().decode('latin-1')}}}"
        return self[code]


_TABLE = _Table(_T2A)


def print_chunk(preamble: str, pieces: Sequence[Piece], target: Path) -> Printed:
    r"""Print pieces into one PDF, and say on which of its pages each one stands.

    A piece that TeX stops at, or in which it does not come to an end, is named with TeX's first error and left
    out; the others are printed. `preamble` ends with ``\begin{document}``. The PDF appears under its name only when it
    is whole, and its bytes depend on the arguments and the TeX installation alone.

    Raises `EngineError` where pdfLaTeX is missing, cannot start, or can print none of the pieces; `OSError` where the
    disk is full.
    """
    head, _, _ = preamble.partition(BEGIN_DOCUMENT)
    kept = format_of(head)
    broken: dict[str, str] = {}
    with scratch_folder() as folder:
        left = list(pieces)
        while left:
            run = typeset(kept, left, folder)
            if run.culprit is None:
                write_whole(target, [(folder / "chunk.pdf").read_bytes()])
                pages = tuple((piece.id, first, count) for piece, (first, count) in zip(left, run.pages, strict=True))
                left_out = tuple((piece.id, broken[piece.id]) for piece in pieces if piece.id in broken)
                return Printed(pages, left_out, run.places)
            # The pieces after the broken one are tried before all is set again, so that many broken ones cost little.
            tried = left
            while run.culprit is not None:
                broken[tried[run.culprit].id] = run.error
                tried = tried[run.culprit + 1 :]
                if not tried:
                    break
                run = typeset(kept, tried, folder, draft=True)
            left = [piece for piece in left if piece.id not in broken]
    raise EngineError(f"pdflatex failed: {next(iter(broken.values()), 'there is nothing to print')}")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of TeX: where the pieces stand (first page, number of pages), or which one it failed at, and why."""

    pages: tuple[tuple[int, int], ...]
    culprit: int | None
    error: str
    places: tuple[tuple[Place, ...], ...] = ()


def typeset(kept: Path, pieces: Sequence[Piece], folder: Path, *, draft: bool = False) -> Run:
    """Set pieces with a format as ``chunk.pdf`` in a folder; a draft makes no PDF."""
    with (folder / "chunk.tex").open("wb") as file:
        file.write(_HEAD.encode())
        for number, piece in enumerate(pieces):
            file.write(f"\\VBegin{{{number}}}\n{piece.body.translate(_TABLE)}\\VEnd{{{number}}}\n".encode("latin-1"))
        file.write(rb"\end{document}" + b"\n")
    safely = ["-interaction=nonstopmode", "-halt-on-error", "-file-line-error", "-no-shell-escape"]
    draft_mode = ["-draftmode"] if draft else []
    seconds = SECONDS + SECONDS_PER_PIECE * len(pieces)
    arguments = [f"-fmt={kept.stem}", *safely, *draft_mode, "chunk.tex"]
    status, output = run_tex(arguments, folder, seconds, formats=kept.parent)
    begun, ended = _page_counts(output)
    if status == 0 and len(ended) == len(pieces):
        starts = [begun[number] for number in range(len(pieces))]
        pages = tuple((n + 1, ended[k] - n) for k, n in enumerate(starts))
        return Run(pages, None, "", _places(output, len(pieces)))
    if not begun:
        raise EngineError(f"pdflatex failed: {first_error(output, status, seconds)}; `listok doctor` may tell more")
    # A piece that ends the document leaves no trace but a missing end.
    culprit = next((number for number in begun if number not in ended), max(begun))
    after = output.rpartition(b"<listok begin %d " % culprit)[2]
    return Run((), culprit, first_error(after, status, seconds))


def _page_counts(output: bytes) -> tuple[dict[int, int], dict[int, int]]:
    """Pages sent before each piece began and after it ended, as far as TeX came."""
    begun: dict[int, int] = {}
    ended: dict[int, int] = {}
    for what, number, pages in _MESSAGE.findall(output):
        (begun if what == b"begin" else ended)[int(number)] = int(pages)
    return begun, ended


def _places(output: bytes, pieces: int) -> tuple[tuple[Place, ...], ...]:
    """Where answers go in each piece."""
    told = _MESSAGE.split(output)  # what is before a message, then its three groups
    inside = {int(told[at + 1]): told[at + 3] for at in range(1, len(told), 4) if told[at] == b"begin"}
    return tuple(places_of(_boxes(inside[number])) for number in range(pieces))


def _boxes(output: bytes) -> Iterator[Box]:
    """Each mark as a rectangle that is but a point: places are put together of them."""
    for name, rows, columns, page, *point in _MARK.findall(output):
        x, y = (int(number) / _SP_PER_MM for number in point)
        yield Box(latex.unmarked(name.decode()), int(rows), int(columns), int(page), x, y, x, y)


def print_test_page() -> bool:
    """Print a page to see that all is there; true where a damaged cache had to be made anew.

    Raises `EngineError` and `OSError` as `print_chunk`.
    """
    words = r"Съешь ещё этих \textbf{мягких} \emph{булок}, \texttt{listok}: $\frac{1}{2}$"
    page = paper.form(Pages("Проверка", "Test", "LIS-TOK-000", words))
    with scratch_folder() as folder:
        for again in (False, True):
            try:
                print_chunk(paper.preamble("ru"), [Piece("test", page)], folder / "test.pdf")
            except EngineError:
                if again:
                    raise
                clear_cache()
            else:
                break
    return again
