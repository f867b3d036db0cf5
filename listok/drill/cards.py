"""What the log says of a student: a card an exercise, level and part; how well it went, and when it is due again.

Nobody is asked how well it went. A part of a variant is rated by its first answers alone: `AGAIN` where it was never
right or its solution was looked up, `HARD` where it came right after a wrong answer or a hint, `GOOD` where it was
right at once, `EASY` where that took at most half of the seconds that the variant's effort says. A card has one rating
a day, that of the first variant, so that a long evening does not push it far into the future.

When a card is due is said by FSRS (https://github.com/open-spaced-repetition), with its published weights, steps of
whole days and no randomness. Everything follows from the events alone, whatever the order they were stored in.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from fsrs import Card as MemoryCard
from fsrs import Rating, Scheduler

from listok.drill.events import Event, Helped, Shown, Tried, Unknown, in_order
from listok.generators.codes import BadCode, VariantCode, read_code

AGAIN, HARD, GOOD, EASY = Rating.Again, Rating.Hard, Rating.Good, Rating.Easy

QUICK = 2
"""A right answer is a quick one where it took this many times less than the effort says."""

MASTERED = 3
"""Days of practice, one after another, on which a card must be right at once to be mastered."""

_SCHEDULER = Scheduler(enable_fuzzing=False, learning_steps=(), relearning_steps=())


class Card(NamedTuple):
    """What is practised: a part of an exercise at a level."""

    number: int
    level: int
    part: str


@dataclass(frozen=True)
class Review:
    """A part of one variant, as it was answered: the code, when the first answer or help came, and the rating."""

    code: str
    at: datetime.datetime
    rating: Rating


@dataclass(frozen=True)
class Memory:
    """What is known of a card: its rated reviews, one a day, the last one of all, and the day when it is due."""

    reviews: tuple[Review, ...]
    last: Review
    due: datetime.date

    @property
    def known(self) -> bool:
        """Whether it was right at once the last time."""
        return self.last.rating >= GOOD

    @property
    def streak(self) -> int:
        """Days of practice, up to the last one, on which it was right at once."""
        count = 0
        for review in reversed(self.reviews):
            if review.rating < GOOD:
                break
            count += 1
        return count

    @property
    def mastered(self) -> bool:
        """Whether it was right at once on `MASTERED` days of practice, one after another."""
        return self.streak >= MASTERED


@dataclass
class _Part:
    """A part of a variant, while its events are gone through."""

    began: datetime.datetime
    first: datetime.datetime | None = None
    quick: bool = False
    tries: int = 0
    helped: bool = False
    given_up: bool = False
    right: bool = False

    @property
    def rating(self) -> Rating | None:
        """The rating so far; None where nothing was answered yet."""
        if self.first is None:
            return None
        if not self.right:
            return AGAIN
        if self.helped or self.tries > 1:
            return HARD
        return EASY if self.quick else GOOD


@dataclass
class _Problem:
    """A variant, while its events are gone through."""

    code: VariantCode
    last: datetime.datetime
    parts: dict[str, _Part] = field(default_factory=dict)


def reviews_of(events: Iterable[Event | Unknown]) -> dict[Card, list[Review]]:
    """All reviews of every card, by time; several a day where a card was met several times."""
    problems: dict[str, _Problem] = {}
    for event in in_order(events):
        problem = problems.get(event.code)
        if problem is None:
            code = _variant_code(event.code)
            if code is None:
                continue
            problem = problems[event.code] = _Problem(code, event.at)
        _take(problem, event)
    found: dict[Card, list[Review]] = defaultdict(list)
    for text, problem in problems.items():
        for name, part in problem.parts.items():
            if part.first is not None and part.rating is not None:
                card = Card(problem.code.number, problem.code.level, name)
                found[card].append(Review(text, part.first, part.rating))
    return {card: sorted(reviews, key=lambda review: (review.at, review.code)) for card, reviews in found.items()}


def _variant_code(text: str) -> VariantCode | None:
    """The code of an event; None where it is none, so that one bad event spoils no other."""
    try:
        code = read_code(text)
    except BadCode:
        return None
    return code if isinstance(code, VariantCode) else None


def _take(problem: _Problem, event: Event) -> None:
    if isinstance(event, (Tried, Helped)):
        part = problem.parts.setdefault(event.part, _Part(problem.last))
        over = part.right or part.given_up  # what comes after says nothing of what the student could do alone
        if isinstance(event, Tried) and not over:
            part.tries += 1
            part.right = event.right
            seconds = (event.at - part.began).total_seconds()
            part.quick = part.tries == 1 and QUICK * seconds <= event.expected
        elif isinstance(event, Helped) and not over:
            part.helped = True
            part.given_up = event.whole
        part.first = part.first or event.at
    if not isinstance(event, Shown) or not problem.parts:
        problem.last = event.at


def memories(events: Iterable[Event | Unknown]) -> dict[Card, Memory]:
    """What is known of every card that has been met, by card."""
    return {card: _remembered(reviews) for card, reviews in sorted(reviews_of(events).items())}


def _remembered(reviews: Sequence[Review]) -> Memory:
    """What reviews of a card, by time, say of it."""
    daily: dict[datetime.date, Review] = {}
    for review in reviews:
        daily.setdefault(review.at.date(), review)
    memory = MemoryCard(card_id=0, due=datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC))
    for day, review in sorted(daily.items()):
        memory, _ = _SCHEDULER.review_card(memory, review.rating, _noon(day))
    return Memory(tuple(review for _, review in sorted(daily.items())), reviews[-1], memory.due.date())


def _noon(day: datetime.date) -> datetime.datetime:
    """A moment of a day: days count, and not the hour at which a student sat down."""
    return datetime.datetime.combine(day, datetime.time(12), datetime.UTC)


def due(known: Mapping[Card, Memory], today: datetime.date) -> list[Card]:
    """The cards that are due, those first that have been due for longest."""
    return sorted((card for card, memory in known.items() if memory.due <= today), key=lambda c: (known[c].due, c))
