"""Holes filled with a variant's values: numbers, signs, rows, sections, plurals, names."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import Plant

from listok.generators.exact import Fraction as Q
from listok.generators.formulas import Formula
from listok.generators.values import ListokError
from listok.templates import doctree as doc
from listok.templates import html, latex, plain
from listok.templates.names import PLAIN, plain_names
from listok.templates.notation import value_node
from listok.templates.paths import lookup
from listok.templates.plurals import plural
from listok.templates.sheet import answer, points_words
from listok.templates.text import Filled, Lang

SPECS = [
    (3, "", "3"), (-3, "", "−3"), (Q(1, 2), "", "0.5"), (Q(1, 3), "", "1/3"), (Q(-1, 3), "", "−1/3"),
    (Q(1, 3), "3", "0.333"), (Q(2, 3), "0", "1"), (Q(-1, 1000), "2", "0.00"), (-2.5, "1", "−2.5"),
    (3, "+", "+ 3"), (-3, "+", "− 3"), (Q(-1, 2), "+", "− 0.5"), (0, "+", "+ 0"),
    (-3, "()", "(−3)"), (3, "()", "3"), (Q(-1, 3), "()", "(−1/3)"),
    (1, "coef", ""), (-1, "coef", "−"), (5, "coef", "5"), (1, "+coef", "+"), (-1, "+coef", "−"), (-2, "+coef", "− 2"),
    (Q(1, 2), "frac", "1/2"), (Q(1, 64), "dec", "0.015625"), (Q(1, 3), "dec", "1/3"), (Q(7), "frac", "7"),
    ((8, Q(10, 3), Q(5, 4)), "alike", "(8, 10/3, 5/4)"), ((8, Q(1, 64), Q(5, 4)), "alike", "(8, 0.015625, 1.25)"),
    ((Q(1, 3), -2), "alike,col", "(1/3; −2)"), (((Q(1, 3), Q(1, 2)), (0, 1)), "alike", "(1/3 1/2; 0 1)"),
    (Q(5, 4), "alike", "1.25"),
    (Q(-5, 4), "2,+", "− 1.25"), ((1, Q(1, 2), -3), "", "(1, 0.5, −3)"), ((Q(1, 3),), "2", "(0.33)"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "spec", "shown"), SPECS)
def test_ways_to_write_a_number(value: Any, spec: str, shown: str) -> None:
    node = value_node(value, tuple(spec.split(",")) if spec else (), "en")
    printed = plain.printer("en").blocks((doc.Paragraph((doc.InlineMath(node),)),)).strip()
    assert printed.replace(" ", "") == shown.replace(" ", "")


def test_a_key_prints_its_numbers_in_one_form(plant: Plant) -> None:
    roots = "(Fraction(8), Fraction(10, 3), Fraction(5, 4))"
    code = {"    root: Fraction\n": "    root: Fraction\n    roots: tuple[Fraction, ...]\n",
            "root=Fraction(-p.b, p.a),": f"root=Fraction(-p.b, p.a), roots={roots},",
            "-Fraction(p.b) / Fraction(p.a),": f"-Fraction(p.b) / Fraction(p.a), {roots},",
            'Vector("row")': 'Vector("roots", alike=ALIKE)'}
    for alike, shown in (("True", "(8, 10/3, 5/4)"), ("False", "(8, 10/3, 1.25)")):
        variant = plant(code | {"CLAIMS = (": f"ALIKE = {alike}\nCLAIMS = ("}).exercise.variant(0)
        assert plain.printer("en").inlines(answer(Filled(variant, "en"), "row")) == shown


def test_the_language_decides_the_marks() -> None:
    node = value_node((Q(1, 2), -2), (), "ru")
    paragraph = (doc.Paragraph((doc.InlineMath(node),)),)
    assert plain.printer("ru").blocks(paragraph).strip() == "(0,5; −2)"
    assert "0{,}5" in latex.printer("ru").blocks(paragraph)
    english = (doc.Paragraph((doc.InlineMath(value_node((Q(1, 2), -2), (), "en")),)),)
    assert plain.printer("en").blocks(english).strip() == "(0.5, −2)"
    assert "<mn>0.5</mn>" in html.printer("en").blocks(english)


def test_matrices_columns_and_formulas() -> None:
    matrix = latex.printer("en").blocks((doc.DisplayMath(value_node(((1, -2), (3, 4)), (), "en")),))
    assert "{1&-2\\cr3&4}" in matrix.replace(" ", "")
    column = latex.printer("en").blocks((doc.DisplayMath(value_node((1, 2), ("col",), "en")),))
    assert "{1\\cr2}" in column.replace(" ", "")
    formula = plain.printer("en").blocks((doc.Paragraph((doc.InlineMath(value_node(Formula("x^2/2"), (), "en")),)),))
    assert "x²" in formula
    source = latex.printer("en").blocks((doc.DisplayMath(value_node(r"\frac{1}{t}", (), "en")),))
    assert "\\frac" in source


@pytest.mark.parametrize(
    ("count", "ru", "en"),
    [(0, "строк", "rows"), (1, "строка", "row"), (2, "строки", "rows"), (4, "строки", "rows"), (5, "строк", "rows"),
     (11, "строк", "rows"), (12, "строк", "rows"), (21, "строка", "rows"), (22, "строки", "rows"),
     (111, "строк", "rows"),
     (-1, "строка", "row")],
)  # fmt: skip
def test_plurals(count: int, ru: str, en: str) -> None:
    assert plural(count, ("строка", "строки", "строк"), "ru") == ru
    assert plural(count, ("row", "rows"), "en") == en


@pytest.mark.parametrize(
    ("points", "ru", "en"),
    [(Q(1), "1 балл", "1 point"), (Q(2), "2 балла", "2 points"), (Q(5), "5 баллов", "5 points"),
     (Q(1, 2), "0,5 балла", "0.5 points"), (Q(5, 2), "2,5 балла", "2.5 points")],
)  # fmt: skip
def test_points(points: Q, ru: str, en: str) -> None:
    assert points_words(points, "ru").replace("\u00a0", " ") == ru
    assert points_words(points, "en").replace("\u00a0", " ") == en


@dataclass(frozen=True)
class Point:
    x: int
    rate: int


@dataclass(frozen=True)
class Top:
    rate: int
    points: tuple[Point, ...]
    empty: tuple[int, ...] = ()


def test_lookup_finds_inner_names_first() -> None:
    top = Top(7, (Point(1, 2), Point(3, 4)))
    scopes = (top, object(), object())
    assert lookup("rate", scopes) == 7
    assert lookup("points.1.x", scopes) == 3
    assert lookup("rate", (*scopes, top.points[0])) == 2
    assert lookup("points", (*scopes, top.points[0])) == top.points
    assert lookup(".", (*scopes, 5)) == 5
    with pytest.raises(KeyError):
        lookup("nowhere", scopes)


def test_a_name_is_never_that_of_what_python_has_in_numbers_and_tuples() -> None:
    counted = SimpleNamespace(count=3, numerator=4)
    scopes = (counted, object(), object())
    assert lookup("count", (*scopes, (1, 2))) == 3
    assert lookup("numerator", (*scopes, Q(1, 2))) == 4


def test_paths_into_tuples() -> None:
    top = Top(7, (Point(1, 2), Point(3, 4), Point(5, 6)))
    scopes = (top, object(), object())
    assert lookup("points.length", scopes) == 3
    assert lookup("empty.length", scopes) == 0
    assert lookup("points.first.x", scopes) == 1
    assert lookup("points.last.rate", scopes) == 6
    assert lookup("points.rest.x", scopes) == (3, 5)
    assert lookup("points.initial", scopes) == top.points[:2]
    assert lookup("points.rest.0.x", scopes) == 3
    assert lookup(".1", (*scopes, (8, 9))) == 9
    assert lookup(".last.x", (*scopes, top.points)) == 5
    with pytest.raises(ListokError, match=r"\{\{empty.first\}\}: a tuple of 0 items has no item 'first'"):
        lookup("empty.first", scopes)


def say(plant: Plant, question: str, lang: Lang = "en", **values: int) -> str:
    """A question of the planted exercise, printed plainly, with a = 2, b = 5, x = 10, count = 3."""
    old = {"en": "Find $y$ at $x = {{x}}$.", "ru": "Найдите $y$ при $x = {{x}}$."}[lang]
    exercise = plant(**{lang: {old: question}}).exercise
    variant = exercise.variant(0).changed({"a": 2, "b": 5, "x": 10, "count": 3, **values})
    filled = Filled(variant, lang)
    return plain.printer(lang).blocks(filled.blocks(filled.text.parts["value"].question)).strip()


SAYINGS = [
    ("${{a}} {{b:+}}$", "2 + 5"),
    ("$f(x) = {{a:coef}} x {{b:+}}$", "f(x) = 2x + 5"),
    ("{{count}} {{count|step|steps}}", "3 steps"),
    ("{{#rising}}up{{/rising}}{{^rising}}down{{/rising}}", "up"),
    ("{{#steps}}{{n}}:{{y}} {{/steps}}end", "1:7 2:9 3:11 end"),
    ("{{#row}}<{{.}}>{{/row}}", "<7><9><11>"),
    ("{{#steps}}{{#rising}}{{y}} {{/rising}}{{/steps}}", "7 9 11"),
    ("{{steps.2.y}} and {{row.0}}", "11 and 7"),
    ("$s = 0 {{#row}} {{.:+}} {{/row}}$", "s = 0 + 7 + 9 + 11"),
    ("**{{value}}** and *{{x}}*", "25 and 10"),
    ("{{row.length}} {{row.length|value|values}}, from {{row.first}} to {{row.last}}", "3 values, from 7 to 11"),
    ("${{row.rest}}$ and ${{row.initial}}$", "(9, 11) and (7, 9)"),
    ("{{steps.last.y}}, {{steps.rest.first.y}}", "11, 9"),
    ("${{steps.y}}$", "(7, 9, 11)"),
    ("${{steps.rest.y:col}}$", "(9; 11)"),
    ("{{#steps.rest}}{{y}} {{/steps.rest}}", "9 11"),
    ("$s = {{row.first}} {{#row.rest}} {{.:+}} {{/row.rest}}$", "s = 7 + 9 + 11"),
    ("{{#row}}{{@number}}: {{.}}{{^@last}}, {{/@last}}{{/row}}", "1: 7, 2: 9, 3: 11"),
    ("{{#row}}{{#@first}}first {{/@first}}{{.}} {{#@last}}the end{{/@last}}{{/row}}", "first 7 9 11 the end"),
    ("${{#row}}{{^@first}} + {{/@first}}y_{{{@number}}}{{/row}}$", "y₁ + y₂ + y₃"),
    ("{{#grid}}{{#.}}{{@number}}{{^@last}}-{{/@last}}{{/.}}{{#@last}}!{{/@last}} {{/grid}}", "1-2 1-2!"),
    ("{{#grid}}{{.0}} of {{.length}} {{/grid}}", "2 of 2 10 of 2"),
    ("{{#steps}}{{#rising}}{{@number}}{{/rising}}{{/steps}}", "123"),
    ("$r = {{root:1}} = {{root}}$", "r = −2.5 = −2.5"),
    ("$r = {{root:0}} = {{root}}$", "r ≈ −3 ≈ −2.5"),
    ("$r = {{root:0}}, x = 2, y = \\frac{ {{a}} }{ {{root:0}} }$", "r ≈ −3, x = 2, y ≈ 2/(−3)"),
    ("$f({{root:0}}; 1) = 2 = 1 + 1$", "f(−3; 1) ≈ 2 = 1 + 1"),
    ("$s = {{#row}}{{.}} + {{/row}}{{root:0}}$", "s ≈ 7 + 9 + 11 + −3"),
    ("$s {{#rising}}= ({{row:0}}, {{root:0}}){{/rising}}$", "s ≈ ((7, 9, 11), −3)"),
    ("$\\sum_{i=1}^{{{root:0}}} x = 1$", "∑ᵢ₌₁⁻³ x ≈ 1"),
]


@pytest.mark.parametrize(("question", "shown"), SAYINGS)
def test_sayings(plant: Plant, question: str, shown: str) -> None:
    printed = say(plant, question).replace("*", "").replace("_", "")
    assert " ".join(printed.split()) == shown


def test_sections_follow_the_variant(plant: Plant) -> None:
    assert say(plant, "{{#rising}}up{{/rising}}{{^rising}}down{{/rising}}", a=-2) == "down"
    assert say(plant, "{{count}} {{count|шаг|шага|шагов}}", "ru", count=5) == "5 шагов"


def test_tables_repeat_rows_and_lists_join(plant: Plant) -> None:
    table = say(plant, "| n | y |\n|---|---|\n| {{#steps}}{{n}} | {{y}}{{/steps}} |")
    assert [row.split() for row in table.splitlines() if any(c.isdigit() for c in row)] == [
        ["1", "7"],
        ["2", "9"],
        ["3", "11"],
    ]
    numbered = say(plant, "{{#steps}}\n\n1. here {{y}}\n\n{{/steps}}")
    assert [line.split() for line in numbered.splitlines() if line.strip()] == [
        ["1.", "here", "7"], ["2.", "here", "9"], ["3.", "here", "11"]]  # fmt: skip


def test_text_in_a_hole_is_text_not_markup(plant: Plant) -> None:
    exercise = plant({"    slope: str\n": "    slope: str\n    note: str\n",
                      "rising=rising,\n": "rising=rising, note=NOTE,\n",
                      "CLAIMS = (": 'NOTE = "<b>$x$ & \\\\input{x} {{a}} 100%"\nCLAIMS = ('},
                     en={"Find $y$ at $x = {{x}}$.": "Here: {{note}}"}).exercise  # fmt: skip
    filled = Filled(exercise.variant(0), "en")
    question = filled.blocks(filled.text.parts["value"].question)
    assert "<b>$x$ & \\input{x} {{a}} 100%" in plain.printer("en").blocks(question)
    assert "&lt;b&gt;$x$ &amp; \\input{x} {{a}} 100%" in html.printer("en").blocks(question)
    assert "\\input" not in latex.printer("en").blocks(question)


def test_names_come_from_the_numbers_and_the_language(plant: Plant) -> None:
    planted = plant()
    variant = planted.exercise.variant(3)
    names = {lang: Filled(variant, lang).cast for lang in ("ru", "en")}  # type: ignore[arg-type]
    assert names["ru"].heroine == Filled(planted.exercise.variant(3), "ru").cast.heroine
    assert all("а" <= letter.lower() <= "я" or letter in "ёЁ-" for letter in names["ru"].heroine)
    assert names["en"].hero.isascii()
    assert len({Filled(planted.exercise.variant(seed), "ru").cast.hero for seed in range(30)}) > 15


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_names_are_plain_and_many_and_those_of_one_gender(lang: Lang) -> None:
    men, women = plain_names(lang, "male"), plain_names(lang, "female")
    assert len(men) > 45 < len(women)
    assert not set(men) & set(women)
    assert sorted(PLAIN[lang].split()) == sorted((*men, *women))
    words = {"ru": {"Вера", "Лев", "Любовь", "Надежда", "Олимпиада", "Петр", "Роман", "Синклитикия"},
             "en": {"Dawn", "Grace", "Guy", "Joy", "June", "Mark", "Robin", "Ross"}}  # fmt: skip
    assert not {*men, *women} & words[lang]


def test_names_move_no_numbers(plant: Plant) -> None:
    first, second = plant().exercise, plant(en={"{{heroine}}": "{{hero}}"}).exercise
    assert first.name != second.name
    assert Filled(first.variant(5), "en").variant.params == first.variant(5).params
