"""What the bytes of a build depend on besides its input: listok's own source, its libraries, the engine, the bank."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import listok
from listok.exams.press.engine import Engine, ask, find_pdflatex
from listok.workers.cluster import ClusterError

_LIBRARIES = ("babel", "faker", "markdown-it-py", "mdit-py-plugins", "msgspec", "numpy", "pylatex", "segno", "sympy")


@functools.cache
def stamp(engine: Engine | None, bank: Path | None) -> str:
    """A digest that two machines share if they make the same files from the same input with this engine and bank.

    `engine` is None where no PDF is made. The bank is a teacher's own folder of exercises.
    """
    digest = hashlib.sha256()
    for name in _LIBRARIES:
        digest.update(f"{name} {_version(name)}\0".encode())
    digest.update(f"{engine_version(engine)}\0".encode())
    for folder in (Path(listok.__file__).parent, *([bank] if bank else [])):
        for path in _sources(folder):
            digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def refuse_other_machine(wanted: str, engine: Engine | None, bank: Path | None) -> None:
    """On a worker of a cluster: raise `ClusterError` where this machine's `stamp` is not the one that is wanted."""
    if bank is not None and not bank.is_dir():
        raise ClusterError(f"worker {platform.node()} has no folder {bank}: --bank must be there on every worker")
    if stamp(engine, bank) != wanted:
        raise ClusterError(
            f"worker {platform.node()} would not make the same files: its listok, {engine or 'Python packages'} or "
            f"--bank is another; install the same ones there and restart it"
        )


def engine_version(engine: Engine | None) -> str:
    """The first line of an engine's banner, which names its version; empty for none. Raises `EngineError` as `ask`."""
    match engine:
        case "pdflatex":
            program = find_pdflatex()
            return ask([program, "--version"]).partition("\n")[0] if program else ""
        case "typst":
            return _version("typst")
        case None:
            return ""


def _sources(folder: Path) -> Iterable[Path]:
    found = (path for suffix in ("py", "md") for path in folder.rglob(f"*.{suffix}"))
    return sorted(path for path in found if path.is_file() and os.access(path, os.R_OK))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
