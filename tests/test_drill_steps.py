"""The steps in which a solution is told: nothing of it is lost, and the first of them is hardly ever all of it."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable

import pytest

from listok.drill.session import Problem
from listok.drill.steps import steps_of
from listok.generators.answers import Open
from listok.generators.bank import find, sources
from listok.generators.codes import DRILL_SEEDS
from listok.generators.exercise import LEVELS
from listok.templates import doctree as doc
from listok.templates import mathtree as mt
from listok.templates import plain
from listok.templates.text import LANGS, Lang

NOW = datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.UTC)
X = doc.InlineMath(mt.Symbol("x"))


def told(steps: Iterable[tuple[doc.Block, ...]]) -> list[str]:
    return [" ".join(plain.printer("en").blocks(step).split()) for step in steps]


def paragraph(*words: str | doc.Inline) -> doc.Paragraph:
    return doc.Paragraph(tuple(doc.Text(word) if isinstance(word, str) else word for word in words))


@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        (["One step is here. Two steps are there."], ["One step is here.", "Two steps are there."]),
        (["Take the number ", X, ". Then add one to it."], ["Take the number x.", "Then add one to it."]),
        (["Look at the letter now. ", X, " is the one here."], ["Look at the letter now.", "x is the one here."]),
        (["Это меньше половины, т. е. ", X, " меньше."], ["Это меньше половины, т. е. x меньше."]),
        (["It is 0.5 of it, e.g. this one."], ["It is 0.5 of it, e.g. this one."]),
        (["This is the sum. So there. It is all done now."], ["This is the sum.", "So there. It is all done now."]),
        (["Was it this one here? «Нет, вовсе не это.»"], ["Was it this one here?", "«Нет, вовсе не это.»"]),
    ],
)
def test_a_paragraph_is_told_by_sentences(words: list[str | doc.Inline], sentences: list[str]) -> None:
    assert told(steps_of([paragraph(*words)], "en")) == sentences


def test_what_leads_to_a_formula_or_a_list_is_a_step_that_ends_in_dots() -> None:
    items = doc.ItemList(tuple(doc.ListItem("•", (paragraph(word),)) for word in ("one", "two")))
    table = doc.Table("l", None, (doc.TableRow(((doc.Text("cell"),),)),))
    steps = steps_of([paragraph("Go on and add them:"), items, paragraph("Check it:"), table], "en")
    assert told(steps) == ["Go on and add them…", "one", "two", "Check it: cell"]


def test_a_single_sentence_is_told_up_to_its_colon() -> None:
    assert told(steps_of([paragraph("Add up all rows: it is 14.")], "en")) == ["Add up all rows…", "… it is 14."]
    assert told(steps_of([paragraph("The sum: it is 14.")], "en")) == ["The sum: it is 14."]
    assert told(steps_of([paragraph("A colon at the end:")], "en")) == ["A colon at the end:"]


def test_a_single_formula_is_told_up_to_its_last_equality() -> None:
    def display(*signs: str) -> doc.BoundDisplay:
        items: tuple[mt.Math, ...] = (mt.Symbol("a"),)
        for sign in signs:
            items = (*items, mt.Operator(sign), mt.Num("1"))
        return doc.BoundDisplay(doc.DisplayMath(mt.Row((*items, mt.Operator(".")))), ())

    assert told(steps_of([display("=", "approx")], "en")) == ["a = 1 ≈ …", "a = 1 ≈ 1."]
    assert told(steps_of([display("=")], "en")) == ["a = 1."]
    assert told(steps_of([paragraph("So:"), display("=", "=")], "en")) == ["So: a = 1 = …", "a = 1 = 1."]
    assert steps_of([], "en") == []


def problem(number: int, level: int, lang: Lang) -> Problem:
    return Problem(find(number).variant(DRILL_SEEDS[5], level), lang, None, lambda event: None)


def hints(one: Problem, part: str) -> list[str]:
    found, more = [], True
    while more:
        step = one.hint(part, NOW)
        text = plain.printer(one.lang).blocks(step.content)
        assert text.strip(), part
        assert not text.rstrip().endswith(":"), part
        found.append(text)
        more = step.more
    return found


def words(text: str) -> Counter[str]:
    return Counter(re.sub("[…:•]", " ", text).split())


@pytest.mark.parametrize("number", list(sources()))
@pytest.mark.parametrize("lang", LANGS)
def test_steps_lead_to_the_whole_solution(number: int, lang: Lang) -> None:
    for level in LEVELS:
        one, other = problem(number, level, lang), problem(number, level, lang)
        for part in one.parts:
            steps = hints(one, part.name)
            whole = plain.printer(lang).blocks(other.solution(part.name, NOW))
            more = words(" ".join(steps)) - words(whole)
            assert not words(whole) - words(" ".join(steps)), (level, part.name)
            # Only of a formula that is the whole solution, the first step is its beginning.
            assert not more or (len(steps) == 2 and not more - words(steps[1])), (level, part.name)


def test_a_first_hint_is_hardly_ever_the_whole_solution() -> None:
    counts = [
        len(hints(one, part.name))
        for number in sources()
        for one in [problem(number, 2, LANGS[number % 2])]
        for part in one.parts
        if not isinstance(part.key, Open)
    ]
    assert counts.count(1) < len(counts) / 20
    assert max(counts) < 20


def test_an_answer_that_the_solution_tells_is_told_once() -> None:
    for lang, word in (("ru", "Ответ"), ("en", "Answer")):
        solution = plain.printer(lang).blocks(problem(48, 1, lang).solution("states", NOW))
        assert solution.count(word) == 1
