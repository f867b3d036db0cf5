"""A question, its options and the line for the answer stay on one page, if they fit on one, with either engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from listok.exams.press import pdflatex as tex_press
from listok.exams.press import typst as typst_press
from listok.exams.press.pieces import Piece
from listok.generators.bank import find
from listok.generators.exact import Fraction
from listok.templates import html, latex, paper, plain, typst, typst_paper
from listok.templates.doctree import AnswerSlot, Block, ItemList, ListItem, Paragraph, Text, Whole
from listok.templates.pages import Pages
from listok.templates.sheet import problem
from listok.templates.text import Filled

Read = Callable[[Path], str]

ENGINES: Mapping[str, tuple[Any, Any, Any]] = {
    "pdflatex": (tex_press, latex, paper),
    "typst": (typst_press, typst, typst_paper),
}
LONG = "words of an option that takes more than one line of the page, as long as it is printed in the usual size " * 2


def words(text: str) -> Paragraph:
    return Paragraph((Text(text),))


def question(options: int) -> Whole:
    listed = ItemList(tuple(ListItem(f"{n})", (words(f"option{n} {LONG}"),)) for n in range(options)))
    return Whole((words("Question"), words("Choose"), listed, AnswerSlot("Answer", 1)))


def printed(engine: str, wanted: Sequence[Sequence[Block]], folder: Path, pdftotext: Read) -> list[str]:
    """The pages of documents that begin with more and more lines of text."""
    press, printer, sheet = ENGINES[engine]
    pages = [Pages("who", "what", "", printer.printer("en").blocks(tuple(blocks))) for blocks in wanted]
    pieces = [Piece(str(number), sheet.form(run)) for number, run in enumerate(pages)]
    assert press.print_chunk(sheet.preamble("en"), pieces, folder / "x.pdf").broken == ()
    return pdftotext(folder / "x.pdf").split("\f")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("listed", [False, True])
def test_options_stay_with_their_question_and_their_answer(
    engine: str, listed: bool, tmp_path: Path, pdflatex: str, pdftotext: Read
) -> None:
    items = ListItem("(a)", (words("x"),)), ListItem("(b)", (question(6),))
    block: Block = ItemList(items) if listed else question(6)
    wanted = [[*[words("line")] * lines, block, words("After")] for lines in range(0, 40, 2)]
    pages = printed(engine, wanted, tmp_path, pdftotext)
    parts = ["Question", "Choose", "Answer", *(f"option{n}" for n in range(6))]
    held = [[part for part in parts if part in page] for page in pages]
    assert [page for page in held if page not in ([], parts)] == []
    assert held.count(parts) == 20
    firsts = [page for page in pages if "Question" in page and "line" not in page.replace("one line of", "")]
    assert 3 < len(firsts) < 17, "the end of the page has come to stand all over the question"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("listed", [False, True])
def test_a_list_longer_than_a_page_goes_on_over_its_end(
    engine: str, listed: bool, tmp_path: Path, pdflatex: str, pdftotext: Read
) -> None:
    block: Block = ItemList((ListItem("(a)", (question(40),)),)) if listed else question(40)
    pages = printed(engine, [[words("line"), block, words("After")]], tmp_path, pdftotext)
    found = [re.findall(r"option(\d+)", page) for page in pages]
    assert [int(number) for page in found for number in page] == [*range(40)]
    assert 12 < max(map(len, found)) < 20
    (last,) = (page for page in pages if "Answer" in page)
    assert "option39" in last, "the answer is not parted from the last option"
    assert "After" in last


@pytest.mark.parametrize("engine", ENGINES)
def test_lists_of_the_bank_stay_whole(engine: str, tmp_path: Path, pdflatex: str, pdftotext: Read) -> None:
    wanted: list[list[Block]] = []
    for shift in range(0, 24, 3):
        blocks: list[Block] = [words("x")] * shift
        for number, name in enumerate((31, 32, 17, 1, 7), 1):
            exercise = find(name)
            points = {part: Fraction(key.points) for part, key in exercise.parts.items()}
            blocks += problem(Filled(exercise.variant(shift), "en"), points, number)
        wanted.append(blocks)
    pages = [
        [line.strip() for line in page.splitlines() if line.strip()][2:-1]  # without header and footer
        for page in printed(engine, wanted, tmp_path, pdftotext)
    ]
    full = [lines for lines in pages if lines]
    assert len(full) > 40
    assert sum("Choose " in line for lines in full for line in lines) > 40
    assert [lines[0] for lines in full if re.match(r"[a-z]\) |Choose |Give a letter", lines[0])] == []
    assert [lines[-1] for lines in full if re.match(r"[a-z]\) |Choose |Give a letter", lines[-1])] == []


def test_on_screen_a_whole_is_its_blocks() -> None:
    whole = question(2)
    assert plain.printer("en").blocks((whole,)) == plain.printer("en").blocks(whole.content)
    inside = html.printer("en").blocks(whole.content)
    assert html.printer("en").blocks((whole,)) == f'<div class="together">\n{inside}</div>\n'
    assert re.search(r"\.together[^}]*break-inside: avoid", html.STYLE)
