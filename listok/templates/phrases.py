"""Phrases with holes, compiled once and printed for each variant, in every notation that documents are printed in.

Every student of a class gets the same sentences with other numbers. So the first time a phrase is printed it is turned
into literal strings with steps between them, and a step prints the value that stands in its hole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol, TypeAlias

from listok.templates.doctree import (
    Bound,
    BoundDisplay,
    Code,
    DisplayMath,
    Emphasis,
    Inline,
    InlineMath,
    Lang,
    Phrase,
    Plural,
    Strong,
    Text,
)
from listok.templates.mathparse import is_fixed
from listok.templates.mathtree import Hole, Math, Section, UnfilledError
from listok.templates.paths import Scopes, reach, repeating, showing
from listok.templates.plurals import plural

Setting: TypeAlias = Literal["inline", "tall", "display"]
"""How a formula is set: in a line, in a line as tall as a displayed one, or on a line of its own."""
Step: TypeAlias = Callable[[Scopes], str]
Program: TypeAlias = tuple[str | Step, ...]


class Dialect(Protocol):
    """What a printer does for the compiler; pairs are what stands before a content and after it."""

    lang: Lang
    emphasis: tuple[str, str]
    strong: tuple[str, str]

    def inlines(self, nodes: Sequence[Inline]) -> str: ...

    def math_step(self, node: Math, setting: Setting) -> Step:
        """What prints a formula with holes."""
        ...

    def value_writer(self, spec: tuple[str, ...]) -> Callable[[Any], str]:
        """What prints a value in a line, written as a hole says."""
        ...


def run(program: Program, scopes: Scopes) -> str:
    """The text of a program for the values of a variant."""
    return "".join([piece if type(piece) is str else piece(scopes) for piece in program])  # type: ignore[operator]


class Compiler:
    """Prints phrases and displays with the values of a variant; what it compiles, it keeps."""

    def __init__(self, printer: Dialect) -> None:
        self._printer = printer
        self._phrases: dict[Phrase, Program] = {}
        self._displays: dict[DisplayMath, Step] = {}

    def phrase(self, node: Bound) -> str:
        """Words of a text."""
        program = self._phrases.get(node.phrase)
        if program is None:
            program = self._phrases[node.phrase] = _joined(self._inlines(node.phrase.content))
        return run(program, node.scopes)

    def display(self, node: BoundDisplay) -> str:
        """A formula of a text that stands on a line of its own."""
        step = self._displays.get(node.display)
        if step is None:
            step = self._displays[node.display] = self._printer.math_step(node.display.body, "display")
        return step(node.scopes)

    def _inlines(self, nodes: Sequence[Inline]) -> list[str | Step]:
        return [piece for node in nodes for piece in self._inline(node)]

    def _inline(self, node: Inline) -> list[str | Step]:
        printer = self._printer
        match node:
            case Text() | Code():
                return [printer.inlines((node,))]
            case InlineMath(body, tall):
                if is_fixed(body):
                    return [printer.inlines((node,))]
                return [printer.math_step(body, "tall" if tall else "inline")]
            case Hole(path, spec):
                write = printer.value_writer(spec)
                return [showing(path, lambda value: self._text(value) if isinstance(value, str) else write(value))]
            case Section():
                return [_repeated(node, _joined(self._inlines(node.content)))]
            case Plural(path, forms):
                count = reach(path)
                return [lambda scopes: self._text(plural(count(scopes), forms, printer.lang))]
            case Emphasis(content):
                return [printer.emphasis[0], *self._inlines(content), printer.emphasis[1]]
            case Strong(content):
                return [printer.strong[0], *self._inlines(content), printer.strong[1]]
            case Phrase() | Bound():
                raise UnfilledError("a phrase in a phrase")

    def _text(self, words: str) -> str:
        return self._printer.inlines((Text(words),))


def _repeated(section: Section[Any], program: Program) -> Step:
    """A program as often as its section is shown."""
    rounds = repeating(section)
    return lambda scopes: "".join([run(program, inner) for inner in rounds(scopes)])


def _joined(pieces: Sequence[str | Step]) -> Program:
    """Pieces with neighbouring strings joined."""
    out: list[str | Step] = []
    for piece in pieces:
        if out and isinstance(piece, str) and isinstance(out[-1], str):
            out[-1] += piece
        else:
            out.append(piece)
    return tuple(out)
