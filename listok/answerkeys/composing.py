"""What an export consists of: variants that are drawn, solved twice and printed by any workers, in one order.

The functions that workers run are stateless: they take data, give data and look at no folder of the export. So the
entries are the same whoever does the work, and however many share it.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from msgspec import Struct

from listok.answerkeys.exam_file import read_lines, read_slot, read_slots
from listok.answerkeys.formats import (
    Composer,
    Entry,
    Format,
    Heading,
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
from listok.answerkeys.forms import Exam, short_fingerprint
from listok.answerkeys.items import item_of
from listok.generators.bank import find
from listok.generators.codes import EXAM_SEEDS
from listok.generators.exact import Fraction
from listok.generators.exercise import AnyExercise, AnyVariant
from listok.generators.values import ListokError
from listok.templates.names import Telling
from listok.workers.pool import Job, Task, Workers

FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        moodle.FORMAT, moodle_formulas.FORMAT, moodle_stack.FORMAT, gift.FORMAT, qti.QTI21, qti.QTI22, qti.QTI30,
        canvas.FORMAT, amc.FORMAT, anki.FORMAT, data.CSV, data.JSON,
    )
}  # fmt: skip
"""Every export format by name."""

CHUNK = 50
"""Variants in a piece of work."""

Points: TypeAlias = Mapping[str, Fraction] | None
"""The points of the parts that are asked; None for all parts with the points that the exercise gives them."""


class ExportError(ListokError):
    """An export that cannot be made; nothing of it is left."""


class Request(Struct, frozen=True):
    """What is to be made of every variant: entries for a format, of exercises that are in the bank or in a folder, told
    with a `story` or bare."""

    to: str
    heading: Heading
    bank: Path | None = None
    story: bool = True

    def entry(self, variant: AnyVariant, points: Points, form: str = "") -> Entry:
        """A variant, of that form if it is of any, as an entry, if its two solutions agree."""
        telling = Telling(self.story, form)
        with variant.blamed():
            return _composer(self.to, self.heading).entry(item_of(variant.verify(), self.heading.lang, points, telling))


@functools.lru_cache(2)
def _composer(to: str, heading: Heading) -> Composer:
    return FORMATS[to].composer(heading)


class Source(Protocol):
    """Something to export."""

    @property
    def name(self) -> str:
        """What an error calls it."""

    def tasks(self, request: Request) -> Iterator[Task]:
        """The work that it takes, piece by piece."""

    def entries(self, results: Iterable[Any], request: Request) -> Iterator[Entry]:
        """Its entries, from the results of all pieces in order."""


def entries(sources: Iterable[Source], request: Request, workers: Workers) -> Iterator[Entry]:
    """The entries of all sources in order."""
    begun: deque[tuple[int, Source]] = deque()

    def jobs() -> Iterator[Job]:
        for place in enumerate(sources):
            for task in place[1].tasks(request):
                begun.append(place)
                yield Job.of(place[1].name, task)

    results = ((begun.popleft(), result) for result in workers.in_order(jobs()))
    for (_, source), group in itertools.groupby(results, key=operator.itemgetter(0)):
        yield from source.entries((result for _, result in group), request)


# --- new variants ----------------------------------------------------------------------------------------------------


Fingerprinted: TypeAlias = tuple[bytes, Entry | None]
"""What tells a variant from others of its exercise, and its entry, unless nobody wants it."""


@dataclass(frozen=True)
class Drawn:
    """Different variants of an exercise and level: `count` of them from a seed on, but for the first `skip`, which
    somebody else has."""

    exercise: AnyExercise
    level: int
    count: int
    seed: int = 0
    points: Points = None
    skip: int = 0

    def __post_init__(self) -> None:
        """Raises `ExportError` where the level is known to have fewer."""
        space = self.exercise.spaces.get(self.level)
        if space is not None and space < self.skip + self.count:
            raise ExportError(f"{self.exercise.name} has {space} different variants at level {self.level}, fewer than "
                              f"{self.skip + self.count}")  # fmt: skip

    @property
    def name(self) -> str:
        return f"{self.exercise.name}, level {self.level}"

    def tasks(self, request: Request) -> Iterator[Task]:
        """As many seeds as variants are wanted."""
        first, end = self.seed + self.skip, self._end
        for start in range(self.seed, end, CHUNK):
            seeds = range(start, min(start + CHUNK, end))
            yield _draw, (request, self.exercise.name, self.level, seeds, first, self.points)

    def entries(self, results: Iterable[Sequence[Fingerprinted]], request: Request) -> Iterator[Entry]:
        """Those of variants that are new; where the first seeds gave some twice, more seeds are tried here.

        Raises `ExportError` where there are not as many.
        """
        seen: set[bytes] = set()
        wanted, known = self.skip + self.count, 0  # `known` counts variants in a row that were seen before
        for fingerprint, entry in itertools.chain(itertools.chain.from_iterable(results), self._more(seen, request)):
            known += 1
            if fingerprint not in seen:
                known = 0
                seen.add(fingerprint)
                if entry is not None and len(seen) > self.skip:
                    yield entry
            if len(seen) == wanted:
                return
            if known > 20 * len(seen) + 1000:
                break
        raise ExportError(f"{self.exercise.name} has too few different variants at level {self.level} from seed "
                          f"{self.seed} on: {len(seen)} were found, {wanted} wanted")  # fmt: skip

    def _more(self, seen: Set[bytes], request: Request) -> Iterator[Fingerprinted]:
        for seed in range(self._end, len(EXAM_SEEDS)):
            variant = self.exercise.variant(seed, self.level)
            fingerprint = short_fingerprint(variant)
            yield fingerprint, None if fingerprint in seen else request.entry(variant, self.points)

    @property
    def _end(self) -> int:
        return min(self.seed + self.skip + self.count, len(EXAM_SEEDS))


def _draw(request: Request, name: str, level: int, seeds: range, first: int, points: Points) -> list[Fingerprinted]:
    """Variants of some seeds; an entry is made of each that is new, from the seed `first` on."""
    exercise, seen, drawn = find(name, request.bank), set[bytes](), list[Fingerprinted]()
    for seed in seeds:
        variant = exercise.variant(seed, level)
        fingerprint = short_fingerprint(variant)
        drawn.append((fingerprint, None if fingerprint in seen or seed < first else request.entry(variant, points)))
        seen.add(fingerprint)
    return drawn


# --- variants of a saved exam ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Saved:
    """Problems that were drawn before: slots of the exam file `name`, each with its form's code (see `read_slots`)."""

    name: str
    slots: Iterable[tuple[str, bytes]]

    def tasks(self, request: Request) -> Iterator[Task]:
        """Some problems at a time."""
        slots = iter(self.slots)
        while chunk := list(itertools.islice(slots, CHUNK)):
            yield _read, (request, self.name, chunk)

    def entries(self, results: Iterable[Sequence[Entry]], _request: Request) -> Iterator[Entry]:
        """All of them."""
        return itertools.chain.from_iterable(results)


def _read(request: Request, exam: str, slots: Sequence[tuple[str, bytes]]) -> list[Entry]:
    read = ((form, read_slot(slot, form, exam, request.bank)) for form, slot in slots)
    return [request.entry(slot.variant, slot.points, form) for form, slot in read]


def of_exam(path: Path) -> tuple[Exam, int, Saved]:
    """An exam without its forms, how many problems it has, and these, exercise by exercise.

    The file is read once for each exercise, so that it is never held whole. Raises `ExamError`.
    """
    exam, _ = read_lines(path)
    counts = Counter(name for _, name, _ in read_slots(path))
    slots = ((form, slot) for name in counts for form, each, slot in read_slots(path) if each == name)
    return exam, counts.total(), Saved(str(path), slots)
