"""Running pdfLaTeX and Typst safely: no shell, no foreign files, a time limit, one clear line when they fail."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
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

ROOM = 2**16
"""Bytes that a disk can take which is not full."""

SECONDS_TO_ANSWER = 20.0
"""What a program may take to say its version or where a file is; a tenth of a second is usual."""


class EngineError(ListokError):
    """An engine is missing, failed or ran out of time; names its first error."""


def find_pdflatex() -> str | None:
    """Where pdfLaTeX is, or None."""
    return shutil.which("pdflatex")


def has_fonts() -> bool:
    """Whether the outlines of the Cyrillic fonts are there (without them PDFs would hold bitmaps), and the packages.

    Raises `EngineError` where TeX does not answer.
    """
    kpsewhich = shutil.which("kpsewhich")
    wanted = ("sfrm1000.pfb", "t2aenc.def", "booktabs.sty", "russianb.ldf")
    return kpsewhich is not None and all(ask([kpsewhich, name]) for name in wanted)


def has_typst() -> bool:
    """Whether the Typst compiler is installed for this Python."""
    return find_spec("typst") is not None


def choose_engine(name: str) -> Engine | None:
    """The engine to print with: the one named, or for ``auto`` pdfLaTeX where it is whole, else Typst, else None.

    Raises `EngineError` if the one named is not installed, or TeX is there and does not answer.
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


def ask(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """What a program of TeX's prints when it is asked for its version, or for a file.

    Raises `EngineError` where it cannot be run, or does not answer in time; then nothing that it started is left.
    """
    try:
        with subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            try:
                return process.communicate(timeout=SECONDS_TO_ANSWER)[0].decode(errors="replace")
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
    except subprocess.TimeoutExpired:
        problem = f"gave no answer in {SECONDS_TO_ANSWER:g} s"
    except OSError as error:
        problem = f"cannot be run ({error.strerror})"
    raise EngineError(f"{' '.join(command)} {problem}: install TeX anew, or print with Typst (--engine typst)")


# The shell sets the limits (of files in blocks of 512 bytes; lower ones of the user's stay) and becomes the program.
# Python's own way runs code between fork and exec, which in a process with threads may wait for ever. The limit of
# processor time is for a program whose listok was killed: nobody else would stop it.
_LIMITED = ("sh", "-c", 'ulimit -f "$0" 2>&-; ulimit -t "$1" 2>&-; shift; exec "$@"', str(LARGEST_FILE // 512))


def run_limited(command: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float) -> int | None:
    """The exit status of a program run in a folder, negative if a signal ended it; None: it was out of time.

    What it prints is in the files ``stdout`` and ``stderr`` there. It reads no input, no file of its grows beyond
    `LARGEST_FILE`, and nothing that it started outlives it.
    """
    with (
        (folder / "stdout").open("wb") as output,
        (folder / "stderr").open("wb") as errors,
        subprocess.Popen(
            [*_LIMITED, str(math.ceil(seconds)), *command],
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


def refuse_full_disk(folder: Path) -> None:
    """Raise `OSError` if a program failed in a folder for want of room: it may have had none to say so."""
    said = b"".join((folder / name).read_bytes() for name in ("stdout", "stderr"))
    if os.strerror(errno.ENOSPC).encode() in said:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
    try:
        (folder / "room").write_bytes(bytes(ROOM))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None
    (folder / "room").unlink()


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder of temporary files, which is gone at the end, even if this process is told to leave while it goes."""
    folder = Path(tempfile.mkdtemp(prefix="listok-"))
    try:
        yield folder
    finally:
        try:
            shutil.rmtree(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
