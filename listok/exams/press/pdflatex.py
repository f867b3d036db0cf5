r"""Printing a chunk of pieces with pdfLaTeX, at the speed of typesetting.

What a cold run spends before the first page is done once and kept in the user's cache:

* the preamble, dumped as a *format*: one per preamble, engine and state of the TeX installation;
* the metrics of the T2A fonts, which TeX distributions ship as Metafont sources only.

The pieces travel as T2A bytes, not as UTF-8: TeX takes a Cyrillic letter in UTF-8 for two commands and their
definitions, in T2A for a letter. The pages come out the same.

Each piece stands between two messages with the number of pages sent so far, so that TeX's output tells where every
piece landed, and which piece it was in when it failed.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import functools
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from listok.exams.press.engine import APT, EngineError, find_pdflatex, run_limited
from listok.exams.press.pieces import Piece, Printed
from listok.templates import paper
from listok.templates.files import write_whole
from listok.templates.pages import Pages
from listok.templates.paper import FACES

SECONDS: Final = 60.0
"""What a run may take before its first form; a form takes some 0.02 s on a usual machine."""

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
_ERROR = re.compile(r"^(?:! |\S+?:\d+: )(.*)$", re.M)
_WHERE = re.compile(r"^l\.\d+ (.*)$", re.M)


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
    with tempfile.TemporaryDirectory(prefix="listok-") as folder:
        left = list(pieces)
        while left:
            run = typeset(kept, left, Path(folder))
            if run.culprit is None:
                write_whole(target, [(Path(folder) / "chunk.pdf").read_bytes()])
                pages = tuple((piece.id, first, count) for piece, (first, count) in zip(left, run.pages, strict=True))
                return Printed(pages, tuple((piece.id, broken[piece.id]) for piece in pieces if piece.id in broken))
            # The pieces after the broken one are tried before all is set again, so that many broken ones cost little.
            tried = left
            while run.culprit is not None:
                broken[tried[run.culprit].id] = run.error
                tried = tried[run.culprit + 1 :]
                if not tried:
                    break
                run = typeset(kept, tried, Path(folder), draft=True)
            left = [piece for piece in left if piece.id not in broken]
    raise EngineError(f"pdflatex failed: {next(iter(broken.values()), 'there is nothing to print')}")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of TeX: where the pieces stand (first page, number of pages), or which one it failed at, and why."""

    pages: tuple[tuple[int, int], ...]
    culprit: int | None
    error: str


def typeset(kept: Path, pieces: Sequence[Piece], folder: Path, *, draft: bool = False) -> Run:
    """Set pieces with a format as ``chunk.pdf`` in a folder; a draft makes no PDF."""
    with (folder / "chunk.tex").open("wb") as file:
        file.write(_HEAD.encode())
        for number, piece in enumerate(pieces):
            file.write(f"\\VBegin{{{number}}}\n{piece.body.translate(_TABLE)}\\VEnd{{{number}}}\n".encode("latin-1"))
        file.write(rb"\end{document}" + b"\n")
    command = [_program(), f"-fmt={kept.stem}", "-interaction=nonstopmode", "-halt-on-error", "-file-line-error",
               "-no-shell-escape", *(["-draftmode"] if draft else []), "chunk.tex"]  # fmt: skip
    seconds = SECONDS + SECONDS_PER_PIECE * len(pieces)
    status = run_limited(command, folder, _environment() | {"TEXFORMATS": f"{kept.parent}:"}, seconds)
    output = (folder / "stdout").read_bytes()
    _refuse_full_disk(output, folder)
    begun, ended = _page_counts(output)
    if status == 0 and len(ended) == len(pieces):
        starts = [begun[number] for number in range(len(pieces))]
        return Run(tuple((n + 1, ended[k] - n) for k, n in enumerate(starts)), None, "")
    if not begun:
        raise EngineError(f"pdflatex failed: {_first_error(output, status, seconds)}; `listok doctor` may tell more")
    # A piece that ends the document leaves no trace but a missing end.
    culprit = next((number for number in begun if number not in ended), max(begun))
    after = output.rpartition(b"<listok begin %d " % culprit)[2]
    return Run((), culprit, _first_error(after, status, seconds))


def _page_counts(output: bytes) -> tuple[dict[int, int], dict[int, int]]:
    """Pages sent before each piece began and after it ended, as far as TeX came."""
    begun: dict[int, int] = {}
    ended: dict[int, int] = {}
    for what, number, pages in _MESSAGE.findall(output):
        (begun if what == b"begin" else ended)[int(number)] = int(pages)
    return begun, ended


def _first_error(output: bytes, status: int | None, seconds: float) -> str:
    """TeX's first error on one line, with the words it stood at."""
    if status is None:
        return f"it did not come to an end in {seconds:g} s"
    text = output.decode(errors="replace")
    found = _ERROR.search(text)
    if found is None:
        return "the document ended too early" if status == 0 else f"pdflatex stopped with status {status}"
    where = _WHERE.search(text, found.end())
    at = "".join(char for char in where[1][-60:] if " " <= char <= "~").strip() if where else ""
    return (found[1].strip() + (f" ({at})" if at and not at.startswith("\\VEnd") else ""))[:200]


# --- what is kept between runs ------------------------------------------------------------------------------------


def print_test_page() -> bool:
    """Print a page to see that all is there; true where a damaged cache had to be made anew.

    Raises `EngineError` and `OSError` as `print_chunk`.
    """
    words = r"Съешь ещё этих \textbf{мягких} \emph{булок}, \texttt{listok}: $\frac{1}{2}$"
    page = paper.form(Pages("Проверка", "Test", "LISTOK", words))
    with tempfile.TemporaryDirectory(prefix="listok-") as folder:
        for again in (False, True):
            try:
                print_chunk(paper.preamble("ru"), [Piece("test", page)], Path(folder) / "test.pdf")
            except EngineError:
                if again:
                    raise
                shutil.rmtree(cache_folder(), ignore_errors=True)
            else:
                break
    return again


def cache_folder() -> Path:
    """Where formats and font metrics are kept; it may be deleted at any time."""
    return user_cache_path("listok") / "tex"


def _program() -> str:
    program = find_pdflatex()
    if program is None:
        raise EngineError(f"pdflatex is not installed: {APT}")
    return program


@functools.cache
def _installation(program: str) -> bytes:
    """What tells one state of the TeX installation from another: its version, and when its files were last listed."""
    state = [subprocess.run([program, "--version"], capture_output=True, check=False).stdout]
    for path in _lookup("-engine=pdftex", "pdflatex.fmt") + _lookup("-all", "ls-R"):
        listed = path.stat()
        state.append(f"{path} {listed.st_mtime_ns} {listed.st_size}".encode())
    return b"\n".join(state)


def format_of(head: str) -> Path:
    r"""The format of all that stands before ``\begin{document}``: the one in the cache, or made now."""
    key = hashlib.sha256(_installation(_program()) + b"\n" + head.encode()).hexdigest()[:24]
    return _kept(f"format-{key}", functools.partial(_dump, head)) / "listok.fmt"


def _metrics() -> Path:
    """The folder with the metrics of the T2A fonts: the one in the cache, or made now."""
    key = hashlib.sha256(_installation(_program()) + " ".join(FACES).encode()).hexdigest()[:24]
    return _kept(f"metrics-{key}", _measure)


def _environment() -> dict[str, str]:
    # Nothing is written outside the folder, nor read where TeX still heeds it, and Metafont is never called; lines are
    # long enough for any error.
    return os.environ | {"openin_any": "p", "openout_any": "p", "MKTEXTFM": "0", "MKTEXPK": "0",
                         "TFMFONTS": f"{_metrics()}:", "max_print_line": "1000"}  # fmt: skip


def _kept(name: str, make: Callable[[Path], object]) -> Path:
    """A folder of the cache, filled by `make` unless it is there; where the cache cannot be written, one of ours.

    Filled under another name and renamed when whole, so processes that fill it at the same time do no harm.
    """
    for root in (cache_folder, _temporary):
        with contextlib.suppress(OSError):
            kept = root() / name
            if not kept.is_dir():
                kept.parent.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryDirectory(prefix="new-", dir=kept.parent, ignore_cleanup_errors=True) as made:
                    filled = Path(made) / name
                    filled.mkdir()
                    make(filled)
                    with contextlib.suppress(FileExistsError):
                        filled.rename(kept)
            return kept
    raise EngineError(f"neither {cache_folder()} nor {tempfile.gettempdir()} can be written: make room there")


@functools.cache
def _temporary() -> Path:
    folder = tempfile.mkdtemp(prefix="listok-tex-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _dump(head: str, folder: Path) -> None:
    (folder / "listok.tex").write_text(head + "\\dump\n", encoding="utf-8")
    command = [_program(), "-ini", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "-jobname=listok",
               "&pdflatex", "listok.tex"]  # fmt: skip
    status = run_limited(command, folder, _environment(), SECONDS)
    output = (folder / "stdout").read_bytes()
    _refuse_full_disk(output, folder)
    if status or not (folder / "listok.fmt").exists():
        raise EngineError(f"pdflatex cannot prepare its format: {_first_error(output, status, SECONDS)}")
    for path in folder.iterdir():
        if path.suffix != ".fmt":
            path.unlink()
    _unpack(folder / "listok.fmt")


def _unpack(path: Path) -> None:
    """Keep a format unpacked where TeX packed it: TeX reads both, and unpacking is half of what a run begins with."""
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        path.write_bytes(gzip.decompress(data))


def _measure(folder: Path) -> None:
    """Collect the metrics of the T2A fonts; Metafont computes those that the TeX distribution does not hold."""
    scratch = folder / "scratch"
    scratch.mkdir()
    environment = os.environ | {"TEXMFVAR": str(scratch), "VARTEXFONTS": str(scratch / "fonts"), "MKTEXTFM": "1"}
    for face in FACES:
        name = f"{face}.tfm"
        found = _lookup(name)
        if not found:
            run_limited(["mktextfm", face], scratch, environment, SECONDS)
            found = list(scratch.rglob(name))
        if not found:
            raise EngineError(f"the metrics of the font {face} cannot be made: {APT}")
        shutil.copyfile(found[0], folder / name)
    shutil.rmtree(scratch)


def _lookup(*ask: str) -> list[Path]:
    """What TeX finds under a name, without making anything."""
    found = subprocess.run(["kpsewhich", *ask], capture_output=True, text=True, check=False,
                          env=os.environ | {"MKTEXTFM": "0"})  # fmt: skip
    return [Path(line) for line in found.stdout.splitlines() if Path(line).exists()]


def _refuse_full_disk(output: bytes, folder: Path) -> None:
    if b"No space left on device" in output + (folder / "stderr").read_bytes():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
