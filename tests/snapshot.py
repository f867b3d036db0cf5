"""Prints a digest of every output, one a line, so that two states of listok can be compared with `diff`.

    python tests/snapshot.py --seeds 300 > before.txt      # change what should change nothing, then
    python tests/snapshot.py --seeds 300 | diff before.txt -

For every exercise, level, seed and language: data, LaTeX, HTML and text of sheet and key, what is carried forward from
changed answers; then the files of every export. It uses the public API and the command line alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import numbers
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import listok

FORMATS = (
    "moodle", "moodle-formulas", "moodle-stack", "gift", "qti21", "qti22", "qti30", "canvas", "amc", "anki", "csv",
    "json",
)  # fmt: skip


def digest(data: str | bytes) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()[:16]


def changed(value: Any) -> Any:
    """An answer with every number one larger."""
    if isinstance(value, tuple):
        return tuple(map(changed, value))
    return Fraction(value) + 1 if isinstance(value, numbers.Number) and not isinstance(value, bool) else value


def exact(value: Any) -> str:
    """A value as text, whatever type of number it is made of; floats to ten digits."""
    if isinstance(value, tuple):
        return f"({', '.join(map(exact, value))})"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def carried(variant: Any) -> str:
    answers = {part: getattr(variant.solution, key.field) for part, key in variant.exercise.parts.items() if key.field}
    followed = []
    for place, part in enumerate(answers):
        earlier = {name: changed(answers[name]) for name in list(answers)[:place]}
        for given in (*({name: value} for name, value in earlier.items()), earlier):
            followed.append((part, exact(variant.carried(part, given))))
    return json.dumps(followed)


def variant_lines(number: int, level: int, seeds: int) -> list[str]:
    lines = []
    for seed in range(seeds):
        for lang in ("ru", "en"):
            sheet = listok.exercise(number).variant(seed, level, lang)
            prints = {
                f"{form}{'-key' if key else ''}": digest(sheet.print(form, key=key))
                for form in ("latex", "html", "text")
                for key in (False, True)
            }
            if lang == "ru":
                prints["data"] = digest(json.dumps(sheet.data(), sort_keys=True))
                prints["carried"] = digest(carried(sheet.variant))
                prints["effort"] = f"{sheet.variant.effort}/{sheet.variant.tries}"
            lines += [f"{number} {level} {seed} {lang} {name} {value}" for name, value in prints.items()]
    return lines


def export_lines(to: str, lang: str, count: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        command = ["export", "--all", "--to", to, "--lang", lang, "-n", str(count), "--jobs", "1", "--out", folder]
        done = subprocess.run(
            [sys.executable, "-m", "listok", *command], capture_output=True, text=True, check=False, env=os.environ
        )
        if done.returncode:
            return [f"export {to} {lang} FAILED {done.stderr.strip()}"]
        return [f"export {to} {lang} {name} {digest(data)}" for name, data in contents(Path(folder))]


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name in sorted(archive.namelist()):
                    yield f"{path.name}/{name}", archive.read(name)
        elif path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=30, help="variants of every level (default: 30)")
    parser.add_argument("--exports", type=int, default=5, help="variants of every level in the exports (default: 5)")
    parser.add_argument("--only", type=int, nargs="*", help="numbers of exercises; without exports")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    numbers = options.only or sorted(listok.exercises())
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        tasks = [(number, level, options.seeds) for number in numbers for level in (1, 2, 3)]
        for lines in pool.starmap(variant_lines, tasks, chunksize=1):
            print("\n".join(lines))
        if not options.only:
            exports = [(to, lang, options.exports) for to in FORMATS for lang in ("ru", "en")]
            for lines in pool.starmap(export_lines, exports, chunksize=1):
                print("\n".join(lines))


if __name__ == "__main__":
    main()
