"""Whatever is told about a response or a table is said in both languages, and what was typed stays as it was typed."""

from __future__ import annotations

import ast
import json
import pickle
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import ROOT, Plant

from listok.answerkeys.exam_file import read_lines
from listok.answerkeys.marking.response_table import parse_responses
from listok.drill.events import BadLine
from listok.exams.blueprint import read_blueprint
from listok.exams.roster import read_roster
from listok.generators.bank import bank, find
from listok.generators.codes import BadCode, read_code
from listok.generators.formulas import FormulaError
from listok.generators.messages import SENTENCES, Message, MessageError, message
from listok.generators.responses import ResponseError, read_formula, read_matrix, read_number, read_options
from listok.generators.values import LONGEST_LINE, ListokError, fraction, one_line
from listok.templates.scaffold import write_exercise
from listok.templates.text import load

SPEAKERS = ("message", "Message", *(error.__name__ for error in (BadCode, BadLine, FormulaError, ResponseError)))
"""Calls that take the id of a message first, and then its values by name."""


class Call(NamedTuple):
    where: str
    id: str
    values: frozenset[str]


def calls() -> Iterator[Call]:
    """Every place of the package where a message is made; one that the test cannot follow fails it."""
    for path in sorted((ROOT / "listok").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(ast.Name(name), arguments, keywords) if name in SPEAKERS:
                    where = f"{path.relative_to(ROOT)}:{node.lineno}"
                    if path.name == "messages.py":
                        continue
                    match arguments:
                        case [ast.Constant(str() as message_id)]:
                            yield Call(where, message_id, frozenset(keyword.arg or "**" for keyword in keywords))
                        case _:
                            pytest.fail(f"{where}: state the id of the message, and its values by name")


CALLS = list(calls())


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_every_error_of_this_kind_is_looked_for() -> None:
    kinds, found = [MessageError], []
    while kinds:
        found += kinds
        kinds = [child for kind in kinds for child in kind.__subclasses__()]
    assert {kind.__name__ for kind in found[1:]} <= set(SPEAKERS)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.id)
def test_every_message_has_a_sentence_in_both_languages_that_takes_its_values(call: Call) -> None:
    assert call.id in SENTENCES, f"{call.where}: {call.id!r} is not in the table"
    for lang in ("en", "ru"):
        assert places(SENTENCES[call.id][lang]) == call.values, f"{call.where}: {lang}"


def test_every_sentence_is_used() -> None:
    assert set(SENTENCES) == {call.id for call in CALLS}


@pytest.mark.parametrize("message_id", SENTENCES)
def test_each_sentence_is_in_its_language(message_id: str) -> None:
    english, russian = SENTENCES[message_id]["en"], SENTENCES[message_id]["ru"]
    assert not re.search("[а-яё]", english, re.IGNORECASE)
    examples = r"\{[^}]*\}|3\.loss|exam\.json|2G4-00C-7KX|a/\(b\*c\)|\(a/b\)\*c"
    words = re.sub(examples, "", russian)
    assert not re.search("[a-z]{3}", words, re.IGNORECASE), russian
    assert re.search("[а-яё]{3}", words)


@pytest.mark.parametrize(
    ("typed", "read", "russian"),
    [
        ("three", read_number, "ожидалось число, например 3, 0,5 или 1/2, а здесь 'three'"),
        ("choose one option", read_number, "ожидалось число, например 3, 0,5 или 1/2, а здесь 'choose one option'"),
        ("{0} {}", read_number, "ожидалось число, например 3, 0,5 или 1/2, а здесь '{0} {}'"),
        ("1 2; 3", read_matrix, "в строках разное количество чисел: 2, 1"),
        ("2 +", read_formula, "формула обрывается: в конце не хватает, ожидалось число, переменная или скобка"),
        ("(x", read_formula, "формула обрывается: в конце не хватает, ожидалось ')'"),
        ("x)", read_formula, "символ 2: здесь лишнее: ')'"),
        ("max(1,2,3)", read_formula, "символ 6: эта запятая десятичная? Разделите аргументы точкой с запятой"),
        ("\x00", read_formula, "символ 1: в формуле не бывает символа U+0000"),
        ("e", lambda text: read_options(text, "абв", ("one", "two", "three")), "нет варианта 'e': есть а, б, в"),
    ],
)
def test_what_a_teacher_reads(typed: str, read: Callable[[str], object], russian: str) -> None:
    with pytest.raises(ResponseError) as caught:
        read(typed)
    assert caught.value.message.sentence("ru") == russian


def test_a_message_within_a_message_is_said_in_the_same_language() -> None:
    with pytest.raises(BadCode) as caught:
        read_code("2G4")
    note = message("row_passed_over", row=7, why=caught.value.message)
    assert str(note) == (
        "row 7: '2G4' is not a code: codes have 9 letters and digits, like 2G4-00C-7KX; the row is passed over"
    )
    assert note.sentence("ru") == (
        "строка 7: '2G4' — не код: в коде 9 букв и цифр, например 2G4-00C-7KX; она пропущена"
    )


def test_what_was_typed_is_never_taken_for_a_place() -> None:
    assert str(message("not_a_number", typed="{typed} {0}")).endswith("got '{typed} {0}'")
    assert str(message("row", row=1, what=Message("percentage"))) == (
        "row 1: write a share, such as 0.5, instead of a percentage"
    )


def test_an_error_keeps_its_message_on_its_way_between_processes() -> None:
    error = ResponseError("not_a_number", typed="three")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is ResponseError
    assert again.message == error.message
    assert str(again) == "expected a number such as 3, 0.5 or 1/2, got 'three'"


# --- how long a message is ----------------------------------------------------------------------------------------

LONG = "x" * 9000
MANY = "9" * 4000


def text_file(folder: Path, text: str) -> Path:
    path = folder / "file"
    path.write_text(text, encoding="utf-8")
    return path


def changed_text(plant: Plant, old: str, new: str) -> None:
    load(plant(en={old: new}).exercise, "en")


REPEATING: dict[str, Callable[[Path, Plant], object]] = {
    "an exercise": lambda _folder, _plant: find(LONG),
    "an exercise's number": lambda _folder, _plant: find(MANY),
    "a code": lambda _folder, _plant: read_code(LONG),
    "a formula": lambda _folder, _plant: read_formula(LONG),
    "a number": lambda _folder, _plant: read_number("x " + MANY),
    "a fraction": lambda _folder, _plant: fraction(LONG),
    "a parameter's name": lambda _folder, _plant: find(40).variant().changed({LONG: 1}),
    "a parameter": lambda _folder, _plant: find(40).variant().changed({"stride": LONG}),
    "a key of a blueprint": lambda folder, _plant: read_blueprint(text_file(folder, f"{LONG} = 1")),
    "a key given twice": lambda folder, _plant: read_blueprint(text_file(folder, f"a = {{{LONG}=1, {LONG}=2}}")),
    "a value of a blueprint": lambda folder, _plant: read_blueprint(text_file(folder, f"space = '{LONG}'")),
    "a level": lambda folder, _plant: read_blueprint(text_file(folder, f"level = {MANY}")),
    "a part": lambda folder, _plant: read_blueprint(
        text_file(folder, f"[[items]]\nexercise = 40\nparts = ['{LONG}']")
    ),
    "a roster's header": lambda folder, _plant: read_roster(text_file(folder, f"{LONG},{LONG}\n" * 2)),
    "a table's header": lambda _folder, _plant: parse_responses(",".join([LONG] * 20) + "\n1,2\n"),
    "an exam's space": lambda folder, _plant: read_lines(text_file(folder, exam_text(space=LONG))),
    "an exam's format": lambda folder, _plant: read_lines(text_file(folder, exam_text(format=LONG))),
    "a heading of a text": lambda _folder, plant: changed_text(plant, "## slope\n", f"## {LONG}\n"),
    "a hole of a text": lambda _folder, plant: changed_text(plant, "{{x}}", f"{{{{{LONG}}}}}"),
    "a formula of a text": lambda _folder, plant: changed_text(plant, "$y = {{a", f"$\\{LONG} = {{{{a"),
    "an option of a text": lambda _folder, plant: changed_text(plant, "### option up\n", f"### option {LONG}\n"),
    "a name of an exercise": lambda folder, _plant: write_exercise(LONG, folder),
    "what an exercise says": lambda _folder, plant: bank(
        plant({"CLAIMS = (": f"raise KeyError('{LONG}')\nX = ("}).folder
    ),
    "what an exercise is called": lambda _folder, plant: plant({'"no_constant"': f'"{LONG}"'}).exercise,
}


def exam_text(**changes: object) -> str:
    words = {"ru": "", "en": ""}
    head = {"format": 1, "title": words, "course": words, "date": "", "langs": ["en"], "instructions": words,
            "space": "none", "paper": "a4", "forms": []}  # fmt: skip
    return json.dumps(head | changes)


@pytest.mark.parametrize("what", REPEATING)
def test_a_message_repeats_little_of_what_was_given(what: str, tmp_path: Path, plant: Plant) -> None:
    with pytest.raises((ListokError, ValueError)) as caught:
        REPEATING[what](tmp_path, plant)
    said = str(caught.value).replace(str(tmp_path), "")
    assert len(said) <= LONGEST_LINE
    assert "\n" not in said


@pytest.mark.parametrize("text", ["a\nb", "a\x1b[2Jb", "a\u2028b\u202ec", "\ud800", "x" * 9000, "x\n" * 10**6])
def test_what_is_shown_is_one_line(text: str) -> None:
    line = one_line(f"place: {text} remedy")
    assert line.isprintable()
    assert len(line) <= LONGEST_LINE
    assert line.startswith("place: ")
    assert line.endswith(" remedy")
