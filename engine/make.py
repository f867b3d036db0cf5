"""Makes the engine of pages, `listok/drill/engine.bin`, of what `make drill` has fetched. Nothing is fetched here.

`make.py unpack FOLDER` checks what was fetched into FOLDER, and unpacks what a page needs into FOLDER/tree;
`make.py pack FOLDER` makes the engine of FOLDER/tree, whose Python compile.mjs has compiled meanwhile.
"""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import io
import json
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from listok.answerkeys.package import Package
from listok.drill import engine
from listok.drill.sources import LIBRARIES, reached, reached_by
from listok.generators.bank import sources

HERE = Path(__file__).parent

PYODIDE, INTEGRITY = (HERE / "pyodide.txt").read_text(encoding="ascii").removeprefix("pyodide@").split()
"""Its version, and the digest of its package at npm; the wheels have theirs in requirements.txt, which pip checks."""

NEVER = (HERE / "left-out.txt").read_text(encoding="utf-8").split()
"""What of Python's library no page imports, by patterns of paths: half of it."""

DATA = ("babel/global.dat", "babel/locale-data/root.dat", "babel/locale-data/ru.dat", "babel/locale-data/en.dat",
        "*.so")  # fmt: skip
"""Files of libraries that are needed besides modules."""

PICKLED = ("babel.dates", "babel.numbers")
"""Modules that the data of libraries name, which no import tells."""

MOZILLA = """
Copyright (C) 2019-2026, Pyodide contributors and Mozilla. This Source Code Form is subject to the terms of the Mozilla
Public License, v. 2.0, which stands at https://mozilla.org/MPL/2.0/. Its source is to be had at
https://github.com/pyodide/pyodide, version {version}; of it, the part of Python's library that is not needed was left
out, and the rest compiled. Within it are CPython, whose licence stands below, and libraries that it is built with:
Emscripten's (MIT and NCSA), zlib, bzip2, liblzma, Zstandard, libffi, SQLite and OpenSSL, under the licences that
Pyodide's source names.
"""

LICENCES = ("*/licenses/*", "*.dist-info/LICENSE*", "*/LICENSE*")


def unpack(folder: Path) -> None:
    """Check and unpack what was fetched."""
    tree = folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    package = folder / f"pyodide-{PYODIDE}.tgz"
    fetched = package.read_bytes()
    if f"sha512-{base64.b64encode(hashlib.sha512(fetched).digest()).decode()}" != INTEGRITY:
        raise SystemExit(f"{package} is not what it should be: run `make drill` again")
    with tarfile.open(fileobj=io.BytesIO(fetched)) as packed:
        for member in packed.getmembers():
            content = packed.extractfile(member)
            if content is not None:
                _write(tree / "pyodide" / PurePosixPath(member.name).name, content.read())
    with zipfile.ZipFile(tree / "pyodide" / "python_stdlib.zip") as packed:
        for name in packed.namelist():
            if not name.endswith("/") and not any(_is_part(name, never) for never in NEVER):
                _write(tree / "stdlib" / name, packed.read(name))
    wheels = folder / "wheels"
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(wheels)
            licences = tree / "licences" / wheel.name.partition("-")[0]
            for name in packed.namelist():
                if any(fnmatch.fnmatch(name, pattern) for pattern in LICENCES):
                    _write(licences / PurePosixPath(name).name, packed.read(name))
    ours = reached_by(sources().values())
    if wanted := [name for name in sorted(ours.stdlib) if engine.lacks(name, NEVER)]:
        raise SystemExit(f"left-out.txt: listok imports {', '.join(wanted)}")
    for path in reached((*ours.libraries, *PICKLED), wheels, LIBRARIES, None).files.values():
        _write(tree / "libraries" / path.relative_to(wheels), path.read_bytes())
    for path in wheels.rglob("*"):
        name = path.relative_to(wheels).as_posix()
        if any(fnmatch.fnmatch(name, pattern) for pattern in DATA):
            _write(tree / "libraries" / name, path.read_bytes())
    shutil.rmtree(wheels)


def _is_part(name: str, module: str) -> bool:
    """Whether a file is that module, given by its path, or stands in that package."""
    return any(fnmatch.fnmatch(name, pattern) for pattern in (f"{module}.py", f"{module}/*"))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def pack(folder: Path) -> None:
    """Make the engine of what was unpacked and compiled."""
    tree = folder / "tree"
    uncompiled = [*(tree / "stdlib").rglob("*.py"), *(tree / "libraries").rglob("*.py")]
    if uncompiled:
        raise SystemExit(f"{uncompiled[0]} was not compiled")
    stdlib = folder / "stdlib.zip"
    package = Package(stdlib)
    for name, content in _files(tree / "stdlib"):
        package.add(name, content)
    package.close()
    lock = json.loads((tree / "pyodide" / "pyodide-lock.json").read_bytes())
    parts = {
        engine.LOCK: json.dumps({"info": lock["info"], "packages": {}}).encode(),
        engine.WASM: (tree / "pyodide" / "pyodide.asm.wasm").read_bytes(),
        engine.MODULE: (tree / "pyodide" / "pyodide.asm.mjs").read_bytes(),
        engine.LOADER: (tree / "pyodide" / "pyodide.mjs").read_bytes(),
        engine.STDLIB: stdlib.read_bytes(),
        engine.LIBRARIES: engine.tree(dict(_files(tree / "libraries"))),
    }
    packed = Package(folder / "engine.bin")
    about = {
        "format": engine.FORMAT,
        "licences": [licence.__dict__ for licence in _licences(tree)],
        "modules": [_module(name) for name, _ in _files(tree / "libraries") if name.endswith((".pyc", ".so"))],
        "left_out": NEVER,
    }
    packed.add("about.json", json.dumps(about, ensure_ascii=False).encode())
    for name in engine.PARTS:
        small = engine.gzipped(parts[name])
        print(f"{name:15} {len(parts[name]) / 1e6:6.2f} MB, compressed {len(small) / 1e6:5.2f} MB")
        packed.add(name, small)
    packed.close()
    (folder / "engine.bin").replace(engine.PATH)
    print(f"{engine.PATH}: {engine.PATH.stat().st_size / 1e6:.2f} MB")


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _module(name: str) -> str:
    """``faker/providers/__init__.pyc`` is the module ``faker.providers``."""
    return name.partition(".")[0].removesuffix("/__init__").replace("/", ".")


def _licences(tree: Path) -> Iterator[engine.Licence]:
    yield engine.Licence("listok", (HERE.parent / "LICENSE").read_text(encoding="utf-8").strip())
    yield engine.Licence(f"Pyodide {PYODIDE}", " ".join(MOZILLA.format(version=PYODIDE).split()))
    names = {"typing_extensions": "Python and typing_extensions"}
    for folder in sorted((tree / "licences").iterdir()):
        text = "\n\n".join(path.read_text(encoding="utf-8").strip() for path in sorted(folder.iterdir()))
        yield engine.Licence(names.get(folder.name, folder.name), text)


if __name__ == "__main__":
    {"unpack": unpack, "pack": pack}[sys.argv[1]](Path(sys.argv[2]))
