"""Formulas as they are set: every printer's input for right answers that are formulas."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from test_formulas import trees

from listok.generators.formulas import Formula, Node, to_text
from listok.templates import latex, plain
from listok.templates.formula_tree import formula_node


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("2*x*y", "2xy"),
        ("1*x + 0.5*y", "x+0.5y"),
        ("-1*x + 3*y", "-x+3y"),
        ("x + (-3)", "x-3"),
        ("x + (-3)*y", "x-3y"),
        ("2*3", r"2\cdot 3"),
        ("x*2", r"x\cdot 2"),
        ("x*x*ln(x)*ln(x)", r"xx\ln (x)\ln x"),
        ("2*(1/3)", r"2\cdot \frac{1}{3}"),
        ("x1*(1/3)", r"x_{1}\cdot \frac{1}{3}"),
        ("1/3*x", r"\frac{1}{3}x"),
        ("-(x + 1)", "-(x+1)"),
        ("2*(x + 1)", "2(x+1)"),
        ("x1 - w11 + h_t + h_old", r"x_{1}-w_{11}+h_{t}+h_{\text{old}}"),
        ("h1_old^2", r"h_{1,\penalty300 \text{old}}^{2}"),
        ("x1^2", "x_{1}^{2}"),
        ("(x + 1)^2", "(x+1)^{2}"),
        ("0.5^n", "{0.5}^{n}"),
        ("(1/2)^n", r"\left(\frac{1}{2}\right)^{n}"),
        ("(x^2)^3", "(x^{2})^{3}"),
        ("lambda*x", r"\lambda x"),
        ("lr*x", r"\text{lr}\cdot x"),
        ("max(0, x)", r"\max (0,\penalty300 x)"),
        ("relu(x)", r"\operatorname{ReLU}(x)"),
        ("sigmoid(x)", r"\sigma (x)"),
        ("exp(-x)/2", r"\frac{e^{-x}}{2}"),
        ("ln(x)*y", r"\ln (x)y"),
        ("y*ln(x)", r"y\ln x"),
        ("ln(x)^2", r"(\ln x)^{2}"),
        ("abs(x) + sqrt(x + 1)", r"\left|x\right|+\sqrt{x+1}"),
        ("e^x*pi", r"e^{x}\pi "),
        ("0.1234*x", "0.1234x"),
    ],
)
def test_formulas_look_as_in_a_textbook(source: str, printed: str) -> None:
    assert latex.printer("en").formula(formula_node(Formula(source), "en")) == printed


def test_the_language_parts_arguments() -> None:
    formula = Formula("max(0, 0.5*x)")
    assert plain.printer("ru").math(formula_node(formula, "ru")) == "max(0; 0,5x)"
    assert plain.printer("en").math(formula_node(formula, "en")) == "max(0, 0.5x)"


@settings(max_examples=200, deadline=None)
@given(trees())
def test_a_formula_is_printed_as_its_text_reads(tree: Node) -> None:
    printed = latex.printer("en").formula(formula_node(Formula.of(tree), "en"))
    assert printed == latex.printer("en").formula(formula_node(Formula(to_text(tree)), "en"))
    for doubled in ("+-", "--", "++"):
        assert doubled not in printed
