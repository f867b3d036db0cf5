"""Texts of exercises: what they may say, and that a slip fails with file and line when the text is loaded."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from conftest import Changes, Plant

from listok.templates import plain
from listok.templates.sheet import options_of
from listok.templates.text import Filled, TextError, load, path_of

QUESTION = "Find $y$ at $x = {{x}}$."

SLIPS: dict[str, tuple[Changes, str]] = {
    "unknown field in a formula": ({QUESTION: "Find ${{y_value}}$."}, "unknown field 'y_value'"),
    "unknown field in words": ({QUESTION: "Find {{valeu}}."}, "unknown field 'valeu'; did you mean 'value'?"),
    "unknown field of a record": ({"step {{n}}:": "step {{m}}:"}, "unknown field 'm'"),
    "a record's field outside": ({QUESTION: "Find {{y}}."}, "unknown field 'y'"),
    "unknown place of a path": ({QUESTION: "Find {{steps.0.z}}."}, "'z' is not there"),
    "unknown section": ({"{{#rising}}": "{{#raising}}", "{{/rising}}": "{{/raising}}", "{{^rising}}": "{{^raising}}"},
                        "unknown field 'raising'; did you mean 'rising'?"),
    "unknown field in an option": ({"It falls.\n\n## truths": "It {{falls}}.\n\n## truths"}, "unknown field 'falls'"),
    "unknown field in a reason": ({"> The coefficient is": "> The {{slop}} is"}, "unknown field 'slop'"),
    "unknown field in a mistake": ({"The constant seems": "The {{constant}} seems"}, "unknown field 'constant'"),
    "unknown field in a rubric": ({"A point for": "{{points}} for"}, "unknown field 'points'"),
    "unknown field in a picture's words": ({"A piece of": "{{lengt}} of"}, "unknown field 'lengt'"),
    "a field of no item of a tuple": ({QUESTION: "Find {{steps.z}}."}, "'steps.z': 'z' is not there"),
    "a word of tuples after a number": ({QUESTION: "Find {{value.length}}."}, "'length' is not there"),
    "a step after a length": ({QUESTION: "Find {{row.length.first}}."}, "'first' is not there"),
    "a record in a hole": ({QUESTION: "Find {{steps.first}}."}, "'steps.first' is a record (Step): name one of its"),
    "records in a hole": ({QUESTION: "Find {{steps.rest}}."}, "'steps.rest' is a record (Step)"),
    "a figure in a hole": ({QUESTION: "Find {{picture}}."}, "'picture' is a figure: it is placed with ![words]"),
    "an item outside": ({QUESTION: "Find {{.}}."}, "{{.}} stands in no section that is repeated"),
    "a turn outside": ({QUESTION: "Find {{#rising}}{{@number}}{{/rising}}."}, "{{@number}} stands in no section"),
    "a turn where nothing is": ({QUESTION: "Find {{^row}}{{@number}}{{/row}}."}, "{{@number}} stands in no section"),
    "an item where nothing is": ({QUESTION: "Find {{^steps}}{{y}}{{/steps}}."}, "unknown field 'y'"),
    "an unknown turn": ({QUESTION: "Find {{#row}}{{@nunber}}{{/row}}."}, "unknown name '@nunber'; did you mean '@numb"),
    "a shared option's name elsewhere": ({QUESTION: "Find {{@option}}."}, "only in the text under ### option *"),
    "words that agree with a fraction": ({QUESTION: "{{root|step|steps}}"}, "a whole number (int), which 'root'"),
    "words that agree with a tuple": ({QUESTION: "{{row|step|steps}}"}, "a whole number (int), which 'row' is not"),
    "private field": ({QUESTION: "Find {{_type}}."}, "unknown field '_type'"),
    "unknown way to write": ({"{{root:2}}": "{{root:two}}"}, "no such way to write a value"),
    "open hole": ({QUESTION: "Find {{x."}, "not closed"),
    "open hole in a formula": ({QUESTION: "Find ${{x$."}, "in the formula"),
    "open formula": ({QUESTION: "Find $y at x."}, "not closed"),
    "small brackets around a fraction": ({QUESTION: r"Find $$y = 2(1 + \frac{1}{n})^2 x.$$"},
                                         r"brackets around a fraction are too small; write \left( ... \right)"),
    "small brackets in aligned equations": (
        {QUESTION: r"Find\n\n$$\begin{aligned} y &= [\frac{1}{n}] \end{aligned}$$".replace(r"\n", "\n", 2)},
        "brackets around a fraction are too small"),
    "open section": ({"{{/rising}}{{^rising}}No, it falls.{{/rising}}": ""}, "{{#rising}} is not closed"),
    "closed but not opened": ({QUESTION: "Find it.{{/rising}}"}, "{{/rising}} closes nothing"),
    "crossed sections": ({QUESTION: "{{#rising}}{{#steps}}a{{/rising}}{{/steps}}"}, "{{/rising}} closes nothing"),
    "unknown macro": ({QUESTION: r"Find $\mystery{y}$."}, r"in the formula '\\mystery{y}'"),
    "raw HTML": ({QUESTION: "Find it.\n\n<div>x</div>\n"}, None),
    "a link": ({QUESTION: "Find [it](http://example.org)."}, "is not used in texts"),
    "a rule": ({QUESTION: "Find it.\n\n---\n\nNow."}, "is not used in texts"),
    "too few plural forms": ({"{{count|step|steps}}": "{{count|step}}"}, "2 forms are needed, not 1"),
    "a number for a picture": ({"](picture)": "](value)"}, "'value' is not a figure"),
    "a picture without words": ({"![A piece of a line]": "![]"}, "needs words for those who cannot see it"),
    "a second title": ({"## value": "# Again\n\n## value"}, "starts with one `# Title`"),
    "no title": ({"# A straight line\n": ""}, "`# Title`"),
    "words before the title": ({"# A straight line": "Hello.\n\n# A straight line"}, "`# Title`"),
    "a part twice": ({"## root\n": "## value\n"}, "part 'value' stands twice"),
    "an unknown part": ({"## root\n": "## roots\n"}, "no part 'roots'; it has value, root"),
    "a part missing": ({"## point\nName a point of the line.\n\n### solution\nThe point ${{point}}$ will do.\n": ""},
                       "no text for part point"),
    "an unknown mistake": ({"### mistake swapped": "### mistake swopped"}, "no mistake 'swopped'"),
    "an unknown heading": ({"### rubric": "### notes"}, "unknown heading 'notes'"),
    "typing of two paragraphs": ({"## line\n": "## line\nWrite.\n\n### typing\nSo.\n\nAnd so.\n\n### mistake "},
                                 "### typing is one paragraph"),
    "typing of a number": ({"### mistake swapped": "### typing\nSo.\n\n### mistake swapped"},
                           "part 'value' has no ### typing: only formulas and conditions"),
    "options of a number": ({"### mistake swapped": "### option up\nUp.\n\n### mistake swapped"}, "is not a choice"),
    "an unknown option": ({"### option down": "### option left"}, "part 'slope' has no ### option down"),
    "an option too many": ({"### option down": "### option left\nLeft.\n\n### option down"},
                           "part 'slope' has no option 'left'; it has up, down"),
    "an option twice": ({"### option down": "### option up\nUp.\n\n### option down"}, "### option up stands twice"),
    "a shared option for none": ({"### option down": "### option *\nAny.\n\n### option down"}, "is never used"),
    "an option of two paragraphs": ({"It falls.\n\n## truths": "It falls.\n\nVery much.\n\n## truths"},
                                    "an option is one paragraph"),
    "no rubric": ({"### rubric\nA point for the constant increment.\n": ""}, "needs a ### rubric"),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_fails_with_file_and_line(plant: Plant, slip: str) -> None:
    changes, message = SLIPS[slip]
    exercise = plant(en=changes).exercise
    load(exercise, "ru")
    if message is None:  # Markdown of texts has no HTML: what looks like it is printed as it stands
        filled = Filled(exercise.variant(0), "en")
        assert "<div>x</div>" in plain.printer("en").blocks(filled.blocks(filled.text.parts["value"].question))
        return
    with pytest.raises(TextError) as caught:
        load(exercise, "en")
    assert message in str(caught.value)
    assert re.match(rf"en/{exercise.module}\.md:\d+: ", str(caught.value))
    assert "\n" not in str(caught.value)


def test_the_line_is_that_of_the_slip(plant: Plant) -> None:
    exercise = plant(en={"## grid\nWrite the table.": "## grid\nWrite {{the}} table."}).exercise
    with pytest.raises(TextError) as caught:
        load(exercise, "en")
    line = int(str(caught.value).split(":")[1])
    assert path_of(exercise, "en").read_text(encoding="utf-8").splitlines()[line - 1] == "Write {{the}} table."


def test_the_line_is_that_of_the_paragraph_however_many_follow(plant: Plant) -> None:
    start = "Find $y$ at {{xx}}.\n\nMore.\n\n- one\n- two\n"
    with pytest.raises(TextError) as caught:
        load((exercise := plant(en={QUESTION: start}).exercise), "en")
    line = int(str(caught.value).split(":")[1])
    assert path_of(exercise, "en").read_text(encoding="utf-8").splitlines()[line - 1] == "Find $y$ at {{xx}}."


def test_brackets_that_grow_or_need_not_are_read(plant: Plant) -> None:
    fine = r"Find $(\frac{1}{n})$: $$(y) \frac{1}{n} = \left(\frac{1}{n}\right)^2 + x^{(\frac{1}{n})}, \quad [0, 1).$$"
    load(plant(en={QUESTION: fine}).exercise, "en")


def test_russian_plurals_have_three_forms(plant: Plant) -> None:
    with pytest.raises(TextError, match="3 forms are needed, not 2"):
        load(plant(ru={"{{count|шаг|шага|шагов}}": "{{count|шаг|шага}}"}).exercise, "ru")


def test_parts_stand_in_the_exercises_order(plant: Plant) -> None:
    exercise = plant({'"value": Number("value", points=2),\n        "root": Number("root", digits=2),':
                      '"root": Number("root", digits=2),\n        "value": Number("value", points=2),'}
                     ).exercise  # fmt: skip
    with pytest.raises(TextError, match="in the exercise's order: root, value"):
        load(exercise, "en")


@pytest.mark.parametrize(("code", "said"), [
    ({"    rising: bool\n": "    rising: bool\n\n    @property\n    def count(self) -> int:\n        return 1\n"},
     "Solution.count and Params.count have one name"),
    ({"    rising: bool\n": "    rising: bool\n\n    @property\n    def hero(self) -> str:\n        return 'I'\n"},
     "Solution.hero and Cast.hero have one name"),
])  # fmt: skip
def test_a_name_means_one_thing(plant: Plant, code: Changes, said: str) -> None:
    exercise = plant(code).exercise
    with pytest.raises(TextError) as caught:
        load(exercise, "ru")
    assert str(caught.value).startswith(f"{exercise.name}: {said}")


DECLARED = {'among="claims"': 'options=CLAIMS, among="claims"'}
CLAIM = "### option above\nIt is positive at zero.\n"


def test_every_option_that_may_be_drawn_needs_a_text(plant: Plant) -> None:
    load(plant(DECLARED).exercise, "en")
    with pytest.raises(TextError, match="part 'truths' has no ### option above"):
        load(plant(DECLARED, en={CLAIM: ""}).exercise, "en")


def test_an_option_drawn_without_a_text_is_one_clear_line(plant: Plant) -> None:
    exercise = plant(en={CLAIM: ""}).exercise
    variant = next(variant for seed in range(20) if "above" in (variant := exercise.variant(seed)).params.claims)
    with pytest.raises(TextError, match=rf"^en/{exercise.module}.md: part 'truths' has no ### option above$"):
        options_of(Filled(variant, "en"), "truths")


NAMES = ("curved", "rising", "falling")
SHARED = """### option *
At ${{@option}}$, and {{@option}} of {{count}}.

> It is ${{@option}}$.
"""


def test_options_share_a_text(plant: Plant) -> None:
    names = ("x1", "x2", "x12", "3", "above")
    told = {f"### option {name}\n": f"### option {own}\n" for name, own in zip(NAMES, ("x5", "x6", "x7"), strict=True)}
    exercise = plant(en={"### option straight\nIt is a line.\n": SHARED, **told}).exercise
    variant = exercise.variant(0)
    variant = replace(variant, params=replace(variant.params, claims=names, count=4))
    texts = [text for _, text in options_of(Filled(variant, "en"), "truths")]
    printer = plain.printer("en")
    assert {printer.inlines(text.content) for text in texts} == {
        "At x₁, and x₁ of 4.", "At x₂, and x₂ of 4.", "At x₁₂, and x₁₂ of 4.", "At 3, and 3 of 4.",
        "It is positive at zero.",
    }  # fmt: skip
    assert {printer.inlines(text.reason) for text in texts} == {"It is x₁.", "It is x₂.", "It is x₁₂.", "It is 3.", ""}


def test_an_option_that_is_no_variable_needs_a_text_of_its_own(plant: Plant) -> None:
    code = {'options=("up", "down")': 'options=("up", "down", "a_b_c")'}
    with pytest.raises(TextError, match="option 'a_b_c' needs an ### option of its own"):
        load(plant(code, en={"### option down\n": "### option down\nDown.\n\n### option *\n"}).exercise, "en")


def test_a_text_is_parsed_once(plant: Plant) -> None:
    exercise = plant().exercise
    assert load(exercise, "en") is load(exercise, "en")
    assert load(exercise, "en") is not load(exercise, "ru")


def test_a_mistake_told_under_another_part_has_its_own_words(plant: Plant) -> None:
    exercise = plant(en={"## row": "### mistake swapped\nHere too.\n\n## row"}).exercise
    text = load(exercise, "en")
    assert text.mistake("swapped", "root") != text.mistake("swapped", "value")
    assert text.mistake("swapped", "row") == text.mistake("swapped", "value")
