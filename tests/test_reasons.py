"""Whatever is said of a response or a table has a Russian form, and what was typed stays as it was typed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from conftest import ROOT

from listok.answerkeys.marking.reasons import RUSSIAN, said
from listok.generators.responses import ResponseError, read_formula, read_matrix, read_number, read_options

SOURCES = ("generators/responses.py", "generators/answers.py", "generators/formulas.py", "generators/codes.py",
           "answerkeys/grading.py", "gaps.py", "marks.py", "response_table.py")  # fmt: skip
SPEAKERS = ("ResponseError", "FormulaError", "BadCode", "_Fault", "_unread", "fail", "fail_before")
ELSEWHERE = (
    "a variable cannot be named", "formulas have no", "the formula has no value there", "the formula's value there",
    "no value is given", "is not a finite number", "this part is marked by hand", "seed {} is out of range",
)  # fmt: skip
"""What no response and no table brings about: it is said to whoever writes exercises."""


def template(node: ast.expr) -> str:
    """A message with braces for what is filled in."""
    match node:
        case ast.Constant(str() as text):
            return text
        case ast.JoinedStr(values):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in values)
        case ast.BinOp(left, ast.Add(), right):
            return template(left) + template(right)
        case _:
            return "{}"


def messages() -> Iterator[str]:
    for source in SOURCES:
        for node in ast.walk(ast.parse((ROOT / "listok" / source).read_text(encoding="utf-8"))):
            match node:
                case ast.Call(ast.Name(name) | ast.Attribute(_, name), [*_, text]) if name in SPEAKERS:
                    yield template(text)
                case ast.Call(ast.Attribute(value, "append"), [text]) if "notes" in ast.unparse(value):
                    yield template(text)
                case ast.Return(ast.JoinedStr() as text) if source == "marks.py":
                    yield template(text)


TEMPLATES = sorted({
    text for text in messages()
    if re.search("[a-z]{3}", text) and not any(words in text for words in ELSEWHERE)
    and text not in ("{}: passed over", "{}: student {} has more than one answer to a part there")
})  # fmt: skip


def test_there_is_much_to_say() -> None:
    assert len(TEMPLATES) > 60


@pytest.mark.parametrize("text", TEMPLATES)
def test_every_message_has_a_russian_form(text: str) -> None:
    filled = text.replace("{}", "'?'")
    russian = said(filled, "ru")
    words = re.sub(r"such as [^ ]*|3\.loss|2G4-00C-7KX|a/\(b\*c\)|\(a/b\)\*c|например 3\.loss", "", russian)
    assert re.search("[а-яё]{3}", russian)
    assert not re.search("[a-z]{4}", words), russian
    assert said(filled, "en") == filled


@pytest.mark.parametrize(("english", "russian"), RUSSIAN.items())
def test_both_forms_have_the_same_places(english: str, russian: str) -> None:
    assert english.count("{}") == russian.count("{}")


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
def test_what_a_teacher_reads(typed: str, read: object, russian: str) -> None:
    with pytest.raises(ResponseError) as caught:
        read(typed)  # type: ignore[operator]
    assert said(str(caught.value), "ru") == russian
