"""What mistakes earn on platforms, how far a number may be off there, and what the report says of the rest."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from clients import Question, canvas, gift, moodle, qti
from exporting import NAMES, exported, fields, file_of, items, total

from listok.answerkeys.items import Item, Mistake, Part, item_of
from listok.answerkeys.lowering import (
    ANOTHER_SIZE,
    LESS,
    MORE,
    NO_END,
    TOO_NEAR,
    Decimal,
    Numbers,
    Pairs,
    Pick,
    decimal_text,
    lower,
    lowered_cell,
)
from listok.generators.bank import find
from listok.generators.exact import Fraction
from listok.generators.values import Value, leaves
from listok.templates.texhtml import Printer


def widths(item: Item, to: str) -> Iterator[tuple[Part, object, int]]:
    """The parts of an item as a format asks for them, each with its count of fields in Moodle's cloze."""
    for part, field in fields(item, to):
        match field:
            case Numbers():
                yield part, field, len(field.cells)
            case Pick(options, many=True):
                yield part, field, len(options)
            case Pairs(terms):
                yield part, field, len(terms)
            case _:
                yield part, field, 1


def typed(number: Value, part: Part) -> str:
    """A number of an answer as a student types it: a decimal, where it is one."""
    return decimal_text(number, getattr(part.key, "digits", None)) or str(number)


def shape(value: Value) -> object:
    """How many rows of how many numbers an answer has."""
    return tuple(map(shape, value)) if isinstance(value, tuple) else None


def names_in(part: Part, field: Numbers) -> list[str]:
    """The identifiers of a part's responses in QTI."""
    if field.shape == "number":
        return [part.name]
    return [f"{part.name}-{i}-{j}" for i, row in enumerate(field.rows, 1) for j, _ in enumerate(row, 1)]


def earned(question: Question, item: Item, to: str, part: Part, value: Value) -> float:
    """The share of a part's points that an answer earns on a platform."""
    at = 0
    for each, field, count in widths(item, to):
        if each.name == part.name:
            assert isinstance(field, Numbers)
            names = [f.name for f in question.fields][at : at + count] if to == "moodle" else names_in(part, field)
            given = dict(zip(names, [typed(number, part) for number in leaves(value)], strict=True))
            mark = question.mark(given)
            assert mark is not None
            return mark * float(total(item, to)) / float(part.points)
        at += count
    raise AssertionError(part.name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("to", ["moodle", "qti"])
def test_a_mistake_earns_its_share_or_is_named(to: str, name: str, tmp_path: Path) -> None:
    chosen = items(name, "en")
    report = exported("moodle" if to == "moodle" else "qti21", tmp_path, chosen)
    named = {(o.part, o.reason) for o in report.omissions}
    excused = {part for part, reason in named if "earns" in reason}
    content = report.files[0].read_bytes()
    if to == "moodle":
        questions = {question.idnumber: question for question in moodle.load(content)}
    else:
        package = qti.load(content)
        questions = {f"{item.code}-en": package.question(f"q-{item.code}-en") for item in chosen}
    for item in chosen:
        question = questions[f"{item.code}-en"]
        for part, field in fields(item, to):
            if not isinstance(field, Numbers):
                continue
            for mistake in part.mistakes:
                if shape(mistake.value) != shape(part.asked.right):
                    assert (part.name, ANOTHER_SIZE) in named
                    continue
                if not mistake.share or part.name in excused:
                    continue
                meant = part.key.judge(mistake.value, part.asked).score
                assert earned(question, item, to, part, mistake.value) == pytest.approx(float(meant), abs=1e-6), (
                    item.code, part.name, mistake.name,
                )  # fmt: skip


def test_half_a_list_of_a_mistake_is_half_its_points(tmp_path: Path) -> None:
    """Exercise 15, one step of descent: all numbers wrong by one mistake that earns half."""
    paid = 0
    for seed, level in itertools.product(range(5), (1, 2, 3)):
        item = item_of(find("fifty-shades-of-descent").variant(seed, level), "en")
        (question,) = (
            q for q in moodle.load(file_of("moodle", tmp_path / f"{seed}{level}", (item,))) if q.type != "essay"
        )
        for part in item.parts:
            if not isinstance(lower(part, "moodle"), Numbers) or len(leaves(part.asked.right)) < 2:
                continue
            for mistake in part.mistakes:
                if mistake.share and not part.key.score(mistake.value, part.asked):
                    paid += 1
                    assert earned(question, item, "moodle", part, mistake.value) >= float(mistake.share) - 1e-6
    assert paid > 5


def test_a_cell_that_a_mistake_leaves_right_counts_for_its_share() -> None:
    """A list of which one number in three stays right: the two others make up for the rest of the half."""
    found = 0
    for name in NAMES:
        for item in items(name, "en"):
            for part in item.parts:
                field = lower(part, "moodle")
                if not isinstance(field, Numbers) or {LESS, MORE} & set(field.notes):
                    continue
                for mistake in part.mistakes:
                    right = part.key.score(mistake.value, part.asked)
                    if mistake.share > right > 0:
                        told = [wrong.mistake for cell in field.cells for wrong in cell.mistakes]
                        shares = {each.share for each in told if each.name == mistake.name}
                        assert shares == {(mistake.share - right) / (1 - right)}
                        found += 1
    assert found


def test_a_mistake_in_an_option_earns_its_share_and_is_told() -> None:
    """A named mistake of a choice is an option like any other, with its credit and its words."""
    met, html = 0, Printer("en", lambda name, _: name)
    for name in NAMES:
        for item in items(name, "en"):
            for part in item.parts:
                field = lower(part, "moodle")
                if part.key.kind == "choice" and isinstance(field, Pick):
                    told = {option.name: option for option in field.options}
                    for mistake in part.mistakes:
                        option = told[mistake.value]
                        assert option.share == mistake.share
                        assert html.blocks(option.feedback).endswith(html.blocks(mistake.feedback))
                        met += bool(mistake.feedback)
    assert met


MISTAKE = Mistake("m", Fraction(0), Fraction(1, 2), ())


@pytest.mark.parametrize(
    ("value", "digits", "wrong", "note"),
    [
        (Fraction(-200), None, Fraction(-800, 3), NO_END),
        (Fraction(1, 2), None, Fraction(7, 3), NO_END),
        (Fraction(665, 1000), 2, Fraction(671, 1000), TOO_NEAR),
        (1.2346, 2, 1.2439, TOO_NEAR),
    ],
)
def test_what_a_cell_loses_is_noted(value: Value, digits: int | None, wrong: Value, note: str) -> None:
    notes: dict[str, None] = {}
    assert not lowered_cell(value, digits, [(MISTAKE, wrong)], notes).mistakes
    assert list(notes) == [note]


def test_the_report_has_one_line_for_a_part_and_a_reason(tmp_path: Path) -> None:
    for name in ("learning-rates", "convolution-by-hand", "sigmoid-layer"):
        report = exported("moodle", tmp_path / name, items(name, "en"))
        lines = list(report.lines())
        assert len(lines) == len({line.partition(" (")[0] for line in lines}) > 0
    assert any("it has no end as one" in line for line in lines)


# --- the one rule of rounding ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "digits", "low", "high"),
    [
        (Fraction(66524, 100000), 3, "0.664", "0.66624"),
        (Fraction(-66524, 100000), 3, "-0.66624", "-0.664"),
        (Fraction(2, 3), 2, "0.656666666667", "0.68"),
        (Fraction(1, 2), 1, "0.4", "0.6"),
    ],
)
def test_a_unit_counts_from_the_exact_answer_and_from_the_rounded_one(
    value: Fraction, digits: int, low: str, high: str
) -> None:
    cell = lowered_cell(value, digits, [])
    assert isinstance(cell, Decimal)
    assert abs(cell.low - Fraction(low)) < Fraction(1, 10**11)
    assert abs(cell.high - Fraction(high)) < Fraction(1, 10**11)


def one_question(to: str, content: bytes, item: Item) -> Question:
    """The question of a file with a single item and part."""
    if to == "gift":
        return gift.load(content.decode())[0]
    if to == "canvas":
        ((question,),) = canvas.load(content).groups and [g.questions for g in canvas.load(content).groups]
        return question
    if to.startswith("qti"):
        return qti.load(content).question(f"q-{item.code}-en")
    plugins = frozenset({to.partition("-")[2]}) if "-" in to else frozenset[str]()
    return moodle.load(content, extensions=plugins)[0]


@pytest.mark.parametrize("equal", [False, True])
@pytest.mark.parametrize("to", ["moodle", "moodle-formulas", "moodle-stack", "gift", "qti21", "qti30", "canvas"])
def test_clients_take_what_grading_takes(to: str, equal: bool, tmp_path: Path) -> None:
    """Numbers near both ends of what `listok grade` takes; a key that was rounded up, and one that was rounded down."""
    if equal and not to.startswith("qti"):
        return
    met = set()
    for number, item in enumerate(each for name in ("softmax", "log-loss") for each in items(name, "en")):
        for part, field in fields(item, "moodle"):
            if not (isinstance(field, Numbers) and field.shape == "number"):
                continue
            cell = field.cells[0]
            if not isinstance(cell, Decimal) or not cell.exact or (way := Fraction(cell.exact) > cell.value) in met:
                continue
            met.add(way)
            single = item_of(item.variant, "en", {part.name: Fraction(1)})
            choices = {"marking": "equal"} if equal else {}
            content = file_of(to, tmp_path / f"{number}{part.name}", (single,), choices=choices)
            question = one_question(to, content, single)
            (place,) = question.fields
            hair = cell.tolerance / 1000
            wrong = [(Fraction(w.key), w.tolerance) for w in cell.mistakes]
            for value, right in (
                (cell.low + hair, True), (cell.high - hair, True), (cell.low - hair, False), (cell.high + hair, False),
            ):  # fmt: skip
                assert part.key.close(value, part.asked.right) == right  # type: ignore[attr-defined]
                if right or not any(abs(value - at) <= reach for at, reach in wrong):
                    assert question.mark({place.name: f"{float(value):.10f}"}) == right, (item.code, part.name, value)
    assert met == {True, False}


@pytest.mark.parametrize("to", ["moodle", "moodle-formulas", "moodle-stack", "gift", "qti21", "qti30"])
def test_clients_know_a_mistake_where_grading_does(to: str, tmp_path: Path) -> None:
    """Numbers about what a mistake gives, near both ends of what is taken for it: from its exact number, not from the
    rounded one."""
    met = 0
    for number, item in enumerate(items("softmax", "en")):
        part = next(each for each in item.parts if each.name == "loss")
        single = item_of(item.variant, "en", {"loss": Fraction(1)})
        question = one_question(to, file_of(to, tmp_path / str(number), (single,)), single)
        (place,) = question.fields
        for mistake in part.mistakes:
            for units in ("-1.4", "-0.999", "-0.6", "0", "0.6", "0.999", "1.4"):
                typed = f"{float(Fraction(mistake.value) + Fraction(units) * part.key.tolerance):.10f}"
                verdict = part.key.judge(Fraction(typed), part.asked)
                mark = question.mark({place.name: typed})
                assert mark == pytest.approx(float(verdict.score)), (item.code, mistake.name, typed)
                met += verdict.mistake == mistake.name
    assert met
