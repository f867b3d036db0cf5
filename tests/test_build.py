"""Writing an exam: what stands in the files, what must never stand there, and what happens when things go wrong."""

from __future__ import annotations

import csv
import dataclasses
import errno
import io
import itertools
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import segno
from conftest import BLUEPRINT, ROOT, ROSTER, python
from exam_files import load

from listok.answerkeys.forms import Exam, Student
from listok.answerkeys.keysheet import GridRow, Maxima, grading_grid, problem_key
from listok.answerkeys.tables import bare, neutral
from listok.exams.assembly import assemble
from listok.exams.blueprint import read_blueprint
from listok.exams.build import write_exam
from listok.exams.engine_choice import check_names
from listok.exams.press.engine import EngineError
from listok.exams.roster import read_roster
from listok.generators.bank import bank
from listok.generators.codes import read_code
from listok.generators.exact import Fraction
from listok.generators.exercise import LEVELS
from listok.templates import html, latex, plain
from listok.templates.files import OutputError
from listok.templates.pages import Pages
from listok.templates.paper import document
from listok.templates.qr import MODULES, modules, rectangles
from listok.templates.sheet import problem
from listok.templates.text import LANGS, Filled, Lang

TEXTS = {"sheets.tex", "sheets.html", "keys.tex", "keys.html", "answers.csv", "answers.json", "exam.json"}
HOSTILE = (
    Student("h1", "Иванов & Co_{}%$#~^\\input{/etc/passwd}", "НС-1"),
    Student("h2", "</td><script>alert(1)</script>", "<b>&amp;"),
    Student("=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)"),
    Student("-h4", 'O\'Neill «Бо» "Ёж" `x` --- ,, ?` !` <<>> fi', "\\end{document}"),
    Student("+h5", "^^41 \\write18{touch /tmp/listok-was-here} %", "$$"),
    Student("h6", "Щука " * 15 + "Щукин", "g" * 40),
)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def exam_of(folder: Path, students: Iterable[Student] | None = None, lang: str = "ru") -> Exam:
    path = folder / "exam.toml"
    path.write_text(f'lang = "{lang}"\n' + BLUEPRINT, encoding="utf-8")
    roster = folder / "roster.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    return assemble(read_blueprint(path), tuple(students) if students is not None else read_roster(roster))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def words(text: str) -> str:
    """A text without blanks, however a printer breaks and spaces it; an apostrophe is printed curly."""
    return "".join(text.split()).replace("’", "'")


def letters(text: str) -> str:
    """Letters and digits alone: what is left of a code whatever marks a printer puts between."""
    return re.sub(r"[^0-9A-Za-z]", "", text)


class Page(HTMLParser):
    """The words and elements of an HTML page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.forms: list[str] = []
        self.paths: list[str] = []
        self.feed(source)
        self.text = "".join(self.words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "path":
            self.paths.append(dict(attrs).get("d") or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


# --- what is written ----------------------------------------------------------------------------------------------


def test_files_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    written = write_exam(exam_of(tmp_path), out, pdf=False)
    assert names(out) == TEXTS == {path.name for path in written}
    assert all(path.stat().st_size for path in written)


def test_both_languages_have_files_of_their_own(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_exam(exam_of(tmp_path, lang="both"), out, pdf=False)
    paper = {f"{kind}.{lang}.{end}" for kind in ("sheets", "keys") for lang in LANGS for end in ("tex", "html")}
    assert names(out) == paper | {"answers.csv", "answers.json", "exam.json"}
    assert "Write clearly." in (out / "sheets.en.html").read_text(encoding="utf-8")
    assert "Пишите разборчиво." in (out / "sheets.ru.html").read_text(encoding="utf-8")


def test_every_form_has_its_student_and_code(tmp_path: Path) -> None:
    exam = exam_of(tmp_path)
    out = tmp_path / "out"
    write_exam(exam, out, pdf=False)
    for name in ("sheets.html", "keys.html"):
        text = Page((out / name).read_text(encoding="utf-8")).text
        for form in exam.forms:
            assert form.student.name in text
            assert form.code in text
    assert dataclasses.astuple(load(out / "exam.json"))[0] == dataclasses.astuple(exam)[0]


def test_answers_are_those_of_the_exam(tmp_path: Path) -> None:
    exam = exam_of(tmp_path)
    out = tmp_path / "out"
    write_exam(exam, out, pdf=False)
    rows = json.loads((out / "answers.json").read_text(encoding="utf-8"))
    wanted = [
        (form.code, number, part, slot.variant.exercise.parts[part].show(slot.variant.asked(part).right))
        for form in exam.forms
        for number, slot in enumerate(form.slots, 1)
        for part in slot.points
    ]
    assert [(row["form"], row["problem"], row["part"], row["answer"]) for row in rows] == wanted
    raw = (out / "answers.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    table = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert len(table) == len(rows)
    for line, row in zip(table, rows, strict=True):
        assert (line["form"], line["part"], line["code"]) == (row["form"], row["part"], row["code"])
        assert line["answer"].removeprefix("'") == row["answer"]


@pytest.mark.parametrize("name", ["sheets.tex", "sheets.html"])
def test_keys_never_stand_in_sheets(tmp_path: Path, name: str) -> None:
    exam = exam_of(tmp_path)
    out = tmp_path / "out"
    write_exam(exam, out, pdf=False)
    sheets = (out / name).read_text(encoding="utf-8")
    keys = (out / name.replace("sheets", "keys")).read_text(encoding="utf-8")
    printer = (latex if name.endswith("tex") else html).printer("ru")
    told = 0
    for form in exam.forms:
        for slot in form.slots:
            assert letters(slot.variant.code) not in letters(sheets), "from a problem's code anyone could draw its key"
            assert letters(slot.variant.code) in letters(keys)
            filled = Filled(slot.variant, "ru")
            for part in slot.points:
                for block in filled.blocks(filled.text.parts[part].solution):
                    solution = printer.blocks((block,)).strip()
                    if len(solution) > 80:
                        assert solution not in sheets
                        told += solution in keys
    assert told > 10
    for word in ("Типичные ошибки", "Ключ", "Критерии", "exam.json"):
        assert word not in sheets


@pytest.mark.parametrize("lang", LANGS)
def test_no_sheet_of_the_bank_prints_its_solution(lang: Lang) -> None:
    printer = plain.printer(lang)
    for exercise in bank().values():
        for level in LEVELS:
            filled = Filled(exercise.variant(5, level), lang)
            sheet = words(printer.blocks(problem(filled, {part: Fraction(1) for part in exercise.parts}, 1)))
            for part, text in filled.text.parts.items():
                for block in filled.blocks(text.solution):
                    said = words(printer.blocks((block,)))
                    assert len(said) < 60 or said not in sheet, f"{exercise.name}: {part}"
            assert filled.variant.code not in sheet


# --- hostile names ------------------------------------------------------------------------------------------------


def test_hostile_names_in_html(tmp_path: Path) -> None:
    exam = exam_of(tmp_path, HOSTILE)
    out = tmp_path / "out"
    write_exam(exam, out, pdf=False)
    for name in ("sheets.html", "keys.html"):
        source = (out / name).read_text(encoding="utf-8")
        page = Page(source)
        for student in HOSTILE:
            assert student.name in page.text
            assert student.group in page.text or name == "keys.html"
        assert not page.tags & {"script", "iframe", "img", "object", "link", "form"}
        assert "b" not in page.tags
        assert "http" not in source.replace("http://www.w3.org/", "")


def test_hostile_names_in_tables(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_exam(exam_of(tmp_path, HOSTILE), out, pdf=False)
    rows = list(csv.reader(io.StringIO((out / "answers.csv").read_text(encoding="utf-8-sig"), newline="")))
    assert {row[1] for row in rows[1:]} == {"h1", "h2", "'=1+1", "'-h4", "'+h5", "h6"}
    for row in rows:
        for cell in row:
            assert cell[:1] not in ("=", "+", "@", "\t", "\r"), cell
            assert cell[:1] != "-" or re.fullmatch(r"-\d+(\.\d+)?", cell), cell


@pytest.mark.parametrize(
    ("cell", "safe"),
    [("=1+1", "'=1+1"), ("+7", "'+7"), ("@x", "'@x"), ("-1; 2", "'-1; 2"), ("-x", "'-x"), ("-3.5", "-3.5"), (-2, "-2"),
     ("\tx", "'\tx"), ("\rx", "'\rx"), ("", ""), (None, ""), ("1/2", "1/2"), ("a=b", "a=b"), ("-1/2", "'-1/2"),
     ("＝1+1", "'＝1+1"), ("－1", "'－1")],
)  # fmt: skip
def test_cells_are_neutralised(cell: object, safe: str) -> None:
    assert neutral(cell) == safe
    assert bare(safe) == str("" if cell is None else cell)


@pytest.mark.usefixtures("pdflatex")
def test_hostile_names_on_paper(tmp_path: Path, pdftotext: Callable[[Path], str]) -> None:
    exam = exam_of(tmp_path, HOSTILE)
    check_names(HOSTILE, "roster.csv")
    out = tmp_path / "out"
    written = write_exam(exam, out)
    assert {path.name for path in written} == TEXTS | {"sheets.pdf", "keys.pdf", "layout.json"} == names(out)
    printed = words(pdftotext(out / "sheets.pdf"))
    for student in HOSTILE:
        assert words(student.name) in printed, student.name
        assert words(student.group) in printed, student.group
    for student in HOSTILE[:5]:
        assert words(student.name) in words(pdftotext(out / "keys.pdf"))
    assert "root:" not in printed
    assert not Path("/tmp/listok-was-here").exists()


@pytest.mark.parametrize(
    "name",
    ["王小明", "😀 Смайл", "Иванов\u0301 שלום", "مرحبا", "Nguyễn Văn Ánh", "ไทย", "\U0001d4d0lice", "Zoë Łódź Gödel"],
)
def test_other_scripts_are_printed_or_refused(tmp_path: Path, name: str) -> None:
    student = Student("7", name)
    if latex.unprintable(name):
        with pytest.raises(OutputError, match=r"^roster\.csv: student '7': [^\n]*$"):
            check_names([student], "roster.csv")
        with pytest.raises(OutputError, match=r"^roster\.csv: row 3: student '7': [^\n]*$"):
            check_names([dataclasses.replace(student, row=3)], "roster.csv")
        return
    check_names([student], "roster.csv")
    source = "".join(document([Pages(name, "", "", "x")], "ru"))
    assert compiled(source, tmp_path)[0] == 0


# --- QR -----------------------------------------------------------------------------------------------------------

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


@pytest.mark.parametrize(("problems", "runs", "room"), [(8, 1, 32), (12, 1, 17), (13, 2, 32), (40, 4, 20)])
def test_a_grading_grid_too_wide_for_a_page_goes_on_below(problems: int, runs: int, room: int) -> None:
    rows = [GridRow("И" * 40, f"AAA-AAA-A{n:02d}") for n in range(31)]
    pages = grading_grid(rows, "ru", Maxima.of([(Fraction(2),) * problems]))
    assert len(pages) == 2 * runs
    printed = [plain.printer("ru").blocks(page, 500).splitlines() for page in pages]
    for students in (printed[:runs], printed[runs:]):
        titles = [title for lines in students for title in re.split(r"\s{2,}", lines[3].strip())[3:]]
        assert titles == [*map(str, range(1, problems + 1)), "Итого"]
    assert all("AAA-AAA-A30" in "".join(lines) for lines in printed[runs:])
    assert "И" * (room - 1) + "…" in "".join(printed[0])


def decode(grid: list[list[bool]]) -> str:
    """Read an undamaged QR symbol of version 1 in alphanumeric mode (ISO/IEC 18004), without error correction."""
    size = 21
    assert len(grid) == size
    mask = [grid[8][4], grid[8][3], grid[8][2]]  # format information, bits 12 to 10
    pattern = int("".join("01"[bit] for bit in mask), 2) ^ 0b101
    masks: list[Callable[[int, int], bool]] = [
        lambda r, c: (r + c) % 2 == 0, lambda r, c: r % 2 == 0, lambda r, c: c % 3 == 0, lambda r, c: (r + c) % 3 == 0,
        lambda r, c: (r // 2 + c // 3) % 2 == 0, lambda r, c: r * c % 2 + r * c % 3 == 0,
        lambda r, c: (r * c % 2 + r * c % 3) % 2 == 0, lambda r, c: ((r + c) % 2 + r * c % 3) % 2 == 0,
    ]  # fmt: skip
    bits = []
    right, up = size - 1, True
    while right > 0:
        for row in range(size - 1, -1, -1) if up else range(size):
            for column in (right, right - 1):
                finder = (row < 9 and column < 9) or (row < 9 and column > 12) or (row > 12 and column < 9)
                if not finder and row != 6 and column != 6:
                    bits.append(grid[row][column] ^ masks[pattern](row, column))
        up = not up
        right -= 3 if right == 8 else 2  # the vertical timing pattern is stepped over
    stream = "".join("01"[bit] for bit in bits)
    assert stream[:4] == "0010", "not in alphanumeric mode"
    count, stream = int(stream[4:13], 2), stream[13:]
    text = ""
    while len(text) < count:
        if count - len(text) == 1:
            text += ALPHANUMERIC[int(stream[:6], 2)]
        else:
            pair = int(stream[:11], 2)
            text += ALPHANUMERIC[pair // 45] + ALPHANUMERIC[pair % 45]
            stream = stream[11:]
    return text


def grid_of(cells: Iterable[Iterable[str | int]], *, down: bool) -> list[list[bool]]:
    """A symbol from its rectangles (x, y, width, height), of which those that lie upon one another leave a blank."""
    grid = [[False] * MODULES for _ in range(MODULES)]
    for x, y, width, height in (map(int, cell) for cell in cells):
        for row, column in itertools.product(range(y, y + height), range(x, x + width)):
            grid[row if down else MODULES - 1 - row][column] ^= True
    return grid


def test_symbols_on_screen_and_paper_say_the_code(tmp_path: Path) -> None:
    exam = exam_of(tmp_path)
    out = tmp_path / "out"
    write_exam(exam, out, pdf=False)
    codes = [form.code for form in exam.forms]
    page = Page((out / "sheets.html").read_text(encoding="utf-8"))
    read = []
    for path in page.paths:
        cells = re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\3z", path)
        if len(cells) > 60:  # else a figure of a problem
            read.append(decode(grid_of(cells, down=True)))
    assert list(dict.fromkeys(read)) == codes
    tex = (out / "sheets.tex").read_text(encoding="utf-8")
    rectangle = re.compile(r"(\d+) (\d+) (\d+) (\d+) re ")
    firsts = [rectangle.findall(form) for form in re.findall(r"^\\BeginForm.*", tex, re.M)]
    turned = {int(page): rectangle.findall(path) for page, path in re.findall(r"\{ListokTurn(\d+)\}\{(.*)\}", tex)}
    assert [*turned] == [*range(1, 100)]
    for page, cells in turned.items():
        said = [decode(grid_of([*first, *cells], down=False)) for first in firsts]
        assert said == [f"{code}/{page}" for code in codes]


def test_symbols_are_those_of_the_standard() -> None:
    code = "2G4-00C-7KX"
    symbol = segno.make(code, error="m", version=1, mask=0, boost_error=False, micro=False)
    assert modules(code) == tuple(tuple(bool(cell) for cell in row) for row in symbol.matrix)
    assert decode([list(row) for row in modules(code)]) == code
    assert grid_of(rectangles(code), down=True) == [list(row) for row in modules(code)]


# --- the same bytes -----------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, class_files: tuple[Path, Path]) -> None:
    blueprint, roster = class_files
    outs = []
    for hash_seed in (0, 1, 31337):
        out = tmp_path / f"out{hash_seed}"
        python("-m", "listok", "build", str(blueprint), "--roster", str(roster), "--out", str(out), "--no-pdf",
               "--lang", "both", hash_seed=hash_seed)  # fmt: skip
        outs.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert outs[0] == outs[1] == outs[2]
    assert len(outs[0]) == 11


def forms_of(page: str) -> dict[str, str]:
    """Every form's section of an HTML page, by its code."""
    sections = re.findall(r'<section class="form">.*?</section>', page, re.S)
    return {match[0]: section for section in sections if (match := re.search(r"\w{3}-\w{3}-\w{3}", section))}


def test_the_order_of_the_roster_changes_no_sheet(tmp_path: Path) -> None:
    exam = exam_of(tmp_path)
    students = [form.student for form in exam.forms]
    write_exam(exam, tmp_path / "one", pdf=False)
    write_exam(exam_of(tmp_path, students[::-1]), tmp_path / "two", pdf=False)
    one, two = (forms_of((tmp_path / name / "sheets.html").read_text(encoding="utf-8")) for name in ("one", "two"))
    assert one == two
    assert list(one) == list(two)[::-1]
    assert len(one) == 3


# --- when things go wrong -----------------------------------------------------------------------------------------


def test_nothing_is_overwritten_without_force(tmp_path: Path) -> None:
    exam = exam_of(tmp_path)
    for name in (*TEXTS, "sheets.pdf", "keys.pdf"):
        out = tmp_path / f"out {name}"
        out.mkdir()
        (out / name).write_text("precious")
        with pytest.raises(OutputError, match=rf"{re.escape(name)} is there already: .*--force"):
            write_exam(exam, out, pdf=False)
        assert names(out) == {name}
        assert (out / name).read_text() == "precious"


def test_force_replaces_an_earlier_build_and_nothing_else(tmp_path: Path) -> None:
    exam = exam_of(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    for name in ("sheets.tex", "sheets.pdf", "notes.txt"):
        (out / name).write_text("old")
    write_exam(exam, out, force=True, pdf=False)
    assert names(out) == TEXTS | {"notes.txt"}, "a PDF of an earlier build must not stand beside new sheets"
    assert (out / "sheets.tex").read_text(encoding="utf-8").startswith("\\documentclass")
    assert (out / "notes.txt").read_text() == "old"


@pytest.mark.parametrize("fails_at", range(7))
def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    exam = exam_of(tmp_path)
    whole = tmp_path / "whole"
    write_exam(exam, whole, pdf=False)
    calls = 0

    def fsync(_file: int) -> None:
        nonlocal calls
        calls += 1
        if calls > fails_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    out = tmp_path / "out"
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", fsync)
        with pytest.raises(OutputError, match=r"No space left on device; .* run the same command again") as caught:
            write_exam(exam, out, pdf=False)
    assert "\n" not in str(caught.value)
    assert names(out) == {".listok"}
    write_exam(exam, out, pdf=False)
    assert contents(out) == contents(whole)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder and of those in it, by its path there."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_break_while_a_file_is_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    exam = exam_of(tmp_path)

    def broken(*_args: Any, **_more: Any) -> Any:
        yield "half"
        raise KeyboardInterrupt

    with monkeypatch.context() as breaking:
        breaking.setattr("listok.templates.page.document", broken)
        with pytest.raises(KeyboardInterrupt):
            write_exam(exam, out, pdf=False)
    assert names(out) == {".listok"}
    write_exam(exam, out, pdf=False)
    write_exam(exam, whole, pdf=False)
    assert contents(out) == contents(whole)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError) as caught:
        write_exam(exam_of(tmp_path), tmp_path / "file" / "out", pdf=False)
    assert "\n" not in str(caught.value)


def test_without_pdflatex_the_rest_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    out = tmp_path / "out"
    write_exam(exam_of(tmp_path), out)
    assert names(out) == TEXTS


def test_an_engine_that_fails_altogether_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any) -> Any:
        raise EngineError("pdflatex failed: I can't find file `t2aenc.def'")

    monkeypatch.setattr("listok.exams.press.pdflatex.print_chunk", failing)
    monkeypatch.setattr("listok.exams.plan.find_pdflatex", lambda: "/usr/bin/pdflatex")
    out = tmp_path / "out"
    with pytest.raises(EngineError, match=r"^pdflatex could print nothing; .* are written: .*t2aenc\.def'$") as caught:
        write_exam(exam_of(tmp_path), out)
    assert "\n" not in str(caught.value)
    assert names(out) == TEXTS


# --- paper --------------------------------------------------------------------------------------------------------


def compiled(source: str, folder: Path) -> tuple[int, Path, str]:
    """Run pdfLaTeX and keep its log: exit code, PDF, log."""
    (folder / "all.tex").write_text(source, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-no-shell-escape", "-file-line-error", "all.tex"]
    environment = os.environ | {"max_print_line": "1000", "openin_any": "p"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=300, check=False)
    return done.returncode, folder / "all.pdf", (folder / "all.log").read_text(encoding="latin-1")


@pytest.mark.usefixtures("pdflatex")
@pytest.mark.parametrize("lang", LANGS)
def test_the_whole_bank_compiles_in_one_document(
    tmp_path: Path, lang: Lang, pdftotext: Callable[[Path], str], pdffonts: Callable[[Path], str]
) -> None:
    printer = latex.printer(lang)
    pages, titles, codes = [], [], []
    for exercise in bank().values():
        for level in LEVELS:
            for seed in (level, 1000 + level):
                variant = exercise.variant(seed, level)
                filled = Filled(variant, lang)
                points = {part: Fraction(key.points) for part, key in exercise.parts.items()}
                space = ("none", "compact", "normal", "roomy")[(seed + exercise.number) % 4]
                mark = f"{REPORTING}\\typeout{{<<{exercise.name} {level} {seed}>>}}\n"
                sheet = printer.blocks(problem(filled, points, 1, space))
                key = printer.blocks(problem_key(filled, points, 1, mistakes=True))
                pages.append(
                    Pages("Студент", exercise.name, variant.code, mark + sheet + "\n\\clearpage\n" + mark + key)
                )
                titles.append(filled.title)
                codes.append(variant.code)
    status, pdf, log = compiled("".join(document(pages, lang)), tmp_path)
    assert status == 0, "\n".join(re.findall(r"^\./all\.tex:\d+: .*", log, re.M)[:5])
    assert not (sticking := wide(log)), "\n".join(sticking)
    assert "Missing character" not in log
    fonts = pdffonts(pdf)
    assert "Type 3" not in fonts, fonts
    assert len(fonts.splitlines()) > 4
    printed = words(pdftotext(pdf))
    assert [title for title in titles if words(title) not in printed] == []
    assert [code for code in codes if code not in printed] == []
    assert "Студент" in printed
    assert words("Типичные ошибки" if lang == "ru" else "Typical mistakes") in printed


REPORTING = r"""\makeatletter\ifx\AsItIs\undefined\let\AsItIs\Centred
\long\def\Centred#1{\setbox\z@\hbox{#1}\dimen@\wd\z@\advance\dimen@-\linewidth
  \ifdim\dimen@>\z@\typeout{Overfull \string\hbox\space(\the\dimen@\space too wide)}\fi\AsItIs{#1}}\fi\makeatother
"""
"""Tables and pictures are centred, and stick out at both sides alike: TeX says nothing unless it is asked."""


def wide(log: str) -> list[str]:
    """Lines that stick out by more than 5 pt, each with the exercise it belongs to."""
    found, where = [], ""
    for line in log.splitlines():
        if match := re.search(r"<<(.+?)>>", line):
            where = match[1]
        if (match := re.search(r"Overfull \\hbox \(([\d.]+)pt too wide\)", line)) and float(match[1]) > 5:
            found.append(f"{where}: {match[1]}pt")
    return found


@pytest.mark.usefixtures("pdflatex")
def test_forms_begin_on_odd_pages(tmp_path: Path, pdftotext: Callable[[Path], str]) -> None:
    exam = exam_of(tmp_path)
    out = tmp_path / "out"
    write_exam(exam, out)
    pages = pdftotext(out / "sheets.pdf").split("\f")[:-1]
    assert len(pages) % 2 == 0
    firsts = [next(n for n, page in enumerate(pages, 1) if form.code in page) for form in exam.forms]
    assert all(first % 2 == 1 for first in firsts)
    for form in exam.forms:
        held = [page for page in pages if form.code in page]
        assert all(form.student.name in page for page in held), "every page names its student"
        assert len(held) % 2 == 0
        counted = [re.findall(r"с\.\s+(\d+)", page)[-1:] for page in held]
        numbers = list(itertools.chain(*counted))
        assert numbers == [str(n) for n in range(1, len(numbers) + 1)]
        assert all(counted[:-1]), "only the last page may be the blank back of a leaf"


@pytest.mark.usefixtures("pdflatex")
def test_the_same_seed_gives_the_same_pdf(tmp_path: Path) -> None:
    exam = exam_of(tmp_path)
    for name in ("one", "two"):
        write_exam(exam, tmp_path / name)
    assert (tmp_path / "one/sheets.pdf").read_bytes() == (tmp_path / "two/sheets.pdf").read_bytes()


@pytest.mark.usefixtures("pdflatex")
def test_the_example_of_the_readme_is_built(tmp_path: Path, pdffonts: Callable[[Path], str]) -> None:
    plan = read_blueprint(ROOT / "examples" / "midterm.toml")
    exam = assemble(plan, read_roster(ROOT / "examples" / "roster.csv"))
    assert len(exam.forms) == 30
    short = dataclasses.replace(exam, forms=exam.forms[:4])
    write_exam(short, tmp_path / "out")
    assert "Type 3" not in pdffonts(tmp_path / "out" / "keys.pdf")
    assert all(read_code(form.code) == form.code for form in exam.forms)
