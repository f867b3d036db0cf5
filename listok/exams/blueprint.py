"""Blueprints: what an exam is to consist of, read from TOML and checked against the bank."""

from __future__ import annotations

import datetime
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, get_args

from listok.answerkeys.forms import MOST_POINTS, Paper, Space
from listok.exams.roster import is_invisible
from listok.exams.secret import seed_text
from listok.generators.answers import Open
from listok.generators.bank import find, nearest
from listok.generators.exact import Fraction
from listok.generators.exercise import LEVELS, AnyExercise
from listok.generators.values import LONGEST_FAULT, ListokError, fraction, shortened, shown
from listok.templates.files import read_text
from listok.templates.text import LANGS, Lang

FEWEST_POINTS = 0.01
"""What a problem is worth at least; `MOST_POINTS` is the most."""


class BlueprintError(ListokError):
    """A fault in a blueprint, with its file and place."""


@dataclass(frozen=True)
class Task:
    """One exercise as an exam asks it: which parts, at which level, for how many points each."""

    exercise: AnyExercise
    level: int
    points: Mapping[str, Fraction]

    @property
    def total(self) -> Fraction:
        return sum(self.points.values(), Fraction(0))

    @property
    def minutes(self) -> float:
        """How long it takes a good student: the exercise's minutes, less those of parts that are not asked, by their
        weights."""
        parts = self.exercise.parts
        asked = sum(parts[part].points for part in self.points)
        return self.exercise.minutes[self.level - 1] * asked / sum(key.points for key in parts.values())


@dataclass(frozen=True)
class Item:
    """A place in the exam: `pick` of the tasks (all of them, where there is one)."""

    tasks: tuple[Task, ...]
    pick: int = 1

    @property
    def minutes(self) -> float:
        """How long it takes a good student, in the mean over what may be picked."""
        return self.pick * sum(task.minutes for task in self.tasks) / len(self.tasks)


@dataclass(frozen=True)
class Blueprint:
    """A test specification. Words are given per language; `langs` are the languages to print.

    Without a `seed` every exam built from it has a secret of its own, without `story` the bare problems are printed.
    """

    title: Mapping[Lang, str]
    course: Mapping[Lang, str]
    date: str
    langs: tuple[Lang, ...]
    seed: str | None
    instructions: Mapping[Lang, str]
    space: str
    paper: str
    items: tuple[Item, ...]
    story: bool = True

    @property
    def minutes(self) -> float:
        """How long a form takes a good student."""
        return sum(item.minutes for item in self.items)


@dataclass(frozen=True)
class Allowed:
    """Which parts may be asked: whether those that need a calculator, and those that are marked by hand."""

    calculator: bool
    open: bool

    def refusal(self, exercise: AnyExercise, part: str) -> str | None:
        """Why a part is not asked; None where it may be."""
        if not self.calculator and part in exercise.calculator:
            return "needs a calculator, and the blueprint says `calculator = false`"
        if not self.open and isinstance(exercise.parts[part], Open):
            return "is marked by hand, and the blueprint says `open = false`"
        return None


def example_blueprint() -> str:
    """A blueprint to start from, which listok carries."""
    return resources.files("listok").joinpath("examples", "midterm.toml").read_text(encoding="utf-8")


def read_blueprint(path: Path, bank: Path | None = None) -> Blueprint:
    """Read and check a blueprint; raises `BlueprintError` naming file, place and the nearest right name."""
    try:
        data = tomllib.loads(read_text(path, BlueprintError, "save the blueprint as UTF-8"))
    except tomllib.TOMLDecodeError as error:
        raise BlueprintError(f"{path}: not TOML: {shortened(str(error), LONGEST_FAULT)}") from None
    except RecursionError:
        raise BlueprintError(f"{path}: not TOML: brackets nested too deep") from None
    except ValueError:  # Python reads no more digits
        raise BlueprintError(f"{path}: not TOML: a number has too many digits, or a date is none") from None
    try:
        return _blueprint(_Table(data, ""), bank)
    except ListokError as error:
        raise BlueprintError(f"{path}: {error}") from None


class _Table:
    """A TOML table and its place, handing out checked values and noticing what nobody asked for."""

    def __init__(self, data: Any, place: str) -> None:
        if not isinstance(data, dict):
            raise BlueprintError(f"{place or 'the file'}: expected a table, got {shown(data)}")
        self.data, self.place = data, place
        self.known: list[str] = []

    def at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def fail(self, key: str, message: str) -> BlueprintError:
        return BlueprintError(f"{self.at(key)}: {message}")

    def get(self, key: str, kind: type | tuple[type, ...], default: Any, wanted: str) -> Any:
        self.known.append(key)
        value = self.data.get(key, default)
        if value is default:
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.fail(key, f"expected {wanted}, got {shown(value)}")
        return value

    def one_of(self, key: str, options: tuple[str, ...], default: str) -> str:
        value = self.get(key, str, default, f"one of {', '.join(options)}")
        if value not in options:
            raise self.fail(key, str(nearest("value", value, options)))
        return str(value)

    def named(self, key: str, call: Callable[[], Any]) -> Any:
        """Run a look-up, with this place in front of its error."""
        try:
            return call()
        except BlueprintError:
            raise
        except ListokError as error:
            raise self.fail(key, str(error)) from None

    def finish(self) -> None:
        for key in self.data:
            if key not in self.known:
                raise BlueprintError(f"{self.place + ': ' if self.place else ''}{nearest('key', key, self.known)}")

    def line(self, key: str, text: str) -> str:
        """Words on one line, composed as fonts expect; what no font prints is refused."""
        text = unicodedata.normalize("NFC", " ".join(text.split()))
        for character in text:
            if is_invisible(character):
                raise self.fail(key, f"character U+{ord(character):04X} cannot be printed: delete it")
        return text

    def words(self, key: str, default: Mapping[Lang, str]) -> Mapping[Lang, str]:
        """Words given once for both languages, or as a table with `ru` and `en`."""
        value = self.get(key, (str, dict), None, "words, or a table with ru and en")
        if value is None:
            return default
        if isinstance(value, str):
            return dict.fromkeys(LANGS, self.line(key, value))
        table = _Table(value, self.at(key))
        found: dict[Lang, str] = {}
        for lang in LANGS:
            text = table.get(lang, str, None, "words")
            if text is not None:
                found[lang] = table.line(lang, text)
        table.finish()
        if not found:
            raise self.fail(key, "expected ru or en")
        return {lang: found.get(lang, next(iter(found.values()))) for lang in LANGS}


def _blueprint(table: _Table, bank: Path | None) -> Blueprint:
    title = table.words("title", {"ru": "Контрольная работа", "en": "Exam"})
    course = table.words("course", {"ru": "", "en": ""})
    instructions = table.words("instructions", {"ru": "", "en": ""})
    date = _date(table)
    lang = table.one_of("lang", ("ru", "en", "both"), "ru")
    seed = _seed(table)
    space = table.one_of("space", get_args(Space), "normal")
    paper = table.one_of("paper", get_args(Paper), "a4")
    level = _level(table, 1)
    allowed = Allowed(**{kind: table.get(kind, bool, True, "true or false") for kind in ("calculator", "open")})
    story = table.get("story", bool, True, "true or false")
    raw = table.get("items", list, None, "a list of tables ([[items]])")
    table.finish()
    if not raw:
        raise BlueprintError("items: an exam needs at least one [[items]] with an exercise")
    items = tuple(_item(_Table(entry, f"items[{n}]"), level, allowed, bank) for n, entry in enumerate(raw, 1))
    langs = LANGS if lang == "both" else tuple(each for each in LANGS if each == lang)
    return Blueprint(title, course, date, langs, seed, instructions, space, paper, items, story)


def _seed(table: _Table) -> str | None:
    wanted = "a phrase in quotes, such as `listok seed` prints, or a whole number"
    value = table.get("seed", (str, int, datetime.date), None, wanted)
    return None if value is None else str(table.named("seed", lambda: seed_text(value)))


def _date(table: _Table) -> str:
    wanted = "a date such as 2026-12-01 or words in quotes"
    value = table.get("date", (str, datetime.date), "", wanted)
    if isinstance(value, datetime.datetime):
        raise table.fail("date", f"expected {wanted}, got {value}")
    return table.line("date", str(value))


def _level(table: _Table, default: int) -> int:
    level = table.get("level", int, default, "1, 2 or 3")
    if level not in LEVELS:
        raise table.fail("level", f"level {shown(level)} is not there: there are levels 1, 2 and 3")
    return int(level)


def _item(table: _Table, level: int, allowed: Allowed, bank: Path | None) -> Item:
    if "from" in table.data or "pick" in table.data:
        return _choice(table, level, allowed, bank)
    task = _task(table, level, None, allowed, bank)
    return Item((task,))


def _choice(table: _Table, level: int, allowed: Allowed, bank: Path | None) -> Item:
    raw = table.get("from", list, None, "a list of exercises")
    pick = table.get("pick", int, 1, "a whole number")
    level = _level(table, level)
    points = _points(table)
    table.finish()
    if not raw:
        raise table.fail("from", "expected a list of exercises to pick from")
    tasks = []
    for n, entry in enumerate(raw, 1):
        data = entry if isinstance(entry, dict) else {"exercise": entry}
        tasks.append(_task(_Table(data, f"{table.place}.from[{n}]"), level, points, allowed, bank))
        if tasks[-1] in tasks[:-1]:
            raise table.fail("from", f"{tasks[-1].exercise.name} stands there twice")
    if not 1 <= pick <= len(tasks):
        raise table.fail("pick", f"expected 1 to {len(tasks)} (the length of `from`), got {shown(pick)}")
    if pick < len(tasks) and len({task.total for task in tasks}) > 1:
        raise table.fail("from", "its exercises carry different points; give the item its own `points`")
    return Item(tuple(tasks), pick)


def _points(table: _Table) -> Fraction | None:
    wanted = f"a number above zero, from {FEWEST_POINTS} to {MOST_POINTS}"
    value = table.get("points", (int, float), None, wanted)
    if value is None:
        return None
    if not FEWEST_POINTS <= value <= MOST_POINTS:
        raise table.fail("points", f"expected {wanted}, got {shown(value)}")
    return fraction(value)


def _task(table: _Table, level: int, points: Fraction | None, allowed: Allowed, bank: Path | None) -> Task:
    name = table.get("exercise", (int, str), None, "an exercise's number or name")
    if name is None:
        raise BlueprintError(f"{table.place}: which exercise? Give `exercise = 40` or a name (see `listok list`)")
    exercise: AnyExercise = table.named("exercise", lambda: find(name, bank))
    level = _level(table, level)
    points = _points(table) or points
    refusals = {part: allowed.refusal(exercise, part) for part in exercise.parts}
    askable = [part for part, refusal in refusals.items() if refusal is None]
    chosen = table.get("parts", list, askable, "a list of part names")
    table.finish()
    for part in chosen:
        if not isinstance(part, str) or part not in exercise.parts:
            raise table.fail("parts", str(nearest(f"part of {exercise.name}", part, exercise.parts)))
        if refusals[part] is not None:
            raise table.fail("parts", f"{part} {refusals[part]}")
    if not askable and "parts" not in table.data:
        reasons = list(dict.fromkeys(refusals.values()))
        if len(reasons) == 1:
            raise table.fail("exercise", f"every part of {exercise.name} {reasons[0]}")
        raise table.fail("exercise", f"every part of {exercise.name} needs a calculator or is marked by hand, and the "
                                     "blueprint says `calculator = false` and `open = false`")  # fmt: skip
    parts = [part for part in exercise.parts if part in chosen]
    if not parts or len(chosen) != len(set(chosen)):
        raise table.fail("parts", "expected different part names, at least one")
    weights = {part: exercise.parts[part].points for part in parts}
    return Task(exercise, level, split_points(weights, points))


def split_points(weights: Mapping[str, int], total: Fraction | None) -> Mapping[str, Fraction]:
    """Divide an exercise's points over its parts by their weights, in steps as round as the total allows.

    Without a total each part carries its weight. Leftover steps go to the largest remainders (Hamilton's method).
    """
    if total is None:
        return {part: Fraction(weight) for part, weight in weights.items()}
    steps = (Fraction(1), Fraction(1, 2), Fraction(1, 4), Fraction(1, 10), Fraction(1, 20), Fraction(1, 100))
    step = next((s for s in steps if (total / s).denominator == 1 and total / s >= len(weights)), total / 10**4)
    count = int(total / step)
    whole = sum(weights.values())
    exact = {part: Fraction(count * weight, whole) for part, weight in weights.items()}
    given = {part: max(1, int(share)) for part, share in exact.items()}
    while sum(given.values()) > count:
        over = [part for part in given if given[part] > 1]  # no part is left without points
        given[max(over, key=lambda part: (given[part] - exact[part], part))] -= 1
    for part in sorted(exact, key=lambda part: given[part] - exact[part])[: count - sum(given.values())]:
        given[part] += 1
    return {part: n * step for part, n in given.items()}
