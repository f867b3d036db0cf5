"""Running pdfLaTeX and Typst safely: no shell, no foreign files, a time limit, one clear line when they fail."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeAlias

from listok.generators.values import ListokError

APT = "apt-get install -y --no-install-recommends texlive-lang-cyrillic texlive-pictures cm-super-minimal"
"""What installs the TeX that listok needs on Debian and its relatives."""

PIP = "pip install 'typst>=0.15,<0.16'"
"""What installs the Typst compiler, with its fonts, for this Python."""

Engine: TypeAlias = Literal["pdflatex", "typst"]

# The compiler runs in a process of its own: its threads would leave a process that forks later hanging, and what it
# remembers between compilations would stay. A source sees no file but those in the folder.
_COMPILE = """
import sys, typst
try:
    typst.compile("sheet.typ", output="sheet.pdf", root=".", ignore_system_fonts=True, package_path=".",
                  package_cache_path=".", timestamp=0, pdf_tags=False)
except typst.TypstError as error:
    sys.exit(error.message.splitlines()[0] + " " + "".join(error.diagnostic.splitlines()[1:2]).strip(" \u250c\u2500"))
"""

BASE_SECONDS = 60
SECONDS_PER_FORM = 2
LARGEST_FILE = 512 * 2**20


class EngineError(ListokError):
    """An engine is missing, failed or ran out of time; names its first error."""


def find_pdflatex() -> str | None:
    """Where pdfLaTeX is, or None."""
    return shutil.which("pdflatex")


def has_fonts() -> bool:
    """Whether the outlines of the Cyrillic fonts are there (without them PDFs would hold bitmaps)."""
    kpsewhich = shutil.which("kpsewhich")
    if kpsewhich is None:
        return False
    for name in ("sfrm1000.pfb", "t2aenc.def", "pict2e.sty", "russianb.ldf"):
        if subprocess.run([kpsewhich, name], capture_output=True, check=False).returncode:
            return False
    return True


def has_typst() -> bool:
    """Whether the Typst compiler is installed for this Python."""
    return find_spec("typst") is not None


def choose_engine(name: str) -> Engine | None:
    """The engine to print with: the one named, or for ``auto`` pdfLaTeX where it is whole, else Typst, else None.

    Raises `EngineError` if the one named is not installed.
    """
    match name:
        case "pdflatex":
            if find_pdflatex() is None:
                raise EngineError(f"pdflatex is not installed: {APT}")
            return "pdflatex"
        case "typst":
            if not has_typst():
                raise EngineError(f"typst is not installed: {PIP}")
            return "typst"
        case "auto":
            if find_pdflatex() is not None and has_fonts():
                return "pdflatex"
            return "typst" if has_typst() else None
        case _:
            raise ValueError(f"no engine is called {name!r}")


def run_pdflatex(source: Path, target: Path, forms: int = 1) -> None:
    """Make `target` (a PDF) from `source` (a .tex file) in one run in a folder of its own.

    The PDF appears under its name only when it is whole. Raises `EngineError`.
    """
    program = find_pdflatex()
    if program is None:
        raise EngineError(f"pdflatex is not installed: {APT}")
    environment = os.environ | {"openin_any": "p", "openout_any": "p"}
    command = [program, "-interaction=batchmode", "-halt-on-error", "-file-line-error", "-no-shell-escape", "sheet.tex"]
    with tempfile.TemporaryDirectory(prefix="listok-") as folder:
        shutil.copyfile(source, Path(folder) / "sheet.tex")
        seconds = BASE_SECONDS + SECONDS_PER_FORM * forms
        status = run_limited(command, Path(folder), environment, seconds)
        if status is None:
            raise EngineError(f"{source}: pdflatex did not finish in {seconds} s and was stopped")
        made = Path(folder) / "sheet.pdf"
        if status or not made.exists():
            raise EngineError(f"{source}: pdflatex failed: {_first_error(Path(folder) / 'sheet.log')}")
        deliver(made, target)


def run_typst(source: Path, target: Path, forms: int = 1) -> None:
    """Make `target` (a PDF) from `source` (a .typ file) in a process and a folder of its own.

    The PDF appears under its name only when it is whole, and depends on the source and the version of Typst alone.
    Raises `EngineError`.
    """
    if not has_typst():
        raise EngineError(f"typst is not installed: {PIP}")
    with tempfile.TemporaryDirectory(prefix="listok-") as folder:
        shutil.copyfile(source, Path(folder) / "sheet.typ")
        seconds = BASE_SECONDS + SECONDS_PER_FORM * forms
        # -P: what lies in the folder is never taken for a module.
        status = run_limited([sys.executable, "-P", "-c", _COMPILE], Path(folder), os.environ, seconds)
        if status is None:
            raise EngineError(f"{source}: typst did not finish in {seconds} s and was stopped")
        made = Path(folder) / "sheet.pdf"
        if status or not made.exists():
            said = (Path(folder) / "stderr").read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise EngineError(f"{source}: typst failed: {said[-1][:200] if said else f'exit status {status}'}")
        deliver(made, target)


def run_limited(command: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float) -> int | None:
    """The exit status of a program run in a folder, negative if a signal ended it; None: it was out of time.

    What it says is in the files ``stdout`` and ``stderr`` there. It reads no input, no file of its grows beyond
    `LARGEST_FILE`, and nothing that it started outlives it.
    """
    with (
        (folder / "stdout").open("wb") as said,
        (folder / "stderr").open("wb") as complaints,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=complaints,
            start_new_session=True,
            preexec_fn=_limit_files,
        ) as process,
    ):
        try:
            return process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def deliver(made: Path, target: Path) -> None:
    """Copy a file so that its name appears only when it is whole."""
    part = target.with_name(target.name + ".part")
    shutil.copyfile(made, part)
    part.replace(target)


def _limit_files() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))


def _first_error(log: Path) -> str:
    """The log's first complaint on one line."""
    if not log.exists():
        return "it wrote no log"
    lines = log.read_text(encoding="latin-1").splitlines()
    for line in lines:
        if line.startswith("!") or re.match(r"\./?\S+:\d+: ", line):
            return line.strip()[:200]
    return lines[-1][:200] if lines else "its log is empty"
