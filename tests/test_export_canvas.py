"""Canvas packages as Canvas imports and marks them: variants stay together, numbers keep their tolerance, nothing is
lost without a word."""

from __future__ import annotations

import io
import math
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from clients import Question, Refused, canvas
from exporting import HOSTILE, LANGS, SAMPLES, cells, exported, fields, file_of, inside, items

from listok.answerkeys.formats import Heading, decimal
from listok.answerkeys.formats.canvas import Blanks, Canvas, decimals
from listok.answerkeys.items import Item, Part, item_of
from listok.answerkeys.lowering import Decimal, Field, Numbers, Pairs, Pick, Ratio
from listok.generators.answers import ENGLISH_LETTERS, RUSSIAN_LETTERS
from listok.generators.exact import Fraction
from listok.generators.values import Value
from listok.templates.texhtml import Printer

QTI = {"q": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"}
SPLIT = {"parts": "split"}
BLANK = """<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><item ident="q" title="T">
<itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>question_type</fieldlabel>
<fieldentry>fill_in_multiple_blanks_question</fieldentry></qtimetadatafield>
<qtimetadatafield><fieldlabel>points_possible</fieldlabel><fieldentry>1</fieldentry></qtimetadatafield>
</qtimetadata></itemmetadata><presentation><material><mattext>[{0}]</mattext></material>
<response_lid ident="response_{0}"><render_choice><response_label ident="1001"><material><mattext>1</mattext></material>
</response_label></render_choice></response_lid></presentation><resprocessing>
<outcomes><decvar maxvalue="100" minvalue="0" varname="SCORE" /></outcomes></resprocessing></item></questestinterop>"""


@dataclass(frozen=True)
class Blank:
    """A blank as a model student fills it: right responses, wrong ones."""

    name: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]


def typed(cell: Decimal | Ratio, name: str) -> Blank:
    """Responses for a number that is compared as text: rounded as asked, within the tolerance and outside it."""
    mistakes = tuple(wrong.text for wrong in cell.mistakes)
    if isinstance(cell, Ratio):
        return Blank(name, cell.accepted, ("abc", *mistakes))
    mistakes = tuple(text for text in mistakes if not cell.low <= Fraction(text) <= cell.high)
    places = len(cell.text.partition(".")[2])
    unit = Fraction(1, 10**places)
    spread = [cell.value + step * unit for step in range(-3, 4)]
    near = [f"{float(value):.{places}f}" for value in spread if abs(value - cell.value) <= cell.tolerance]
    far = [f"{float(value):.{places}f}" for value in spread if abs(value - cell.value) > cell.tolerance]
    near = [text for text in near if float(text) or not text.startswith("-")]
    comma = tuple(text.replace(".", ",") for text in near)
    minus = tuple(text.replace("-", "−") for text in near)
    return Blank(name, (*near, *comma, *minus, f" {cell.text} "), ("abc", *far, *mistakes))


def blanks(part: Part, field: Field) -> Iterator[Blank]:
    """The blanks of a part in a question of blanks."""
    name = part.name
    match field:
        case Numbers(((cell,),), "number"):
            yield typed(cell, name)
        case Numbers(rows):
            for i, row in enumerate(rows, 1):
                for j, cell in enumerate(row, 1):
                    yield typed(cell, f"{name}_{i}_{j}")
        case Pick(options, True):
            yes, no = {"ru": ("Да", "нет"), "en": ("Yes", "no")}[part.filled.lang]
            for n, option in enumerate(options, 1):
                yield Blank(f"{name}_{n}", (yes if option.right else no,), (no if option.right else yes,))
        case Pick(options, False):
            (right,) = [n for n, option in enumerate(options, 1) if option.right]
            yield Blank(name, (str(right), f"{right})"), tuple(str(n) for n in range(1, 9) if n != right))
        case Pairs(_, options, rights):
            names = [option.name for option in options]
            for n, right_name in enumerate(rights, 1):
                right = names.index(right_name) + 1
                yield Blank(f"{name}_{n}", (str(right),), tuple(str(k) for k in range(1, 9) if k != right))


@dataclass(frozen=True)
class Imported:
    """An exercise's items in one language, as questions of blanks (`whole`) and as a question a part (`split`)."""

    items: tuple[Item, ...]
    whole: bytes
    split: bytes
    quiz: canvas.Quiz
    versions: list[canvas.Quiz]

    @property
    def packages(self) -> tuple[bytes, bytes]:
        return self.whole, self.split


@pytest.fixture(scope="module", params=SAMPLES, ids="-".join)
def imported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    name, lang = request.param
    chosen, out = items(name, lang), tmp_path_factory.mktemp("canvas")
    one, two = (exported("canvas", out / parts, chosen, choices={"parts": parts}) for parts in ("blanks", "split"))
    whole, split = one.files[0].read_bytes(), two.files[0].read_bytes()
    return Imported(chosen, whole, split, canvas.load(whole), canvas.load_all(split))


def by_name(quiz: canvas.Quiz) -> dict[str, Question]:
    return {question.name.rpartition(" · ")[2]: question for question in quiz.questions}


# --- the whole variant in one question -------------------------------------------------------------------------------


def test_every_blank_takes_its_key_within_the_tolerance_and_nothing_else(imported: Imported) -> None:
    questions = by_name(imported.quiz)
    for item in imported.items:
        question = questions[item.code]
        asked = [blank for part, field in fields(item, "canvas") for blank in blanks(part, field)]
        assert [field.name for field in question.fields] == [blank.name for blank in asked]
        assert not question.warnings
        assert question.mark({blank.name: blank.right[0] for blank in asked}) == pytest.approx(1)
        assert question.mark({}) == 0
        share = pytest.approx(1 / len(asked))
        for blank in asked:
            assert all(question.mark({blank.name: text}) == share for text in blank.right), blank
            assert all(question.mark({blank.name: text}) == 0 for text in blank.wrong), blank


def test_one_variant_of_each_level_is_drawn(imported: Imported) -> None:
    chosen, quiz = imported.items, imported.quiz
    assert len(quiz.groups) == 3
    assert sum(len(group.questions) for group in quiz.groups) == len(quiz.questions) == len(chosen)
    for group, level in zip(quiz.groups, (1, 2, 3), strict=True):
        assert group.pick == 1
        of_level = [item for item in chosen if item.variant.level == level]
        assert {question.name for question in group.questions} == {item.name for item in of_level}
        assert group.points == sum(part.points for part, _ in fields(of_level[0], "canvas"))
    assert quiz.points == sum(group.points for group in quiz.groups)


def shape(value: Value) -> object:
    """Rows and columns of an answer: one of another shape does not fit into the blanks."""
    return [shape(item) for item in value] if isinstance(value, tuple) else None


def test_what_blanks_cannot_say_is_reported(imported: Imported) -> None:
    whole, split = (Canvas(Heading("", "ru", (("parts", way),))) for way in ("blanks", "split"))
    for item in imported.items:
        mine = {(omission.part, omission.reason.partition(":")[0]) for omission in whole.entry(item).omissions}
        open_parts = {(part.name, "it is left out") for part in item.parts if part.key.kind == "open"}
        points = {("", "the points of parts are left out")}
        told = {(omission.part, omission.reason.partition(":")[0]) for omission in split.entry(item).omissions}
        words = {(part, reason) for part, reason in told if reason == "what is told of mistakes is left out"}
        assert {part for part, _ in words} == {
            part.name for part in item.parts
            if part.key.kind in ("choices", "matching") and any(mistake.feedback for mistake in part.mistakes)
        }  # fmt: skip
        shares = told - words
        assert shares == {(part.name, "the share that a mistake's answer earns is left out") for part in item.parts
                          if any(m.share > part.key.score(m.value, part.asked) for m in part.mistakes
                                 if shape(m.value) == shape(part.asked.right))}  # fmt: skip
        assert mine - points == open_parts | shares | words
        weights = {part.points / len(list(blanks(part, field))) for part, field in fields(item, "canvas")}
        assert (points <= mine) == (len(weights) > 1)


# --- a question for each part ----------------------------------------------------------------------------------------


def test_every_part_earns_its_points(imported: Imported) -> None:
    chosen = imported.items
    questions = {name: question for quiz in imported.versions for name, question in by_name(quiz).items()}
    assert len(questions) == sum(len(item.parts) for item in chosen)
    for item in chosen:
        asked = {part.name: field for part, field in fields(item, "canvas")}
        for part in item.parts:
            question = questions[f"{item.code}.{part.name}"]
            assert question.points == pytest.approx(float(part.points))
            assert not question.warnings
            if part.name not in asked:
                assert question.type == "essay_question"
                assert question.mark({"answer": "words"}) is None
                assert Printer(item.lang, lambda name, _: name).blocks(part.rubric) in question.general_feedback
                continue
            assert question.mark({}) == 0
            check(question, part, asked[part.name])


def check(question: Question, part: Part, field: Field) -> None:
    """A part's own question, marked as its key and its mistakes say."""
    printer = Printer(part.filled.lang, lambda name, _: f"$IMS-CC-FILEBASE$/figures/{name}")
    match field:
        case Numbers(((Decimal() as cell,),)) if len(cell.text.partition(".")[2]) <= 4:
            assert question.type == "numerical_question"
            assert "1/3." not in question.text  # the field takes no fractions
            (gap,) = cells(part, field, Fraction(1))
            for text in (cell.text, *inside(gap, "0.9")):
                assert question.mark({"answer": text}) == 1, (cell, text)
            for text in ("abc", *inside(gap, "1.1"), *(wrong.response for wrong in gap.wrong)):
                assert question.mark({"answer": text}) == 0, (cell, text)
                told = question.feedback({"answer": text})[""]
                assert all(printer.blocks(wrong.mistake.feedback) in told for wrong in cell.mistakes)
        case Numbers():
            assert question.type == "fill_in_multiple_blanks_question"
            asked = list(blanks(part, field))
            assert question.mark({blank.name: blank.right[0] for blank in asked}) == pytest.approx(1)
            told = question.feedback({blank.name: "abc" for blank in asked})[""]
            single = len(field.cells) == 1  # what can be typed in the notation of the key
            mistakes = [wrong.mistake for wrong in field.cells[0].mistakes] if single else part.mistakes
            assert all(printer.blocks(mistake.feedback) in told for mistake in mistakes)
        case Pick(options, many):
            ids = {option.name: question.fields[0].option(printer.inlines(option.words)) for option in options}
            assert question.type == ("multiple_answers_question" if many else "multiple_choice_question")
            assert question.mark({"answer": " ".join(ids[option.name] for option in options if option.right)}) == 1
            for option in options:
                earned = max(option.share, Fraction(0)) if many else Fraction(option.right)
                assert question.mark({"answer": ids[option.name]}) == pytest.approx(float(earned))
                told = question.feedback({"answer": ids[option.name]})
                assert told.get("answer", "") == printer.blocks(option.feedback)
            if many:
                assert question.mark({"answer": " ".join(ids.values())}) == pytest.approx(
                    float(part.key.score(tuple(ids), part.asked))
                )
        case Pairs(terms, options, rights):
            assert question.type == "matching_question"
            letters = RUSSIAN_LETTERS if part.filled.lang == "ru" else ENGLISH_LETTERS
            names = [option.name for option in options]
            for row, right in zip(question.fields, rights, strict=True):
                place = names.index(right)
                assert question.mark({row.name: row.option(letters[place])}) == pytest.approx(1 / len(terms))
                assert question.mark({row.name: row.option(letters[(place + 1) % len(names)])}) == 0
        case _:
            raise AssertionError(field)


def test_a_quiz_holds_one_variant_of_each_level_with_all_its_parts(imported: Imported) -> None:
    chosen, quizzes = imported.items, imported.versions
    assert len({quiz.identifier for quiz in quizzes}) == len(quizzes) == len(chosen) / 3
    for number, quiz in enumerate(quizzes):
        here = [item for level in (1, 2, 3) for item in [i for i in chosen if i.variant.level == level][number:][:1]]
        assert [question.name for question in quiz.questions] == [f"{i.name}.{p.name}" for i in here for p in i.parts]
        assert quiz.points == pytest.approx(float(sum(item.points for item in here)))
        assert not quiz.groups


# --- what holds for both ---------------------------------------------------------------------------------------------


def test_solutions_and_figures_arrive(imported: Imported) -> None:
    chosen = imported.items
    printer = Printer(chosen[0].lang, lambda name, _: f"$IMS-CC-FILEBASE$/figures/{name}")
    solutions = {item.code: [printer.blocks(part.solution) for part, _ in fields(item, "canvas")] for item in chosen}
    stems = {item.code: printer.blocks(item.stem) for item in chosen}
    for quiz in (imported.quiz, *imported.versions):
        for question in quiz.questions:
            code, _, part = question.name.rpartition(" · ")[2].partition(".")
            assert stems[code] in question.text
            assert question.general_feedback in question.feedback({})[""]
            if not part:
                assert all(solution in question.general_feedback for solution in solutions[code])
            for picture in re.findall(r"<img [^>]*>", question.text + question.feedback({})[""]):
                source, alt = (unescape(re.findall(f'{name}="([^"]*)"', picture)[0]) for name in ("src", "alt"))
                assert source.removeprefix("$IMS-CC-FILEBASE$/") in quiz.files
                assert alt


def documents(package: bytes) -> Iterator[ET.Element]:
    """The documents with questions of a package."""
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        for name in opened.namelist():
            folder, _, file = name.partition("/")
            if file == f"{folder}.xml":
                yield ET.fromstring(opened.read(name))


def test_cv1_to_cv3_bounds_are_symmetric_inclusive_and_never_the_key(imported: Imported) -> None:
    for package in imported.packages:
        for root in documents(package):
            assert not root.findall(".//q:vargt", QTI)
            for conditions in root.iterfind(".//q:conditionvar", QTI):
                if (low := conditions.find("q:or/q:and/q:vargte", QTI)) is None:
                    continue
                high, key = conditions.find("q:or/q:and/q:varlte", QTI), conditions.find("q:or/q:varequal", QTI)
                assert high is not None
                assert key is not None
                bounds = [Fraction(each.text or "") for each in (low, key, high)]
                assert bounds[1] - bounds[0] == bounds[2] - bounds[1] > 0
                assert all(re.fullmatch(r"-?\d+(\.\d+)?", each.text or "") for each in (low, key, high))


def test_a_number_at_the_edge_of_its_tolerance_is_right_in_both_quizzes(imported: Imported) -> None:
    questions = {name: question for quiz in imported.versions for name, question in by_name(quiz).items()}
    for item in imported.items:
        for part, field in fields(item, "canvas"):
            if not isinstance(field, Numbers) or field.shape != "number" or not isinstance(field.cells[0], Decimal):
                continue
            (cell,) = field.cells
            question = questions[f"{item.code}.{part.name}"]
            for edge in (cell.value - cell.tolerance, cell.value + cell.tolerance):
                text = decimal(edge, 12)
                if question.type == "numerical_question" and len(text.partition(".")[2]) <= 4:
                    assert question.mark({"answer": text}) == 1, (cell, text)


@pytest.mark.parametrize(
    ("key", "other"), [("0.00005", "0.00006"), ("116.71875", "116.7188"), ("-57.328125", "-57.3281")]
)
def test_cv4_numbers_that_classic_quizzes_round_are_compared_as_text(
    key: str, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = Numbers(((Decimal(key, Fraction(1, 2 * 10 ** len(key.partition(".")[2])), ()),),), "number")
    monkeypatch.setattr("listok.answerkeys.formats.lower", lambda part, to: long)
    (quiz,) = canvas.load_all(file_of("canvas", tmp_path, items("temperature", "en")[:1], choices=SPLIT))
    for question in quiz.questions:
        (field,) = question.fields
        assert question.mark({field.name: key}) == 1
        assert question.mark({field.name: other}) == 0


@pytest.mark.parametrize("name", ["ans", "row_str", "last_Ans"])
def test_the_name_of_a_blank_keeps_its_end(name: str) -> None:
    gap = Blanks(Printer("en", lambda figure, _: figure), "en", "").gap(name, ["1"])
    assert gap == f"[{name}_]"
    with pytest.raises(Refused, match="cut off"):
        canvas.load_item(BLANK.format(name).encode())
    assert canvas.load_item(BLANK.format(gap[1:-1]).encode()).mark({gap[1:-1]: "1"}) == 1


@pytest.mark.parametrize("choices", [{}, SPLIT])
def test_texts_that_canvas_would_drop_are_reported(
    choices: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = items("temperature", "en")[:1]
    parts = len(chosen[0].parts) if choices else 1
    monkeypatch.setattr("listok.answerkeys.formats.canvas.LONGEST", 10)
    report = exported("canvas", tmp_path, chosen, choices=choices)
    reasons = [omission.reason for omission in report.omissions]
    assert sum("more than 10 characters" in reason for reason in reasons) == parts
    assert report.questions == 0


def test_cv5_no_picture_is_written_into_the_text(imported: Imported) -> None:
    for package in imported.packages:
        assert b"data:" not in package
        with zipfile.ZipFile(io.BytesIO(package)) as opened:
            manifest = opened.read("imsmanifest.xml").decode()
            for name in opened.namelist():
                assert name == "imsmanifest.xml" or f'href="{name}"' in manifest


@pytest.mark.parametrize("parts", ["blanks", "split"])
@pytest.mark.parametrize("lang", LANGS)
def test_cv6_formulas_can_be_pictures_of_canvas(parts: str, lang: str, tmp_path: Path) -> None:
    chosen = items("learning-rates", lang)
    choices = {"parts": parts}
    texts = canvas.load_all(file_of("canvas", tmp_path / "t", chosen, choices=choices))
    pictures = canvas.load_all(file_of("canvas", tmp_path / "p", chosen, choices={**choices, "math": "equation"}))
    for one, two in zip(texts, pictures, strict=True):
        for text, picture in zip(one.questions, two.questions, strict=True):
            said = [each.text + each.feedback({}).get("", "") + "".join(h for f in each.fields for _, h in f.options)
                    for each in (text, picture)]  # fmt: skip
            assert "\\(" not in said[1]
            assert "\\[" not in said[1]
            formulas = [unescape(a or b) for a, b in re.findall(r"\\\((.*?)\\\)|\\\[(.*?)\\\]", said[0])]
            images = re.findall(r'<img class="equation_image" title="([^"]*)" src="/equation_images/([^"/]*)" '
                                r'alt="LaTeX: ([^"]*)" data-equation-content="([^"]*)"/>', said[1])  # fmt: skip
            assert [unquote(unquote(source)) for _, source, _, _ in images] == formulas
            assert [unquote(source) for _, source, _, _ in images] == [quote(tex, safe="") for tex in formulas]
            assert all(unescape(a) == unescape(b) == unescape(c) == tex
                       for (a, _, b, c), tex in zip(images, formulas, strict=True))  # fmt: skip
            assert text.mark({}) == picture.mark({})


def test_cv7_what_is_typed_or_chosen_from_a_menu_is_plain_text(imported: Imported) -> None:
    for package in imported.packages:
        for root in documents(package):
            for text in root.iterfind(".//q:response_label/q:material/q:mattext[@texttype='text/plain']", QTI):
                assert re.fullmatch(r"[\d.,/)+− -]+|\w+", text.text or ""), text.text


def test_cv8_idents_are_unique_and_stable(imported: Imported) -> None:
    for package in imported.packages:
        for root in documents(package):
            idents = [element.get("ident") for element in root.iterfind(".//q:item", QTI)]
            assert len(set(idents)) == len(idents)
            for item in root.iterfind(".//q:item", QTI):
                assert item.findtext(".//q:fieldlabel", "", QTI) == "question_type"  # New Quizzes looks at the first
                labels = item.findall(".//q:response_label", QTI)
                if item.findtext(".//q:fieldentry", "", QTI) == "fill_in_multiple_blanks_question":
                    assert len({label.get("ident") for label in labels}) == len(labels)
    names = {question.idnumber for question in imported.quiz.questions}
    assert names == {f"q-{item.code}-{item.lang}" for item in imported.items}


def test_cv9_entries_carry_no_time(imported: Imported) -> None:
    for package in imported.packages:
        with zipfile.ZipFile(io.BytesIO(package)) as opened:
            assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert len(set(opened.namelist())) == len(opened.namelist())


def test_a_variant_with_one_part_is_a_question_of_its_own_kind(tmp_path: Path) -> None:
    kinds = {
        ("temperature", "odds"): "numerical_question",
        ("temperature", "bot"): "multiple_choice_question",
        ("learning-rates", "fails"): "matching_question",
        ("questions-on-sgd", "statements"): "multiple_answers_question",
        ("computation-graph", "graph"): "essay_question",
    }
    for (name, part), kind in kinds.items():
        chosen = tuple(item_of(item.variant, "en", {part: Fraction(5, 2)}) for item in items(name, "en"))
        report = exported("canvas", tmp_path / part, chosen)
        assert not any("it is left out" in omission.reason for omission in report.omissions)
        quiz = canvas.load(report.files[0].read_bytes())
        assert {question.type for question in quiz.questions} == {kind}
        assert {group.points for group in quiz.groups} == {2.5}


def test_numbers_compared_as_text_keep_their_spellings() -> None:
    rounded = decimals(Decimal("-0.70", Fraction(1, 100), ()))
    assert rounded[0] == "-0.70"
    assert {"-0,70", "−0.7", "-.7", "-0.69", "−0,71"} <= set(rounded)
    assert not {"-0.68", "-0.72", "0.70", "-0.695"} & set(rounded)
    exact = decimals(Decimal("0.125", Fraction(1, 2000), ()))
    assert {"0.125", "0,125", ".125", ",125", "1/8", "1 / 8", "+1/8", "2/16"} <= set(exact)
    assert set(decimals(Decimal("5", Fraction(1, 2000), ()))) == {"5", "5.0", "5,0", "+5"}
    assert {".000", ",000", "0", "-.001", ".001"} <= set(decimals(Decimal("0.000", Fraction(1, 1000), ())))
    assert all(math.isclose(float(text.replace(",", ".").replace("−", "-")), 0, abs_tol=0.0101)
               for text in decimals(Decimal("0.00", Fraction(1, 100), ())))  # fmt: skip


@pytest.mark.parametrize("parts", ["blanks", "split"])
def test_a_hostile_title_stays_words(parts: str, tmp_path: Path) -> None:
    chosen = items("temperature", "ru")[:1]
    (quiz,) = canvas.load_all(file_of("canvas", tmp_path, chosen, title=HOSTILE, choices={"parts": parts}))
    title = HOSTILE.replace("\x07", "")
    assert quiz.title == (title if parts == "blanks" else f"{title}. Вариант 1")
    (root,) = documents((tmp_path / "questions.zip").read_bytes())
    assessment = root.find("q:assessment", QTI)
    assert assessment is not None
    assert assessment.get("title") == quiz.title


@pytest.mark.parametrize("parts", ["blanks", "split"])
def test_volumes_import_alone_and_beside_each_other(parts: str, tmp_path: Path) -> None:
    chosen = items("picture-to-formula", "en")
    report = exported("canvas", tmp_path, chosen, max_questions=4, choices={"parts": parts})
    assert len(report.files) > 1
    quizzes = [quiz for path in report.files for quiz in canvas.load_all(path.read_bytes())]
    assert len({quiz.identifier for quiz in quizzes}) == len(quizzes)
    questions = [question.idnumber for quiz in quizzes for question in quiz.questions]
    assert len(set(questions)) == len(questions) == report.questions
    assert {path.suffix for path in tmp_path.iterdir()} == {".zip"}


def test_the_emulator_refuses_a_broken_package(tmp_path: Path) -> None:
    content = file_of("canvas", tmp_path, items("temperature", "en")[:1])
    with pytest.raises(Refused):
        canvas.load(content.replace(b"imsqti_xmlv1p2", b"imsqti_xmlv1p9"))
