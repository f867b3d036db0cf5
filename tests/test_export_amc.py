"""AMC-LaTeX as Auto Multiple Choice takes it: its structure, its marking of ticked boxes, and, where it is installed,
the program itself."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from clients import Question, Refused, amc
from exporting import HOSTILE, LANGS, NAMES, SAMPLES, Pairs, Pick, exported, fields, file_of, items

from listok.answerkeys.formats import amc as amc_format
from listok.answerkeys.items import Item, Part, item_of
from listok.answerkeys.lowering import Cell, Decimal, Numbers
from listok.generators.bank import find
from listok.generators.exact import Fraction
from listok.templates import sheet

Imported = tuple[tuple[Item, ...], str, dict[str, Question]]


@pytest.fixture(scope="module", params=SAMPLES, ids="-".join)
def imported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """An exercise's items in one language, their file, and its questions by name."""
    name, lang = request.param
    chosen = items(name, lang)
    tex = file_of("amc", tmp_path_factory.mktemp("amc"), chosen).decode()
    return chosen, tex, {question.name: question for question in amc.load(tex)}


def name_of(item: Item, part: Part) -> str:
    return f"{item.code}.{part.name.replace('_', '-')}"


def cells(item: Item) -> Iterator[tuple[str, Cell, Fraction]]:
    """Every cell to be typed: the name of its question, and the points it earns."""
    for part, field in fields(item, "amc"):
        if isinstance(field, Numbers):
            for i, row in enumerate(field.rows, 1):
                for j, cell in enumerate(row, 1):
                    place = {"number": "", "vector": f".{j}", "matrix": f".{i}.{j}"}[field.shape]
                    yield name_of(item, part) + place, cell, part.points / len(field.cells)


def boxes(tex: str) -> dict[str, dict[str, str]]:
    """The options of every question with digits."""
    found = re.findall(r"\\begin\{questionmultx\}\{([^}]*)\}.*?\\AMCnumericChoices\{[^}]*\}\{([^}]*)\}", tex, re.DOTALL)
    return {name: dict(option.split("=") for option in options.split(",")) for name, options in found}


def shifted(text: str, units: int, decimals: int) -> str:
    """A number moved by units of its last box."""
    number = Fraction(text) + Fraction(units, 10**decimals)
    return f"{float(number):.{decimals}f}"


def test_digits_within_the_tolerance_earn_all_and_beyond_nothing(imported: Imported) -> None:
    chosen, tex, questions = imported
    options = boxes(tex)
    for item in chosen:
        for name, cell, points in cells(item):
            if not isinstance(cell, Decimal):
                continue
            question, decimals = questions[name], int(options[name]["decimals"])
            assert question.points == pytest.approx(float(points), abs=1e-6)
            assert not question.warnings
            near = int(cell.tolerance * 10**decimals)
            for sign in (-1, 1):
                assert question.mark({"answer": shifted(cell.text, sign * near, decimals)}) == 1
                assert question.mark({"answer": shifted(cell.text, sign * (near + 1), decimals)}) == 0
            assert question.mark({}) == 0
            wrong = [each.text for each in cell.mistakes if not cell.low <= Fraction(each.text) <= cell.high]
            assert all(question.mark({"answer": text}) == 0 for text in wrong)


def test_boxes_do_not_tell_one_cell_from_another(imported: Imported) -> None:
    chosen, tex, _ = imported
    options = boxes(tex)
    for item in chosen:
        for part, field in fields(item, "amc"):
            if isinstance(field, Numbers):
                own = [name for name, cell, _ in cells(item) if isinstance(cell, Decimal)
                       and (name == name_of(item, part) or name.startswith(name_of(item, part) + "."))]  # fmt: skip
                assert len({(options[name]["digits"], options[name]["decimals"]) for name in own}) <= 1
                assert all(options[name]["sign"] == "true" for name in own)
                assert all(int(options[name]["digits"]) - int(options[name]["decimals"]) >= 2 for name in own)


def test_a_fraction_is_two_numbers(imported: Imported) -> None:
    chosen, _, questions = imported
    for item in chosen:
        for name, cell, points in cells(item):
            if isinstance(cell, Decimal):
                continue
            top, bottom = cell.accepted[0].split("/")
            for suffix, right in ((".top", top), (".bottom", bottom)):
                question = questions[name + suffix]
                assert question.points == pytest.approx(float(points / 2), abs=1e-6)
                assert question.mark({"answer": right}) == 1
                assert question.mark({"answer": str(int(right) + 1)}) == 0


def test_options_earn_their_shares(imported: Imported) -> None:
    chosen, _, questions = imported
    for item in chosen:
        for part, field in fields(item, "amc"):
            if isinstance(field, Pick):
                question = questions[name_of(item, part)]
                assert question.points == pytest.approx(float(part.points), abs=1e-5)
                right = [str(n) for n, option in enumerate(field.options, 1) if option.right]
                assert question.mark({"answer": " ".join(right)}) == pytest.approx(1)
                assert question.mark({}) == 0
                for n, option in enumerate(field.options, 1):
                    assert question.mark({"answer": str(n)}) == pytest.approx(float(max(option.share, 0)), abs=1e-5)
                if field.many:
                    everything = " ".join(str(n) for n in range(1, len(field.options) + 1))
                    worth = max(sum(option.share for option in field.options), Fraction(0))
                    assert question.mark({"answer": everything}) == pytest.approx(float(worth), abs=1e-5)


def test_every_term_has_its_letter(imported: Imported) -> None:
    chosen, tex, questions = imported
    for item in chosen:
        for part, field in fields(item, "amc"):
            if isinstance(field, Pairs):
                names = [option.name for option in field.options]
                for n, right in enumerate(field.right, 1):
                    question = questions[f"{name_of(item, part)}.{n}"]
                    assert question.points == pytest.approx(float(part.points / len(field.terms)), abs=1e-6)
                    for place, name in enumerate(names, 1):
                        assert question.mark({"answer": str(place)}) == (name == right)
                for letter in sheet.letters(item.lang)[: len(names)]:
                    assert f"{{{letter})}}" in tex


def test_points_of_an_item_add_up_and_nothing_is_lost(imported: Imported) -> None:
    chosen, _, questions = imported
    for item in chosen:
        own = [question for name, question in questions.items() if name.startswith(item.code + ".")]
        marked = [question for question in own if question.fields[0].kind != "essay"]
        essays = [part for part in item.parts if part.key.kind == "open"]
        assert len(own) - len(marked) == len(essays)
        asked = item.points - sum(part.points for part in essays)
        assert sum(question.points for question in marked) == pytest.approx(float(asked), abs=1e-4)
        assert {question.category[0] for question in own} == {name_of(item, part) for part in item.parts}


def test_no_mark_is_cut_down_for_the_rounding_of_scores(imported: Imported) -> None:
    chosen, tex, _ = imported
    points = {item.code: item.points for item in chosen}
    for copy, (total, most) in zip(tex.split("\\onecopy{1}{")[1:], amc.marks(tex), strict=True):
        worth = sum((points[code] for code in re.findall(r"\\ListokSay\{([^}]*)\}", copy)), Fraction(0))
        for beside in range(21):  # points for other problems, which a student has all wrong
            assert amc.mark(total, most + beside) == math.floor(40 * worth / (worth + beside)) / 2


def test_a_number_too_long_for_tex_is_taken_rounded() -> None:
    long = Decimal("269.91796875", Fraction(1, 2 * 10**8), ())
    assert amc_format.boxes_of([long]) == (3, 6)
    text = amc_format.number_question("name", "", long, Fraction(1), (3, 6))
    assert "{269.917969}{digits=9,decimals=6,sign=true,exact=1," in text
    huge = Decimal("123456780.4", Fraction(1, 20), ())
    assert "{123456780}{digits=9,decimals=0," in amc_format.number_question("name", "", huge, Fraction(1), (9, 0))


def test_open_parts_have_boxes_for_the_marker(imported: Imported) -> None:
    chosen, tex, questions = imported
    for item in chosen:
        for part in item.parts:
            if part.key.kind == "open":
                assert questions[name_of(item, part)].mark({"answer": "words"}) is None
                body = tex.partition(f"{{question}}{{{name_of(item, part)}}}")[2].partition("\\end{question}")[0]
                steps = re.findall(r"\\(wrong|correct)choice\[([\d.]+)\]\{\2\}\\scoring\{\2\}", body)
                assert [float(step) for _, step in steps] == [*range(int(part.points)), float(part.points)]
                assert [kind for kind, _ in steps] == ["wrong"] * int(part.points) + ["correct"]


def test_each_copy_has_variants_of_its_own(imported: Imported) -> None:
    chosen, tex, _ = imported
    copies = tex.split("\\onecopy{1}{")[1:]
    codes = [re.findall(r"\\ListokSay\{([^}]*)\}", copy) for copy in copies]
    assert sorted(code for own in codes for code in own) == sorted(item.code for item in chosen)
    assert all(len(own) == 3 for own in codes)  # one of each level


def test_solutions_stay_out_of_questions(imported: Imported) -> None:
    _, tex, _ = imported
    assert "\\explaincontext{\\ListokSay{#1@key}" in tex
    assert tex.count("\\ListokSay{") == tex.count("\\onecopy") * 3 + 2  # stems, and the two of the macro
    assert "@key}" not in tex.partition("\\begin{document}")[2]


def test_what_is_lost_is_said(tmp_path: Path) -> None:
    report = exported("amc", tmp_path, items("rnn-there-and-back", "en"))
    assert any("typical mistakes earn nothing here" in line for line in report.lines())
    parts = {omission.part for omission in report.omissions}
    assert parts == {"error", "by_output", "by_recurrent", "by_input", "updated"}


def test_a_title_is_plain_words(tmp_path: Path) -> None:
    tex = file_of("amc", tmp_path, items("temperature", "ru")[:1], title=HOSTILE + " \\input{/etc/passwd} 🙂").decode()
    amc.load(tex)
    assert "\\input{/etc" not in tex
    assert "\\textbackslash{}input\\{/etc/passwd\\}" in tex
    assert "\x07" not in tex
    assert "🙂" not in tex


def test_a_grid_for_student_numbers(tmp_path: Path) -> None:
    chosen = items("temperature", "en")[:1]
    assert "AMCcodeGrid" not in file_of("amc", tmp_path / "none", chosen).decode()
    assert "\\AMCcodeGridInt{number}{6}" in file_of("amc", tmp_path / "six", chosen, choices={"number": "6"}).decode()


def test_volumes_load_alone(tmp_path: Path) -> None:
    report = exported("amc", tmp_path, items("picture-to-formula", "en"), max_questions=4)
    assert len(report.files) == 3
    loaded = [amc.load(path.read_text(encoding="utf-8")) for path in report.files]
    assert sum(map(len, loaded)) == report.questions


def test_the_emulator_refuses_a_source_without_line_breaks(tmp_path: Path) -> None:
    tex = file_of("amc", tmp_path, items("temperature", "en")[:1]).decode()
    with pytest.raises(Refused, match="no line break"):
        amc.load(tex.replace("\\end{questionmultx}\n}", "\\end{questionmultx}}"))


def styled() -> bool:
    """Whether LaTeX and AMC's package for it are installed."""
    found = shutil.which("kpsewhich") and shutil.which("pdflatex")
    return bool(found) and not subprocess.run(["kpsewhich", "automultiplechoice.sty"], capture_output=True).returncode


@pytest.mark.skipif(not styled(), reason="AMC's LaTeX package is not installed")
@pytest.mark.parametrize("lang", LANGS)
def test_latex_sets_every_exercise(lang: str, tmp_path: Path) -> None:
    """On every page, nothing sticks out of it."""
    chosen = [item_of(find(name).variant(0, 3), lang) for name in NAMES]  # type: ignore[arg-type]
    title = "Контрольная & <b>" if lang == "ru" else "Test & <b>"
    exported("amc", tmp_path, chosen, title=title, choices={"number": "6"})
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "questions.tex"],
        cwd=tmp_path, capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    log = (tmp_path / "questions.log").read_text(encoding="latin-1")
    assert done.returncode == 0, re.findall(r"^!.*", log, re.MULTILINE)
    too_high = [float(points) for points in re.findall(r"Overfull \\vbox \(([\d.]+)pt", log)]
    too_wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert max(too_high, default=0) < 15
    assert max(too_wide, default=0) < 15


@pytest.mark.skipif(not amc.available(), reason="Auto Multiple Choice is not installed")
@pytest.mark.parametrize("lang", LANGS)
def test_the_real_program_prepares_the_project(lang: str, tmp_path: Path) -> None:
    chosen = tuple(item for name in ("questions-on-sgd", "learning-rates", "softmax") for item in items(name, lang))
    assert amc.run(file_of("amc", tmp_path, chosen).decode()) == amc.Report(True, ())
