"""Where answers go on paper: `layout.json` says what the engines have printed, and each page says which it is."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import tool
from test_build import decode

from listok.answerkeys.forms import Exam, Student
from listok.exams.assembly import assemble
from listok.exams.blueprint import read_blueprint
from listok.exams.build import build_exam, write_exam
from listok.exams.press import pdflatex
from listok.exams.press.engine import Engine, EngineError
from listok.exams.press.pieces import Box, Piece, Place, places_of
from listok.generators.answers import Matrix
from listok.templates import latex, paper, typst_paper
from listok.templates.doctree import AnswerSlot
from listok.templates.pages import Pages
from listok.templates.qr import MODULES
from listok.workers.pool import in_process

ENGINES: tuple[Engine, ...] = ("pdflatex", "typst")
STUDENTS = (Student("s1", "Анна Белая"), Student("s2", "Борис Вольный"))
BLUEPRINT = """
lang = "both"
seed = "V2SK-9DQX-H4M7-T1BN-8WCE-0RZJ-5GPA"
paper = "PAPER"
space = "SPACE"
[[items]]
exercise = 3
[[items]]
exercise = 40
[[items]]
exercise = 17
"""
PER_MM = 10


def exam_of(folder: Path, paper: str = "a4", space: str = "normal") -> Exam:
    path = folder / "exam.toml"
    path.write_text(BLUEPRINT.replace("PAPER", paper).replace("SPACE", space), encoding="utf-8")
    return assemble(read_blueprint(path), STUDENTS)


@dataclass(frozen=True)
class Image:
    """A page as it looks: so many dots a millimetre."""

    width: int
    dots: bytes

    def dark(self, x: float, y: float) -> bool:
        """Whether there is ink within a third of a millimetre."""
        at = [(round(x * PER_MM) + dx, round(y * PER_MM) + dy) for dx in range(-3, 4) for dy in range(-3, 4)]
        return any(self.dots[row * self.width + column] < 128 for column, row in at)

    def module(self, x: float, y: float) -> bool:
        return self.dots[round(y * PER_MM) * self.width + round(x * PER_MM)] < 128


def images(pdf: Path) -> list[Image]:
    command = [tool("pdftoppm"), "-r", str(25.4 * PER_MM), "-gray", str(pdf)]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    found, at = [], 0
    while at < len(data):
        head = re.match(rb"P5\n(\d+) (\d+)\n255\n", data[at : at + 40])
        assert head
        width, height = int(head[1]), int(head[2])
        at += head.end() + width * height
        found.append(Image(width, data[at - width * height : at]))
    return found


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("size", ["a4", "letter"])
def test_places_and_symbols_are_those_on_paper(tmp_path: Path, engine: Engine, size: str, pdflatex: str) -> None:
    exam = exam_of(tmp_path, size)
    write_exam(exam, tmp_path / "out", engine=engine)
    layout = json.loads((tmp_path / "out/layout.json").read_text(encoding="utf-8"))
    width = {"a4": 210, "letter": 215.9}[size]
    height = {"a4": 297, "letter": 279.4}[size]
    assert [layout[key] for key in ("paper", "unit", "width", "height")] == [size, "mm", width, height]
    assert [*layout["sheets"]] == ["sheets.ru", "sheets.en"]
    for stem, forms in layout["sheets"].items():
        pages = images(tmp_path / "out" / f"{stem}.pdf")
        assert sum(form["pages"] for form in forms) == len(pages)
        before = 0
        for form in forms:
            for number, page in enumerate(pages[before : before + form["pages"]], 1):
                assert symbol(page, width) == f"{form['form']}/{number}"
            for place in form["places"]:
                check(place, pages[before + place["page"] - 1])
            before += form["pages"]


def symbol(page: Image, width: float) -> str:
    """What the symbol in the upper right corner of a page says."""
    middles = [0.6 * (n + 0.5 - MODULES) for n in range(MODULES)]  # from the right end, and from below
    return decode([[page.module(width - 18 + x, 26 - 2.4 + y) for x in middles] for y in middles])


def check(place: dict[str, Any], page: Image) -> None:
    """A line is below, and round a cell or a frame on all sides; above a line, and in a cell, there is nothing."""
    x, y, width, height = (place[key] for key in ("x", "y", "width", "height"))
    ways = (0.03, 0.25, 0.5, 0.75, 0.97)
    assert all(page.dark(x + width * way, y + height) for way in ways), place
    closed = place["name"].count(".") == 3 or place["name"].endswith(".drawing")
    if closed:
        assert all(page.dark(x + width * way, y) for way in ways), place
        assert all(page.dark(x + side, y + height * way) for way in ways for side in (0, width)), place
    else:
        assert page.dark(x + 0.1, y + height)
        assert not page.dark(x + width + 0.8, y + height), "the line ends here"
    if closed or height < 8:
        assert not any(page.dark(x + width * way, y + height / 2) for way in ways[1:4]), place


@pytest.mark.parametrize("engine", ENGINES)
def test_every_part_asked_has_its_places(tmp_path: Path, engine: Engine, pdflatex: str) -> None:
    exam = exam_of(tmp_path)
    write_exam(exam, tmp_path / "out", engine=engine)
    layout = json.loads((tmp_path / "out/layout.json").read_text(encoding="utf-8"))
    for forms in layout["sheets"].values():
        assert [form["form"] for form in forms] == [form.code for form in exam.forms]
        for told, form in zip(forms, exam.forms, strict=True):
            names = [place["name"] for place in told["places"]]
            wanted: list[str] = []
            for number, slot in enumerate(form.slots, 1):
                for part in slot.points:
                    key = slot.variant.exercise.parts[part]
                    rows = getattr(slot.variant.solution, key.field) if isinstance(key, Matrix) else ()
                    cells = [f".{r}.{c}" for r, row in enumerate(rows, 1) for c, _ in enumerate(row, 1)]
                    wanted += [f"{number}.{part}{cell}" for cell in cells or [""]]
            assert list(dict.fromkeys(names)) == wanted
            assert all([*place] == ["name", "page", "x", "y", "width", "height"] for place in told["places"])


def test_without_room_there_are_no_places_and_without_an_engine_no_file(tmp_path: Path, pdflatex: str) -> None:
    exam = exam_of(tmp_path, space="none")
    for engine in ENGINES:
        write_exam(exam, tmp_path / engine, engine=engine)
        layout = json.loads((tmp_path / engine / "layout.json").read_text(encoding="utf-8"))
        assert [form["places"] for forms in layout["sheets"].values() for form in forms] == [[]] * 4
        write_exam(exam, tmp_path / engine, engine=engine, pdf=False, force=True)
        assert not (tmp_path / engine / "layout.json").exists(), "it told of sheets that are no more"


def test_a_form_that_is_not_printed_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exam = exam_of(tmp_path)
    real = typst_paper.form
    monkeypatch.setattr(
        typst_paper, "form", lambda run: "#nosuch()" if run.who.startswith("Student: Анна") else real(run)
    )
    write_exam(exam, tmp_path / "out", engine="typst")
    sheets = json.loads((tmp_path / "out/layout.json").read_text(encoding="utf-8"))["sheets"]
    both = [form.code for form in exam.forms]
    assert {stem: [form["form"] for form in forms] for stem, forms in sheets.items()} == {
        "sheets.ru": both, "sheets.en": both[1:]
    }  # fmt: skip
    monkeypatch.setattr(typst_paper, "form", lambda run: "#nosuch()")
    with pytest.raises(EngineError, match="could print nothing"):
        write_exam(exam, tmp_path / "none", engine="typst")
    assert not (tmp_path / "none/layout.json").exists()


def test_chunks_make_one_file_of_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exam_of(tmp_path)
    blueprint = read_blueprint(tmp_path / "exam.toml")
    build_exam(blueprint, STUDENTS, tmp_path / "one", in_process(), engine="typst")
    monkeypatch.setattr("listok.exams.plan.CHUNK", 1)
    build_exam(blueprint, STUDENTS, tmp_path / "two", in_process(), engine="typst")
    assert (tmp_path / "one/layout.json").read_bytes() == (tmp_path / "two/layout.json").read_bytes()


def test_an_answer_over_the_end_of_a_page_has_a_place_on_both(tmp_path: Path, pdflatex: str) -> None:
    answer = latex.printer("en").blocks((AnswerSlot("Answer", 40, name="1.why"),))
    wanted = [
        Piece(f"A{number}", paper.form(Pages("who", "what", "", body)))
        for number, body in enumerate((answer, r"\nosuch ", r"\message{<listok at x 0 0 1 1 1>}" + answer, "x"))
    ]
    printed = pdflatex_printed(wanted, tmp_path)
    assert [id_ for id_, _, _ in printed.pages] == ["A0", "A2", "A3"]
    first, third, last = printed.places
    assert [(place.name, place.page) for place in first] == [("1.why", 1), ("1.why", 2)]
    assert first == third[-2:]
    assert last == ()
    lines = [round((place.height - 7) / 8.4) + 1 for place in first]
    assert sum(lines) == 40
    assert min(lines) > 1


def pdflatex_printed(wanted: list[Piece], folder: Path) -> Any:
    return pdflatex.print_chunk(paper.preamble("en"), wanted, folder / "x.pdf")


def test_lines_are_put_together_and_cells_taken_apart() -> None:
    boxes = [
        Box("1.a", 0, 0, 1, 30, 100, 190, 107),
        Box("1.a", 0, 0, 1, 20, 108, 190, 115),
        Box("1.a", 0, 0, 2, 20, 30, 190, 37),
        Box("2.m", 1, 2, 2, 20, 50, 48, 58),
    ]
    assert places_of(boxes) == (
        Place("1.a", 1, 20, 100, 170, 15),
        Place("1.a", 2, 20, 30, 170, 7),
        Place("2.m.1.1", 2, 20, 50, 14, 8),
        Place("2.m.1.2", 2, 34, 50, 14, 8),
    )


@pytest.mark.parametrize("name", ["1.loss", "3.in_out", "1.a b~%=#{}\\^&часть"])
def test_a_mark_gives_back_its_name(name: str, tmp_path: Path, pdflatex: str) -> None:
    assert latex.unmarked(latex.marked(name)) == name
    body = latex.printer("en").blocks((AnswerSlot("Answer", 1, name=name),))
    printed = pdflatex_printed([Piece("A", paper.form(Pages("who", "what", "", body)))], tmp_path)
    assert [place.name for place in printed.places[0]] == [name]
