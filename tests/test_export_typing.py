"""How answers are typed on platforms: spellings, what students are told of them, and what gaps must not give away."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from clients import canvas, moodle, qti
from exporting import LANGS, NAMES, fields, file_of, items
from test_export_shares import names_in, widths

from listok.answerkeys.formats import INSTEAD, anki, how_to_type, question_html, skipped
from listok.answerkeys.formats.canvas import decimals
from listok.answerkeys.formats.moodle import number_gap
from listok.answerkeys.formats.moodle_xml import beside
from listok.answerkeys.items import Item, Mistake, item_of
from listok.answerkeys.lowering import CellMistake, Decimal, Numbers, Pick, Ratio, lower, lowered_cell
from listok.generators.bank import find
from listok.generators.exact import Fraction
from listok.templates.texhtml import Printer

TYPED = ("17/3", " 17/3 ", "17 / 3", "17/ 3", "17 /3", "5 2/3", "34 / 6", "+17/3", "+34/6", "119/21", "204/36")
NOT_TYPED = ("17", "16/3", "5 1/3", "52/3", "5", "-17/3", "5.667", "17/", "120/21")


def gap_of(cell: Decimal | Ratio, wide: int = 0) -> moodle.Gap:
    """A gap as Moodle takes it."""
    _, (gap,), warnings = moodle.cloze(number_gap(lambda _: "said", cell, 1, wide), comma_site=False, what="gap")
    assert not warnings
    return gap


def clozes(content: bytes) -> Iterator[tuple[str, list[moodle.Gap]]]:
    """The names of a file's cloze questions, with their gaps."""
    for question in ET.fromstring(content).iterfind("question[@type='cloze']"):
        text = question.findtext("questiontext/text") or ""
        name = (question.findtext("name/text") or "").rpartition(" · ")[2]
        yield name, moodle.cloze(text, comma_site=False, what="text")[1]


def test_a_fraction_is_right_however_it_is_spelt() -> None:
    cell = lowered_cell(Fraction(17, 3), None, [])
    gap = gap_of(cell)
    assert [gap.mark(text).fraction for text in TYPED] == [1] * len(TYPED)
    assert [gap.mark(text).fraction for text in NOT_TYPED] == [0] * len(NOT_TYPED)
    gap = gap_of(lowered_cell(Fraction(-17, 3), None, []))
    assert all(gap.mark(text).fraction == 1 for text in ("-17/3", "−17/3", "−17 / 3", "−119/21", "-34 / 6", "−5 2/3"))
    assert gap.mark("5 2/3").fraction == 0
    assert gap_of(lowered_cell(Fraction(1, 3), None, [])).mark("0 1/3").fraction == 0


@pytest.mark.parametrize("to", ["qti21", "qti30"])
def test_fractions_of_the_bank_are_right_in_qti_however_they_are_spelt(to: str, tmp_path: Path) -> None:
    met = 0
    for name in NAMES:
        if met > 5:
            break
        chosen = items(name, "en")
        package = qti.load(file_of(to, tmp_path / name, chosen))
        for item in chosen:
            for part, field in fields(item, "qti"):
                question = package.question(f"q-{item.code}-en")
                cells = field.cells if isinstance(field, Numbers) else ()
                for place, cell in zip(names_in(part, field) if cells else (), cells, strict=True):  # type: ignore[arg-type]
                    if isinstance(cell, Ratio):
                        top, bottom = Fraction(cell.accepted[0]).as_integer_ratio()
                        share = question.mark({place: f"{top}/{bottom}"})
                        assert share
                        sign, size = ("−", -top) if top < 0 else ("+", top)
                        parts = divmod(abs(top), bottom)
                        mixed = f"{'-' * (top < 0)}{parts[0]} {parts[1]}/{bottom}" if parts[0] else f"{top}/{bottom}"
                        for text in (mixed, f"{top} / {bottom}", f"{7 * top}/{7 * bottom}", f"{sign}{size}/{bottom}"):
                            assert question.mark({place: text}) == share, text
                        met += 1
    assert met


def test_a_zero_needs_no_zero_in_front() -> None:
    assert {"0.000", ".000", ",000", "0", ".001", "-.001"} <= set(decimals(Decimal("0.000", Fraction(1, 1000), ())))
    assert {"-0.000", "−0.000", "-.000", "−,000", "-0"} <= set(decimals(Decimal("0.000", Fraction(1, 1000), ())))
    assert not any(text.startswith("-") for text in decimals(Decimal("0", Fraction(1, 2000), ())))
    assert {".700", ".701", "+0.700"} <= set(decimals(Decimal("0.700", Fraction(1, 1000), ())))
    assert ".0" not in decimals(Decimal("1.0", Fraction(1, 10), ()))


# --- a wrong fraction is nobody else's number ------------------------------------------------------------------------


def mistake(name: str, share: str) -> Mistake:
    return Mistake(name, None, Fraction(share), ())


@pytest.mark.parametrize(
    ("key", "wrong", "other"), [("-200", "-800/3", "-800"), ("3", "7/2", "7"), ("1/2", "5/4", "5"), ("7", "7/3", "2")]
)
def test_a_wrong_fraction_is_not_read_as_another_answer(key: str, wrong: str, other: str) -> None:
    known = [(mistake("fraction", "1/4"), Fraction(wrong)), (mistake("other", "1/2"), Fraction(other))]
    gap = gap_of(lowered_cell(Fraction(key), None, known, apart=True))
    assert gap.mark(wrong).fraction == 0.25
    assert gap.mark(other).fraction == 0.5
    for text in (key, f"{float(Fraction(key)):.2f}", f"{float(Fraction(key)):.1f}".replace("-", "−")):
        assert gap.mark(text).fraction == 1, text


@pytest.mark.parametrize("name", NAMES)
def test_no_wrong_fraction_of_the_bank_meets_another_number(name: str, tmp_path: Path) -> None:
    chosen = items(name, "en")
    found = dict(clozes(file_of("moodle", tmp_path, chosen)))
    for item in chosen:
        at = 0
        for part, field, count in widths(item, "moodle"):
            if isinstance(field, Numbers) and item.code in found and getattr(part.key, "digits", None) is None:
                for cell, gap in zip(field.cells, found[item.code][at : at + count], strict=True):
                    own = {Fraction(wrong.text): wrong.mistake.share for wrong in cell.mistakes}
                    for value, share in own.items():
                        if value.denominator > 1:
                            assert gap.mark(str(value)).fraction in (0, pytest.approx(float(share), abs=1e-5))
            at += count


# --- widths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_all_gaps_of_a_list_are_equally_wide(name: str, tmp_path: Path) -> None:
    chosen = items(name, "en")
    found = dict(clozes(file_of("moodle", tmp_path, chosen)))
    for item in chosen:
        at = 0
        for part, field, count in widths(item, "moodle"):
            if isinstance(field, Numbers) and item.code in found:
                wide = {gap.width for gap in found[item.code][at : at + count]}
                assert len(wide) == 1, (item.code, part.name, wide)
                assert min(wide) >= 8
            at += count


@pytest.mark.parametrize("cell", [Decimal(text, Fraction(1, 2000), ()) for text in ("5", "-0.5", "0", "1200", "-21")])
def test_what_makes_a_gap_wide_earns_nothing_and_changes_nothing(cell: Decimal) -> None:
    wide, narrow = gap_of(cell, 10), gap_of(cell)
    assert (wide.width, narrow.width) == (10, len(cell.text))
    for text in (cell.text, "0.1", "0.100001", "5.0001", "5.01", "--", "----------", "1"):
        assert wide.mark(text) == narrow.mark(text)
    text = gap_of(Ratio(("1/3",), (CellMistake("2/3", Fraction(0), mistake("m", "1/2")),)), 20)
    assert text.width == 20
    assert text.mark("2/3").fraction == 0.5


# --- what students are told ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", NAMES)
def test_students_are_told_how_to_type_once_where_it_matters(name: str, lang: str, tmp_path: Path) -> None:
    chosen = items(name, lang)
    for question in moodle.load(file_of("moodle", tmp_path, chosen)):
        typed = [field for field in question.fields if field.kind in ("number", "text")]
        assert question.text.count("-1234.5") == bool(typed)
        assert question.text.count("1/3.") <= any(field.kind == "text" for field in typed)


def test_fractions_are_not_spoken_of_where_all_is_rounded() -> None:
    for name in NAMES:
        for item in items(name, "en"):
            asked = list(fields(item, "qti"))
            digits = [getattr(p.key, "digits", None) for p, f in asked if isinstance(f, Numbers)]
            told = how_to_type(asked, "en", apart=True)
            assert bool(told) == bool(digits)
            assert ("1/2" in told) == (None in digits)
            endless = any(isinstance(cell, Ratio) for _, f in asked if isinstance(f, Numbers) for cell in f.cells)
            assert ("1/3" in told) == endless


TYPING = re.compile(
    r"<code>|\b[Tt]ype (?:the|letters)|\b[Cc]all (?:the|these)\b|(?:write|писать) sigmoid|as sigmoid|brackets|"
    r"with [a-z ]*logarithm|\b[Пп]ишите|называйте|обозначьте|скобки|с логарифм"
)
"""Words that tell how an answer is written."""
HOW = {
    "picture-to-formula": ("formula", "<code>max(0, ...)</code>", "<code>max(0; ...)</code>"),
    "matrix-backprop": ("unit_sum", "Call these outputs o1, o2", "Выходы обозначьте o1, o2"),
    "inventing-backprop": ("chain", "Type letters with an index as w2", "Буквы с индексами пишите так: w2"),
}
"""What three parts tell those who type, in English and in Russian."""


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", NAMES)
def test_who_chooses_is_not_told_to_type(name: str, lang: str) -> None:
    printer = Printer(lang, lambda file, _: file)  # type: ignore[arg-type]
    for item in items(name, lang):
        for part in item.parts:
            typed, chosen = printer.blocks(part.question), printer.blocks(part.chosen)
            field = lower(part, "moodle")
            if isinstance(field, Pick) and field.instead:
                asked = question_html(printer, part, field)
                assert asked == f"{chosen}<p><em>{INSTEAD[lang]}</em></p>\n"
                if part.key.kind == "expression":
                    assert not (found := TYPING.search(chosen)), (part.name, found)
            else:
                assert typed == chosen
            if name in HOW and part.name == HOW[name][0]:
                assert HOW[name][1 + (lang == "ru")] in typed
                assert HOW[name][1 + (lang == "ru")] not in chosen


@pytest.mark.parametrize("to", ["moodle", "gift", "qti21", "canvas", "amc"])
def test_no_platform_tells_who_chooses_to_type(to: str, tmp_path: Path) -> None:
    item = items("logistic-regression", "en")[0]
    single = item_of(item.variant, "en", {"rule": Fraction(1)})
    content = file_of(to, tmp_path, (single,))
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            content = b"".join(map(package.read, package.namelist()))
    assert "choose the right one among those offered" in content.decode()
    assert "as sigmoid" not in content.decode()


@pytest.mark.parametrize("to", ["moodle-formulas", "moodle-stack", "json", "csv"])
def test_who_types_is_told_how(to: str, tmp_path: Path) -> None:
    item = items("matrix-backprop", "en")[0]
    single = item_of(item.variant, "en", {"unit_sum": Fraction(1)})
    assert "Call these outputs o1, o2 and so on." in file_of(to, tmp_path, (single,)).decode()


@pytest.mark.parametrize("to", ["formulas", "stack"])
def test_greek_letters_are_spelt_out(to: str, tmp_path: Path) -> None:
    for lang in LANGS:
        chosen = items("ridge-leave-one-out", lang)
        loaded = moodle.load(file_of(f"moodle-{to}", tmp_path / lang, chosen), extensions=frozenset({to}))
        told = {"ru": "латиницей: lambda.", "en": "Greek letters out: lambda."}[lang]
        with_lambda = [question for question in loaded if question.type == to and r"\lambda" in question.text]
        assert with_lambda
        assert all(told in q.text for q in with_lambda if any(field.kind == "formula" for field in q.fields))
        assert any(told in q.text for q in with_lambda)


@pytest.mark.parametrize("to", ["formulas", "stack"])
def test_letters_that_are_skipped_are_accounted_for(to: str, tmp_path: Path) -> None:
    met = 0
    for name in NAMES:
        chosen = items(name, "en")[:1]
        loaded = moodle.load(file_of(f"moodle-{to}", tmp_path / name, chosen), extensions=frozenset({to}))
        for question in loaded:
            if question.type == to:
                missing = [p.letter for p in chosen[0].parts if f'nolink">({p.letter}) ' not in question.text]
                met += bool(missing)
                told = re.findall(r"\((\w)\)[^<]* (?:is a question|are questions) of", question.text)
                assert bool(told) == bool(missing)
                assert all(f"({letter})" in question.text for letter in missing)
    assert met


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("to", ["qti21", "canvas", "moodle"])
def test_every_platform_accounts_for_the_letters_that_it_skips(to: str, lang: str, tmp_path: Path) -> None:
    """Exercise 3 begins with a drawing, which is an item of its own in QTI and Moodle, and is not asked by Canvas."""
    item = items("formula-to-picture", lang)[0]
    first = item.parts[0]
    assert first.key.kind == "open"
    content = file_of(to, tmp_path, (item,))
    own, lost = skipped([first], item.lang, own=True), skipped([first], item.lang, own=False)
    if to == "canvas":
        ((question,),) = [group.questions for group in canvas.load(content).groups]
        assert lost in question.text
        assert own not in question.text
    elif to == "moodle":
        question, essay = moodle.load(content)
        assert own in question.text
        assert own not in essay.text
    else:
        package = qti.load(content)
        question = package.question(f"q-{item.code}-{lang}")
        assert own in question.text
        assert own not in package.question(f"q-{item.code}-{first.name}-{lang}").text
    assert lost in beside([], [first], item.lang)
    assert not skipped([], item.lang, own=True)
    assert f"({item.parts[1].letter}), ({item.parts[2].letter})" in skipped(item.parts[1:3], item.lang, own=True)


@pytest.mark.parametrize("to", ["qti21", "qti22", "qti30"])
def test_items_of_qti_are_listed_with_titles_before_codes(to: str, tmp_path: Path) -> None:
    item = items("formula-to-picture", "en")[0]
    with zipfile.ZipFile(io.BytesIO(file_of(to, tmp_path, (item,)))) as package:
        titles = [
            ET.fromstring(package.read(name)).get("title")
            for name in sorted(package.namelist()) if name.startswith("items/q")
        ]  # fmt: skip
    assert sorted(titles) == [item.name, f"{item.name}.{item.parts[0].name}"]


def test_formulas_shows_a_fraction_as_a_fraction(tmp_path: Path) -> None:
    found = 0
    for item in (item for name in NAMES for item in items(name, "en") if found < 3):
        content = file_of("moodle-formulas", tmp_path / item.code, (item,))
        for answer in ET.fromstring(content).iterfind("question/answers"):
            key = answer.findtext("answer/text") or ""
            if "/" in key and '"' not in key:
                assert f"<p>{key} ≈ " in (answer.findtext("feedback/text") or "")
                found += 1
    assert found


# --- what is seen ----------------------------------------------------------------------------------------------------


ROOM = re.compile(r"<t([dh])\b[^>]*>&#8194;.*?&#8194;</t\1>", re.DOTALL)
"""A cell whose words have room on both sides, whatever a style sheet says: a space that no player drops."""


@pytest.mark.parametrize("to", ["moodle", "gift", "canvas", "qti21", "qti30"])
def test_tables_of_data_have_room_between_their_numbers(to: str, tmp_path: Path) -> None:
    for name in ("fifty-shades-of-descent", "log-loss", "logistic-regression"):
        content = file_of(to, tmp_path / name, items(name, "en")[:1])
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as package:
                content = b"".join(package.read(each) for each in package.namelist() if "manifest" not in each)
        text = content.decode() if "<td" in content.decode() else unescape(content.decode())
        text = re.sub(r"\\([=#])", r"\1", text)
        tables = re.findall(r'<table [^>]*class="data.*?</table>', text, re.DOTALL)
        assert tables
        for table in tables:
            assert len(ROOM.findall(table)) == len(re.findall(r"<t[dh]\b", table)) > 3


def test_gaps_of_moodle_keep_their_distance(tmp_path: Path) -> None:
    """Nothing stands directly below a table or a gap, and a menu does not touch its words."""
    met = 0
    for name in NAMES:
        for question in moodle.load(file_of("moodle", tmp_path / name, items(name, "en")[:1])):
            for tag in re.findall(r"<(?:table|div)\b[^>]*>(?=\s*(?:<t|\{#))", question.text):
                assert 'style="margin-bottom' in tag
                met += 1
            for row in re.findall(r"<tr>(<td[^>]*>\{#.*?)</tr>", question.text):
                assert all("padding-right" in tag for tag in re.findall(r"<td[^>]*>", row))
    assert met


def test_a_bank_lists_titles_before_codes(tmp_path: Path) -> None:
    item: Item = item_of(find("softmax").variant(1, 1), "en")
    assert item.name == f"13 {item.title} · {item.code}"
    for question in moodle.load(file_of("moodle", tmp_path, (item,))):
        assert question.name.startswith(item.name)
        assert question.idnumber.startswith(item.code)


def test_the_points_of_a_card_stand_aside_alone() -> None:
    """A card's heading has two spans, and only that of the points is small and at the right."""
    assert ".listok h2 .aside {" in anki.STYLE
    assert "h2 span" not in anki.STYLE
    item = items("softmax", "en")[0]
    front, *_ = anki.sides(anki.Printer("en", lambda name, _: name), item)
    assert re.search(r'<h2><span>[^<]+</span><span class="aside">[^<]+</span></h2>', front)
