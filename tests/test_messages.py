"""Whatever is told about a response or a table is said in both languages, and what was typed stays as it was typed."""

from __future__ import annotations

import ast
import pickle
import re
import string
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from conftest import ROOT

from listok.generators.codes import BadCode, read_code
from listok.generators.formulas import FormulaError
from listok.generators.messages import SENTENCES, Message, MessageError, message
from listok.generators.responses import ResponseError, read_formula, read_matrix, read_number, read_options

SPEAKERS = ("message", "Message", *(error.__name__ for error in (BadCode, FormulaError, ResponseError)))
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
