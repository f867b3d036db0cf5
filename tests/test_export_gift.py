"""GIFT as Moodle reads it: every key full marks, TeX whole, pictures refused with a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clients import gift
from exporting import HOSTILE, NAMES, Pairs, Pick, cells, exported, fields, file_of, inside, items, outside

from listok.answerkeys.formats import how_to_type
from listok.answerkeys.formats.gift import escape, question_text
from listok.answerkeys.formats.moodle_xml import GRADES, MoodlePrinter
from listok.answerkeys.items import Item
from listok.answerkeys.lowering import Essay, Numbers, lower
from listok.generators.exact import Fraction
from listok.templates.texhtml import Printer


def pictured(item: Item) -> bool:
    """Whether an item's stem has a figure."""
    found: list[str] = []
    Printer(item.lang, lambda name, _: found.append(name) or name).blocks(item.stem)  # type: ignore[func-returns-value]
    return bool(found)


def graded(share: Fraction) -> Any:
    """A share as Moodle has it in its list of grades: the next lower one."""
    known = [grade for grade in GRADES if grade <= 100 * share + 1e-3]
    return pytest.approx(max(known) / 100, abs=1e-6)


@pytest.mark.parametrize(("lang", "comma_site"), [("ru", True), ("ru", False), ("en", False)])
@pytest.mark.parametrize("name", NAMES)
def test_every_key_earns_its_marks(name: str, lang: str, comma_site: bool, tmp_path: Path) -> None:
    chosen = items(name, lang)
    if pictured(chosen[0]):
        report = exported("gift", tmp_path, chosen)
        assert {(omission.part, omission.reason) for omission in report.omissions} == {
            ("", "it is left out: GIFT files hold no pictures")
        }
        return
    loaded = gift.load(file_of("gift", tmp_path, chosen).decode(), comma_site=comma_site)
    questions = {question.name.rpartition(" · ")[2]: question for question in loaded}
    assert len(questions) == len(loaded)
    assert not any(question.warnings for question in loaded)
    printer = MoodlePrinter(lang, lambda name, _: name)  # type: ignore[arg-type]
    for item in chosen:
        for part, field in fields(item, "gift"):
            stem = printer.blocks(item.stem)
            solution = " ".join(printer.blocks(part.solution).split())
            own = [each for name, each in questions.items() if f"{name}.".startswith(f"{item.code}.{part.name}.")]
            assert own
            assert all(" ".join(each.general_feedback.split()) in (solution, "") for each in own)
            assert "<img" in solution or all(each.general_feedback for each in own)
            match field:
                case Numbers(rows, shape):
                    gaps = list(cells(part, field, Fraction(1)))
                    names = [
                        {"number": "", "vector": f".{j}", "matrix": f".{i}.{j}"}[shape]
                        for i, row in enumerate(rows, 1)
                        for j, _ in enumerate(row, 1)
                    ]
                    for suffix, gap in zip(names, gaps, strict=True):
                        question = questions[f"{item.code}.{part.name}{suffix}"]
                        assert " ".join(stem.split()) in " ".join(question.text.split())
                        assert how_to_type([(part, field)], item.lang, apart=True)[:60] in question.text
                        assert question.mark({"answer": gap.right}) == 1
                        assert question.mark({}) == 0
                        if gap.tolerance is not None:
                            assert all(question.mark({"answer": near}) == 1 for near in inside(gap, "0.9"))
                            assert all(question.mark({"answer": far}) == graded(share) for far, share in outside(gap))
                        for wrong in gap.wrong:
                            assert question.mark({"answer": wrong.response}) == graded(wrong.share)
                            assert question.feedback({"answer": wrong.response})["answer"]
                case Pick(options, many):
                    question = questions[f"{item.code}.{part.name}"]
                    ids = {option.name: question.fields[0].option(printer.inlines(option.words)) for option in options}
                    right = [ids[option.name] for option in options if option.right]
                    assert question.mark({"answer": " ".join(right)}) == pytest.approx(1, abs=1e-4)
                    assert question.mark({}) == 0
                    for option in options:
                        earned = max(0.0, float(option.share))
                        assert question.mark({"answer": ids[option.name]}) == pytest.approx(earned, abs=1e-4), many
                case Pairs(terms, options, right_names):
                    question = questions[f"{item.code}.{part.name}"]
                    words = {option.name: printer.inlines(option.words) for option in options}
                    answers = {
                        place.name: place.option(words[name])
                        for place, name in zip(question.fields, right_names, strict=True)
                    }
                    assert question.mark(answers) == pytest.approx(1)
                    assert len(answers) == len(terms)
                    # An option that fits no term is offered, too.
                    assert all({html for _, html in place.options} == set(words.values()) for place in question.fields)
        for part in item.parts:
            if isinstance(lower(part, "gift"), Essay) and "<img" not in printer.blocks(part.solution):
                question = questions[f"{item.code}.{part.name}"]
                assert (question.type, question.mark({"answer": "y"})) == ("essay", None)
                assert " ".join(question.general_feedback.split()) == " ".join(printer.blocks(part.solution).split())


def test_moodle_takes_the_file_for_plain_text(tmp_path: Path) -> None:
    """Its import page looks at the ending; the content decides where it does not know the ending, such as .gift."""
    (path,) = exported("gift", tmp_path, items("temperature", "en")[:1]).files
    assert path.suffix == ".txt"


def test_an_essay_keeps_its_solution() -> None:
    written = question_text("n", "<p>Why?</p>", [], "<p>So.</p>").decode()
    (question,) = gift.load(written)
    assert (question.type, question.general_feedback) == ("essay", "<p>So.</p>")
    assert question_text("n", "<p>Why?</p>", [], "") == b"::n::[html]<p>Why?</p>{}\n\n"


def test_a_hostile_title_stays_words(tmp_path: Path) -> None:
    chosen = items("temperature", "ru")[:1]
    text = file_of("gift", tmp_path, chosen, title=HOSTILE).decode()
    assert "\x07" not in text
    assert len(gift.load(text)) > 5


def test_gf1_signs_of_gift_are_words() -> None:
    html = r"<p>1 ~ 2 = 3 # 4 { 5 } 6 : 7, \(\nabla \nu \neq \begin{pmatrix} 1 \\ 2 \end{pmatrix}\), // -> %50% ::</p>"
    text = escape(html)
    (question,) = gift.load(f"::{text}::[html]{text}{{={text}#{text}\n~no\n####{text}}}\n")
    assert question.name == question.text == question.general_feedback == html
    assert question.fields[0].options == (("1", html), ("2", "no"))
    assert question.feedback({"answer": "1"})["answer"] == html
    assert escape("<p>a</p>\n\n<p>b</p>\n") == "<p>a</p> <p>b</p>"
