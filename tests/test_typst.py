"""Typst, the engine inside Python: everything compiles, prints to the letter, and is the same every time."""

from __future__ import annotations

import dataclasses
import multiprocessing
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import BLUEPRINT, tool
from test_figures import gallery
from test_pdflatex import (
    Heights,
    answer_below,
    assert_fractions_have_room,
    assert_lines_stay_together,
    assert_rows_are_told_apart,
    assert_words_stay_with_figures,
    below,
    figure_below,
    fractions_in_a_matrix,
    fractions_in_rows,
)
from test_printers import DOCUMENT, HOSTILE

from listok.answerkeys.forms import Exam, Student
from listok.answerkeys.keysheet import problem_key
from listok.cli import main
from listok.exams.assembly import assemble
from listok.exams.blueprint import read_blueprint
from listok.exams.build import write_exam
from listok.exams.engine_choice import engine_for
from listok.exams.press import engine, typst_worker
from listok.exams.press.chunk_pdf import print_pages
from listok.exams.press.engine import EngineError, choose_engine
from listok.exams.press.pieces import Piece, Printed, encode_pieces
from listok.exams.press.typst import print_chunk
from listok.generators.bank import bank
from listok.generators.exact import Fraction
from listok.generators.exercise import LEVELS
from listok.templates import latex, typst
from listok.templates.doctree import (
    CodeBlock,
    DisplayMath,
    Figure,
    Hole,
    InlineMath,
    ItemList,
    ListItem,
    Paragraph,
    Text,
)
from listok.templates.files import OutputError
from listok.templates.mathparse import parse
from listok.templates.mathtree import (
    LATEX_FUNCTIONS,
    SYMBOLS,
    Function,
    Math,
    Operator,
    Row,
    Script,
    Symbol,
    UnfilledError,
)
from listok.templates.pages import Pages
from listok.templates.sheet import problem
from listok.templates.text import LANGS, Filled, Lang
from listok.templates.typst_paper import document, form, preamble

Read = Callable[[Path], str]

NASTY = [
    *HOSTILE, '#read("/etc/passwd")', "*x* _y_ @y </td> #x", "// no /* comment", '\\" "', "= a", "https://a.b", "~"
]  # fmt: skip


def compiled(pages: list[Pages], folder: Path, lang: Lang = "ru", paper: str = "a4") -> Path:
    target = folder / "x.pdf"
    pieces = [Piece(str(number), form(run)) for number, run in enumerate(pages)]
    assert print_chunk(preamble(lang, paper), pieces, target).broken == ()
    assert target.read_bytes().startswith(b"%PDF")
    return target


def words(text: str) -> str:
    """What is printed, whatever the line breaks and spaces (hyphens at line ends included)."""
    return re.sub(r"\s+", "", text)


def exam_of(folder: Path, students: tuple[Student, ...], **changes: object) -> Exam:
    path = folder / "exam.toml"
    path.write_text(BLUEPRINT, encoding="utf-8")
    return assemble(dataclasses.replace(read_blueprint(path), **changes), students)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", LANGS)
def test_every_construct_compiles(tmp_path: Path, lang: Lang, pdftotext: Read) -> None:
    body = typst.printer(lang).blocks(DOCUMENT)
    printed = pdftotext(compiled([Pages("a", "b", "ABC-123-DEF", body), Pages("c", "d", "", body)], tmp_path, lang))
    for text in ("Листок", "Задача 1", "пере[ворачивается", "x = [1, -2] # _%", "иначе", "[1] & 2", "Ответ:"):
        assert printed.count(text) >= 2, text
    assert ("−0,5" if lang == "ru" else "−0.5") in printed


def test_every_symbol_and_function_compiles_next_to_letters(tmp_path: Path, pdftotext: Read) -> None:
    printer = typst.printer("en")
    nodes: list[Math] = [Symbol(s) if SYMBOLS[s].role == "letter" else Operator(s) for s in SYMBOLS]
    nodes += [Function(name) for name in sorted(LATEX_FUNCTIONS | {"argmax", "ReLU", "шаг"})]
    x, y, i, prime = (Symbol(name) for name in ("x", "y", "i", "prime"))
    paragraphs = [Paragraph((InlineMath(Row((x, node, y, Script(node, i, prime), node))),)) for node in nodes]
    printed = pdftotext(compiled([Pages("a", "b", "", printer.blocks(paragraphs))], tmp_path))
    assert all(name in printed for name in ("argmax", "ReLU", "шаг", "∇", "≤"))


def test_pictures_compile_in_both_languages(tmp_path: Path, pdftotext: Read) -> None:
    for lang in LANGS:
        body = typst.printer(lang).blocks([Figure(scene, name) for name, scene in gallery().items()])
        printed = pdftotext(compiled([Pages("a", "b", "", body)], tmp_path, lang))
        assert ("0,25" if lang == "ru" else "0.25") in printed


def test_hostile_text_is_printed_to_the_letter(tmp_path: Path, pdftotext: Read) -> None:
    blocks = [
        *(Paragraph((Text(text),)) for text in NASTY),
        *(DisplayMath(parse(rf"\text{{{text}}}")) for text in ("*x* @y", "</td>", "a//b")),
        CodeBlock("\n".join(NASTY)),
    ]
    pages = [Pages(text, text, "ABC-123-DEF", "x") for text in NASTY]
    printed = words(pdftotext(compiled([*pages, Pages("", "", "", typst.printer("en").blocks(blocks))], tmp_path)))
    for text in NASTY:
        # A dash keeps to its word, and a soft hyphen is not seen inside a line.
        assert printed.count(words(text.replace("\u00ad", ""))) >= 3 or "\u00ad" in text, text
    assert "root:" not in printed


@pytest.mark.parametrize("lang", LANGS)
def test_the_whole_bank_compiles_in_one_document(tmp_path: Path, lang: Lang, pdftotext: Read) -> None:
    printer = typst.printer(lang)
    pages, titles, codes = [], [], []
    for exercise in bank().values():
        for level in LEVELS:
            variant = exercise.variant(level, level)
            filled = Filled(variant, lang)
            points = {part: Fraction(key.points) for part, key in exercise.parts.items()}
            space = ("none", "compact", "normal", "roomy")[(level + exercise.number) % 4]
            sheet = printer.blocks(problem(filled, points, 1, space))
            key = printer.blocks(problem_key(filled, points, 1, mistakes=True))
            pages.append(Pages("Студент", exercise.name, variant.code, f"{sheet}\n#pagebreak()\n{key}"))
            titles.append(filled.title)
            codes.append(variant.code)
    printed = words(pdftotext(compiled(pages, tmp_path, lang)))
    assert [title for title in titles if words(title) not in printed] == []
    assert [code for code in codes if code not in printed] == []
    assert words("Типичные ошибки" if lang == "ru" else "Typical mistakes") in printed


def test_forms_begin_on_odd_pages_counted_from_one(tmp_path: Path, pdftotext: Read) -> None:
    long = typst.printer("ru").blocks([Paragraph((Text("Слово. " * 900),))])
    bodies = {"один": "x", "два": long, "три": "y"}
    runs = [Pages(who, "", f"AAA-AAA-00{number}", body) for number, (who, body) in enumerate(bodies.items())]
    pages = pdftotext(compiled(runs, tmp_path)).split("\f")[:-1]
    assert len(pages) % 2 == 0
    for run, body in zip(runs, (1, 2, 1), strict=True):
        held = [n for n, page in enumerate(pages, 1) if run.code in page]
        assert held[0] % 2 == 1
        assert len(held) % 2 == 0
        counted = [re.findall(r"с\.\s+(\d+)\s+из\s+(\d+)", pages[n - 1]) for n in held]
        count = sum(map(len, counted))
        assert count >= body
        assert counted[:count] == [[(str(n + 1), str(count))] for n in range(count)]
    assert pages[1].split() == ["один", "AAA-AAA-000"], "the page that fills a leaf is empty"


def test_letter_paper(tmp_path: Path) -> None:
    pdf = compiled([Pages("a", "b", "", "x")], tmp_path, paper="letter")
    said = subprocess.run([tool("pdfinfo"), str(pdf)], capture_output=True, text=True, check=True).stdout
    assert "612 x 792 pts (letter)" in said


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("0.5", '"0,5"'),
        ("-3", "−3"),
        (r"y\cdot 2", "y · 2"),
        ("ab", "a b"),
        (r"\alpha x", "α x"),
        (r"x_1^2", "x_(1)^(2)"),
        ("f'(x)", "f^(primes(#1))\\(x\\)"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", 'display(mat(delim: "(", 1, 2; 3, 4))'),
        (r"\frac{a,b}{2}", r"frac(a\,b, 2)"),
        (r"|x|", r"lr(\|x\|)"),
        (r"\left\lfloor x\right.", r"lr(\⌊x)"),
        (r"{xy}^2", "attach(x y, t: 2)"),
        (r"\text{a_b}", '"a_b"'),
    ],
)
def test_formulas(source: str, printed: str) -> None:
    assert typst.printer("ru").math(parse(source)) == f"${printed}$"


def test_unfilled_places_are_errors() -> None:
    with pytest.raises(UnfilledError):
        typst.printer("ru").inlines([Hole("x")])


def test_names_are_judged_by_the_fonts_inside(tmp_path: Path, pdftotext: Read) -> None:
    for code in range(0x20, 0x2300):
        if latex.printable(chr(code)):
            assert not typst.unprintable(chr(code)), hex(code)
    names = ("Nguyễn Văn Ánh", "გიორგი მაისურაძე", "Արամ", "Łódź Ñandú", "Αθηνά", "Олекса Ґалаґан")
    assert [typst.unprintable(name) for name in names] == [""] * len(names)
    printed = words(pdftotext(compiled([Pages(name, "", "", "x") for name in names], tmp_path)))
    assert [name for name in names if words(name) not in printed] == []
    for char in "王中😀\u202e\u200b\x00\x1b\ufeff\ud800ع":
        assert typst.unprintable(f"a{char}b{char}") == char


def test_a_failure_is_one_line(tmp_path: Path) -> None:
    for text, message in (
        ("a\n#nope(1)", "typst failed: unknown variable: nope"),
        ('#read("/etc/passwd")', "typst failed: file not found"),
        ('#read("../x.typ")', "typst failed: "),
        ("#{", "typst failed: unclosed delimiter"),
    ):
        with pytest.raises(EngineError, match=re.escape(message)) as caught:
            print_chunk(preamble("en"), [Piece("x", text)], tmp_path / "x.pdf")
        assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_document_is_one_file_that_typst_compiles(tmp_path: Path, pdftotext: Read) -> None:
    import typst as compiler

    source, target = tmp_path / "x.typ", tmp_path / "x.pdf"
    runs = [Pages("one", "", "AAA-AAA-AAA", "x"), Pages("two", "", "BBB-BBB-BBB", "y")]
    source.write_text("".join(document(runs, "en")), encoding="utf-8")
    compiler.compile(str(source), output=str(target), ignore_system_fonts=True)
    assert "two" in pdftotext(target)


def test_processes_that_fork_after_a_chunk_still_print(tmp_path: Path) -> None:
    wanted = [Piece("x", form(Pages("who", "what", "", "x")))]
    print_chunk(preamble("en"), wanted, tmp_path / "0.pdf")
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.starmap_async(print_chunk, [(preamble("en"), wanted, tmp_path / f"{n}.pdf") for n in (1, 2)]).get(60)
    assert len({(tmp_path / f"{n}.pdf").read_bytes() for n in range(3)}) == 1


def test_the_same_exam_gives_the_same_bytes_anywhere(tmp_path: Path) -> None:
    exam = exam_of(tmp_path, (Student("1", "Анна"), Student("2", "Nguyễn Ánh")))
    for name in ("one", "two"):
        written = write_exam(exam, tmp_path / name, engine="typst")
        assert {"sheets.typ", "keys.typ", "sheets.pdf", "keys.pdf"} < {path.name for path in written}
        assert not (tmp_path / name / "sheets.tex").exists(), "there is no LaTeX of a name its fonts lack"
    for name in ("sheets.pdf", "keys.pdf"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_another_engine_takes_its_files_along(tmp_path: Path) -> None:
    exam = exam_of(tmp_path, (Student("1", "Анна"),))
    write_exam(exam, tmp_path / "out", engine="typst", pdf=False)
    assert (tmp_path / "out/sheets.typ").exists()
    assert (tmp_path / "out/sheets.tex").exists()
    with pytest.raises(OutputError, match="is there already"):
        write_exam(exam, tmp_path / "out", pdf=False)
    write_exam(exam, tmp_path / "out", pdf=False, force=True)
    assert not (tmp_path / "out/sheets.typ").exists()


def test_names_choose_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listok.exams.press.engine.find_pdflatex", lambda: "/usr/bin/pdflatex")
    monkeypatch.setattr("listok.exams.press.engine.has_fonts", lambda: True)
    plain, far, farther = ([Student("1", name)] for name in ("Анна", "გიორგი", "王小明"))
    blueprint = tmp_path / "e.toml"
    blueprint.write_text("[[items]]\nexercise = 10\n", encoding="utf-8")
    plan, files = read_blueprint(blueprint), ("e.toml", "r.csv")
    assert engine_for(plan, plain, files) == ("pdflatex", "")
    chosen, note = engine_for(plan, far, files)
    assert chosen == "typst"
    assert note.startswith("r.csv: student '1': pdfLaTeX's fonts have no 'გ' (U+10D2): ")
    assert engine_for(plan, far, files, "typst") == ("typst", "")
    with pytest.raises(OutputError, match=r"pdfLaTeX's fonts have no 'გ'"):
        engine_for(plan, far, files, "pdflatex")
    for name in ("auto", "typst"):
        with pytest.raises(OutputError, match=r"r\.csv: student '1': Typst's fonts have no '王' \(U\+738B\)"):
            engine_for(plan, farther, files, name)
    for words in ({"title": {"ru": "გ"}}, {"course": {"ru": "გ"}}, {"instructions": {"ru": "გ"}}, {"date": "გ"}):
        (key,) = words
        named = dataclasses.replace(plan, **words)
        chosen, note = engine_for(named, plain, files)
        assert chosen == "typst"
        assert note.startswith(f"e.toml: {key}: pdfLaTeX's fonts have no 'გ' (U+10D2): ")
        with pytest.raises(OutputError, match=rf"^e\.toml: {key}: pdfLaTeX's fonts have no 'გ'"):
            engine_for(named, plain, files, "pdflatex")
    chinese = dataclasses.replace(plan, title={"ru": "王", "en": "Exam"})
    for name in ("auto", "typst"):
        with pytest.raises(OutputError, match=r"^e\.toml: title: Typst's fonts have no '王' \(U\+738B\): use Latin"):
            engine_for(chinese, plain, files, name)
    assert engine_for(dataclasses.replace(chinese, langs=("en",)), plain, files) == ("pdflatex", "")


def test_a_title_beyond_latex_is_printed_by_typst_alone(tmp_path: Path, pdftotext: Callable[[Path], str]) -> None:
    exam = dataclasses.replace(exam_of(tmp_path, (Student("1", "Анна"),)), title={"ru": "გამოცდა", "en": "Exam"})
    written = write_exam(exam, tmp_path / "out", engine="typst")
    assert tmp_path / "out/sheets.tex" not in written
    assert "გამოცდა" in pdftotext(tmp_path / "out/sheets.pdf")


def test_auto_is_pdflatex_then_typst_then_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "find_pdflatex", lambda: "/usr/bin/pdflatex")
    monkeypatch.setattr(engine, "has_fonts", lambda: True)
    assert choose_engine("auto") == "pdflatex"
    assert choose_engine("typst") == "typst"
    monkeypatch.setattr(engine, "has_fonts", lambda: False)
    assert choose_engine("auto") == "typst"
    monkeypatch.setattr(engine, "has_typst", lambda: False)
    assert choose_engine("auto") is None
    assert choose_engine("pdflatex") == "pdflatex"
    with pytest.raises(EngineError, match="pip install"):
        choose_engine("typst")
    monkeypatch.setattr(engine, "find_pdflatex", lambda: None)
    with pytest.raises(EngineError, match="apt-get install"):
        choose_engine("pdflatex")


def test_build_without_tex_ends_with_pdfs(
    class_files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pdftotext: Read
) -> None:
    blueprint, roster = class_files
    monkeypatch.setattr("listok.exams.press.engine.find_pdflatex", lambda: None)
    arguments = ["build", str(blueprint), "--roster", str(roster), "--out", str(tmp_path / "out"), "--lang", "both"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    for stem in ("sheets.ru", "sheets.en", "keys.ru", "keys.en"):
        assert str(tmp_path / "out" / f"{stem}.pdf") in done.stdout.splitlines()
    assert "Анна Белая" in pdftotext(tmp_path / "out/sheets.ru.pdf")
    assert "Задача 1." in pdftotext(tmp_path / "out/keys.ru.pdf")
    assert "Problem 1." in pdftotext(tmp_path / "out/sheets.en.pdf")


def test_doctor_reports_both_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listok.cli.doctor_.find_pdflatex", lambda: None)
    monkeypatch.setattr("listok.exams.press.engine.find_pdflatex", lambda: None)
    done = CliRunner().invoke(main, ["doctor"])
    assert done.exit_code == 0
    assert "pdfLaTeX: missing" in done.stdout
    assert re.search(r"^Typst: 0\.\d+\.\d+$", done.stdout, re.M)
    assert "PDFs can be made, with Typst." in done.stdout
    monkeypatch.setattr("listok.cli.doctor_.has_typst", lambda: False)
    monkeypatch.setattr("listok.exams.press.engine.has_typst", lambda: False)
    done = CliRunner().invoke(main, ["doctor"])
    assert done.exit_code == 1
    assert "Typst: missing" in done.stdout
    assert "pip install" in done.stdout


@pytest.mark.parametrize(("broken", "code"), [("pdflatex", 1), ("typst", 0)])
def test_doctor_fails_where_the_engine_of_builds_does(monkeypatch: pytest.MonkeyPatch, broken: str, code: int) -> None:
    def fail() -> bool:
        raise EngineError("it is broken")

    for module in ("listok.exams.press.engine", "listok.cli.doctor_"):
        monkeypatch.setattr(f"{module}.find_pdflatex", lambda: "/bin/true")
        monkeypatch.setattr(f"{module}.has_fonts", lambda: True)
    for name in ("pdflatex", "typst"):
        works = fail if name == broken else bool
        monkeypatch.setattr(f"listok.exams.press.{name}.print_test_page", works)
    done = CliRunner().invoke(main, ["doctor"])
    assert done.exit_code == code
    assert "test page: not printed: it is broken" in done.stdout
    assert ("PDFs can be made, with pdfLaTeX." in done.stdout) == (code == 0)
    assert ("`listok build --engine typst`" in done.stdout) == (code == 1)


def piece(number: int, body: str = "x", lang: Lang = "en") -> Piece:
    text = typst.printer(lang).blocks([Paragraph((Text(f"Piece {number}"),))])
    return Piece(f"P{number}", form(Pages("who", "what", f"AAA-AAA-{number:03d}", f"{text}\n{body}")))


def chunk(pieces: Sequence[Piece], target: Path) -> Printed:
    return print_chunk(preamble("en"), pieces, target)


def test_a_chunk_says_where_its_pieces_stand(tmp_path: Path, pdftotext: Read) -> None:
    long = typst.printer("en").blocks([Paragraph((Text("Word. " * 900),))])
    pieces = [piece(number, long if number % 5 == 2 else "x") for number in range(typst_worker.BATCH + 4)]
    printed = chunk(pieces, tmp_path / "x.pdf")
    pages = pdftotext(tmp_path / "x.pdf").split("\f")[:-1]
    assert printed.broken == ()
    assert [id_ for id_, _, _ in printed.pages] == [each.id for each in pieces]
    after = 1
    for number, (_, first, count) in enumerate(printed.pages):
        assert first == after
        assert count % 2 == 0
        after += count
        held = [page for page in pages[first - 1 : first - 1 + count] if f"AAA-AAA-{number:03d}" in page]
        assert len(held) == count
        # Page x of y, y without the empty page that fills a leaf.
        counted = 2 if number % 5 == 2 else 1
        said = [re.findall(r"p\.\s+(\d+)\s+of\s+(\d+)", page) for page in held]
        assert said == [[(str(n), str(counted))] if n <= counted else [] for n in range(1, count + 1)]
    assert after == len(pages) + 1


def test_broken_pieces_are_named_and_left_out(tmp_path: Path, pdftotext: Read) -> None:
    pieces = [piece(number) for number in range(20)]
    broken = {
        3: ("#nope(1)", "unknown variable: nope (line "),
        4: ("] #let form = none", "unexpected closing bracket"),
        11: ("#{", "unclosed delimiter"),
        17: ('#read("0.typ")\n#read("/etc/passwd")', "file not found"),
    }
    for number, (body, _) in broken.items():
        pieces[number] = piece(number, body)
    pieces[8] = Piece("P8", "nothing of a form")
    printed = chunk(pieces, tmp_path / "x.pdf")
    said = dict(printed.broken)
    assert list(said) == ["P3", "P4", "P8", "P11", "P17"]
    assert said["P8"] == "it is not one whole run of pages"
    for number, (_, message) in broken.items():
        assert message in said[f"P{number}"]
    text = pdftotext(tmp_path / "x.pdf")
    for number in range(20):
        assert (f"Piece {number}\n" in text) == (f"P{number}" not in said), number
    assert [(first, count) for _, first, count in printed.pages] == [(2 * n + 1, 2) for n in range(15)]


def test_an_endless_piece_is_named_and_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch, tmp_path, BASE_SECONDS=2, SECONDS_PER_PIECE=0)
    endless = "#for i in range(9999) { for j in range(9999) { for k in range(9999) { (i,) } } }"
    printed = chunk([piece(0), piece(1, endless), piece(2)], tmp_path / "x.pdf")
    assert [id_ for id_, _, _ in printed.pages] == ["P0", "P2"]
    ((culprit, error),) = printed.broken
    assert culprit == "P1"
    assert "stopped by signal" in error


SABOTEUR = """
import os, pathlib, re, sys, time
sys.path.remove(os.environ["PYTHONPATH"])
del sys.modules["typst"]
import typst
real = typst.Compiler

def compiler(**options):
    main = pathlib.Path("main.typ").read_text()
    said = "".join(pathlib.Path(name).read_text() for name in re.findall('include "(.*?)"', main))
    if "// hangs" in said:
        time.sleep(300)
    if "// crashes" in said:
        os.abort()
    if "// fills the disk" in said:
        open("/dev/full", "wb").write(bytes(10**6))
    return real(**options)

typst.Compiler = compiler
"""
"""Stands in the place of Typst, and fails at pieces that ask for it."""


@pytest.fixture
def saboteur(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fake/typst").mkdir(parents=True)
    (tmp_path / "fake/typst/__init__.py").write_text(SABOTEUR)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "fake"))


def impatient(monkeypatch: pytest.MonkeyPatch, folder: Path, **constants: int) -> None:
    """Let the process that compiles Typst have less patience."""
    source = Path(typst_worker.__file__).read_text(encoding="utf-8")
    for name, value in constants.items():
        source, count = re.subn(rf"^{name} = \d+$", f"{name} = {value}", source, flags=re.M)
        assert count == 1
    (folder / "worker.py").write_text(source, encoding="utf-8")
    monkeypatch.setattr(typst_worker, "__file__", str(folder / "worker.py"))


@pytest.mark.parametrize(("deed", "number"), [("hangs", signal.SIGALRM), ("crashes", signal.SIGABRT)])
@pytest.mark.usefixtures("saboteur")
def test_a_piece_at_which_typst_hangs_or_crashes_is_named_and_left_out(
    deed: str, number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch, tmp_path, BASE_SECONDS=4, SECONDS_PER_PIECE=0, PATIENCE=1)
    printed = chunk([piece(0), piece(1, f"// {deed}"), piece(2)], tmp_path / "x.pdf")
    assert [id_ for id_, _, _ in printed.pages] == ["P0", "P2"]
    ((culprit, error),) = printed.broken
    assert culprit == "P1"
    assert f"the compiler was stopped by signal {int(number)}: " in error


@pytest.mark.usefixtures("saboteur")
def test_a_full_disk_is_no_fault_of_the_pieces(tmp_path: Path) -> None:
    pieces = [piece(0), piece(1, "// fills the disk")]
    with pytest.raises(OSError, match="No space left on device"):
        chunk(pieces, tmp_path / "x.pdf")
    assert not (tmp_path / "x.pdf").exists()
    with pytest.raises(OSError, match="No space left on device") as caught:
        print_pages("typst", preamble("en"), encode_pieces(pieces))
    assert caught.value.filename == tempfile.gettempdir(), "where to make room"


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import time; time.sleep(300)", "typst did not finish in 2 s and was stopped"),
        ("import os; os.abort()", "typst failed: stopped by signal 6"),
        ("import sys; sys.exit(3)", "typst failed: exit status 3"),
        ("raise ImportError('no module')", "typst failed: ImportError: no module"),
    ],
)
def test_where_the_whole_process_of_typst_fails_the_chunk_does(
    program: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listok.exams.press.typst.SECONDS", 1)
    monkeypatch.setattr("listok.exams.press.typst.SECONDS_PER_PIECE", 1)
    (tmp_path / "worker.py").write_text(program)
    monkeypatch.setattr(typst_worker, "__file__", str(tmp_path / "worker.py"))
    with pytest.raises(EngineError, match=f"^{message}$"):
        chunk([piece(0)], tmp_path / "x.pdf")
    assert not (tmp_path / "x.pdf").exists()


def test_a_disk_too_full_to_say_so_is_no_fault_of_the_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "worker.py").write_text("import os, sys; os.symlink('/dev/full', 'room'); sys.exit(1)")
    monkeypatch.setattr(typst_worker, "__file__", str(tmp_path / "worker.py"))
    with pytest.raises(OSError, match="No space left on device"):
        chunk([piece(0)], tmp_path / "x.pdf")


def test_a_chunk_of_broken_pieces_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="typst failed: unknown variable: nope"):
        chunk([piece(0, "#nope")], tmp_path / "x.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_chunk_has_the_same_bytes_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [piece(number) for number in range(typst_worker.BATCH + 2)]
    chunk(pieces, tmp_path / "one.pdf")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("RAYON_NUM_THREADS", "7")
    monkeypatch.setenv("PYTHONHASHSEED", "5")
    chunk(pieces, tmp_path / "two.pdf")
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_no_answer_is_parted_from_its_question(tmp_path: Path, pdftotext: Read) -> None:
    printer = typst.printer("en")
    problems: dict[int, list[str]] = {level: [] for level in LEVELS}  # a form has 99 pages at most
    for level in LEVELS:
        for number, exercise in enumerate(bank().values(), 1):
            filled = Filled(exercise.variant(level, level), "en")
            points = {part: Fraction(key.points) for part, key in exercise.parts.items()}
            problems[level].append(printer.blocks(problem(filled, points, number, "compact")))
    # Shifted by a line each, so that page ends fall everywhere.
    runs = [
        Pages("who", "what", "AAA-AAA-AAA", "".join([printer.blocks([Paragraph((Text("x"),))]) * shift, *level]))
        for level in problems.values()
        for shift in range(3)
    ]
    pages = pdftotext(compiled(runs, tmp_path, "en")).split("\f")
    bodies = [[line for line in page.splitlines() if line.strip()] for page in pages]
    full = [body for body in bodies if len(body) > 5]
    assert len(full) > 60
    # A page's first two lines are its header, the last one its footer.
    assert [body[2] for body in full if body[2].strip().startswith("Answer (")] == []
    assert [body[-2] for body in full if re.match(r"\s*(Problem \d+\.|\(\w\) |Choose )", body[-2])] == []


def test_no_line_for_writing_stands_alone_on_a_page(tmp_path: Path, heights: Heights) -> None:
    pages = below(typst.printer("en"), answer_below)
    assert_lines_stay_together(heights(compiled(pages, tmp_path, "en")))


def test_short_lists_stay_on_one_line() -> None:
    printer = typst.printer("en")
    assert printer.inlines((InlineMath(parse("(0, 1)")),)) == '#"(0,\u202f1)"'
    long = printer.inlines((InlineMath(parse(f"({', '.join(['-0.5'] * 11)})")),))
    assert long.count(",\u2009−0.5") == 10


def test_answers_are_set_flush_left() -> None:
    answer = ListItem("(a)", (Paragraph((Text("x"),), ragged=True), Paragraph((Text("why"),))))
    other = ListItem("(b)", (Paragraph((Text("x"),)), *answer.content))
    printed = typst.printer("en").blocks((ItemList((answer, other)),))
    assert printed.count("ragged: true") == 1
    assert typst.printer("en").blocks(answer.content[:1]).startswith("#par(justify: false)[")


def test_words_stay_with_the_figure_that_they_lead_to(tmp_path: Path, heights: Heights) -> None:
    pages = below(typst.printer("en"), figure_below)
    assert_words_stay_with_figures(heights(compiled(pages, tmp_path, "en")))


def test_fractions_in_a_table_do_not_touch(tmp_path: Path, heights: Heights) -> None:
    body = typst.printer("en").blocks([fractions_in_rows()])
    assert_fractions_have_room(heights(compiled([Pages("who", "what", "AAA-AAA-000", body)], tmp_path, "en")))


def test_rows_of_fractions_are_told_apart(tmp_path: Path, heights: Heights) -> None:
    assert_rows_are_told_apart(heights(compiled([fractions_in_a_matrix(typst.printer("en"))], tmp_path, "en"))[0])
