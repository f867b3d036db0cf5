"""Lines to and from whoever drills: what is typed, what is said, and what is too wide for a terminal."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterator
from typing import TextIO

from listok.answerkeys.marking.grading import shown_response
from listok.templates.plain import WIDTH

NARROWEST = 40
"""Columns that a terminal is taken to have at least."""


class Console:
    """Lines to a person and from one, or from a file or pipe in a person's stead, whose lines are then echoed."""

    def __init__(self, source: TextIO, out: TextIO) -> None:
        self._source, self._out = source, out
        self._person = source is sys.stdin and source.isatty() and out.isatty()
        if isinstance(source, io.TextIOWrapper):  # what is typed may be anything
            source.reconfigure(errors="replace")
        if self._person:
            _edit_lines()

    @property
    def width(self) -> int:
        """Columns of a line: a terminal's, less one for those that break a full line, but no more than text needs."""
        return max(NARROWEST, min(WIDTH, shutil.get_terminal_size().columns - 1))

    def say(self, text: str = "") -> None:
        """Print lines, without characters that nobody sees or that move the cursor."""
        print(_visible(text), file=self._out, flush=True)

    def ask(self, prompt: str) -> str:
        """What is typed after a prompt, without the end of the line. Raises `EOFError` at the end of the input."""
        if self._person:
            return input(prompt)
        print(prompt, end="", file=self._out, flush=True)
        line = self._source.readline()
        if not line:
            raise EOFError
        if not self._source.isatty():  # which shows what is typed by itself
            print(shown_response(line), file=self._out, flush=True)
        return line.removesuffix("\n").removesuffix("\r")


def _edit_lines() -> None:
    """Let a line be edited, and several lines that are pasted together be one answer, where this Python can."""
    with contextlib.suppress(ImportError):
        import readline

        if "libedit" not in (readline.__doc__ or "") and os.environ.get("TERM", "dumb") != "dumb":
            readline.parse_and_bind("set enable-bracketed-paste on")
            if getattr(readline, "_READLINE_VERSION", 0) >= 0x0802:  # what was pasted is not set off and drawn again
                readline.parse_and_bind("set enable-active-region off")
            readline.parse_and_bind("set disable-completion on")


def _visible(text: str) -> str:
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


# --- what is too wide ---------------------------------------------------------------------------------------------

_GAP = 3
"""Columns that stand between two formulas, at least."""

_SIGNS = "=≈≤≥<>+−→"
_LEFT, _RIGHT = "(⎛⎜⎝[⎡⎢⎣⎧⎨⎩⎰", ")⎞⎟⎠]⎤⎥⎦⎫⎬⎭⎱"


def fitted(text: str, width: int) -> str:
    """Text whose formulas and tables that are too wide are broken: lines between words, pictures with tall brackets
    where nothing on any line is cut and no bracket is open."""
    return "\n\n".join(_narrowed(block, width) for block in text.split("\n\n"))


def _narrowed(block: str, width: int) -> str:
    lines = block.split("\n")
    if max(map(_columns, lines)) <= width:
        return block
    if not set(_LEFT) & set(block) - set("([{"):
        return "\n".join(_folded(line, width) for line in lines)
    if any(map(unicodedata.combining, block)):
        return block  # whose columns are not its characters
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    pieces = _pieces([line[indent:].rstrip() for line in lines], width)
    return "\n\n".join("\n".join(line for line in piece if line.strip()) for piece in pieces)


def _folded(line: str, width: int) -> str:
    """A line broken between words; what follows is set in a little more."""
    if _columns(line) <= width:
        return line
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.fill(
        line.strip(), max(width, NARROWEST), initial_indent=indent, subsequent_indent=indent + " " * _GAP,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _pieces(lines: list[str], width: int) -> Iterator[list[str]]:
    """A picture cut into pictures side by side, each as wide as fits, the later ones set in by a few columns.

    It is cut between formulas if that helps, and else before a sign.
    """
    length = max(map(len, lines))
    lines = [line.ljust(length) for line in lines]
    places = [at for at in range(1, length) if _may_cut(lines, at)]
    between = [at for at in places if all(line[:at].endswith(" " * _GAP) for line in lines)]
    before = [at for at in places if any(line[at] in _SIGNS and line[at + 1 : at + 2] == " " for line in lines)]
    start, indent = 0, ""
    while length - start > (room := max(width - len(indent), 1)):
        fitting = [[at for at in cuts if start < at <= start + room] for cuts in (between, before)]
        further = [at for at in (*between, *before) if at > start]
        cut = max(fitting[0] or fitting[1], default=min(further, default=length))
        yield [(indent + line[start:cut]).rstrip() for line in lines]
        start, indent = cut, " " * _GAP
    yield [(indent + line[start:]).rstrip() for line in lines]


def _may_cut(lines: list[str], at: int) -> bool:
    """Whether a picture may be cut before a column: the one on its left is blank, and no bracket is open there."""
    if any(line[at - 1] != " " for line in lines) or all(line[at] == " " for line in lines):
        return False
    return all(
        sum(line[:at].count(sign) for sign in _LEFT) <= sum(line[:at].count(sign) for sign in _RIGHT) for line in lines
    )


def _columns(line: str) -> int:
    """Columns that a line takes: accents stand over the letter before them."""
    return sum(not unicodedata.combining(character) for character in line)
