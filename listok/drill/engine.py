"""The engine of a page: CPython for browsers and the libraries that listok needs there, in one file.

`make drill` makes it, of parts that are pinned by their digests (`engine/make.py`); listok's own files are added when a
page is made.
"""

from __future__ import annotations

import fnmatch
import gzip
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from listok.drill.sources import Reached
from listok.generators.values import ListokError

PATH = Path(__file__).parent / "engine.bin"

FORMAT = 1
"""Raised when pages expect other parts."""

LOADER, LOCK, MODULE, WASM, STDLIB, LIBRARIES = (
    "loader.mjs", "lock.json", "module.mjs", "module.wasm", "stdlib.zip", "libraries.tree",
)  # fmt: skip
PARTS = (LOADER, LOCK, MODULE, WASM, STDLIB, LIBRARIES)
"""What a browser unpacks, in the order in which it needs it: Pyodide's loader, module and WebAssembly, and a list of
its packages, which is empty; Python's library; a `tree` of libraries."""


class NoEngine(ListokError):
    """There is no engine, or one that this listok cannot use."""


@dataclass(frozen=True)
class Licence:
    """Under which conditions a part of the engine may be passed on."""

    name: str
    text: str


@dataclass(frozen=True)
class Engine:
    """The parts by their names, each compressed by gzip, and their licences; the modules of libraries, and patterns of
    what was left out of Python's library."""

    parts: Mapping[str, bytes]
    licences: tuple[Licence, ...]
    modules: frozenset[str]
    left_out: tuple[str, ...]

    def check(self, needed: Reached) -> None:
        """Raise `NoEngine` where it lacks what listok imports: it was made for an earlier state of it."""
        for name in sorted(needed.stdlib):
            if lacks(name, self.left_out):
                raise NoEngine(f"the engine of pages has no {name}, which listok now needs: run `make drill` again")
        for name in sorted(needed.libraries):
            if not {name, name.rpartition(".")[0]} & self.modules:
                raise NoEngine(f"the engine of pages has no {name}, which listok now needs: run `make drill` again")


def lacks(module: str, left_out: Iterable[str]) -> bool:
    """Whether a module of Python's library, or the package that it is in, was left out."""
    names = module.split(".")
    paths = ["/".join(names[:count]) for count in range(1, len(names) + 1)]
    return any(fnmatch.fnmatch(path, pattern) for path in paths for pattern in left_out)


def read_engine(path: Path = PATH) -> Engine:
    """Read the engine; raises `NoEngine`, in one line, where there is none that can be used."""
    try:
        with zipfile.ZipFile(path) as packed:
            about = json.loads(packed.read("about.json"))
            if about["format"] != FORMAT:
                raise NoEngine(f"{path} was made for another listok: run `make drill` in this one's source tree")
            licences = tuple(Licence(**licence) for licence in about["licences"])
            parts = {name: packed.read(name) for name in PARTS}
            return Engine(parts, licences, frozenset(about["modules"]), tuple(about["left_out"]))
    except FileNotFoundError:
        raise NoEngine(
            "pages need an engine, a file of 7 MB that is not here: run `make drill` in listok's source tree, once"
        ) from None
    except OSError as error:
        raise NoEngine(f"{path}: cannot be read ({error.strerror})") from None
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError):
        raise NoEngine(f"{path} is not whole: run `make drill` in listok's source tree") from None


def gzipped(content: bytes) -> bytes:
    """Compressed, as the page unpacks it, with no time in it."""
    return gzip.compress(content, 9, mtime=0)


def tree(files: Mapping[str, bytes]) -> bytes:
    """Files as a worker unpacks them: one line of JSON with names and lengths, then the contents."""
    return b"".join((json.dumps([[name, len(content)] for name, content in files.items()]).encode(), b"\n",
                     *files.values()))  # fmt: skip
