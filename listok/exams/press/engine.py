"""Running pdfLaTeX and Typst safely: no shell, no foreign files, a time limit, one clear line when they fail."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
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

LARGEST_FILE = 512 * 2**20


class EngineError(ListokError):
    """An engine is missing, failed or ran out of time; names its first error."""


def find_pdflatex() -> str | None:
    """Where pdfLaTeX is, or None."""
    return shutil.which("pdflatex")


def has_fonts() -> bool:
    """Whether the outlines of the Cyrillic fonts are there (without them PDFs would hold bitmaps), and the packages."""
    kpsewhich = shutil.which("kpsewhich")
    if kpsewhich is None:
        return False
    for name in ("sfrm1000.pfb", "t2aenc.def", "booktabs.sty", "russianb.ldf"):
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


# The shell sets the limit (in blocks of 512 bytes; a lower one of the user's stays) and becomes the program. Python's
# own way runs code between fork and exec, which in a process with threads may wait for ever.
_LIMITED = ("sh", "-c", 'ulimit -f "$0" 2>&-; exec "$@"', str(LARGEST_FILE // 512))


def run_limited(command: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float) -> int | None:
    """The exit status of a program run in a folder, negative if a signal ended it; None: it was out of time.

    What it prints is in the files ``stdout`` and ``stderr`` there. It reads no input, no file of its grows beyond
    `LARGEST_FILE`, and nothing that it started outlives it.
    """
    with (
        (folder / "stdout").open("wb") as output,
        (folder / "stderr").open("wb") as errors,
        subprocess.Popen(
            [*_LIMITED, *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        ) as process,
    ):
        try:
            return process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
