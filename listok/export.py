"""Exporting: variants of exercises, of a blueprint or of a saved exam, into files that other systems import."""

from __future__ import annotations

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

FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        moodle.FORMAT, moodle_formulas.FORMAT, moodle_stack.FORMAT, gift.FORMAT, qti.QTI21, qti.QTI22, qti.QTI30,
        canvas.FORMAT, amc.FORMAT, anki.FORMAT, data.CSV, data.JSON,
    )
}  # fmt: skip
"""Every export format by name."""


class ExportError(ListokError):
    """An export that cannot be made; nothing half-written is left under its final name."""


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
    for number in range(seed, SEEDS):
        if len(seen) == count:
            return
        variant = exercise.variant(number, level)
        if variant.fingerprint not in seen:
            seen.add(variant.fingerprint)
            yield Drawn(variant.verify(), points)
        elif number - seed > 20 * count + 1000:
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

    A file appears under its name only when it is whole. Raises `ExportError` where files are in the way (without
    `force`) or cannot be written.
    """
    report = Report()
    heading = Heading(title, lang, lambda omission: report.omissions.update((omission,)), dict(choices or {}))
    split = max_questions is not None or max_bytes is not None
    place = functools.partial(_place, out, name, to.suffix, split)
    if not force:
        _refuse_existing(out, name, to.suffix)
    try:
        out.mkdir(parents=True, exist_ok=True)
        if force:
            for old in _existing(out, name, to.suffix):
                old.unlink()
        volume: _Volume | None = None
        for each in drawn:
            item = item_of(each.variant, lang, each.points)
            if volume is not None and volume.full(max_questions, max_bytes):
                report.files.append(volume.finish())
                volume = None
            if volume is None:
                volume = _Volume(place(len(report.files) + 1), to, heading)
            report.questions += volume.add(item)
            tick()
        if volume is not None:
            report.files.append(volume.finish())
    except OSError as error:
        raise ExportError(f"{error.filename or out}: {error.strerror}; files written whole stand, the rest is missing: "
                          f"make room and export again with --force") from None  # fmt: skip
    finally:
        for part in out.glob(f"{name}*{to.suffix}.part"):
            part.unlink(missing_ok=True)
    return report


class _Volume:
    """One file of an export while it is written."""

    def __init__(self, path: Path, to: Format, heading: Heading) -> None:
        self._path, self._part = path, path.with_name(path.name + ".part")
        self._writer: Writer = to.open(self._part, heading)
        self._questions = 0

    def add(self, item: Item) -> int:
        written = self._writer.add(item)
        self._questions += written
        return written

    def full(self, max_questions: int | None, max_bytes: int | None) -> bool:
        return (max_questions is not None and self._questions >= max_questions) or (
            max_bytes is not None and self._writer.size >= max_bytes
        )

    def finish(self) -> Path:
        self._writer.close()
        self._part.replace(self._path)
        return self._path


def _place(out: Path, name: str, suffix: str, split: bool, number: int) -> Path:
    return out / (f"{name}-{number}{suffix}" if split else f"{name}{suffix}")


def _existing(out: Path, name: str, suffix: str) -> Sequence[Path]:
    numbered = [path for path in out.glob(f"{name}-*{suffix}") if path.name[len(name) + 1 : -len(suffix)].isdecimal()]
    return [path for path in (out / f"{name}{suffix}", *sorted(numbered)) if path.exists()]


def _refuse_existing(out: Path, name: str, suffix: str) -> None:
    for path in _existing(out, name, suffix):
        raise ExportError(f"{path} is there already: give another --out, or --force to replace it")
