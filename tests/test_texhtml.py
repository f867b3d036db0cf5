r"""HTML with TeX for learning platforms: formulas that MathJax knows, and that no cleaning of HTML can eat."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from exporting import LANGS, NAMES, items

from listok.templates import doctree as doc
from listok.templates.mathparse import parse
from listok.templates.texhtml import MathMLPrinter, Printer

# Every one was set by MathJax 3 with its default packages, in which an unknown command is an error.
KNOWN = frozenset(re.findall(r"\\[A-Za-z]+\*?", r"""
    \alpha \approx \bar \begin \beta \cdot \delta \displaystyle \end \eta \frac \gamma \ge \gt \hat \infty \lambda
    \le \left \leftarrow \lfloor \ldots \ln \lt \max \min \ne \odot \operatorname \operatorname* \partial \prime
    \qquad \quad \rfloor \rho \right \sigma \sqrt \sum \text \times \to \underbrace \varepsilon \log \exp \mathop
    \nolimits \pm \mid \lceil \rceil \theta \mu \nabla \in \tau \lg \sin \cos \tanh \pi \Delta \Vert \lvert \rvert
    \wedge \vee \oplus \neg \arctan
"""))  # fmt: skip


def printed(name: str, lang: str) -> str:
    """Every word of an exercise's items."""
    printer = Printer(lang, lambda file, _: file)  # type: ignore[arg-type]
    pieces = []
    for item in items(name, lang):
        pieces.append(printer.blocks(item.stem))
        for part in item.parts:
            pieces += [printer.blocks(part.question), printer.blocks(part.solution), printer.blocks(part.rubric)]
            pieces += [printer.blocks(mistake.feedback) for mistake in part.mistakes]
            pieces += [printer.inlines(option.words) for option in part.options]
    return "".join(pieces)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", NAMES)
def test_formulas_are_known_to_mathjax_and_safe_in_html(name: str, lang: str) -> None:
    text = printed(name, lang)
    formulas = [inline or display for inline, display in re.findall(r"\\\((.*?)\\\)|\\\[(.*?)\\\]", text, re.S)]
    assert formulas
    for formula in formulas:
        assert set(re.findall(r"\\[A-Za-z]+\*?", formula.replace(r"\\", " "))) <= KNOWN, formula
        assert not re.search(r"[<>$\"]|&(?!amp;|lt;|gt;)", formula), formula
        assert formula.count("{") == formula.count("}")
    assert "$" not in text
    ElementTree.fromstring(f"<body>{text}</body>")


def test_signs_of_html_stay_signs_in_formulas() -> None:
    words = (doc.InlineMath(parse(r"a < b, \text{p & q < 1}")),)
    assert Printer("en", lambda name, _: name).inlines(words) == r"\(a\lt b,\text{p \&amp; q &lt; 1}\)"


def test_mathml_carries_its_tex() -> None:
    words = (doc.InlineMath(parse(r"x < \frac{1}{2}")),)
    element = ElementTree.fromstring(MathMLPrinter("ru", lambda name, _: name).inlines(words))
    assert element.get("alttext") == r"x\lt \frac{1}{2}"
