"""The printers: LaTeX that compiles, MathML that is well-formed, plain text that reads well; numbers as on paper."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listok.generators.exact import Fraction as Q
from listok.generators.figures import Circle, Label, Line, Scene
from listok.templates import html, latex, plain, typst
from listok.templates.doctree import (
    AnswerSlot,
    Block,
    Bound,
    Code,
    CodeBlock,
    DisplayMath,
    Emphasis,
    Figure,
    FigureHole,
    Heading,
    Inline,
    InlineMath,
    ItemList,
    ListItem,
    Paragraph,
    Phrase,
    Plural,
    Rule,
    Strong,
    Table,
    TableRow,
    Text,
    Together,
    Whole,
)
from listok.templates.mathparse import parse
from listok.templates.mathtree import (
    LATEX_FUNCTIONS,
    SYMBOLS,
    Fenced,
    Fraction,
    Function,
    Grid,
    Hole,
    Math,
    Num,
    Operator,
    Row,
    Script,
    Section,
    Symbol,
    UnfilledError,
)
from listok.templates.numbers import number_node, uneven

LANGS: tuple[Literal["ru", "en"], ...] = ("ru", "en")

FORMULAS = [
    r"\sum_{i=1}^{n} w_i x_i = \frac{1}{2}|-0.5| - \int_0^1 x\,dx + \prod_k a_k",
    r"\begin{aligned} a_{1} &= \frac{1}{2} \\ c&=-d+\max(0, -2) & x &\le y\end{aligned}",
    r"\begin{pmatrix}-0.5 & 1\\ \frac12&3\end{pmatrix}^T\begin{matrix}1\\2\end{matrix}",
    r"f'(x)^2 + \hat y + \bar x + \tilde{z} + \vec v + \dot u \ne \underbrace{a+b}_{\text{сумма, 5%}}",
    r"\operatorname{ReLU}(-3)=\begin{cases}0,&x\le0\\x,&\text{иначе}\end{cases}",
    r"\left\lfloor\frac{n+2p-k}{s}\right\rfloor+1\quad\sqrt{2}\qquad \left.x\right|_0^1",
    r"\lim_{x\to\infty}\operatorname{argmax}_i x_i \colon \operatorname{шаг}\, \mathbb{R}^n\mapsto\mathbb{R}",
    r"\left\{\left[\left\lVert x \right\rVert\right]\right\} \left\langle\left\lceil x\right\rceil\right\rangle",
    r"w^* \quad {}^T \quad {xy}^2 \quad (x)^2 \quad x''",
]


def _math(source: str) -> InlineMath:
    return InlineMath(parse(source))


def _paragraph(*parts: str | Inline) -> Paragraph:
    return Paragraph(tuple(Text(part) if isinstance(part, str) else part for part in parts))


SCENE = Scene(
    30, 20, (Line((5, 5), (25, 15)), Circle((5, 5), 3), Label((5, 5), "x_1"), Label((15, 10), Q(-1, 2), True))
)

DOCUMENT: tuple[Block, ...] = (
    Heading(1, (Text("Листок — 1"),), (Text("ABC-123"),)),
    Heading(2, (Text("Задача 1"),), (Text("3 балла"),)),
    _paragraph(
        "Ядро — ",
        Emphasis((Text("не"),)),
        Strong((Text("пере[ворачивается"),)),
        Code("x = [1, -2] # _%"),
        _math("-0.5"),
    ),
    *(DisplayMath(parse(source)) for source in FORMULAS),
    *(_paragraph(_math(source)) for source in FORMULAS),
    _paragraph(InlineMath(Num("-1.5e-9")), InlineMath(Script(Num("-2"), None, Num("2")))),
    Table(
        "lcr",
        TableRow(((Text("A"),), (Text("B"),), (_math(r"\begin{pmatrix}1&2\\3&4\end{pmatrix}"),))),
        (TableRow(((Text("[0]"),), (Text("*"),), (_math("[1]"),))), TableRow(((Text("[1] & 2"),), (Text("*"),), ()))),
    ),
    Table("c", None, (TableRow(((Text("1"),),)),)),
    ItemList(
        (
            ListItem("(а)", (_paragraph("[первое] " * 30), DisplayMath(parse("x=1")), AnswerSlot("Ответ:", 2))),
            ListItem("[б]", (ItemList((ListItem("•", (_paragraph("внутри"),)),)), DisplayMath(parse("y")))),
            ListItem("3.", (Table("l", None, (TableRow(((Text("3"),),)),)),)),
            ListItem("4.", (Figure(SCENE, 'Сеть "A" <B>'),)),
        )
    ),
    CodeBlock("def f(x):\n    return [x--1, '\"']\n[1]\n\n*x\n"),
    Figure(SCENE, 'Сеть "A" <B>'),
    AnswerSlot("Ответ:", 3),
    AnswerSlot("Ответ:", 2, (2, 3)),
    AnswerSlot("Ответ:", 0, (1, 2)),
    AnswerSlot("Ответ:", 0),
    AnswerSlot("Рисунок:", 0, frame=40),
    Rule(),
    Together((Heading(3, (Text("Решение"),)), _paragraph("Текст"), DisplayMath(parse("x=2")))),
    Whole((_paragraph("Вопрос"), ItemList((ListItem("а)", (_paragraph("да"),)),)), AnswerSlot("Ответ:", 1))),
    ItemList((ListItem("(а)", (Whole((_paragraph("Вопрос"), _paragraph("Какой?"), AnswerSlot("Ответ:", 1))),)),)),
    _paragraph("Общее ", Phrase((Text("место"),))),
)

# What a name or a teacher's words may hold: everything that TeX could read as an order.
HOSTILE = [
    r"Иванов & Co_{}%$#~^\input{/etc/passwd}",
    r"\end{document}",
    "^^5cinput ^^M",
    "a--b---c ``q'' ,,q'' <<q>> ?` !` \"q\" \"= \"| 'x'",
    "[x] *y* a|b <c> $x$ {",
    "Ґанна Їжак, Ўладзімір, Ҷамшед Ҳақ, Әлфия Җәлил, Łódź, Çağrı Ñandú, Groß, Œuvre",
    "№ 5 §2 «a» “b” „c“ ‘d’ 5 °C ±2 × 3 − 1 ≤ α → … – — 3\u00a0кг со\u00adлома",
]

PREAMBLE = (
    r"""\documentclass[11pt,a4paper]{article}
\makeatletter\input{t2aenc.def}\makeatother
\DeclareFontFamily{T2A}{cmr}{\hyphenchar\font45}
\DeclareFontShape{T2A}{cmr}{m}{n}{<->larm1000}{}\DeclareFontShape{T2A}{cmr}{m}{it}{<->lati1000}{}
\DeclareFontShape{T2A}{cmr}{bx}{n}{<->labx1000}{}\DeclareFontShape{T2A}{cmr}{bx}{it}{<->labi1000}{}
\DeclareFontFamily{T2A}{cmtt}{\hyphenchar\font-1}
\DeclareFontShape{T2A}{cmtt}{m}{n}{<->latt1000}{}\DeclareFontShape{T2A}{cmtt}{bx}{n}{<->latt1000}{}
\usepackage[T2A]{fontenc}\usepackage[utf8]{inputenc}\usepackage[LANGUAGES]{babel}
\usepackage{"""
    + ",".join(latex.PACKAGES)
    + "}\n"
    + r"\setlength{\parindent}{0pt}\tracinglostchars=2\pdfcompresslevel=0"
    + latex.MACROS
    + "\\begin{document}\n"
)

needs_tex = pytest.mark.skipif(
    shutil.which("pdflatex") is None and not os.environ.get("CI"), reason="pdflatex is not installed"
)


def _compile(folder: Path, body: str, languages: str = "english,russian") -> str:
    """Compile a body and return the log; fails on the first TeX error and on characters missing from the fonts."""
    preamble = PREAMBLE.replace("LANGUAGES", languages)
    (folder / "test.tex").write_text(f"{preamble}{body}\n\\end{{document}}\n", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "test.tex"]
    environment = os.environ | {"openin_any": "p", "openout_any": "p", "max_print_line": "1000"}
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=100, check=False)
    log = run.stdout.decode("latin-1")
    errors = re.findall(r"^!.*(?:\n.*){0,4}", log, re.MULTILINE)
    assert not errors
    assert run.returncode == 0, log[-500:]
    assert "Missing character" not in log
    return log


def _text_of(folder: Path) -> str:
    command = ["pdftotext", "-enc", "UTF-8", "-layout", "test.pdf", "-"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout.decode()


# LaTeX


@needs_tex
@pytest.mark.parametrize("lang", LANGS)
def test_latex_of_every_construct_compiles(tmp_path: Path, lang: Literal["ru", "en"]) -> None:
    languages = "english,russian" if lang == "ru" else "russian,english"
    body = latex.printer(lang).blocks(DOCUMENT)
    # Twice, and inside a group: no macro may leave anything behind.
    log = _compile(tmp_path, f"{body}\\begingroup {body}\\endgroup", languages)
    assert "Overfull" not in log
    fonts = shutil.which("pdffonts")
    if fonts:
        listing = subprocess.run([fonts, "test.pdf"], cwd=tmp_path, capture_output=True, check=True).stdout.decode()
        assert "Type 3" not in listing


@needs_tex
def test_latex_of_every_symbol_and_function_compiles(tmp_path: Path) -> None:
    printer = latex.printer("en")
    nodes: list[Math] = [Symbol(s) if SYMBOLS[s].role == "letter" else Operator(s) for s in SYMBOLS]
    nodes += [Function(name) for name in sorted(LATEX_FUNCTIONS | {"argmax", "ReLU"})]
    body = "\n\n".join(printer.math(Row((Symbol("x"), Script(node, Symbol("i"), None), Symbol("y")))) for node in nodes)
    _compile(tmp_path, body)


@needs_tex
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_hostile_text_is_printed_to_the_letter(tmp_path: Path) -> None:
    assert all(latex.printable(text) for text in HOSTILE)
    body = "\n\n".join(latex.escape(text) for text in HOSTILE)
    in_math = "\n\n".join(f"$\\text{{{latex.escape(text)}}}$" for text in HOSTILE[:3])
    code = latex.printer("ru").blocks([CodeBlock("\n".join(HOSTILE[:3]))])
    _compile(tmp_path, f"{body}\n\n{in_math}\n\n{code}")
    printed = _text_of(tmp_path)
    assert printed.count(r"Иванов & Co_{}%$#~^\input{/etc/passwd}") == 3
    assert printed.count(r"\end{document}") == 3
    assert printed.count("^^5cinput ^^M") == 3
    assert "a--b---c" in printed
    assert ",,q" in printed
    assert "<<q>>" in printed
    assert "Ґанна Їжак, Ўладз" in printed
    assert "Ҷамшед Ҳақ, Әлфия Җәлил" in printed


@needs_tex
def test_every_printable_character_compiles(tmp_path: Path) -> None:
    chars = [chr(code) for code in range(0x20, 0x2300) if latex.printable(chr(code))]
    assert len(chars) > 500
    _compile(tmp_path, "\n\n".join(latex.escape(f"x{char}x") for char in chars))


@given(st.text(st.sampled_from("\\{}$&#%_~^<>|\"'`-[]*,? ") | st.characters(max_codepoint=0x7E, min_codepoint=0x20)))
def test_escaped_text_keeps_braces_balanced_and_no_bare_special(text: str) -> None:
    escaped = latex.escape(text)
    # A letter takes the place of every sign written by name: neighbours of it are no neighbours of each other.
    bare = re.sub(
        r"\\(textbackslash|textasciitilde|textasciicircum|textless|textgreater|textbar|textquotedbl|`)\{\}",
        "x", escaped,
    )
    bare = re.sub(r"\\[{}$&#%_]", "x", bare)
    assert bare.count("{") == bare.count("}")
    assert not re.search(r'[\\$&#%_~^<>|"`]', bare)
    assert "--" not in bare
    assert ",," not in bare


@pytest.mark.parametrize(
    "char", ["\u202e", "\u200b", "\x00", "\x1b", "\u2066", "中", "😀", "ế", "\ufeff", "€", "\ud800"]
)
def test_what_the_fonts_lack_is_refused(char: str) -> None:
    assert latex.unprintable(f"a{char}b{char}") == char
    assert not latex.printable(char)
    with pytest.raises(latex.UnprintableError) as caught:
        latex.escape(f"a{char}")
    assert caught.value.characters == char
    assert f"U+{ord(char):04X}" in str(caught.value)


def test_composed_letters_are_judged_as_they_are_printed() -> None:
    assert latex.printable("и\u0306")  # й in two parts
    assert latex.escape("и\u0306") == "й"
    assert latex.unprintable("и\u0307") == "\u0307"


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("0.5", "0{,}5"),
        (r"\alpha x", r"\alpha x"),
        (r"x_1^2", "x_{1}^{2}"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\PM{1&2\cr 3&4}"),
        (r"\frac12", r"\frac{1}{2}"),
        (r"|x|", r"\left|x\right|"),
        (r"\left\lfloor x\right.", r"\left\lfloor x\right."),
        (r"\operatorname{ReLU}x", r"\operatorname{ReLU}x"),
        (r"{xy}^2", "{xy}^{2}"),
        (r"\text{a_b}", r"\text{a\_b}"),
        (r"\ln x", r"\ln x"),
    ],
)
def test_latex_formulas(source: str, printed: str) -> None:
    assert latex.printer("ru").math(parse(source)) == f"${printed}$"


def test_display_follows_its_paragraph_without_an_empty_line() -> None:
    printed = latex.printer("ru").blocks((_paragraph("Тогда"), DisplayMath(parse("x")), _paragraph("и всё.")))
    assert printed == "Тогда\n\\[x\\]\nи всё.\n\n"


def test_dash_keeps_to_the_word_before_it() -> None:
    assert latex.escape("ядро — матрица") == "ядро~--- матрица"
    assert latex.escape("5\u00a0— 6") == "5~--- 6"
    assert latex.escape("a - b") == "a {-} b"


# All printers


@pytest.mark.parametrize("lang", LANGS)
def test_html_is_well_formed(lang: Literal["ru", "en"]) -> None:
    body = html.printer(lang).blocks(DOCUMENT).replace("<hr>", "<hr/>")
    root = ElementTree.fromstring(f"<body>{body}</body>")
    figures = root.findall(".//figure")
    assert [figure.get("aria-label") for figure in figures] == ['Сеть "A" <B>'] * 2
    assert all(figure.get("role") == "img" and len(figure) == 1 for figure in figures)
    assert len(root.findall(".//math")) >= 2 * len(FORMULAS)
    counts = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3}
    for tag, children in counts.items():
        found = root.findall(f".//{tag}")
        assert found
        assert all(len(element) == children for element in found), tag


@pytest.mark.parametrize("lang", LANGS)
def test_every_symbol_prints_everywhere(lang: Literal["ru", "en"]) -> None:
    for name, glyph in SYMBOLS.items():
        node: Math = Symbol(name) if glyph.role == "letter" else Operator(name)
        row = Row((Symbol("x"), node, Symbol("y")))
        assert glyph.latex in latex.printer(lang).math(row)
        assert glyph.unicode in plain.printer(lang).math(row)
        assert glyph.unicode in "".join(ElementTree.fromstring(html.printer(lang).math(row)).itertext())


@pytest.mark.parametrize("text", HOSTILE)
def test_html_shows_hostile_text_to_the_letter(text: str) -> None:
    for block in (_paragraph(text), _paragraph(Code(text)), _paragraph(_math(r"\text{!}"), text)):
        element = ElementTree.fromstring(html.printer("en").blocks([block]).replace("&nbsp;", " "))
        assert text in "".join(element.itertext())


def test_numbers_in_both_languages() -> None:
    half = Num("-0.5")
    assert latex.printer("ru").math(half) == "$-0{,}5$"
    assert latex.printer("en").math(half) == "$-0.5$"
    assert html.printer("ru").math(half) == "<math><mn>−0,5</mn></math>"
    assert html.printer("en").math(half) == "<math><mn>−0.5</mn></math>"
    assert plain.printer("ru").math(half) == "−0,5"
    assert plain.printer("en").math(half) == "−0.5"
    tiny = Num("1.5e-9")
    assert latex.printer("ru").math(tiny) == r"$1{,}5\cdot 10^{-9}$"
    assert plain.printer("en").math(tiny) == "1.5·10⁻⁹"
    assert "".join(ElementTree.fromstring(html.printer("ru").math(tiny)).itertext()) == "1,5⋅10−9"


@pytest.mark.parametrize(
    "base", [Num("-2"), Fraction(Num("1"), Num("2")), Num("1e5"), Row((Operator("-"), Symbol("x")))]
)
def test_powers_of_signed_and_split_numbers_are_bracketed(base: Math) -> None:
    node = Script(base, None, Num("2"))
    assert latex.printer("en").math(node).startswith(r"$\left(")
    assert plain.printer("en").math(node).startswith("(")
    assert plain.printer("en").math(node).endswith(")²")
    assert "".join(ElementTree.fromstring(html.printer("en").math(node)).itertext()).startswith("(")
    assert "(" not in latex.printer("en").math(Script(Num("2"), None, Num("2")))


@pytest.mark.parametrize("module", [latex, html, plain])
def test_unfilled_places_are_never_printed(module: object) -> None:
    printer = getattr(module, "printer")("ru")  # noqa: B009
    hole, section = Hole("a.b"), Section("a.b", False, (Symbol("x"),))
    maths = (
        hole,
        section,
        Row((hole,)),
        Script(Symbol("x"), hole, None),
        Fraction(Num("1"), section),
        Fenced("(", hole, ")"),
    )
    for math in (*maths, Grid("matrix", ((hole,),)), Grid("plain", (Section("a.b", False, ((Symbol("x"),),)),))):
        for method in (printer.math, printer.display):
            with pytest.raises(UnfilledError, match=r"a\.b"):
                method(math)
    for inline in (hole, section, Plural("a.b", ("x", "y")), Emphasis((hole,))):
        with pytest.raises(UnfilledError, match=r"a\.b"):
            printer.inlines((inline,))
    figure = FigureHole("a.b", ())
    rows = Table("l", None, (Section("a.b", False, ()),))
    for block in (figure, section, rows, ItemList((Section("a.b", False, ()),)), Together((figure,))):
        with pytest.raises(UnfilledError, match=r"a\.b"):
            printer.blocks((block,))


@pytest.mark.parametrize("module", [latex, html, plain, typst])
@pytest.mark.parametrize("source", FORMULAS)
def test_how_a_row_is_divided_changes_no_character(module: object, source: str) -> None:
    printer = getattr(module, "printer")("en")  # noqa: B009
    tree = parse(source)
    items = tree.items if isinstance(tree, Row) else (tree,)
    halves = Row((Row(items[:2]), Row(()), Row(items[2:])))
    for method in (printer.math, printer.display):
        assert method(halves) == method(tree)
    signs = Row((Row((Symbol("a"),)), Row(parse("-b+c").items), Row((Operator("-"), Num("1")))))  # type: ignore[union-attr]
    assert printer.math(signs) == printer.math(parse("a-b+c-1"))


def test_phrases_are_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    printer = latex.Printer("ru")
    phrase = Phrase((Text("те же слова: "), Hole(".")))
    calls: list[str] = []

    def escape(text: str) -> str:
        calls.append(text)
        return text

    monkeypatch.setattr(latex, "escape", escape)
    assert printer.inlines((Bound(phrase, (1,)), Bound(phrase, (2,)))) == "те же слова: $1$те же слова: $2$"
    assert calls == ["те же слова: "]


# MathML and plain text


def test_mathml_tells_signs_from_operations() -> None:
    printed = html.printer("en").math(parse("-x - y = -1, (-2)"))
    forms = [element.get("form") for element in ElementTree.fromstring(printed).iter("mo") if element.text == "−"]
    assert forms == ["prefix", None, "prefix", "prefix"]


@pytest.mark.parametrize(
    ("source", "grows"),
    [
        (r"\left(1, x^2\right)", False),
        (r"|f'|", False),
        (r"\left(\frac{1}{2}\right)^2", True),
        (r"\left[\sqrt{x}\right]", True),
        (r"\left(\sum_{i} x_i\right)", True),
        (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", True),
    ],
)
def test_mathml_brackets_grow_only_round_what_is_tall(source: str, grows: bool) -> None:
    """Browsers keep room at the sides of those that may grow, which would part a full stop from its bracket."""
    printed = html.printer("en").math(parse(source))
    fences = [element for element in ElementTree.fromstring(printed).iter("mo") if element.get("fence")]
    assert {element.get("stretchy") for element in fences} == {str(grows).lower()}


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        (r"2\frac{1}{2}x", "2(1/2)x"),
        (r"\frac{a+b}{2c}", "(a + b)/(2c)"),
        (r"\frac{1}{n} (p - t)", "(1/n)(p − t)"),
        (r"(p + t) \frac{1}{n}, (\frac{1}{2})", "(p + t)(1/n), (1/2)"),
        (r"\frac{1}{2} + x_1", "1/2 + x₁"),
        (r"-x + 3y - (-2)\cdot\ln x", "−x + 3y − (−2)·ln x"),
        (r"x_{12}^{2}", "x₁₂²"),
        (r"\left(x + \ln t\right)^2", "(x + ln t)²"),
        (r"\sum_{i=1}^{n}x_i^2", "∑ᵢ₌₁ⁿ xᵢ²"),
        (r"W^T X", "WᵀX"),
        (r"w^*", "w^∗"),
        (r"h_{w,1}", "h_{w,1}"),
        (r"e^{-x}", "e⁻ˣ"),
        (r"e^{-x^2}", "e^(−x²)"),
        (r"f(x, y) = \max(0, -1)", "f(x, y) = max(0, −1)"),
        (r"x\ln x", "x ln x"),
        (r"\sqrt{2}\sqrt{x+1}", "√2√(x + 1)"),
        (r"\hat{y}_i", "y\u0302ᵢ"),
        (r"[0, 1)", "[0, 1)"),
        (r"a/b", "a/b"),
        (r"2 \times 3", "2 × 3"),
        (r"|-x|", "|−x|"),
        (r"x\quad\text{если }y", "x  если y"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "(1 2; 3 4)"),
        (r"\underbrace{a+b}_{2}", "(a + b) [2]"),
        (r"f'(x)", "f′(x)"),
    ],
)
def test_plain_formulas(source: str, printed: str) -> None:
    assert plain.printer("en").math(parse(source)) == printed


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (
            r"Y = \begin{pmatrix}1&-2\\3.5&4\\1&1\end{pmatrix}^T - x",
            ["    ⎛  1  −2⎞ᵀ", "Y = ⎜3,5   4⎟  − x", "    ⎝  1   1⎠"],
        ),
        (r"-\begin{pmatrix}1\\2\end{pmatrix}", ["−⎛1⎞", " ⎝2⎠"]),
        (
            r"f=\begin{cases}1,&x>0\\0,&x=0\\7,&\text{иначе}\end{cases}",
            ["    ⎧1,  x > 0", "f = ⎨0,  x = 0", "    ⎩7,  иначе"],
        ),
        (r"\begin{aligned}x&=1\\10x&=10\end{aligned}", ["  x = 1", "10x = 10"]),
        (r"\left[\begin{matrix}1&2\end{matrix}\right]", ["[1  2]"]),
        ("x = 1", ["x = 1"]),
    ],
)
def test_plain_displays(source: str, lines: list[str]) -> None:
    assert plain.printer("ru").display(parse(source)).split("\n") == lines


def test_plain_document() -> None:
    printed = plain.printer("ru").blocks(DOCUMENT)
    assert '[Сеть "A" <B>]' in printed
    assert max(map(len, printed.splitlines())) <= plain.WIDTH
    assert "(а) [первое] [первое]" in printed
    assert "A        B  (1 2; 3 4)\n───────  ─  ──────────\n[0]      *         [1]\n" in printed
    assert printed.endswith("Общее место")
    assert not printed.endswith("\n")


def test_room_to_draw_is_an_empty_frame_everywhere() -> None:
    slot = (AnswerSlot("Answer", 0, frame=60),)
    assert r"\AnswerFrame{}{Answer~}{60mm}" in latex.printer("en").blocks(slot)
    assert 'style="height:60mm;' in html.printer("en").blocks(slot)
    assert '#frame("", "Answer", 60mm)' in typst.printer("en").blocks(slot)
    lines = plain.printer("en").blocks(slot).splitlines()
    assert (lines[0], len(lines), len(set(map(len, lines[1:])))) == ("Answer", 9, 1)


# Numbers


@pytest.mark.parametrize(
    ("value", "digits", "node"),
    [
        (3, None, Num("3")),
        (-3, None, Num("-3")),
        (0, 2, Num("0")),
        (10**20, None, Num(str(10**20))),
        (Q(1, 2), None, Num("0.5")),
        (Q(-1, 8), None, Num("-0.125")),
        (Q(1, 10**4), None, Num("0.0001")),
        (Q(1, 10**5), None, Fraction(Num("1"), Num("100000"))),
        (Q(1, 3), None, Fraction(Num("1"), Num("3"))),
        (Q(-7, 3), None, Row((Operator("-"), Fraction(Num("7"), Num("3"))))),
        (Q(1, 3), 3, Num("0.333")),
        (Q(2, 3), 0, Num("1")),
        (Q(1, 2), 3, Num("0.5")),
        (Q(-1, 8), 2, Num("-0.13")),
        (Q(5, 2), 0, Num("3")),
        (Q(2999, 1000), 2, Num("3.00")),
        (Q(1, 3000), 2, Num("3.3e-4")),
        (Q(-1, 3000), 2, Num("-3.3e-4")),
        (0.5, None, Num("0.5")),
        (2.0, None, Num("2")),
        (-0.0, None, Num("0")),
        (0.1 + 0.2, None, Num("0.3")),
        (1 / 3, None, Num("0.3333")),
        (2.675, 2, Num("2.68")),
        (1 / 3, 2, Num("0.33")),
        (1.5e-9, None, Num("1.5e-9")),
        (-1.23456e-9, 3, Num("-1.23e-9")),
        (6.02e23, None, Num("6.02e23")),
        (float("inf"), None, Symbol("infty")),
        (float("-inf"), None, Row((Operator("-"), Symbol("infty")))),
    ],
)
def test_numbers_as_on_paper(value: Q | float, digits: int | None, node: Math) -> None:
    assert number_node(value, digits) == node


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ((Q(1, 2), Q(1, 32)), True),
        ((3, Q(1, 10**8)), True),
        ((3, Q(1, 10**9)), False),
        ((Q(1, 3), Q(1, 32)), False),
        ((Q(1, 2), Q(1, 4), 7), False),
        ((), False),
    ],
)
def test_lists_of_decimals_and_fractions_that_end_too(values: tuple[Q | int, ...], found: bool) -> None:
    assert uneven(values) == found


def test_nan_is_not_printed() -> None:
    with pytest.raises(ValueError, match="nan"):
        number_node(float("nan"))


@given(st.fractions(-(10**6), 10**6), st.integers(0, 6))
def test_rounded_numbers_are_within_half_a_unit(value: Q, digits: int) -> None:
    node = number_node(value, digits)
    assert isinstance(node, Num)
    error = abs(Q(node.text) - value)
    assert error <= Q(1, 2 * 10**digits)
    if value:
        assert Q(node.text) != 0
