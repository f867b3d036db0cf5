r"""Documents printed as HTML with formulas as TeX between ``\(`` and ``\)``: what learning platforms show with MathJax.

Formulas hold no ``<``, ``>`` or bare ``&``, so that no cleaning of HTML can eat them. Figures become pictures in files
of their own, named by their content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, ClassVar, Literal

from listok.generators.figures import Scene
from listok.generators.remember import remembering
from listok.templates import html, latex
from listok.templates.holes import Step, joined, run
from listok.templates.html import Setting
from listok.templates.mathml_holes import element
from listok.templates.mathtree import Math, Operator, Symbol, Words

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

    rule = "<hr/>\n"
    settings: ClassVar[Mapping[Setting, tuple[str, str]]] = {
        "inline": ("\\(", "\\)"),
        "tall": ("\\(\\displaystyle ", "\\)"),
        "display": ("<p>\\[", "\\]</p>"),
    }

    def __init__(self, lang: Literal["ru", "en"], address: Callable[[str, bytes], str]) -> None:
        super().__init__(lang)
        self._tex = Formulas(lang)
        self._address = address
        self._file = remembering(2**8, self._drawn_file)

    def _set(self, setting: Setting, node: Math) -> str:
        before, after = self.settings[setting]
        return f"{before}{self._tex.formula(node)}{after}"

    def _set_pieces(self, setting: Setting, node: Math) -> list[str | Step]:
        before, after = self.settings[setting]
        return [before, *self._tex.formulas.pieces(node), after]

    def value_math(self, spec: tuple[str, ...]) -> Callable[[Any], str]:
        write = self._tex.formulas.writer(spec)
        before, after = self.settings["inline"]
        return lambda value: f"{before}{write(value)}{after}"

    def listed(self, items: Sequence[tuple[str, str]]) -> str:
        """Platforms have style sheets of their own: labels stand in the text, bullets are the platform's."""
        bullets = all(label == "•" for label, _ in items)
        parts = ["<ul>\n" if bullets else ""]
        for label, body in items:
            if bullets:
                parts.append(f"<li>{body}</li>\n")
            elif body.startswith("<p>"):
                parts.append(f"<p>{escape(label)} {body[3:]}")
            else:
                parts.append(f"<p>{escape(label)}</p>\n{body}")
        return "".join(parts) + ("</ul>\n" if bullets else "")

    def figure(self, scene: Scene, alt: Callable[[], str]) -> str:
        name, content = self._file(scene)
        return f'<p><img src="{escape(self._address(name, content))}" alt="{escape(alt())}"/></p>\n'

    def _drawn_file(self, scene: Scene) -> tuple[str, bytes]:
        """The name and content of a figure's file."""
        drawing = ('<?xml version="1.0" encoding="UTF-8"?>\n' + self._drawn(scene) + "\n").encode()
        return f"figure-{hashlib.sha256(drawing).hexdigest()[:12]}.svg", drawing


class MathMLPrinter(Printer):
    """The same with formulas as MathML, which carry their TeX for programs that read aloud or cannot set them."""

    settings: ClassVar[Mapping[Setting, tuple[str, str]]] = {
        "inline": ('<math alttext="', "</math>"),
        "tall": ('<math alttext="', "</mstyle></math>"),
        "display": ('<p><math display="block" alttext="', "</math></p>"),
    }

    def _set(self, setting: Setting, node: Math) -> str:
        before, after = self.settings[setting]
        return f"{before}{_quoted(self._tex.formula(node))}{_START[setting]}{self.formula(node)}{after}"

    def _set_pieces(self, setting: Setting, node: Math) -> list[str | Step]:
        before, after = self.settings[setting]
        tex = joined(self._tex.formulas.pieces(node))
        return [before, lambda scopes: _quoted(run(tex, scopes)), _START[setting], *self._formulas.pieces(node), after]

    def value_math(self, spec: tuple[str, ...]) -> Callable[[Any], str]:
        tex, mathml = self._tex.formulas.writer(spec), self._formulas.writer(spec)
        before, after = self.settings["inline"]
        return lambda value: f"{before}{_quoted(tex(value))}{_START['inline']}{element(mathml(value))}{after}"


_START: Mapping[Setting, str] = {"inline": '">', "tall": '"><mstyle displaystyle="true">', "display": '">'}


def _quoted(tex: str) -> str:
    return tex.replace('"', "&quot;")
