"""Texts of exercises: what they may say, and that a slip fails with file and line when the text is loaded."""

from __future__ import annotations

import re

import pytest
from conftest import Changes, Plant

from listok.templates import plain
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
    "private field": ({QUESTION: "Find {{_type}}."}, "unknown field '_type'"),
    "unknown way to write": ({"{{root:2}}": "{{root:two}}"}, "no such way to write a value"),
    "open hole": ({QUESTION: "Find {{x."}, "not closed"),
    "open hole in a formula": ({QUESTION: "Find ${{x$."}, "in the formula"),
    "open formula": ({QUESTION: "Find $y at x."}, "not closed"),
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
    "options of a number": ({"### mistake swapped": "### option up\nUp.\n\n### mistake swapped"}, "is not a choice"),
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


def test_russian_plurals_have_three_forms(plant: Plant) -> None:
    with pytest.raises(TextError, match="3 forms are needed, not 2"):
        load(plant(ru={"{{count|шаг|шага|шагов}}": "{{count|шаг|шага}}"}).exercise, "ru")


def test_parts_stand_in_the_exercises_order(plant: Plant) -> None:
    exercise = plant({'"value": Number("value", points=2),\n        "root": Number("root", digits=2),':
                      '"root": Number("root", digits=2),\n        "value": Number("value", points=2),'}
                     ).exercise  # fmt: skip
    with pytest.raises(TextError, match="in the exercise's order: root, value"):
        load(exercise, "en")


def test_a_text_is_parsed_once(plant: Plant) -> None:
    exercise = plant().exercise
    assert load(exercise, "en") is load(exercise, "en")
    assert load(exercise, "en") is not load(exercise, "ru")


def test_a_mistake_told_under_another_part_has_its_own_words(plant: Plant) -> None:
    exercise = plant(en={"## row": "### mistake swapped\nHere too.\n\n## row"}).exercise
    text = load(exercise, "en")
    assert text.mistake("swapped", "root") != text.mistake("swapped", "value")
    assert text.mistake("swapped", "row") == text.mistake("swapped", "value")
