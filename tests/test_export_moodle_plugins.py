"""Moodle XML for the Formulas and STACK plugins, played through emulators of both."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from clients import Question, moodle
from exporting import HOSTILE, NAMES, SAMPLES, exported, fields, file_of, items

from listok.answerkeys.composing import FORMATS
from listok.answerkeys.formats import moodle_formulas, moodle_stack
from listok.answerkeys.formats.moodle_xml import MoodlePrinter
from listok.answerkeys.items import Item, Mistake
from listok.answerkeys.lowering import NO_END, PLACES, Algebra, Decimal, Numbers, Pick, Ratio, lower, lowered_cell
from listok.generators.exact import Fraction

PLUGINS = {"moodle-formulas": "formulas", "moodle-stack": "stack"}


@dataclass(frozen=True)
class Box:
    """A place for typing: its part, its points, the right response, how far a number may be off, wrong responses with
    their shares and whether the plugin must say something of them."""

    part: str
    points: Fraction
    right: str
    tolerance: Fraction | None
    wrong: tuple[tuple[str, Fraction], ...]
    exact: str = ""


def reach(cell: Ratio) -> Fraction:
    """How far a decimal may be from a fraction without end: to three places, to a hundredth of a small one, and nearer
    to it than to any answer of a mistake."""
    numbers = sorted(Fraction(text) for text in (cell.accepted[0], *(wrong.text for wrong in cell.mistakes)))
    nearest = min((after - before for before, after in itertools.pairwise(numbers)), default=Fraction(1))
    return min(Fraction(1, 2 * 10**PLACES), abs(Fraction(cell.accepted[0])) / 100, nearest * Fraction(2, 5))


def last_spelling(cell: Ratio) -> str:
    """The last of a fraction's spellings as one fraction: the plugins read no whole part in front."""
    return [text for text in cell.accepted if not re.search(r"\d \d", text)][-1]


def boxes(item: Item, to: str) -> Iterator[Box]:
    for part, field in fields(item, to):
        match field:
            case Numbers():
                for cell in field.cells:
                    exact = isinstance(cell, Decimal)
                    yield Box(
                        part.name,
                        part.points / len(field.cells),
                        cell.text if isinstance(cell, Decimal) else last_spelling(cell),
                        cell.tolerance if isinstance(cell, Decimal) else reach(cell),
                        tuple((wrong.text, wrong.mistake.share) for wrong in cell.mistakes),
                        cell.exact if isinstance(cell, Decimal) else "",
                    )
                    assert exact or "/" in cell.accepted[0]
            case Algebra(text, _, mistakes):
                # The Formulas plugin does not tell one wrong formula from another, and the report says so.
                paid = to != "moodle-formulas"
                wrong = tuple((formula, mistake.share if paid else Fraction(0)) for formula, mistake in mistakes)
                yield Box(part.name, part.points, text, None, wrong)


def load(to: str, xml: bytes) -> dict[str, Question]:
    questions = moodle.load(xml, extensions=frozenset({PLUGINS[to]}))
    assert len({question.name for question in questions}) == len(questions)
    return {question.name.rpartition(" · ")[2]: question for question in questions}


@pytest.fixture(
    scope="module", params=[(to, name, lang) for to in PLUGINS for name, lang in SAMPLES], ids="-".join
)
def imported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, tuple[Item, ...], bytes, dict[str, Question]]:
    to, name, lang = request.param
    # Marks do not depend on the language: one variant of each level in Russian, all of them in English.
    chosen = items(name, lang)[:: 2 if lang == "ru" else 1]
    xml = file_of(to, tmp_path_factory.mktemp("plugins"), chosen)
    return to, chosen, xml, load(to, xml)


Imported = tuple[str, tuple[Item, ...], bytes, dict[str, Question]]


def test_every_key_earns_its_points_and_only_what_is_near_it(imported: Imported) -> None:
    to, chosen, _, questions = imported
    for item in chosen:
        expected = list(boxes(item, to))
        if not expected:
            assert item.code not in questions
            continue
        question = questions[item.code]
        total = sum(box.points for box in expected)
        assert question.type == PLUGINS[to]
        assert question.points == pytest.approx(float(total))
        assert not question.warnings, question.warnings
        assert [field.weight for field in question.fields] == pytest.approx([float(b.points / total) for b in expected])
        right = {field.name: box.right for field, box in zip(question.fields, expected, strict=True)}
        assert question.mark(right) == pytest.approx(1), item.code
        assert question.mark({}) == 0
        for field, box in zip(question.fields, expected, strict=True):
            share = float(box.points / total)
            assert question.mark({field.name: box.right}) == pytest.approx(share), (item.code, box)
            if box.tolerance is None:
                assert question.mark({field.name: f"{box.right} + 1"}) == 0
                assert question.mark({field.name: f"0 + ({box.right})"}) == pytest.approx(share)
                continue
            keys = sorted(Fraction(text) for text in (box.right, box.exact or box.right))
            # A number just on the bound counts, whatever doubles make of it; a fraction without end has no such number.
            for off, full in (("1" if "/" not in box.right else "0.9", True), ("1.1", False)):
                for sign, number in zip((-1, 1), keys, strict=True):
                    near = f"{float(number + sign * box.tolerance * Fraction(off)):.12f}"
                    earned = question.mark({field.name: near})
                    assert earned is not None
                    assert (earned == pytest.approx(share)) if full else (earned <= share / 2 + 1e-9), (box, near)


def test_every_mistake_earns_its_share_and_is_told(imported: Imported) -> None:
    to, chosen, _, questions = imported
    for item in chosen:
        expected = list(boxes(item, to))
        for field, box in zip(questions[item.code].fields if expected else (), expected, strict=True):
            for text, share in box.wrong:
                response = {field.name: text}
                assert questions[item.code].mark(response) == pytest.approx(field.weight * float(share)), (box, text)
                assert "".join(questions[item.code].feedback(response).values()), (box, text)


def test_what_is_not_typed_is_a_question_of_its_own(imported: Imported) -> None:
    to, chosen, _, questions = imported
    printer = {lang: MoodlePrinter(lang, lambda name, _: f"@@PLUGINFILE@@/{name}") for lang in ("ru", "en")}
    count = 0
    for item in chosen:
        count += any(True for _ in boxes(item, to))
        for part in item.parts:
            field = lower(part, to)  # type: ignore[arg-type]
            if isinstance(field, (Numbers, Algebra)):
                own = questions[item.code]
            else:
                own = questions[f"{item.code}.{part.name}"]
                assert own.type in ("multichoice", "matching", "essay")
                count += 1
            # Both plugins have signs of their own between braces and brackets, which a space keeps apart.
            loose = re.sub(r"\s", "", own.text + own.general_feedback)
            # The stem says for which parts a calculator is needed, by the letters that they have in a question.
            stem = item.filled.blocks(item.filled.text.stem)
            if item.variant.needs_calculator(part.name):
                assert "calculator" in loose or "калькулятор" in loose
            asked = part.chosen if isinstance(field, Pick) and field.instead else part.question
            for blocks in (stem, asked, part.solution):
                assert re.sub(r"\s", "", printer[item.lang].blocks(blocks)) in loose, (item.code, part.name)
            figures = set(re.findall(r'src="@@PLUGINFILE@@/([^"]+)"', own.text + own.general_feedback))
            assert figures <= set(own.files)
    assert len(questions) == count


def test_nothing_is_left_out(imported: Imported, tmp_path: Path) -> None:
    to, chosen, _, _ = imported
    assert not any("it is left out" in each.reason for each in exported(to, tmp_path, chosen).omissions)


def test_machine_numbers_have_a_point_whatever_the_language(imported: Imported) -> None:
    _, _, xml, _ = imported
    number = re.compile(r"-?\d+(\.\d+)?")
    root = ET.fromstring(xml)
    paths = ("defaultgrade", "answers/answermark/text", "prt/value", "prt/node/truescore", "prt/node/falsescore")
    for path in paths:
        assert all(number.fullmatch(each.text or "") for each in root.iterfind(f"question/{path}"))
    for path in ("answers/answer/text", "answers/correctness/text", "prt/node/tans", "prt/node/testoptions"):
        assert not any({",", "−"} & set(each.text or "") for each in root.iterfind(f".//{path}"))


@pytest.mark.parametrize("to", PLUGINS)
def test_formulas_of_letters_are_typed_and_those_with_functions_chosen(to: str) -> None:
    every = [each for name in NAMES for item in items(name, "en") for each in fields(item, to)]
    typed = {part.name for part, field in every if isinstance(field, Algebra)}
    assert typed == {"boundary", "chain", "dx", "dy", "formula", "sigmoid", "slope", "unit_sum"}
    for item in items("picture-to-formula", "en"):
        assert not any(isinstance(field, Algebra) for _, field in fields(item, to))


def test_formulas_reads_no_brace_of_tex_as_a_variable(tmp_path: Path) -> None:
    for name in ("computation-graph", "softmax", "ridge-leave-one-out"):
        root = ET.fromstring(file_of("moodle-formulas", tmp_path / name, items(name, "ru")))
        for question in root.iterfind("question[@type='formulas']"):
            names = re.findall(r"(\w+) = ", question.findtext("varsglobal/text") or "")
            for text in question.iterfind(".//*[@format='html']/text"):
                assert not any(f"{{{each}}}" in (text.text or "") for each in names)


def test_signs_of_the_plugins_are_kept_apart() -> None:
    escape = moodle_formulas.escaping(("x", "x1"))
    assert escape(r"\frac{x}{x1}{=2}{#p}{_0}") == r"\frac{ x}{ x1}{ =2}{ #p}{ _0}"
    assert escape(r"\sqrt{xy}^{n}") == r"\sqrt{ xy}^{n}"
    assert moodle_stack.escape("[[1, 2], [3, 4]] {@x@} {#y#}") == "[ [1, 2], [3, 4]] { @x@} { #y#}"


def test_stack_reads_no_bracket_of_a_text_as_a_block(imported: Imported) -> None:
    to, _, xml, _ = imported
    if to == "moodle-stack":
        for text in ET.fromstring(xml).iterfind("question[@type='stack']//*[@format='html']/text"):
            opened = re.findall(r"\[\[(.{0,12})", text.text or "", re.DOTALL)
            assert all(re.match(r"(input|validation|feedback):", each) for each in opened)
            assert "{@" not in (text.text or "")


@pytest.mark.parametrize("to", PLUGINS)
def test_a_hostile_title_stays_words(to: str, tmp_path: Path) -> None:
    chosen = items("temperature", "ru")[:1]
    questions = load(to, file_of(to, tmp_path, chosen, title=HOSTILE))
    assert questions[chosen[0].code].mark({}) == 0


@pytest.mark.parametrize("to", PLUGINS)
def test_volumes_import_alone(to: str, tmp_path: Path) -> None:
    chosen = items("softmax", "en")
    report = exported(to, tmp_path, chosen, max_questions=2)
    assert len(report.files) > 1
    names = [name for path in report.files for name in load(to, path.read_bytes())]
    assert {item.code for item in chosen} <= set(names)


@pytest.mark.parametrize("to", PLUGINS)
def test_the_same_bytes_under_another_hash_seed(to: str, tmp_path: Path) -> None:
    found = []
    for seed in ("0", "1"):
        out = tmp_path / seed
        command = [sys.executable, "-m", "listok", "export", "softmax", "--to", to, "-n", "1", "--out", str(out)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True)
        found.append((out / f"questions{FORMATS[to].suffix}").read_bytes())
    assert found[0] == found[1]


@pytest.mark.parametrize("to", PLUGINS)
def test_plugins_know_a_wrong_number_without_end(to: str, tmp_path: Path) -> None:
    """In a field where a decimal is right, too: a plugin reads 5/3 as the number that it is."""
    met = 0
    for name in ("ridge-leave-one-out", "questions-on-sgd", "learning-rates", "fifty-shades-of-descent"):
        chosen = items(name, "en")
        report = exported(to, tmp_path / name, chosen)
        assert not any(each.reason == NO_END for each in report.omissions)
        questions = load(to, report.files[0].read_bytes())
        for item in chosen:
            expected = list(boxes(item, to))
            for field, box in zip(questions[item.code].fields if expected else (), expected, strict=True):
                for text, share in box.wrong if "/" not in box.right else ():
                    if "/" in text:
                        met += 1
                        for typed in (text, f"{float(Fraction(text)):.5f}"):
                            mark = questions[item.code].mark({field.name: typed})
                            assert mark == pytest.approx(field.weight * float(share)), (item.code, box, typed)
                            assert questions[item.code].feedback({field.name: typed})
    assert met


@pytest.mark.parametrize(("key", "wrong"), [("1.667", "5/3"), ("-0.33", "-1/3"), ("2", "6001/3000")])
def test_a_wrong_number_without_end_is_told_from_a_near_key(key: str, wrong: str) -> None:
    mistake = Mistake("m", Fraction(wrong), Fraction(1, 2), ())
    cell = lowered_cell(Fraction(key), None, [(mistake, Fraction(wrong))], endless=True)
    assert isinstance(cell, Decimal)
    (known,) = cell.mistakes
    assert known.key == wrong
    assert cell.tolerance + known.tolerance < abs(Fraction(key) - Fraction(wrong))
