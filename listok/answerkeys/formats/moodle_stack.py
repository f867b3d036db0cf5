r"""Moodle XML for sites with the STACK plugin: Maxima compares numbers and formulas.

Facts about the plugin that decide much here. A matrix input with an empty cell is not marked at all; so every cell is
an input of its own, with a tree of its own, and earns its share alone. A tree runs from node to node: the first knows
the right answer, each other a mistake. ``[[`` opens a block of the plugin's and ``{@`` a value, even inside TeX; a
space between the two signs prevents it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from listok.answerkeys.formats import FeedbackPrinter, Format, decimal, feedback_printer
from listok.answerkeys.formats.moodle_typed import Typed, TypedComposer, body, bound, key_of, middle
from listok.answerkeys.formats.moodle_xml import Element, MoodleFile, figures_in, html_of, literal, question, text_of
from listok.answerkeys.items import Item, Mistake, Part
from listok.answerkeys.lowering import Algebra, Cell, Decimal, Numbers
from listok.generators.exact import Fraction
from listok.templates.texhtml import Printer


@dataclass(frozen=True, slots=True)
class _Node:
    """A node of a tree: the answer that it knows, how far a number may be from it, the share and words it gives."""

    key: str
    reach: Fraction | None
    share: Fraction
    mistake: Mistake | None


@dataclass(frozen=True, slots=True)
class _Input:
    """An input with its model answer and its tree; the first node knows the right answer."""

    points: Fraction
    key: str
    nodes: tuple[_Node, ...]

    @property
    def numeric(self) -> bool:
        return self.nodes[0].reach is not None


class Stack(TypedComposer):
    """Prints items for a Moodle with the STACK plugin."""

    format = "moodle-stack"

    def typed(self, item: Item, asked: Sequence[tuple[Part, Typed]], others: str) -> Element:
        """One ``stack`` question, with an input and a tree for every cell and formula."""
        inputs = [each for part, field in asked for each in _inputs(part, field)]
        points = sum((each.points for each in inputs), Fraction(0))

        def text(printer: Printer) -> str:
            return body(printer, item, asked, (_PLACE.format(number) for number in range(1, len(inputs) + 1)), others)

        element = question("stack", item, None, points, self.figures, text)
        for words in element.iterfind("./*[@format='html']/text"):
            words.text = literal(_opened(escape(words.text or "")))
        text_of(etree.SubElement(element, "questionvariables"), "")
        for name in ("specificfeedback", "questionnote", "prtcorrect", "prtpartiallycorrect", "prtincorrect"):
            html_of(element, name, "")
        for name, value in (
            ("questionsimplify", "1"), ("assumepositive", "0"), ("assumereal", "0"), ("decimals", "."),
            ("multiplicationsign", "dot"), ("sqrtsign", "1"), ("complexno", "i"), ("inversetrig", "cos-1"),
            ("logicsymbol", "lang"), ("matrixparens", "("), ("variantsselectionseed", ""),
        ):  # fmt: skip
            etree.SubElement(element, name).text = value
        for number, each in enumerate(inputs, 1):
            element.append(_input(number, each))
        print_feedback = feedback_printer(self.figures.printer(item.lang), escape)
        for number, each in enumerate(inputs, 1):
            element.append(_tree(number, each, print_feedback, self.figures.files))
        self.figures.take()
        return element


_PLACE = "\ue000input:ans{0}\ue001 \ue000validation:ans{0}\ue001 \ue000feedback:prt{0}\ue001"
_SIGN = re.compile(r"\[(?=\[)|\{(?=[@#])")


def escape(text: str) -> str:
    """A text in which no sign of the plugin is left: each is parted by a space."""
    return _SIGN.sub(lambda sign: sign[0] + " ", text)


def _opened(text: str) -> str:
    return text.replace("\ue000", "[[").replace("\ue001", "]]")


def _inputs(part: Part, field: Typed) -> Iterator[_Input]:
    match field:
        case Numbers():
            points = part.points / len(field.cells)
            for cell in field.cells:
                yield _Input(points, key_of(cell), tuple(_number_nodes(cell)))
        case Algebra(text, _, mistakes):
            wrong = tuple(_Node(formula, None, mistake.share, mistake) for formula, mistake in mistakes)
            yield _Input(part.points, text, (_Node(text, None, Fraction(1), None), *wrong))


def _number_nodes(cell: Cell) -> Iterator[_Node]:
    yield _Node(middle(cell), bound(cell), Fraction(1), None)
    for wrong in cell.mistakes:
        reach = wrong.tolerance if isinstance(cell, Decimal) else bound(cell)
        yield _Node(wrong.key, reach, wrong.mistake.share, wrong.mistake)


def _input(number: int, each: _Input) -> Element:
    element = etree.Element("input")
    for name, value in (
        ("name", f"ans{number}"), ("type", "numerical" if each.numeric else "algebraic"), ("tans", each.key),
        ("boxsize", "8" if each.numeric else "30"), ("strictsyntax", "1"), ("insertstars", "0"), ("syntaxhint", ""),
        ("syntaxattribute", "0"), ("forbidwords", ""), ("allowwords", ""), ("forbidfloat", "0"),
        ("requirelowestterms", "0"), ("checkanswertype", "0"), ("mustverify", "0" if each.numeric else "1"),
        ("showvalidation", "0" if each.numeric else "1"), ("options", ""),
    ):  # fmt: skip
        etree.SubElement(element, name).text = value
    return element


def _tree(number: int, each: _Input, print_feedback: FeedbackPrinter, files: Mapping[str, bytes]) -> Element:
    """A tree as an element; `files` collects the figures of its feedback."""
    tree = etree.Element("prt")
    for name, value in (
        ("name", f"prt{number}"), ("value", decimal(each.points)), ("autosimplify", "1"), ("feedbackstyle", "1"),
    ):  # fmt: skip
        etree.SubElement(tree, name).text = value
    text_of(etree.SubElement(tree, "feedbackvariables"), "")
    last = len(each.nodes) - 1
    for place, node in enumerate(each.nodes):
        element = etree.SubElement(tree, "node")
        for name, value in (
            ("name", str(place)), ("description", ""),
            ("answertest", "AlgEquiv" if node.reach is None else "NumAbsolute"), ("sans", f"ans{number}"),
            ("tans", node.key), ("testoptions", "" if node.reach is None else decimal(node.reach, 18)), ("quiet", "1"),
        ):  # fmt: skip
            etree.SubElement(element, name).text = value
        words = print_feedback(node.mistake.feedback) if node.mistake is not None and node.mistake.feedback else ""
        follow = "-1" if place == last else str(place + 1)
        for branch, score, then, text in (("true", decimal(node.share), "-1", words), ("false", "0", follow, "")):
            for name, value in (
                ("scoremode", "="), ("score", score), ("penalty", ""), ("nextnode", then),
                ("answernote", f"prt{number}-{place + 1}-{branch[0].upper()}"),
            ):  # fmt: skip
                etree.SubElement(element, branch + name).text = value
            html_of(element, f"{branch}feedback", text, figures_in(text, files))
    return tree


FORMAT = Format(
    "moodle-stack", ".xml", "Moodle XML for sites with the STACK plugin: Maxima compares numbers and formulas",
    Stack, MoodleFile,
)  # fmt: skip
