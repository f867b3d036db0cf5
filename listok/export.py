"""Exporting: variants of exercises, of a blueprint or of a saved exam, into files that other systems import."""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from listok.answerkeys.formats import (
    Format,
    Heading,
    Omission,
    Writer,
    amc,
    anki,
    canvas,
    data,
    gift,
    moodle,
    moodle_formulas,
    moodle_stack,
    qti,
)
from listok.answerkeys.items import Item, item_of
from listok.blueprint import Blueprint
from listok.exam import Exam
from listok.generators.codes import SEEDS
from listok.generators.exercise import AnyExercise, AnyVariant
from listok.generators.values import ListokError
from listok.templates.text import Lang
from listok.work import refused

FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        moodle.FORMAT, moodle_formulas.FORMAT, moodle_stack.FORMAT, gift.FORMAT, qti.QTI21, qti.QTI22, qti.QTI30,
        canvas.FORMAT, amc.FORMAT, anki.FORMAT, data.CSV, data.JSON,
    )
}  # fmt: skip
"""Every export format by name."""


class ExportError(ListokError):
    """An export that cannot be made; nothing of it is left."""


@dataclass(frozen=True)
class Drawn:
    """A variant to be exported, and the points of its parts (None: as the exercise has them)."""

    variant: AnyVariant
    points: Mapping[str, Fraction] | None = None


# --- what is exported ------------------------------------------------------------------------------------------------


def of_exercise(
    exercise: AnyExercise, level: int, count: int, seed: int = 0, points: Mapping[str, Fraction] | None = None
) -> Iterator[Drawn]:
    """Different variants of an exercise, from a seed on, each solved twice.

    Raises `ExportError` where the level has fewer.
    """
    space = exercise.spaces.get(level)
    if space is not None and space < count:
        raise ExportError(f"{exercise.name} has {space} different variants at level {level}, fewer than {count}")
    seen: set[str] = set()
    known = 0  # variants in a row that were seen before
    for number in range(seed, SEEDS):
        if len(seen) == count:
            return
        variant = exercise.variant(number, level)
        if variant.fingerprint not in seen:
            known = 0
            seen.add(variant.fingerprint)
            yield Drawn(variant.verify(), points)
            continue
        known += 1
        if known > 20 * len(seen) + 1000:
            break
    if len(seen) < count:
        raise ExportError(f"{exercise.name} has too few different variants at level {level} from seed {seed} on: "
                          f"{len(seen)} were found, {count} wanted")  # fmt: skip


def of_blueprint(blueprint: Blueprint, count: int, seed: int = 0) -> Iterator[Drawn]:
    """Variants of every task of a blueprint, with its parts and points; a task that comes again gets other variants."""
    taken: Counter[tuple[str, int]] = Counter()
    for item in blueprint.items:
        for task in item.tasks:
            place = task.exercise.name, task.level
            more = of_exercise(task.exercise, task.level, (taken[place] + 1) * count, seed, task.points)
            yield from itertools.islice(more, taken[place] * count, None)
            taken[place] += 1


def of_exam(exam: Exam) -> Iterator[Drawn]:
    """Every problem of every form of a saved exam, exercise by exercise."""
    names = dict.fromkeys(slot.variant.exercise.name for form in exam.forms for slot in form.slots)
    for name in names:
        for form in exam.forms:
            for slot in form.slots:
                if slot.variant.exercise.name == name:
                    yield Drawn(slot.variant.verify(), slot.points)


# --- writing ---------------------------------------------------------------------------------------------------------


@dataclass
class Report:
    """What an export wrote and what it left out."""

    files: list[Path] = field(default_factory=list)
    questions: int = 0
    omissions: Counter[Omission] = field(default_factory=Counter)

    def lines(self) -> Iterator[str]:
        """What was left out: a line for each part and reason."""
        counted: Counter[tuple[str, str, str]] = Counter()
        example: dict[tuple[str, str, str], str] = {}
        for omission in self.omissions:
            key = (omission.exercise, omission.part, omission.reason)
            counted[key] += 1
            example.setdefault(key, omission.code)
        for (exercise, part, reason), count in counted.items():
            where = f"{exercise}, part {part}" if part else exercise
            variants = f"{count} variants, such as" if count > 1 else "variant"
            yield f"{where}: {reason} ({variants} {example[exercise, part, reason]})"


def export(
    drawn: Iterable[Drawn], to: Format, out: Path, name: str, title: str, lang: Lang, *,
    max_questions: int | None = None, max_bytes: int | None = None, choices: Mapping[str, str] | None = None,
    force: bool = False, tick: Callable[[], object] = lambda: None,
) -> Report:  # fmt: skip
    """Write items into files `NAME.suffix` (or `NAME-1.suffix`, `NAME-2.suffix`, ... where they are split) in `out`.

    They appear together when all of them are whole; until then, what an earlier export wrote stays. Raises
    `ExportError` where files are in the way (without `force`), and `OutputError` where they cannot be written.
    """
    report = Report()
    heading = Heading(title, lang, lambda omission: report.omissions.update((omission,)), dict(choices or {}))
    split = max_questions is not None or max_bytes is not None
    place = functools.partial(_place, out, name, to.suffix, split)
    old: Sequence[Path] | None = None
    new = False
    try:
        old = _existing(out, name, to.suffix, force)
        new = not out.exists()
        out.mkdir(parents=True, exist_ok=True)
        volume: _Volume | None = None
        for each in drawn:
            item = item_of(each.variant, lang, each.points)
            if volume is not None and volume.full(max_questions, max_bytes):
                volume.close()
                volume = None
            if volume is None:
                report.files.append(place(len(report.files) + 1))
                volume = _Volume(_part(report.files[-1]), to, heading)
            report.questions += volume.add(item)
            tick()
        if volume is not None:
            volume.close()
        for path in old:
            path.unlink()
        for path in report.files:
            _part(path).replace(path)
    except OSError as error:
        raise refused(error, out, "nothing was exported", "export again") from None
    finally:
        if old is not None:
            _tidy(out, name, to.suffix, new)
    return report


class _Volume:
    """One file of an export while it is written."""

    def __init__(self, path: Path, to: Format, heading: Heading) -> None:
        self._writer: Writer = to.open(path, heading)
        self._questions = 0

    def add(self, item: Item) -> int:
        written = self._writer.add(item)
        self._questions += written
        return written

    def full(self, max_questions: int | None, max_bytes: int | None) -> bool:
        return (max_questions is not None and self._questions >= max_questions) or (
            max_bytes is not None and self._writer.size >= max_bytes
        )

    def close(self) -> None:
        self._writer.close()


def _place(out: Path, name: str, suffix: str, split: bool, number: int) -> Path:
    return out / (f"{name}-{number}{suffix}" if split else f"{name}{suffix}")


def _part(path: Path) -> Path:
    """Where a file stands until it is whole."""
    return path.with_name(path.name + ".part")


def _tidy(out: Path, name: str, suffix: str, new: bool) -> None:
    """Take away what is not whole, and a new folder with nothing in it."""
    with contextlib.suppress(OSError):
        for part in out.glob(f"{name}*{suffix}.part"):
            part.unlink(missing_ok=True)
        if new and not any(out.iterdir()):
            out.rmdir()


def _existing(out: Path, name: str, suffix: str, force: bool) -> Sequence[Path]:
    """Files of an earlier export; raises `ExportError` where they may not be replaced."""
    numbered = [path for path in out.glob(f"{name}-*{suffix}") if path.name[len(name) + 1 : -len(suffix)].isdecimal()]
    found = [path for path in (out / f"{name}{suffix}", *sorted(numbered)) if path.exists()]
    for path in found:
        if path.is_dir():
            raise ExportError(f"{path} is a folder: give another --out")
        if not force:
            raise ExportError(f"{path} is there already: give another --out, or --force to replace it")
    return found
