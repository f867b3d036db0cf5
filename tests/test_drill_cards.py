"""What a log says: ratings, days, mastery, and what is due, whatever the order in which events were stored."""

from __future__ import annotations

import datetime
import itertools
import random
from collections.abc import Sequence

import pytest

from listok.drill.cards import AGAIN, EASY, GOOD, HARD, Card, due, memories, reviews_of
from listok.drill.events import (
    Event,
    Helped,
    LogError,
    Passed,
    Shown,
    Tried,
    Unknown,
    line_of,
    lines,
    new_header,
    read_log,
)
from listok.generators.codes import DRILL_SEEDS, VariantCode

MOSCOW = datetime.timezone(datetime.timedelta(hours=3))
CARD = Card(15, 2, "gd")
_ids = itertools.count(1)


def moment(day: int, seconds: float = 0) -> datetime.datetime:
    return datetime.datetime(2026, 3, 1, 20, tzinfo=MOSCOW) + datetime.timedelta(days=day, seconds=seconds)


def code(n: int) -> str:
    return str(VariantCode(CARD.number, CARD.level, 2, DRILL_SEEDS[n]))


def new_id() -> str:
    return f"{next(_ids):016x}"


def story(n: int, day: int, what: Sequence[str], *, slow: bool = True, at: float = 0) -> list[Event]:
    """The events of one variant: ``wrong``, ``right``, ``hint``, ``whole`` or ``pass``, a minute or 10 s apart."""
    step = 90 if slow else 10
    events: list[Event] = [Shown(id=new_id(), at=moment(day, at), code=code(n), fingerprint=f"{n:032x}", lang="ru")]
    for place, word in enumerate(what, 1):
        base = {"id": new_id(), "at": moment(day, at + step * place), "code": code(n), "part": CARD.part}
        match word:
            case "right" | "wrong" | "half":
                share = {"right": "1", "wrong": "0", "half": "1/2"}[word]
                events.append(Tried(**base, typed="1", outcome=word, share=share, expected=100))
            case "hint" | "whole":
                events.append(Helped(**base, steps=place, whole=word == "whole"))
            case "pass":
                events.append(Passed(**base))
    return events


@pytest.mark.parametrize(
    ("what", "slow", "rating"),
    [
        (["right"], True, GOOD),
        (["right"], False, EASY),
        (["wrong", "right"], False, HARD),
        (["half", "right"], True, HARD),
        (["hint", "right"], False, HARD),
        (["hint", "hint", "right"], True, HARD),
        (["wrong"], True, AGAIN),
        (["half"], True, AGAIN),
        (["wrong", "pass"], True, AGAIN),
        (["whole"], True, AGAIN),
        (["whole", "right"], True, AGAIN),
        (["hint", "whole", "right"], True, AGAIN),
        (["hint"], True, AGAIN),
        (["right", "wrong"], True, GOOD),
        (["right", "whole"], True, GOOD),
        (["pass"], True, None),
        ([], True, None),
    ],
)
def test_ratings(what: list[str], slow: bool, rating: object) -> None:
    found = reviews_of(story(1, 0, what, slow=slow))
    assert [review.rating for review in found.get(CARD, [])] == ([] if rating is None else [rating])


def test_a_day_has_one_rating_that_of_its_first_variant() -> None:
    events = [*story(1, 0, ["wrong"]), *story(2, 0, ["right"], at=600), *story(3, 0, ["right"], at=1200)]
    assert [review.rating for review in reviews_of(events)[CARD]] == [AGAIN, GOOD, GOOD]
    memory = memories(events)[CARD]
    assert [review.rating for review in memory.reviews] == [AGAIN]
    assert memory.due == moment(1).date()


def test_mastery_is_three_days_right_at_once() -> None:
    right = [event for day in (0, 1, 5) for event in story(day, day, ["right"])]
    assert memories(right)[CARD].mastered
    assert not memories(right[:-2])[CARD].mastered
    same_day = [event for n in range(3) for event in story(n, 0, ["right"], at=600 * n)]
    assert not memories(same_day)[CARD].mastered
    corrected = [*right, *story(9, 6, ["wrong", "right"])]
    assert memories(corrected)[CARD].streak == 0
    assert not memories(corrected)[CARD].mastered


def test_a_card_that_goes_well_comes_back_later_and_later() -> None:
    events: list[Event] = []
    days, gaps = 0, []
    for n in range(5):
        events += story(n, days, ["right"])
        gap = (memories(events)[CARD].due - moment(days).date()).days
        gaps.append(gap)
        days += gap
    assert gaps == sorted(gaps)
    assert gaps[0] >= 1
    assert gaps[-1] > 60
    events += story(9, days, ["wrong"])
    assert (memories(events)[CARD].due - moment(days).date()).days <= 7


def test_what_is_due_is_told_by_days_and_not_by_hours() -> None:
    known = memories(story(1, 0, ["wrong"]))
    assert due(known, moment(0).date()) == []
    assert due(known, moment(1).date()) == [CARD]


def test_everything_follows_from_the_set_of_events() -> None:
    events = [
        event for n in range(12) for event in story(n, n // 2, ["wrong", "hint", "right"][n % 3 :], at=900 * (n % 2))
    ]
    whole = memories(events)
    for seed in range(20):
        shuffled = [*events, *events[:7]] if seed % 2 else list(events)
        random.Random(seed).shuffle(shuffled)
        once = list({event.id: event for event in shuffled}.values())
        assert memories(once) == whole


def test_two_problems_at_once_do_not_disturb_each_other() -> None:
    one, two = story(1, 0, ["wrong", "right"]), story(2, 0, ["right"], at=45)
    both = sorted([*one, *two], key=lambda event: event.at)
    assert [review.rating for review in reviews_of(both)[CARD]] == [HARD, GOOD]


def test_a_log_is_read_back_and_unknown_events_are_kept() -> None:
    header, events = new_header(), story(1, 0, ["wrong", "hint", "right"])
    text = lines(header, events)
    newer = '{"event":"sung","id":"00000000000000ff","tune":[1,2]}'
    read, found = read_log([*text, newer, "", text[1]])
    assert read == header
    assert found[:-1] == events
    assert found[-1] == Unknown("00000000000000ff", newer)
    assert [line_of(event) for event in found] == [*text[1:], newer]
    assert memories(found) == memories(events)


@pytest.mark.parametrize(
    ("bad", "line"),
    [
        ("", "line 1"),
        ("PNG\x00\x01", "line 1"),
        ('{"log":"something else","format":1,"student":"' + "0" * 32 + '"}', "line 1"),
        ('{"log":"listok drill","format":1,"student":"me"}', "line 1"),
        ('{"log":"listok drill","format":2,"student":"' + "0" * 32 + '"}', "install a newer one"),
        ("HEADER\n{}", "line 2"),
        ("HEADER\nnot json", "line 2"),
        ('HEADER\n\n{"event":"tried","id":"00000000000000ff"}', "line 3"),
        ('HEADER\n{"event":"left","id":"xyz","at":"2026-01-01T00:00:00Z","code":"A"}', "line 2"),
        ('HEADER\n{"event":"left","id":"00000000000000ff","at":"2026-01-01T00:00:00","code":"A"}', "offset"),
    ],
)
def test_rubbish_is_one_clear_line(bad: str, line: str) -> None:
    text = bad.replace("HEADER", line_of(new_header()))
    with pytest.raises(LogError, match=line) as caught:
        read_log(text.split("\n"))
    assert "\n" not in str(caught.value)


def test_events_of_codes_that_are_none_spoil_no_other() -> None:
    strange = Tried(
        id=new_id(), at=moment(0), code="<b>", part="gd", typed="1", outcome="right", share="1", expected=1
    )  # fmt: skip
    assert list(memories([strange, *story(1, 0, ["right"])])) == [CARD]
