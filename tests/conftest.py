"""What the tests share: PDF tools, other processes, and a folder with an exercise of a teacher's own."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from listok.generators.bank import find
from listok.generators.exercise import AnyExercise
from listok.generators.oracles import disagreements, solve_again


def differing(exercise: AnyExercise, params: Any) -> list[str]:
    """Where an exercise and its oracle differ on parameters, degenerate ones included."""
    return disagreements(exercise.solve(params), solve_again(exercise.draw.__module__, params))


ROOT = Path(__file__).resolve().parent.parent

TOY = '''"""Follow a straight line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from listok.generators.exact import Fraction

from listok.generators.answers import (
    Choice, Choices, Expression, Matching, Matrix, Number, Open, Predicate, Vector,
)
from listok.generators.draw import Draw
from listok.generators.exercise import Exercise
from listok.generators.figures import Line, Scene
from listok.generators.formulas import Formula
from listok.generators.values import BadParams, Value

CLAIMS = ("straight", "curved", "rising", "falling", "above")


@dataclass(frozen=True)
class Params:
    a: int
    b: int
    x: int
    count: int
    claims: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 2 <= self.count <= 9:
            raise BadParams(f"count is from 2 to 9, not {self.count}")

    @property
    def picture(self) -> Scene:
        return Scene(3.0, 1.0, (Line((0.0, 0.0), (3.0, 1.0)),))


@dataclass(frozen=True)
class Step:
    n: int
    y: int


@dataclass(frozen=True)
class Solution:
    value: int
    root: Fraction
    row: tuple[int, ...]
    grid: tuple[tuple[int, ...], ...]
    line: Formula
    slope: str
    truths: tuple[str, ...]
    parity: tuple[str, ...]
    point: tuple[int, ...]
    steps: tuple[Step, ...]
    rising: bool


def draw(d: Draw, level: int) -> Params:
    a = d.integer(-9, 9, exclude=(-1, 0, 1))
    b = d.integer(-9, 9, exclude=(0, a, -a))
    return Params(a, b, d.integer(2, 20), level + 2, d.distinct(CLAIMS, 3))


def solve(p: Params) -> Solution:
    if p.a == 0:
        raise BadParams("a = 0: the line never meets the axis")
    row = tuple(p.a * n + p.b for n in range(1, p.count + 1))
    rising = p.a > 0
    told = {"straight": True, "curved": False, "rising": rising, "falling": not rising, "above": p.b > 0}
    return Solution(
        value=p.a * p.x + p.b,
        root=Fraction(-p.b, p.a),
        row=row,
        grid=((p.a, p.b), (p.x, p.a * p.x + p.b)),
        line=Formula(f"{p.a}*x + {p.b}"),
        slope="up" if rising else "down",
        truths=tuple(claim for claim in p.claims if told[claim]),
        parity=tuple("even" if y % 2 == 0 else "odd" for y in row),
        point=(1, p.a + p.b),
        steps=tuple(Step(n, y) for n, y in enumerate(row, 1)),
        rising=rising,
    )


def oracle(p: Params) -> Solution:
    """Walks along the line one step at a time."""
    y, here = p.b, []
    for _ in range(max(p.x, p.count)):
        y += p.a
        here.append(y)
    truths = []
    for claim in p.claims:
        if claim == "straight" or (claim == "rising" and y > p.b) or (claim == "falling" and y < p.b):
            truths.append(claim)
        elif claim == "above" and max(p.b, 0):
            truths.append(claim)
    return Solution(
        here[p.x - 1], -Fraction(p.b) / Fraction(p.a), tuple(here[: p.count]), ((p.a, p.b), (p.x, here[p.x - 1])),
        Formula(f"{p.b} + x*{p.a}"), "down" if y < p.b else "up", tuple(truths),
        tuple("odd" if y & 1 else "even" for y in here[: p.count]), (1, here[0]),
        tuple(Step(n + 1, here[n]) for n in range(p.count)), y > p.b,
    )


def check(p: Params, s: Solution) -> str | None:
    if p.b == 0 or abs(p.a) == abs(p.b):
        return "a line through the origin, or with equal numbers, hides mistakes"
    return None


def effort(p: Params, s: Solution) -> int:
    return 10 + 2 * p.count


def no_constant(p: Params) -> Mapping[str, Value]:
    return {
        "value": p.a * p.x, "root": Fraction(p.b, p.a), "row": tuple(p.a * n for n in range(1, p.count + 1)),
        "grid": ((p.a, 0), (p.x, p.a * p.x)), "line": Formula(f"{p.a}*x"), "point": (1, p.a),
    }


def swapped(p: Params) -> Mapping[str, Value]:
    return {
        "value": p.b * p.x + p.a, "root": Fraction(-p.a, p.b),
        "row": tuple(p.b * n + p.a for n in range(1, p.count + 1)),
        "grid": ((p.b, p.a), (p.x, p.b * p.x + p.a)), "line": Formula(f"{p.b}*x + {p.a}"), "point": (1, p.b),
    }


def on_line(p: Params, numbers: tuple[Fraction, ...]) -> Fraction:
    return Fraction(numbers[1] == p.a * numbers[0] + p.b)


EXERCISE = Exercise(
    number=@NUMBER@,
    name="@NAME@",
    version=1,
    draw=draw,
    solve=solve,
    oracle=oracle,
    check=check,
    effort=effort,
    parts={
        "value": Number("value", points=2),
        "root": Number("root", digits=2),
        "row": Vector("row"),
        "grid": Matrix("grid"),
        "line": Expression("line"),
        "slope": Choice("slope", options=("up", "down")),
        "truths": Choices("truths", among="claims"),
        "parity": Matching("parity", options=("even", "odd"), shuffle=False, items="row"),
        "point": Predicate("point", test=on_line),
        "why": Open(),
    },
    mistakes={"no_constant": no_constant, "swapped": swapped},
)
'''

TOY_TEXT = {
    "ru": """# Прямая

Дана прямая $y = {{a:coef}} x {{b:+}}$. {{heroine}} идёт по ней {{count}} {{count|шаг|шага|шагов}}.

![Отрезок прямой](picture)

## value
Найдите $y$ при $x = {{x}}$.

### solution
Подставим, и получится число: $$y = {{a}} \\cdot {{x}} {{b:+}} = {{value}}.$$

### mistake no_constant
Похоже, свободный член потерян.

### mistake swapped
Похоже, числа переставлены.

## root
Где прямая пересекает ось $x$? Округлите до 2 знаков.

### solution
Корень уравнения ${{a:coef}} x {{b:+}} = 0$ равен ${{root:2}}$.

## row
Найдите значения при $x = 1, \\ldots, {{count}}$.

### solution
{{#steps}}

- шаг {{n}}: $y = {{y}}$

{{/steps}}

Итак, ${{row}}$.

## grid
Запишите таблицу.

### solution
$${{grid}}$$

## line
Запишите формулу прямой.

### solution
Это $y = {{line}}$.

## slope
Растёт ли прямая?

### solution
{{#rising}}Да, растёт.{{/rising}}{{^rising}}Нет, убывает.{{/rising}}

### option up
Растёт.

> Коэффициент положителен.

### option down
Убывает.

## truths
Что верно?

### solution
Проверим каждое утверждение.

### option straight
Это прямая.

### option curved
Это кривая.

### option rising
Она растёт.

### option falling
Она убывает.

### option above
При нуле она положительна.

## parity
Какие значения чётны?

### solution
Смотрим на последнюю цифру.

### option even
Чётное.

### option odd
Нечётное.

## point
Назовите точку прямой.

### solution
Подойдёт точка ${{point}}$.

## why
Почему она прямая?

### solution
Приращение постоянно.

### rubric
Балл за постоянное приращение.
""",
    "en": """# A straight line

Here is the line $y = {{a:coef}} x {{b:+}}$. {{heroine}} walks along it for {{count}} {{count|step|steps}}.

![A piece of a line](picture)

## value
Find $y$ at $x = {{x}}$.

### solution
Substitute, and a number comes out: $$y = {{a}} \\cdot {{x}} {{b:+}} = {{value}}.$$

### mistake no_constant
The constant seems to be lost.

### mistake swapped
The numbers seem to be swapped.

## root
Where does the line cross the $x$ axis? Round to 2 places.

### solution
The root of ${{a:coef}} x {{b:+}} = 0$ is ${{root:2}}$.

## row
Find the values at $x = 1, \\ldots, {{count}}$.

### solution
{{#steps}}

- step {{n}}: $y = {{y}}$

{{/steps}}

So it is ${{row}}$.

## grid
Write the table.

### solution
$${{grid}}$$

## line
Write the line's formula.

### solution
It is $y = {{line}}$.

## slope
Does the line rise?

### solution
{{#rising}}Yes, it rises.{{/rising}}{{^rising}}No, it falls.{{/rising}}

### option up
It rises.

> The coefficient is positive.

### option down
It falls.

## truths
What is true?

### solution
Check every statement.

### option straight
It is a line.

### option curved
It is a curve.

### option rising
It rises.

### option falling
It falls.

### option above
It is positive at zero.

## parity
Which values are even?

### solution
Look at the last digit.

### option even
Even.

### option odd
Odd.

## point
Name a point of the line.

### solution
The point ${{point}}$ will do.

## why
Why is it a line?

### solution
Its increment is constant.

### rubric
A point for the constant increment.
""",
}

BLUEPRINT = """
title = { ru = "Контрольная", en = "Test" }
course = { ru = "Нейронные сети", en = "Neural networks" }
date = 2026-12-01
seed = 7
space = "compact"

[instructions]
ru = "Пишите разборчиво."
en = "Write clearly."

[[items]]
exercise = 10
points = 4

[[items]]
exercise = 40
level = 2

[[items]]
from = [17, 18]
points = 5
"""

ROSTER = """id,name,group
s1,Анна Белая,НС-1
s2,Борис Вольный,НС-1
s3,Вера Громова,НС-2
"""

Changes = Mapping[str, str]


@dataclass(frozen=True)
class Planted:
    """An exercise in a teacher's folder; `name` and `number` find it there."""

    folder: Path
    name: str
    number: int

    @property
    def exercise(self) -> AnyExercise:
        return find(self.number, self.folder)


Plant = Callable[..., Planted]


def _changed(text: str, changes: Changes) -> str:
    for old, new in changes.items():
        assert old in text, f"nothing to change: {old!r}"
        text = text.replace(old, new)
    return text


@pytest.fixture
def plant(tmp_path: Path, request: pytest.FixtureRequest) -> Plant:
    """Write an exercise with a key of every kind into a folder, with pieces of its source or texts replaced.

    Its name, which its numbers are drawn from, depends on the test alone and not on which tests ran before.
    """
    own = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:8]
    count = itertools.count(1)

    def make(code: Changes = {}, *, ru: Changes = {}, en: Changes = {}, number: int = 0) -> Planted:  # noqa: B006
        serial = next(count)
        number = number or 400 + serial
        stem = f"toy_line_{own}_{serial}"
        folder = tmp_path / f"bank{serial}"
        source = _changed(TOY, code).replace("@NUMBER@", str(number)).replace("@NAME@", stem.replace("_", "-"))
        folder.mkdir()
        (folder / f"{stem}.py").write_text(source, encoding="utf-8")
        for lang, changes in (("ru", ru), ("en", en)):
            (folder / lang).mkdir()
            (folder / lang / f"{stem}.md").write_text(_changed(TOY_TEXT[lang], changes), encoding="utf-8")
        return Planted(folder, stem.replace("_", "-"), number)

    return make


@pytest.fixture
def class_files(tmp_path: Path) -> tuple[Path, Path]:
    """A small blueprint and the roster of a small class, as files."""
    blueprint, roster = tmp_path / "exam.toml", tmp_path / "roster.csv"
    blueprint.write_text(BLUEPRINT, encoding="utf-8")
    roster.write_text(ROSTER, encoding="utf-8")
    return blueprint, roster


def tool(name: str) -> str:
    """A program that tests of printing need: without it they fail under CI and are skipped elsewhere."""
    found = shutil.which(name)
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"{name} is needed under CI and is not installed")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="session")
def pdflatex() -> str:
    return tool("pdflatex")


@pytest.fixture(scope="session")
def pdftotext() -> Callable[[Path], str]:
    program = tool("pdftotext")

    def read(pdf: Path) -> str:
        return subprocess.run([program, "-layout", str(pdf), "-"], capture_output=True, check=True).stdout.decode()

    return read


@pytest.fixture(scope="session")
def heights() -> Callable[[Path], list[dict[str, float]]]:
    """How far below the top of its page each word of a PDF stands, in pt, page by page."""
    program = tool("pdftotext")

    def read(pdf: Path) -> list[dict[str, float]]:
        told = subprocess.run([program, "-bbox", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
        return [
            {word: float(top) for top, word in re.findall(r'yMin="([\d.]+)"[^>]*>([^<]*)</word>', page)}
            for page in told.split("<page ")[1:]
        ]

    return read


@pytest.fixture(scope="session")
def pdffonts() -> Callable[[Path], str]:
    program = tool("pdffonts")

    def read(pdf: Path) -> str:
        return subprocess.run([program, str(pdf)], capture_output=True, text=True, check=True).stdout

    return read


def python(*args: str, hash_seed: int = 0, cwd: Path = ROOT, path: str | None = None) -> str:
    """Run Python in a process of its own and give what it printed."""
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    if path is not None:
        environment["PATH"] = path
    done = subprocess.run(
        [sys.executable, *args], capture_output=True, env=environment, cwd=cwd, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()
