r"""Documents printed as HTML with formulas as TeX between ``\(`` and ``\)``: what learning platforms show with MathJax.

Formulas hold no ``<``, ``>`` or bare ``&``, so that no cleaning of HTML can eat them. Figures become pictures in files
of their own, named by their content.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, ClassVar

from listok.generators.figures import Scene
from listok.templates import html, latex
from listok.templates.doctree import Figure, Lang
from listok.templates.mathml import element
from listok.templates.mathtree import GridKind, Math, Operator, Symbol, Words
from listok.templates.notation import Formulas, Leaf, printed
from listok.templates.phrases import Setting, Step

_SIGNS = {"<": r"\lt ", ">": r"\gt ", ",": ",", ";": ";"}
_GRIDS = {"plain": "matrix", "matrix": "pmatrix", "cases": "cases", "aligned": "aligned"}
# What \text of MathJax takes as it stands, and what it does not.
_WORDS = str.maketrans({"\\": "", "{": "", "}": "", "$": "", "%": r"\%", "&": r"\&amp;", "<": "&lt;", ">": "&gt;"})


class SafeTex(latex.Tex):
    """Formulas in the LaTeX that MathJax knows, safe inside HTML as they stand."""

    def leaf(self, node: Leaf) -> str:
        match node:
            case Operator() | Symbol() if node.name in _SIGNS:
                return _SIGNS[node.name]
            case Words():
                return f"\\text{{{node.text.translate(_WORDS)}}}"
            case _:
                return super().leaf(node)

    def grid(self, kind: GridKind, rows: Sequence[Sequence[str]]) -> str:
        name = _GRIDS[kind]
        body = r"\\".join(["&amp;".join(row) for row in rows])
        return f"\\begin{{{name}}}{body}\\end{{{name}}}"


class Printer(html.Printer):
    """Prints filled documents in one language; `address` is told of every figure, by name (a hash of its content) and
    content, and gives what the text refers to it by."""

    rule = "<hr/>\n"
    together = "", ""  # there are no pages, and the label of a list's item would not stand in front of its first words
    # Style sheets of platforms may leave no room between numbers, and QTI has no attribute for it. (A player in use
    # drops a space that stands alone, but not a reference to one.)
    room = "&#8194;"
    settings: ClassVar[Mapping[Setting, tuple[str, str]]] = {
        "inline": ("\\(", "\\)"),
        "tall": ("\\(\\displaystyle ", "\\)"),
        "display": ("<p>\\[", "\\]</p>"),
    }

    def __init__(self, lang: Lang, address: Callable[[str, bytes], str]) -> None:
        super().__init__(lang)
        self._tex_notation = SafeTex(lang)
        self._tex = Formulas(self._tex_notation, lang)
        self._address = address
        self._file = functools.lru_cache(2**8)(self._drawn_file)

    def _set(self, node: Math, setting: Setting) -> str:
        before, after = self.settings[setting]
        return f"{before}{printed(node, self._tex_notation)}{after}"

    def math_step(self, node: Math, setting: Setting) -> Step:
        before, after = self.settings[setting]
        step = self._tex.step(node)
        return lambda scopes: f"{before}{step(scopes)}{after}"

    def value_writer(self, spec: tuple[str, ...]) -> Callable[[Any], str]:
        before, after = self.settings["inline"]
        write = self._tex.writer(spec)
        return lambda value: f"{before}{write(value)}{after}"

    def _listed(self, items: Sequence[tuple[str, str]]) -> str:
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

    def _figure(self, node: Figure) -> str:
        name, content = self._file(node.scene)
        return f'<p><img src="{escape(self._address(name, content))}" alt="{escape(node.alt)}"/></p>\n'

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

    def _set(self, node: Math, setting: Setting) -> str:
        return self._both(setting, printed(node, self._tex_notation), element(printed(node, self._notation)))

    def math_step(self, node: Math, setting: Setting) -> Step:
        tex, mathml = self._tex.step(node), self._formulas.step(node)
        return lambda scopes: self._both(setting, tex(scopes), element(mathml(scopes)))

    def value_writer(self, spec: tuple[str, ...]) -> Callable[[Any], str]:
        tex, mathml = self._tex.writer(spec), self._formulas.writer(spec)
        return lambda value: self._both("inline", tex(value), element(mathml(value)))

    def _both(self, setting: Setting, tex: str, mathml: str) -> str:
        before, after = self.settings[setting]
        quoted = tex.replace('"', "&quot;")
        return f"{before}{quoted}{_START[setting]}{mathml}{after}"


_START: Mapping[Setting, str] = {"inline": '">', "tall": '"><mstyle displaystyle="true">', "display": '">'}
