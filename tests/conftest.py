"""What the tests share: PDF tools, other processes, and a folder with an exercise of a teacher's own."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from listok.generators.bank import exercise_of, find, survey
from listok.generators.exercise import AnyExercise
from listok.generators.oracles import disagreements, solve_again

for _number, _usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:  # as in a job that a shell runs in the background, or under nohup
        signal.signal(_number, _usual)


def differing(exercise: AnyExercise, params: Any) -> list[str]:
    """Where an exercise and its oracle differ on parameters, degenerate ones included."""
    return disagreements(exercise.solve(params), solve_again(exercise.draw.__module__, params))


def forget_the_bank() -> None:
    """Let the next look find what has changed in a folder of exercises, as another process would."""
    survey.cache_clear()
    exercise_of.cache_clear()


ROOT = Path(__file__).resolve().parent.parent

TOY = '''"""Follow a straight line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from listok.generators.answers import (
    Choice, Choices, Expression, Matching, Matrix, Number, Open, Predicate, Vector,
)
from listok.generators.bounds import Checked, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ZERO, Fraction
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.figures import Line, Scene
from listok.generators.formulas import Formula
from listok.generators.mistakes import instead, wrong
from listok.generators.values import BadParams, Value

CLAIMS = ("straight", "curved", "rising", "falling", "above")
NUMBERS = "value root row grid line point"


@dataclass(frozen=True)
class Params(Checked):
    a: int
    b: int
    x: int
    count: Annotated[int, Within(2, 19)]
    claims: tuple[str, ...]

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
    return Params(a, b, d.integer(2, 20), (3, 10, 19)[level - 1], d.distinct(CLAIMS, 3))


def solve(p: Params, *, given: Mapping[str, Value] = NOTHING) -> Solution:
    if p.a == 0:
        raise BadParams("a = 0: the line never meets the axis")
    y = given.get("value", p.a * p.x + p.b)
    row = given.get("row", tuple(p.a * n + p.b for n in range(1, p.count + 1)))
    rising = p.a > 0
    told = {"straight": True, "curved": False, "rising": rising, "falling": not rising, "above": p.b > 0}
    return Solution(
        value=p.a * p.x + p.b,
        root=Fraction(-p.b, p.a),
        row=row,
        grid=((p.a, p.b), (p.x, y)),
        line=Formula(f"{p.a}*x + {p.b}"),
        slope="up" if rising else "down",
        truths=tuple(claim for claim in p.claims if told[claim]),
        parity=tuple("even" if y % 2 == 0 else "odd" for y in row),
        point=(2, 2 * p.a + p.b),
        steps=tuple(Step(n, y) for n, y in enumerate(row, 1)),
        rising=rising,
    )


def check(p: Params, s: Solution) -> str | None:
    if p.b == 0 or abs(p.a) == abs(p.b):
        return "a line through the origin, or with equal numbers, hides mistakes"
    return None


def on_line(p: Params, numbers: tuple[Fraction, ...]) -> Fraction:
    return Fraction(numbers[1] == p.a * numbers[0] + p.b)


EXERCISE = Exercise(
    number=@NUMBER@,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(7.3, 9.7, 13.6),
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
    mistakes={
        "no_constant": wrong(lambda p: replace(p, b=0), spoils=NUMBERS, credit=ZERO),
        "swapped": wrong(lambda p: replace(p, a=p.b, b=p.a), spoils=NUMBERS),
    },
    carry=(),
)
'''

TOY_ORACLE = '''"""Walks along the line one step at a time."""

from __future__ import annotations

from typing import Any

from listok.generators.exact import Fraction


def solve(p: Any) -> dict[str, Any]:
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
    return {
        "value": here[p.x - 1],
        "root": -Fraction(p.b) / Fraction(p.a),
        "row": here[: p.count],
        "grid": [[p.a, p.b], [p.x, here[p.x - 1]]],
        "line": f"{p.b} + x*{p.a}",
        "slope": "down" if y < p.b else "up",
        "truths": truths,
        "parity": ["odd" if y & 1 else "even" for y in here[: p.count]],
        "point": (2, here[1]),
        "steps.n": range(1, p.count + 1),
        "steps.y": here[: p.count],
        "rising": y > p.b,
    }
'''

TOY_TEXT = {
    "ru": """# Прямая

Дана прямая $y = {{b}} {{a:+coef}} x$. {{heroine}} идёт по ней {{count}} {{count|шаг|шага|шагов}}.

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

Here is the line $y = {{b}} {{a:+coef}} x$. {{heroine}} walks along it for {{count}} {{count|step|steps}}.

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
seed = "V2SK-9DQX-H4M7-T1BN-8WCE-0RZJ-5GPA"
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


def _changed(changes: Changes, *texts: str) -> list[str]:
    """Texts with pieces replaced; each piece stands in one of them at least."""
    for old, new in changes.items():
        assert any(old in text for text in texts), f"nothing to change: {old!r}"
        texts = tuple(text.replace(old, new) for text in texts)
    return list(texts)


@pytest.fixture
def plant(tmp_path: Path, request: pytest.FixtureRequest) -> Plant:
    """Write an exercise with a key of every kind into a folder, with pieces of its sources or texts replaced.

    Its name, which its numbers are drawn from, depends on the test alone and not on which tests ran before.
    """
    own = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:8]
    count = itertools.count(1)

    def make(
        code: Changes = {}, *, ru: Changes = {}, en: Changes = {}, number: int = 0, name: str = ""  # noqa: B006
    ) -> Planted:
        serial = next(count)
        number = number or 400 + serial
        stem = name.replace("-", "_") or f"toy_line_{own}_{serial}"
        folder = tmp_path / f"bank{serial}"
        exercise, oracle = _changed(code, TOY.replace("@NUMBER@", str(number)), TOY_ORACLE)
        files = {f"{stem}.py": exercise, f"oracles/{stem}.py": oracle}
        for lang, changes in (("ru", ru), ("en", en)):
            files[f"{lang}/{stem}.md"] = "".join(_changed(changes, TOY_TEXT[lang]))
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
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
