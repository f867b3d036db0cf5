"""Exercises of a teacher's own that use every name, sign and number they may: what each platform makes of them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from clients import canvas, moodle, qti
from conftest import Plant, Planted
from exporting import LANGS

from listok.answerkeys.composing import Request, Saved
from listok.answerkeys.exam_file import slot_data
from listok.answerkeys.export import Report, export
from listok.answerkeys.formats import Heading
from listok.answerkeys.formats.moodle import whole_weights
from listok.answerkeys.formats.moodle_typed import bound
from listok.answerkeys.formats.moodle_xml import graded
from listok.answerkeys.formats.qti import MOST_TOTALS, steps_of
from listok.answerkeys.forms import Slot
from listok.answerkeys.items import Mistake
from listok.answerkeys.lowering import CellMistake, Decimal, LeftOut, Numbers, Pick, PickOption, Ratio, lowered_cell
from listok.cli import main
from listok.generators.exact import Fraction
from listok.generators.values import ListokError
from listok.workers.pool import in_process

FIRST = '"value": Number("value", points=2)'
STEM = {"ru": "Дана прямая", "en": "Here is the line"}
FORGOTTEN = {"ru": "Похоже, свободный член потерян.", "en": "The constant seems to be lost."}
MISTAKE = Mistake("mistake", None, Fraction(1, 3), ())


def exported(to: str, planted: Planted, out: Path, *parts: str, **choices: str) -> Report:
    """A variant of a planted exercise as files of a format: all its parts, or some."""
    points = {part: Fraction(1) for part in parts or planted.exercise.parts}
    slot = Slot(planted.exercise.variant(0, 1), points)
    source = Saved("items", [("form", msgspec.json.encode(slot_data(slot)))])
    request = Request(to, Heading("listok", "en", tuple(choices.items())), planted.folder)
    return export([source], request, in_process(), out, "questions")


def named(plant: Plant, name: str) -> Planted:
    """The planted exercise with another name for its first part."""
    text = {"## value": f"## {name}"}
    return plant({FIRST: f'"{name}": Number("value", points=2)'}, ru=text, en=text)


def saying(plant: Plant, words: str) -> Planted:
    """The planted exercise with some words before its stem."""
    ru, en = ({STEM[lang]: f"{words}\n\n{STEM[lang]}"} for lang in LANGS)
    return plant(ru=ru, en=en)


def test_a_mistake_in_a_formula_that_earns_a_share_leaves_the_question_whole(plant: Plant, tmp_path: Path) -> None:
    planted = plant({"credit=ZERO": "credit=Fraction(1, 3)"})
    report = exported("moodle-formulas", planted, tmp_path, "line")
    (question,) = moodle.load(report.files[0].read_bytes(), extensions=frozenset({"formulas"}))
    assert question.mark({"0_0": planted.exercise.variant(0, 1).solution.line.source}) == 1
    assert [omission.part for omission in report.omissions] == ["line"]


@pytest.mark.parametrize(("right", "wrong"), [("1/9973", "2/9973"), ("1/7", "1000/7001"), ("-1/300007", "0")])
def test_a_small_fraction_is_told_from_its_neighbours(right: str, wrong: str) -> None:
    cell = Ratio((right,), (CellMistake(wrong, Fraction(0), MISTAKE),))
    assert 0 < bound(cell) < abs(Fraction(right) - Fraction(wrong)) / 2
    assert bound(cell) < abs(Fraction(right)) / 50


@pytest.mark.parametrize("wrong", ["5004/10000", "50004/100000", "49999/100000"])
def test_an_exact_number_is_told_from_a_wrong_one_beside_it(wrong: str) -> None:
    cell = lowered_cell(Fraction(1, 2), None, [(MISTAKE, Fraction(wrong)), (MISTAKE, Fraction(7))])
    assert isinstance(cell, Decimal)
    assert [Fraction(wrong.text) for wrong in cell.mistakes] == [Fraction(wrong), 7]
    assert cell.tolerance + cell.mistakes[0].tolerance < abs(cell.value - Fraction(wrong))


@pytest.mark.parametrize("to", ["moodle", "moodle-formulas"])
def test_figures_in_what_is_said_of_a_mistake_arrive(to: str, plant: Plant, tmp_path: Path) -> None:
    pictured = {lang: {FORGOTTEN[lang]: f"{FORGOTTEN[lang]}\n\n![A line](picture)"} for lang in LANGS}
    planted = plant(ru=pictured["ru"], en=pictured["en"])
    xml = exported(to, planted, tmp_path, "value").files[0].read_bytes()
    moodle.load(xml, extensions=frozenset({to.removeprefix("moodle-")} - {"moodle"}))  # refused without them


@pytest.mark.parametrize("name", ["SCORE", "MAXSCORE", "x"])
@pytest.mark.parametrize("to", ["qti21", "qti30"])
def test_a_part_may_be_called_as_an_outcome_or_a_letter(to: str, name: str, plant: Plant, tmp_path: Path) -> None:
    planted = named(plant, name)
    package = qti.load(exported(to, planted, tmp_path, name, "slope").files[0].read_bytes())
    (question,) = package.questions
    assert not question.warnings
    assert question.mark({question.fields[0].name: str(planted.exercise.variant(0, 1).solution.value)}) == 0.5


@pytest.mark.parametrize("name", ["row_1_1", "_value", "parity_1"])
def test_blanks_have_names_of_their_own(name: str, plant: Plant, tmp_path: Path) -> None:
    planted = named(plant, name)
    (quiz,) = canvas.load_all(exported("canvas", planted, tmp_path, name, "row", "parity").files[0].read_bytes())
    (question,) = quiz.questions
    assert not question.warnings
    solution = planted.exercise.variant(0, 1).solution
    assert len(question.fields) == 1 + 2 * len(solution.row)
    assert question.mark({question.fields[0].name: str(solution.value)}) == pytest.approx(1 / len(question.fields))


def test_words_in_brackets_are_no_blanks(plant: Plant, tmp_path: Path) -> None:
    planted = saying(plant, "Take `w[1]` of the list [value].")
    (quiz,) = canvas.load_all(exported("canvas", planted, tmp_path).files[0].read_bytes())
    assert not quiz.questions[0].warnings


def test_words_are_neither_gaps_nor_emoticons(plant: Plant, tmp_path: Path) -> None:
    planted = saying(plant, "Write {1:SHORTANSWER:=no} of $f(h)$ (h) :-) here.")
    question, *_ = moodle.load(exported("moodle", planted, tmp_path, "value", "row").files[0].read_bytes())
    assert len(question.fields) == 1 + len(planted.exercise.variant(0, 1).solution.row)
    assert "Write &#123;1:SHORTANSWER:=no} of" in question.text
    assert 'f(h)\\) <span class="nolink">(h)</span> <span class="nolink">:-)</span> here' in question.text


@pytest.mark.parametrize(("right", "can"), [(7, True), (10, True), (11, False), (13, False)])
def test_so_many_right_options_as_moodle_has_grades_for(right: int, can: bool) -> None:
    options = tuple(PickOption(str(n), (), True, Fraction(1, right), ()) for n in range(right))
    assert isinstance(graded(Pick(options, many=True))[0], LeftOut) != can


def test_a_share_without_a_grade_is_rounded_down_and_reported() -> None:
    mistake = Mistake("half", 2, Fraction(35, 100), ())
    cell = Decimal("1", Fraction(1, 2000), (CellMistake("2", Fraction(1, 2000), mistake),))
    field, reason = graded(Numbers(((cell,),), "number"))
    assert isinstance(field, Numbers)
    assert field.cells[0].mistakes[0].mistake.share == Fraction("0.3333333")
    assert "rounded down" in reason


def test_weights_sum_up_to_a_mark_that_moodle_can_hold() -> None:
    parts = [(Fraction(737 - n, 100), 9 + n) for n in range(8)]
    weights = whole_weights(parts)
    total = sum(weight * count for weight, (_, count) in zip(weights, parts, strict=True))
    assert total < 100_000
    worth = sum(points for points, _ in parts)
    for weight, (points, count) in zip(weights, parts, strict=True):
        assert weight * count / total == pytest.approx(float(points / worth), rel=1e-3)


@pytest.mark.parametrize("points", ["1/3", "3333333/10000000", "314159/100000"])
def test_points_of_any_kind_are_counted_in_a_file_of_some_size(points: str) -> None:
    """Version 3 of QTI counts steps, and looks the points up; not where that would take thousands of lines."""
    each = [Fraction(points) / n for n in range(3, 40)]
    count = steps_of(tuple((share.as_integer_ratio(),) for share in each))
    assert len(count.totals) <= MOST_TOTALS
    assert (count.outcome == "STEPS") == bool(count.totals)
    few = steps_of(tuple((share.as_integer_ratio(),) for share in each[:3]))
    reached = {sum(chosen) for chosen in itertools.product(*((0, share) for share in each[:3]))} - {0}
    assert [steps * few.step for steps in few.totals] == sorted(reached, reverse=True)


@pytest.mark.parametrize("name", ["a b", "a/b", "a-1", "часть", "n" * 61, ""])
def test_names_that_no_file_could_hold_are_refused(name: str, plant: Plant) -> None:
    with pytest.raises(ListokError, match="cannot name a part"):
        named(plant, name).exercise  # noqa: B018


def test_parts_and_options_without_a_letter_are_refused(plant: Plant) -> None:
    options = ", ".join(f'"o{n}"' for n in range(19))
    with pytest.raises(ListokError, match="19 options; there are letters for 18"):
        plant({'options=("up", "down")': f"options=({options})"}).exercise  # noqa: B018
    more = "".join(f'        "p{n}": Open(),\n' for n in range(9))
    with pytest.raises(ListokError, match="19 parts; there are letters for 18"):
        plant({'        "why": Open(),\n': f'        "why": Open(),\n{more}'}).exercise  # noqa: B018


@pytest.mark.parametrize("to", ["amc", "csv", "json"])
def test_letters_that_latex_lacks_are_reported(to: str, plant: Plant, tmp_path: Path) -> None:
    report = exported(to, saying(plant, "漢字"), tmp_path)
    assert any("'漢' (U+6F22)" in omission.reason for omission in report.omissions)


def test_verify_says_which_letters_latex_lacks(plant: Plant) -> None:
    planted = saying(plant, "漢字")
    done = CliRunner().invoke(main, ["verify", planted.name, "--bank", str(planted.folder), "--jobs", "1"])
    assert "Traceback" not in done.output
    assert "cannot be printed with LaTeX: '漢' (U+6F22)" in done.output


def test_a_title_with_brackets_is_listed_whole(plant: Plant) -> None:
    titles: Mapping[str, str] = {"ru": "# Прямая", "en": "# A straight line"}
    ru, en = ({titles[lang]: f"{titles[lang]} [bold] [/x]"} for lang in LANGS)
    done = CliRunner().invoke(main, ["list", "--bank", str(plant(ru=ru, en=en).folder)])
    assert "[bold] [/x]" in done.output
