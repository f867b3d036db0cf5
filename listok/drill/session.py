"""A drill: which problem comes next, what is said of an answer, and the steps of a solution.

Nothing here reads a clock, a file or a key press: the terminal and the page bring the moment, the log, and what was
typed, and get documents for their printers. So both say the same, and marks are those of `listok grade`.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from listok.answerkeys.items import Item, Part, item_of
from listok.answerkeys.marking.feedback import points_of
from listok.answerkeys.marking.grading import Outcome, Response, mark_problem
from listok.drill.cards import Card, Memory, due, memories
from listok.drill.events import Event, Helped, Left, Passed, Shown, Tried, Unknown, in_order, new_id
from listok.drill.steps import steps_of, tells_answer
from listok.drill.words import VERDICTS, WORDS, how_to_type
from listok.generators.answers import (
    ENGLISH_LETTERS,
    NO_OPTION,
    RUSSIAN_LETTERS,
    Choice,
    Choices,
    Matching,
    Matrix,
    Open,
    Predicate,
    Vector,
)
from listok.generators.bank import find, sources, variant_of
from listok.generators.codes import DRILL_SEEDS, BadCode, VariantCode, read_code
from listok.generators.exact import Fraction
from listok.generators.exercise import LEVELS, AnyExercise, AnyVariant
from listok.generators.messages import Message, message
from listok.generators.responses import MAX_LENGTH, ResponseError, read_number
from listok.generators.values import ListokError, leaves
from listok.templates import doctree as doc
from listok.templates.notation import value_node
from listok.templates.sheet import answer, opening, question
from listok.templates.text import Lang

TRIES = 200
"""Seeds tried for a problem before its variants are held to be used up."""


class DrillError(ListokError):
    """A drill that cannot go on as it was asked to."""


@dataclass(frozen=True)
class Task:
    """What may be asked: an exercise at a level, all its parts or some."""

    number: int
    level: int
    parts: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Scope:
    """All that may be asked. Where it is `rising`, a level is begun when all of the one below was right at
    once the last time."""

    tasks: tuple[Task, ...]
    rising: bool = False

    @classmethod
    def of(cls, numbers: Iterable[int], level: int | None = None) -> Scope:
        """Exercises at a level, or at all levels, rising."""
        levels = LEVELS if level is None else (level,)
        return cls(tuple(Task(number, each) for each in levels for number in numbers), level is None)


@dataclass
class Pool:
    """The seeds that variants are drawn from: all of the drill's, or by exercise and level those that were verified.

    `check` is called with a variant before it is shown; it raises where it must not be.
    """

    verified: Mapping[tuple[int, int], Sequence[int]] | None = None
    check: Callable[[AnyVariant], object] = lambda variant: variant.verify()

    def seeds(self, number: int, level: int) -> Sequence[int]:
        """The seeds of an exercise at a level."""
        return DRILL_SEEDS if self.verified is None else self.verified.get((number, level), ())


@dataclass(frozen=True)
class Mark:
    """What came of an answer. Where it was not `read`, it counts as none; `said` is for the student."""

    outcome: Outcome
    share: Fraction
    mistake: str | None
    said: tuple[doc.Block, ...]

    @property
    def read(self) -> bool:
        return self.outcome not in ("missing", "unreadable")

    @property
    def right(self) -> bool:
        return self.share == 1


@dataclass(frozen=True)
class Step:
    """A step of a solution, and whether others follow."""

    content: tuple[doc.Block, ...]
    more: bool


class Problem:
    """A variant at work: what it asks, and what was typed so far."""

    def __init__(
        self, variant: AnyVariant, lang: Lang, parts: Collection[str] | None, sink: Callable[[Event], object],
        events: Iterable[Event | Unknown] = (),
    ) -> None:  # fmt: skip
        """A problem that asks for some parts or all. `events` are those of the log: what was typed before goes on."""
        keys = {name: key for name, key in variant.exercise.parts.items() if parts is None or name in parts}
        self.points = {name: Fraction(key.points) for name, key in keys.items()}
        self.variant = variant
        self.lang: Lang = lang
        self.item: Item = item_of(variant, lang, self.points)
        self._parts = {part.name: part for part in self.item.parts}
        self.tried: dict[str, Tried] = {}
        self._steps_shown: dict[str, int] = {}
        self._sink = sink
        for event in in_order(event for event in events if getattr(event, "code", "") == self.code):
            if isinstance(event, Tried) and event.part in self._parts:
                self.tried[event.part] = event
            elif isinstance(event, Helped) and event.part in self._parts:
                self._steps_shown[event.part] = max(event.steps, self._steps_shown.get(event.part, 0))

    @property
    def code(self) -> str:
        return self.variant.code

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that are asked, in order; open ones are not marked."""
        return self.item.parts

    def part(self, name: str) -> Part:
        """A part by its name; raises `DrillError`."""
        if name not in self._parts:
            raise DrillError(f"problem {self.code} does not ask for {name!r}")
        return self._parts[name]

    def opening(self) -> tuple[doc.Block, ...]:
        """Heading, story and stem."""
        return opening(self.item.filled, self.points)

    def question(self, name: str) -> tuple[doc.Block, ...]:
        """What a part asks, with its options."""
        asked, options = question(self.item.filled, self.part(name).name)
        return (*asked, *options)

    def how(self, name: str, *, cells: bool = False) -> str:
        """How to type the answer to a part, as text or cell by cell."""
        part = self.part(name)
        return how_to_type(part.key, part.asked, self.lang, cells=cells)

    def show(self, now: datetime.datetime) -> None:
        """Note that the problem was put on the screen."""
        print_ = self.variant.fingerprint[:32]
        self._sink(Shown(id=new_id(), at=now, code=self.code, fingerprint=print_, lang=self.lang))

    def answer(self, name: str, typed: str, now: datetime.datetime) -> Mark:
        """Mark an answer to a part, in the light of those given to earlier parts, and note it."""
        part = self.part(name)
        if isinstance(part.key, Open):
            raise DrillError(f"{name}: this part is not marked")
        responses = {part: Response(tried.typed) for part, tried in self.tried.items()}
        marks = mark_problem(self.variant, self.points, {**responses, name: Response(typed)}, (self.lang,))
        mark = next(mark for mark in marks if mark.part == name)
        said = self._said(part, mark.outcome, mark.score, mark.mistake, mark.reason)
        found = Mark(mark.outcome, mark.score, mark.mistake, said)
        if found.read:
            # Options are kept by their names: the letters before them are of one language.
            kept = part.key.show(mark.value) if part.asked.options else _clean(typed)
            self.tried[name] = Tried(
                id=new_id(), at=now, code=self.code, part=name, typed=kept, outcome=mark.outcome,
                share=str(mark.score), mistake=mark.mistake, expected=self._expected(name),
            )  # fmt: skip
            self._sink(self.tried[name])
        return found

    def _expected(self, name: str) -> int:
        """Seconds that a good student takes for a part: its share, by points, of the variant's effort."""
        keys = self.variant.exercise.parts
        return round(self.variant.effort * keys[name].points / sum(key.points for key in keys.values()))

    def said(self, tried: Tried) -> tuple[doc.Block, ...]:
        """What was said of an answer that the log holds."""
        known = tried.mistake if tried.mistake in self.variant.exercise.mistakes else None
        # A newer listok may know other outcomes: the share says as much.
        outcome = next((each for each in VERDICTS if each == tried.outcome), "right" if tried.right else "wrong")
        reason = message("all_zeros") if outcome == "to-be-marked" else None
        return self._said(self.part(tried.part), outcome, Fraction(tried.share), known, reason)

    def _said(
        self, part: Part, outcome: Outcome, share: Fraction, mistake: str | None, reason: Message | None
    ) -> tuple[doc.Block, ...]:
        verdict: list[doc.Inline] = [doc.Strong((doc.Text(VERDICTS[outcome][self.lang]),))]
        if outcome == "partial":
            verdict.append(doc.Text(f" {points_of(share * part.points, part.points, self.lang)}."))
        if reason:
            verdict.append(doc.Text(f" {reason.sentence(self.lang)}."))
        blocks: tuple[doc.Block, ...] = (doc.Paragraph(tuple(verdict)),)
        if mistake is not None and share < 1:
            blocks += part.filled.blocks(part.filled.text.mistake(mistake, part.name))
        return blocks

    def typed(self, name: str) -> str:
        """The last answer to a part as it would be typed in the problem's language; nothing where there is none."""
        part = self.part(name)
        tried = self.tried.get(name)
        if tried is None or not isinstance(part.key, (Choice, Choices, Matching)):
            return tried.typed if tried else ""
        try:
            value = part.key.read(tried.typed, part.asked)
        except ResponseError:  # nothing that this listok has written
            return ""
        names = (value,) if isinstance(value, str) else tuple(value)
        alphabet = RUSSIAN_LETTERS if self.lang == "ru" else ENGLISH_LETTERS
        return part.key.letters(names, part.asked, alphabet) or NO_OPTION

    def preview(self, name: str, typed: str) -> doc.Inline:
        """What is read in an answer, as a formula; raises `ResponseError`. It tells nothing of what is right."""
        part = self.part(name)
        try:
            value = part.key.read(typed, part.asked)
        except ResponseError as error:
            if error.message.id == "unclear_mark":  # it is raised where the other reading is right
                return doc.InlineMath(value_node(read_number(typed), ("dec",), self.lang))
            raise
        if isinstance(part.key, (Choice, Choices, Matching)) or any(number != number for number in leaves(value)):
            return doc.Text(" ".join(typed.split()))  # a letter says what it is; a table is not yet whole
        spec = ("alike",) if isinstance(value, tuple) else ()
        return doc.InlineMath(value_node(value, spec, self.lang), tall=True)

    def hint(self, name: str, now: datetime.datetime) -> Step:
        """The next step of a part's solution, or the last one again."""
        steps = self._steps_of(self.part(name))
        shown = min(self._steps_shown.get(name, 0) + 1, len(steps))
        self._helped(name, shown, len(steps), now)
        return Step(steps[shown - 1], shown < len(steps))

    def solution(self, name: str, now: datetime.datetime) -> tuple[doc.Block, ...]:
        """All of a part's solution, with the answer."""
        part = self.part(name)
        count = len(self._steps_of(part))
        self._helped(name, count, count, now)
        return self.whole(name)

    def whole(self, name: str) -> tuple[doc.Block, ...]:
        """What `solution` gives, with nothing noted."""
        part = self.part(name)
        return (*part.solution, *self._answer(part))

    def helped(self, name: str) -> Sequence[Step]:
        """The steps of a part's solution that were shown so far."""
        part, shown = self.part(name), self._steps_shown.get(name, 0)
        steps = self._steps_of(part) if shown else []
        return [Step(step, place < len(steps)) for place, step in enumerate(steps[:shown], 1)]

    def _helped(self, name: str, shown: int, of: int, now: datetime.datetime) -> None:
        self._steps_shown[name] = shown
        if isinstance(self.part(name).key, Open):  # it is done with, and there is no card that it would tell of
            self.skip(name, now)
        else:
            self._sink(Helped(id=new_id(), at=now, code=self.code, part=name, steps=shown, whole=shown == of))

    def _steps_of(self, part: Part) -> list[tuple[doc.Block, ...]]:
        """The steps of a solution, the answer in the last of them; of an open part, the solution and the rubric."""
        if isinstance(part.key, Open):
            return [each for each in (part.solution, self._answer(part)) if each]
        *steps, last = steps_of(part.solution, self.lang) or [()]
        return [*steps, (*last, *self._answer(part))]

    def _answer(self, part: Part) -> tuple[doc.Block, ...]:
        """The answer, unless the solution tells it at its end, or the rubric of an open part."""
        if isinstance(part.key, Open):
            title = doc.Paragraph((doc.Strong((doc.Text(WORDS["rubric"][self.lang] + ":"),)),))
            return (title, *part.rubric) if part.rubric or not part.solution else ()
        if tells_answer(part.solution[-2:], self.lang):
            return ()
        title_of = "example" if isinstance(part.key, Predicate) else "answer"
        words = doc.Strong((doc.Text(WORDS[title_of][self.lang]),))
        value = answer(part.filled, part.name)
        return (doc.Paragraph((words, *(value[1:] if isinstance(part.key, Predicate) else value)), ragged=True),)

    def skip(self, name: str, now: datetime.datetime) -> None:
        """Note that a part is passed over."""
        self._sink(Passed(id=new_id(), at=now, code=self.code, part=self.part(name).name))

    def leave(self, now: datetime.datetime) -> None:
        """Note that the problem is done with."""
        self._sink(Left(id=new_id(), at=now, code=self.code))

    def shape(self, name: str) -> tuple[int, int] | None:
        """Rows and columns of the cells in which an answer is typed; None where it is typed as text."""
        part = self.part(name)
        match part.key:
            case Vector():
                return 1, len(part.asked.right)
            case Matrix():
                return len(part.asked.right), len(part.asked.right[0])
            case _:
                return None


@dataclass(frozen=True)
class Chosen:
    """What comes next: an exercise and level, and the day when it would be due where it comes before that day."""

    task: Task
    ahead: datetime.date | None = None


@dataclass
class Drill:
    """A student's drill. Events go to `sink` as they happen, and must be stored when it returns."""

    student: str
    events: list[Event | Unknown]
    scope: Scope
    lang: Lang = "ru"
    bank: Path | None = None
    pool: Pool = field(default_factory=Pool)
    store: Callable[[Event], object] = lambda event: None
    _done: set[tuple[int, int]] = field(default_factory=set)

    def note(self, event: Event) -> None:
        """Store an event, and go by it from now on."""
        self.store(event)
        self.events.append(event)

    def learn(self, events: Iterable[Event | Unknown]) -> int:
        """Take in events that came another way, from another terminal or by import; returns how many were new."""
        known = {event.id for event in self.events}
        new = [event for event in events if event.id not in known]
        self.events += new
        return len(new)

    @property
    def memories(self) -> dict[Card, Memory]:
        """What is known of every card that has been met."""
        return memories(self.events)

    def due(self, today: datetime.date) -> list[Card]:
        """The cards that are due, within the scope."""
        return [card for card in due(self.memories, today) if self._task(card.number, card.level, card.part)]

    def _task(self, number: int, level: int, part: str | None = None) -> Task | None:
        for task in self.scope.tasks:
            if (task.number, task.level) != (number, level) or number not in sources(self.bank):
                continue
            if part is None or (part in find(number, self.bank).parts and (task.parts is None or part in task.parts)):
                return task
        return None

    def next(self, now: datetime.datetime) -> tuple[Problem, Chosen] | None:
        """The next problem, noted as shown: what is due, else what is new, else what will be due soonest. None where
        all variants of everything have been met."""
        found = self.ahead(now)
        if found is not None:
            problem, chosen = found
            self._done.add((chosen.task.number, chosen.task.level))
            problem.show(now)
        return found

    def ahead(self, now: datetime.datetime) -> tuple[Problem, Chosen] | None:
        """The problem that comes next, not yet shown."""
        for chosen in self._choices(now.date()):
            variant = self._fresh(chosen.task)
            if variant is not None:
                return Problem(variant, self.lang, chosen.task.parts, self.note), chosen
        return None

    def open(self, code: str, now: datetime.datetime) -> Problem:
        """A problem of the pool by its code, noted as shown; raises `DrillError` for any other."""
        found = read_code(code)
        if not isinstance(found, VariantCode) or found.seed not in self.pool.seeds(found.number, found.level):
            raise DrillError(f"{code} is no problem of this drill")
        task = self._task(found.number, found.level) or Task(found.number, found.level)
        variant = variant_of(found, self.bank)
        self.pool.check(variant)
        self._done.add((found.number, found.level))
        problem = Problem(variant, self.lang, task.parts, self.note, self.events)
        problem.show(now)
        return problem

    def unfinished(self) -> str | None:
        """The code of the problem that was shown last, if it was neither left nor finished and can be taken up again by
        `resume`."""
        shown = [event for event in in_order(self.events) if isinstance(event, Shown)]
        code = problem_code(shown[-1].code) if shown else None
        task = self._task(code.number, code.level) if code else None
        exercise = known_exercise(code.number, self.bank) if code else None
        if code is None or task is None or exercise is None or exercise.version != code.version:
            return None
        left = any(isinstance(event, Left) and event.code == shown[-1].code for event in self.events)
        return None if left else shown[-1].code

    def was_shown(self, code: str) -> bool:
        """Whether the log holds that a problem was shown."""
        return any(isinstance(event, Shown) and event.code == code for event in self.events)

    def resume(self, code: str) -> Problem:
        """A problem that was shown before, with what was typed so far."""
        found = read_code(code)
        if not isinstance(found, VariantCode):
            raise DrillError(f"{code} is no problem of this drill")
        variant = variant_of(found, self.bank)
        task = self._task(found.number, found.level)
        self._done.add((found.number, found.level))
        return Problem(variant, self.lang, task.parts if task else None, self.note, self.events)

    def _choices(self, today: datetime.date) -> list[Chosen]:
        """Everything in the scope that is open to the student, in the order in which it comes."""
        known = self.memories
        last = {place: turn for turn, place in enumerate(self._shown())}
        places = {(task.number, task.level): task for task in self.scope.tasks}
        first_due: dict[tuple[int, int], datetime.date] = {}
        for card, memory in known.items():
            place = card.number, card.level
            if place in places and self._task(*place, card.part):
                first_due[place] = min(memory.due, first_due.get(place, memory.due))
        met = {place for place in places if place in first_due}
        dues = sorted((day, place) for place, day in first_due.items() if day <= today and place not in self._done)
        unlocked = {place for place in places if place in met or self._open(place, known, last)}
        new = [place for place in places if place in unlocked - met - self._done]
        new.sort(key=lambda place: (place[1], place[0]))
        coming = {*new, *(place for _, place in dues)}
        rest = [place for place in places if place in unlocked - coming]
        rest.sort(key=lambda place: (first_due.get(place, today), last.get(place, -1), place))
        return [
            *(Chosen(places[place]) for _, place in dues),
            *(Chosen(places[place]) for place in new),
            *(Chosen(places[place], first_due.get(place)) for place in rest),
        ]

    def _shown(self) -> list[tuple[int, int]]:
        """Exercise and level of all problems that were shown, in order."""
        codes = (problem_code(event.code) for event in self.events if isinstance(event, Shown))
        return [(code.number, code.level) for code in codes if code]

    def _open(self, place: tuple[int, int], known: Mapping[Card, Memory], seen: Collection[tuple[int, int]]) -> bool:
        """Whether a level may be begun: the one below was right at once the last time, or levels do not rise here."""
        number, level = place
        below = self._task(number, level - 1) if self.scope.rising and level > 1 else None
        if below is None:
            return number in sources(self.bank)  # which loads no exercise
        if (number, level - 1) not in seen:
            return False  # nor does this, and at first dozens of levels wait
        exercise = known_exercise(number, self.bank)
        if exercise is None:
            return False
        asked = [name for name, key in exercise.parts.items()
                 if not isinstance(key, Open) and (below.parts is None or name in below.parts)]  # fmt: skip
        cards = [known.get(Card(number, level - 1, name)) for name in asked]
        return all(memory is not None and memory.known for memory in cards)

    def _fresh(self, task: Task) -> AnyVariant | None:
        """A variant that the student has not met; None where none is left."""
        exercise = known_exercise(task.number, self.bank)
        seeds = self.pool.seeds(task.number, task.level)
        if exercise is None or not seeds:
            return None
        shown = [event for event in self.events if isinstance(event, Shown)]
        codes, fingerprints = {event.code for event in shown}, {event.fingerprint for event in shown}
        start = _number(self.student, task.number, task.level) % len(seeds)
        tried = 0
        for place in range(len(seeds)):
            seed = seeds[(start + place) % len(seeds)]
            if str(exercise.code(seed, task.level)) in codes:
                continue
            variant = exercise.variant(seed, task.level)
            if variant.fingerprint[:32] not in fingerprints:
                self.pool.check(variant)
                return variant
            tried += 1
            if tried == TRIES:
                break
        return None


def _number(*parts: str | int) -> int:
    """A number that hangs on all parts, the same everywhere: where in the pool a student begins."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big")


def known_exercise(number: int, bank: Path | None) -> AnyExercise | None:
    """An exercise of the bank; None where this listok has none of that number."""
    return find(number, bank) if number in sources(bank) else None


@functools.lru_cache(maxsize=100_000)
def problem_code(text: str) -> VariantCode | None:
    """The variant's code that an event holds; None where it holds none."""
    try:
        code = read_code(text)
    except BadCode:
        return None
    return code if isinstance(code, VariantCode) else None


def _clean(typed: str) -> str:
    """What was typed as text that can be stored: all that could be read, and no halves of characters."""
    return typed[:MAX_LENGTH].encode(errors="replace").decode()


def cells_text(rows: Sequence[Sequence[str]]) -> str:
    """An answer that was typed cell by cell, as it would be typed in one line; nothing where all cells are empty."""
    cells = [[" ".join(cell.split()) or "-" for cell in row] for row in rows]
    if all(cell == "-" for row in cells for cell in row):
        return ""
    return "\n".join("; ".join(row) for row in cells)


__all__ = ["Chosen", "Drill", "DrillError", "Mark", "Pool", "Problem", "Scope", "Step", "Task", "cells_text"]
