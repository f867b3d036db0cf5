"""Running pdfLaTeX safely: no shell, no files outside its own folder, a time limit, one clear line when it fails."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from listok.generators.values import ListokError

APT = "apt-get install -y --no-install-recommends texlive-lang-cyrillic texlive-pictures cm-super-minimal"
"""What installs the TeX that listok needs on Debian and its relatives."""

BASE_SECONDS = 60
SECONDS_PER_FORM = 2
LARGEST_FILE = 512 * 2**20


class EngineError(ListokError):
    """pdfLaTeX is missing, failed or ran out of time; names the first error of its log."""


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
        with subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_limit_files,
        ) as process:
            try:
                status = process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                raise EngineError(f"{source}: pdflatex did not finish in {seconds} s and was stopped") from None
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        made = Path(folder) / "sheet.pdf"
        if status or not made.exists():
            raise EngineError(f"{source}: pdflatex failed: {_first_error(Path(folder) / 'sheet.log')}")
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
