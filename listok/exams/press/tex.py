r"""TeX, and what it is spared at every run: the preamble as a format, and the metrics of the fonts.

What a cold run spends before the first page is done once and kept in the user's cache:

* the preamble, dumped as a *format*: one per preamble, engine and state of the TeX installation;
* the metrics of the T2A fonts, which TeX distributions ship as Metafont sources only.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gzip
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from listok.exams.press.engine import APT, EngineError, ask, find_pdflatex, refuse_full_disk, run_limited
from listok.templates.paper import FACES

SECONDS: Final = 60.0
"""What a run may take before its first form; a form takes some 0.02 s on a usual machine."""

_ERROR = re.compile(r"^(?:! |\S+?:\d+: )(.*)$", re.M)
_WHERE = re.compile(r"^l\.\d+ (.*)$", re.M)


# --- running ------------------------------------------------------------------------------------------------------


def run_tex(
    arguments: Sequence[str], folder: Path, seconds: float, formats: Path | None = None
) -> tuple[int | None, bytes]:
    """The exit status of TeX, run in a folder (see `run_limited`), and its output; `formats` is where its format is.

    Raises `EngineError` where pdfLaTeX is missing, `OSError` where the disk is full.
    """
    environment = tex_environment() | ({"TEXFORMATS": f"{formats}:"} if formats else {})
    status = run_limited([tex_program(), *arguments], folder, environment, seconds)
    if status != 0:
        refuse_full_disk(folder)
    return status, (folder / "stdout").read_bytes()


def first_error(output: bytes, status: int | None, seconds: float) -> str:
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


def tex_program() -> str:
    """Where pdfLaTeX is; raises `EngineError` where it is not installed."""
    program = find_pdflatex()
    if program is None:
        raise EngineError(f"pdflatex is not installed: {APT}")
    return program


def tex_environment() -> dict[str, str]:
    """The environment that TeX runs in. It writes nothing outside the folder, reads nothing there where it still heeds
    that, never calls Metafont, and prints lines that are long enough for any error."""
    return os.environ | {"openin_any": "p", "openout_any": "p", "MKTEXTFM": "0", "MKTEXPK": "0",
                         "TFMFONTS": f"{font_metrics()}:", "max_print_line": "1000"}  # fmt: skip


# --- what is kept between runs ------------------------------------------------------------------------------------


def cache_folder() -> Path:
    """Where formats and font metrics are kept; it may be deleted at any time."""
    return user_cache_path("listok") / "tex"


def clear_cache() -> None:
    """Remove what is kept; the next run makes it anew."""
    shutil.rmtree(cache_folder(), ignore_errors=True)


@functools.cache
def temporary_folder() -> Path:
    """Where this process keeps formats and metrics for itself if the cache cannot be written."""
    folder = tempfile.mkdtemp(prefix="listok-tex-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@functools.cache
def _installation(program: str) -> bytes:
    """What tells one state of the TeX installation from another: its version, and when its files were last listed."""
    state = [ask([program, "--version"]).encode()]
    for path in _lookup("-engine=pdftex", "pdflatex.fmt") + _lookup("-all", "ls-R"):
        listed = path.stat()
        state.append(f"{path} {listed.st_mtime_ns} {listed.st_size}".encode())
    return b"\n".join(state)


def format_of(head: str) -> Path:
    r"""The format of all that stands before ``\begin{document}``: the one in the cache, or made now."""
    key = hashlib.sha256(_installation(tex_program()) + b"\n" + head.encode()).hexdigest()[:24]
    return _kept(f"format-{key}", functools.partial(_dump, head)) / "listok.fmt"


def font_metrics() -> Path:
    """The folder with the metrics of the T2A fonts: the one in the cache, or made now."""
    key = hashlib.sha256(_installation(tex_program()) + " ".join(FACES).encode()).hexdigest()[:24]
    return _kept(f"metrics-{key}", _measure)


def _kept(name: str, make: Callable[[Path], object]) -> Path:
    """A folder of the cache, filled by `make` unless it is there. If the cache cannot be written, it is in
    `temporary_folder`.

    It is filled under another name and renamed when whole, so processes that fill it at the same time do no harm.
    """
    for root in (cache_folder, temporary_folder):
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


def _dump(head: str, folder: Path) -> None:
    (folder / "listok.tex").write_text(head + "\\dump\n", encoding="utf-8")
    arguments = ["-ini", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "-jobname=listok"]
    status, output = run_tex([*arguments, "&pdflatex", "listok.tex"], folder, SECONDS)
    if status or not (folder / "listok.fmt").exists():
        raise EngineError(f"pdflatex cannot prepare its format: {first_error(output, status, SECONDS)}")
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


def _lookup(*ask_for: str) -> list[Path]:
    """What TeX finds under a name, without making anything."""
    found = ask(["kpsewhich", *ask_for], os.environ | {"MKTEXTFM": "0"})
    return [Path(line) for line in found.splitlines() if Path(line).exists()]
