"""A new exercise to start from: a whole, small one that passes every check, for its author to rewrite."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from pathlib import Path

import listok.generators
import listok.templates
from listok.generators.bank import Source, nearest, sources
from listok.generators.oracles import FOLDER
from listok.generators.values import ListokError, shortened
from listok.templates.files import write_whole

OWN_NUMBERS = range(401, 512)
"""Numbers for exercises of teachers' own folders, which listok itself never uses."""

BOOK = 52
"""Numbers up to this are those of the book's exercises."""

_MODULE = '''"""Compute what a linear neuron puts out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

from listok.generators.answers import Number
from listok.generators.bounds import Checked, Size, Within
from listok.generators.draw import Draw
from listok.generators.exercise import Exercise
from listok.generators.mistakes import wrong


@dataclass(frozen=True)
class Params(Checked):
    """`x` and `w`: inputs and weights, of one length; `b`: the bias."""

    x: Annotated[tuple[int, ...], Size(1, 9), Within(-1000, 1000)]
    w: Annotated[tuple[int, ...], Size(1, 9), Within(-1000, 1000)]
    b: Annotated[int, Within(-1000, 1000)]

    def rules(self) -> Iterator[str]:
        if len(self.x) != len(self.w):
            yield f"x and w must have one length; they have {len(self.x)} and {len(self.w)}"


@dataclass(frozen=True)
class Solution:
    """`products`: weight times input, one by one; `y`: the output."""

    products: tuple[int, ...]
    y: int


def draw(d: Draw, level: int) -> Params:
    n = (2, 5, 9)[level - 1]
    w = (-d.integer(1, 9), *d.integers(n - 1, -9, 9, exclude=(0,)))
    return Params(x=d.integers(n, 1, 9), w=d.shuffled(w), b=d.integer(-9, 9, exclude=(0,)))


def solve(p: Params, *, bias: bool = True) -> Solution:
    products = tuple(w * x for w, x in zip(p.w, p.x, strict=True))
    y = sum(products)
    if bias:
        y += p.b
    return Solution(products, y)


EXERCISE = Exercise(
    number=@NUMBER@,
    draw=draw,
    solve=solve,
    minutes=(1, 1.4, 1.9),
    parts={"output": Number("y")},
    mistakes={
        "no_bias": wrong(bias=False),
        "lost_signs": wrong(lambda p: replace(p, w=tuple(map(abs, p.w)))),
    },
)
'''

_ORACLE = '''"""The neuron as a product of vectors."""

from __future__ import annotations

from typing import Any

import numpy as np


def solve(p: Any) -> dict[str, Any]:
    w, x = np.array(p.w), np.array(p.x)
    return {"products": w * x, "y": np.append(w, p.b) @ np.append(x, 1)}
'''

_TEXTS = {
    "ru": """# Выход линейного нейрона

На вход нейрона без функции активации подали $x = {{x}}$. Его веса $w = {{w}}$, смещение $b = {{b}}$.

### story

{{hero}} перенёс весь нейрон на листок и проверяет, не ошибся ли компьютер.

### story

Ноутбук разрядился, а {{heroine}} хочет знать ответ сейчас. Нейрон один, карандаш тоже: этого хватит.

## output

Найдите выход $y = b + \\sum_{i} w_{i} x_{i}$.

### solution

$$y = {{b}}{{#products}} {{.:+}}{{/products}} = {{y}}$$

### mistake no_bias

Похоже, забыто смещение: прибавьте $b = {{b}}$.

### mistake lost_signs

Похоже, потерян минус у отрицательного веса.
""",
    "en": """# The output of a linear neuron

A neuron without an activation function is given $x = {{x}}$. Its weights are $w = {{w}}$, its bias is $b = {{b}}$.

### story

{{hero}} has copied the whole neuron onto a sheet of paper to see whether the computer was right.

### story

The laptop is out of power, and {{heroine}} wants the answer now. There is one neuron and one pencil: that will do.

## output

Find the output $y = b + \\sum_{i} w_{i} x_{i}$.

### solution

$$y = {{b}}{{#products}} {{.:+}}{{/products}} = {{y}}$$

### mistake no_bias

The bias seems to be missing: add $b = {{b}}$.

### mistake lost_signs

The minus of a negative weight seems to be lost.
""",
}


def write_exercise(
    name: str, folder: Path, topic: str | None = None, number: int | None = None
) -> tuple[str, list[Path]]:
    """Write a module, its oracle and its texts into `folder`, or (with a topic) into listok's own source tree.

    Gives the exercise's name and the files; raises `ListokError` for a bad or taken name or number.
    """
    module = name.strip().lower().replace("-", "_")
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,59}", module):
        raise ListokError(
            f"{shortened(name)!r} cannot name an exercise: take Latin letters, digits and dashes: early-stopping"
        )
    known = sources(None if topic is not None else folder)
    shown = module.replace("_", "-")
    if any(source.name == shown for source in known.values()):
        raise ListokError(f"there is an exercise {shown} already")
    number = _free_number(known, folder, topic, number)
    paths = _paths(module, folder, topic)
    for path in paths:
        if path.exists():
            raise ListokError(f"{path} is there already")
    try:
        for path, source in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, [source.replace("@NUMBER@", str(number))])
    except OSError as error:
        for path in paths:
            with contextlib.suppress(OSError):
                path.unlink()
        raise ListokError(f"{error.filename}: {error.strerror}: nothing was written") from None
    return shown, list(paths)


def _free_number(known: Mapping[int, Source], folder: Path, topic: str | None, number: int | None) -> int:
    """The number asked for, if it may be had, else the first free one: of a folder's own, or after the book's."""
    numbers = OWN_NUMBERS if topic is None else range(1, OWN_NUMBERS.start)
    if number is not None:
        if number not in numbers:
            raise ListokError(f"number {number} is not from {numbers[0]} to {numbers[-1]}")
        if number in known:
            raise ListokError(f"number {number} is taken by {known[number].name}")
        return number
    free = [each for each in numbers if each not in known and (topic is None or each > BOOK)]
    if not free:
        raise ListokError(f"{folder}: all numbers from {numbers[0]} to {numbers[-1]} are taken")
    return free[0]


def _paths(module: str, folder: Path, topic: str | None) -> dict[Path, str]:
    """The files of an exercise, with what is written into each."""
    exercises = oracles = texts = folder
    if topic is not None:
        oracles, texts = Path(listok.generators.__path__[0]), Path(listok.templates.__path__[0])
        exercises = oracles / topic
        topics = sorted({source.path.parent.name for source in sources().values()})
        if topic not in topics:
            raise nearest("topic", topic, topics)
    written = {lang: texts / lang / f"{module}.md" for lang in _TEXTS}
    return {
        exercises / f"{module}.py": _MODULE,
        oracles / FOLDER / f"{module}.py": _ORACLE,
        **{path: _TEXTS[lang] for lang, path in written.items()},
    }
