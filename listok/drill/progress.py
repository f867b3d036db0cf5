"""How far a student is: a table a topic, what is due when, the mistakes that return; all of it follows from the log."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from babel.dates import format_date

from listok.drill.cards import MASTERED, Card, Memory
from listok.drill.events import Tried, in_order
from listok.drill.session import Drill, known_exercise, problem_code
from listok.drill.words import TOPICS, WORDS
from listok.generators.answers import Open
from listok.generators.bank import variant_of
from listok.generators.codes import BadCode
from listok.templates import doctree as doc
from listok.templates.plurals import plural
from listok.templates.sheet import letters
from listok.templates.text import Filled, Lang, TextError, load

RETURNS = 2
"""Variants in which a mistake must have been made to be told of."""

MOST_DAYS, MOST_MISTAKES = 7, 10
"""Days and mistakes that are told of."""


def progress(drill: Drill, today: datetime.date) -> tuple[doc.Block, ...]:
    """The student's progress over the whole log, whatever the scope."""
    lang, known = drill.lang, drill.memories
    blocks: list[doc.Block] = [_paragraph(WORDS["mastery"][lang].format(days=MASTERED))]
    if not known:
        return (*blocks, _paragraph(WORDS["no_progress"][lang]))
    by_topic: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, level in sorted({(card.number, card.level) for card in known}):
        exercise = known_exercise(number, drill.bank)
        if exercise is not None:
            by_topic[exercise.topic].append((number, level))
    for topic, places in sorted(by_topic.items(), key=lambda item: item[1]):
        blocks.append(doc.Heading(3, (doc.Text(topic_name(topic, lang)),)))
        rows = tuple(_row(drill, known, number, level, today) for number, level in places)
        header = doc.TableRow(tuple((doc.Text(title),) for title in WORDS["columns"][lang].split("|")))
        blocks.append(doc.Table("lcccl", header, rows))
    blocks += calendar(drill, today)
    blocks += _mistakes(drill)
    return tuple(blocks)


def topic_name(topic: str, lang: Lang) -> str:
    """What a topic is called; a teacher's own folder has no name."""
    return TOPICS.get(topic, WORDS["own"])[lang]


def day_text(day: datetime.date, today: datetime.date, lang: Lang) -> str:
    """A day as it is said: today, tomorrow, ``3 декабря 2026 г.``, ``December 3, 2026``."""
    ahead = (day - today).days
    if ahead <= 0:
        return WORDS["today"][lang]
    if ahead == 1:
        return WORDS["tomorrow"][lang]
    form = "long" if day.year != today.year else "d MMMM" if lang == "ru" else "MMMM d"
    return str(format_date(day, form, locale=lang))


def _row(drill: Drill, known: Mapping[Card, Memory], number: int, level: int, today: datetime.date) -> doc.TableRow:
    exercise = known_exercise(number, drill.bank)
    assert exercise is not None
    cards = [Card(number, level, part) for part, key in exercise.parts.items() if not isinstance(key, Open)]
    met = [known[card] for card in cards if card in known]
    right = sum(memory.streak > 0 for memory in met)
    mastered = sum(memory.mastered for memory in met)
    when = day_text(min(memory.due for memory in met), today, drill.lang) if met else ""
    cells = (
        f"{number}. {load(exercise, drill.lang).title}", str(level), f"{right}/{len(cards)}",
        f"{mastered}/{len(cards)}", when,
    )  # fmt: skip
    return doc.TableRow(tuple((doc.Text(cell),) for cell in cells))


def calendar(drill: Drill, today: datetime.date) -> tuple[doc.Block, ...]:
    """How many parts are due today, and on the next days on which some are."""
    lang = drill.lang
    days = Counter(max(memory.due, today) for memory in drill.memories.values())
    if not days:
        return (_paragraph(WORDS["no_progress"][lang]),)
    first = sorted(days)[:MOST_DAYS]
    items = [f"{day_text(day, today, lang)}: {parts_text(days[day], lang)}" for day in first]
    return (
        doc.Heading(3, (doc.Text(WORDS["due_title"][lang]),)),
        doc.ItemList(tuple(doc.ListItem("•", (_paragraph(item),)) for item in items)),
    )


def parts_text(count: int, lang: Lang) -> str:
    """``3 пункта``, ``3 parts``."""
    forms = ("пункт", "пункта", "пунктов") if lang == "ru" else ("part", "parts")
    return f"{count} {plural(count, forms, lang)}"


def _mistakes(drill: Drill) -> list[doc.Block]:
    """The mistakes that were made in several variants, those made most often first, each in words."""
    lang = drill.lang
    made: dict[tuple[int, str, str], dict[str, None]] = defaultdict(dict)
    for event in in_order(drill.events):
        if isinstance(event, Tried) and event.mistake is not None:
            code = problem_code(event.code)
            if code is not None:
                made[code.number, event.part, event.mistake][event.code] = None
    items: list[doc.ListItem] = []
    for (number, part, mistake), codes in sorted(made.items(), key=lambda item: (-len(item[1]), item[0])):
        if len(codes) >= RETURNS and len(items) < MOST_MISTAKES:
            said = _sentence(drill, number, part, mistake, list(codes))
            if said is not None:
                times = plural(len(codes), ("раз", "раза", "раз") if lang == "ru" else ("time", "times"), lang)
                title = doc.Paragraph((doc.Strong((doc.Text(f"{said[0]}, {len(codes)} {times}."),)),))
                items.append(doc.ListItem("•", (title, *said[1])))
    if not items:
        return []
    return [doc.Heading(3, (doc.Text(WORDS["returning"][lang]),)), doc.ItemList(tuple(items))]


def _sentence(
    drill: Drill, number: int, part: str, mistake: str, codes: Sequence[str]
) -> tuple[str, tuple[doc.Block, ...]] | None:
    """Where a mistake is made, and what is said of it, with the numbers of the last variant that can be drawn again."""
    exercise = known_exercise(number, drill.bank)
    if exercise is None or part not in exercise.parts or mistake not in exercise.mistakes:
        return None
    for text in reversed(codes):
        code = problem_code(text)
        try:
            assert code is not None
            filled = Filled(variant_of(code, drill.bank), drill.lang)
            said = filled.blocks(filled.text.mistake(mistake, part))
        except (BadCode, TextError, LookupError):
            continue
        letter = letters(drill.lang)[list(exercise.parts).index(part)]
        return f"{number}. {filled.title} ({letter})", said
    return None


def _paragraph(text: str) -> doc.Paragraph:
    return doc.Paragraph((doc.Text(text),))
