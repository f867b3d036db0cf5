r"""Documents printed as HTML with formulas as TeX between ``\(`` and ``\)``: what learning platforms show with MathJax.

Formulas hold no ``<``, ``>`` or bare ``&``, so that no cleaning of HTML can eat them. Figures become pictures in files
of their own, named by their content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from html import escape
from typing import Literal

from listok.templates import html, latex, picture_svg
from listok.templates.doctree import Block, Figure, Inline, InlineMath, ItemList, Rule
from listok.templates.mathtree import Math, Operator, Section, Symbol, UnfilledError, Words

_SIGNS = {"<": r"\lt ", ">": r"\gt ", ",": ",", ";": ";"}
_GRIDS = {"plain": "matrix", "matrix": "pmatrix", "cases": "cases", "aligned": "aligned"}
# What \text of MathJax takes as it stands, and what it does not.
_WORDS = str.maketrans({"\\": "", "{": "", "}": "", "$": "", "%": r"\%", "&": r"\&amp;", "<": "&lt;", ">": "&gt;"})


class Formulas(latex.Printer):
    """Formulas in the LaTeX that MathJax knows, safe inside HTML as they stand."""

    def formula(self, node: Math) -> str:
        match node:
            case Operator() | Symbol() if node.name in _SIGNS:
                return _SIGNS[node.name]
            case Words():
                return f"\\text{{{node.text.translate(_WORDS)}}}"
            case _:
                return super().formula(node)

    def grid(self, kind: str, rows: Sequence[Sequence[str]]) -> str:
        name = _GRIDS[kind]
        body = r"\\".join(["&amp;".join(row) for row in rows])
        return f"\\begin{{{name}}}{body}\\end{{{name}}}"


class Printer(html.Printer):
    """Prints filled documents in one language; `address` is told of every figure, by name (a hash of its content) and
    content, and gives what the text refers to it by."""

    def __init__(self, lang: Literal["ru", "en"], address: Callable[[str, bytes], str]) -> None:
        super().__init__(lang)
        self._formulas = Formulas(lang)
        self._address = address

    def math(self, node: Math) -> str:
        return f"\\({self._formulas.formula(node)}\\)"

    def display(self, node: Math) -> str:
        return f"<p>\\[{self._formulas.formula(node)}\\]</p>"

    def _inline(self, node: Inline) -> str:
        if isinstance(node, InlineMath) and node.tall:
            return f"\\(\\displaystyle {self._formulas.formula(node.body)}\\)"
        return super()._inline(node)

    def _block(self, node: Block) -> str:
        match node:
            case Figure():
                return self._figure(node)
            case Rule():
                return "<hr/>\n"
            case _:
                return super()._block(node)

    def _list(self, node: ItemList) -> str:
        """Platforms have style sheets of their own: labels stand in the text, bullets are the platform's."""
        bullets = all(not isinstance(item, Section) and item.label == "•" for item in node.items)
        parts = ["<ul>\n" if bullets else ""]
        for item in node.items:
            if isinstance(item, Section):
                raise UnfilledError(item.path)
            body = self.blocks(item.content)
            if bullets:
                parts.append(f"<li>{body}</li>\n")
            elif body.startswith("<p>"):
                parts.append(f"<p>{escape(item.label)} {body[3:]}")
            else:
                parts.append(f"<p>{escape(item.label)}</p>\n{body}")
        return "".join(parts) + ("</ul>\n" if bullets else "")

    def _figure(self, node: Figure) -> str:
        drawing = ('<?xml version="1.0" encoding="UTF-8"?>\n' + picture_svg.draw(node.scene, self.lang) + "\n").encode()
        name = f"figure-{hashlib.sha256(drawing).hexdigest()[:12]}.svg"
        return f'<p><img src="{escape(self._address(name, drawing))}" alt="{escape(node.alt)}"/></p>\n'


class MathMLPrinter(Printer):
    """The same with formulas as MathML, which carry their TeX for programs that read aloud or cannot set them."""

    def math(self, node: Math) -> str:
        return f'<math alttext="{self._alt(node)}">{self.formula(node)}</math>'

    def display(self, node: Math) -> str:
        return f'<p><math display="block" alttext="{self._alt(node)}">{self.formula(node)}</math></p>'

    def _inline(self, node: Inline) -> str:
        if isinstance(node, InlineMath) and node.tall:
            body = self.formula(node.body)
            return f'<math alttext="{self._alt(node.body)}"><mstyle displaystyle="true">{body}</mstyle></math>'
        return super()._inline(node)

    def _alt(self, node: Math) -> str:
        return self._formulas.formula(node).replace('"', "&quot;")
