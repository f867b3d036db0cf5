"""Printing chunks with pdfLaTeX: what is printed where, what is left out and why, and nothing else matters."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import tool

from listok.answerkeys.keysheet import problem_key
from listok.cli import main
from listok.exams.press import engine, tex
from listok.exams.press.engine import LARGEST_FILE, EngineError, run_limited
from listok.exams.press.pdflatex import print_chunk, print_test_page
from listok.exams.press.pieces import Piece, Printed
from listok.exams.press.stamp import stamp
from listok.generators.bank import bank
from listok.generators.exact import Fraction
from listok.generators.exercise import LEVELS
from listok.generators.figures import pixel_grid
from listok.templates import latex
from listok.templates.doctree import (
    AnswerSlot,
    Block,
    DisplayMath,
    Figure,
    InlineMath,
    Paragraph,
    Table,
    TableRow,
    Text,
)
from listok.templates.mathparse import parse
from listok.templates.pages import Pages
from listok.templates.paper import FACES, document, form, preamble
from listok.templates.sheet import problem
from listok.templates.text import LANGS, Filled, Lang

pytestmark = pytest.mark.usefixtures("pdflatex")

Heights = Callable[[Path], list[dict[str, float]]]

CYRILLIC = "Съешь же ещё этих мягких французских булок, да выпей чаю. ЁЖ «№ 5» — Zoë Łódź Gödel Ґ"


def runs(count: int) -> list[Pages]:
    return [Pages(f"Студент {n}", "Экзамен", f"AAA-AAA-{n:03d}", f"Форма {n}: вопрос\n\n") for n in range(count)]


def pieces(wanted: list[Pages]) -> list[Piece]:
    return [Piece(run.code, form(run)) for run in wanted]


def printed(folder: Path, wanted: list[Piece], lang: Lang = "ru", paper: str = "a4") -> tuple[Printed, Path]:
    target = folder / "chunk.pdf"
    return print_chunk(preamble(lang, paper), wanted, target), target


def page(path: Path, number: int) -> str:
    done = subprocess.run([tool("pdftotext"), "-f", str(number), "-l", str(number), str(path), "-"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    return done.stdout


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    tex.temporary_folder.cache_clear()
    monkeypatch.setattr(tex, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def test_every_piece_is_on_its_pages(tmp_path: Path) -> None:
    wanted = [*runs(3), Pages("Ёж", "", "BBB-BBB-BBB", r"a\newpage b\newpage c")]
    done, target = printed(tmp_path, pieces(wanted))
    assert done.broken == ()
    assert done.pages == (("AAA-AAA-000", 1, 2), ("AAA-AAA-001", 3, 2), ("AAA-AAA-002", 5, 2), ("BBB-BBB-BBB", 7, 4))
    for number, (code, first, _) in enumerate(done.pages[:3]):
        assert f"Форма {number}:" in page(target, first)
        assert code in page(target, first)
        back = page(target, first + 1)
        assert back.split() == f"Студент {number} Экзамен {code}".split(), "an odd number of pages is padded"
    assert "c" in page(target, 9)
    assert page(target, 10).split() == ["Ёж", "BBB-BBB-BBB"]


@pytest.mark.parametrize(("lang", "said"), [("ru", "с. {} из {}"), ("en", "p. {} of {}")])
def test_pages_are_counted_per_form(tmp_path: Path, lang: Lang, said: str) -> None:
    wanted = [Pages("", "", f"AAA-AAA-{n:03d}", r"x\newpage " * (n - 1) + "x") for n in (1, 3, 12)]
    done, target = printed(tmp_path, pieces(wanted), lang)
    for (_, first, _), count in zip(done.pages, (1, 3, 12), strict=True):
        for number in range(1, count + 1):
            assert said.format(number, count) in page(target, first + number - 1)


@pytest.mark.parametrize("lang", LANGS)
def test_chunks_look_as_the_whole_document(tmp_path: Path, lang: Lang, pdftotext: Callable[[Path], str]) -> None:
    wanted = [Pages(CYRILLIC, "", "AAA-AAA-AAA", CYRILLIC * 40)]
    _, target = printed(tmp_path, pieces(wanted), lang)
    (tmp_path / "whole.tex").write_text("".join(document(wanted, lang)), encoding="utf-8")
    subprocess.run([tool("pdflatex"), "-interaction=batchmode", "-halt-on-error", "whole.tex"], cwd=tmp_path,
                   check=True, stdout=subprocess.DEVNULL)  # fmt: skip
    assert pdftotext(target) == pdftotext(tmp_path / "whole.pdf")
    assert "Съешь" in pdftotext(target)
    assert "Lódź Gödel Ґ" in unicodedata.normalize("NFC", pdftotext(target)), "the stroke of Ł is drawn"


BROKEN = {
    r"\undefinedthing": r"Undefined control sequence",
    r"\Items\Item{x} y": "A group or environment is not closed",
    "{": "Missing }",
    "}": "Extra }",
    r"\endgroup": r"Extra \endgroup",
    r"\end{document}": "the document ended too early",
    r"\loop\null\newpage\iftrue\repeat": "More than 99 pages",
    r"\input{/etc/passwd}": "Undefined control sequence",
    "中": "Unicode character 中 is unknown",
    r"\write18{touch was-here}\undefinedthing": "Undefined",
}


def test_broken_pieces_are_named_and_left_out(tmp_path: Path) -> None:
    whole = pieces(runs(3 * len(BROKEN)))
    spoilt = {
        3 * n + 1: Piece(whole[3 * n + 1].id, whole[3 * n + 1].body.replace(r"\EndForm", evil + "\n\\EndForm"))
        for n, evil in enumerate(BROKEN)
    }
    done, target = printed(tmp_path, [spoilt.get(n, piece) for n, piece in enumerate(whole)])
    assert [id_ for id_, _ in done.broken] == [piece.id for piece in spoilt.values()]
    for (_, said), wanted in zip(done.broken, BROKEN.values(), strict=True):
        assert wanted in said
        assert "\n" not in said
    sound = [piece.id for n, piece in enumerate(whole) if n not in spoilt]
    assert [id_ for id_, _, _ in done.pages] == sound
    alone = tmp_path / "alone.pdf"
    again = print_chunk(preamble("ru"), [piece for piece in whole if piece.id in sound], alone)
    assert again.pages == done.pages
    assert alone.read_bytes() == target.read_bytes(), "the sound ones are printed as if there had been no others"


def test_a_piece_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed(tmp_path, pieces(runs(1)))  # the cache is warm: the limit below is for the typesetting
    monkeypatch.setattr("listok.exams.press.pdflatex.SECONDS", 8.0)
    sound, endless = pieces(runs(2))
    done, target = printed(tmp_path, [Piece(endless.id, r"\def\x{\x}\x" + endless.body), sound])
    assert [id_ for id_, _, _ in done.pages] == [sound.id]
    assert done.broken[0][0] == endless.id
    assert "did not come to an end" in done.broken[0][1]
    assert target.exists()


@pytest.mark.parametrize(
    "attack",
    [
        r"\immediate\write18{touch MARK}", r"\immediate\openout5=MARK ", r"\openin5=MARK \ifeof5 \x\fi",
        r"\pdfprimitive\openin5=MARK ", r"\csname tex_openin:D\endcsname5=MARK ", r"\csname @@input\endcsname MARK ",
        r"\InputIfFileExists{MARK}{}{}", r"\pdffiledump length 9 {MARK}", r"\pdfmdfivesum file {MARK}",
        r"\immediate\pdfximage{MARK}", r"\immediate\pdfobj file {MARK}",
    ],
)  # fmt: skip
def test_nothing_outside_the_folder_is_read_or_written(tmp_path: Path, attack: str) -> None:
    mark = tmp_path / "mark"
    if reads := "write18" not in attack and "openout" not in attack:
        mark.write_text("a secret")
    sound, evil = pieces(runs(2))
    evil = Piece(evil.id, attack.replace("MARK", str(mark)) + evil.body)
    done, target = printed(tmp_path, [sound, evil])
    assert next(id_ for id_, _, _ in done.pages) == sound.id
    assert mark.exists() == reads
    if "write18" in attack or "IfFileExists" in attack:  # a shell or a file that is not there may be no error to TeX
        assert all("secret" not in page(target, first) for _, first, _ in done.pages)
    else:
        assert [id_ for id_, _ in done.broken] == [evil.id]


def test_no_file_of_a_program_grows_without_end(tmp_path: Path) -> None:
    assert run_limited(["sh", "-c", "ulimit -f"], tmp_path, os.environ, 9) == 0
    blocks = LARGEST_FILE // 512
    assert (tmp_path / "stdout").read_text().strip() in {str(blocks), str(blocks // 2)}  # some shells count in KB


def test_what_a_program_started_does_not_outlive_it(tmp_path: Path) -> None:
    mark = tmp_path / "finished"
    start = time.monotonic()
    assert run_limited(["sh", "-c", f"(sleep 4; touch {mark}) & sleep 60"], tmp_path, os.environ, 1) is None
    time.sleep(max(0.0, 5 - (time.monotonic() - start)))
    assert not mark.exists()


def test_a_program_that_nobody_waits_for_any_more_comes_to_an_end(tmp_path: Path) -> None:
    assert run_limited(["sh", "-c", "ulimit -t"], tmp_path, os.environ, 8.5) == 0
    assert (tmp_path / "stdout").read_text().strip() == "9", "seconds of processor time, also when listok is killed"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts a shell script in the place of a program."""

    def put(name: str, script: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        return folder / name

    return put


Fake = Callable[[str, str], Path]


@pytest.mark.parametrize("program", ["pdflatex", "kpsewhich"])
def test_a_program_that_does_not_answer_is_one_line(
    program: str, fake: Fake, class_files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "SECONDS_TO_ANSWER", 1)
    fake(program, f"echo $$ >>{tmp_path}/started; sleep 300 & echo $! >>{tmp_path}/started; wait")
    stamp.cache_clear()
    arguments = ["build", str(class_files[0]), "--copies", "1", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1
    assert re.fullmatch(
        rf"listok: \S*{program} [^\n]* gave no answer in 1 s: [^\n]*--engine typst[^\n]*\n", done.stderr
    )
    assert not (tmp_path / "out").exists()
    for process in map(int, (tmp_path / "started").read_text().split()):
        assert not alive(process)


def alive(process: int) -> bool:
    """Whether a process is there that is more than a zombie, which nobody has yet taken note of."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("program", ["pdflatex", "kpsewhich"])
def test_doctor_names_a_program_that_does_not_answer(program: str, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SECONDS_TO_ANSWER", 1)
    fake(program, "sleep 300")
    done = CliRunner().invoke(main, ["doctor"])
    assert done.exit_code == 1
    assert re.search(rf"^pdfLaTeX: \S*{program} [^\n]* gave no answer in 1 s: ", done.stdout, re.M)
    assert "until then, `listok build --engine typst` prints with Typst" in done.stdout


def test_a_program_that_cannot_be_run_is_one_line(fake: Fake) -> None:
    path = fake("pdflatex", "")
    path.write_bytes(b"\0")
    with pytest.raises(
        EngineError, match=r"^\S*pdflatex --version cannot be run \(Exec format error\): install TeX anew"
    ):
        engine.ask([str(path), "--version"])


@pytest.mark.parametrize(
    "script",
    ["cat /dev/zero >/dev/full", "cat /dev/zero >/dev/full 2>&-"],
    ids=["says so", "has no room to say so"],
)
def test_a_full_disk_is_no_fault_of_the_pieces(script: str, tmp_path: Path, fake: Fake) -> None:
    printed(tmp_path, pieces(runs(1)))  # the format is in the cache
    real = shutil.which("pdflatex")
    fake("pdflatex", f'case "$*" in *chunk.tex) ln -s /dev/full room; {script};; *) exec {real} "$@";; esac')
    with pytest.raises(OSError, match="No space left on device"):
        printed(tmp_path, pieces(runs(2)))


def test_where_all_are_broken_there_is_no_pdf(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="Undefined control sequence"):
        printed(tmp_path, [Piece("A", r"\nothing "), Piece("B", r"\nothing ")])
    assert not list(tmp_path.glob("chunk*"))


def test_same_bytes_whatever_the_folder_and_the_cache(tmp_path: Path, own_cache: Path) -> None:
    wanted = pieces(runs(4))
    for name in ("a", "deep/b"):
        (tmp_path / name).mkdir(parents=True)
        printed(tmp_path / name, wanted)
        shutil.rmtree(own_cache)
    assert (tmp_path / "a/chunk.pdf").read_bytes() == (tmp_path / "deep/b/chunk.pdf").read_bytes()


def test_the_cache_is_filled_once(tmp_path: Path, own_cache: Path) -> None:
    printed(tmp_path, pieces(runs(1)))
    made = {path: path.stat().st_mtime_ns for path in own_cache.iterdir()}
    assert sorted(re.sub(r"-\w+$", "", path.name) for path in made) == ["format", "metrics"]
    printed(tmp_path, pieces(runs(1)))
    assert made == {path: path.stat().st_mtime_ns for path in own_cache.iterdir()}


def test_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(tex, "cache_folder", lambda: tmp_path / "file" / "tex")
    assert printed(tmp_path, pieces(runs(1)))[0].pages == (("AAA-AAA-000", 1, 2),)


def test_a_damaged_cache_is_made_anew(tmp_path: Path, own_cache: Path) -> None:
    assert not print_test_page()
    kept = next(own_cache.glob("format-*/listok.fmt"))
    kept.write_bytes(kept.read_bytes()[:1000])
    with pytest.raises(EngineError, match="listok doctor"):
        printed(tmp_path, pieces(runs(1)))
    assert print_test_page()
    assert printed(tmp_path, pieces(runs(1)))[0].pages == (("AAA-AAA-000", 1, 2),)


def test_metafont_is_never_called_for_a_chunk(tmp_path: Path) -> None:
    assert tex.tex_environment()["MKTEXTFM"] == "0"
    kept = tex.font_metrics()
    assert {path.name for path in kept.iterdir()} == {f"{face}.tfm" for face in FACES}


@pytest.mark.parametrize(("paper", "size"), [("a4", "595.276 x 841.89"), ("letter", "612 x 792")])
def test_paper_and_fonts(tmp_path: Path, paper: str, size: str) -> None:
    _, target = printed(tmp_path, pieces(runs(2)), "ru", paper)
    told = subprocess.run([tool("pdfinfo"), str(target)], capture_output=True, text=True, check=True).stdout
    assert f"{size} pts" in re.sub(r"(\.\d+?)0*( |$)", r"\1\2", told)
    fonts = subprocess.run([tool("pdffonts"), str(target)], capture_output=True, text=True, check=True).stdout
    assert "Type 1" in fonts
    assert "Type 3" not in fonts, "a bitmap"


def test_nothing_is_parted_from_what_it_leads_to(tmp_path: Path) -> None:
    printer = latex.printer("en")
    bodies: list[str] = []  # of each level by itself: a form has 99 pages at most
    for level in LEVELS:
        sheets, keys = "", ""
        for number, exercise in enumerate(bank().values(), 1):
            filled = Filled(exercise.variant(level, level), "en")
            points = {part: Fraction(key.points) for part, key in exercise.parts.items()}
            sheets += printer.blocks(problem(filled, points, number, "compact"))
            keys += printer.blocks(problem_key(filled, points, number))
        bodies += [sheets, keys]
    # Shifted by a line each, so that page ends fall everywhere.
    shifts = [(number, body, n) for number, body in enumerate(bodies) for n in range(3)]
    wanted = [Pages("who", "what", f"AAA-AAA-{number}{n:02d}", "x\n\n" * n + body) for number, body, n in shifts]
    _, target = printed(tmp_path, pieces(wanted), "en")
    text = subprocess.run([tool("pdftotext"), "-layout", str(target), "-"], capture_output=True, text=True, check=True)
    pages = [[line.strip() for line in page.splitlines() if line.strip()] for page in text.stdout.split("\f")]
    # A page's first two lines are its header, the last one its footer.
    full = [lines[2:-1] for lines in pages if len(lines) > 8]
    assert len(full) > 100
    assert [lines[0] for lines in full if lines[0].startswith("Answer (")] == []
    assert [lines[-1] for lines in full if re.match(r"Problem \d+\.|\(\w\) |Choose ", lines[-1])] == []


def test_no_line_for_writing_stands_alone_on_a_page(tmp_path: Path, heights: Heights) -> None:
    _, target = printed(tmp_path, pieces(below(latex.printer("en"), answer_below)), "en")
    assert_lines_stay_together(heights(target))


def below(printer: Any, blocks: Callable[[int], list[Block]]) -> list[Pages]:
    """Pages with blocks below so many lines of text that they come to stand all over the end of a page."""
    return [Pages("who", "what", f"AAA-AAA-{n:03d}", printer.blocks(blocks(n))) for n in range(25, 50)]


def answer_below(lines: int) -> list[Block]:
    """An answer of three ruled lines below so many lines of text, and text after it."""
    first, line, last = (Paragraph((Text(word),)) for word in ("First", "x", "After"))
    return [first, *[line] * lines, AnswerSlot("Answer", 3), last]


def assert_lines_stay_together(pages: list[dict[str, float]]) -> None:
    """Where text after an answer begins a page, none of the answer's lines stands above it."""
    top = min(page["First"] for page in pages if "First" in page)
    heads = [page["After"] for page in pages if "After" in page and "Answer" not in page]
    assert heads
    assert [head for head in heads if abs(head - top) > 1] == []


def test_words_stay_with_the_figure_that_they_lead_to(tmp_path: Path, heights: Heights) -> None:
    _, target = printed(tmp_path, pieces(below(latex.printer("en"), figure_below)), "en")
    assert_words_stay_with_figures(heights(target))


def figure_below(lines: int) -> list[Block]:
    """A figure below so many lines of text, the last of which leads to it."""
    line, words = (Paragraph((Text(word),)) for word in ("x", "Words"))
    return [*[line] * lines, words, Figure(pixel_grid([[777]]), "a pixel")]


def assert_words_stay_with_figures(pages: list[dict[str, float]]) -> None:
    bodies = [page for page in pages if "Words" in page]
    assert [page for page in bodies if "777" not in page] == []
    assert min(page["Words"] for page in bodies) < 150 < 400 < max(page["Words"] for page in bodies)  # on both pages


def test_fractions_in_a_table_do_not_touch(tmp_path: Path, heights: Heights) -> None:
    body = latex.printer("en").blocks([fractions_in_rows()])
    _, target = printed(tmp_path, pieces([Pages("who", "what", "AAA-AAA-000", body)]), "en")
    assert_fractions_have_room(heights(target))


def fractions_in_rows() -> Table:
    """A table of a fraction above another, below a header."""
    rows = [TableRow(((InlineMath(parse(source)),),)) for source in (r"\frac{111}{222}", r"\frac{333}{444}")]
    return Table("c", TableRow(((Text("Header"),),)), tuple(rows))


def assert_fractions_have_room(pages: list[dict[str, float]]) -> None:
    """From the first denominator to the second numerator it is more than the height of small digits, some 5 pt."""
    (page,) = [page for page in pages if "111" in page]
    assert page["333"] - page["222"] > 7.5


def test_rows_of_fractions_are_told_apart(tmp_path: Path, heights: Heights) -> None:
    _, target = printed(tmp_path, pieces([fractions_in_a_matrix(latex.printer("en"))]), "en")
    assert_rows_are_told_apart(heights(target)[0])


def fractions_in_a_matrix(printer: Any) -> Pages:
    """A matrix of two fractions, one below the other."""
    matrix = DisplayMath(parse(r"\begin{pmatrix}\frac{11}{12}\\\frac{13}{14}\end{pmatrix}"))
    return Pages("who", "what", "AAA-AAA-AAA", printer.blocks([Paragraph((Text("Look"),)), matrix]))


def assert_rows_are_told_apart(tops: dict[str, float]) -> None:
    """What is above and below the line of a fraction is nearer to each other than to the fraction in the next row."""
    assert tops["12"] - tops["11"] < tops["13"] - tops["12"] - 1
