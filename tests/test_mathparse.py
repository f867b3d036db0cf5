"""Reading formulas: every construct of the subset, every kind of error, and walking."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listok.templates import mathparse
from listok.templates.mathparse import ALIASES, MathError, children, is_fixed, parse
from listok.templates.mathtree import (
    LATEX_FUNCTIONS,
    SYMBOLS,
    Accent,
    Brace,
    Fenced,
    Fraction,
    Function,
    Grid,
    Hole,
    Math,
    Num,
    Operator,
    Root,
    Row,
    Script,
    Section,
    Space,
    Symbol,
    Words,
)

x, y, n = Symbol("x"), Symbol("y"), Symbol("n")
one, two = Num("1"), Num("2")


def op(name: str) -> Operator:
    return Operator(name)


def row(*items: Math) -> Row:
    return Row(items)


READINGS: list[tuple[str, Math]] = [
    ("0.5", Num("0.5")),
    ("12", Num("12")),
    ("x", x),
    (r"\alpha", Symbol("alpha")),
    ("2x", row(two, x)),
    ("xy", row(x, y)),
    ("-1", row(op("-"), one)),
    ("x<1", row(x, op("<"), one)),
    (r"x\neq 1", row(x, op("ne"), one)),
    (r"x \ne 1", row(x, op("ne"), one)),
    (r"\{x\}", row(op("{"), x, op("}"))),
    ("(x]", row(op("("), x, op("]"))),
    (r"5\%", row(Num("5"), Symbol("%"))),
    ("x_1", Script(x, one, None)),
    ("x^2", Script(x, None, two)),
    ("x_1^2", Script(x, one, two)),
    ("x^2_1", Script(x, one, two)),
    ("x_{12}", Script(x, Num("12"), None)),
    ("x^{-1}", Script(x, None, row(op("-"), one))),
    ("W^*", Script(Symbol("W"), None, op("*"))),
    ("x'", Script(x, None, Symbol("prime"))),
    ("x''", Script(x, None, row(Symbol("prime"), Symbol("prime")))),
    ("x'^2", Script(x, None, row(Symbol("prime"), two))),
    ("x'_1", Script(x, one, Symbol("prime"))),
    ("{xy}^2", Script(row(x, y), None, two)),
    ("(x)^2", row(op("("), x, Script(op(")"), None, two))),
    (r"\frac{1}{2}", Fraction(one, two)),
    (r"\dfrac{1}{2}", Fraction(one, two)),
    (r"\frac12", Fraction(one, two)),
    (r"\frac xy", Fraction(x, y)),
    (r"\sqrt{x}", Root(x)),
    (r"\ln x", row(Function("ln"), x)),
    (r"\operatorname{ReLU}(x)", row(Function("ReLU"), op("("), x, op(")"))),
    (r"\max_{x}", Script(Function("max"), x, None)),
    (r"\sum_{n}^{2}x", row(Script(op("sum"), n, two), x)),
    (r"\hat y", Accent("hat", y)),
    (r"\bar{xy}", Accent("bar", row(x, y))),
    (r"\hat{y}_1", Script(Accent("hat", y), one, None)),
    (r"\text{если }x", row(Words("если "), x)),
    (r"x_{\mathrm{new}}", Script(x, Words("new"), None)),
    (r"\text{шаг {{n}}!}", row(Words("шаг "), Hole("n"), Words("!"))),
    (r"\text{{{n}}}", Hole("n")),
    (r"\mathbb{R}^n", Script(Symbol("mathbb{R}"), None, n)),
    (r"\mathcal{N}", Symbol("mathcal{N}")),
    (r"\left(x\right]", Fenced("(", x, "]")),
    (r"\left\{x\right.", Fenced("{", x, "")),
    (r"\left\lVert x\right\rVert", Fenced("‖", x, "‖")),
    (r"\left\lfloor x\right\rfloor", Fenced("⌊", x, "⌋")),
    ("|x|", Fenced("|", x, "|")),
    ("|x|+|y|", row(Fenced("|", x, "|"), op("+"), Fenced("|", y, "|"))),
    (r"\left(|x|\right)", Fenced("(", Fenced("|", x, "|"), ")")),
    (r"|{|x|}|", Fenced("|", Fenced("|", x, "|"), "|")),
    (r"x\mid y", row(x, op("mid"), y)),
    (r"x\quad y\qquad n\,x", row(x, Space("quad"), y, Space("qquad"), n, Space("thin"), x)),
    (r"\underbrace{x}_{n}", Brace(x, n)),
    (r"\begin{pmatrix}1&2\\x&y\end{pmatrix}", Grid("matrix", ((one, two), (x, y)))),
    (r"\begin{matrix}1\end{matrix}", Grid("plain", ((one,),))),
    (r"\begin{cases}1,&x>0\\2\end{cases}", Grid("cases", ((row(one, op(",")), row(x, op(">"), Num("0"))), (two,)))),
    (r"\begin{aligned}x&=1\\y&=2\\\end{aligned}", Grid("aligned", ((x, row(op("="), one)), (y, row(op("="), two))))),
    ("", Row(())),
    ("{}^2", Script(Row(()), None, two)),
    ("{{n}}", Hole("n")),
    ("{{.}}", Hole(".")),
    ("{{rows.0.x}}", Hole("rows.0.x")),
    ("{{n:3}}", Hole("n", ("3",))),
    ("{{n:+, coef}}", Hole("n", ("+", "coef"))),
    ("{{n:()}}", Hole("n", ("()",))),
    ("x^{{{n}}}", Script(x, None, Hole("n"))),
    ("x^{{n}}", Script(x, None, Hole("n"))),
    ("x_{{{n}}+1}", Script(x, row(Hole("n"), op("+"), one), None)),
    (r"\frac{{{n}}}{{{x}}}", Fraction(Hole("n"), Hole("x"))),
    ("{{x}}^2", Script(Hole("x"), None, two)),
    ("{{x}{y}}", row(x, y)),
    ("x{{#a}}+{{.}}{{/a}}y", row(x, Section("a", False, (op("+"), Hole("."))), y)),
    ("{{#a}}x{{/a}}", row(Section("a", False, (x,)))),
    ("{{^a.b}}x{{/a.b}}", row(Section("a.b", True, (x,)))),
    ("{{#a}}{{^b}}x{{/b}}{{/a}}", row(Section("a", False, (Section("b", True, (x,)),)))),
    (
        r"\begin{aligned}{{#s}}{{x}}&=1\\{{/s}}y&=2\end{aligned}",
        Grid("aligned", (Section("s", False, ((Hole("x"), row(op("="), one)),)), (y, row(op("="), two)))),
    ),
    (
        r"\begin{matrix}1\\{{^s}}x\\y\\{{/s}}\end{matrix}",
        Grid("plain", ((one,), Section("s", True, ((x,), (y,))))),
    ),
    (
        r"\begin{matrix}{{#s}}x{{/s}}&2\\{{#t}}y{{/t}}\end{matrix}",
        Grid("plain", ((row(Section("s", False, (x,))), two), (row(Section("t", False, (y,))),))),
    ),
]


@pytest.mark.parametrize(("source", "tree"), READINGS, ids=[source or "(empty)" for source, _ in READINGS])
def test_reads(source: str, tree: Math) -> None:
    assert _bare(parse(source)) == tree


def _bare(node: Math) -> Math:
    """A row within a row by grouping only says the same as the row; the expected trees are written without."""
    if isinstance(node, Row) and len(node.items) == 1 and isinstance(node.items[0], Row):
        return node.items[0]
    return node


@pytest.mark.parametrize("name", sorted(SYMBOLS))
def test_reads_every_symbol(name: str) -> None:
    node = parse(SYMBOLS[name].latex if name != "prime" else "\\prime")
    assert node == (Symbol(name) if SYMBOLS[name].role == "letter" else Operator(name))


def test_reads_every_function_and_second_name() -> None:
    for name in LATEX_FUNCTIONS:
        assert parse("\\" + name) == Function(name)
    for alias, name in ALIASES.items():
        assert name in SYMBOLS, alias
        assert getattr(parse("\\" + alias), "name") == name  # noqa: B009 (the type is one of two)


ERRORS = [
    (r"x+\alfa", r"unknown \alfa", 2),
    (r"\fraq12", r"did you mean \frac?", 0),
    (r"\infy", r"did you mean \infty?", 0),
    ("x_12", "write _{...}", 2),
    ("10^-3", "write ^{...}", 3),
    ("x^-y", "write ^{...}", 2),
    ("x_", "_ needs something after it", 2),
    ("x^_1", "^ needs something after it", 2),
    ("x^{{#a}}1{{/a}}", "^ needs something after it", 2),
    ("x_1_2", "two indices", 3),
    ("x^1^2", "two powers", 3),
    ("x^2'", "a prime goes before the power", 3),
    ("^2", "nothing before ^", 0),
    ("{x", "{ needs }, got the end", 2),
    ("x}", "unexpected }", 1),
    ("x & y", "unexpected &", 2),
    (r"x \\ y", r"unexpected \\", 2),
    ("|x", "| is not closed", 0),
    (r"|\frac{|}{2}|", "| is not closed", 7),
    (r"\left(x", r"\left needs \right", 7),
    (r"\left(x)", r"\left needs \right", 8),
    (r"\left<x\right>", "unknown delimiter <", 5),
    (r"x\right)", r"unexpected \right", 1),
    (r"\sqrt", r"\sqrt needs something", 5),
    (r"\frac{1}", r"\frac needs something", 8),
    (r"\operatorname f", r"\operatorname needs a name", 14),
    (r"\operatorname{a b}", "not a function name", 14),
    (r"\operatorname{a", "needs }", 15),
    (r"\mathbb{A}", r"\mathbb{A} is unknown; there are E, N, P, Q, R, Z", 8),
    (r"\text{a\b}", "only words and holes", 7),
    (r"\text{a", "only words and holes", 7),
    (r"\text x", "needs words in braces", 6),
    (r"\underbrace{x}", r"\underbrace needs _", 14),
    (r"\begin{matirx}1\end{matirx}", "did you mean environment matrix?", 7),
    (r"\begin{matrix}1\end{pmatrix}", r"\begin{matrix} is closed by \end{pmatrix}", 20),
    (r"\begin{matrix}1", r"\begin needs \end", 15),
    (r"\begin{matrix}\end{matrix}", "matrix has no rows", 0),
    (r"\begin{matrix}{{#s}}1&2{{/s}}\end{matrix}", r"must end with \\", 23),
    (r"\begin{matrix}{{#s}}{{#t}}1\\{{/t}}{{/s}}\end{matrix}", "may not hold another section", 14),
    ("ы", r"words go into \text", 0),
    ("x ² y", "² has no place", 2),
    ("#", "# has no place", 0),
    ("$x$", "$ has no place", 0),
    ("{{#a}}x", "section a needs {{/a}}, got the end", 7),
    ("{{#a}}x{{/b}}", "section a needs {{/a}}, got {{/b}}", 7),
    ("x{{/a}}", "unexpected {{/a}}", 1),
    ("{{a b}", "{ needs }", 6),
    ("{" * 500 + "}" * 500, "nested too deeply", mathparse.MAX_DEPTH),
    (r"\frac" * 500, "nested too deeply", 5 * mathparse.MAX_DEPTH),
]


@pytest.mark.parametrize(("source", "message", "position"), ERRORS, ids=[source[:30] for source, _, _ in ERRORS])
def test_refuses(source: str, message: str, position: int) -> None:
    with pytest.raises(MathError) as caught:
        parse(source)
    assert message in caught.value.message
    assert caught.value.position == position
    assert str(position + 1) in str(caught.value)


def test_grids_inside_deep_nesting_are_refused_quickly() -> None:
    started = time.perf_counter()
    with pytest.raises(MathError):
        parse(r"\begin{matrix}{{#a}}" * 40)
    assert time.perf_counter() - started < 2


@given(st.text(st.sampled_from("x1.+-_^'{}|()&\\ \n#/:,а")) | st.text())
def test_any_text_is_read_or_refused(source: str) -> None:
    position = 0
    try:
        nodes = list(walk(parse(source)))
    except MathError as error:
        position = error.position
    else:
        assert (nodes == [Row(())]) == (not source.strip(" \n\t{}"))
    assert 0 <= position <= len(source)


PIECES = st.lists(
    st.sampled_from(
        [r"\frac", r"\left(", r"\right)", r"\begin{matrix}", r"\end{matrix}", "{", "}", r"\text{a}", r"\sum"]
    )
    | st.sampled_from(
        ["{{n}}", "{{#a}}", "{{/a}}", r"\\", "&", "|", "x", "1", "_", "^", "'", "-", r"\underbrace", "2.5"]
    ),
    max_size=14,
)


@given(PIECES)
def test_any_pieces_are_read_or_refused(pieces: list[str]) -> None:
    try:
        tree = parse(" ".join(pieces))
    except MathError:
        return
    assert is_fixed(tree) is not any(isinstance(node, (Hole, Section)) for node in walk(tree))


def walk(node: Math) -> Iterator[Math]:
    """The node and everything inside it, in reading order."""
    yield node
    for row in node.rows if isinstance(node, Grid) else ():
        if isinstance(row, Section):
            yield row
    for child in children(node):
        yield from walk(child)


def test_children_of_every_node_are_met_once_in_reading_order() -> None:
    tree = parse(r"\frac{1}{x_2} + \sqrt{y}")
    names = [type(node).__name__ for node in walk(tree)]
    assert names == ["Row", "Fraction", "Num", "Script", "Symbol", "Num", "Operator", "Root", "Symbol"]


def test_a_grid_with_a_section_of_fixed_rows_is_not_fixed() -> None:
    grid = parse(r"\begin{matrix}{{#s}}1\\{{/s}}\end{matrix}")
    assert not is_fixed(grid)
