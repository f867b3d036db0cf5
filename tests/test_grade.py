"""Marking responses: partial credit, mistakes, errors carried forward, every shape of table, and what is written."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from conftest import ROOT, Changes, Plant, forget_the_bank, python
from exam_files import load

from listok.answerkeys.exam_file import read_students
from listok.answerkeys.forms import Exam, Form, Student
from listok.answerkeys.marking.analysis import analyse
from listok.answerkeys.marking.charts import Bar, bars
from listok.answerkeys.marking.feedback import number_text, points_of
from listok.answerkeys.marking.gaps import canvas_blanks, moodle_gaps
from listok.answerkeys.marking.grading import (
    FormMarks,
    PartMark,
    ProblemMarks,
    Response,
    is_blank,
    mark_problem,
    shown_response,
)
from listok.answerkeys.marking.places import Rows, place_of
from listok.answerkeys.marking.report import ClassReport, class_report, mistake_labels
from listok.answerkeys.marking.response_table import (
    Column,
    TableError,
    parse_responses,
    part_named,
    read_column,
    read_responses,
)
from listok.answerkeys.verification import variant_faults
from listok.cli import main
from listok.generators.answers import ENGLISH_LETTERS, RUSSIAN_LETTERS, Choice, Choices, Matching, Open
from listok.generators.bank import bank, find
from listok.generators.exact import Fraction
from listok.generators.exercise import AnyExercise, AnyVariant
from listok.generators.formulas import Formula
from listok.generators.messages import message
from listok.generators.values import Value, leaves
from listok.templates import plain
from listok.templates.text import LANGS, Filled, Lang

CARRY: Changes = {
    "replace(p, a=p.b, b=p.a), spoils=NUMBERS": "replace(p, a=p.b, b=p.a), spoils=NUMBERS, credit=HALF",
    "carry=()": 'carry=("grid", "parity", "point")',
    "point=(2, 2 * p.a + p.b),": "point=(Fraction(1), 1 / Fraction(y)) if given else (2, 2 * p.a + p.b),",
}
"""The table and the parities follow from earlier answers, so do strange points (which divide by a student's number)."""

ONE, HALF, NOTHING = Fraction(1), Fraction(1, 2), Fraction(0)


@pytest.fixture
def variant(plant: Plant) -> AnyVariant:
    """y = 3x + 5 at 10, four values, with errors carried forward."""
    changes = {"a": 3, "b": 5, "x": 10, "count": 4, "claims": ["straight", "curved", "rising"]}
    return plant(CARRY).exercise.variant(1).changed(changes)


def marked(variant: AnyVariant, **responses: str | Response) -> dict[str, PartMark]:
    """The parts of a problem, two points each, marked."""
    given = {name: one if isinstance(one, Response) else Response(one) for name, one in responses.items()}
    points = {part: Fraction(2) for part in variant.exercise.parts}
    return {mark.part: mark for mark in mark_problem(variant, points, given)}


# --- one problem --------------------------------------------------------------------------------------------------


RIGHT = {
    "value": "35", "root": "-1,67", "row": "8; 11; 14; 17", "grid": "3 5; 10 35", "line": "5 + 3x", "slope": "up",
    "truths": "straight, rising", "parity": "even odd even odd", "point": "2; 11",
}  # fmt: skip


def test_right_answers_earn_all_points(variant: AnyVariant) -> None:
    marks = marked(variant, **RIGHT)
    outcomes = {part: mark.outcome for part, mark in marks.items()}
    assert outcomes == dict.fromkeys(RIGHT, "right") | {"why": "to-be-marked"}
    assert sum(mark.points for mark in marks.values()) == 18


@pytest.mark.parametrize(
    ("part", "answer", "outcome", "score", "mistake"),
    [
        ("value", "30", "wrong", NOTHING, "no_constant"),
        ("value", "53", "partial", HALF, "swapped"),  # the exercise gives this mistake half of the points
        ("value", "36", "wrong", NOTHING, None),
        ("row", "8; 11; 14; 18", "partial", Fraction(3, 4), None),
        ("row", "3 6 9 12", "wrong", NOTHING, "no_constant"),
        ("row", "8; 11; 14", "unreadable", NOTHING, None),
        ("grid", "3 5; 10 36", "partial", Fraction(3, 4), None),
        ("line", "3x", "wrong", NOTHING, "no_constant"),
        ("line", "x + 2x + 10/2", "right", ONE, None),
        ("slope", "It falls.", "wrong", NOTHING, None),
        ("slope", "растёт", "right", ONE, None),
        ("truths", "It is a line.; It rises", "right", ONE, None),
        ("truths", "Это прямая\nЭто кривая", "wrong", NOTHING, None),
        ("truths", "straight", "partial", HALF, None),
        ("truths", "-", "wrong", NOTHING, None),
        ("parity", "Even; Odd; Even; Even", "partial", Fraction(3, 4), None),
        ("point", "0; 5", "right", ONE, None),
        ("value", "", "missing", NOTHING, None),
        ("value", " \u200b\u200f\t", "missing", NOTHING, None),
        ("value", "—", "missing", NOTHING, None),
        ("value", "9**9**9**9", "unreadable", NOTHING, None),
        ("line", "__import__('os')", "unreadable", NOTHING, None),
        ("slope", "either", "unreadable", NOTHING, None),
        ("point", "1", "unreadable", NOTHING, None),
    ],
)
def test_one_part(
    variant: AnyVariant, part: str, answer: str, outcome: str, score: Fraction, mistake: str | None
) -> None:
    mark = marked(variant, **{part: answer})[part]
    assert (mark.outcome, mark.score, mark.mistake) == (outcome, score, mistake)
    assert bool(mark.reason) == (outcome == "unreadable")
    assert mark.pending == (outcome == "unreadable")
    assert "\n" not in f"{mark.answer}{mark.reason}"


@pytest.mark.parametrize(
    ("part", "typed", "langs", "outcome"),
    [
        ("truths", "B", ["ru"], "unreadable"),  # the Latin B for the second option, or what looks like В for the third?
        ("truths", "aB", ["ru"], "unreadable"),
        ("truths", "В", ["en"], "unreadable"),
        ("truths", "с", ["en"], "unreadable"),  # no Russian letter here, but how is one to see that?
        ("parity", "A B A B", ["ru"], "read"),  # the Russian reading has no third option
        ("truths", "b", ["ru"], "read"),
        ("truths", "в", ["ru"], "read"),
        ("truths", "В", ["ru"], "read"),
        ("truths", "B", ["en"], "read"),
        ("truths", "B", ["ru", "en"], "read"),
        ("truths", "а", ["en"], "read"),
        ("truths", "C", ["ru"], "read"),  # nothing that looks like it is among the letters printed
        ("truths", "It is a line.", ["ru"], "read"),
    ],
)
def test_letters_that_look_like_those_printed(
    variant: AnyVariant, part: str, typed: str, langs: list[Lang], outcome: str
) -> None:
    (mark,) = mark_problem(variant, {part: ONE}, {part: Response(typed)}, langs)
    if outcome == "unreadable":
        assert (mark.outcome, mark.pending) == ("unreadable", True)
        assert "Russian or Latin? Type them as they are printed" in str(mark.reason)
    else:
        assert mark.outcome != "unreadable"


def test_points_given_by_hand(variant: AnyVariant) -> None:
    marks = marked(variant, why=Response("because", "1,5"), value=Response("?", "2"), root=Response("", "0"))
    assert (marks["why"].outcome, marks["why"].points, marks["why"].answer) == ("by-hand", Fraction(3, 2), "because")
    assert (marks["value"].outcome, marks["value"].points) == ("by-hand", 2)
    assert (marks["root"].outcome, marks["root"].points) == ("by-hand", 0)
    assert not marks["why"].pending


@pytest.mark.parametrize("typed", ["3", "-1", "two", "1e9"])
def test_points_that_cannot_be(variant: AnyVariant, typed: str) -> None:
    mark = marked(variant, why=Response("because", typed))["why"]
    assert (mark.outcome, mark.points) == ("unreadable", 0)
    assert str(mark.reason).startswith("points: ")


def test_a_fault_of_the_table_is_pending(variant: AnyVariant) -> None:
    fault = message("different_answers", count=2, typed="'35', '36'")
    mark = marked(variant, value=Response("35 | 36", fault=fault))["value"]
    assert (mark.outcome, mark.reason, mark.points) == ("unreadable", fault, 0)


def test_parts_stay_in_the_order_of_the_sheet(variant: AnyVariant) -> None:
    points = {"grid": ONE, "value": ONE}
    assert [mark.part for mark in mark_problem(variant, points, {})] == ["grid", "value"]


# --- errors carried forward ---------------------------------------------------------------------------------------


def test_what_follows_from_a_wrong_answer_is_counted(variant: AnyVariant) -> None:
    marks = marked(variant, value="40", grid="3 5; 10 40")
    assert (marks["value"].outcome, marks["value"].points) == ("wrong", 0)
    assert (marks["grid"].outcome, marks["grid"].points, marks["grid"].mistake) == ("carried", 2, None)


def test_options_are_carried_too(variant: AnyVariant) -> None:
    marks = marked(variant, row="7; 9; 11; 12", parity="odd odd odd even")
    assert marks["parity"].outcome == "carried"
    assert marked(variant, row="7; 9; 11; 12", parity="odd odd odd odd")["parity"].outcome == "partial"


def test_a_right_answer_is_right_whatever_came_before(variant: AnyVariant) -> None:
    assert marked(variant, value="40", grid="3 5; 10 35")["grid"].outcome == "right"


@pytest.mark.parametrize(
    "earlier",
    [
        {"value": "35"},  # right, so nothing follows but the right answer
        {"value": ""},
        {"value": "forty"},
        {"root": "40"},  # another part
        {"value": Response("40", fault=message("different_answers", count=2, typed="40, 41"))},
    ],
)
def test_what_does_not_follow_is_not_counted(variant: AnyVariant, earlier: dict[str, str]) -> None:
    mark = marked(variant, **earlier, grid="3 5; 10 40")["grid"]
    assert (mark.outcome, mark.score) == ("partial", Fraction(3, 4))


def test_an_answer_of_another_shape_is_not_built_upon(variant: AnyVariant) -> None:
    marks = marked(variant, row="1; 2", parity="odd even odd even")
    assert marks["row"].outcome == "unreadable"
    assert marks["parity"].outcome == "wrong"


def test_a_step_made_trivial_is_left_to_the_teacher(plant: Plant) -> None:
    carry = {"carry=()": 'carry=("row",)', "row=row,": "row=tuple(y * n for n in range(p.count)) if given else row,"}
    changes = {"a": 3, "b": 5, "x": 10, "count": 4}
    own = plant(carry).exercise.variant(1).changed(changes)
    assert marked(own, value="2", row="0; 2; 4; 6")["row"].outcome == "carried"
    zeros = marked(own, value="0", row="0; 0; 0; 0")["row"]
    assert (zeros.outcome, zeros.points) == ("to-be-marked", 0)
    assert zeros.reason == message("all_zeros")
    assert marked(own, value="1", row="0; 0; 0; 0")["row"].outcome == "wrong"


def test_a_division_by_the_students_own_zero(variant: AnyVariant) -> None:
    marks = marked(variant, value="0", point="1; 0")
    assert (marks["value"].outcome, marks["point"].outcome) == ("wrong", "wrong")
    assert marked(variant, value="4", point="1; 0,25")["point"].outcome == "carried"


def test_parts_between_that_were_not_answered_are_bridged(plant: Plant) -> None:
    carry = {
        "carry=()": 'carry=("row", "grid")',
        "row=row,": "row=tuple(y + n for n in range(p.count)) if given else row,",
        "grid=((p.a, p.b), (p.x, y)),": "grid=((p.a, p.b), (p.x, row[0] if given else y)),",
    }
    own = plant(carry).exercise.variant(1).changed({"a": 3, "b": 5, "x": 10, "count": 4})
    assert marked(own, value="40", row="40 41 42 43", grid="3 5; 10 40")["grid"].outcome == "carried"
    assert marked(own, value="40", grid="3 5; 10 40")["grid"].outcome == "carried"
    assert marked(own, value="40", row="50 51 52 53", grid="3 5; 10 40")["grid"].outcome == "partial"
    assert marked(own, value="40", row="50 51 52 53", grid="3 5; 10 50")["grid"].outcome == "carried"
    points = {"value": ONE, "grid": ONE}
    first, second = mark_problem(own, points, {"value": Response("40"), "grid": Response("3 5; 10 40")})
    assert (first.outcome, second.outcome) == ("wrong", "carried")


def test_nothing_infinite_is_built_upon(plant: Plant) -> None:
    carry = {
        "carry=()": 'carry=("row", "grid")',
        "row=row,": "row=tuple(float(y) * 1e308 * 10 for _ in range(p.count)) if given else row,",
        "grid=((p.a, p.b), (p.x, y)),": "grid=((p.a, p.b), (p.x, 1 / row[0] if given else y)),",
    }
    own = plant(carry).exercise.variant(1).changed({"a": 3, "b": 5, "x": 10, "count": 4})
    assert marked(own, value="40", grid="3 5; 10 0")["grid"].outcome == "partial"


def test_verify_knows_faults_of_carrying(plant: Plant) -> None:
    def faults(follow: str) -> str:
        followed = f"grid=({follow}) if given else ((p.a, p.b), (p.x, y)),"
        changed = plant({"carry=()": 'carry=("grid",)', "grid=((p.a, p.b), (p.x, y)),": followed})
        return "\n".join(variant_faults(changed.exercise.variant(3), printing=False))

    assert faults("((p.a, p.b), (p.x, y))") == ""
    assert "grid: what follows from right earlier answers is not right" in faults("((p.b, p.a), (p.x, y))")
    assert "grid: what is carried does not depend" in faults("((p.a, p.b), (p.x, p.a * p.x + p.b))")
    assert "what is carried forward: AttributeError" in faults("((p.a, p.b), (p.x, y.bit_count() * 0 + y))")
    assert "grid: nothing is carried from answers as they are typed" in faults("((p.a, p.b), (p.x, y << 0))")


def test_what_is_shown_of_a_response() -> None:
    assert shown_response("1 2\n3 4") == "1 2 3 4"
    assert shown_response("\u202eabc\x00\u200f") == "abc"
    assert len(shown_response("9" * 10**6)) == 200
    assert is_blank("\x00\u202e")
    assert not is_blank(" " * 10**4)


# --- errors carried forward in the bank ---------------------------------------------------------------------------


def followed(variant: AnyVariant, answers: Mapping[str, Value]) -> dict[str, str]:
    """What becomes of each part when these answers are given, shown as keys show them."""
    keys = variant.exercise.parts
    responses = {part: Response(keys[part].show(value)) for part, value in answers.items()}
    marks = mark_problem(variant, dict.fromkeys(keys, ONE), responses)
    return {one.part: one.outcome for one in marks if one.part in answers}


def network_from(variant: AnyVariant, hidden: Any) -> dict[str, Value]:
    """A student's way through exercise 25 from a matrix H on, in floats and matrix products."""
    p, n = variant.params, len(variant.params.inputs)
    x, w1, w2 = (np.array(a, dtype=float) for a in (p.inputs, p.first, p.second))
    o = np.maximum(hidden, 0)
    y = o @ w2
    g = (y - np.array(p.targets, dtype=float)) / n
    dh = np.outer(g, w2) * (hidden > 0)
    q = 1 / (1 + np.exp(-y))
    t = np.array(p.labels)
    rate = float(p.rate)
    return {
        "hidden": hidden, "activations": o, "forecast": y, "loss": (g * g).sum() * n / 2, "d_forecast": g,
        "d_second": o.T @ g, "d_hidden": dh, "d_first": x.T @ dh,
        "step": np.vstack([w1 - rate * x.T @ dh, w2 - rate * o.T @ g]), "probability": q,
        "log_loss": -np.log(np.where(t == 1, q, 1 - q)).mean(), "d_logits": (q - t) / n,
    }  # fmt: skip


def exact(value: Any) -> Any:
    """Arrays of floats as tuples of the fractions that they stand for."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list):
        return tuple(map(exact, value))
    return Fraction(value).limit_denominator(10**6)


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_a_wrong_layer_is_carried_through_the_network(level: int, seed: int) -> None:
    variant = find(25).variant(seed, level)
    hidden = np.array(variant.solution.hidden, dtype=float)
    hidden[0, 0] += 1 if hidden[0, 0] > 0 else -1  # its sign stays, and so ReLU, but for the rest to change
    hidden[-1, -1] *= -1
    answers = {part: exact(value) for part, value in network_from(variant, hidden).items()}
    outcomes = followed(variant, answers)
    assert outcomes["hidden"] in ("wrong", "partial")
    zero = {part for part, value in answers.items() if not any(leaves(value))}
    for part, outcome in list(outcomes.items())[1:]:
        assert outcome in (("to-be-marked", "right") if part in zero else ("carried", "right")), (part, outcomes)
    assert list(outcomes.values()).count("carried") >= 4


def test_zeros_that_follow_from_zeros_earn_nothing_by_themselves() -> None:
    variant = find(25).variant(0, 1)
    p = variant.params
    answers = {"forecast": p.targets, "loss": 0, "d_forecast": (0,) * len(p.targets), "d_second": (0,) * len(p.second)}
    assert list(followed(variant, answers).values()) == ["wrong", "to-be-marked", "to-be-marked", "to-be-marked"]


def test_a_lost_division_earns_half_and_what_follows_all() -> None:
    variant = find(25).variant(3, 2)
    n = len(variant.params.inputs)
    keys = {part: key for part, key in variant.exercise.parts.items() if key.field}
    right = {part: getattr(variant.solution, key.field) for part, key in keys.items()}
    lost = right | {"d_forecast": tuple(n * g for g in right["d_forecast"])}
    lost["d_second"] = tuple(n * g for g in right["d_second"])
    responses = {part: Response(keys[part].show(value)) for part, value in lost.items()}
    marks = {one.part: one for one in mark_problem(variant, dict.fromkeys(keys, ONE), responses)}
    assert (marks["d_forecast"].score, marks["d_forecast"].mistake) == (HALF, "forgotten_mean")
    assert (marks["d_second"].outcome, marks["d_second"].mistake) == ("carried", None)
    alone = mark_problem(variant, {"d_second": ONE}, {"d_second": responses["d_second"]})[0]
    assert (alone.outcome, alone.score, alone.mistake) == ("partial", HALF, "forgotten_mean")


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_a_wrong_state_is_carried_through_time(level: int, seed: int) -> None:
    variant = find(48).variant(seed, level)
    p = variant.params
    states = list(variant.solution.states)
    states[1] += 1 if states[1] > 0 or p.leak == 0 else -1
    v, w, u, leak, targets = p.v, p.w, p.u, p.leak, p.ys[1:]
    outs = [u * h for h in states]
    forecasts = [q if q > 0 else leak * q for q in outs]
    misses = [2 * (f - y) * (1 if q > 0 else leak) / len(targets)
              for f, y, q in zip(forecasts, targets, outs, strict=True)]  # fmt: skip
    by_w, by_v, future = Fraction(0), Fraction(0), Fraction(0)
    for t in reversed(range(len(targets))):  # errors flow back, where the module carries derivatives forward
        at_sum = (misses[t] * u + future) * (1 if states[t] > 0 else leak)
        by_v += at_sum * p.ys[t]
        by_w += at_sum * (states[t - 1] if t else p.start)
        future = at_sum * w
    by_u = sum(m * h for m, h in zip(misses, states, strict=True))
    answers = {
        "states": tuple(states), "forecasts": tuple(forecasts),
        "error": sum((f - y) ** 2 for f, y in zip(forecasts, targets, strict=True)) / len(targets),
        "by_output": by_u, "by_recurrent": by_w, "by_input": by_v,
        "updated": (v - p.eta * by_v, w - p.eta * by_w, u - p.eta * by_u),
    }  # fmt: skip
    outcomes = followed(variant, answers)
    assert outcomes["states"] == "partial"
    for part, outcome in list(outcomes.items())[1:]:  # where nothing but zeros follows, the teacher is asked
        nothing = not any(leaves(answers[part]))
        assert outcome in ("carried", "right") or (outcome == "to-be-marked" and nothing), (part, outcomes)
    assert list(outcomes.values()).count("carried") >= 3


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_flipped_kernel_is_paid_for_once(level: int) -> None:
    variant = find(40).variant(5, level)
    p = variant.params
    wrong = variant.mistakes["flipped"]
    windows = [
        [[wrong["map"][i + a][j + b] for a in range(p.pool) for b in range(p.pool)]
         for j in range(0, len(wrong["map"]), p.pool)]
        for i in range(0, len(wrong["map"]), p.pool)
    ]  # fmt: skip
    answers = {
        "map": wrong["map"],
        "max_pool": tuple(tuple(max(cells) for cells in row) for row in windows),
        "average_pool": tuple(tuple(Fraction(sum(cells), p.pool**2) for cells in row) for row in windows),
        "strided": tuple(row[:: p.stride] for row in wrong["map"][:: p.stride]),
        "restrided": tuple(row[:: p.other_stride] for row in wrong["map"][:: p.other_stride]),
        "corners": wrong["corners"],
    }  # fmt: skip
    assert list(followed(variant, answers).values())[1:5] == ["carried"] * 4
    assert followed(variant, answers)["corners"] in ("wrong", "partial")


@pytest.mark.parametrize("seed", range(6))
def test_roundings_on_the_way_are_allowed_for(seed: int) -> None:
    """Probabilities are written with three digits, and the loss is computed with more."""
    variant = find(13).variant(seed, 2)
    p = variant.params
    shares = [[1 / (1 + math.exp(-z)) for z in row] for row in p.logits]  # the sigmoid of each logit
    shares = [[share * 0.9 for share in row] for row in shares]  # which no named mistake gives
    loss = sum(-math.log(row[c - 1]) for row, c in zip(shares, p.classes, strict=True)) / len(p.classes)
    answers = {"probabilities": tuple(map(tuple, shares)), "loss": loss}
    assert followed(variant, answers) in (
        {"probabilities": "wrong", "loss": "carried"}, {"probabilities": "partial", "loss": "carried"},
    )  # fmt: skip
    assert followed(variant, answers | {"loss": loss + 0.05})["loss"] == "wrong"


def test_a_formula_is_carried_into_its_value() -> None:
    variant = find(32).variant(2, 2)
    n, total = len(variant.params.ys), sum(variant.params.ys)
    answers = {
        "formula": Formula(f"{total + 1}/({n} + lambda)"),
        "penalty": variant.solution.penalty + 1,
        "final": Fraction(total + 1) / (n + variant.solution.penalty + 1),
    }
    assert followed(variant, answers) == {"formula": "wrong", "penalty": "wrong", "final": "carried"}
    alone = answers | {"formula": variant.solution.beta, "final": Fraction(total) / (n + variant.solution.penalty + 1)}
    assert followed(variant, alone) == {"formula": "right", "penalty": "wrong", "final": "carried"}
    singular = answers | {"formula": Formula(f"{total}/(lambda - {answers['penalty']})")}
    assert followed(variant, singular)["final"] == "wrong"


# --- tables of responses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "problem", "part", "points"),
    [
        ("3", "3", "", False),
        ("3.loss", "3", "loss", False),
        (" 3 . loss ", "3", "loss", False),
        ("3.max_pool", "3", "max_pool", False),
        ("3б", "3", "б", False),
        ("3(b)", "3", "b", False),
        ("3 (б)", "3", "б", False),
        ("3.graph.points", "3", "graph", True),
        ("3.баллы", "3", "", True),
        ("softmax.loss", "softmax", "loss", False),
        ("convolution-by-hand.map", "convolution-by-hand", "map", False),
        ("028-G00-073", "028-G00-073", "", False),
        ("028g00073.value", "028-G00-073", "value", False),
        ("028–G00–073.value.points", "028-G00-073", "value", True),
    ],
)
def test_titles_of_columns(title: str, problem: str, part: str, points: bool) -> None:
    column = read_column(title)
    assert column is not None
    assert (column.problem, column.part, column.points) == (problem, part, points)


@pytest.mark.parametrize("title", ["", "=1+1", "two words and more", "1.a.b", "028-G00-074", "x" * 200, "\x00"])
def test_not_titles_of_answers(title: str) -> None:
    column = read_column(title)
    assert column is None or column.problem not in ("1", "028-G00-073")


def test_parts_by_letter() -> None:
    asked = ("map", "pool", "sizes")
    assert [part_named(name, asked) for name in ("a", "а", "б", "b", "в", "c", "MAP", "pool")] == [
        "map", "map", "pool", "pool", "sizes", "sizes", "map", "pool",
    ]  # fmt: skip
    assert part_named("d", asked) is None
    assert part_named("", asked) is None


def cells(text: str) -> list[tuple[str, str, str, str, str, bool]]:
    return [
        (row.student, row.form, cell.column.problem, cell.column.part, cell.text, cell.column.points)
        for row in parse_responses(text).rows for cell in row.cells
    ]  # fmt: skip


def test_long_and_wide_tables_say_the_same() -> None:
    wide = "student,1.a,1.b,2.points\ns1,5,\"6\n7\",2\ns2,,8,\n"
    long = "Student;Problem;Part;Answer;Points\r\ns1;1;a;5;\r\ns1;1;b;\"6\n7\";\r\ns1;2;;;2\r\ns2;1;b;8;\r\n"
    assert cells("\ufeff" + wide) == cells(wide)
    assert cells(wide) == cells(long)
    tabs = wide.replace(",", "\t")
    assert cells(tabs) == cells(wide)


def test_apostrophes_that_guard_cells_are_none_of_the_answer() -> None:
    """listok and platforms write one where a spreadsheet would see a formula, platforms even before numbers."""
    for answer in ("-1/3", "-3.5", "=2", "+4", "-1; 2"):
        assert cells(f"student,1.a\ns1,'{answer}\n") == cells(f"student,1.a\ns1,{answer}\n")
    assert cells("student,1.a\ns1,'5\n")[0][-2] == "'5"


def test_the_tables_of_the_guide_are_read() -> None:
    page = (ROOT / "docs" / "grading.md").read_text(encoding="utf-8")
    wide, long = (parse_responses(block) for block in re.findall(r"```csv\n(.*?)```", page, re.DOTALL))
    assert [(cell.column.title, cell.text) for cell in wide.rows[0].cells] == [
        ("1.а", "74"), ("1.б", "max(0; 5x1 − 3x2)"), ("3.loss", "0,5"), ("7.map", "1 2; 3 4"),
        ("6.graph.points", "1,5"),
    ]  # fmt: skip
    assert [(cell.column.title, cell.text) for row in long.rows for cell in row.cells] == [
        ("1.a", "74"), ("softmax.loss", "0.693"), ("6.graph", "1.5"),
    ]  # fmt: skip
    assert wide.notes == long.notes == ()
    for title in re.findall(r"`([^`]+)`", page.split("Which answer it is")[1].split("## What is read")[0]):
        assert read_column(title) is not None, title


def test_russian_titles() -> None:
    assert cells("студент;задача;пункт;ответ\ns1;1;б;0,5\n") == [("s1", "", "1", "б", "0,5", False)]
    assert cells("вариант;ФИО;1б\nZXF-AW8-817;Ян;7\n") == [("", "ZXF-AW8-817", "1", "б", "7", False)]


def test_a_colon_does_not_make_a_table_canvass() -> None:
    assert [cell[2:5] for cell in cells("student,1: value,2: a\ns1,5,6\n")] == [("1", "value", "5"), ("2", "a", "6")]


def test_an_id_goes_before_a_name() -> None:
    assert cells("student,id,1\nAnna,s1,5\n")[0][0] == "s1"


def test_what_is_passed_over_is_noted() -> None:
    table = parse_responses("student,1,time taken (s),2.x.y\ns1,5,60,1\ns2,5,60,1,7\n")
    assert [str(note).split(",")[0] for note in table.notes] == [
        "column 'time taken (s)' names no problem", "column '2.x.y' names no problem",
        "row 3 has more cells than the header has columns",
    ]  # fmt: skip
    table = parse_responses("student,problem,answer,comment\ns1,one and a half,5,\ns1,1,5,hm\n")
    assert len(table.rows) == 1
    assert tuple(map(str, table.notes)) == (
        "column 'comment' is not known, it is passed over",
        "row 2: 'one and a half' names no problem, the row is passed over",
    )
    assert parse_responses("student,1,points\ns1,5,6\n").notes == (
        message("column_without_problem", column="points"),
    )


def test_cells_of_any_size_and_kind_are_read() -> None:
    text = 'student,1,2\ns1,"' + "9" * 10_000_000 + '",\x00\ns2,(((,"=cmd|\'/c\'!A1"\n'
    rows = parse_responses(text).rows
    assert len(rows[0].cells[0].text) == 10_000_000
    assert rows[1].cells[1].text.startswith("=cmd")
    assert csv.field_size_limit() == 131072


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"1.a,1.b\n5,6\n", "row 1 has no column 'student' or 'form'; it has '1.a', '1.b'"),
        ("студент;1\nя;5\n".encode("cp1251"), "not UTF-8 (byte 0)"),
        (b'student,1\ns1,"5\ns2,6\n', "line 3: "),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "responses.csv"
    path.write_bytes(data)
    with pytest.raises(TableError) as caught:
        read_responses(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot be read"):
        read_responses(tmp_path / "nothing.csv")


# --- a whole class ------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Class:
    """An exam of two planted exercises, with a roster whose names are not to be trusted."""

    folder: Path
    bank: Path
    exam: Exam

    @property
    def forms(self) -> tuple[Form, ...]:
        return self.exam.forms

    def grade(self, rows: str, *options: str, out: str = "marks", code: int = 0) -> Result:
        (self.folder / "responses.csv").write_text(rows, encoding="utf-8")
        arguments = ["grade", str(self.folder / "exam.json"), str(self.folder / "responses.csv")]
        arguments += ["--out", str(self.folder / out), "--bank", str(self.bank), *options]
        result = CliRunner().invoke(main, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == code, result.output
        return result

    def rows(self, name: str, out: str = "marks") -> list[dict[str, str]]:
        text = (self.folder / out / name).read_text(encoding="utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in text[:60] else ","))

    def text(self, name: str, out: str = "marks") -> str:
        return (self.folder / out / name).read_text(encoding="utf-8")


ROSTER = """id,name,group
s1,Анна Белая,НС-1
s2,<b>Борис</b> & К°,НС-1
../s3,Вера Громова,НС-2
=s4,Вера Громова,НС-2
"""

PARTS = ("value", "row", "grid", "slope", "truths", "parity", "why")


@pytest.fixture
def school(plant: Plant, tmp_path: Path) -> Class:
    forget_the_bank()
    planted = plant(CARRY)
    blueprint = tmp_path / "exam.toml"
    blueprint.write_text(
        'title = { ru = "Контрольная", en = "Test" }\ncourse = { ru = "Курс", en = "Course" }\ndate = 2026-12-01\n'
        f"seed = 7\n[[items]]\nexercise = {planted.number}\nparts = {list(PARTS)}\npoints = 8\n"
        f'[[items]]\nexercise = {planted.number}\nlevel = 2\nparts = ["value"]\npoints = 2\n',
        encoding="utf-8",
    )
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    arguments = ["build", str(blueprint), "--roster", str(tmp_path / "roster.csv"), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(main, [*arguments, "--no-pdf", "--bank", str(planted.folder)])
    assert result.exit_code == 0, result.output
    (tmp_path / "out" / "exam.json").rename(tmp_path / "exam.json")
    return Class(tmp_path, planted.folder, load(tmp_path / "exam.json", planted.folder))


def right(form: Form) -> list[str]:
    """The right answers of a form, options as letters."""
    answers = []
    for slot in form.slots:
        for part in slot.points:
            key, asked = slot.variant.exercise.parts[part], slot.variant.asked(part)
            if isinstance(key, Open):
                answers.append("because")
            elif isinstance(key, (Choice, Choices, Matching)):
                names = (asked.right,) if isinstance(asked.right, str) else asked.right
                answers.append(key.letters(names, asked, RUSSIAN_LETTERS) or "-")
            else:
                answers.append(key.show(asked.right))
    return answers


def table(rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([header or ("student", *(f"1.{part}" for part in PARTS), "2"), *rows])
    return out.getvalue()


def test_a_class_is_marked(school: Class) -> None:
    first, second, *_ = school.forms
    wrong = right(second)
    wrong[0] = str(second.slots[0].variant.solution.value + 1)
    result = school.grade(table([["s1", *right(first)], ["s2", *wrong]], [
        "student", *(f"1{letter}" for letter in "абвгдеж"), "2.a"]))  # fmt: skip
    assert [path.rpartition("/")[2] for path in result.stdout.split()] == [
        "marks.csv", "marks-parts.csv", "feedback.html", "report.html"
    ]  # fmt: skip
    assert "no answers of 2 of 4 students: ../s3, =s4" in result.stderr
    assert "marked 2 of 4 forms" in result.stderr
    rows = {row["student"]: row for row in school.rows("marks.csv")}
    assert rows["s1"] | {"pending": ""} == {
        "student": "s1", "name": "Анна Белая", "group": "НС-1", "form": first.code, "1": "7", "2": "2", "total": "9",
        "maximum": "10", "percent": "90", "pending": "",
    }  # fmt: skip
    assert rows["s1"]["pending"] == "1"  # the open part
    assert (rows["s2"]["total"], rows["s2"]["percent"]) == ("7", "70")  # of the value alone
    assert rows["../s3"]["total"] == rows["../s3"]["1"] == ""
    assert "'=s4" in rows
    parts = [row for row in school.rows("marks-parts.csv") if row["student"] == "s2"]
    assert [(row["part"], row["verdict"]) for row in parts] == [
        ("value", "wrong"), ("row", "right"), ("grid", "right"), ("slope", "right"), ("truths", "right"),
        ("parity", "right"), ("why", "to-be-marked"), ("value", "right"),
    ]  # fmt: skip
    assert parts[0]["answer"] == wrong[0]


def test_carried_answers_are_marked_in_every_file(school: Class) -> None:
    form = school.forms[0]
    answers = right(form)
    solution, params = form.slots[0].variant.solution, form.slots[0].variant.params
    answers[0] = str(solution.value + 1)
    answers[2] = f"{params.a} {params.b}; {params.x} {solution.value + 1}"
    school.grade(table([["s1", *answers]]), "--lang", "en")
    row = next(row for row in school.rows("marks-parts.csv") if row["part"] == "grid")
    assert (row["verdict"], row["carried"], row["points"]) == ("carried", "yes", "1")
    assert "follows correctly from your own earlier answers" in school.text("feedback.html")


def test_points_by_hand_come_from_columns_of_their_own(school: Class) -> None:
    school.grade(table([["s1", "0,5", ""], ["s2", "9", ""]], ["student", "1.why.points", "2"]))
    rows = {row["student"]: row for row in school.rows("marks-parts.csv") if row["part"] == "why"}
    assert (rows["s1"]["verdict"], rows["s1"]["points"]) == ("by-hand", "0,5")
    assert (rows["s2"]["verdict"], rows["s2"]["points"]) == ("unreadable", "0")
    assert rows["s2"]["reason"] == "points: expected 0 to 1, got 9"


def test_every_way_to_name_a_row_and_a_column(school: Class) -> None:
    form = school.forms[0]
    code, value = form.slots[1].variant.code, right(form)[-1]
    name = form.slots[0].variant.exercise.name
    for rows in (
        table([[form.code, value]], ["form", "2"]),
        table([[form.code.lower().replace("-", ""), value]], ["student", "2.value"]),
        table([["Белая  анна".title(), value], ["анна белая", value]], ["student", "2.а"]),
        table([["S1", value]], ["id", code]),
        table([["s1", form.code, value]], ["student", "form", f"{code}.value"]),
        f"student;problem;part;answer\ns1;2;;{value}\ns1;{code};value;{value}\n",
    ):
        school.grade(rows, "--force")
        row = [row for row in school.rows("marks-parts.csv") if row["student"] == "s1"][-1]
        assert (row["problem"], row["verdict"]) == ("2", "right"), rows
    result = school.grade(table([["s1", value]], ["student", name]), "--force")
    assert f"column {name!r} fits no form ({name} stands in the form 2 times: call it by its number)" in result.stderr


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("student,2\ns9,5\n", "row 2: there is no student 's9' in this exam; the row is passed over"),
        ("student,2\nВера Громова,5\n", "several students are called 'Вера Громова': give their ids"),
        ("form,2\nZZZ-ZZZ-ZZZ,5\n", "mistyped character"),
        ("student,form,2\n,,5\n", "it names neither a student nor a form"),
        ("student,9.value\ns1,5\n", "column '9.value' fits no form (the form has 2 problems)"),
        ("student,1\ns1,5\n", "column '1' fits no form (the problem has the parts value, row,"),
        ("student,1.root\ns1,5\n", "part 'root' of toy-line"),
        ("student,1.roots\ns1,5\n", "has no part 'roots'; asked are value, row,"),
        ("student,2\ns1,\n", "column '2' is empty"),
        ("student,2\ns1,x\n", "student 's1', problem 2, part value: unreadable: expected a number"),
        ("student,2\ns1,5\ns1,6\n", "student 's1' has more than one answer to a part"),
        ("student,2\ns1,5\ns1,6\n", "unreadable: 2 different answers were typed: '5', '6'"),
        ("student,2\ns1,5\n", "part row: nobody’s answer is in the table"),
        ("student,1.truths\ns1,B\n", "unreadable: are the letters of 'B' Russian or Latin?"),
    ],
)
def test_what_is_listed_and_not_guessed_at(school: Class, rows: str, said: str) -> None:
    result = school.grade(rows, "--lang", "en")
    assert said in result.stderr
    assert all(line.startswith("listok: ") for line in result.stderr.splitlines())
    school.grade(rows, "--lang", "ru", out="ru")
    flat, russian = (
        re.sub(r"\s+", " ", "".join(ElementTree.fromstring(_xml(school.text("report.html", out))).itertext()))
        for out in ("marks", "ru")
    )
    assert said.rpartition("unreadable: ")[2] in flat
    assert said.rpartition("unreadable: ")[2] not in russian


def test_points_decide_between_two_answers(school: Class) -> None:
    school.grade("student,2,2.points\ns1,5,\ns1,6,2\n")
    row = next(row for row in school.rows("marks-parts.csv") if row["problem"] == "2")
    assert (row["verdict"], row["points"], row["answer"]) == ("by-hand", "2", "5 | 6")
    school.grade("student,2.points\ns1,1\ns1,2\n", "--force")
    row = next(row for row in school.rows("marks-parts.csv") if row["problem"] == "2")
    assert (row["verdict"], row["reason"]) == ("unreadable", "2 different points were typed: '1', '2'")


@pytest.mark.parametrize(
    ("header", "who", "known"),
    [("form,student", "{code},Иванов Иван", ("Иванов Иван", "Иванов Иван")),
     ("form,id,name", "{code},77-5,Иванов Иван", ("77-5", "Иванов Иван")),
     ("student,form", "77-5,{code}", ("77-5", "")),
     ("form,First name,Middle name,Last name,SID", "{code},Jane,Ann,Doe,77-5", ("77-5", "Jane Ann Doe")),
     ("form,Фамилия,Имя", "{code},Иванов,Иван", ("001", "Иванов Иван")),
     ("form", "{code}", ("001", ""))],
)  # fmt: skip
def test_the_form_decides_whose_a_numbered_copy_is(
    plant: Plant, tmp_path: Path, header: str, who: str, known: tuple[str, str]
) -> None:
    forget_the_bank()
    planted = plant()
    (tmp_path / "exam.toml").write_text(f"lang = 'en'\n[[items]]\nexercise = {planted.number}\nparts = ['value']\n")
    arguments = ["build", tmp_path / "exam.toml", "--copies", 2, "--out", tmp_path / "out", "--no-pdf", "--bank",
                 planted.folder]  # fmt: skip
    assert CliRunner().invoke(main, list(map(str, arguments))).exit_code == 0
    (tmp_path / "out" / "exam.json").rename(tmp_path / "exam.json")
    school = Class(tmp_path, planted.folder, load(tmp_path / "exam.json", planted.folder))
    form = school.forms[0]
    said = school.grade(f"{header},1\n{who.format(code=form.code)},{right(form)[0]}\n").stderr
    assert "passed over" not in said
    first, second = school.rows("marks.csv")
    assert (first["student"], first["name"], first["percent"]) == (*known, "100")
    assert second["student"] == "002"


def test_copies_of_several_people_and_people_with_several_copies() -> None:
    copies = {"ZXF-AW8-817": Student("001", ""), "HG4-67Y-115": Student("002", "")}

    def told(rows: str) -> tuple[list[str], list[str]]:
        read = Rows(copies, parse_responses(rows))
        return [*map(str, read.notes)], [*read.of]

    head = "form,id,name,1,2\n"
    notes, whose = told(head + "ZXF-AW8-817,s1,Ян,5,\nHG4-67Y-115,s3,Яна,5,\nzxfaw8817,s2,Ли,,6\n")
    several = "form ZXF-AW8-817 is said to be of different people, 's1', 's2'"
    assert notes == [f"row {row}: {several}; the row is passed over" for row in (2, 4)]
    assert whose == ["HG4-67Y-115"]
    notes, whose = told(head + "ZXF-AW8-817,s1,Ян,5,\nHG4-67Y-115,S1,Ян Ли,5,\n")
    assert notes == ["'s1' stands with several forms, ZXF-AW8-817, HG4-67Y-115: each has a row in the marks"]
    assert len(whose) == 2
    assert told(head + "ZXF-AW8-817,s1,Ян,5,\nZXF-AW8-817,S1,,,6\nZXF-AW8-817,,,,7\n") == ([], ["ZXF-AW8-817"])


@pytest.mark.parametrize(
    ("row", "whose"),
    [
        ("student,1\nАнна Белая,5", "a"), ("name,1\nБелая Анна,5", "a"), ("ФИО,1\nБелая Анна,5", "a"),
        ("Фамилия,Имя,1\nБелая,Анна,5", "a"), ("First name,Last name,1\nАнна,Белая,5", "a"),
        ("id,name,1\ns1,Белая А.,5", "a"),  # a name of nobody
        ("id,name,1\ns1,Вера Громова,5", ""), ("form,name,1\nZXF-AW8-817,Громова Вера,5", ""),
        ("form,name,1\nZXF-AW8-817,Белая Анна,5", "a"), ("id,student,1\ns1,Громова Вера,5", ""),
        ("student,form,1\nГромова Вера,ZXF-AW8-817,5", ""),
    ],
)  # fmt: skip
def test_a_name_beside_an_id_or_a_form_must_not_be_anothers(row: str, whose: str) -> None:
    students = {"ZXF-AW8-817": Student("s1", "Анна Белая"), "HG4-67Y-115": Student("s2", "Вера Громова")}
    rows = Rows(students, parse_responses(row))
    assert [*rows.of] == (["ZXF-AW8-817"] if whose else [])
    assert len(rows.notes) == (0 if whose else 1)


@pytest.mark.parametrize(
    ("state", "percent"), [("Finished", "0"), ("Завершено", "0"), ("Noch nicht begonnen", ""), ("Ещё не начато", "")]
)
def test_an_empty_attempt_is_a_zero_only_where_it_was_handed_in(school: Class, state: str, percent: str) -> None:
    rows = moodle(["Белая", "Анна", "s1", "a@example.org", "-", "-"]).replace(",Finished,", f",{state},")
    assert f",{state}," in rows
    school.grade(rows)
    assert {row["student"]: row["percent"] for row in school.rows("marks.csv")}["s1"] == percent


@pytest.mark.parametrize("state", ["Not started", "In progress", "Never submitted", "-", "Не начато"])
def test_attempts_that_were_not_handed_in_have_no_marks(school: Class, state: str) -> None:
    form = school.forms[0]
    rows = moodle(["Белая", "Анна", "s1", "a@example.org", cloze(gaps_of(form, 0)), right(form)[-1]])
    assert ",Finished," in rows
    school.grade(rows.replace(",Finished,", f",{state},"))
    assert {row["percent"] for row in school.rows("marks.csv")} == {""}


def test_a_row_without_an_answer_is_no_zero(school: Class) -> None:
    said = school.grade("student,1.value,2.value\ns1,,\ns2,5,\n").stderr
    marks = {row["student"]: row["percent"] for row in school.rows("marks.csv")}
    assert marks["s1"] == ""
    assert marks["s2"] != ""
    assert "no answers of 3 of 4 students: s1" in said


def test_letters_that_only_look_like_those_of_the_sheet_are_listed(school: Class) -> None:
    """A Latin e is the fifth letter, the Russian е the sixth."""
    form = school.forms[0]
    parts = list(form.slots[0].points)
    assert place_of(form, Column("1.e", "1", "e"), RUSSIAN_LETTERS) == message("unclear_part", typed="e", printed="е")
    assert place_of(form, Column("1.е", "1", "е"), RUSSIAN_LETTERS) == (0, parts[5])
    assert place_of(form, Column("1.a", "1", "a"), RUSSIAN_LETTERS) == (0, parts[0])
    assert place_of(form, Column("1.b", "1", "b"), RUSSIAN_LETTERS) == (0, parts[1])
    assert place_of(form, Column("1.e", "1", "e")) == (0, parts[4])
    # A capital looks like others than its small letter does.
    assert place_of(form, Column("1.B", "1", "B"), RUSSIAN_LETTERS) == message("unclear_part", typed="B", printed="в")
    assert place_of(form, Column("1.В", "1", "В"), ENGLISH_LETTERS) == message("unclear_part", typed="В", printed="b")
    assert place_of(form, Column("1.В", "1", "В"), RUSSIAN_LETTERS) == (0, parts[2])
    assert place_of(form, Column("1.B", "1", "B"), ENGLISH_LETTERS) == (0, parts[1])
    assert "is 'e' meant to be the letter" in school.grade("student,1.e\ns1,5\n", "--lang", "en", "--force").stderr


def rows_of(typed: str, *ids: str) -> list[str]:
    """The ids of those to whom a row belongs that has this in its column `student`."""
    students = {f"code {id_}": Student(id_, f"Name {id_.upper()}") for id_ in ids}
    rows = Rows(students, parse_responses(f"student,1\n{typed},5\n"))
    return [students[code].id for code in rows.of]


def test_whose_row_it_is() -> None:
    assert rows_of("s1", "s1", "S1") == ["s1"]
    assert rows_of("S1", "s1", "S1") == ["S1"]
    assert rows_of("S2", "s2", "s3") == ["s2"]
    assert rows_of("S2 Name", "s2", "s3") == ["s2"], "given name or family name first"
    assert rows_of("aB", "ab", "AB") == []
    assert rows_of("7", "007", "008") == ["007"]
    assert rows_of("7", "007", "07") == []
    assert rows_of("07", "007", "07") == ["07"]
    assert rows_of('"=""007"""', "007", "008") == ["007"], "as spreadsheets keep the zeros of a number"
    assert rows_of("name s1", "s1", "s2") == ["s1"]
    assert rows_of("name s1", "s1", "S1") == []


def test_a_form_and_a_student_that_do_not_belong_together(school: Class) -> None:
    result = school.grade(table([["s1", school.forms[1].code, "5"]], ["student", "form", "2"]))
    assert f"form {school.forms[1].code} is of student 's2', not of 's1'; the row is passed over" in result.stderr
    assert school.rows("marks.csv")[0]["total"] == ""


def test_another_students_variant_is_not_marked(school: Class) -> None:
    other = school.forms[1].slots[1].variant
    rows = [["s1", right(school.forms[1])[-1], "5"], ["s2", "", "5"]]
    result = school.grade(table(rows, ["student", other.code, "2"]))
    assert f"column '{other.code}'" in result.stderr
    row = next(row for row in school.rows("marks-parts.csv") if row["student"] == "s1" and row["problem"] == "2")
    assert row["answer"] == "5"


def test_the_same_answer_twice_is_one_answer(school: Class) -> None:
    value = right(school.forms[0])[-1]
    result = school.grade(f"student,2\ns1,{value}\ns1, {value}\n")
    assert "rows 2, 3: student 's1' has more than one answer to a part there" in result.stderr
    assert [row["verdict"] for row in school.rows("marks-parts.csv") if row["problem"] == "2"] == ["right"]


def test_many_notes_are_counted(school: Class) -> None:
    result = school.grade("student,2\n" + "".join(f"x{n},5\n" for n in range(30)), "--lang", "en")
    lines = result.stderr.splitlines()
    assert len(lines) == 22
    assert re.fullmatch(r"listok: and \d+ more, see report.html", lines[-2])
    assert "row 31: there is no student" in school.text("report.html")


def test_right_answers_are_shown_only_on_request(school: Class) -> None:
    form = school.forms[0]
    rows = table([["s1", "123456", *right(form)[1:]]])
    school.grade(rows, "--lang", "en")
    assert "The right answer" not in school.text("feedback.html")
    value = str(form.slots[0].variant.solution.value)
    school.grade(rows, "--lang", "en", "--show-answers", "--force")
    shown = re.sub(r"<[^>]*>", "", school.text("feedback.html")).replace("−", "-")
    assert f"The right answer: {value}" in shown


def _xml(page: str) -> str:
    """A page of ours as XML: void elements closed, no doctype, no entities."""
    page = page.replace("<!DOCTYPE html>", "").replace("&#x2061;", "").replace("&#xA0;", " ").replace("&nbsp;", " ")
    page = re.sub(r"<(meta|hr|br)([^>]*)>", r"<\1\2/>", page)
    return re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


HOSTILE = ["=HYPERLINK(\"http://x\")", "<script>alert(1)</script>", "+1+1|cmd", "@SUM(1)", "-1-1", "\u202e5", "&lt;"]


def test_nothing_typed_is_markup_or_a_formula(school: Class) -> None:
    school.grade(table([["s1", *HOSTILE, "5\x005"], ["s2", *right(school.forms[1])]]), "--per-student")
    for name in ("feedback.html", "report.html", "feedback/s1.html"):
        page = school.text(name)
        assert "<script" not in page
        assert "<b>Борис" not in page
        assert "http" not in re.sub(r"alert|HYPERLINK\S*|&quot;http://x&quot;", "", page)
        assert not re.search("[\x00-\x08\u202a-\u202e]", page)
        ElementTree.fromstring(_xml(page))
    for name in ("marks.csv", "marks-parts.csv"):
        for row in school.rows(name):
            assert not any(re.match(r"[=+@\t\r]|-(?![0-9.]+$)", cell) for cell in row.values()), row


def test_files_of_students_have_safe_names(school: Class) -> None:
    school.grade(table([["s1", *right(school.forms[0])]]), "--per-student")
    names = sorted(path.name for path in (school.folder / "marks" / "feedback").iterdir())
    codes = [form.code for form in school.forms]
    assert names == sorted(["s1.html", "s2.html", f"___s3-{codes[2]}.html", f"_s4-{codes[3]}.html"])
    assert not list(school.folder.glob("s3*"))
    one = school.text("feedback/s1.html")
    assert "Анна Белая" in one
    assert "Вера Громова" not in one


def test_nothing_is_overwritten_without_force(school: Class) -> None:
    rows = table([["s1", *right(school.forms[0])]])
    school.grade(rows)
    before = school.text("marks.csv")
    refused = school.grade(rows.replace("s1", "s2"), code=1)
    assert "marks.csv is there already: give another --out, or --force to replace it" in refused.stderr
    assert school.text("marks.csv") == before
    school.grade(rows.replace("s1", "s2"), "--force")
    assert school.text("marks.csv") != before
    assert not list((school.folder / "marks").glob("*.part"))


def test_errors_of_files_are_one_line(school: Class, tmp_path: Path) -> None:
    (school.folder / "exam.json").write_text('{"format": 1}', encoding="utf-8")
    result = school.grade("student,2\ns1,5\n", code=1)
    assert result.stderr.count("\n") == 1
    assert "exam.json" in result.stderr
    assert not (tmp_path / "marks").exists()


def test_the_order_of_rows_and_the_hash_seed_change_nothing(school: Class) -> None:
    rows = [[form.student.id, *right(form)] for form in school.forms]
    rows[1][1] = "oops"
    school.grade(table(rows), "--per-student", out="first")
    (school.folder / "responses.csv").write_text(table(rows[::-1]), encoding="utf-8")
    files = [str(school.folder / name) for name in ("exam.json", "responses.csv")]
    out = str(school.folder / "second")
    python("-m", "listok", "grade", *files, "--per-student", "--out", out, "--bank", str(school.bank), hash_seed=11)
    first = {path.name: path.read_bytes() for path in (school.folder / "first").rglob("*.*")}
    second = {path.name: path.read_bytes() for path in (school.folder / "second").rglob("*.*")}
    assert len(first) == 8
    assert first == second


def test_both_languages(school: Class) -> None:
    answers = [[form.student.id, *right(form)] for form in school.forms[:3]]
    answers[0][3] = answers[0][3].replace(";", ".5;")  # half a cell too much
    rows = table(answers)
    school.grade(rows, "--lang", "en", out="en")
    school.grade(rows, "--lang", "ru", out="ru")
    assert school.rows("marks.csv", "en")[0]["percent"] == "87.5"
    assert school.rows("marks.csv", "ru")[0]["percent"] == "87,5"
    for lang, word in (("en", "Cronbach’s alpha"), ("ru", "альфа Кронбаха")):
        page = school.text("report.html", lang)
        assert f'<html lang="{lang}">' in page
        assert word in page
        words = re.sub(r"<[^>]*>", " ", page.replace("Анна Белая", "").replace("Вера Громова", "").replace("Борис", ""))
        assert bool(re.search("[а-яё]{3}", words.replace("К°", ""))) == (lang == "ru")


def test_students_of_an_exam_file(school: Class) -> None:
    found = read_students(school.folder / "exam.json")
    assert [student.id for student in found.values()] == ["s1", "s2", "../s3", "=s4"]
    assert list(found) == [form.code for form in school.forms]


def test_places(school: Class) -> None:
    form = school.forms[0]
    assert place_of(form, Column("2", "2")) == (1, "value")
    assert place_of(form, Column("1.б", "1", "б")) == (0, "row")
    assert place_of(form, Column("0", "0")) == message("form_too_short", count=len(form.slots))


# --- downloads of platforms ---------------------------------------------------------------------------------------


def gaps_of(form: Form, slot: int) -> list[str]:
    """The right answers to a problem as they are typed into the gaps of an exported question, cell by cell."""
    variant, typed = form.slots[slot].variant, list[str]()
    for part in form.slots[slot].points:
        key, asked = variant.exercise.parts[part], variant.asked(part)
        if isinstance(key, Open):
            continue
        if isinstance(key, Choices):
            typed += ["true" if name in asked.right else "false" for name in asked.options]
        elif isinstance(key, (Choice, Matching)):
            names = (asked.right,) if isinstance(asked.right, str) else asked.right
            typed += [RUSSIAN_LETTERS[asked.options.index(name)] for name in names]
        else:
            typed += [str(number) for number in leaves(asked.right)]
    return typed


def cloze(gaps: Sequence[str], word: str = "part") -> str:
    """What Moodle makes of a cloze question in its table: `qtype_multianswer` joins the gaps so."""
    return "; ".join(f"{word} {number}: {gap}" for number, gap in enumerate(gaps, 1))


def moodle(*rows: Sequence[str], words: str = "en") -> str:
    """A table as Moodle's report “Responses” downloads it, with the questions' texts."""
    header = {
        "en": "Last name,First name,ID number,Email address,Status,Started,Completed,Duration,Grade/10.00,"
        "Question 1,Response 1,Question 2,Response 2",
        "ru": "Фамилия,Имя,Индивидуальный номер,Адрес электронной почты,Состояние,Тест начат,Завершено,"
        '"Затраченное время","Оценка/10,00","Вопрос 1","Ответ 1","Вопрос 2","Ответ 2"',
    }[words]
    out = io.StringIO()
    when = ["Finished", "27 November 2026 10:00", "27 November 2026 11:00", "1 hour", "7.00"]
    csv.writer(out).writerows([*who, *(when if typed else ["-"] * 5), "1", typed or "-", "2", value or "-"]
                              for *who, typed, value in rows)  # fmt: skip
    return "\ufeff" + header + "\n" + out.getvalue()


def canvas(*rows: Sequence[str], questions: Sequence[str] = ("1", "2.value"), sis: bool = True) -> str:
    """A table as Canvas's “Student analysis” of a quiz downloads it."""
    out = io.StringIO()
    asked = [cell for number, text in enumerate(questions, 4711) for cell in (f"{number}: {text}", "2.0")]
    header = ["name", "id", "sis_id", "section", "section_id", "submitted", "attempt", *asked, "n correct",
              "n incorrect", "score"]  # fmt: skip
    csv.writer(out).writerow(cell for cell in header if sis or cell != "sis_id")
    for name, own, student, *typed in rows:
        given = [cell for text in typed for cell in (text, "0.0")]
        row = [name, own, *([student] if sis else []), "НС-1", "5", "2026-11-27 11:00:00 UTC", "1", *given]
        csv.writer(out).writerow([*row, "0", "2", "0"])
    return out.getvalue()


def outcomes_of(school: Class, student: str) -> dict[str, str]:
    rows = [row for row in school.rows("marks-parts.csv") if row["student"] == student]
    return {f"{row['problem']}.{row['part']}": row["verdict"] for row in rows}


ALL_RIGHT = {f"1.{part}": "right" for part in PARTS} | {"1.why": "to-be-marked", "2.value": "right"}


@pytest.mark.parametrize(("words", "word"), [("en", "part"), ("ru", "часть")])
def test_a_download_of_moodle(school: Class, words: str, word: str) -> None:
    first, second, *_ = school.forms
    wrong = gaps_of(second, 0)
    wrong[1:3] = ["", "999"]  # two cells of the second part
    rows = moodle(
        ["Белая", "Анна", "", "anna@example.org", cloze(gaps_of(first, 0), word), right(first)[-1]],
        ["Other", "Name", "s2", "b@example.org", cloze(wrong, word), "-"],
        ["Громова", "Вера", "../s3", "v@example.org", "", ""],
        ["Nobody", "Knows", "", "n@example.org", cloze(wrong, word), "5"],
        words=words,
    )
    result = school.grade(rows)
    assert result.stderr.splitlines()[0] == (
        "listok: row 5: there is no student 'n@example.org' in this exam; the row is passed over"
    )
    assert "column" not in result.stderr
    assert outcomes_of(school, "s1") == ALL_RIGHT
    assert outcomes_of(school, "s2") == ALL_RIGHT | {"1.row": "partial", "2.value": "missing"}
    assert "no answers of 2 of 4 students: ../s3, =s4" in result.stderr  # an attempt that was not begun is none
    row = next(row for row in school.rows("marks-parts.csv") if row["student"] == "s2" and row["part"] == "row")
    count = len(second.slots[0].variant.solution.row)
    assert Fraction(row["score"].replace(",", ".")) == pytest.approx((count - 2) / count, abs=0.01)


@pytest.mark.parametrize("text", ["1 _____", "1 _____ _____ {a; b}", "1: {да; нет} _____"])
def test_gaps_beside_the_name_of_a_problem(school: Class, text: str) -> None:
    """Moodle sums up the text of a cloze question with its gaps in it."""
    form = school.forms[0]
    rows = moodle(["Белая", "Анна", "s1", "", cloze(gaps_of(form, 0)), right(form)[-1]])
    result = school.grade(rows.replace(",1,part", f',"{text}",part').replace(',1,"part', f',"{text}","part'))
    assert "column" not in result.stderr
    assert outcomes_of(school, "s1") == ALL_RIGHT


def test_questions_that_a_teacher_has_numbered(school: Class) -> None:
    first, *_ = school.forms
    rows = moodle(["Белая", "Анна", "s1", "", cloze(gaps_of(first, 0)), right(first)[-1]])
    for called in ("1a", "A.2", "В2"):
        school.grade(rows.replace("Question 1,Response 1", f"Question {called},Response {called}"), "--force")
        assert outcomes_of(school, "s1") == ALL_RIGHT


def test_a_download_of_canvas(school: Class) -> None:
    first, second, *_ = school.forms

    def blanks(gaps: Sequence[str]) -> str:
        return ",".join(gap.replace(",", "\\,") for gap in gaps)

    decimal = [gap.replace(".", ",") for gap in gaps_of(first, 0)]
    fewer = gaps_of(second, 0)[:-1]
    rows = canvas(
        ["Анна Белая", "70001", "s1", blanks(decimal), right(first)[-1]],
        ["Борис", "70002", "s2", blanks(fewer), right(second)[-1]],
    )
    result = school.grade(rows)
    assert outcomes_of(school, "s1") == ALL_RIGHT
    wanted = f"row 3, column '1': expected 6 or {len(fewer) + 1} gaps for all parts, got {len(fewer)}"
    assert wanted in result.stderr
    assert outcomes_of(school, "s2")["2.value"] == "right"
    school.grade(canvas(["Анна Белая", "70001", "", blanks(decimal), "5"], sis=False), "--force")
    assert outcomes_of(school, "s1") == ALL_RIGHT | {"2.value": outcomes_of(school, "s1")["2.value"]}
    # the title is the text as the teacher wrote it: what stands in one paragraph with the number stands in one line
    titles = ["1" + "".join(f" [b{n}]" for n, _ in enumerate(decimal)), "2.value [x]"]
    school.grade(canvas(["Анна Белая", "7", "s1", blanks(decimal), right(first)[-1]], questions=titles), "--force")
    assert outcomes_of(school, "s1") == ALL_RIGHT


def test_options_picked_on_canvas_by_number_and_by_yes(school: Class) -> None:
    form = school.forms[0]
    variant = form.slots[0].variant
    typed = gaps_of(form, 0)
    place = sum(len(leaves(getattr(variant.solution, part))) for part in ("value", "row", "grid"))
    slope = variant.asked("slope")
    typed[place] = f"{slope.options.index(slope.right) + 1})"
    count = len(variant.options("truths"))
    typed[place + 1 : place + 1 + count] = [
        {"true": "Да", "false": "−"}[gap] for gap in typed[place + 1 : place + 1 + count]
    ]
    parity = variant.asked("parity")
    typed[place + 1 + count :] = [str(parity.options.index(name) + 1) for name in parity.right]
    school.grade(canvas(["Анна Белая", "70001", "s1", ",".join(typed)], questions=["1"]))
    assert outcomes_of(school, "s1") == ALL_RIGHT | {"2.value": "missing"}
    typed[place + 1] = "perhaps"
    result = school.grade(canvas(["Анна Белая", "70001", "s1", ",".join(typed)], questions=["1"]), "--force")
    assert "column '1': expected yes or no beside each option, got 'perhaps'" in result.stderr


def test_one_gap_for_each_part(school: Class) -> None:
    form = school.forms[0]
    whole = [answer for part, answer in zip((*PARTS, "value"), right(form), strict=True) if part != "why"][:-1]
    assert ";" in "".join(whole)
    school.grade(table([["s1", cloze(whole)]], ["student", "1"]))
    assert outcomes_of(school, "s1") == ALL_RIGHT | {"2.value": "missing"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (moodle(["Белая", "Анна", "s1", "", "5", "6"]).replace("Question", "Quest"),
         "a download of Moodle’s responses does not say which variant a question is: the text of a question must be "
         "the name of its problem and part, such as 3.loss; not so in 'Response 1', 'Response 2'"),
        (canvas(["Анна", "7", "s1", "5", "6"], questions=["Find the map.", "Find the sum."]),
         "a student analysis of Canvas does not say which variant a question is: the text of a question must be "
         "the name of its problem and part, such as 3.loss; not so in '4711: Find the map.', '4712: Find the sum.'"),
    ],
)  # fmt: skip
def test_downloads_that_do_not_say_what_was_asked(school: Class, text: str, said: str) -> None:
    result = school.grade(text, code=1)
    assert result.stderr == f"listok: {school.folder / 'responses.csv'}: {said}\n"
    assert not (school.folder / "marks").exists()


def test_some_questions_of_a_download_may_be_about_something_else(school: Class) -> None:
    value = right(school.forms[0])[-1]
    text = canvas(["Анна Белая", "7", "s1", value, "fine"], questions=["2.value", "How are you?"])
    result = school.grade(text)
    assert "such as 3.loss; not so in '4712: How are you?': passed over" in result.stderr
    assert outcomes_of(school, "s1")["2.value"] == "right"


def test_a_row_that_fits_two_students(school: Class) -> None:
    result = school.grade(canvas(["Анна Белая", "7", "s2", "5", "6"]))
    assert "row 2: what it calls the student fits 's2' and 's1'; the row is passed over" in result.stderr


def test_gaps_are_told_apart_whatever_stands_in_them() -> None:
    odd = ("3; 4", "part 2: 5", "", "1:2", "a; b; c", "; part 9: x")
    assert moodle_gaps(cloze(odd)) == odd
    assert moodle_gaps(cloze(odd, "частина")) == odd
    assert moodle_gaps("part 1: only") == ("only",)
    for text in ("", "5", "part 2: 5", "3: 4", "; part 1: 5", "part one: 5"):
        assert moodle_gaps(text) == ()
    assert canvas_blanks("1\\,5,,x\\,y") == ("1,5", "", "x,y")


# --- the analysis of a class --------------------------------------------------------------------------------------


def form_of(place: int, problems: Sequence[ProblemMarks]) -> FormMarks:
    return FormMarks(f"F{place}", f"s{place}", f"Student {place}", "", tuple(problems))


def part_of(name: str, score: Fraction, outcome: str = "right", **more: object) -> PartMark:
    return PartMark(name, ONE, score, outcome, **more)  # type: ignore[arg-type]


def test_pending_and_missing_parts_in_the_analysis() -> None:
    outcomes = [("right", ONE), ("missing", NOTHING), ("unreadable", NOTHING), ("missing", NOTHING)]
    forms = [
        form_of(place, [ProblemMarks("one", f"V{place}", 5, (part_of("p", score, outcome),))])
        for place, (outcome, score) in enumerate(outcomes)
    ]
    found = analyse([*forms[:3], dataclasses.replace(forms[3], absent=True)])
    line = found.parts[0]
    assert (line.asked, line.marked, line.missing, line.pending, line.facility) == (3, 2, 1, 1, 0.5)
    assert (found.absent, found.mean) == (1, pytest.approx(1 / 3))
    assert found.alpha is None


def test_an_empty_class_is_analysed() -> None:
    found = analyse([])
    assert (found.shares, found.mean, found.alpha, found.parts, found.pairs) == ((), None, None, (), ())


def test_a_harder_alternative_is_noticed() -> None:
    forms = []
    for place in range(24):
        hard = place % 2 == 0
        able = Fraction(place // 2 % 4, 3)
        rest = ProblemMarks("rest", f"R{place}", 7, (part_of("q", able),))
        slip = Fraction(place % 3, 20)
        share = max(NOTHING, able - HALF + slip) if hard else able - slip / 2
        second = ProblemMarks("hard" if hard else "easy", f"V{place}", 9, (part_of("p", share),))
        forms.append(form_of(place, [rest, second]))
    analysis = analyse(forms)
    found = [one for one in analysis.comparisons if one.kind == "alternatives"]
    assert [(one.exercise, one.matters) for one in found] == [("easy", True)]
    report = ClassReport("", "", forms, analysis)
    texts = {lang: "".join(class_report(report, lang)) for lang in LANGS}
    assert "те, кому досталась «easy», набрали больше, чем те, кому досталась другая: на" in texts["ru"]
    assert "those who got “easy” earned more than those who got another, by" in texts["en"]
    assert found[0].effect is not None
    assert found[0].effect.effect > 0
    assert not analyse(forms).shared_variants


def test_longer_variants_and_shared_variants() -> None:
    forms = []
    for place in range(20):
        effort = 10 + place % 5
        share = Fraction(10 - place % 5 - (place % 3 == 0), 10)
        first = ProblemMarks("rest", "", 7, (part_of("q", Fraction(place // 5, 3)),))
        code = "shared" if place % 2 else f"V{place}"
        forms.append(form_of(place, [first, ProblemMarks("long", code, effort, (part_of("p", share),))]))
    found = {one.kind: one for one in analyse(forms).comparisons}
    assert found["effort"].matters
    assert found["effort"].effect is not None
    assert found["effort"].effect.effect < 0
    assert found["variant"].code == "shared"
    assert not found["variant"].matters
    assert analyse(forms).shared_variants


def test_few_students_are_too_few_to_tell() -> None:
    forms = [
        form_of(place, [ProblemMarks("ab"[place % 2], f"V{place}", place, (part_of("p", Fraction(place, 7)),))])
        for place in range(6)
    ]
    found = analyse(forms).comparisons
    assert {one.kind for one in found} == {"alternatives", "effort"}
    assert all(one.effect is None and not one.matters for one in found)


def test_copied_wrong_answers_are_found_and_mistakes_are_not() -> None:
    def answer(place: int, part: int, mistake: str | None) -> PartMark:
        copied = place in (3, 4) and part < 6
        value = Fraction(part + 100) if copied else Fraction(1000 * place + part)
        return part_of(f"p{part}", NOTHING, "wrong", value=value, mistake=mistake)

    def pairs(mistake: str | None) -> list[tuple[int, int]]:
        forms = [
            form_of(place, [ProblemMarks("e", f"V{place}", 1, tuple(answer(place, n, mistake) for n in range(10)))])
            for place in range(20)
        ]
        return [(pair.first, pair.second) for pair in analyse(forms).pairs]

    assert pairs(None) == [(3, 4)]
    assert pairs("flipped") == []


def test_parts_that_coincide_stand_in_the_order_of_the_form() -> None:
    def answers_of(place: int) -> tuple[PartMark, ...]:
        copied = place in (3, 4)
        values = {name: Fraction(n if copied else 1000 * place + n) for n, name in enumerate(("total", "lean", "bias"))}
        return tuple(part_of(name, NOTHING, "wrong", value=value) for name, value in values.items())

    forms = [
        form_of(place, [ProblemMarks("e", f"V{place}", 1, answers_of(place)), ProblemMarks("f", "", 1, ())])
        for place in range(9)
    ]
    page = "".join(class_report(ClassReport("", "", forms, analyse(forms)), "en"))
    assert "1(a) total, 1(b) lean, 1(c) bias" in page


# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "ru", "en"),
    [
        (Fraction(3), "3", "3"),
        (Fraction(5, 2), "2,5", "2.5"),
        (Fraction(1, 3), "0,33", "0.33"),
        (Fraction(-1, 2), "−0,5", "−0.5"),
        (Fraction(1, 1000), "0", "0"),
        (100.0, "100", "100"),
    ],
)
def test_numbers_in_both_languages(value: Fraction, ru: str, en: str) -> None:
    assert (number_text(value, "ru"), number_text(value, "en")) == (ru, en)


def test_points_in_both_languages() -> None:
    assert points_of(Fraction(3, 2), Fraction(2), "ru") == "1,5 из 2\u00a0баллов"
    assert points_of(ONE, ONE, "ru") == "1 из 1\u00a0балла"
    assert points_of(ONE, Fraction(21), "ru") == "1 из 21\u00a0балла"
    assert points_of(ONE, Fraction(5, 2), "ru") == "1 из 2,5\u00a0балла"
    assert points_of(NOTHING, ONE, "en") == "0 of 1\u00a0point"
    assert points_of(ONE, Fraction(2), "en") == "1 of 2\u00a0points"


def test_a_mistakes_words_are_filled_in(school: Class) -> None:
    form = school.forms[0]
    wrong = form.slots[1].variant.mistakes["no_constant"]["value"]
    school.grade(table([["s1", str(wrong)]], ["student", "2"]), "--lang", "en")
    filled = Filled(form.slots[1].variant, "en")
    assert filled.text.mistake("no_constant", "value")
    for name in ("feedback.html", "report.html"):
        assert "The constant seems to be lost." in school.text(name)


@pytest.mark.parametrize("lang", LANGS)
def test_the_report_calls_a_mistake_by_its_words(school: Class, lang: Lang) -> None:
    wrong = school.forms[0].slots[1].variant.mistakes["no_constant"]["value"]
    school.grade(table([["s1", str(wrong)]], ["student", "2"]), "--lang", lang)
    page = school.text("report.html")
    label = {"ru": "Похоже, свободный член потерян", "en": "The constant seems to be lost"}[lang]
    (bar,) = re.findall(r"<text[^>]*>[\d, ]+\. (.*?)</text>", page)
    assert bar == label
    assert f'<td class="wrap">{label}</td>' in page
    assert "no_constant" not in page
    assert "no_constant" in school.text("marks-parts.csv")


def test_labels_of_mistakes_are_short_and_tell_them_apart() -> None:
    words = {
        ("a", "one"): "The sign is wrong: it is\nx - 0.5. Look again.", ("a", "two"): "The sign is wrong: it is y.",
        ("a", "three"): "Is x lost? Add it.", ("b", "one"): "The sign is wrong:\nadd z.", ("b", "two"): "",
    }  # fmt: skip
    assert mistake_labels([*words, ("b", "three")], words) == {
        ("a", "one"): "The sign is wrong: it is x - 0.5", ("a", "two"): "The sign is wrong: it is y",
        ("a", "three"): "Is x lost", ("b", "one"): "The sign is wrong", ("b", "two"): "two", ("b", "three"): "three",
    }  # fmt: skip


@pytest.mark.parametrize("exercise", bank().values(), ids=lambda exercise: exercise.name)
def test_every_mistake_of_the_bank_has_a_label_of_its_own(exercise: AnyExercise) -> None:
    for lang in LANGS:
        filled = Filled(exercise.variant(2, 2), lang)
        told = {
            (exercise.name, name): plain.printer(lang).blocks(filled.blocks(filled.text.mistake(name, part)))
            for part, words in filled.text.parts.items()
            for name in words.mistakes
        }
        labels = mistake_labels(list(told), told).values()
        assert len(set(labels)) == len(told)
        assert all(4 < len(label) < 120 for label in labels)


def test_a_long_label_of_a_bar_is_cut_between_words_and_leaves_room_for_the_bar() -> None:
    drawn = bars([Bar("word " * 30, 0.5, "1/2"), Bar("short", 1.0, "2/2")], "Title")
    label = re.findall(r'<text x="(.*?)"[^>]*>(word.*?)</text>', drawn)[0]
    assert re.fullmatch(r"word( word)*…", label[1])
    assert 50 < len(label[1]) < 70
    assert float(label[0]) < 400
    assert 'width="180"' in drawn
    assert 'width="370"' in bars([Bar("short", 1.0, "2/2")], "Title")
