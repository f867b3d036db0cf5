"""Moodle XML as a Moodle imports and marks it: full marks for every key, none for what is outside, nothing lost."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
from clients import Question, moodle
from exporting import (
    HOSTILE,
    LANGS,
    NAMES,
    SAMPLES,
    Gap,
    Pairs,
    Pick,
    Wrong,
    cells,
    exported,
    fields,
    file_of,
    inside,
    items,
    outside,
    total,
)
from lxml import etree

from listok.answerkeys.formats import how_to_type
from listok.answerkeys.formats.moodle import escape_in_cloze, number_gap
from listok.answerkeys.formats.moodle_xml import MoodlePrinter, grade, text_of, xml_of
from listok.answerkeys.items import Item, Mistake, item_of
from listok.answerkeys.lowering import CellMistake, Numbers, Ratio
from listok.answerkeys.marking.gaps import answers, moodle_gaps
from listok.answerkeys.marking.grading import Response, mark_problem
from listok.generators.answers import ENGLISH_LETTERS, RUSSIAN_LETTERS
from listok.generators.exact import Fraction
from listok.generators.exercise import AnyVariant
from listok.generators.values import ListokError

TRUE = {"ru": ("верно", "неверно"), "en": ("true", "false")}


def gaps(item: Item) -> Iterator[Gap]:
    """The gaps of an item's cloze, in order, as a model student fills them."""
    points = total(item, "moodle")
    printer = MoodlePrinter(item.lang, lambda name, _: name)
    for part, field in fields(item, "moodle"):
        share = part.points / points
        match field:
            case Numbers():
                yield from cells(part, field, share)
            case Pick(options, many=True):
                yes, no = TRUE[item.lang]
                for option in options:
                    right, other = (yes, no) if option.right else (no, yes)
                    yield Gap(part.name, "choice", share / len(options), right, None, (Wrong(other, Fraction(0), ""),))
            case Pick(options, many=False):
                (best,) = [option for option in options if option.right]
                wrong = [Wrong(printer.inlines(o.words), o.share, o.name) for o in options if not o.right]
                yield Gap(part.name, "choice", share, printer.inlines(best.words), None, tuple(wrong))
            case Pairs(terms, options, right):
                letters = RUSSIAN_LETTERS if item.lang == "ru" else ENGLISH_LETTERS
                names = [option.name for option in options]
                for name in right:
                    place = names.index(name)
                    wrong_letter = letters[(place + 1) % len(names)]
                    yield Gap(part.name, "choice", share / len(terms), letters[place], None,
                              (Wrong(wrong_letter, Fraction(0), ""),))  # fmt: skip


def paid(share: Fraction) -> Fraction:
    """What Moodle pays for a share: the next lower grade of its list, which the report says."""
    return max(Fraction(str(each)) / 100 for each in moodle.GRADES if each <= 100 * share + Fraction(1, 100))


def said(question: Question, field: str, gap: Gap, text: str) -> str:
    """A response as the client takes it: an option's id, or what is typed."""
    if gap.kind != "choice":
        return text
    (place,) = [each for each in question.fields if each.name == field]
    return place.option(text)


def named(questions: list[Question]) -> dict[str, Question]:
    """Questions by their codes, which stand at the end of their names."""
    return {question.name.rpartition(" · ")[2]: question for question in questions}


@pytest.fixture(scope="module", params=SAMPLES, ids="-".join)
def imported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[tuple[Item, ...], bytes]:
    """An exercise's items in one language, and their file."""
    name, lang = request.param
    chosen = items(name, lang)
    return chosen, file_of("moodle", tmp_path_factory.mktemp("moodle"), chosen)


@pytest.mark.parametrize("comma_site", [False, True], ids=["point", "comma"])
def test_every_key_earns_its_marks(imported: tuple[tuple[Item, ...], bytes], comma_site: bool) -> None:
    chosen, xml = imported
    questions = named(moodle.load(xml, comma_site=comma_site))
    for item in chosen:
        expected = list(gaps(item))
        question = questions[item.code]
        assert len(question.fields) == len(expected), item.code
        assert not question.leftover_codes, f"{item.code}: codes left in the text: {question.leftover_codes}"
        assert not question.warnings
        assert how_to_type(fields(item, "moodle"), item.lang, apart=True) in question.text
        right = {
            field.name: said(question, field.name, gap, gap.right)
            for field, gap in zip(question.fields, expected, strict=True)
        }
        assert question.mark(right) == pytest.approx(1), item.code
        assert question.mark({}) == 0
        for field, gap in zip(question.fields, expected, strict=True):
            alone = {field.name: right[field.name]}
            assert question.mark(alone) == pytest.approx(float(gap.share)), f"{item.code} {gap.part}"
            if gap.tolerance is not None:
                for near in inside(gap, "0.9"):
                    assert question.mark({field.name: near}) == pytest.approx(float(gap.share)), (gap, near)
                for far, share in outside(gap):
                    earned = question.mark({field.name: far})
                    assert earned == pytest.approx(float(gap.share * share)), (item.code, gap, far)


def test_every_mistake_earns_its_share_and_is_told(imported: tuple[tuple[Item, ...], bytes]) -> None:
    chosen, xml = imported
    questions = named(moodle.load(xml))
    for item in chosen:
        question = questions[item.code]
        sentences = {part.name: {mistake.name for mistake in part.mistakes} for part, _ in fields(item, "moodle")}
        for field, gap in zip(question.fields, gaps(item), strict=True):
            for wrong in gap.wrong:
                responses = {field.name: said(question, field.name, gap, wrong.response)}
                share = paid(wrong.share) if gap.kind != "choice" else wrong.share
                assert question.mark(responses) == pytest.approx(float(gap.share * share), rel=1e-5), (item.code, wrong)
                if wrong.said in sentences[gap.part]:
                    assert question.feedback(responses).get(field.name), (item.code, gap.part, wrong)


def test_no_part_is_left_out(imported: tuple[tuple[Item, ...], bytes], tmp_path: Path) -> None:
    chosen, _ = imported
    assert not any("it is left out" in each.reason for each in exported("moodle", tmp_path, chosen).omissions)


def test_open_parts_wait_for_a_marker(imported: tuple[tuple[Item, ...], bytes]) -> None:
    chosen, xml = imported
    questions = named(moodle.load(xml))
    for item in chosen:
        for part in item.parts:
            if part.key.kind == "open":
                essay = questions[f"{item.code}.{part.name}"]
                assert essay.type == "essay"
                assert essay.mark({"answer": "words"}) is None
    assert len(questions) == len(chosen) + sum(part.key.kind == "open" for item in chosen for part in item.parts)


def test_points_solutions_and_figures_arrive(imported: tuple[tuple[Item, ...], bytes]) -> None:
    chosen, xml = imported
    questions = named(moodle.load(xml))
    printer = {lang: MoodlePrinter(lang, lambda name, _: f"@@PLUGINFILE@@/{name}") for lang in ("ru", "en")}
    for item in chosen:
        question = questions[item.code]
        written = ET.fromstring(xml).findtext(f"question/name[text='{item.name}']/../defaultgrade")
        assert written is not None
        assert question.points == float(written)
        assert question.points >= float(total(item, "moodle"))
        for part, field in fields(item, "moodle"):
            asked = part.chosen if isinstance(field, Pick) and field.instead else part.question
            assert printer[item.lang].blocks(part.solution).strip() in question.general_feedback
            assert printer[item.lang].blocks(asked).strip() in question.text
        figures = re.findall(r'src="@@PLUGINFILE@@/([^"]+)"', question.text + question.general_feedback)
        assert set(figures) <= set(question.files)


@pytest.mark.parametrize("lang", LANGS)
def test_multiresponse_marks_as_the_key_does(lang: str, tmp_path: Path) -> None:
    chosen = items("questions-on-sgd", lang)
    questions = named(moodle.load(file_of("moodle", tmp_path, chosen, choices={"several": "multiresponse"})))
    for item in chosen:
        part = item.parts[0]
        field = questions[item.code].fields[0]
        assert field.kind == "choices"
        printer = MoodlePrinter(item.lang, lambda name, _: name)
        ids = {option.name: field.option(printer.inlines(option.words)) for option in part.options}
        share = float(part.points / total(item, "moodle"))
        wrong = [name for name in ids if name not in part.asked.right]
        for picked in (part.asked.right, part.asked.right[:1], (*part.asked.right, *wrong[:1]), tuple(wrong)):
            earned = questions[item.code].mark({field.name: " ".join(ids[name] for name in picked)})
            assert earned == pytest.approx(float(part.key.score(tuple(picked), part.asked)) * share, abs=1e-5)


def single(item: Item, part: str) -> Item:
    """An item that asks one part only."""
    variant: AnyVariant = item.variant
    return item_of(variant, item.lang, {part: Fraction(3)})


@pytest.mark.parametrize(
    ("name", "part", "kind"),
    [
        ("temperature", "odds", "numerical"),
        ("temperature", "bot", "multichoice"),
        ("learning-rates", "fails", "matching"),
        ("questions-on-sgd", "statements", "multichoice"),
        ("computation-graph", "graph", "essay"),
    ],
)  # fmt: skip
def test_a_part_alone_is_a_question_of_its_own_kind(name: str, part: str, kind: str, tmp_path: Path) -> None:
    for lang in LANGS:
        chosen = tuple(single(item, part) for item in items(name, lang))
        for item, question in zip(chosen, moodle.load(file_of("moodle", tmp_path / lang, chosen)), strict=True):
            assert question.name == f"{item.name}.{part}"
            assert question.type == kind
            assert question.points == 3
            if kind == "numerical":
                (gap,) = gaps(item)
                assert all(question.mark({"answer": text}) == 1 for text in (gap.right, *inside(gap, "0.9")))
                assert question.mark({"answer": inside(gap, "1.1")[0]}) == 0
                for wrong in gap.wrong:
                    assert question.mark({"answer": wrong.response}) == pytest.approx(float(wrong.share))
                    assert question.feedback({"answer": wrong.response})["answer"]


def test_a_hostile_title_stays_words(tmp_path: Path) -> None:
    chosen = items("temperature", "ru")[:1]
    xml = file_of("moodle", tmp_path, chosen, title=HOSTILE)
    (question,) = moodle.load(xml)
    category = ET.fromstring(xml).findtext("question/category/text")
    assert category is not None
    assert "\x07" not in category
    title = HOSTILE.replace("\x07", "").replace("<", "‹").replace(">", "›")
    assert moodle.category_path(category)[0] == title
    assert question.mark({}) == 0


def test_machine_numbers_have_a_point_whatever_the_language(tmp_path: Path) -> None:
    number = re.compile(r"-?\d+(\.\d+)?")
    for name in NAMES:
        root = ET.fromstring(file_of("moodle", tmp_path / name, items(name, "ru")))
        for path in (".//tolerance", ".//defaultgrade", ".//penalty"):
            assert all(number.fullmatch(element.text or "") for element in root.iterfind(path))
        for answer in root.iterfind(".//answer[@fraction]"):
            assert number.fullmatch(answer.get("fraction") or "")
        for question in root.iterfind("question[@type='cloze']"):
            text = question.findtext("questiontext/text") or ""
            for key, tolerance in re.findall(r":NUMERICAL:=([^:]*):([^~}]*)", text):
                assert number.fullmatch(key)
                assert number.fullmatch(tolerance)
                assert float(tolerance) > 0
            weights = re.findall(r"\{([^{}:]*):(?:NUMERICAL|SHORTANSWER|MULTICHOICE)", text)
            assert all(int(weight) > 0 for weight in weights)


def test_every_question_has_an_id_of_its_own_and_a_category(tmp_path: Path) -> None:
    seen = set()
    for lang in LANGS:
        for name in NAMES:
            chosen, drawn = items(name, lang), []
            written = file_of("moodle", tmp_path / lang / name, chosen)
            assert b"$" not in b"".join(re.findall(b"<category>.*?</category>", written))  # no context
            for question in moodle.load(written):
                assert question.idnumber not in seen
                seen.add(question.idnumber)
                assert len(question.category) in (3, 4)
                if len(question.category) == 3:
                    drawn.append(question.name.rpartition(" · ")[2])
            # A random question of a category is always a whole variant: what stands beside it is in a subcategory.
            assert drawn == [item.code for item in chosen]


def test_volumes_import_alone(tmp_path: Path) -> None:
    chosen = items("temperature", "en")
    report = exported("moodle", tmp_path, chosen, max_questions=2)
    assert [path.name for path in report.files] == ["questions-1.xml", "questions-2.xml", "questions-3.xml"]
    names = [name for path in report.files for name in named(moodle.load(path.read_bytes()))]
    assert names == [item.code for item in chosen]


def test_what_moodle_sums_up_of_right_answers_is_marked_right(imported: tuple[tuple[Item, ...], bytes]) -> None:
    """Moodle's table of responses has a question's gaps in one cell, and `listok grade` takes them apart again."""
    chosen, _ = imported
    for item in chosen:
        asked = {part.name: part.points for part, _ in fields(item, "moodle")}
        told = [re.sub(r"<[^>]*>", "", gap.right) for gap in gaps(item)]
        cell = "; ".join(f"часть {number}: {text}" for number, text in enumerate(told, 1))
        found = answers(item.variant, list(asked), moodle_gaps(cell) if len(told) > 1 else told)
        marks = mark_problem(item.variant, asked, {part: Response(text) for part, text in found.items()})
        for mark in marks:
            kind = item.variant.exercise.parts[mark.part].kind
            # Options with formulas are told as TeX, and where a formula is chosen, it is not typed.
            may_be = ("right", "unreadable") if kind in ("choice", "expression", "predicate") else ("right",)
            assert mark.outcome in may_be, (item.code, mark)


@pytest.mark.parametrize(
    ("share", "percent"),
    [("1", "100"), ("1/3", "33.33333"), ("-2/3", "-66.66667"), ("1/7", "14.28571"), ("5/6", "83.33333"), ("0", "0")],
)
def test_mx3_shares_are_grades_of_moodle(share: str, percent: str) -> None:
    assert grade(Fraction(share)) == percent
    with pytest.raises(ListokError, match="no grade of 42"):
        grade(Fraction(42, 100))


@pytest.mark.parametrize(
    "html",
    [
        r"<p>a &lt; b &amp; c &gt; d, \(x^{2}\) and \(\begin{pmatrix} 1 &amp; 2 \\ 3 &amp; 4 \end{pmatrix}\)</p>",
        r"<em>1 ~ 2, # 3, { 4 }, 5 = 6, %50%, &quot;7&quot;, 8/9, \{ 10 \}, &amp;lt;</em>",
    ],
)
def test_mx5_signs_of_cloze_are_words_inside_an_answer(html: str) -> None:
    right, wrong = escape_in_cloze(html), escape_in_cloze(f"<p>a</p>\n{html}")
    text = f"{{2:MULTICHOICE_V:={right}#{right}~%0%no#{wrong}}}"
    shown, (gap,), warnings = moodle.cloze(f"<p>{text}</p>", comma_site=False, what="text")
    assert shown == "<p>{#1}</p>"
    html = html.replace("~", "&#126;")  # the same to a browser
    assert gap.options == (("1", html), ("2", "no"))
    assert gap.mark("1") == moodle.Mark(1.0, html)
    assert gap.mark("2") == moodle.Mark(0.0, f"<p>a</p> {html}")
    assert not warnings


def written(text: str) -> str:
    """A text as Moodle has it after the import."""
    element = etree.Element("question", type="essay")
    for name in ("name", "questiontext"):
        text_of(etree.SubElement(element, name), text)
    (question,) = moodle.load(b"<quiz>" + xml_of(element) + b"</quiz>")
    assert question.text == question.name
    return question.text


def test_no_space_is_lost_beside_a_tag() -> None:
    words = "<p><em>не</em> все, <b>a</b> <b>b</b> &lt; я</p>\n<p>да</p>"
    assert written(words) == words


@pytest.mark.parametrize(("text", "kept"), [("a ]]> b & <i>c</i>", "a ]]> b & <i>c</i>"), ("a\0b\x1fc\ufffe", "abc")])
def test_signs_that_such_a_piece_cannot_hold(text: str, kept: str) -> None:
    assert written(text) == kept


EMOTICONS = re.compile(
    r":-\)|:\)|:-D|;-\)|:-/|V-\.|:-P|:-p|B-\)|\^-\)|8-\)|:o\)|:-\(|:\(|8-\.|:-I|:-X|8-o|P-\||8-\[|\(grr\)|xx-P|\|-\.|\}-\]"
    r"|\((?:h|heart|y|n|martin| )\)"
)  # fmt: skip
"""What a Moodle fresh from the box makes pictures of, everywhere but in formulas and where it is told not to."""


def test_nothing_becomes_an_emoticon(imported: tuple[tuple[Item, ...], bytes]) -> None:
    _, xml = imported
    for text in ET.fromstring(xml).iter("text"):
        kept_out = r'<span class="nolink">.*?</span>|\\\(.*?\\\)|\\\[.*?\\\]'
        assert not EMOTICONS.search(re.sub(kept_out, " ", text.text or "", flags=re.DOTALL))


def test_gaps_stand_in_no_paragraph(imported: tuple[tuple[Item, ...], bytes]) -> None:
    """What is said of a wrong answer is a paragraph, and none can stand in another."""
    _, xml = imported
    for text in ET.fromstring(xml).iterfind("question[@type='cloze']/questiontext/text"):
        assert not re.search(r"<p>[^<]*\{\d+:", text.text or "")


def test_mx8_gaps_are_of_types_that_every_moodle_has(imported: tuple[tuple[Item, ...], bytes]) -> None:
    _, xml = imported
    found = re.findall(r"\{\d+:([A-Z_]+):", xml.decode())
    assert set(found) <= {"NUMERICAL", "SHORTANSWER", "MULTICHOICE", "MULTICHOICE_V"}


def test_mx10_formulas_stand_between_marks_that_every_filter_knows(imported: tuple[tuple[Item, ...], bytes]) -> None:
    _, xml = imported
    for text in ET.fromstring(xml).iterfind(".//*[@format='html']/text"):
        formulas = re.findall(r"\\\((.*?)\\\)|\\\[(.*?)\\\]", text.text or "", re.DOTALL)
        assert not any(sign in formula for pair in formulas for formula in pair for sign in "<>")
        assert "$" not in (text.text or "")


def test_mx11_settings_are_written_out(imported: tuple[tuple[Item, ...], bytes], tmp_path: Path) -> None:
    chosen, xml = imported
    alone = [single(item, part.name) for item in chosen[:1] for part in item.parts]
    files = [xml, *(file_of("moodle", tmp_path / str(number), (item,)) for number, item in enumerate(alone))]
    own = {"multichoice": ("single", "shuffleanswers", "answernumbering"), "matching": ("shuffleanswers",)}
    for question in (each for file in files for each in ET.fromstring(file).iterfind("question")):
        kind = question.get("type", "")
        if kind != "category":
            for setting in ("defaultgrade", "penalty", "hidden", "idnumber", *own.get(kind, ())):
                assert question.findtext(setting), (kind, setting)


def test_a_wrong_number_beside_a_fraction_is_known_however_it_is_typed() -> None:
    mistake = Mistake("half", Fraction(-9, 2), Fraction(1, 2), ())
    gap = number_gap(lambda blocks: "", Ratio(("1/3",), (CellMistake("-9/2", Fraction(0), mistake),)), 1)
    _, (loaded,), _ = moodle.cloze(gap, comma_site=False, what="gap")
    for text in ("-9/2", "−9/2", "-4.5", "−4.5", "-9 / 2", "-4,5", "-4.50"):
        assert loaded.mark(text).fraction == 0.5
    assert loaded.mark("-9").fraction == 0
