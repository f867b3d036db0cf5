"""A new exercise to start from: a whole, small one that passes every check, for its author to rewrite."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import listok.generators
import listok.templates
from listok.generators.bank import bank, nearest
from listok.generators.values import ListokError
from listok.templates.files import write_whole

OWN_NUMBERS = range(401, 512)
"""Numbers for exercises of teachers' own folders, which listok itself never uses."""

_MODULE = '''"""Compute what a linear neuron puts out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from listok.generators.answers import Number
from listok.generators.draw import Draw
from listok.generators.exercise import Exercise
from listok.generators.values import BadParams


@dataclass(frozen=True)
class Params:
    """`x` and `w`: inputs and weights, of one length; `b`: the bias."""

    x: tuple[int, ...]
    w: tuple[int, ...]
    b: int

    def __post_init__(self) -> None:
        if not self.x or len(self.x) != len(self.w):
            raise BadParams(f"x and w must have one length, at least 1; they have {len(self.x)} and {len(self.w)}")


@dataclass(frozen=True)
class Solution:
    """`products`: weight times input, one by one; `y`: the output."""

    products: tuple[int, ...]
    y: int


def draw(d: Draw, level: int) -> Params:
    n = level + 1
    w = (-d.integer(1, 9), *d.integers(n - 1, -9, 9, exclude=(0,)))
    return Params(d.integers(n, 1, 9), d.shuffled(w), d.integer(-9, 9, exclude=(0,)))


def solve(p: Params) -> Solution:
    products = np.array(p.w) * np.array(p.x)
    return Solution(tuple(products.tolist()), int(products.sum()) + p.b)


def oracle(p: Params) -> Solution:
    products = tuple(p.w[i] * p.x[i] for i in range(len(p.x)))
    y = p.b
    for product in products:
        y += product
    return Solution(products, y)


def effort(p: Params, _s: Solution) -> int:
    """One multiplication and one addition an input."""
    return 2 * len(p.x)


def no_bias(p: Params) -> dict[str, int]:
    return {"y": sum(w * x for w, x in zip(p.w, p.x, strict=True))}


def lost_signs(p: Params) -> dict[str, int]:
    return {"y": sum(abs(w) * x for w, x in zip(p.w, p.x, strict=True)) + p.b}


EXERCISE = Exercise(
    number=@NUMBER@,
    name="@NAME@",
    version=1,
    draw=draw,
    solve=solve,
    oracle=oracle,
    effort=effort,
    parts={"output": Number("y")},
    mistakes={"no_bias": no_bias, "lost_signs": lost_signs},
)
'''

_TEXTS = {
    "ru": """# Выход линейного нейрона

На вход нейрона без функции активации подали $x = {{x}}$. Его веса $w = {{w}}$, смещение $b = {{b}}$.

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


def write_exercise(name: str, folder: Path, topic: str | None = None) -> tuple[str, list[Path]]:
    """Write a module and its texts into `folder`, or (with a topic) into listok's own source tree.

    Gives the exercise's name and the files; raises `ListokError` for a bad or taken name.
    """
    module = name.strip().lower().replace("-", "_")
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,59}", module):
        raise ListokError(f"{name!r} cannot name an exercise: take Latin letters, digits and dashes: early-stopping")
    known = bank(None if topic is not None else folder)
    shown = module.replace("_", "-")
    if any(exercise.name == shown for exercise in known.values()):
        raise ListokError(f"there is an exercise {shown} already")
    if topic is None:
        numbers = [number for number in OWN_NUMBERS if number not in known]
        paths = {folder / f"{module}.py": "", **{folder / lang / f"{module}.md": lang for lang in _TEXTS}}
    else:
        numbers = [max(52, *known) + 1]
        root = Path(listok.generators.__path__[0])
        # Not every room beside them is a topic: those are that hold exercises.
        topics = sorted({exercise.solution_type.__module__.split(".")[-2] for exercise in bank().values()})
        if topic not in topics:
            raise nearest("topic", topic, topics)
        texts = Path(listok.templates.__path__[0])
        paths = {root / topic / f"{module}.py": "", **{texts / lang / f"{module}.md": lang for lang in _TEXTS}}
    if not numbers:
        raise ListokError(f"{folder}: all numbers from {OWN_NUMBERS[0]} to {OWN_NUMBERS[-1]} are taken")
    for path in paths:
        if path.exists():
            raise ListokError(f"{path} is there already")
    try:
        for path, lang in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            source = _TEXTS[lang] if lang else _MODULE.replace("@NUMBER@", str(numbers[0])).replace("@NAME@", shown)
            write_whole(path, [source])
    except OSError as error:
        for path in paths:
            with contextlib.suppress(OSError):
                path.unlink()
        raise ListokError(f"{error.filename}: {error.strerror}: nothing was written") from None
    return shown, list(paths)
